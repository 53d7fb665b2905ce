#pragma once

// Failures of libavif.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace wm::avif {

enum class AvifProblem : std::uint8_t {
  damaged,
  truncated,
  unsupported,
  too_large,
  out_of_memory,
  not_encoded,
};

/// what() is libavif's message, or this project's where libavif has none.
class AvifError : public std::runtime_error {
 public:
  AvifError(AvifProblem problem, const std::string& text) : std::runtime_error(text), problem_(problem) {}
  [[nodiscard]] AvifProblem problem() const { return problem_; }

 private:
  AvifProblem problem_;
};

}  // namespace wm::avif
