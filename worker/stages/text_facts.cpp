#include "worker/stages/text_facts.h"

#include <string>

#include <fmt/format.h>

#include "worker/marks/mark_source.h"
#include "worker/metadata/exif_block.h"
#include "worker/stages/picture_tags.h"

namespace wm {

std::tm local_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  ::localtime_r(&time, &local);
  return local;
}

TextFacts text_facts(const Picture& picture, const Task& task, const std::tm& started) {
  const Size seen = picture.orientation.other_size(picture.page);
  return {.input_path = task.input,
          .counter = number(task.id),
          .started = started,
          .width = seen.width,
          .height = seen.height,
          .exif = [&picture](std::string_view name) { return exif_tag(picture, name); }};
}

void check_tag_names(const TextTemplate& text, std::string_view what) {
  for (const std::string& name : text.exif_names()) {
    if (metadata::is_exif_name(name)) continue;
    throw MarkError(
        fmt::format("{}: EXIF has no tag {}; exiftool -s shows the names of those in a picture", what, name));
  }
}

}  // namespace wm
