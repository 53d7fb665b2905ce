#include "worker/metadata/embedded_video.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "worker/container/iso_boxes.h"

namespace wm::metadata {
namespace {

constexpr std::string_view first_type = "ftyp";
constexpr std::uint32_t longest_ftyp = 1024;

/// The end of the box at `at`, or nullopt when no whole box begins there. The last box may extend to the end
/// of the data.
std::optional<std::size_t> end_of_box(ByteSpan data, std::size_t at) {
  const auto box = next_box(data, at);
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (!box || !box->complete || !std::ranges::all_of(box->type, is_printable)) return std::nullopt;
  return at;
}

}  // namespace

std::vector<ByteRange> embedded_videos(ByteSpan data) {
  std::vector<ByteRange> videos;
  std::vector<bool> barren(data.size());  // boxes that lead to no movie: walks may meet
  std::size_t at = 0;
  while ((at = text_of(data).find(first_type, at)) != std::string_view::npos) {
    const std::size_t type_at = at++;
    if (type_at < 4 || u32(data, type_at - 4) < 16 || u32(data, type_at - 4) > longest_ftyp) continue;
    ByteRange video{type_at - 4, type_at - 4};
    bool movie = false;
    std::vector<std::size_t> passed;
    while (const auto end = end_of_box(data, video.end)) {
      const auto type = text_of(part(data, video.end + 4, 4));
      if (type == first_type && video.end > video.begin) break;
      if (!movie && barren[video.end]) break;
      passed.push_back(video.end);
      movie = movie || type == "moov" || type == "mdat" || type == "moof";
      video.end = *end;
    }
    if (!movie) {
      for (const std::size_t box : passed) barren[box] = true;
      continue;
    }
    videos.push_back(video);
    at = video.end;
  }
  return videos;
}

}  // namespace wm::metadata
