#include "worker/gif/lzw_decoder.h"

#include <array>

namespace wm::gif {
namespace {

constexpr int max_bits = 12;
constexpr std::size_t max_codes = std::size_t{1} << max_bits;
constexpr std::size_t none = max_codes;

/// Reads codes with a varying number of bits.
class CodeReader {
 public:
  explicit CodeReader(std::span<const std::byte> data) : data_(data) {}

  /// False when fewer bits are left.
  bool read(int bits, std::size_t& code) {
    while (held_ < bits) {
      if (at_ == data_.size()) return false;
      buffer_ |= std::to_integer<std::uint32_t>(data_[at_++]) << held_;
      held_ += 8;
    }
    code = buffer_ & ((1U << bits) - 1);
    buffer_ >>= bits;
    held_ -= bits;
    return true;
  }

 private:
  std::span<const std::byte> data_;
  std::size_t at_ = 0;
  std::uint32_t buffer_ = 0;
  int held_ = 0;
};

/// The meaning of the codes: an earlier code's string and one more index.
class CodeTable {
 public:
  explicit CodeTable(int root_bits) : roots_(std::size_t{1} << root_bits) {
    for (std::size_t i = 0; i < roots_; ++i) {
      first_[i] = last_[i] = static_cast<std::uint8_t>(i);
      length_[i] = 1;
    }
    clear();
  }

  void clear() { next_ = roots_ + 2; }
  [[nodiscard]] std::size_t clear_code() const { return roots_; }
  [[nodiscard]] std::size_t end_code() const { return roots_ + 1; }
  [[nodiscard]] std::size_t next() const { return next_; }
  [[nodiscard]] bool is_full() const { return next_ == max_codes; }
  [[nodiscard]] std::size_t length(std::size_t code) const { return length_[code]; }
  [[nodiscard]] std::uint8_t first(std::size_t code) const { return first_[code]; }

  void add(std::size_t prefix, std::uint8_t last) {
    prefix_[next_] = static_cast<std::uint16_t>(prefix);
    first_[next_] = first_[prefix];
    last_[next_] = last;
    length_[next_] = static_cast<std::uint16_t>(length_[prefix] + 1);
    ++next_;
  }

  /// Writes as much of the code's string as `to` has room for. Returns the number of written indices.
  std::size_t write(std::size_t code, std::span<std::uint8_t> to) const {
    std::size_t at = length_[code];
    const std::size_t written = at < to.size() ? at : to.size();
    while (at > 0) {
      if (--at < to.size()) to[at] = last_[code];
      code = prefix_[code];
    }
    return written;
  }

 private:
  std::size_t roots_;
  std::size_t next_ = 0;
  std::array<std::uint16_t, max_codes> prefix_{};
  std::array<std::uint16_t, max_codes> length_{};
  std::array<std::uint8_t, max_codes> first_{};
  std::array<std::uint8_t, max_codes> last_{};
};

}  // namespace

LzwResult decode_lzw(std::span<const std::byte> data, int root_bits, std::span<std::uint8_t> indices) {
  CodeReader reader(data);
  CodeTable table(root_bits);
  LzwResult result;
  int bits = root_bits + 1;
  std::size_t previous = none;
  std::size_t code = 0;
  while (reader.read(bits, code)) {
    if (code == table.clear_code()) {
      table.clear();
      bits = root_bits + 1;
      previous = none;
      continue;
    }
    if (code == table.end_code()) {
      result.end = LzwEnd::end_code;
      return result;
    }
    // The code that is about to be added may be used at once: its last index is the first of the string that
    // it extends.
    const bool is_new = code == table.next() && previous != none && !table.is_full();
    if (code >= table.next() && !is_new) {
      result.end = LzwEnd::wrong_code;
      return result;
    }
    if (previous != none && !table.is_full()) {
      table.add(previous, table.first(is_new ? previous : code));
      if (table.next() >= std::size_t{1} << bits && bits < max_bits) ++bits;
    }
    const auto room = indices.subspan(result.indices);
    result.indices += table.write(code, room);
    if (table.length(code) > room.size()) {
      result.end = LzwEnd::full;
      return result;
    }
    previous = code;
  }
  return result;
}

}  // namespace wm::gif
