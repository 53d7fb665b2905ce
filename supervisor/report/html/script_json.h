#pragma once

// JSON text for a script element, and arrays of bounded length in it.

#include <cstddef>
#include <string>
#include <string_view>

#include "common/json/json_text.h"

namespace wm {

/// JSON without "<", ">", "&", U+2028 and U+2029, which occur only in strings: there they are escaped. So
/// nothing in it can end the element.
[[nodiscard]] std::string script_text(const Json& json);

/// RFC 4648, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

/// The text of an array that takes at most so many bytes.
class BoundedArray {
 public:
  explicit BoundedArray(std::size_t most) : left_(most) {}

  /// False when it does not fit any more: it is counted then, and so are all that come later.
  bool add(const Json& json) { return add_text(script_text(json)); }
  bool add_text(const std::string& text);

  /// Whether it still has room for so many bytes of text.
  [[nodiscard]] bool fits(std::size_t bytes) const noexcept { return bytes < left_; }

  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }
  [[nodiscard]] std::string text() const { return "[" + text_ + "]"; }

 private:
  std::size_t left_;
  std::size_t left_out_ = 0;
  std::string text_;
};

}  // namespace wm
