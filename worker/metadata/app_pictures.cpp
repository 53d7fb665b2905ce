#include "worker/metadata/app_pictures.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::string_view flashpix_signature = "FPXR\0"sv, jumbf_signature = "JP"sv;

/// Segments with contents unknown to this program.
bool is_unknown(const JpegSegment& segment) {
  if (!segment.is_metadata() || segment.marker == marker::com) return false;
  for (const auto signature : {jfif_signature, jfxx_signature}) {
    if (segment.is(marker::app0, signature)) return false;
  }
  for (const auto signature : {xmp_signature, xmp_extension_signature}) {
    if (segment.is(marker::app1, signature)) return false;
  }
  for (const auto signature : {icc_signature, mpf_signature, flashpix_signature}) {
    if (segment.is(marker::app2, signature)) return false;
  }
  return !segment.is(marker::app11, jumbf_signature) && !segment.is(marker::app13, irb_signature) &&
         !segment.is(marker::app14, adobe_signature) &&
         !(segment.marker == marker::app1 && exif_head_size(segment.payload) > 0);
}

}  // namespace

AppPictures::AppPictures(const JpegSegments& file, const MetadataPlan& plan, Losses& losses)
    : file_(file), policy_(plan.thumbnail), losses_(losses), gone_(file.segments.size()) {
  if (plan.policy != CarryPolicy::keep) return;  // such segments are removed anyway
  find_previews();
  find_flashpix();
  find_jumbf();
  find_extended_xmp();
}

const Bytes* AppPictures::changed_payload(std::size_t segment) const {
  const auto found = std::ranges::find_if(
      changed_, [segment](const Changed& changed) { return changed.segment == segment; });
  return found == changed_.end() ? nullptr : &found->payload;
}

void AppPictures::drop(const Indices& segments) {
  for (const std::size_t i : segments) gone_[i] = true;
}

/// A preview that is longer than a segment continues in the following ones, even if their markers differ.
void AppPictures::find_previews() {
  Indices run;
  for (std::size_t i = 0; i < file_.segments.size(); ++i) {
    if (is_unknown(file_.segments[i])) {
      run.push_back(i);
    } else if (!run.empty()) {
      find_previews_in(std::exchange(run, {}));
    }
  }
  if (!run.empty()) find_previews_in(run);
}

void AppPictures::find_previews_in(const Indices& run) {
  Bytes all;
  for (const std::size_t i : run) append(all, file_.segments[i].payload);
  const auto pictures = embedded_jpegs(all);
  ByteRange range;
  for (const std::size_t i : run) {
    range = {range.end, range.end + file_.segments[i].payload.size()};
    if (std::ranges::none_of(pictures, [&](const EmbeddedJpeg& jpeg) { return jpeg.range.overlaps(range); }))
      continue;
    const std::string place =
        "picture in JPEG APP" + std::to_string(file_.segments[i].marker - marker::app0) + " segments";
    losses_.add(policy_ == ThumbnailPolicy::keep ? "unmarked " + place : "preview " + place);
    if (policy_ != ThumbnailPolicy::keep) gone_[i] = true;
  }
}

/// Version, segment type, stream number, offset in the stream; then the stream.
void AppPictures::find_flashpix() {
  constexpr std::size_t stream_at = 13;
  Indices all;
  Bytes streams;
  for (std::size_t i = 0; i < file_.segments.size(); ++i) {
    if (!file_.segments[i].is(marker::app2, flashpix_signature)) continue;
    all.push_back(i);
    append(streams, part(file_.segments[i].payload, stream_at));
  }
  if (all.empty()) return;
  const bool picture = !embedded_jpegs(streams).empty();
  if (policy_ == ThumbnailPolicy::keep || (policy_ == ThumbnailPolicy::remake && !picture)) {
    losses_.add(picture ? "unmarked picture in FlashPix segments"
                        : "FlashPix segments that may have an unmarked picture");
    return;
  }
  losses_.add(picture ? "FlashPix segments with a preview picture" : "FlashPix segments");
  drop(all);
}

/// Box number, packet number, and the head of the box, which all packets but the first repeat.
void AppPictures::find_jumbf() {
  constexpr std::size_t box_at = 8, repeated = 8;
  std::map<std::uint16_t, std::pair<Indices, Bytes>> boxes;
  for (std::size_t i = 0; i < file_.segments.size(); ++i) {
    const auto& segment = file_.segments[i];
    if (!segment.is(marker::app11, jumbf_signature)) continue;
    auto& [indices, bytes] = boxes[u16(segment.payload, 2)];
    append(bytes, part(segment.payload, indices.empty() ? box_at : box_at + repeated));
    indices.push_back(i);
  }
  for (const auto& [number, box] : boxes) {
    if (embedded_jpegs(box.second).empty()) continue;
    const bool keep = policy_ == ThumbnailPolicy::keep;
    losses_.add(keep ? "unmarked picture in JUMBF segments" : "JUMBF segments with a thumbnail, as of C2PA");
    if (!keep) drop(box.first);
  }
}

void AppPictures::find_extended_xmp() {
  constexpr std::size_t digest_size = 32;
  std::map<std::string_view, Indices> packets;
  for (std::size_t i = 0; i < file_.segments.size(); ++i) {
    const auto& segment = file_.segments[i];
    if (segment.is(marker::app1, xmp_extension_signature))
      packets[text_of(part(segment.payload, xmp_extension_signature.size(), digest_size))].push_back(i);
  }
  if (policy_ == ThumbnailPolicy::keep) return;
  for (auto& [digest, segments] : packets) blank_extension(std::move(segments));
}

/// After the signature: digest, length of the packet, offset of this part. The lengths do not change, so
/// these fields stay valid.
void AppPictures::blank_extension(Indices segments) {
  constexpr std::size_t offset_at = xmp_extension_signature.size() + 36, text_at = offset_at + 4;
  const auto payload = [this](std::size_t i) { return file_.segments[i].payload; };
  std::ranges::stable_sort(segments, {}, [&](std::size_t i) { return u32(payload(i), offset_at); });
  Bytes text;
  for (const std::size_t i : segments) append(text, part(payload(i), text_at));
  const std::size_t count = blank_pictures(text);
  losses_.add(count, "picture", "in extended XMP");
  if (count == 0) return;
  std::size_t at = 0;
  for (const std::size_t i : segments) {
    Changed changed{.segment = i, .payload = to_bytes(part(payload(i), 0, text_at))};
    const std::size_t size = payload(i).size() - changed.payload.size();
    append(changed.payload, part(text, at, size));
    at += size;
    changed_.push_back(std::move(changed));
  }
}

}  // namespace wm::metadata
