#include "worker/preview/thumbnail.h"

#include <exception>

#include "worker/preview/sheet.h"
#include "worker/preview/shown_picture.h"
#include "worker/stages/failure.h"
#include "worker/stages/open_picture.h"

namespace wm {

std::vector<std::byte> thumbnail(const PreviewRequest& request, const JobDescription& job, Logger& log) {
  try {
    const Picture picture = open_picture(request.input, job.limits, DamagedPictures::mark, log);
    const vips::VImage shown = shown_picture(picture, {thumbnail_side, thumbnail_side});
    Sheet sheet({shown.width(), shown.height()});
    sheet.put(shown, {0, 0});
    return sheet.jpeg(thumbnail_bytes);
  } catch (const std::exception& error) {
    throw as_task_failure(error, Stage::decode);
  }
}

}  // namespace wm
