#include "common/json/json_members.h"

#include <charconv>
#include <string_view>

#include <nlohmann/json.hpp>

namespace wm {

JsonMembers::JsonMembers(const Json& json) : json_(json), good_(json.is_object()) {}

const Json* JsonMembers::find(const char* key) const {
  if (!json_.is_object()) return nullptr;
  const auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

JsonMembers& JsonMembers::text(const char* key, std::string& value) {
  if (find(key) == nullptr) fail();
  return text_or_null(key, value);
}

JsonMembers& JsonMembers::text_or_null(const char* key, std::string& value) {
  const Json* const member = find(key);
  if (member == nullptr) return *this;
  if (!member->is_string()) {
    fail();
  } else {
    value = member->get<std::string>();
  }
  return *this;
}

JsonMembers& JsonMembers::texts(const char* key, std::vector<std::string>& values) {
  return each(key, [&](const Json& element) {
    if (!element.is_string()) return false;
    values.push_back(element.get<std::string>());
    return true;
  });
}

JsonMembers& JsonMembers::flag_or_null(const char* key, bool& value) {
  const Json* const member = find(key);
  if (member == nullptr) return *this;
  if (!member->is_boolean()) {
    fail();
  } else {
    value = member->get<bool>();
  }
  return *this;
}

JsonMembers& JsonMembers::number_or_null(const char* key, double& value) {
  const Json* const member = find(key);
  if (member == nullptr) return *this;
  if (!member->is_number()) {
    fail();
  } else {
    value = member->get<double>();
  }
  return *this;
}

JsonMembers& JsonMembers::hexadecimal_or_null(const char* key, std::optional<std::uint64_t>& value) {
  std::string text;
  text_or_null(key, text);
  if (text.empty()) return *this;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const bool has_prefix = text.starts_with("0x");
  const auto [stopped, error] = std::from_chars(text.data() + (has_prefix ? 2 : 0), end, number, 16);
  if (!has_prefix || error != std::errc{} || stopped != end) {
    fail();
  } else {
    value = number;
  }
  return *this;
}

std::optional<JsonMembers::Integer> JsonMembers::signed_or_unsigned(const char* key) {
  const Json* const member = find(key);
  if (member == nullptr) return std::nullopt;
  if (member->is_number_unsigned()) return Integer{false, member->get<std::uint64_t>()};
  if (member->is_number_integer()) {
    const auto number = member->get<std::int64_t>();
    return Integer{number < 0, static_cast<std::uint64_t>(number)};
  }
  fail();
  return std::nullopt;
}

const Json* JsonMembers::array(const char* key) const {
  const Json* const member = find(key);
  return member != nullptr && member->is_array() ? member : nullptr;
}

std::size_t JsonMembers::size_of(const Json& array) {
  return array.size();
}

const Json& JsonMembers::element(const Json& array, std::size_t index) {
  return array[index];
}

}  // namespace wm
