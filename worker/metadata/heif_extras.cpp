#include "worker/metadata/heif_extras.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

#include "worker/container/heif_contents.h"

namespace wm::metadata {
namespace {

bool is_alpha(std::string_view urn) {
  // urn:mpeg:hevc:2015:auxid:1, urn:mpeg:mpegB:cicp:systems:auxiliary:alpha
  return urn.ends_with("auxid:1") || urn.ends_with(":alpha");
}

bool is_gain_map(const HeifItem& item) {
  return item.type == "tmap" || item.auxiliary.find("gainmap") != std::string_view::npos;
}

std::string name_of_auxiliary(std::string_view urn) {
  if (urn.ends_with("auxid:2") || urn.find("depth") != std::string_view::npos ||
      urn.find("disparity") != std::string_view::npos) {
    return "depth map";
  }
  if (urn.find("matte") != std::string_view::npos) return "matte";
  return "HEIF auxiliary picture";
}

/// The name of an item that no output has; "" when outputs have it, or when it is part of another item.
std::string name_of_lost(const HeifItem& item, bool is_thumbnail) {
  if (is_gain_map(item)) return "gain map";
  if (!item.auxiliary.empty()) return is_alpha(item.auxiliary) ? "" : name_of_auxiliary(item.auxiliary);
  if (is_thumbnail) return "HEIF thumbnail";
  if (item.is_picture() || item.type == "Exif") return "";
  if (item.type == "mime") {
    if (item.content_type == "application/rdf+xml") return "";
    return "HEIF item " + std::string(item.content_type);
  }
  return "HEIF item " + std::string(item.type);
}

void report_items(const HeifContents& contents, Losses& losses) {
  std::unordered_set<std::uint32_t> thumbnails;
  for (const HeifReference& reference : contents.references) {
    if (reference.type == "thmb") thumbnails.insert(reference.from);
  }
  std::map<std::string, std::size_t> lost;
  for (const HeifItem& item : contents.items) {
    if (item.id == contents.primary_id) continue;
    const std::string name = name_of_lost(item, thumbnails.contains(item.id));
    if (!name.empty()) ++lost[name];
  }
  for (const auto& [name, count] : lost) losses.add(count, name);
}

void report_tracks(const HeifContents& contents, Losses& losses) {
  const bool shown = frames_shown(contents) > 1;
  for (const HeifTrack& track : contents.tracks) {
    if (track.handler == "auxv" || (track.has_pictures() && shown)) continue;
    losses.add(track.has_pictures()
                   ? "a sequence of " + std::to_string(track.samples) + " frames beside the picture"
                   : "HEIF track " + std::string(track.handler));
  }
}

bool carries_boxes(PictureFormat to, const MetadataPlan& plan) {
  return to == PictureFormat::heif && plan.policy == CarryPolicy::keep;
}

}  // namespace

void report_heif_extras(ByteSpan file, PictureFormat to, const MetadataPlan& plan, Losses& losses) {
  const HeifContents contents = read_heif_contents(file);
  report_items(contents, losses);
  report_tracks(contents, losses);
  if (contents.bytes_after > 0) {
    losses.add(std::to_string(contents.bytes_after) + " bytes after the HEIF boxes");
  }
  if (carries_boxes(to, plan)) return;
  for (const auto& [type, whole] : contents.other_boxes) {
    losses.add("box " + std::string(type) + " of " + std::to_string(whole.size()) + " bytes" +
               (type == "mpvd" ? " (the video of a motion photo)" : ""));
  }
}

std::vector<ByteSpan> boxes_to_carry(ByteSpan file, const MetadataPlan& plan) {
  std::vector<ByteSpan> boxes;
  if (sniff_format(file) != PictureFormat::heif || !carries_boxes(PictureFormat::heif, plan)) return boxes;
  const HeifContents contents = read_heif_contents(file);
  for (const auto& [type, whole] : contents.other_boxes) boxes.push_back(whole);
  return boxes;
}

void withdraw_heif_promises(ByteSpan file, PictureFormat to, MetadataPlan& plan) {
  const HeifContents contents = read_heif_contents(file);
  plan.trailer_gone = contents.bytes_after > 0 || (!contents.other_boxes.empty() && !carries_boxes(to, plan));
  plan.gain_map_gone = std::ranges::any_of(contents.items, is_gain_map);
}

}  // namespace wm::metadata
