#include "supervisor/input/reopened_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"

namespace wm {

ReopenedInput reopen_input(const std::string& path, const FileStamp& found) {
  const auto problem = [](std::string words) { return ReopenedInput{{}, {}, std::move(words)}; };
  if (!found.is_known()) return problem("cannot be distinguished from another file of its name");
  // An O_PATH descriptor only identifies the file: really opening a device or a pipe may have side effects.
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct ::stat status {};
  if (!place || ::fstat(place.get(), &status) != 0)
    return problem(fmt::format("cannot be opened any more: {}", errno_text()));
  const FileStamp now = stamp_of(status);
  if (!S_ISREG(status.st_mode) || !is_same_file(found, now)) return problem("has been replaced since");
  if (!is_unchanged(found, now)) return problem("has been changed since");
  const std::string itself = fmt::format("/proc/self/fd/{}", place.get());
  UniqueFd file(::open(itself.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return problem(fmt::format("cannot be opened any more: {}", errno_text()));
  return {std::move(file), now, ""};
}

}  // namespace wm
