#include "common/job/text_template.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "common/text/utf8.h"

namespace wm {
namespace {

constexpr std::size_t max_text_bytes = 4096;
constexpr std::string_view all_variables =
    "{filename} {stem} {dir} {date:%Y-%m-%d} {counter:05} {width} {height} {exif:NAME|otherwise}; a brace is "
    "written {{ or }}";

[[noreturn]] void refuse(std::string_view variable, std::string_view why) {
  throw std::invalid_argument(fmt::format("{{{}}} {}", variable, why));
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  });
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name_of(path.substr(0, slash));
}

/// Whether every conversion of a strftime format is one that dates support; others are undefined.
bool is_date_format(std::string_view format) {
  constexpr std::string_view conversions = "aAbBCdDeFgGhHIjmMnprRSTuUVwWxXyYzZ%";
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size() || conversions.find(format[i]) == std::string_view::npos) return false;
  }
  return !format.empty();
}

std::string date_text(const std::string& format, const std::tm& when) {
  std::array<char, 512> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format.c_str(), &when)};
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text) {
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find_first_of("{}"), text.size());
    add_literal(text.substr(0, brace));
    text.remove_prefix(brace);
    if (text.empty()) return;
    if (text.size() > 1 && text[1] == text[0]) {
      add_literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const std::size_t close = text.find('}');
    if (text[0] == '}' || close == std::string_view::npos) {
      throw std::invalid_argument(fmt::format("a single brace stands for a variable: {}", all_variables));
    }
    add_variable(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  }
}

void TextTemplate::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().kind != Kind::literal) parts_.push_back({.kind = Kind::literal});
  parts_.back().argument += text;
}

void TextTemplate::add_variable(std::string_view inside) {
  constexpr std::array<std::pair<std::string_view, Kind>, 8> names{{{"filename", Kind::filename},
                                                                    {"stem", Kind::stem},
                                                                    {"dir", Kind::dir},
                                                                    {"date", Kind::date},
                                                                    {"counter", Kind::counter},
                                                                    {"width", Kind::width},
                                                                    {"height", Kind::height},
                                                                    {"exif", Kind::exif}}};
  const std::size_t colon = inside.find(':');
  const std::string_view name = inside.substr(0, colon);
  const auto* const known =
      std::find_if(names.begin(), names.end(), [&](const auto& row) { return row.first == name; });
  if (known == names.end()) refuse(inside, fmt::format("is no variable; there are {}", all_variables));

  Part part{.kind = known->second};
  const bool has_argument = colon != std::string_view::npos;
  if (has_argument) part.argument = inside.substr(colon + 1);
  switch (part.kind) {
    case Kind::date:
      if (!has_argument) part.argument = "%Y-%m-%d";
      if (!is_date_format(part.argument)) {
        refuse(inside, "needs a format as strftime has it, such as {date:%Y-%m-%d}");
      }
      break;
    case Kind::counter:
      if (has_argument &&
          (part.argument.size() > 2 || part.argument.find_first_not_of("0123456789") != std::string::npos ||
           part.argument.empty() || std::stoi(part.argument) > 20)) {
        refuse(inside, "needs a number of digits, at most 20, such as {counter:05}");
      }
      break;
    case Kind::exif: {
      const std::size_t bar = part.argument.find('|');
      if (bar != std::string::npos) {
        part.otherwise = part.argument.substr(bar + 1);
        part.argument.resize(bar);
      }
      if (!is_word(part.argument)) refuse(inside, "needs the name of a tag, such as {exif:Artist}");
      break;
    }
    default:
      if (has_argument) refuse(inside, fmt::format("takes nothing after a colon; write {{{}}}", name));
  }
  parts_.push_back(std::move(part));
}

bool TextTemplate::constant() const {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.kind == Kind::literal || part.kind == Kind::date;  // the run's date
  });
}

bool TextTemplate::counts() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.kind == Kind::counter; });
}

std::vector<std::string> TextTemplate::exif_names() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.kind == Kind::exif) names.push_back(part.argument);
  }
  return names;
}

std::string TextTemplate::expand(const TextFacts& facts) const {
  std::string text;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::literal:
        text += part.argument;
        break;
      case Kind::filename:
        text += name_of(facts.input_path);
        break;
      case Kind::stem:
        text += stem_of(facts.input_path);
        break;
      case Kind::dir:
        text += directory_of(facts.input_path);
        break;
      case Kind::date:
        text += date_text(part.argument, facts.started);
        break;
      case Kind::counter:
        text += fmt::format("{:0{}}", facts.counter, part.argument.empty() ? 1 : std::stoi(part.argument));
        break;
      case Kind::width:
        text += std::to_string(facts.width);
        break;
      case Kind::height:
        text += std::to_string(facts.height);
        break;
      case Kind::exif: {
        const auto value = facts.exif ? facts.exif(part.argument) : std::nullopt;
        text += value && !value->empty() ? *value : part.otherwise;
        break;
      }
    }
  }
  return drawable_utf8(text, max_text_bytes);
}

}  // namespace wm
