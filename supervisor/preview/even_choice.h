#pragma once

// Chooses items spread evenly over a stream of unknown length. Pure; memory depends on the number of chosen
// items, not on the length of the stream.
//
// Every item is kept until there are too many; then every second one is dropped, and from then on only every
// second one is kept, and so on. So the kept items are always equally spaced.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wm {

template <class Item>
class EvenChoice {
 public:
  /// `count` is at least 1.
  explicit EvenChoice(std::size_t count) : count_(count) {}

  void offer(Item item) {
    const std::uint64_t position = offered_++;
    if (position % step_ != 0) return;
    kept_.push_back(std::move(item));
    if (kept_.size() <= spare * count_) return;
    for (std::size_t i = 0; 2 * i < kept_.size(); ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize((kept_.size() + 1) / 2);
    step_ *= 2;
  }

  [[nodiscard]] std::uint64_t offered() const noexcept { return offered_; }

  /// The chosen items in the order of the stream: the first, the last that was kept, and items evenly between
  /// them; all items when there are no more than wanted.
  [[nodiscard]] std::vector<Item> take() && {
    if (kept_.size() <= count_) return std::move(kept_);
    std::vector<Item> chosen;
    for (std::size_t i = 0; i < count_; ++i) {
      // Rounding never chooses an item twice, because more items are kept than wanted.
      const std::size_t at = count_ == 1 ? 0 : (i * (kept_.size() - 1) + (count_ - 1) / 2) / (count_ - 1);
      chosen.push_back(std::move(kept_[at]));
    }
    return chosen;
  }

 private:
  static constexpr std::size_t spare = 16;  // the last kept item is within 1/8 of a distance from the end

  std::size_t count_;
  std::uint64_t offered_ = 0;
  std::uint64_t step_ = 1;
  std::vector<Item> kept_;
};

}  // namespace wm
