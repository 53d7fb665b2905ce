#include "supervisor/report/html/gallery.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "common/os/errno_error.h"
#include "supervisor/pool/cpu_budget.h"
#include "supervisor/preview/preview_job.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

/// The files of a gallery, each once.
class Files {
 public:
  std::size_t position_of(const std::string& path) {
    const auto [entry, is_new] = positions_.try_emplace(path, paths_.size());
    if (is_new) paths_.push_back(path);
    return entry->second;
  }
  [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return paths_; }

 private:
  std::map<std::string, std::size_t> positions_;
  std::vector<std::string> paths_;
};

std::vector<GalleryPicture> placed(const std::vector<ReportPicture>& pictures, Files& files) {
  std::vector<GalleryPicture> result;
  result.reserve(pictures.size());
  for (const ReportPicture& picture : pictures) {
    result.push_back({.picture = picture,
                      .before = files.position_of(picture.input),
                      .after = files.position_of(picture.output)});
  }
  return result;
}

/// The process that draws it may have been taken over by the picture.
bool is_jpeg(const std::vector<std::byte>& bytes) {
  return bytes.size() > 3 && bytes[0] == std::byte{0xFF} && bytes[1] == std::byte{0xD8} &&
         bytes[2] == std::byte{0xFF};
}

Thumbnail thumbnail_of(const std::string& path, const DrawThumbnail& draw) {
  struct stat status {};
  if (!path.starts_with('/')) return {.jpeg = {}, .problem = "its directory is not known"};
  if (::stat(path.c_str(), &status) != 0) {
    return {.jpeg = {}, .problem = errno == ENOENT ? "the file is no longer there" : errno_text()};
  }
  PreviewAnswer answer = draw(path);
  if (answer.kind != PreviewAnswer::Kind::picture) return {.jpeg = {}, .problem = one_line(answer.text)};
  if (answer.bytes.size() > longest_thumbnail) return {.jpeg = {}, .problem = "its process said too much"};
  if (!is_jpeg(answer.bytes)) return {.jpeg = {}, .problem = "its process gave no picture"};
  return {.jpeg = std::move(answer.bytes), .problem = {}};
}

std::vector<Thumbnail> drawn(const std::vector<std::string>& paths, const DrawThumbnail& draw,
                             unsigned threads, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  std::vector<Thumbnail> thumbnails(paths.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr broken;
  const auto draw_some = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++) {
      if (std::chrono::steady_clock::now() >= end) {
        thumbnails[i].problem = "left out, because drawing the pictures before took too long";
        continue;
      }
      try {
        thumbnails[i] = thumbnail_of(paths[i], draw);
      } catch (...) {
        const std::lock_guard lock(mutex);
        broken = std::current_exception();
        next = paths.size();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 0; i < threads; ++i) helpers.emplace_back(draw_some);
  }
  if (broken) std::rethrow_exception(broken);
  return thumbnails;
}

}  // namespace

bool has_thumbnails(const Gallery& gallery) {
  return std::ranges::any_of(gallery.thumbnails,
                             [](const Thumbnail& thumbnail) { return !thumbnail.jpeg.empty(); });
}

Gallery make_gallery(const JobReport& report, const DrawThumbnail& draw, unsigned threads,
                     std::chrono::milliseconds time) {
  Files files;
  Gallery gallery;
  gallery.sampled = placed(report.sampled, files);
  gallery.slowest = placed(report.slowest, files);
  gallery.largest = placed(report.largest, files);
  const auto most = static_cast<unsigned>(std::min<std::size_t>(files.paths().size(), threads));
  gallery.thumbnails = drawn(files.paths(), draw, most, time);
  return gallery;
}

Gallery make_gallery(const JobReport& report, const JobSettings& settings) {
  if (report.sampled.empty() && report.slowest.empty() && report.largest.empty()) return {};
  const PreviewProcess process = preview_process(settings);
  const auto draw = [&](const std::string& path) {
    return process.ask({.kind = PreviewKind::thumbnail, .input = path, .cells = {}});
  };
  return make_gallery(report, draw, usable_cpus());
}

}  // namespace wm
