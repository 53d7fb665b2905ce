#pragma once

// A request from the supervisor to a process that draws previews (`wm-worker preview PID`). Such a process
// answers one request and exits: for a job's preview, each picture is drawn by its own process, and one more
// puts the pictures on a sheet, so a picture that kills its process costs only its own place on the sheet.
//
// Request: a sealed memory file with CBOR text, at descriptor preview_fds::request; the job's description is
// at preview_fds::job. Answer: a PreviewAnswer written to the pipe at preview_fds::answer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/os/unique_fd.h"

namespace wm {

inline constexpr const char* preview_worker_word = "preview";

namespace preview_fds {
inline constexpr int request = 3;
inline constexpr int job = 4;
inline constexpr int answer = 5;
inline constexpr int end = 6;
}  // namespace preview_fds

/// The keyword of a text chunk in each PNG preview: only a file with this text is replaced by a new preview.
/// It contains no spaces, because libvips would cut it off there.
inline constexpr const char* preview_keyword = "wm-supervisor-preview";

/// More pictures than can be told apart on a screen.
inline constexpr unsigned most_previewed = 100;

enum class PreviewKind : std::uint8_t {
  cell,        // one marked picture, in its size on the sheet
  sheet,       // all pictures with their captions
  comparison,  // one picture before and after, the marks' boxes outlined
  thumbnail,   // one picture as it is, small, as a JPEG file; uses only the limits of the job's description
  recipe,      // no picture: whether a worker would accept the job's description
};

/// The longer side of a thumbnail, in pixels.
inline constexpr int thumbnail_side = 480;
/// Its quality is lowered until the file is no longer than this, but not below 40.
inline constexpr std::size_t thumbnail_bytes = std::size_t{48} << 10;
/// What is longer is none.
inline constexpr std::size_t longest_thumbnail = 4 * thumbnail_bytes;

/// A place on the sheet. The caller has already made the texts displayable.
struct PreviewCell {
  std::string caption;
  std::string problem;             // why the picture is missing
  std::vector<std::byte> picture;  // PNG
  bool operator==(const PreviewCell&) const = default;
};

struct PreviewRequest {
  PreviewKind kind = PreviewKind::cell;
  std::string input;               // path to open: bytes, absolute; unused for a sheet and a recipe
  std::uint64_t counter = 1;       // {counter} in texts
  unsigned pictures = 1;           // number on the whole sheet
  std::vector<PreviewCell> cells;  // only for a sheet
  bool operator==(const PreviewRequest&) const = default;
};

/// Throws std::system_error.
[[nodiscard]] UniqueFd to_sealed_file(const PreviewRequest& request);

/// Throws std::system_error, or std::runtime_error when the file is not one of ours.
[[nodiscard]] PreviewRequest preview_request_from(int fd);

struct PreviewAnswer {
  enum class Kind : std::uint8_t {
    picture,  // `bytes` are a PNG file, or a JPEG file for a thumbnail; none if only the recipe was asked
              // about
    failed,   // this picture; `text` gives the reason
    recipe,   // no picture of the job can be marked; `text` gives the reason
  };
  Kind kind = Kind::failed;
  std::vector<std::byte> bytes;
  std::string text;
};

/// Its form on the pipe: a letter for the kind, then bytes or text up to the end.
[[nodiscard]] std::vector<std::byte> to_bytes(const PreviewAnswer& answer);

/// Throws std::runtime_error for an invalid answer. A picture's bytes are not checked.
[[nodiscard]] PreviewAnswer preview_answer_from(std::span<const std::byte> bytes);

}  // namespace wm
