#pragma once

// What is done to every picture of a job: the marks and the encoding. The recipe's hash decides whether an
// output of an earlier run is still up to date, so only what changes pixels or bytes belongs here.

#include <array>
#include <cstddef>
#include <vector>

#include "common/job/encoding.h"
#include "common/job/mark.h"

namespace wm {

struct Recipe {
  std::vector<Mark> marks;
  Encoding encoding;
  bool operator==(const Recipe&) const = default;
};

/// The contents of the recipe's files, logos and fonts, in the recipe's order. They are not part of its text
/// form.
[[nodiscard]] std::vector<std::vector<std::byte>*> attachments(Recipe& recipe);
[[nodiscard]] std::vector<const std::vector<std::byte>*> attachments(const Recipe& recipe);

/// 128 bits over the recipe's text form and the contents of its files.
using RecipeHash = std::array<std::byte, 16>;
[[nodiscard]] RecipeHash hash(const Recipe& recipe);

}  // namespace wm
