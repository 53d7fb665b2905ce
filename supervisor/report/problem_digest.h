#pragma once

// What a user should know about the pictures of a run without reading its log: the first failures, how many
// there are of each kind, and warnings in groups. Bounded, whatever workers say: their texts may contain any
// bytes, different ones for each picture. One thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/job/outcome.h"
#include "supervisor/journal/file_table.h"

namespace wm {

class ProblemDigest {
 public:
  static constexpr std::size_t most_problems = 10;
  static constexpr std::size_t most_groups = 50;

  /// An input that failed or was quarantined.
  void add(const Problem& problem);
  /// What is to be said of a picture that was published or left out.
  void add(const Published& published);

  [[nodiscard]] const std::vector<Problem>& first_problems() const noexcept { return first_problems_; }
  [[nodiscard]] std::uint64_t problems(FailureKind kind) const {
    return by_kind_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t problems() const;

  struct Warning {
    std::string text;      // of its first picture; one line of UTF-8
    bool all_same = true;  // of all others, too
    std::uint64_t pictures = 0;
  };
  /// The most frequent first. Texts that differ only in their numbers are one group.
  [[nodiscard]] std::vector<Warning> warnings() const;

 private:
  /// What was counted for one picture so far.
  struct Counted {
    std::vector<std::string> groups;
    bool ungrouped = false;
  };
  void add_warnings(std::string_view what, std::string_view phrases, Counted& counted);

  std::vector<Problem> first_problems_;
  std::array<std::uint64_t, failure_kind_count> by_kind_{};
  std::map<std::string, Warning> groups_;  // by their texts, with N for each number
  std::uint64_t ungrouped_ = 0;            // pictures with warnings beyond the bound
};

/// The failures and the command that lists all of them, then the warnings; "" when there are none. `command`:
/// that of the job's report, displayable.
[[nodiscard]] std::string problem_text(const ProblemDigest& digest, std::string_view command);

}  // namespace wm
