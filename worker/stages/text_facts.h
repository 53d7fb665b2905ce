#pragma once

// The values of the variables of texts for one picture, both for drawn texts and for texts written into the
// metadata.

#include <cstdint>
#include <ctime>
#include <string_view>

#include "common/job/task.h"
#include "common/job/text_template.h"
#include "worker/stages/picture.h"

namespace wm {

/// From seconds since the epoch.
[[nodiscard]] std::tm local_time(std::int64_t seconds);

/// Borrows both. `started` is the start of the run. Like exif_tag(), needs only the header.
[[nodiscard]] TextFacts text_facts(const Picture& picture, const Task& task, const std::tm& started);

/// Rejects misspelt tag names, which would leave a text without its value on every picture of the job. `what`
/// is the beginning of the error message. Throws MarkError.
void check_tag_names(const TextTemplate& text, std::string_view what);

}  // namespace wm
