#include "common/job/recipe_text.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <xxhash.h>

#include "common/json/json_text.h"

namespace wm {
namespace {

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

// Paths and texts are bytes, but JSON needs UTF-8. Each byte becomes one code point, which round-trips.
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

Json colour_to_json(Colour colour) {
  return {colour.red, colour.green, colour.blue, colour.alpha};
}

Colour colour_from_json(const Json& json) {
  return {json.at(0), json.at(1), json.at(2), json.at(3)};
}

/// A property added to recipes after their first version is written only if it is not the default, so that
/// existing recipes keep their hash, and outputs stay up to date.
template <typename Value, typename ToJson>
void put_unless_default(Json& json, const char* key, const Value& value, const Value& standard,
                        const ToJson& to_json) {
  if (!(value == standard)) json[key] = to_json(value);
}

template <typename Enum, std::size_t Count>
void put_word(Json& json, const char* key, Enum value, Enum standard,
              const std::array<std::string_view, Count>& names) {
  put_unless_default(json, key, value, standard, [&](Enum word) { return enum_name(word, names); });
}

template <typename Enum, std::size_t Count>
void take_word(const Json& json, const char* key, Enum& value,
               const std::array<std::string_view, Count>& names) {
  if (json.contains(key)) value = enum_from<Enum>(json[key], names);
}

Json logo_to_json(const Logo& logo) {
  Json json{{"path", latin1_to_utf8(logo.path)}, {"size", logo.bytes.size()}};
  if (logo.key) json["key"] = {colour_to_json(logo.key->colour), logo.key->tolerance};
  return json;
}

Logo logo_from_json(const Json& json) {
  Logo logo{.path = utf8_to_latin1(json.at("path").get<std::string>()), .bytes = {}};
  if (json.contains("key")) {
    logo.key = ColourKey{.colour = colour_from_json(json["key"].at(0)), .tolerance = json["key"].at(1)};
  }
  return logo;
}

Json text_to_json(const Text& text) {
  Json json{{"text", latin1_to_utf8(text.text)},
            {"font", latin1_to_utf8(text.font)},
            {"size", length_to_json(text.size)},
            {"fill", colour_to_json(text.fill)}};
  if (text.font_file) {
    json["font_file"] = {{"path", latin1_to_utf8(text.font_file->path)},
                         {"size", text.font_file->bytes.size()}};
  }
  if (text.stroke) json["stroke"] = {length_to_json(text.stroke->width), colour_to_json(text.stroke->colour)};
  if (text.shadow) {
    json["shadow"] = {length_to_json(text.shadow->x), length_to_json(text.shadow->y),
                      length_to_json(text.shadow->blur), colour_to_json(text.shadow->colour)};
  }
  put_word(json, "align", text.align, TextAlign::left, text_align_names);
  return json;
}

Text text_from_json(const Json& json) {
  Text text{.text = utf8_to_latin1(json.at("text").get<std::string>()),
            .font = utf8_to_latin1(json.at("font").get<std::string>()),
            .size = length_from_json(json.at("size")),
            .fill = colour_from_json(json.at("fill"))};
  if (json.contains("font_file")) {
    text.font_file =
        FontFile{.path = utf8_to_latin1(json["font_file"].at("path").get<std::string>()), .bytes = {}};
  }
  if (json.contains("stroke")) {
    const Json& stroke = json["stroke"];
    text.stroke = Stroke{.width = length_from_json(stroke.at(0)), .colour = colour_from_json(stroke.at(1))};
  }
  if (json.contains("shadow")) {
    const Json& shadow = json["shadow"];
    text.shadow = Shadow{.x = length_from_json(shadow.at(0)),
                         .y = length_from_json(shadow.at(1)),
                         .blur = length_from_json(shadow.at(2)),
                         .colour = colour_from_json(shadow.at(3))};
  }
  take_word(json, "align", text.align, text_align_names);
  return text;
}

Json mark_to_json(const Mark& mark) {
  Json json;
  if (const auto* logo = std::get_if<Logo>(&mark.source)) {
    json["logo"] = logo_to_json(*logo);
  } else {
    json["text"] = text_to_json(std::get<Text>(mark.source));
  }
  json["gravity"] = enum_name(mark.gravity, gravity_names);
  json["offset"] = {length_to_json(mark.offset_x), length_to_json(mark.offset_y)};
  json["scale"] = mark.scale ? Json(*mark.scale) : Json(nullptr);
  json["scale_of"] = enum_name(mark.scale_of, scale_of_names);
  json["opacity"] = mark.opacity;
  put_unless_default(json, "rotate", mark.rotate, 0.0, [](double degrees) { return degrees; });
  put_word(json, "blend", mark.blend, BlendMode::over, blend_mode_names);
  put_word(json, "tile", mark.tile, Tile::none, tile_names);
  if (mark.gap_x.value != 0 || mark.gap_y.value != 0) {
    json["gap"] = {length_to_json(mark.gap_x), length_to_json(mark.gap_y)};
  }
  put_word(json, "if_too_big", mark.if_too_big, IfTooBig::shrink, if_too_big_names);
  put_word(json, "contrast", mark.contrast, Contrast::none, contrast_names);
  return json;
}

Mark mark_from_json(const Json& json) {
  Mark mark;
  if (json.contains("logo")) {
    mark.source = logo_from_json(json["logo"]);
  } else {
    mark.source = text_from_json(json.at("text"));
  }
  mark.gravity = enum_from<Gravity>(json.at("gravity"), gravity_names);
  mark.offset_x = length_from_json(json.at("offset").at(0));
  mark.offset_y = length_from_json(json.at("offset").at(1));
  if (!json.at("scale").is_null()) mark.scale = json["scale"].get<double>();
  mark.scale_of = enum_from<ScaleOf>(json.at("scale_of"), scale_of_names);
  mark.opacity = json.at("opacity").get<double>();
  if (json.contains("rotate")) mark.rotate = json["rotate"].get<double>();
  take_word(json, "blend", mark.blend, blend_mode_names);
  take_word(json, "tile", mark.tile, tile_names);
  if (json.contains("gap")) {
    mark.gap_x = length_from_json(json["gap"].at(0));
    mark.gap_y = length_from_json(json["gap"].at(1));
  }
  take_word(json, "if_too_big", mark.if_too_big, if_too_big_names);
  take_word(json, "contrast", mark.contrast, contrast_names);
  return mark;
}

Json encoding_to_json(const Encoding& encoding) {
  Json json{{"format", enum_name(encoding.format, output_format_names)},
            {"quality", encoding.quality ? Json(*encoding.quality) : Json("keep")},
            {"metadata", enum_name(encoding.metadata, metadata_policy_names)}};
  put_word(json, "subsampling", encoding.subsampling, Subsampling::keep, subsampling_names);
  put_word(json, "progressive", encoding.progressive, KeepOr::keep, keep_or_names);
  if (encoding.png_compression) json["png_compression"] = *encoding.png_compression;
  put_word(json, "lossless", encoding.lossless, KeepOr::keep, keep_or_names);
  if (encoding.avif_speed) json["avif_speed"] = *encoding.avif_speed;
  put_word(json, "thumbnail", encoding.thumbnail, ThumbnailPolicy::remake, thumbnail_policy_names);
  put_unless_default(json, "copyright", encoding.copyright, {}, latin1_to_utf8);
  put_unless_default(json, "artist", encoding.artist, {}, latin1_to_utf8);
  if (encoding.autorotate) json["autorotate"] = true;
  put_word(json, "jpeg_path", encoding.jpeg_path, JpegPathChoice::automatic, jpeg_path_names);
  return json;
}

Encoding encoding_from_json(const Json& json) {
  Encoding encoding;
  encoding.format = enum_from<OutputFormat>(json.at("format"), output_format_names);
  if (json.at("quality").is_number()) encoding.quality = json["quality"].get<int>();
  encoding.metadata = enum_from<MetadataPolicy>(json.at("metadata"), metadata_policy_names);
  take_word(json, "subsampling", encoding.subsampling, subsampling_names);
  take_word(json, "progressive", encoding.progressive, keep_or_names);
  if (json.contains("png_compression")) encoding.png_compression = json["png_compression"].get<int>();
  take_word(json, "lossless", encoding.lossless, keep_or_names);
  if (json.contains("avif_speed")) encoding.avif_speed = json["avif_speed"].get<int>();
  take_word(json, "thumbnail", encoding.thumbnail, thumbnail_policy_names);
  if (json.contains("copyright")) encoding.copyright = utf8_to_latin1(json["copyright"].get<std::string>());
  if (json.contains("artist")) encoding.artist = utf8_to_latin1(json["artist"].get<std::string>());
  encoding.autorotate = json.contains("autorotate");
  take_word(json, "jpeg_path", encoding.jpeg_path, jpeg_path_names);
  return encoding;
}

/// Calls `visit` with each file's path and contents. The recipe may be const.
template <typename SomeRecipe, typename Visit>
void for_each_attachment(SomeRecipe& recipe, const Visit& visit) {
  for (auto& mark : recipe.marks) {
    if (auto* logo = std::get_if<Logo>(&mark.source)) visit(logo->path, logo->bytes);
    auto* text = std::get_if<Text>(&mark.source);
    if (text != nullptr && text->font_file) visit(text->font_file->path, text->font_file->bytes);
  }
}

}  // namespace

Json to_json(const Recipe& recipe) {
  Json json;
  json["marks"] = Json::array();
  for (const Mark& mark : recipe.marks) json["marks"].push_back(mark_to_json(mark));
  json["encoding"] = encoding_to_json(recipe.encoding);
  return json;
}

Recipe recipe_from_json(const Json& json) {
  Recipe recipe;
  for (const Json& mark : json.at("marks")) recipe.marks.push_back(mark_from_json(mark));
  recipe.encoding = encoding_from_json(json.at("encoding"));
  return recipe;
}

std::vector<std::vector<std::byte>*> attachments(Recipe& recipe) {
  std::vector<std::vector<std::byte>*> all;
  for_each_attachment(recipe, [&](auto&, auto& bytes) { all.push_back(&bytes); });
  return all;
}

std::vector<const std::vector<std::byte>*> attachments(const Recipe& recipe) {
  std::vector<const std::vector<std::byte>*> all;
  for_each_attachment(recipe, [&](const auto&, const auto& bytes) { all.push_back(&bytes); });
  return all;
}

std::string to_text(const Recipe& recipe) {
  return to_text(to_json(recipe));
}

RecipeHash hash(const Recipe& recipe) {
  // The path of a file does not change any pixel; its contents do.
  Recipe nameless = recipe;
  for_each_attachment(nameless, [](std::string& path, const auto&) { path.clear(); });
  std::string text = to_text(nameless);
  for (const auto* bytes : attachments(recipe)) {
    text.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
  RecipeHash result{};
  static_assert(sizeof canonical.digest == sizeof result);
  std::ranges::copy(std::as_bytes(std::span(canonical.digest)), result.begin());
  return result;
}

}  // namespace wm
