#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>
#include <string>

#include "worker/container/riff_chunks.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

using container::Endian;

/// The chunks must fill the RIFF chunk, and that the file.
void check_sizes(std::span<const std::byte> file) {
  const auto chunks = container::read_webp_chunks(file);
  if (!chunks) throw Unsound("it does not begin as a WebP");
  const std::uint64_t promised = std::uint64_t{container::u32(file, 4, Endian::little)} + 8;
  if (promised != file.size()) {
    throw Unsound("its header promises " + std::to_string(promised) + " bytes, and it has " +
                  std::to_string(file.size()));
  }
  if (chunks->end != file.size()) throw Unsound("a chunk reaches beyond the file");
}

const std::uint8_t* webp_bytes(std::span<const std::byte> file) {
  return reinterpret_cast<const std::uint8_t*>(file.data());
}

/// Checks a frame's own header, which the codec reads.
bool check_frame(const WebPIterator& frame) {
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) != VP8_STATUS_OK) {
    throw Unsound("frame " + std::to_string(frame.frame_num) + " has no sound header");
  }
  if (features.width != frame.width || features.height != frame.height) {
    throw Unsound("frame " + std::to_string(frame.frame_num) + " has another size than its chunk says");
  }
  return features.has_alpha != 0;
}

}  // namespace

Facts examine_webp(std::span<const std::byte> file) {
  check_sizes(file);
  const WebPData data{webp_bytes(file), file.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&data), &WebPDemuxDelete);
  if (demuxer == nullptr) throw Unsound("its chunks are in no sound order");
  Facts facts{.width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
              .height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT),
              .pages = WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT)};
  WebPIterator frame{};
  if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) throw Unsound("it has no frame");
  const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> release(&frame,
                                                                                   &WebPDemuxReleaseIterator);
  do {
    facts.has_alpha = check_frame(frame) || facts.has_alpha;
    facts.duration_ms += static_cast<std::uint64_t>(frame.duration);
  } while (WebPDemuxNextFrame(&frame) != 0);
  return facts;
}

}  // namespace wm::soundness
