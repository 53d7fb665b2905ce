#include "worker/stages/decode_failure.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "worker/container/png_chunks.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

using Phrases = std::initializer_list<std::string_view>;

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// `phrases` are in lower case.
bool mentions(std::string_view text, Phrases phrases) {
  const std::string lower = in_lower_case(text);
  return std::ranges::any_of(
      phrases, [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

struct ErrorLine {
  std::string_view domain, text;
};

/// Messages left by steps that continued: the HEIF and TIFF loaders try seeks beyond the end, and unreadable
/// metadata does not make a picture fail.
bool is_of_another_step(const ErrorLine& line) {
  return line.text.starts_with("bad seek to") || line.domain == "exif" ||
         mentions(line.domain, {"icc", "profile"}) || mentions(line.text, {"not an icc profile"});
}

/// The message reports a failure without its cause.
bool says_nothing(std::string_view text) {
  constexpr std::string_view empty_words[] = {"libpng read error",        "read error",
                                              "unable to read pixels",    "unable to parse image",
                                              "unable to get image data", "unable to open source for input"};
  return std::ranges::find(empty_words, text) != std::end(empty_words) ||
         text.starts_with("Failed to read directory at offset") || text.starts_with("out of order read");
}

std::vector<ErrorLine> lines_of(std::string_view errors) {
  std::vector<ErrorLine> lines;
  while (!errors.empty()) {
    const auto end = std::min(errors.find('\n'), errors.size());
    const std::string_view line = errors.substr(0, end);
    errors.remove_prefix(std::min(end + 1, errors.size()));
    const auto colon = line.find(": ");
    ErrorLine parts{.domain = {}, .text = line};
    if (colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos) {
      parts = {.domain = line.substr(0, colon), .text = line.substr(colon + 2)};
    }
    constexpr std::string_view file_of_libtiff = "source input: ";
    if (parts.text.starts_with(file_of_libtiff)) parts.text.remove_prefix(file_of_libtiff.size());
    while (!parts.text.empty() && parts.text.back() == ' ') parts.text.remove_suffix(1);
    if (!parts.text.empty() && !is_of_another_step(parts)) lines.push_back(parts);
  }
  return lines;
}

/// libpng's messages reach libvips as warnings, the error last. "Invalid IHDR data" follows the messages that
/// explain it.
std::string libpng_cause(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return {};
  if (warnings.back().find("Invalid IHDR data") == std::string::npos) return warnings.back();
  std::string causes;
  for (const std::string& warning : warnings) {
    if (!warning.ends_with(" in IHDR")) continue;
    causes += (causes.empty() ? ": " : ", ") + warning.substr(0, warning.size() - std::size(" in IHDR") + 1);
  }
  return "Invalid IHDR data" + causes;
}

/// The line that names the cause; "" if none does.
std::string cause(PictureFormat format, const DecoderWords& words) {
  std::vector<ErrorLine> lines = lines_of(words.errors);
  std::erase_if(lines, [](const ErrorLine& line) { return says_nothing(line.text); });
  if (lines.empty()) {
    return format == PictureFormat::png ? libpng_cause(words.warnings) : std::string();
  }
  const auto last_of = [&](std::string_view domain) -> std::optional<std::string> {
    const auto found = std::find_if(lines.rbegin(), lines.rend(),
                                    [&](const ErrorLine& line) { return line.domain == domain; });
    if (found == lines.rend()) return std::nullopt;
    return std::string(found->text);
  };
  switch (format) {
    case PictureFormat::jpeg:  // libjpeg's first warning may precede its error
      if (auto text = last_of("VipsJpeg")) return *text;
      break;
    case PictureFormat::tiff:  // the loader's own error, else libtiff's last one: it continues after some
      if (auto text = last_of("tiff2vips")) return *text;
      break;
    default:
      return std::string(lines.front().text);
  }
  return std::string(lines.back().text);
}

struct HeifCode {
  int code = 0, subcode = 0;
};

/// Removes libheif's codes, which libvips appends to its text: "(2.1000)".
std::optional<HeifCode> take_heif_code(std::string& text) {
  const auto open = text.rfind(" (");
  if (open == std::string::npos || !text.ends_with(')')) return std::nullopt;
  HeifCode result;
  const char* const end = text.data() + text.size() - 1;
  const auto code = std::from_chars(text.data() + open + 2, end, result.code);
  if (code.ec != std::errc{} || code.ptr == end || *code.ptr != '.') return std::nullopt;
  const auto subcode = std::from_chars(code.ptr + 1, end, result.subcode);
  if (subcode.ec != std::errc{} || subcode.ptr != end) return std::nullopt;
  text.erase(open);
  return result;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
}

/// The decoder's message without parts that only its authors understand.
std::string readable(std::string text) {
  replace(text, ": Unspecified", "");
  for (const std::string_view none : {" at scanline 4294967295", " at row 4294967295, col 4294967295"}) {
    replace(text, none, "");  // libtiff's placeholder for no number
  }
  if (text == "Seek error accessing TIFF directory")
    return "the TIFF directory lies beyond the end of the file";
  constexpr std::string_view seek = "Seek error, ";
  if (text.starts_with(seek)) return text.substr(seek.size()) + " lies beyond the end of the file";
  if (text == "IEND: out of place") return "no IDAT chunk before IEND";
  if (text == "samples out of range") return "a number or depth of samples that it does not know";
  return text;
}

/// WebP decoders only report that they failed; the container's size shows whether bytes are missing.
std::string webp_cause(std::span<const std::byte> file) {
  if (file.size() < 12) return "the file ends within its header";
  const std::uint64_t promised = std::uint64_t{8} + container::u32(file, 4, container::Endian::little);
  if (promised > file.size()) {
    return fmt::format("the file has {} bytes of the {} that its header promises", file.size(), promised);
  }
  return "its data cannot be decoded";
}

/// Whether the chunk that libpng names in "CgBI: unhandled critical chunk" is intact. One with a damaged type
/// is not.
bool has_whole_chunk(std::span<const std::byte> file, std::string_view type) {
  const auto chunks = container::read_png_chunks(file);
  return chunks && std::ranges::any_of(chunks->chunks, [&](const container::PngChunk& chunk) {
           return chunk.is(type) && container::has_right_crc(chunk);
         });
}

FailureKind kind_of(PictureFormat format, std::span<const std::byte> file, const std::string& text,
                    const std::optional<HeifCode>& heif) {
  constexpr int heif_unsupported_file = 3, heif_unsupported_feature = 4, heif_no_memory = 6;
  constexpr int heif_security_limit = 1000;
  if (heif) {
    if (heif->subcode == heif_security_limit) return FailureKind::too_large;
    if (heif->code == heif_unsupported_file || heif->code == heif_unsupported_feature) {
      return FailureKind::unsupported;
    }
    return heif->code == heif_no_memory ? FailureKind::out_of_memory : FailureKind::corrupt;
  }
  if (mentions(text, {"out of memory", "unable to allocate", "cannot allocate", "insufficient memory"})) {
    return FailureKind::out_of_memory;
  }
  if (mentions(text,
               {"exceeds", "security limit", "maximum supported", "too large", "too wide", "too big"})) {
    return FailureKind::too_large;
  }
  if (format == PictureFormat::png && text.find("unhandled critical chunk") != std::string::npos) {
    return has_whole_chunk(file, text.substr(0, 4)) ? FailureKind::unsupported : FailureKind::corrupt;
  }
  if (mentions(text, {"not implemented", "unimplemented", "not supported", "unsupported", "cannot handle",
                      "not a whole number", "not configured", "is not a known", "not enabled",
                      "that it does not know"})) {
    return mentions(text, {"unsupported marker"}) ? FailureKind::corrupt : FailureKind::unsupported;
  }
  return FailureKind::corrupt;
}

bool is_of_missing_bytes(const std::string& text) {
  return mentions(
      text, {"premature end", "truncated", "end of stream", "end of data", "end of gif data",
             "unexpected end", "unexpected eof", "end of file", "end-of-file", "read error", "beyond the end",
             "can not read", "not enough", "file ends", "that its header promises"});
}

}  // namespace

Failure decode_failure(PictureFormat format, std::span<const std::byte> file, const DecoderWords& words) {
  std::string text = cause(format, words);
  std::optional<HeifCode> heif;
  if (format == PictureFormat::heif || format == PictureFormat::avif) heif = take_heif_code(text);
  if (text.empty() && format == PictureFormat::webp) text = webp_cause(file);
  if (text.empty()) return {FailureKind::corrupt, "is damaged (the decoder gives no reason)"};
  text = one_line_of(readable(std::move(text)));
  const FailureKind kind = kind_of(format, file, text, heif);
  switch (kind) {
    case FailureKind::out_of_memory:
      return {kind, "not enough memory for this picture (" + text + ")"};
    case FailureKind::too_large:
      return {kind, fmt::format("is larger than the {} decoder allows ({})", name(format), text)};
    case FailureKind::unsupported:
      return {kind, "is of a kind that libvips does not read (" + text + ")"};
    default:
      return {kind, (is_of_missing_bytes(text) ? "is truncated or damaged (" : "is damaged (") + text + ")"};
  }
}

}  // namespace wm
