#include "supervisor/crash/input_comparison.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/crash/input_hash.h"

namespace wm {
namespace {

bool is_link(const std::string& path) {
  struct ::stat status {};
  return ::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode);
}

bool has_hash(const std::string& path, const FileStamp& now, const std::string& xxh3) {
  return !xxh3.empty() && hash_of(path, now).xxh3 == xxh3;
}

}  // namespace

InputComparison compare_input(const std::string& path, const FileStamp& found, const std::string& xxh3) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct ::stat status {};
  if (!place || ::fstat(place.get(), &status) != 0) return {InputState::missing, {}, errno_text()};
  const FileStamp now = stamp_of(status);
  const auto result = [&](InputState state) { return InputComparison{state, now, ""}; };
  if (!S_ISREG(status.st_mode)) return result(InputState::replaced);
  if (!found.is_known() && xxh3.empty())
    return result(is_link(path) ? InputState::replaced : InputState::unknown);
  if (is_same_file(found, now)) {
    const bool same = is_unchanged(found, now) || (found.size == now.size && has_hash(path, now, xxh3));
    return result(same ? InputState::same : InputState::changed);
  }
  const bool may_be_copy = !is_link(path) && (!found.is_known() || found.size == now.size);
  return result(may_be_copy && has_hash(path, now, xxh3) ? InputState::same : InputState::replaced);
}

}  // namespace wm
