#include "supervisor/commands/crash_links.h"

#include <filesystem>
#include <system_error>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

/// Without links, so that ".." in a relative path leads where it seems to; "" when it cannot be found out.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path result = fs::canonical(path, error);
  return error ? fs::path() : result;
}

/// "?" and "#" would end the path.
std::string in_link(const std::string& path) {
  std::string link;
  for (const char letter : percent_encoded(path)) {
    if (letter == '?')
      link += "%3F";
    else if (letter == '#')
      link += "%23";
    else if (letter == ' ')
      link += "%20";
    else
      link += letter;
  }
  return link;
}

}  // namespace

std::function<std::string(const std::string& crash)> crash_links(const JobDirectory& job,
                                                                 const std::string& page) {
  const fs::path parent = page == "-" ? fs::path(".") : fs::path(page).parent_path();
  const fs::path from = resolved(parent.empty() ? fs::path(".") : parent);
  const fs::path crashes = resolved(fs::path(job.path()) / "crashes");
  return [from, crashes](const std::string& crash) -> std::string {
    if (crash.empty() || from.empty() || crashes.empty()) return {};
    const fs::path report = crashes / crash / "report.txt";
    std::error_code error;
    if (!fs::is_regular_file(fs::symlink_status(report, error))) return {};
    return in_link("./" + report.lexically_relative(from).native());
  };
}

}  // namespace wm
