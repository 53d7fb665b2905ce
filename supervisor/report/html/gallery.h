#pragma once

// Small pictures of a job's files for the HTML report. Pictures are hostile: each is drawn in a preview
// process of its own, and one that kills its process, hangs or is missing costs only its place.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/preview/preview_request.h"
#include "supervisor/cli/job_settings.h"
#include "supervisor/report/job_report.h"

namespace wm {

/// A JPEG file, or the reason for having none.
struct Thumbnail {
  std::vector<std::byte> jpeg;
  std::string problem;  // one line
};

struct GalleryPicture {
  ReportPicture picture;
  std::size_t before = 0, after = 0;  // positions in Gallery::thumbnails
};

struct Gallery {
  std::vector<Thumbnail> thumbnails;  // one for each file, however often it is shown
  std::vector<GalleryPicture> sampled, slowest, largest;
};

[[nodiscard]] bool has_thumbnails(const Gallery& gallery);

/// How long all thumbnails of a gallery may take, and those that are being drawn then.
inline constexpr std::chrono::seconds gallery_time{60};

/// Draws a thumbnail of the file at that absolute path. Called from several threads.
using DrawThumbnail = std::function<PreviewAnswer(const std::string& path)>;

/// The pictures of the report's three lists; what was not begun within `time` is left out. Rethrows what
/// `draw` throws.
[[nodiscard]] Gallery make_gallery(const JobReport& report, const DrawThumbnail& draw, unsigned threads,
                                   std::chrono::milliseconds time = gallery_time);

/// The same by preview processes, within the limits of `settings`, of which nothing else counts but the
/// worker program. Throws UsageError when that is missing, std::system_error.
[[nodiscard]] Gallery make_gallery(const JobReport& report, const JobSettings& settings = {});

}  // namespace wm
