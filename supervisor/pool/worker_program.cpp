#include "supervisor/pool/worker_program.h"

#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>

#include "supervisor/cli/usage_error.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

bool is_program(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_worker_program(const std::string& wanted) {
  if (!wanted.empty()) {
    if (is_program(wanted)) return wanted;
    throw UsageError(fmt::format("--worker-program {} is not an executable file", shown_path(wanted)));
  }
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto beside = here / "wm-worker";
  const auto installed = here / WM_LIBEXEC_FROM_BIN / "wm-worker";
  for (const auto& candidate : {beside, installed}) {
    if (is_program(candidate)) return candidate.lexically_normal().string();
  }
  throw UsageError(fmt::format("the worker program is missing: neither {} nor {} is there; install again",
                               shown_path(beside.string()),
                               shown_path(installed.lexically_normal().string())));
}

}  // namespace wm
