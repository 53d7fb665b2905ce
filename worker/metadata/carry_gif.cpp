#include <string>
#include <utility>

#include "worker/container/gif_blocks.h"
#include "worker/metadata/carry.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

using Kind = GifBlock::Kind;

std::size_t frames_of(const GifBlocks& file) {
  std::size_t frames = 0;
  for (const auto& block : file.blocks) frames += block.kind == Kind::image ? 1 : 0;
  return frames;
}

class GifCarry {
 public:
  GifCarry(const GifBlocks& in, const Carry& carry)
      : carry_(carry), plan_(carry.plan), before_(frames_of(in) + 1) {
    std::size_t frame = 0;
    for (const auto& block : in.blocks) {
      if (block.kind == Kind::image) ++frame;
      put(block, before_[frame]);
    }
    if (!xmp_seen_) put_xmp(nullptr, before_.front());
    carry.losses.add(plain_texts_, "GIF plain text block");
  }

  /// The blocks before frame `frame` of the input. After the last frame: all remaining ones.
  [[nodiscard]] Bytes before(std::size_t frame, bool last) {
    Bytes all;
    while (next_ < before_.size() && (next_ <= frame || last)) append(all, before_[next_++]);
    return all;
  }

 private:
  void put(const GifBlock& block, Bytes& to) {
    const bool keep = plan_.policy == CarryPolicy::keep;
    switch (block.kind) {
      case Kind::comment:
      case Kind::unknown:
        if (keep) append(to, block.whole);
        break;
      case Kind::application:
        if (block.name == gif_xmp) {
          put_xmp(&block, to);
        } else if (!block.is_loop() && (keep || block.name.starts_with("ICCRGBG1"))) {
          append(to, block.whole);
        }
        break;
      case Kind::plain_text:
        ++plain_texts_;
        break;
      default:
        break;
    }
  }

  /// GIF has no place for EXIF, so new texts always go here.
  void put_xmp(const GifBlock* block, Bytes& to) {
    if (std::exchange(xmp_seen_, true) && plan_.policy != CarryPolicy::keep) return;
    const Bytes packet = block == nullptr ? Bytes{} : read_gif_xmp(*block);
    const Bytes edited = edited_xmp(packet, plan_, largest_block, NewPacket::always, carry_.losses);
    // The packet may be stored in a form other than the specification's.
    const bool odd = packet.empty() && edited.empty() && plan_.policy == CarryPolicy::keep;
    if (block != nullptr && (odd || (!edited.empty() && equal(edited, packet)))) {
      append(to, block->whole);
    } else if (!edited.empty() && text_of(edited).find('\0') == std::string_view::npos) {
      append_gif_xmp(to, edited);
    }
  }

  const Carry& carry_;
  const MetadataPlan& plan_;
  std::vector<Bytes> before_;
  std::size_t next_ = 0, plain_texts_ = 0;
  bool xmp_seen_ = false;
};

}  // namespace

Bytes carry_gif(ByteSpan input, ByteSpan output, const Carry& carry) {
  const auto in = read_gif_blocks(input);
  const auto out = read_gif_blocks(output);
  if (!in || !out || out->blocks.empty() || out->blocks.back().kind != Kind::trailer) {
    carry.losses.add("all metadata: the GIF cannot be read");
    return to_bytes(output);
  }
  // In a damaged file, the data after the last whole block belong to the picture.
  const bool ended = !in->blocks.empty() && in->blocks.back().kind == Kind::trailer;
  if (ended && in->end < input.size() && carry.source == Source::same_container) {
    carry.losses.add(std::to_string(input.size() - in->end) + " bytes after the GIF picture");
  }
  GifCarry metadata(*in, carry);
  // Where frames have been merged or dropped, the blocks between them move to the end.
  const bool same_frames = frames_of(*in) == frames_of(*out);
  Bytes file = to_bytes(out->head);
  put_number(file, 4, '9', 1, Endian::big);  // extensions require GIF89a
  std::size_t frame = 0;
  bool placed = false;
  for (const auto& block : out->blocks) {
    // A frame begins with its control block.
    const bool begins = block.kind == Kind::control || block.kind == Kind::image;
    if (begins && !placed && (same_frames || frame == 0)) {
      append(file, metadata.before(frame, false));
      placed = true;
    }
    if (block.kind == Kind::image) {
      ++frame;
      placed = false;
    }
    if (block.kind == Kind::trailer) append(file, metadata.before(frame, true));
    const bool own = block.kind == Kind::image || block.kind == Kind::control ||
                     block.kind == Kind::trailer || (block.kind == Kind::application && block.is_loop());
    if (own) append(file, block.whole);
  }
  return file;
}

}  // namespace wm::metadata
