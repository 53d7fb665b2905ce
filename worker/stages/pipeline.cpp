#include "worker/stages/pipeline.h"

#include <malloc.h>
#include <sys/resource.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "worker/crash/recorder.h"
#include "worker/jpeg/scan_damage.h"
#include "worker/stages/compose.h"
#include "worker/stages/encode.h"
#include "worker/stages/failure.h"
#include "worker/stages/mark_in_place.h"
#include "worker/stages/open_picture.h"
#include "worker/stages/picture_memory.h"
#include "worker/stages/publish.h"
#include "worker/stages/turn_upright.h"
#include "worker/stages/verify.h"
#include "worker/vips/image_bytes.h"
#include "worker/vips/runtime.h"

namespace wm {
namespace {

void log_vips_messages(Logger& log) {
  for (const auto& message : take_vips_messages())
    log.log(message.level, message.domain + ": " + message.text);
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

/// Memory that a picture has used is there for the next one: giving it back and asking again costs more than
/// a small picture. Larger blocks, as of pixels of a camera's pictures, still go back.
void keep_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 8 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

bool is_jpeg_to_jpeg(const Picture& picture, const Encoding& encoding) {
  return picture.format == PictureFormat::jpeg &&
         output_format(picture.format, encoding.format) == PictureFormat::jpeg;
}

}  // namespace

class Pipeline::Impl {
 public:
  Impl(JobDescription job, Logger& log, MemoryGrants& memory)
      : job_(std::move(job)),
        log_(log),
        memory_(memory),
        composer_(job_.recipe, job_.started, log),
        in_place_(job_.recipe, composer_, log),
        publisher_(job_.output_directory, job_.run,
                   job_.keep_dates ? Publisher::Dates::of_input : Publisher::Dates::now) {}

  Published run(const Task& task, StageClock& stages) {
    Stage stage = Stage::decode;
    const auto enter = [&](Stage next) {
      stages.enter(stage = next);
      vips_error_clear();  // a failure is explained by its own stage
    };
    try {
      Published published = run_stages(task, enter);
      stages.finish();
      log_vips_messages(log_);
      log_memory();
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
    Picture picture = open_header(task.input, job_.limits, job_.damaged, memory_, log_, task.found);
    const std::uint64_t rendered = composer_.texts_rendered();
    Published published;
    std::size_t kept_bytes = 0;  // of the input, before `file`
    std::optional<std::vector<std::byte>> file;
    std::vector<std::string> notes;
    if (is_jpeg_to_jpeg(picture, job_.recipe.encoding) && picture.damage.empty()) {
      require(need_in_place(picture));
      auto result = in_place_.mark(picture, task, enter);
      if (auto* const marked = std::get_if<MarkedInPlace>(&result)) {
        published.route = marked->route;
        if (job_.verify) verify_in_place(*marked, picture, task);
        kept_bytes = marked->kept_bytes;
        file = std::move(marked->file);
        notes = std::move(marked->notes);
      } else {
        const auto& [reason, damaged] = std::get<NeedsPixels>(result);
        picture.suspicious = damaged;
        if (job_.recipe.encoding.jpeg_path == JpegPathChoice::dct) {
          if (const auto lost = damaged ? jpeg::scan_damage(picture.input.bytes()) : std::nullopt) {
            throw TaskFailure(FailureKind::corrupt, "is damaged (" + *lost + ")");
          }
          throw TaskFailure(FailureKind::unsupported, "cannot be marked in place: " + reason);
        }
        published.route = JpegRoute::pixels;
        published.route_reason = reason;
        if (log_.enabled(LogLevel::debug)) log_.log(LogLevel::debug, "decode: not in place: " + reason);
        enter(Stage::decode);
      }
    }
    if (!file) {
      EncodedPicture encoded = through_pixels(picture, task, enter);
      file = std::move(encoded.file);
      notes = std::move(encoded.notes);
    }
    picture.image = {};

    enter(Stage::publish);
    publisher_.publish(task, picture.input.status(), {picture.input.bytes().first(kept_bytes), *file});
    published.bytes = kept_bytes + file->size();
    published.input = stamp_of(picture.input.status());
    published.damaged = !picture.damage.empty();
    published.notes = fmt::format("{}{}{}{}", published.damaged ? "the file " : "", picture.damage,
                                  published.damaged && !notes.empty() ? "; " : "", fmt::join(notes, "; "));
    published.texts_rendered = static_cast<std::uint32_t>(composer_.texts_rendered() - rendered);
    return published;
  }

  template <class Enter>
  EncodedPicture through_pixels(Picture& picture, const Task& task, const Enter& enter) {
    prepare_decoding(picture);
    decode(picture, job_.damaged);
    enter(Stage::compose);
    composer_.compose(picture, task);
    enter(Stage::encode);
    EncodedPicture encoded = encode(picture, job_.recipe.encoding, log_);
    picture.image = {};  // the pixels are by far the largest thing a worker holds
    if (job_.verify) verify(encoded.file, encoded.coded);
    encoded.coded.image = {};
    return encoded;
  }

  void require(const MemoryNeed& need) {
    expected_ = need.expected;
    memory_.require(need);
  }

  /// What was expected of the last picture, and what this process has ever held: scripts/memory_table.py.
  void log_memory() {
    if (!log_.enabled(LogLevel::debug)) return;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    log_.log(LogLevel::debug, fmt::format("memory: {} MB expected, {} MB at the worker's peak",
                                          expected_ >> 20U, usage.ru_maxrss >> 10));
  }

  void prepare_decoding(Picture& picture) {
    complete_header(picture, job_.damaged);
    require(need_of_pixels(picture, job_.recipe.encoding, job_.verify));
  }

  /// Against the input where no mark is, and against the marked pixels, which the other way would have
  /// encoded.
  void verify_in_place(const MarkedInPlace& marked, Picture& picture, const Task& task) {
    constexpr std::size_t most_marks = 10'000;
    const auto kept = picture.input.bytes().first(marked.kept_bytes);
    std::vector<std::byte> file(kept.begin(), kept.end());
    file.insert(file.end(), marked.file.begin(), marked.file.end());
    prepare_decoding(picture);
    decode(picture, DamagedPictures::fail);
    std::vector<Box> marks = composer_.boxes(picture, task, most_marks);
    for (Box& mark : marks) mark = picture.orientation.to_stored(mark, picture.page);
    if (marks.size() < most_marks) {
      const auto* const first = static_cast<const std::byte*>(picture.image.data());
      verify_untouched(file, {first, image_bytes(picture.image)}, picture.page, marks);
    }
    composer_.compose(picture, task);
    verify(file, {.format = PictureFormat::jpeg,
                  .image = picture.image,
                  .lossless = false,
                  .quality = picture.jpeg ? picture.jpeg->quality : 1});
  }

  const JobDescription job_;
  Logger& log_;
  MemoryGrants& memory_;
  std::uint64_t expected_ = 0;  // bytes, of the last picture
  Composer composer_;
  InPlace in_place_;
  Publisher publisher_;
};

Pipeline::Pipeline(const JobDescription& job, Logger& log, MemoryGrants& memory) {
  keep_freed_memory();
  try {
    start_vips();
    impl_ = std::make_unique<Impl>(job, log, memory);
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
