#include "supervisor/journal/set_aside.h"

#include <time.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

std::string utc_stamp() {
  const time_t now = ::time(nullptr);
  tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

/// A name that is free with all the endings.
std::string free_name(const std::string& database) {
  const std::string wanted = fmt::format("{}.damaged-{}", database, utc_stamp());
  std::string name = wanted;
  for (unsigned number = 2; exists(name) || exists(name + "-wal"); ++number) {
    name = fmt::format("{}-{}", wanted, number);
  }
  return name;
}

}  // namespace

std::optional<std::string> set_aside(const std::string& database) {
  const std::string aside = free_name(database);
  bool moved = false;
  // The database last: if this ends half-way, what is left is refused again, and not taken for a new job.
  for (const char* const ending : {"-wal", "-shm", "-journal", ""}) {
    moved = std::rename((database + ending).c_str(), (aside + ending).c_str()) == 0;
    if (!moved && errno != ENOENT) throw_errno("cannot move the journal " + shown_path(database) + " aside");
  }
  return moved ? std::optional(aside) : std::nullopt;
}

}  // namespace wm
