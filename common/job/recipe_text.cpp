#include "common/job/recipe_text.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace wm {
namespace {

using Json = nlohmann::ordered_json;

template <typename Enum, std::size_t Count>
Enum enum_from(const Json& json, const std::array<std::string_view, Count>& names) {
  const auto& text = json.get_ref<const std::string&>();
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw std::runtime_error("unknown word in a recipe: " + text);
  return static_cast<Enum>(std::distance(names.begin(), found));
}

template <typename Enum, std::size_t Count>
std::string enum_name(Enum value, const std::array<std::string_view, Count>& names) {
  return std::string(names[static_cast<std::size_t>(value)]);
}

Json length_to_json(Length length) {
  return {{"value", length.value}, {"unit", length.unit == Length::Unit::percent ? "%" : "px"}};
}

Length length_from_json(const Json& json) {
  return {json.at("value").get<double>(),
          json.at("unit") == "%" ? Length::Unit::percent : Length::Unit::pixels};
}

// Paths and texts are bytes; JSON wants UTF-8. One byte becomes one code point, which round-trips.
std::string latin1_to_utf8(const std::string& bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return text;
}

std::string utf8_to_latin1(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      bytes.push_back(text[i]);
    } else {
      if (++i == text.size()) throw std::runtime_error("broken bytes in a recipe");
      bytes.push_back(static_cast<char>(((byte & 0x03) << 6) | (static_cast<unsigned char>(text[i]) & 0x3F)));
    }
  }
  return bytes;
}

Json mark_to_json(const Mark& mark) {
  Json json;
  if (const auto* logo = std::get_if<Logo>(&mark.source)) {
    json["logo"] = {{"path", latin1_to_utf8(logo->path)}, {"size", logo->bytes.size()}};
  } else {
    const auto& text = std::get<Text>(mark.source);
    json["text"] = {{"text", latin1_to_utf8(text.text)},
                    {"font", latin1_to_utf8(text.font)},
                    {"size", length_to_json(text.size)},
                    {"fill", {text.fill.red, text.fill.green, text.fill.blue, text.fill.alpha}}};
  }
  json["gravity"] = enum_name(mark.gravity, gravity_names);
  json["offset"] = {length_to_json(mark.offset_x), length_to_json(mark.offset_y)};
  json["scale"] = mark.scale ? Json(*mark.scale) : Json(nullptr);
  json["scale_of"] = enum_name(mark.scale_of, scale_of_names);
  json["opacity"] = mark.opacity;
  return json;
}

Mark mark_from_json(const Json& json) {
  Mark mark;
  if (json.contains("logo")) {
    mark.source = Logo{.path = utf8_to_latin1(json["logo"].at("path").get<std::string>()), .bytes = {}};
  } else {
    const Json& text = json.at("text");
    const Json& fill = text.at("fill");
    mark.source = Text{.text = utf8_to_latin1(text.at("text").get<std::string>()),
                       .font = utf8_to_latin1(text.at("font").get<std::string>()),
                       .size = length_from_json(text.at("size")),
                       .fill = {fill.at(0), fill.at(1), fill.at(2), fill.at(3)}};
  }
  mark.gravity = enum_from<Gravity>(json.at("gravity"), gravity_names);
  mark.offset_x = length_from_json(json.at("offset").at(0));
  mark.offset_y = length_from_json(json.at("offset").at(1));
  if (!json.at("scale").is_null()) mark.scale = json["scale"].get<double>();
  mark.scale_of = enum_from<ScaleOf>(json.at("scale_of"), scale_of_names);
  mark.opacity = json.at("opacity").get<double>();
  return mark;
}

}  // namespace

Json to_json(const Recipe& recipe) {
  Json json;
  json["marks"] = Json::array();
  for (const Mark& mark : recipe.marks) json["marks"].push_back(mark_to_json(mark));
  json["encoding"] = {{"format", enum_name(recipe.encoding.format, output_format_names)},
                      {"quality", recipe.encoding.quality ? Json(*recipe.encoding.quality) : Json("keep")},
                      {"metadata", enum_name(recipe.encoding.metadata, metadata_policy_names)}};
  return json;
}

Recipe recipe_from_json(const Json& json) {
  Recipe recipe;
  for (const Json& mark : json.at("marks")) recipe.marks.push_back(mark_from_json(mark));
  const Json& encoding = json.at("encoding");
  recipe.encoding.format = enum_from<OutputFormat>(encoding.at("format"), output_format_names);
  if (encoding.at("quality").is_number()) recipe.encoding.quality = encoding["quality"].get<int>();
  recipe.encoding.metadata = enum_from<MetadataPolicy>(encoding.at("metadata"), metadata_policy_names);
  return recipe;
}

RecipeHash hash(const Recipe& recipe) {
  // Where a logo lies does not change a pixel; what is in it does.
  Recipe nameless = recipe;
  for (Mark& mark : nameless.marks) {
    if (auto* logo = std::get_if<Logo>(&mark.source)) logo->path.clear();
  }
  std::string text = to_json(nameless).dump();
  for (const Mark& mark : recipe.marks) {
    if (const auto* logo = std::get_if<Logo>(&mark.source)) {
      text.append(reinterpret_cast<const char*>(logo->bytes.data()), logo->bytes.size());
    }
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
  RecipeHash result{};
  static_assert(sizeof canonical.digest == sizeof result);
  std::ranges::copy(std::as_bytes(std::span(canonical.digest)), result.begin());
  return result;
}

}  // namespace wm
