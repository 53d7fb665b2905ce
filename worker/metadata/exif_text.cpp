#include "worker/metadata/exif_text.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "worker/metadata/utf8.h"

namespace wm::metadata {
namespace {

constexpr std::size_t max_text = 1000;
constexpr std::size_t max_values = 16;

bool is_unwanted(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x2028 || c == 0x2029 ||
         c == 0xFEFF;
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6g", value);  // NOLINT: fits
  return buffer.data();
}

struct Rational {
  std::int64_t above = 0, below = 0;
  [[nodiscard]] double value() const { return static_cast<double>(above) / static_cast<double>(below); }
};

Rational rational(const TiffReader& reader, const TiffField& field, std::size_t index) {
  const std::uint32_t above = u32(reader.block(), field.value_at + index * 8, reader.order());
  const std::uint32_t below = u32(reader.block(), field.value_at + index * 8 + 4, reader.order());
  if (field.type != tiff_srational) return {above, below};
  return {static_cast<std::int32_t>(above), static_cast<std::int32_t>(below)};
}

std::string rational_text(Rational number, ExifForm form) {
  if (number.below == 0) return {};
  if (form == ExifForm::exposure && number.above > 0 && number.below > number.above) {
    const double one_over = 1.0 / number.value();
    // 10/2500 is 1/250; 3/10 stays 0.3.
    if (std::abs(one_over - std::round(one_over)) < 0.05 && one_over < 1e6) {
      return "1/" + std::to_string(std::llround(one_over));
    }
  }
  return number_text(number.value());
}

std::string coordinate_text(const TiffReader& reader, const TiffDirectory& directory,
                            const TiffField& field) {
  if (field.type != tiff_rational) return {};
  double degrees = 0;
  double unit = 1;
  for (std::size_t i = 0; i < std::min<std::size_t>(field.count, 3); ++i, unit /= 60) {
    const Rational number = rational(reader, field, i);
    if (number.below != 0) degrees += number.value() * unit;
  }
  const TiffField* direction = directory.find(static_cast<std::uint16_t>(field.tag - 1));
  const char side = direction == nullptr ? ' ' : static_cast<char>(u8(reader.block(), direction->value_at));
  if (side == 'S' || side == 'W') degrees = -degrees;
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6f", degrees);  // NOLINT: fits
  return buffer.data();
}

std::string comment_text(const TiffReader& reader, ByteSpan value) {
  if (value.size() < 8) return {};
  const ByteSpan text = value.subspan(8);
  if (starts_with(value, "UNICODE\0"sv)) {
    const bool big = starts_with(text, "\xFE\xFF"sv);
    const bool little = starts_with(text, "\xFF\xFE"sv);
    const Endian order = big ? Endian::big : little ? Endian::little : reader.order();
    return clean_text(utf8_of_utf16(part(text, 0, 4 * max_text), order));
  }
  return clean_text(text_of(text));
}

std::string integers_text(const TiffReader& reader, const TiffField& field) {
  std::string text;
  const std::size_t size = tiff_type_size(field.type);
  for (std::size_t i = 0; i < std::min<std::size_t>(field.count, max_values); ++i) {
    std::int64_t value = reader.number(field, i);
    if (field.type == 6 || field.type == 8 || field.type == 9) {  // signed
      const std::int64_t half = std::int64_t{1} << (8 * size - 1);
      if (value >= half) value -= 2 * half;
    }
    text += (i == 0 ? "" : " ") + std::to_string(value);
  }
  return text;
}

}  // namespace

std::string clean_text(std::string_view bytes) {
  bytes = bytes.substr(0, bytes.find('\0'));
  std::string_view kept = bytes.substr(0, 4 * max_text);
  // A character split by the cut does not indicate another character set.
  while (kept.size() < bytes.size() && !kept.empty() &&
         (static_cast<unsigned char>(kept.back()) & 0x80) != 0) {
    const bool lead = (static_cast<unsigned char>(kept.back()) & 0xC0) == 0xC0;
    kept.remove_suffix(1);
    if (lead) break;
  }
  bytes = kept;
  const bool utf8 = is_utf8(bytes);
  const std::string latin = utf8 ? std::string() : utf8_of_latin1(bytes);
  std::string_view rest = utf8 ? bytes : std::string_view(latin);
  std::string text;
  while (!rest.empty()) {
    const auto code_point = next_code_point(rest);
    if (!code_point) break;
    std::string one;
    append_utf8(one, is_unwanted(*code_point) ? U' ' : *code_point);
    if (text.size() + one.size() > max_text) break;
    text += one;
  }
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string exif_text(const TiffReader& reader, const TiffDirectory& directory, const TiffField& field,
                      ExifForm form) {
  const ByteSpan value = reader.value(field);
  switch (form) {
    case ExifForm::comment:
      return comment_text(reader, value);
    case ExifForm::utf16:
      return clean_text(utf8_of_utf16(part(value, 0, 4 * max_text), Endian::little));
    case ExifForm::version:
      return clean_text(text_of(part(value, 0, 16)));
    case ExifForm::coordinate:
      return coordinate_text(reader, directory, field);
    default:
      break;
  }
  if (field.type == tiff_ascii || field.type == tiff_undefined) return clean_text(text_of(value));
  if (field.type == tiff_rational || field.type == tiff_srational) {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(field.count, max_values); ++i) {
      const std::string one = rational_text(rational(reader, field, i), form);
      if (!one.empty()) text += (text.empty() ? "" : " ") + one;
    }
    return text;
  }
  return tiff_type_size(field.type) <= 4 ? integers_text(reader, field) : std::string();
}

}  // namespace wm::metadata
