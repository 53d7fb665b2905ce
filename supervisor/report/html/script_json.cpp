#include "supervisor/report/html/script_json.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace wm {

std::string script_text(const Json& json) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> escapes{
      {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}}};
  const std::string plain = to_text(json, -1, InvalidUtf8::replace);
  std::string text;
  text.reserve(plain.size());
  for (std::size_t at = 0; at < plain.size();) {
    const std::string_view rest = std::string_view(plain).substr(at);
    std::size_t taken = 1;
    std::string_view written = rest.substr(0, 1);
    for (const auto& [character, escape] : escapes) {
      if (!rest.starts_with(character)) continue;
      taken = character.size();
      written = escape;
    }
    text += written;
    at += taken;
  }
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= group.size() ? letters[(bits >> (18 - 6 * i)) & 63U] : '=';
  }
  return text;
}

bool BoundedArray::add_text(const std::string& text) {
  if (left_out_ > 0 || !fits(text.size())) {
    ++left_out_;
    return false;
  }
  left_ -= text.size() + 1;
  if (!text_.empty()) text_ += ',';
  text_ += text;
  return true;
}

}  // namespace wm
