#pragma once

// Shows the marks of a job on its pictures, before the job is run. Marks are drawn at full size by the
// Composer that a run uses, and only then is the picture shrunk, so each mark has its final place and size.
// Encoding is not shown. One thread.

#include <cstddef>
#include <string>
#include <vector>

#include "common/job/job_description.h"
#include "common/preview/preview_request.h"
#include "worker/log/logger.h"
#include "worker/stages/compose.h"
#include "worker/stages/picture.h"

namespace wm {

class MarkPreview {
 public:
  /// Borrows the job. Starts libvips and prepares the marks. Throws RecipeError.
  MarkPreview(const JobDescription& job, Logger& log);

  /// A PNG file. Throws TaskFailure.
  [[nodiscard]] std::vector<std::byte> draw(const PreviewRequest& request);

 private:
  /// Throws TaskFailure for a picture without any visible mark, which would show nothing of the job.
  void compose(Picture& picture, const Task& task);
  [[nodiscard]] std::vector<std::byte> cell(Picture& picture, const Task& task, unsigned pictures);
  [[nodiscard]] std::vector<std::byte> comparison(Picture& picture, const Task& task);

  const JobDescription& job_;
  Logger& log_;
  std::unique_ptr<Composer> composer_;
};

/// Combines the request's cells into one sheet, as a PNG file. Needs a running libvips. Throws vips::VError,
/// std::bad_alloc, std::runtime_error.
[[nodiscard]] std::vector<std::byte> contact_sheet(const PreviewRequest& request);

}  // namespace wm
