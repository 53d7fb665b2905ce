#include "worker/stages/publish.h"

#include <fcntl.h>

#include "common/job/outcome.h"
#include "common/kill_point/kill_point.h"
#include "worker/stages/temporary_file.h"

namespace wm {
namespace {

/// With further hard links the input keeps its contents under another name.
void refuse_own_input(int directory, const std::string& name, const struct stat& input) {
  struct stat existing {};
  if (::fstatat(directory, name.c_str(), &existing, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (existing.st_dev == input.st_dev && existing.st_ino == input.st_ino && existing.st_nlink == 1) {
    throw TaskFailure(FailureKind::collision, "the output would overwrite its own input");
  }
}

}  // namespace

void Publisher::publish(const Task& task, const struct stat& input,
                        std::initializer_list<std::span<const std::byte>> pieces) {
  const std::size_t slash = task.output.rfind('/');
  const bool nested = slash != std::string::npos;
  const std::string name = nested ? task.output.substr(slash + 1) : task.output;
  if (name.empty() || name == "." || name == "..") {
    throw TaskFailure(FailureKind::write_error, "the output's path does not name a file");
  }
  const int directory =
      tree_.directory(nested ? std::string_view(task.output).substr(0, slash) : "", task.input);
  refuse_own_input(directory, name, input);

  TemporaryFile file(directory, temporary_name(run_, task.id), input, umask_);
  for (const std::span<const std::byte> piece : pieces) {
    const std::size_t first_part = with_kill_points ? piece.size() / 2 : piece.size();
    file.write(piece.first(first_part));
    kill_point(KillPoint::publish_half_written);
    file.write(piece.subspan(first_part));
  }
  kill_point(KillPoint::publish_written);
  if (dates_ == Dates::of_input) file.set_times(input.st_atim, input.st_mtim);
  file.commit(name);
}

}  // namespace wm
