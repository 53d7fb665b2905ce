#include "worker/metadata/jpeg_tail.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/embedded_video.h"

namespace wm::metadata {
namespace {

constexpr std::string_view after_eoi = "after the JPEG picture";

/// Sorted, with overlapping ranges merged.
std::vector<ByteRange> united(std::vector<ByteRange> ranges) {
  std::ranges::sort(ranges, {}, &ByteRange::begin);
  std::vector<ByteRange> apart;
  for (const auto& range : ranges) {
    if (!apart.empty() && range.begin <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, range.end);
    } else {
      apart.push_back(range);
    }
  }
  return apart;
}

bool is_zero(ByteSpan bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

/// The parts of [begin, end) that no range of `taken`, which is sorted, covers.
std::vector<ByteRange> gaps(std::size_t begin, std::size_t end, const std::vector<ByteRange>& taken) {
  std::vector<ByteRange> rest;
  for (const auto& range : taken) {
    if (range.begin > begin) rest.push_back({begin, range.begin});
    begin = std::max(begin, range.end);
  }
  if (begin < end) rest.push_back({begin, end});
  return rest;
}

bool mentions(ByteSpan bytes, std::string_view text) {
  return text_of(bytes).find(text) != std::string_view::npos;
}

/// Gain maps, depth maps and mattes identify themselves: Adobe and Google, ISO 21496-1, Apple.
bool is_auxiliary(ByteSpan jpeg) {
  constexpr std::array names{"hdr-gain-map"sv, "urn:iso:std:iso:ts:21496"sv, "HDRGainMap"sv, "hdrgainmap"sv,
                             "AuxiliaryImageType"sv};
  const auto segments = read_jpeg_segments(jpeg);
  return segments && std::ranges::any_of(segments->segments, [&](const JpegSegment& segment) {
           return segment.is_metadata() && std::ranges::any_of(names, [&](std::string_view name) {
                    return mentions(segment.payload, name);
                  });
         });
}

/// The number of maps that a container's directory (Google's GContainer) announces after the picture.
std::size_t promised_maps(const JpegSegments& segments) {
  std::size_t count = 0;
  for (const auto& segment : segments.segments) {
    if (!segment.is(marker::app1, xmp_signature)) continue;
    const auto text = text_of(segment.payload);
    for (const auto name : {R"(Semantic="GainMap)"sv, R"(Semantic="Depth)"sv, R"(Semantic="Confidence)"sv}) {
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; at += name.size())
        ++count;
    }
  }
  return count;
}

}  // namespace

JpegTail::JpegTail(ByteSpan file, const JpegSegments& segments, const MetadataPlan& plan, Losses& losses)
    : file_(file), begin_(segments.end) {
  read_index(segments, losses);
  if (begin_ < file.size()) find_unmarked(segments, plan.thumbnail, losses);
}

void JpegTail::read_index(const JpegSegments& segments, Losses& losses) {
  for (const auto& segment : segments.segments) {
    if (!segment.is(marker::app2, mpf_signature) || index_) continue;
    index_ = MpfIndex::read(segment);
    if (index_ && !index_->is_counted()) index_.reset();
    if (!index_) losses.add("damaged MPF index");
  }
}

void JpegTail::find_unmarked(const JpegSegments& segments, ThumbnailPolicy policy, Losses& losses) {
  std::vector<ByteRange> listed, others, kept, videos;
  for (const auto& range : embedded_videos(part(file_, begin_)))
    videos.push_back({begin_ + range.begin, begin_ + range.end});
  if (index_) {
    for (std::size_t i = 1; i < index_->entries.size(); ++i) {
      const auto& entry = index_->entries[i];
      const std::size_t at = index_->place(entry);
      const ByteRange range{at, std::min(at + entry.size, file_.size())};
      if (entry.is_preview() && range.begin >= begin_ && !range.empty()) listed.push_back(range);
    }
  }
  std::size_t maps = promised_maps(segments);
  std::size_t doubtful = 0;
  std::vector<ByteRange> taken = listed;
  taken.insert(taken.end(), videos.begin(), videos.end());
  for (const auto& gap : gaps(begin_, file_.size(), united(taken))) {
    for (const auto& jpeg : embedded_jpegs(part(file_, gap.begin, gap.end - gap.begin))) {
      const ByteRange range{gap.begin + jpeg.range.begin, gap.begin + jpeg.range.end};
      const bool map = is_auxiliary(part(file_, range.begin, range.end - range.begin)) ||
                       (jpeg.extent.components == 1 && components_of(segments) > 1);
      const bool undefined = index_ && std::ranges::any_of(index_->entries, [&](const MpfEntry& entry) {
                               return index_->place(entry) == range.begin && entry.is_undefined();
                             });
      if (map || maps > 0 || undefined) {
        if (!map && maps > 0) {
          --maps;
        } else if (!map) {
          ++doubtful;
        }
        kept.push_back(range);
      } else {
        others.push_back(range);
      }
    }
  }
  losses.add(doubtful, "picture", "after the JPEG picture that may be unmarked");
  if (policy == ThumbnailPolicy::keep) {
    losses.add(listed.size() + others.size(), "unmarked picture", after_eoi);
    losses.add(videos.size(), "unmarked video", after_eoi);
    return;
  }
  losses.add(listed.size(), "MPF preview picture");
  losses.add(others.size(), "picture", after_eoi);
  losses.add(videos.size(), "video", after_eoi);
  lost_video_ = !videos.empty();
  others.insert(others.end(), videos.begin(), videos.end());
  remove(std::move(listed), std::move(others), kept);
}

/// Nothing points to data that an index does not list, so they can be cut out; but the offsets in a trailer
/// may span them: then they become zeros.
void JpegTail::remove(std::vector<ByteRange> listed, std::vector<ByteRange> others,
                      const std::vector<ByteRange>& kept) {
  std::vector<ByteRange> known = kept;
  known.insert(known.end(), listed.begin(), listed.end());
  known.insert(known.end(), others.begin(), others.end());
  const auto unknown = gaps(begin_, file_.size(), united(std::move(known)));
  const bool trailer = std::ranges::any_of(unknown, [this](const ByteRange& range) {
    return !is_zero(part(file_, range.begin, range.end - range.begin));
  });
  if (trailer) {
    wiped_ = united(std::move(others));
  } else {
    listed.insert(listed.end(), others.begin(), others.end());
  }
  cut_ = united(std::move(listed));
  if (index_) drop_from_index();
}

/// Removes all entries except the first that point into removed ranges.
void JpegTail::drop_from_index() {
  const auto is_gone = [this](const MpfEntry& entry) {
    const std::size_t at = index_->place(entry);
    const auto has = [at](const ByteRange& range) { return range.begin <= at && at < range.end; };
    return std::ranges::any_of(cut_, has) || std::ranges::any_of(wiped_, has);
  };
  auto& entries = index_->entries;
  const auto gone = std::remove_if(entries.begin() + 1, entries.end(), is_gone);
  if (gone == entries.end()) return;
  entries.erase(gone, entries.end());
  for (MpfEntry& entry : entries) entry.dependents = 0;
}

/// The index for a file in which it is at `index_at`, and whose first picture ends at `tail_at`. Its length
/// is unchanged. Entries that point outside of the tail become empty and are reported.
Bytes JpegTail::new_index(std::size_t index_at, std::size_t tail_at, Losses& losses) const {
  MpfIndex index = *index_;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < index.entries.size(); ++i) {
    MpfEntry& entry = index.entries[i];
    std::uint64_t offset = 0, size = tail_at;
    bool damaged = false;
    if (i > 0) {
      const std::size_t at = index.place(entry), end = at + entry.size;
      std::size_t removed = 0;
      for (const auto& range : cut_) {
        if (range.end <= at) removed += range.end - range.begin;
        damaged = damaged || (range.begin < end && at < range.end);
      }
      damaged = damaged || at < begin_ || end > file_.size();
      offset = at - begin_ - removed + tail_at - index_at;
      size = entry.size;
    }
    if (damaged || offset > UINT32_MAX || size > UINT32_MAX) {
      ++lost;
      offset = size = 0;
    }
    entry.offset = static_cast<std::uint32_t>(offset);
    entry.size = static_cast<std::uint32_t>(size);
  }
  losses.add(lost, "MPF picture");
  Bytes bytes = to_bytes(index.bytes());
  index.write(bytes);
  return bytes;
}

void JpegTail::append_to(Bytes& file, std::size_t index_at, Losses& losses) const {
  const std::size_t tail_at = file.size();
  if (index_at != 0 && index_) {
    const Bytes index = new_index(index_at, tail_at, losses);
    std::ranges::copy(index, file.begin() + static_cast<std::ptrdiff_t>(index_at));
  }
  Bytes tail = to_bytes(part(file_, begin_));
  for (const auto& range : wiped_) wipe(tail, {range.begin - begin_, range.end - begin_});
  for (const auto& range : gaps(begin_, file_.size(), cut_)) {
    append(file, part(tail, range.begin - begin_, range.end - range.begin));
  }
  // Padding before and after the removed parts.
  if (!cut_.empty() && is_zero(part(file, tail_at))) file.resize(tail_at);
}

}  // namespace wm::metadata
