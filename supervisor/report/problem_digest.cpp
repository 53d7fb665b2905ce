#include "supervisor/report/problem_digest.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr std::size_t longest_text = 300;  // bytes of a problem's or a warning's text
constexpr std::size_t most_shown_groups = 10;

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// At a boundary of UTF-8 characters.
std::string shortened(std::string text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string without_numbers(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      result += text[i];
    } else if (i == 0 || !is_digit(text[i - 1])) {
      result += 'N';
    }
  }
  return result;
}

std::string kinds_text(const ProblemDigest& digest) {
  std::vector<std::size_t> kinds(failure_kind_count);
  std::iota(kinds.begin(), kinds.end(), std::size_t{0});
  const auto count = [&](std::size_t kind) { return digest.problems(static_cast<FailureKind>(kind)); };
  std::ranges::stable_sort(kinds, std::ranges::greater{}, count);
  std::string text;
  for (const std::size_t kind : kinds) {
    if (count(kind) == 0) break;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count(kind), failure_kind_names[kind]);
  }
  return text;
}

}  // namespace

void ProblemDigest::add(const Problem& problem) {
  ++by_kind_[static_cast<std::size_t>(problem.failure.kind)];
  if (first_problems_.size() < most_problems) first_problems_.push_back(problem);
}

void ProblemDigest::add(const Published& published) {
  Counted counted;
  std::string_view notes = published.notes;
  if (published.damaged) {
    const std::size_t end = std::min(notes.find("; "), notes.size());
    add_warnings("what can be read is marked: ", notes.substr(0, end), counted);
    notes.remove_prefix(std::min(end + 2, notes.size()));
  }
  add_warnings("not kept: ", notes, counted);
  add_warnings(published.result == Result::marked ? "not put on it: " : "without a mark: ",
               published.left_out, counted);
  if (counted.ungrouped) ++ungrouped_;
}

void ProblemDigest::add_warnings(std::string_view what, std::string_view phrases, Counted& counted) {
  constexpr std::string_view separator = "; ";
  while (!phrases.empty()) {
    const std::size_t end = std::min(phrases.find(separator), phrases.size());
    std::string text = std::string(what).append(shortened(one_line(phrases.substr(0, end))));
    phrases.remove_prefix(std::min(end + separator.size(), phrases.size()));
    std::string key = without_numbers(text);
    if (std::ranges::find(counted.groups, key) != counted.groups.end()) continue;
    const auto found = groups_.find(key);
    if (found != groups_.end()) {
      ++found->second.pictures;
      found->second.all_same = found->second.all_same && found->second.text == text;
    } else if (groups_.size() < most_groups) {
      groups_.emplace(key, Warning{.text = std::move(text), .pictures = 1});
    } else {
      counted.ungrouped = true;
    }
    counted.groups.push_back(std::move(key));
  }
}

std::uint64_t ProblemDigest::problems() const {
  return std::accumulate(by_kind_.begin(), by_kind_.end(), std::uint64_t{0});
}

std::vector<ProblemDigest::Warning> ProblemDigest::warnings() const {
  std::vector<Warning> warnings;
  for (const auto& [key, group] : groups_) warnings.push_back(group);
  std::ranges::stable_sort(warnings, std::ranges::greater{}, &Warning::pictures);
  if (ungrouped_ > 0) warnings.push_back({.text = "other warnings", .pictures = ungrouped_});
  return warnings;
}

std::string problem_text(const ProblemDigest& digest, std::string_view command) {
  std::string text;
  if (const std::uint64_t count = digest.problems(); count > 0) {
    const auto& first = digest.first_problems();
    text += first.size() < count ? fmt::format("The first {} of {} failures:\n", first.size(), count)
                                 : "Failures:\n";
    for (const Problem& problem : first) {
      text += fmt::format("  {}: {}: {}\n", shown_path(problem.input), name(problem.failure.kind),
                          shortened(one_line(problem.failure.message)));
    }
    text += first.size() < count
                ? fmt::format("{}; all of them: {} --failed0 | tr '\\0' '\\n'\n", kinds_text(digest), command)
                : fmt::format("{}; more about them: {}\n", kinds_text(digest), command);
  }
  const auto warnings = digest.warnings();
  if (!warnings.empty()) text += "Warnings:\n";
  for (std::size_t i = 0; i < std::min(warnings.size(), most_shown_groups); ++i) {
    text += fmt::format("  {}{}: {}\n", counted(warnings[i].pictures, "picture", "pictures"),
                        warnings[i].all_same ? "" : ", such as", warnings[i].text);
  }
  if (warnings.size() > most_shown_groups) {
    text += fmt::format("  {}: see the log\n",
                        counted(warnings.size() - most_shown_groups, "further warning", "further warnings"));
  }
  return text;
}

}  // namespace wm
