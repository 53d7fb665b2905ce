#pragma once

// Numbers of shards as ranges: most of a million may be missing. Values.

#include <cstdint>
#include <string>
#include <vector>

namespace wm {

class ArrayRanges {
 public:
  /// Those from `first` to `last`, which follow all that were added before.
  void add(std::uint32_t first, std::uint32_t last);
  void add(std::uint32_t number) { add(number, number); }

  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  /// As Slurm's --array takes them: "3,7-9" for 3, 7, 8, 9; "" for none.
  [[nodiscard]] std::string text() const;

 private:
  struct Range {
    std::uint32_t first = 0, last = 0;
  };
  std::vector<Range> ranges_;
};

}  // namespace wm
