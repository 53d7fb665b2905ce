#include "supervisor/pool/worker_program.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

bool is_program(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::array<std::filesystem::path, 2> own_places(std::string_view name) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return {(here / name).lexically_normal(), (here / WM_LIBEXEC_FROM_BIN / name).lexically_normal()};
}

}  // namespace

std::string find_worker_program(const std::string& wanted) {
  if (!wanted.empty()) {
    if (is_program(wanted)) return wanted;
    throw UsageError(fmt::format("--worker-program {} is not an executable file", shown_path(wanted)));
  }
  if (const auto own = find_own_program("wm-worker")) return *own;
  const auto [beside, installed] = own_places("wm-worker");
  throw UsageError(fmt::format("the worker program is missing: neither {} nor {} is there; install again",
                               shown_path(beside.string()), shown_path(installed.string())));
}

std::optional<std::string> find_own_program(std::string_view name) {
  for (const auto& candidate : own_places(name)) {
    if (is_program(candidate)) return candidate.string();
  }
  return std::nullopt;
}

}  // namespace wm
