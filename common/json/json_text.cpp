#include "common/json/json_text.h"

#include <nlohmann/json.hpp>

namespace wm {

std::string to_text(const Json& json, int indent, InvalidUtf8 invalid) {
  const auto handler =
      invalid == InvalidUtf8::refuse ? Json::error_handler_t::strict : Json::error_handler_t::replace;
  return json.dump(indent, ' ', false, handler);
}

Json json_from_text(std::string_view text) {
  return Json::parse(text, nullptr, false);
}

std::vector<std::uint8_t> to_cbor(const Json& json) {
  return Json::to_cbor(json);
}

Json json_from_cbor(std::span<const std::byte> bytes) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return Json::from_cbor(first, first + bytes.size());
}

}  // namespace wm
