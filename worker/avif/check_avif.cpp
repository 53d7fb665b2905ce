#include "worker/avif/check_avif.h"

#include <algorithm>

#include <fmt/format.h>

#include "worker/avif/avif_source.h"
#include "worker/container/heif_contents.h"

namespace wm::avif {
namespace {

std::string fault_of_boxes(const HeifContents& contents) {
  if (!contents.boxes_within_file || contents.bytes_after > 0) return "a box does not end within the file";
  for (const HeifItem& item : contents.items) {
    if (!item.within_file) return fmt::format("the {} item does not lie within the file", item.type);
  }
  for (const HeifTrack& track : contents.tracks) {
    if (!track.within_file) return fmt::format("the {} track does not lie within the file", track.coding);
  }
  return {};
}

std::string fault_of_header(const AvifHeader& found, const ExpectedAvif& expected) {
  if (found.width != expected.width || found.height != expected.height) {
    return fmt::format("it has {} x {} pixels instead of {} x {}", found.width, found.height, expected.width,
                       expected.height);
  }
  if (found.frames != expected.frames) {
    return fmt::format("it has {} frames instead of {}", found.frames, expected.frames);
  }
  if (found.depth != expected.depth) {
    return fmt::format("it has {} bits a sample instead of {}", found.depth, expected.depth);
  }
  if (found.has_alpha != expected.alpha) return found.has_alpha ? "it has alpha" : "it has no alpha";
  if ((found.chroma == Chroma::grey) != expected.grey) return expected.grey ? "it is not grey" : "it is grey";
  return {};
}

}  // namespace

std::string fault_of_avif(std::span<const std::byte> file, const ExpectedAvif& expected) {
  const HeifContents contents = read_heif_contents(file);
  if (std::string fault = fault_of_boxes(contents); !fault.empty()) return fault;
  try {
    const AvifSource source(file, contents, UINT32_MAX);
    if (std::string fault = fault_of_header(source.header(), expected); !fault.empty()) return fault;
    decode_nothing_kept(file);
  } catch (const AvifError& error) {
    return error.what();
  }
  return {};
}

}  // namespace wm::avif
