#pragma once

// JPEG to JPEG without decoding to pixels, where possible: worker/jpeg puts the marks into the file, and the
// metadata is edited as the recipe requires. docs/jpeg_in_place.md. One thread.

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/job/outcome.h"
#include "common/job/recipe.h"
#include "common/job/task.h"
#include "worker/jpeg/in_place_marker.h"
#include "worker/log/logger.h"
#include "worker/stages/compose.h"
#include "worker/stages/picture.h"

namespace wm {

struct MarkedInPlace {
  std::size_t kept_bytes = 0;   // length of the output's beginning that equals the input's
  std::vector<std::byte> file;  // the rest of the output, after these bytes
  JpegRoute route{};
  std::vector<std::string> unseen;  // one phrase for each mark when they changed nothing, for users
  std::vector<std::string> notes;   // properties of the input that could not be kept
};

/// Why the picture has to be marked through pixels.
struct NeedsPixels {
  std::string reason;
  bool damaged = false;  // the file violates the format, possibly in a way that decoders tolerate
};

class InPlace {
 public:
  /// Borrows all of it.
  InPlace(const Recipe& recipe, Composer& composer, Logger& log)
      : recipe_(recipe), composer_(composer), log_(log) {}

  /// `picture` is a JPEG of which only the header was read, `encoding` the recipe's with the texts for this
  /// picture. Calls `enter` for the stages compose and encode, and `judge` with the visible marks: it throws,
  /// or returns whether to go on. Returns nullopt when it returned false. Throws as Composer::layers(),
  /// std::bad_alloc.
  template <class Enter, class Judge>
  [[nodiscard]] std::optional<std::variant<MarkedInPlace, NeedsPixels>> mark(const Picture& picture,
                                                                             const Task& task,
                                                                             const Encoding& encoding,
                                                                             const Enter& enter,
                                                                             const Judge& judge) {
    auto examined = examine(picture);
    if (auto* const no = std::get_if<NeedsPixels>(&examined)) return std::move(*no);
    const auto& candidate = std::get<jpeg::Candidate>(examined);
    enter(Stage::compose);
    const auto layers = composer_.layers(picture, task, candidate.colours == jpeg::ColourModel::grey);
    if (!layers) return NeedsPixels{.reason = "too many copies of a mark"};
    if (!judge(layers->drawn)) return std::nullopt;
    enter(Stage::encode);
    return write(picture, encoding, candidate, *layers);
  }

 private:
  [[nodiscard]] std::variant<jpeg::Candidate, NeedsPixels> examine(const Picture& picture) const;
  [[nodiscard]] std::variant<MarkedInPlace, NeedsPixels> write(const Picture& picture,
                                                               const Encoding& encoding,
                                                               const jpeg::Candidate& candidate,
                                                               const MarkLayers& layers);

  const Recipe& recipe_;
  Composer& composer_;
  Logger& log_;
  jpeg::InPlaceMarker marker_;
};

}  // namespace wm
