#include "supervisor/doctor/version_text.h"

#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "supervisor/doctor/about_worker.h"
#include "supervisor/doctor/build_commit.h"
#include "supervisor/pool/worker_program.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

/// "libvips 8.14.1, libavif 0.11.1"
std::string library_list(const Json& about) {
  std::string list;
  const auto libraries = about.find("libraries");
  if (libraries == about.end() || !libraries->is_object()) return list;
  for (const auto& [name, version] : libraries->items()) {
    if (!version.is_string()) continue;
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, version.get<std::string>());
  }
  return one_line(list);
}

std::string worker_text(const std::string& worker_program) {
  try {
    const std::string worker = find_worker_program(worker_program);
    const Json about = about_worker(worker);
    if (!about.is_object())
      return fmt::format("{} does not start; see wm-supervisor doctor", shown_path(worker));
    return fmt::format("{}: {}", one_line(about_text(about, "version")), library_list(about));
  } catch (const UsageError& error) {
    return error.what();
  }
}

}  // namespace

std::string version_text(const std::string& worker_program) {
  const std::string_view commit = build_commit();
  return fmt::format("wm-supervisor {}{}\nwm-worker {}\n", WM_VERSION,
                     commit.empty() ? "" : fmt::format(" (commit {})", commit), worker_text(worker_program));
}

}  // namespace wm
