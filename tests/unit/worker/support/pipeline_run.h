#pragma once

// Runs one picture through a Pipeline and gives back what happened.

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <vips/vips8>

#include "tests/support/files.h"
#include "tests/support/temp_dir.h"
#include "worker/stages/pipeline.h"
#include "worker/vips/runtime.h"

namespace wm::test {

class RecordingLogger : public Logger {
 public:
  void log(LogLevel level, std::string_view message) noexcept override {
    lines.push_back(std::string(name(level)) + " " + std::string(message));
  }
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  [[nodiscard]] bool contains(const std::string& text) const {
    for (const auto& line : lines) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::string> lines;
};

/// A one-coloured PNG logo.
inline Logo plain_logo(int width, int height, std::vector<double> rgba) {
  start_vips();
  const vips::VImage image =
      vips::VImage::black(width, height)
          .new_from_image(rgba)
          .cast(VIPS_FORMAT_UCHAR)
          .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  VipsBlob* blob = image.pngsave_buffer();
  std::size_t size = 0;
  const auto* data = static_cast<const std::byte*>(vips_blob_get(blob, &size));
  Logo logo{"plain.png", {data, data + size}};
  vips_area_unref(VIPS_AREA(blob));
  return logo;
}

inline JobDescription job_with(const Logo& logo, const std::string& output_directory) {
  JobDescription job;
  job.output_directory = output_directory;
  Mark mark;
  mark.source = logo;
  job.recipe.marks = {mark};
  // Pictures of a test take turns at an output, and some get no mark.
  job.policy = {.if_unmarked = IfUnmarked::copy, .foreign = ForeignFile::replace};
  return job;
}

struct RunResult {
  std::optional<Failure> failure;
  Published published;
  StageTimes times{};
  std::vector<Stage> entered;
};

inline RunResult run(Pipeline& pipeline, const std::string& input, const std::string& output,
                     TaskId id = TaskId{7}) {
  RunResult result;
  StageClock clock([&](Stage stage) { result.entered.push_back(stage); });
  try {
    result.published = pipeline.run({.id = id, .attempt = 1, .input = input, .output = output}, clock);
  } catch (const TaskFailure& failure) {
    result.failure = Failure{failure.kind(), failure.what()};
  }
  clock.finish();
  result.times = clock.times();
  return result;
}

inline RunResult run(const JobDescription& job, const std::string& input, const std::string& output) {
  RecordingLogger log;
  Pipeline pipeline(job, log);
  return run(pipeline, input, output);
}

}  // namespace wm::test
