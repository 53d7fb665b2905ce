#pragma once

// Option values, each bound to a member of the settings: how it is parsed from text and how it is printed
// again. The member's class determines the object: RunSettings is JobSettings::run, Mark is the mark opened
// last.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "supervisor/cli/bad_value.h"
#include "supervisor/cli/option_table.h"
#include "supervisor/cli/value_parsers.h"
#include "supervisor/cli/value_texts.h"
#include "supervisor/cli/value_words.h"

namespace wm::option_value {

using Words = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

inline constexpr unsigned most_workers = 1024;

inline std::string as_given(const std::string& text) {
  return text;
}

/// The part of the job that has the type `Owner`; there is exactly one of each.
template <typename Owner, typename Job>
auto& part(Job& job) {
  if constexpr (std::is_same_v<Owner, InputSettings>) return job.input;
  if constexpr (std::is_same_v<Owner, Encoding>) return job.recipe.encoding;
  if constexpr (std::is_same_v<Owner, InputLimits>) return job.limits;
  if constexpr (std::is_same_v<Owner, RunSettings>) return job.run;
  if constexpr (std::is_same_v<Owner, LogSettings>) return job.log;
  if constexpr (std::is_same_v<Owner, PreviewSettings>) return job.preview;
  if constexpr (std::is_same_v<Owner, DebugSettings>) return job.debug;
  if constexpr (std::is_same_v<Owner, JobSettings>) return job;
}

/// The object that a use changes. Throws UsageError when there is no such mark.
template <typename Owner>
Owner& changed(SettingsDraft& draft, const OptionUse& use) {
  if constexpr (std::is_same_v<Owner, Mark>) {
    return draft.mark(said(use));
  } else if constexpr (std::is_same_v<Owner, Text>) {
    return draft.text(said(use));
  } else if constexpr (std::is_same_v<Owner, Logo>) {
    return draft.logo(said(use));
  } else {
    return part<Owner>(draft.settings);
  }
}

/// Null: the mark is of another kind.
template <typename Owner>
const Owner* owner_in(const JobSettings& job, const Mark* mark) {
  if constexpr (std::is_same_v<Owner, Mark>) {
    return mark;
  } else if constexpr (std::is_same_v<Owner, Text> || std::is_same_v<Owner, Logo>) {
    return mark == nullptr ? nullptr : std::get_if<Owner>(&mark->source);
  } else {
    return &part<Owner>(job);
  }
}

/// `parse` makes the member's value from text or throws BadValue; `print` is its inverse.
template <typename Owner, typename T, typename Parse, typename Print>
OptionValue value(ValueKind kind, T Owner::*member, Parse parse, Print print, const Words& words = {}) {
  return {.kind = kind,
          .words = words,
          .apply =
              [=](SettingsDraft& draft, const OptionUse& use) {
                auto& owner = changed<Owner>(draft, use);
                owner.*member = parse(use.value);
              },
          .values =
              [=](const JobSettings& job, const Mark* mark) {
                const auto* const owner = owner_in<Owner>(job, mark);
                return owner == nullptr ? Texts{} : Texts{print(owner->*member)};
              }};
}

template <typename Owner, typename T, typename Parse>
OptionValue value(ValueKind kind, T Owner::*member, Parse parse, const Words& words = {}) {
  return value(
      kind, member, parse, [](const T& set) { return text_of(set); }, words);
}

/// An optional member. The word `none` leaves it without a value; so does "false" for an option whose value
/// may be omitted.
template <typename Owner, typename T, typename Parse>
OptionValue value_or(std::string_view none, ValueKind kind, std::optional<T> Owner::*member, Parse parse,
                     Words words = {}) {
  words.push_back(none);
  return value(
      kind, member,
      [=](const std::string& text) {
        const bool is_none = text == none || (kind == ValueKind::optional_word && text == "false");
        return is_none ? std::nullopt : std::optional<T>(parse(text));
      },
      [=](const std::optional<T>& set) { return set ? text_of(*set) : std::string(none); }, words);
}

template <typename Owner>
OptionValue flag(bool Owner::*member) {
  return value(ValueKind::flag, member, parse_switch);
}

/// One of `words`, which are in the order of the enumeration.
template <typename Owner, typename Enum, std::size_t N, typename Parse>
OptionValue choice(Enum Owner::*member, const std::array<std::string_view, N>& words, ValueKind kind,
                   Parse parse) {
  return value(
      kind, member, parse, [&words](Enum set) { return std::string(word(set, words)); },
      Words(words.begin(), words.end()));
}

template <typename Owner, typename Enum, std::size_t N>
OptionValue choice(Enum Owner::*member, const std::array<std::string_view, N>& words,
                   ValueKind kind = ValueKind::string) {
  return choice(member, words, kind,
                [&words](std::string_view text) { return static_cast<Enum>(parse_choice(text, words)); });
}

template <typename Owner, typename T>
OptionValue whole(T Owner::*member, unsigned lowest,
                  unsigned highest = std::numeric_limits<unsigned>::max()) {
  return value(ValueKind::number, member,
               [=](std::string_view text) { return static_cast<T>(parse_whole(text, lowest, highest)); });
}

template <typename Owner, typename T>
OptionValue whole_or(std::string_view none, std::optional<T> Owner::*member, unsigned lowest,
                     unsigned highest) {
  return value_or(none, ValueKind::number, member, [=](std::string_view text) {
    try {
      return static_cast<T>(parse_whole(text, lowest, highest));
    } catch (const BadValue& error) {
      throw BadValue(fmt::format("{}, or {}", error.what(), none));
    }
  });
}

/// Text that `parse` checks.
template <typename Owner, typename Parse>
OptionValue text(std::string Owner::*member, Parse parse) {
  return value(ValueKind::string, member, parse);
}

template <typename Owner>
OptionValue path(std::string Owner::*member) {
  return value(ValueKind::path, member, as_given);
}

/// Each use adds to the list.
template <typename Owner, typename Parse>
OptionValue list(ValueKind kind, std::vector<std::string> Owner::*member, Parse parse) {
  return {.kind = kind,
          .words = {},
          .apply =
              [=](SettingsDraft& draft, const OptionUse& use) {
                (changed<Owner>(draft, use).*member).push_back(parse(use.value));
              },
          .values = [=](const JobSettings& job, const Mark*) { return part<Owner>(job).*member; }};
}

}  // namespace wm::option_value
