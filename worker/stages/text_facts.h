#pragma once

// What the variables of texts stand for in one picture, whether the text is drawn or written into the
// metadata.

#include <cstdint>
#include <ctime>
#include <string_view>

#include "common/job/task.h"
#include "common/job/text_template.h"
#include "worker/stages/picture.h"

namespace wm {

/// Of seconds since the epoch.
[[nodiscard]] std::tm local_time(std::int64_t seconds);

/// Borrows both. `started` is when the run began. As exif_tag(), it needs no more than the header.
[[nodiscard]] TextFacts text_facts(const Picture& picture, const Task& task, const std::tm& started);

/// A misspelt name would be a text without its value on every picture of the job. `what` is how the error
/// begins. Throws MarkError.
void check_tag_names(const TextTemplate& text, std::string_view what);

}  // namespace wm
