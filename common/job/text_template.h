#pragma once

// A text with {variables}, for a mark or for the metadata:
//
//   {filename} {stem} {dir}      the input's name, the name without its extension, its directory's name
//   {date} {date:FORMAT}         the day on which the run began, formatted by strftime; default %Y-%m-%d
//   {counter} {counter:05}       the input's number in the job, padded with zeros to so many digits
//   {width} {height}             of the picture as it is displayed, in pixels
//   {exif:NAME} {exif:NAME|ELSE} a tag of the picture; ELSE (or nothing) when the picture lacks it
//   {{ and }}                    a brace
//
// Pure.

#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wm {

/// The values of the variables for one picture.
struct TextFacts {
  std::string_view input_path;  // bytes
  std::uint64_t counter = 0;
  std::tm started{};  // local time of the run's start
  int width = 0, height = 0;
  std::function<std::optional<std::string>(std::string_view name)> exif;  // UTF-8
};

class TextTemplate {
 public:
  /// Throws std::invalid_argument with a message that names the variable and lists the valid ones.
  explicit TextTemplate(std::string_view text);

  /// Whether every picture gets the same text.
  [[nodiscard]] bool constant() const;
  /// Whether it contains {counter}.
  [[nodiscard]] bool counts() const;
  /// The NAMEs of {exif:NAME}. Whether such tags exist is not checked here.
  [[nodiscard]] std::vector<std::string> exif_names() const;
  /// UTF-8; invalid bytes of a path become U+FFFD. Control characters other than line breaks and tabs become
  /// spaces, and everything beyond 4096 bytes is cut off.
  [[nodiscard]] std::string expand(const TextFacts& facts) const;

 private:
  enum class Kind : std::uint8_t { literal, filename, stem, dir, date, counter, width, height, exif };
  struct Part {
    Kind kind{};
    std::string argument;  // the literal, the format, the digits, the tag's name
    std::string otherwise;
  };
  void add_variable(std::string_view inside);
  void add_literal(std::string_view text);
  std::vector<Part> parts_;
};

}  // namespace wm
