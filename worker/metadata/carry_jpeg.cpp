#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/container/jpeg_segments.h"
#include "worker/metadata/app_pictures.h"
#include "worker/metadata/carry.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/exif_edit.h"
#include "worker/metadata/jpeg_tail.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

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

/// Without JFIF and Adobe segments, decoders take three components for YCbCr unless they are called R, G and
/// B.
bool is_understood_without_jfif(const JpegSegments& output) {
  for (const auto& segment : output.segments) {
    if (!segment.is_frame()) continue;
    const std::uint8_t components = u8(segment.payload, 5);
    return components == 1 || components == 4 || (components == 3 && u8(segment.payload, 6) == 1);
  }
  return false;
}

/// The meaning of the components: of three, 1 is YCbCr; of four, 2 is YCCK. For a file that does not record
/// it, the decoders' default.
int adobe_transform(const JpegSegments& file) {
  constexpr std::size_t transform_at = 11;
  const JpegSegment* last = nullptr;
  for (const auto& segment : file.segments) {
    if (segment.is(marker::app14, adobe_signature) && segment.payload.size() > transform_at) last = &segment;
  }
  if (last != nullptr) return u8(last->payload, transform_at);
  return has(file, marker::app0, jfif_signature) && components_of(file) == 3 ? 1 : -1;
}

class JpegCarry {
 public:
  JpegCarry(ByteSpan input, const JpegSegments& in, ByteSpan output, const JpegSegments& out,
            const Carry& carry)
      : in_(in),
        output_(output),
        out_(out),
        carry_(carry),
        plan_(carry.plan),
        keep_(plan_.policy == CarryPolicy::keep),
        exif_(exif_of_jpeg(in)),
        pictures_(in, plan_, carry.losses) {
    const bool same_colours =
        carry.source == Source::same_container && components_of(in) == components_of(out);
    // If libjpeg cannot assemble the profile, the input's segments are as valid as before.
    const bool unread = same_colours && !has(out, marker::app2, icc_signature);
    if (has(in, marker::app2, icc_signature) && !has(out, marker::app2, icc_signature) && !unread)
      carry.losses.add("ICC profile");
    same_icc_ = unread || equal(joined(in, marker::app2, icc_signature, 2),
                                joined(out, marker::app2, icc_signature, 2));
    same_adobe_ = carry.source == Source::same_container && adobe_transform(in) == adobe_transform(out);
    read_tail(input);
  }

  Bytes run() {
    append(file_, "\xFF\xD8"sv);
    if (carry_.source == Source::blocks ||
        (!has(in_, marker::app0, jfif_signature) && !is_understood_without_jfif(out_))) {
      copy_first(out_, marker::app0, jfif_signature);
    }
    for (std::size_t i = 0; i < in_.segments.size(); ++i) {
      if (in_.segments[i].is_metadata() && !pictures_.is_gone(i)) put(in_.segments[i], i);
    }
    if (exif_.empty()) put_exif({});
    if (!xmp_seen_) put_xmp({});
    put_adobe();
    put_icc();
    for (const auto& segment : out_.segments) copy_coding(segment);
    append(file_, part(output_, copied_, out_.end - copied_));
    if (tail_) tail_->append_to(file_, mpf_at_, carry_.losses);
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

  /// Copies everything of the output except its metadata. Called in the order of its segments.
  void copy_coding(const JpegSegment& segment) {
    if (!segment.is_metadata()) return;
    append(file_, part(output_, copied_, segment.range.begin - copied_));
    copied_ = segment.range.end;
  }

  void put(const JpegSegment& segment, std::size_t index) {
    const ByteSpan payload = segment.payload;
    const auto exif = std::ranges::find_if(
        exif_, [index](const ExifOfJpeg& block) { return index >= block.first && index < block.end; });
    if (exif != exif_.end()) {
      if (exif->first == index) put_exif(*exif);
    } else if (segment.is(marker::app0, jfif_signature)) {
      put_jfif(segment);
    } else if (segment.is(marker::app14, adobe_signature)) {
      if (same_adobe_) {
        adobe_done_ = true;
        append(file_, segment.whole);
      } else {
        put_adobe();
      }
    } else if (segment.is(marker::app2, icc_signature)) {
      if (same_icc_) {
        icc_done_ = true;
        append(file_, segment.whole);
      } else {
        put_icc();
      }
    } else if (segment.is(marker::app1, xmp_signature)) {
      put_xmp(part(payload, xmp_signature.size()));
    } else if (segment.is(marker::app13, irb_signature)) {
      put_irb(segment);
    } else if (!keep_) {
      return;
    } else if (const Bytes* changed = pictures_.changed_payload(index)) {
      append_jpeg_segment(file_, segment.marker, "", *changed);
    } else if (segment.is(marker::app2, mpf_signature)) {
      put_mpf(segment);
    } else if (segment.is(marker::app0, jfxx_signature) && plan_.thumbnail != ThumbnailPolicy::keep) {
      if (plan_.thumbnail == ThumbnailPolicy::remake) carry_.losses.add("JFXX thumbnail");
    } else {
      append(file_, segment.whole);
    }
  }

  /// After signature and version: unit, two densities, width and height of an uncompressed thumbnail.
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
    append_jpeg_segment(file_, marker::app0, "", payload);
  }

  void put_adobe() {
    if (!std::exchange(adobe_done_, true)) copy_first(out_, marker::app14, adobe_signature);
  }

  void put_icc() {
    if (std::exchange(icc_done_, true)) return;
    for (const auto& segment : out_.segments) {
      if (segment.is(marker::app2, icc_signature)) append(file_, segment.whole);
    }
  }

  /// A block that was stored in several segments may occupy as many or more.
  void put_exif(const ExifOfJpeg& block) {
    const bool first = !std::exchange(exif_seen_, true);
    if (!first && !keep_) return;
    MetadataPlan plan = plan_;
    if (!first) plan.copyright.clear(), plan.artist.clear();
    // A new block has no head yet.
    const std::string_view head = block.bytes.empty() ? exif_signature : ""sv;
    const std::size_t room = max_segment_payload - head.size();
    const std::size_t limit = block.end - block.first > 1 ? largest_block : room;
    const Bytes edited = edited_exif(block.bytes, plan, carry_.thumbnails, limit, carry_.losses);
    if (edited.empty()) return;
    if (equal(edited, block.bytes)) {
      for (std::size_t i = block.first; i < block.end; ++i) append(file_, in_.segments[i].whole);
      return;
    }
    append_jpeg_segment(file_, marker::app1, head, part(edited, 0, room));
    constexpr std::size_t most = max_segment_payload - exif_signature.size();
    for (std::size_t at = room; at < edited.size(); at += most) {
      append_jpeg_segment(file_, marker::app1, exif_signature, part(edited, at, most));
    }
  }

  void put_xmp(ByteSpan packet) {
    const bool first = !std::exchange(xmp_seen_, true);
    if (!first && !keep_) return;
    MetadataPlan plan = plan_;
    if (!first) plan.copyright.clear(), plan.artist.clear();
    Bytes edited = edited_xmp(packet, plan, xmp_limit, NewPacket::when_not_ascii, carry_.losses);
    if (tail_ && tail_->lost_video()) edited = without_motion_photo(edited);
    if (edited.empty()) return;
    append_jpeg_segment(file_, marker::app1, xmp_signature, edited);
  }

  /// Resources may span several segments; they are unchanged unless something in them changes.
  void put_irb(const JpegSegment& segment) {
    if (!irb_) {
      const Bytes old = joined(in_, marker::app13, irb_signature);
      irb_ = edited_irb(old, plan_, carry_.thumbnails, carry_.losses);
      irb_same_ = equal(*irb_, old);
      if (!irb_same_) {
        for (std::size_t at = 0; at < irb_->size(); at += max_irb) {
          append_jpeg_segment(file_, marker::app13, irb_signature, part(*irb_, at, max_irb));
        }
      }
    }
    if (irb_same_) append(file_, segment.whole);
  }

  void read_tail(ByteSpan input) {
    if (carry_.source == Source::blocks) return;
    if (keep_) {
      tail_.emplace(input, in_, plan_, carry_.losses);
    } else if (in_.end < input.size()) {
      // The gain map's effect on the appearance is lost as well.
      carry_.losses.add(std::to_string(input.size() - in_.end) + " bytes after the JPEG picture");
    }
  }

  void put_mpf(const JpegSegment& segment) {
    if (mpf_at_ != 0 || !tail_ || !tail_->has_index()) return;
    mpf_at_ = file_.size() + 4 + mpf_signature.size();
    append(file_, segment.whole);
  }

  static constexpr std::size_t max_irb = max_segment_payload - irb_signature.size();

  const JpegSegments& in_;
  ByteSpan output_;
  const JpegSegments& out_;
  const Carry& carry_;
  const MetadataPlan& plan_;
  bool keep_ = true, same_icc_ = false, same_adobe_ = false;
  std::vector<ExifOfJpeg> exif_;
  AppPictures pictures_;
  std::optional<JpegTail> tail_;
  bool jfif_seen_ = false, exif_seen_ = false, xmp_seen_ = false, adobe_done_ = false, icc_done_ = false;
  std::optional<Bytes> irb_;
  bool irb_same_ = false;
  std::size_t mpf_at_ = 0;
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
