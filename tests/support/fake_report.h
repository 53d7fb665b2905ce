#pragma once

// A job's report as large and as hostile as asked for, without the job: for tests of the HTML report.

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/report/html/gallery.h"
#include "supervisor/report/job_report.h"

namespace wm::test {

/// Names that end strings, elements or lines, or hide in them.
[[nodiscard]] std::vector<std::string> hostile_names();

/// A JPEG file of 24x16 pixels, with a comment of so many bytes (at most 65,000).
[[nodiscard]] std::vector<std::byte> tiny_jpeg(std::size_t comment = 0);

/// Three runs: one died, one was stopped, the last one finished. `problems` of the inputs failed; those that
/// the HTML report can show are in the list. The first ones have hostile_names().
[[nodiscard]] JobReport fake_report(std::uint64_t inputs, std::uint64_t problems);

/// One with the pictures of that report, in files as long as those of photographs are; the thumbnail of the
/// second file is missing.
[[nodiscard]] Gallery fake_gallery(const JobReport& report);

/// The link that fake pages have to crashes.
[[nodiscard]] std::string fake_link(const std::string& crash);

}  // namespace wm::test
