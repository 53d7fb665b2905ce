#pragma once

// The result of one attempt at a task: what a worker reports, or what the supervisor concludes from its
// death.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/job/output_identity.h"
#include "common/os/file_stamp.h"

namespace wm {

/// The steps of one task, in order.
enum class Stage : std::uint8_t { decode, compose, encode, publish };
inline constexpr std::size_t stage_count = 4;
inline constexpr std::array<std::string_view, stage_count> stage_names{"decode", "compose", "encode",
                                                                       "publish"};

/// Why an input was not marked. The names appear in report.json.
enum class FailureKind : std::uint8_t {
  unreadable,
  unsupported,
  corrupt,
  too_large,
  timeout,
  out_of_memory,
  crash,
  write_error,
  collision,
  exists,    // the output's name is taken by a file that the job did not make
  unmarked,  // no mark would be visible on it
};
inline constexpr std::size_t failure_kind_count = 11;
inline constexpr std::array<std::string_view, failure_kind_count> failure_kind_names{
    "unreadable", "unsupported", "corrupt",   "too_large", "timeout", "out_of_memory",
    "crash",      "write_error", "collision", "exists",    "unmarked"};

[[nodiscard]] constexpr std::string_view name(Stage stage) {
  return stage_names[static_cast<std::size_t>(stage)];
}
[[nodiscard]] constexpr std::string_view name(FailureKind kind) {
  return failure_kind_names[static_cast<std::size_t>(kind)];
}

/// Duration of each stage in nanoseconds; 0 for a stage that was not reached.
using StageTimes = std::array<std::uint64_t, stage_count>;
[[nodiscard]] constexpr std::uint64_t total_ns(const StageTimes& times) {
  std::uint64_t sum = 0;
  for (const std::uint64_t time : times) sum += time;
  return sum;
}

/// The cause of a failure. A full output disk does not speak against the input: the task is given back, and
/// the job stops, since every other input would fail in the same way.
enum class Blame : std::uint8_t { input, output_disk };

struct Failure {
  FailureKind kind{};
  std::string message;  // for a person; without the input's path, which the caller prepends
};

/// How a JPEG became a JPEG; none for all other pictures.
enum class JpegRoute : std::uint8_t { none, splice, coefficients, pixels };
inline constexpr std::size_t jpeg_route_count = 4;
inline constexpr std::array<std::string_view, jpeg_route_count> jpeg_route_names{"", "splice", "coefficients",
                                                                                 "pixels"};

[[nodiscard]] constexpr std::string_view name(JpegRoute route) {
  return jpeg_route_names[static_cast<std::size_t>(route)];
}

/// How a successful attempt ended.
enum class Result : std::uint8_t {
  marked,
  copied,    // no mark would be visible, so it was published unmarked: --if-unmarked copy
  left_out,  // no mark would be visible, so nothing was published: --if-unmarked skip
};
inline constexpr std::size_t result_count = 3;

/// What is reported about a picture that was published or left out.
struct Published {
  Result result = Result::marked;
  std::uint64_t bytes = 0;
  std::uint64_t inode = 0;  // of the output, see OutputIdentity; 0: unknown
  std::int64_t mtime_ns = 0;
  FileStamp input;  // the marked file, as it was when opened
  std::string
      left_out;       // marks that are not visible on it or change nothing, for a person; separated by "; "
  std::string notes;  // what could not be kept of the input, likewise
  bool damaged = false;  // the input is: its readable part was marked, and the notes begin with what is lost
  JpegRoute route = JpegRoute::none;
  std::string route_reason;          // why it was not done in place; "" when it was
  std::uint32_t texts_rendered = 0;  // texts drawn anew, since no earlier drawing could be reused
};

[[nodiscard]] inline OutputIdentity identity_of(const Published& published) {
  return {.inode = published.inode,
          .size = static_cast<std::int64_t>(published.bytes),
          .mtime_ns = published.mtime_ns};
}

/// The value that exceptions become at the edge of a worker.
struct Outcome {
  std::optional<Failure> failure;  // none: the picture is done, see Published::result
  Blame blame = Blame::input;      // of the failure
  StageTimes stage_ns{};
  Published published;  // only without a failure
};

/// Thrown by the stages of a worker, turned into an Outcome by the task loop.
class TaskFailure : public std::runtime_error {
 public:
  TaskFailure(FailureKind kind, const std::string& message, Blame blame = Blame::input)
      : std::runtime_error(message), kind_(kind), blame_(blame) {}
  [[nodiscard]] FailureKind kind() const noexcept { return kind_; }
  [[nodiscard]] Blame blame() const noexcept { return blame_; }

 private:
  FailureKind kind_;
  Blame blame_;
};

}  // namespace wm
