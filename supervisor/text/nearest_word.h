#pragma once

// "Did you mean": the known word nearest to an unknown one.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wm {

/// The candidate with the smallest Damerau-Levenshtein distance to `word` (optimal string alignment), if it
/// is at most a third of the word's length, rounded up. May be called from any thread.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      std::span<const std::string> candidates);

/// "; did you mean --output?", where `dashes` are put before the word and underscores count as dashes; empty
/// when no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view dashes, std::string_view word,
                                       std::span<const std::string> candidates);

}  // namespace wm
