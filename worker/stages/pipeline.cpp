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
#include "worker/stages/check_output.h"
#include "worker/stages/compose.h"
#include "worker/stages/credit_texts.h"
#include "worker/stages/encode.h"
#include "worker/stages/failure.h"
#include "worker/stages/keeps_input.h"
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
  for (const auto& message : take_vips_messages()) {
    const std::string times = message.times > 1 ? fmt::format(" ({} times)", message.times) : "";
    log.log(message.level, message.domain + ": " + message.text + times);
  }
}

/// Logs libvips' messages after all other users of its error buffer.
class LogAtExit {
 public:
  explicit LogAtExit(Logger& log) : log_(log) {}
  ~LogAtExit() { log_vips_messages(log_); }
  LogAtExit(const LogAtExit&) = delete;
  LogAtExit& operator=(const LogAtExit&) = delete;

 private:
  Logger& log_;
};

/// Keeps freed memory for the next picture: returning and requesting it again costs more than a small
/// picture. Larger blocks, such as the pixels of a camera's pictures, are still returned.
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
  Impl(JobDescription job, Logger& log, MemoryGrants& memory, std::function<void()> await_ownership)
      : job_(std::move(job)),
        log_(log),
        memory_(memory),
        composer_(job_.recipe, job_.started, log, job_.policy.if_unmarked),
        credits_(job_.recipe.encoding, job_.started),
        in_place_(job_.recipe, composer_, log),
        publisher_(job_.output_directory, job_.run,
                   job_.keep_dates ? Publisher::Dates::of_input : Publisher::Dates::now, job_.policy,
                   std::move(await_ownership)) {}

  Published run(const Task& task, StageClock& stages) {
    Stage stage = Stage::decode;
    const auto enter = [&](Stage next) {
      stages.enter(stage = next);
      vips_error_clear();  // a failure is explained by messages of its own stage
    };
    try {
      Published published = run_stages(task, enter);
      stages.finish();
      log_vips_messages(log_);
      log_memory();
      return published;
    } catch (const std::exception& error) {
      const LogAtExit messages(log_);
      crash::leave_note(RecordedNoteKind::vips_error, error.what());
      throw as_task_failure(error, stage);
    }
  }

 private:
  /// An output before it is published: the first `kept_bytes` of the input, then `file`.
  struct Made {
    std::size_t kept_bytes = 0;
    std::vector<std::byte> file;
    std::vector<std::string> notes;  // properties of the input that could not be kept
  };

  template <class Enter>
  Published run_stages(const Task& task, const Enter& enter) {
    enter(Stage::decode);
    Picture picture = open_header(task.input, job_.limits, job_.damaged, memory_, log_, task.found);
    const std::uint64_t rendered = composer_.texts_rendered();
    Published published;
    std::optional<Made> made = make(picture, task, enter, published);
    picture.image = {};
    published.texts_rendered = static_cast<std::uint32_t>(composer_.texts_rendered() - rendered);
    if (published.result == Result::left_out) return published;
    const bool encoded = made.has_value();
    if (!made) {
      published.route = JpegRoute::none;
      published.route_reason.clear();
      made = Made{.kept_bytes = picture.input.bytes().size(), .file = {}, .notes = {}};
    }

    enter(Stage::publish);
    const OutputIdentity output =
        publisher_.publish(task, picture.input.status(),
                           {picture.input.bytes().first(made->kept_bytes), made->file}, published.result);
    published.bytes = static_cast<std::uint64_t>(output.size);
    published.inode = output.inode;
    published.mtime_ns = output.mtime_ns;
    published.input = stamp_of(picture.input.status());
    published.damaged = encoded && !picture.damage.empty();
    if (!published.notes.empty()) made->notes.push_back(std::move(published.notes));  // those of the marks
    published.notes = fmt::format(
        "{}{}{}{}", published.damaged ? "the file " : "", published.damaged ? picture.damage : std::string(),
        published.damaged && !made->notes.empty() ? "; " : "", fmt::join(made->notes, "; "));
    return published;
  }

  /// Nullopt: the only remaining decision is whether to publish the input as it is.
  template <class Enter>
  std::optional<Made> make(Picture& picture, const Task& task, const Enter& enter, Published& published) {
    const auto goes_on = [&](const DrawnMarks& drawn) { return note_marks(drawn, picture, published); };
    const bool to_jpeg = is_jpeg_to_jpeg(picture, job_.recipe.encoding);
    if (to_jpeg && !picture.damage.empty()) {
      published.route = JpegRoute::pixels;
      published.route_reason = "the file " + picture.damage;
    } else if (to_jpeg) {
      require(need_in_place(picture));
      auto result = in_place_.mark(picture, task, credits_.encoding_for(picture, task), enter, goes_on);
      if (!result) return std::nullopt;
      if (auto* const marked = std::get_if<MarkedInPlace>(&*result)) {
        published.route = marked->route;
        for (const std::string& phrase : marked->unseen) {
          published.left_out += (published.left_out.empty() ? "" : "; ") + phrase;
        }
        if (job_.verify) verify_in_place(*marked, picture, task);
        return Made{marked->kept_bytes, std::move(marked->file), std::move(marked->notes)};
      }
      const auto& [reason, damaged] = std::get<NeedsPixels>(*result);
      picture.suspicious = damaged;
      if (job_.recipe.encoding.jpeg_path == JpegPathChoice::dct) {
        if (damaged) check_scans(picture);
        throw TaskFailure(FailureKind::unsupported, "cannot be marked in place: " + reason);
      }
      published.route = JpegRoute::pixels;
      published.route_reason = reason;
      if (log_.enabled(LogLevel::debug)) log_.log(LogLevel::debug, "decode: not in place: " + reason);
      enter(Stage::decode);
    }
    auto encoded = through_pixels(picture, task, enter, goes_on);
    if (!encoded) return std::nullopt;
    return Made{0, std::move(encoded->file), std::move(encoded->notes)};
  }

  /// Records the picture's marks, and decides the fate of a picture without any. False: the only remaining
  /// decision is whether to publish the input as it is. Throws TaskFailure (unmarked).
  bool note_marks(const DrawnMarks& drawn, const Picture& picture, Published& published) const {
    published.left_out = fmt::format("{}", fmt::join(drawn.left_out, "; "));
    published.notes = fmt::format("{}", fmt::join(drawn.lacking, "; "));
    if (drawn.count > 0 || job_.recipe.marks.empty()) return true;
    switch (job_.policy.if_unmarked) {
      case IfUnmarked::copy:
        published.result = Result::copied;
        // The readable part of a damaged picture is not the input.
        return !picture.damage.empty() || !keeps_input(job_.recipe.encoding, picture);
      case IfUnmarked::skip:
        published.result = Result::left_out;
        return false;
      case IfUnmarked::fail:
        break;
    }
    throw TaskFailure(FailureKind::unmarked,
                      unmarked_text(drawn) + "; --if-unmarked copy or skip lets such pictures pass");
  }

  /// Nullopt: as in note_marks().
  template <class Enter, class GoesOn>
  std::optional<EncodedPicture> through_pixels(Picture& picture, const Task& task, const Enter& enter,
                                               const GoesOn& goes_on) {
    prepare_decoding(picture);
    decode(picture, job_.damaged, memory_);
    // A repaired file is larger than the original.
    if (!picture.damage.empty()) require(need_of_pixels(picture, job_.recipe.encoding, job_.verify));
    enter(Stage::compose);
    if (!goes_on(composer_.compose(picture, task))) return std::nullopt;
    enter(Stage::encode);
    const Encoding& encoding = credits_.encoding_for(picture, task);
    EncodedPicture encoded = encode(picture, encoding, log_);
    picture.image = {};  // the pixels are by far the largest thing a worker holds
    check_output(encoded.file, encoded.coded);
    if (job_.verify) verify(encoded.file, encoded.coded);
    encoded.coded.image = {};
    return encoded;
  }

  void require(const MemoryNeed& need) {
    expected_ = need.expected;
    memory_.require(need);
  }

  /// The expected memory of the last picture, and the peak of this process: for scripts/memory_table.py.
  void log_memory() {
    if (!log_.enabled(LogLevel::debug)) return;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    log_.log(LogLevel::debug, fmt::format("memory: {} MB expected, {} MB at the worker's peak",
                                          expected_ >> 20U, usage.ru_maxrss >> 10));
  }

  void prepare_decoding(Picture& picture) {
    complete_header(picture, job_.damaged, memory_);
    require(need_of_pixels(picture, job_.recipe.encoding, job_.verify));
  }

  /// Compares the output with the input where there is no mark, and with the marked pixels that the path
  /// through pixels would have encoded.
  void verify_in_place(const MarkedInPlace& marked, Picture& picture, const Task& task) {
    constexpr std::size_t most_marks = 10'000;
    const auto kept = picture.input.bytes().first(marked.kept_bytes);
    std::vector<std::byte> file(kept.begin(), kept.end());
    file.insert(file.end(), marked.file.begin(), marked.file.end());
    prepare_decoding(picture);
    decode(picture, DamagedPictures::fail, memory_);
    std::vector<Box> marks = composer_.boxes(picture, task, most_marks);
    for (Box& mark : marks) mark = picture.orientation.to_stored(mark, picture.page);
    if (marks.size() < most_marks) {
      const auto* const first = static_cast<const std::byte*>(picture.image.data());
      verify_untouched(file, {first, image_bytes(picture.image)}, picture.page, marks);
    }
    static_cast<void>(composer_.compose(picture, task));
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
  CreditTexts credits_;
  InPlace in_place_;
  Publisher publisher_;
};

Pipeline::Pipeline(const JobDescription& job, Logger& log, MemoryGrants& memory,
                   std::function<void()> await_ownership) {
  keep_freed_memory();
  try {
    start_vips();
    impl_ = std::make_unique<Impl>(job, log, memory, std::move(await_ownership));
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
