#pragma once

// JPEG to JPEG without pixels, where that can be done: the marks are put into the file by worker/jpeg and the
// metadata edited as the recipe says. docs/jpeg_in_place.md. One thread.

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
  std::size_t kept_bytes = 0;   // the output begins with so many bytes of the input
  std::vector<std::byte> file;  // what comes after them
  JpegRoute route{};
  std::vector<std::string> notes;  // what of the input could not be kept
};

/// Why the picture has to go to pixels.
struct NeedsPixels {
  std::string reason;
  bool damaged = false;  // the file breaks the format; some of that decoders do not mind
};

class InPlace {
 public:
  /// Borrows all of it.
  InPlace(const Recipe& recipe, Composer& composer, Logger& log)
      : recipe_(recipe), composer_(composer), log_(log) {}

  /// `picture` is a JPEG of which only the header was read, `encoding` the recipe's with the texts for this
  /// picture. `enter` is called for the stages compose and encode; `judge` with the marks that are seen: it
  /// throws, or says whether to go on. None: it said no. Throws as Composer::layers(), std::bad_alloc.
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
    return write(picture, encoding, candidate, layers->layers);
  }

 private:
  [[nodiscard]] std::variant<jpeg::Candidate, NeedsPixels> examine(const Picture& picture) const;
  [[nodiscard]] std::variant<MarkedInPlace, NeedsPixels> write(const Picture& picture,
                                                               const Encoding& encoding,
                                                               const jpeg::Candidate& candidate,
                                                               const std::vector<jpeg::MarkLayer>& layers);

  const Recipe& recipe_;
  Composer& composer_;
  Logger& log_;
  jpeg::InPlaceMarker marker_;
};

}  // namespace wm
