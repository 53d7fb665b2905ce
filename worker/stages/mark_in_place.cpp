#include "worker/stages/mark_in_place.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "worker/stages/carry_metadata.h"
#include "worker/stages/fit_to_format.h"

namespace wm {
namespace {

bool changes_quality(const Encoding& encoding, const Picture& picture) {
  if (!encoding.quality) return false;
  return !picture.jpeg || !picture.jpeg->exact_quality || picture.jpeg->quality != *encoding.quality;
}

/// Whether the file's segments cannot contain a thumbnail or a text, and none is requested.
bool has_no_metadata_to_edit(const jpeg::Header& header, const Encoding& encoding) {
  if (encoding.metadata != MetadataPolicy::keep || !encoding.copyright.empty() || !encoding.artist.empty()) {
    return false;
  }
  constexpr std::size_t longest_without_thumbnail = 14;  // JFIF
  return std::all_of(header.segments.begin(), header.segments.end(), [](const jpeg::Segment& segment) {
    if (segment.marker == jpeg::marker::app0) {
      return segment.end - segment.payload <= longest_without_thumbnail;
    }
    return segment.marker < jpeg::marker::app0 || segment.marker >= jpeg::marker::app14;
  });
}

NeedsPixels damaged(const jpeg::Damage& damage) {
  return {.reason = "the file is damaged: " + damage.text,
          .damaged = true};  // decoding to pixels decides whether that matters
}

/// The objections of the recipe and the picture's header; "" when there are none.
std::string reason_for_pixels(const Recipe& recipe, const Picture& picture) {
  const Encoding& encoding = recipe.encoding;
  if (encoding.jpeg_path == JpegPathChoice::pixel) return "--jpeg-path pixel";
  if (changes_quality(encoding, picture)) return "--quality differs from the file's";
  if (encoding.subsampling != Subsampling::keep) return "--subsample";
  if (encoding.progressive != KeepOr::keep) return "--progressive";
  if (encoding.autorotate && picture.orientation.value() != 1) return "--autorotate turns it";
  for (const Mark& mark : recipe.marks) {
    if (mark.blend != BlendMode::over) return "--blend needs pixels";
    if (mark.contrast != Contrast::none) return "--contrast needs pixels";
  }
  return "";
}

}  // namespace

std::variant<jpeg::Candidate, NeedsPixels> InPlace::examine(const Picture& picture) const {
  if (std::string reason = reason_for_pixels(recipe_, picture); !reason.empty()) {
    return NeedsPixels{.reason = std::move(reason)};
  }
  auto examined = jpeg::examine(picture.input.bytes());
  if (auto* const candidate = std::get_if<jpeg::Candidate>(&examined)) return std::move(*candidate);
  if (const auto* refusal = std::get_if<jpeg::Refusal>(&examined))
    return NeedsPixels{.reason = refusal->text};
  return damaged(std::get<jpeg::Damage>(examined));
}

std::variant<MarkedInPlace, NeedsPixels> InPlace::write(const Picture& picture, const Encoding& encoding,
                                                        const jpeg::Candidate& candidate,
                                                        const MarkLayers& layers) {
  auto result = marker_.mark(picture.input.bytes(), candidate, layers.layers);
  if (const auto* refusal = std::get_if<jpeg::Refusal>(&result)) return NeedsPixels{.reason = refusal->text};
  if (const auto* damage = std::get_if<jpeg::Damage>(&result)) return damaged(*damage);
  auto& marked = std::get<jpeg::MarkedJpeg>(result);
  MarkedInPlace done{.route =
                         marked.path == jpeg::Path::splice ? JpegRoute::splice : JpegRoute::coefficients};
  if (done.route == JpegRoute::splice && marked.tail_bytes == 0 &&
      has_no_metadata_to_edit(candidate.header, encoding)) {
    done.kept_bytes = marked.kept_bytes;
    done.file = std::move(marked.bytes);
  } else {
    const std::vector<std::byte> file = whole(picture.input.bytes(), marked);
    done.file = MetadataCarrier(picture, encoding).edit_finished(file, done.notes);
  }
  if (!marked.changed) {
    for (const std::size_t index : layers.marks) done.unseen.push_back(composer_.without_effect(index));
  }
  if (log_.enabled(LogLevel::debug)) {
    log_.log(LogLevel::debug,
             fmt::format("encode: JPEG in place ({}), {} of {} MCUs touched, {} bytes", name(done.route),
                         marked.touched_mcus, marked.mcus, done.kept_bytes + done.file.size()));
  }
  return done;
}

}  // namespace wm
