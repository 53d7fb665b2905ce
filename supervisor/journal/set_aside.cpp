#include "supervisor/journal/set_aside.h"

#include <fmt/format.h>

#include "common/os/realtime.h"
#include "supervisor/journal/journal_files.h"
#include "supervisor/text/utc_time.h"

namespace wm {
namespace {

/// A name that is free, also with -wal.
std::string free_name(const JobDirectory& directory) {
  const std::string wanted = fmt::format("{}.damaged-{}", journal_file, compact_utc_time(realtime_ns()));
  std::string name = wanted;
  for (unsigned number = 2; directory.has(name) || directory.has(name + "-wal"); ++number) {
    name = fmt::format("{}-{}", wanted, number);
  }
  return name;
}

}  // namespace

std::optional<std::string> set_aside_journal(const JobDirectory& directory) {
  const std::string aside = free_name(directory);
  // The database last: if this is interrupted, the remaining files are refused again instead of being taken
  // for a new job.
  for (const char* const suffix : journal_file_suffixes) {
    if (const std::string name = std::string(journal_file) + suffix; directory.has(name))
      directory.rename(name, aside + suffix);
    else if (name == journal_file)
      return std::nullopt;
  }
  return aside;
}

}  // namespace wm
