#include "worker/stages/pipeline.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "worker/crash/recorder.h"
#include "worker/stages/compose.h"
#include "worker/stages/encode.h"
#include "worker/stages/failure.h"
#include "worker/stages/open_picture.h"
#include "worker/stages/publish.h"
#include "worker/stages/turn_upright.h"
#include "worker/stages/verify.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

void log_vips_messages(Logger& log) {
  for (const auto& message : take_vips_messages()) log.log(message.level, message.text);
}

/// Reads libvips' messages after whoever else wants its error buffer.
class LogAtExit {
 public:
  explicit LogAtExit(Logger& log) : log_(log) {}
  ~LogAtExit() { log_vips_messages(log_); }
  LogAtExit(const LogAtExit&) = delete;
  LogAtExit& operator=(const LogAtExit&) = delete;

 private:
  Logger& log_;
};

/// Which way a JPEG takes to a JPEG. Throws TaskFailure (unsupported) for a way that there is not.
Published route_of(const Picture& picture, const Encoding& encoding) {
  constexpr const char* not_yet = "not done in place in this version";
  Published published;
  if (picture.format != PictureFormat::jpeg ||
      output_format(picture.format, encoding.format) != PictureFormat::jpeg) {
    return published;
  }
  if (encoding.jpeg_path == JpegPathChoice::dct) {
    throw TaskFailure(FailureKind::unsupported, std::string("--jpeg-path dct: ") + not_yet);
  }
  published.route = JpegRoute::pixels;
  published.route_reason = encoding.jpeg_path == JpegPathChoice::pixel ? "--jpeg-path pixel" : not_yet;
  return published;
}

}  // namespace

class Pipeline::Impl {
 public:
  Impl(JobDescription job, Logger& log)
      : job_(std::move(job)),
        log_(log),
        composer_(job_.recipe, job_.started, log),
        publisher_(job_.output_directory, job_.run,
                   job_.keep_dates ? Publisher::Dates::of_input : Publisher::Dates::now) {}

  Published run(const Task& task, StageClock& stages) {
    Stage stage = Stage::decode;
    const auto enter = [&](Stage next) { stages.enter(stage = next); };
    try {
      Published published = run_stages(task, enter);
      stages.finish();
      log_vips_messages(log_);
      return published;
    } catch (const std::exception& error) {
      const LogAtExit messages(log_);
      crash::leave_note(CellNoteKind::vips_error, error.what());
      throw as_task_failure(error, stage);
    }
  }

 private:
  template <class Enter>
  Published run_stages(const Task& task, const Enter& enter) {
    enter(Stage::decode);
    Picture picture = open_picture(task.input, job_.max_pixels, log_);
    const Encoding& encoding = job_.recipe.encoding;
    Published published = route_of(picture, encoding);

    enter(Stage::compose);
    const std::uint64_t rendered = composer_.texts_rendered();
    composer_.compose(picture, task);

    enter(Stage::encode);
    EncodedPicture encoded = encode(picture, encoding, log_);
    picture.image = {};  // the pixels are by far the largest thing a worker holds
    if (job_.verify) verify(encoded.file, encoded.coded);
    encoded.coded.image = {};

    enter(Stage::publish);
    publisher_.publish(task, picture.input.status(), encoded.file);
    published.bytes = encoded.file.size();
    published.notes = fmt::format("{}", fmt::join(encoded.notes, "; "));
    published.texts_rendered = static_cast<std::uint32_t>(composer_.texts_rendered() - rendered);
    return published;
  }

  const JobDescription job_;
  Logger& log_;
  Composer composer_;
  Publisher publisher_;
};

Pipeline::Pipeline(const JobDescription& job, Logger& log) {
  try {
    start_vips();
    impl_ = std::make_unique<Impl>(job, log);
    log_vips_messages(log);
  } catch (const MarkError& error) {
    throw RecipeError(error.what());
  }
}

Pipeline::~Pipeline() = default;

Published Pipeline::run(const Task& task, StageClock& stages) {
  return impl_->run(task, stages);
}

}  // namespace wm
