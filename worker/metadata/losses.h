#pragma once

// The parts of the input's metadata that an output lacks, as short phrases for log and journal: "2 APNG
// frames", "PNG chunk vpAg". Bounded in number and length whatever the file contains; equal phrases appear
// once. A value.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wm::metadata {

class Losses {
 public:
  static constexpr std::size_t max_phrases = 16;
  static constexpr std::size_t max_length = 80;

  /// Bytes that are not printable ASCII become '?'. After max_phrases, further losses are only counted.
  void add(std::string_view phrase);
  /// "1 APNG frame", "2 APNG frames", "2 pictures in XMP"; nothing when `count` is 0.
  void add(std::size_t count, std::string_view singular, std::string_view where = {});

  /// The last phrase is "and N more" when there were too many.
  [[nodiscard]] std::vector<std::string> phrases() const;
  [[nodiscard]] bool empty() const { return phrases_.empty(); }

 private:
  std::vector<std::string> phrases_;
  std::size_t more_ = 0;
};

}  // namespace wm::metadata
