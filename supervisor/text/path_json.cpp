#include "supervisor/text/path_json.h"

#include <nlohmann/json.hpp>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      const char letter = at < text.size() ? text[at] : 'x';
      if (letter >= '0' && letter <= '9') return letter - '0';
      if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
      if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
      return -1;
    };
    if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      bytes += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace

void put_path(Json& json, const std::string& key, std::string_view path) {
  if (is_utf8(path)) {
    json[key] = path;
  } else {
    json[key] = percent_encoded(path);
    json[key + "_encoding"] = "percent";
  }
}

std::optional<std::string> path_in(const Json& json, const std::string& key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  const auto text = found->get<std::string>();
  return json.contains(key + "_encoding") ? percent_decoded(text) : text;
}

}  // namespace wm
