#include <string>
#include <utility>

#include "worker/metadata/carry.h"
#include "worker/metadata/exif_edit.h"
#include "worker/metadata/jpeg_segments.h"
#include "worker/metadata/mpf_index.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::size_t exif_limit = max_segment_payload - exif_signature.size();
constexpr std::size_t xmp_limit = 65502;  // XMP Specification Part 3, section 1.1.3

Bytes joined(const JpegSegments& file, std::uint8_t app, std::string_view signature, std::size_t more = 0) {
  Bytes all;
  for (const auto& segment : file.segments) {
    if (segment.is(app, signature)) append(all, part(segment.payload, signature.size() + more));
  }
  return all;
}

bool has(const JpegSegments& file, std::uint8_t app, std::string_view signature) {
  for (const auto& segment : file.segments) {
    if (segment.is(app, signature)) return true;
  }
  return false;
}

/// Without JFIF and Adobe, decoders take three components for YCbCr unless they are called R, G and B.
bool is_understood_without_jfif(const JpegSegments& output) {
  for (const auto& segment : output.segments) {
    const bool frame = segment.marker >= 0xC0 && segment.marker <= 0xCF && segment.marker != 0xC4 &&
                       segment.marker != 0xC8 && segment.marker != 0xCC;
    if (!frame) continue;
    const std::uint8_t components = u8(segment.payload, 5);
    return components == 1 || components == 4 || (components == 3 && u8(segment.payload, 6) == 1);
  }
  return false;
}

class JpegCarry {
 public:
  JpegCarry(ByteSpan input, const JpegSegments& in, ByteSpan output, const JpegSegments& out,
            const Carry& carry)
      : input_(input), in_(in), output_(output), out_(out), carry_(carry), plan_(carry.plan) {
    if (has(in, app2, icc_signature) && !has(out, app2, icc_signature)) carry.losses.add("ICC profile");
    same_icc_ = equal(joined(in, app2, icc_signature, 2), joined(out, app2, icc_signature, 2));
    keep_ = plan_.policy == CarryPolicy::keep;
    read_xmp_extension();
    read_tail();
  }

  Bytes run() {
    append(file_, "\xFF\xD8"sv);
    if (carry_.source == Source::blocks ||
        (!has(in_, app0, jfif_signature) && !is_understood_without_jfif(out_))) {
      copy_first(out_, app0, jfif_signature);
    }
    for (const auto& segment : in_.segments) {
      if (segment.is_metadata()) put(segment);
    }
    if (!exif_seen_) put_exif({});
    if (!xmp_seen_) put_xmp({});
    put_adobe();
    put_icc();
    for (const auto& segment : out_.segments) copy_coding(segment);
    append(file_, part(output_, copied_, out_.end - copied_));
    finish_tail();
    return std::move(file_);
  }

 private:
  void copy_first(const JpegSegments& from, std::uint8_t app, std::string_view signature) {
    for (const auto& segment : from.segments) {
      if (!segment.is(app, signature)) continue;
      append(file_, segment.whole);
      return;
    }
  }

  /// Everything of the output but its metadata. Called in the order of its segments.
  void copy_coding(const JpegSegment& segment) {
    if (!segment.is_metadata()) return;
    append(file_, part(output_, copied_, segment.range.begin - copied_));
    copied_ = segment.range.end;
  }

  void put(const JpegSegment& segment) {
    const ByteSpan payload = segment.payload;
    if (segment.is(app0, jfif_signature)) {
      put_jfif(segment);
    } else if (segment.is(app14, adobe_signature)) {
      put_adobe();
    } else if (segment.is(app2, icc_signature)) {
      if (same_icc_) {
        icc_done_ = true;
        append(file_, segment.whole);
      } else {
        put_icc();
      }
    } else if (segment.is(app1, exif_signature)) {
      put_exif(part(payload, exif_signature.size()));
    } else if (segment.is(app1, xmp_signature)) {
      put_xmp(part(payload, xmp_signature.size()));
    } else if (segment.is(app13, irb_signature)) {
      put_irb(segment);
    } else if (!keep_) {
      return;
    } else if (segment.is(app1, xmp_extension_signature)) {
      if (!drop_extension_) append(file_, segment.whole);
    } else if (segment.is(app2, mpf_signature)) {
      put_mpf(segment);
    } else if (segment.is(app0, jfxx_signature) && plan_.thumbnail != ThumbnailPolicy::keep) {
      if (plan_.thumbnail == ThumbnailPolicy::remake) carry_.losses.add("JFXX thumbnail");
    } else {
      append(file_, segment.whole);
    }
  }

  /// Behind signature and version: unit, two densities, width and height of an uncompressed thumbnail.
  void put_jfif(const JpegSegment& segment) {
    if (std::exchange(jfif_seen_, true)) {
      if (keep_) append(file_, segment.whole);
      return;
    }
    constexpr std::size_t thumbnail_at = 12;
    const bool thumbnail =
        u8(segment.payload, thumbnail_at) != 0 || segment.payload.size() > thumbnail_at + 2;
    if (!thumbnail || (plan_.thumbnail == ThumbnailPolicy::keep && keep_)) {
      append(file_, segment.whole);
      return;
    }
    if (plan_.thumbnail == ThumbnailPolicy::remake && keep_) carry_.losses.add("JFIF thumbnail");
    Bytes payload = to_bytes(part(segment.payload, 0, thumbnail_at));
    payload.resize(thumbnail_at + 2);
    append_jpeg_segment(file_, app0, "", payload);
  }

  void put_adobe() {
    if (!std::exchange(adobe_done_, true)) copy_first(out_, app14, adobe_signature);
  }

  void put_icc() {
    if (std::exchange(icc_done_, true)) return;
    for (const auto& segment : out_.segments) {
      if (segment.is(app2, icc_signature)) append(file_, segment.whole);
    }
  }

  void put_exif(ByteSpan block) {
    const bool first = !std::exchange(exif_seen_, true);
    if (!first && !keep_) return;
    MetadataPlan plan = plan_;
    if (!first) plan.copyright.clear(), plan.artist.clear();
    const Bytes edited = edited_exif(block, plan, carry_.thumbnails, exif_limit, carry_.losses);
    if (edited.empty()) return;
    // A segment longer than its block's limit was so in the input already, and cannot have grown.
    append_jpeg_segment(file_, app1, exif_signature, part(edited, 0, exif_limit));
  }

  void put_xmp(ByteSpan packet) {
    const bool first = !std::exchange(xmp_seen_, true);
    if (!first && !keep_) return;
    MetadataPlan plan = plan_;
    if (!first) plan.copyright.clear(), plan.artist.clear();
    Bytes edited = edited_xmp(packet, plan, xmp_limit, NewPacket::when_not_ascii, carry_.losses);
    if (drop_extension_ && !edited.empty()) edited = without_extension_note(edited);
    if (edited.empty()) return;
    append_jpeg_segment(file_, app1, xmp_signature, edited);
  }

  /// Resources may go over several segments; they stay as they are unless something in them changes.
  void put_irb(const JpegSegment& segment) {
    if (!irb_) {
      const Bytes old = joined(in_, app13, irb_signature);
      irb_ = edited_irb(old, plan_, carry_.thumbnails, carry_.losses);
      irb_same_ = equal(*irb_, old);
      if (!irb_same_) {
        for (std::size_t at = 0; at < irb_->size(); at += max_irb) {
          append_jpeg_segment(file_, app13, irb_signature, part(*irb_, at, max_irb));
        }
      }
    }
    if (irb_same_) append(file_, segment.whole);
  }

  void read_xmp_extension() {
    if (plan_.thumbnail == ThumbnailPolicy::keep) return;
    // Behind the signature: digest, whole length, offset of this part.
    drop_extension_ = mentions_thumbnails(joined(in_, app1, xmp_extension_signature, 40));
    if (drop_extension_ && keep_) carry_.losses.add("extended XMP with thumbnails");
  }

  void read_tail() {
    if (carry_.source == Source::blocks) return;
    const ByteSpan tail = part(input_, in_.end);
    if (!keep_) {
      // What a gain map does to the look is lost, too.
      if (!tail.empty()) carry_.losses.add(std::to_string(tail.size()) + " bytes behind the JPEG picture");
      return;
    }
    tail_ = to_bytes(tail);
    for (const auto& segment : in_.segments) {
      if (!segment.is(app2, mpf_signature) || mpf_) continue;
      const std::size_t index_at = segment.range.begin + 4 + mpf_signature.size();
      mpf_ = MpfIndex::read(input_, {index_at, segment.range.end}, in_.end);
      if (!mpf_) {
        carry_.losses.add("damaged MPF index");
        continue;
      }
      if (plan_.thumbnail != ThumbnailPolicy::keep) mpf_->drop_previews(carry_.losses);
      tail_ = mpf_->tail();
    }
  }

  void put_mpf(const JpegSegment& segment) {
    if (mpf_at_ != 0 || !mpf_ || mpf_->others() == 0) return;
    mpf_at_ = file_.size() + 4 + mpf_signature.size();
    append(file_, segment.whole);
  }

  void finish_tail() {
    const std::size_t tail_at = file_.size();
    if (mpf_at_ != 0) {
      const Bytes index = mpf_->index(mpf_at_, tail_at, carry_.losses);
      std::ranges::copy(index, file_.begin() + static_cast<std::ptrdiff_t>(mpf_at_));
    }
    append(file_, tail_);
  }

  static constexpr std::size_t max_irb = max_segment_payload - irb_signature.size();

  ByteSpan input_;
  const JpegSegments& in_;
  ByteSpan output_;
  const JpegSegments& out_;
  const Carry& carry_;
  const MetadataPlan& plan_;
  bool keep_ = true, same_icc_ = false, drop_extension_ = false;
  bool jfif_seen_ = false, exif_seen_ = false, xmp_seen_ = false, adobe_done_ = false, icc_done_ = false;
  std::optional<Bytes> irb_;
  bool irb_same_ = false;
  std::optional<MpfIndex> mpf_;
  std::size_t mpf_at_ = 0;
  Bytes tail_;
  std::size_t copied_ = 2;
  Bytes file_;
};

}  // namespace

Bytes carry_jpeg(ByteSpan input, ByteSpan output, const Carry& carry) {
  const auto out = read_jpeg_segments(output);
  const auto in = read_jpeg_segments(input);
  if (!out || !in) {
    carry.losses.add("all metadata: the JPEG cannot be read");
    return to_bytes(output);
  }
  return JpegCarry(input, *in, output, *out, carry).run();
}

}  // namespace wm::metadata
