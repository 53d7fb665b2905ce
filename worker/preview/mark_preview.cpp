#include "worker/preview/mark_preview.h"

#include <algorithm>
#include <stdexcept>

#include "worker/marks/mark_source.h"
#include "worker/preview/sheet.h"
#include "worker/preview/sheet_layout.h"
#include "worker/preview/shown_picture.h"
#include "worker/stages/failure.h"
#include "worker/stages/open_picture.h"
#include "worker/stages/pipeline.h"
#include "worker/vips/failure_text.h"
#include "worker/vips/load.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

constexpr std::size_t most_outlines = 500;

Size size_of(const vips::VImage& image) {
  return {image.width(), image.height()};
}

vips::VImage cell_picture(const std::vector<std::byte>& png) {
  // The blob does not own the bytes, which outlive the image.
  VipsBlob* const blob = vips_blob_new(nullptr, png.data(), png.size());
  const vips::VSource source = vips::VSource::new_from_blob(blob);
  vips_area_unref(VIPS_AREA(blob));
  return load(PictureFormat::png, source, vips::VImage::option()->set("fail_on", VIPS_FAIL_ON_ERROR));
}

/// Throws vips::VError, std::runtime_error: the process that made `png` may have been taken over by a hostile
/// picture.
void put_cell(Sheet& sheet, const std::vector<std::byte>& png, const Box& room) {
  const vips::VImage picture = cell_picture(png);
  if (picture.width() > room.width || picture.height() > room.height) {
    throw std::runtime_error("it is larger than its cell");
  }
  const Box box = standing(size_of(picture), room);
  sheet.put(picture.copy_memory(), {box.left, box.top});
}

}  // namespace

MarkPreview::MarkPreview(const JobDescription& job, Logger& log) : job_(job), log_(log) {
  start_vips();
  try {
    composer_ = std::make_unique<Composer>(job.recipe, job.started, log);
  } catch (const MarkError& error) {
    throw RecipeError(error.what());
  }
}

std::vector<std::byte> MarkPreview::draw(const PreviewRequest& request) {
  Stage stage = Stage::decode;
  try {
    const Task task{.id = static_cast<TaskId>(request.counter), .input = request.input, .output = {}};
    Picture picture = open_picture(request.input, job_.limits, job_.damaged, log_);
    stage = Stage::compose;
    return request.kind == PreviewKind::comparison ? comparison(picture, task)
                                                   : cell(picture, task, request.pictures);
  } catch (const std::exception& error) {
    throw as_task_failure(error, stage);
  }
}

void MarkPreview::compose(Picture& picture, const Task& task) {
  const DrawnMarks drawn = composer_->compose(picture, task);
  if (drawn.count == 0 && !job_.recipe.marks.empty()) {
    throw TaskFailure(FailureKind::unmarked, unmarked_text(drawn));
  }
}

std::vector<std::byte> MarkPreview::cell(Picture& picture, const Task& task, unsigned pictures) {
  compose(picture, task);
  return to_png(shown_picture(picture, contact_layout(pictures).picture));
}

std::vector<std::byte> MarkPreview::comparison(Picture& picture, const Task& task) {
  const Size seen = picture.orientation.other_size(picture.page);
  const ComparisonPlan plan = comparison_plan(seen);
  const vips::VImage before = shown_picture(picture, plan.room);
  compose(picture, task);
  const vips::VImage after = shown_picture(picture, plan.room);

  const ComparisonLayout layout = comparison_layout(size_of(before), plan.stacked);
  Sheet sheet(layout.sheet);
  sheet.put(before, {layout.before.left, layout.before.top});
  sheet.write(layout.before_caption, "before");
  sheet.put(after, {layout.after.left, layout.after.top});
  sheet.write(layout.after_caption, "after");
  for (const Box& box : composer_->boxes(picture, task, most_outlines)) {
    sheet.outline(scaled_box(box, seen, size_of(after), {layout.after.left, layout.after.top}), layout.after);
  }
  return sheet.png();
}

std::vector<std::byte> contact_sheet(const PreviewRequest& request) {
  const ContactLayout layout = contact_layout(request.pictures);
  Sheet sheet(layout.sheet);
  const std::size_t count = std::min(layout.pictures.size(), request.cells.size());
  for (std::size_t i = 0; i < count; ++i) {
    const PreviewCell& cell = request.cells[i];
    const Box& room = layout.pictures[i];
    sheet.write(layout.captions[i], cell.caption);
    if (!cell.problem.empty()) {
      sheet.write_problem(room, cell.problem);
      continue;
    }
    try {
      put_cell(sheet, cell.picture, room);
    } catch (const std::exception& error) {
      sheet.write_problem(room, std::string("cannot be shown: ") + failure_text(error.what()));
      vips_error_clear();
    }
  }
  return sheet.png();
}

}  // namespace wm
