#pragma once

// The JSON object in the HTML report, which the page's script reads. Not for other programs: `wm-supervisor
// report --json` is.

#include <string>
#include <string_view>

#include "supervisor/report/html/html_report.h"

namespace wm {

/// The text may stand inside of a script element: it contains no "<", ">" or "&", whatever the job's names
/// and messages contain.
[[nodiscard]] std::string report_data(const HtmlReport& report);

/// At most `most` bytes of `text` (UTF-8): what is too much is cut out of its middle, which is where paths
/// and messages say least.
[[nodiscard]] std::string shortened(std::string text, std::size_t most);

}  // namespace wm
