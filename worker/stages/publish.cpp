#include "worker/stages/publish.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "common/kill_point/kill_point.h"
#include "common/os/rename_new.h"
#include "worker/crash/recorder.h"
#include "worker/stages/same_contents.h"
#include "worker/stages/temporary_file.h"
#include "worker/stages/write_failure.h"

namespace wm {
namespace {

constexpr int most_looks = 100;  // when somebody else keeps creating and removing the name

bool is_one_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool lacks_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK || error == EINVAL;
}

}  // namespace

/// The output's destination and contents.
struct Publisher::Target {
  int directory;
  const std::string& name;
  const Task& task;
  const struct stat& input;
  Pieces pieces;
};

OutputIdentity Publisher::publish(const Task& task, const struct stat& input, Pieces pieces, Result result) {
  const std::size_t slash = task.output.rfind('/');
  const bool nested = slash != std::string::npos;
  const std::string name = nested ? task.output.substr(slash + 1) : task.output;
  if (name.empty() || name == "." || name == "..") {
    throw TaskFailure(FailureKind::write_error, "the output's path does not name a file");
  }
  const int directory = tree_.directory(nested ? std::string_view(task.output).substr(0, slash) : "", task);

  TemporaryFile file(directory, temporary_name(run_, task.id), input, umask_);
  for (const std::span<const std::byte> piece : pieces) {
    const std::size_t first_part = with_kill_points ? piece.size() / 2 : piece.size();
    file.write(piece.first(first_part));
    kill_point(KillPoint::publish_half_written);
    file.write(piece.subspan(first_part));
  }
  kill_point(KillPoint::publish_written);
  if (dates_ == Dates::of_input) file.set_times(input.st_atim, input.st_mtim);
  const OutputIdentity identity = file.finish(inode_numbers_);
  crash::announce_output(task.id, result, identity);
  return give_name(file, identity, {directory, name, task, input, pieces});
}

/// A free name is taken in one step. An existing file is examined right before it is replaced: a file created
/// in between is lost. Exchanging the two names and then examining the displaced file would avoid that, but a
/// worker killed in between would leave somebody's file under the temporary name, where it would later be
/// removed.
OutputIdentity Publisher::give_name(TemporaryFile& file, const OutputIdentity& identity,
                                    const Target& target) {
  const Task& task = target.task;
  const auto await_ownership = [this] {
    if (await_ownership_) await_ownership_();
  };
  for (int look = 0; look < most_looks; ++look) {
    await_ownership();
    if (file.take_name(target.name)) return identity;
    struct stat existing {};
    if (::fstatat(target.directory, target.name.c_str(), &existing, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      throw write_failure("cannot look at what has the output's name");
    }
    if (!S_ISREG(existing.st_mode)) {
      throw TaskFailure(FailureKind::exists, never_replaced_text(task.output, existing.st_mode));
    }
    // With further hard links the input's contents survive under another name.
    if (is_one_file(existing, target.input) && existing.st_nlink == 1) {
      throw TaskFailure(FailureKind::collision, "the output would overwrite its own input");
    }
    const OutputIdentity there = output_identity(existing, inode_numbers_.of(existing, target.directory));
    if (there != task.own_output) {
      const Contents contents = task.may_be_own != MayBeOwn::no
                                    ? compare_contents(target.directory, target.name, target.pieces)
                                    : Contents::other;
      if (contents == Contents::same) return there;
      const bool own = contents == Contents::beginning && task.may_be_own == MayBeOwn::cut_off;
      if (!own && policy_.foreign == ForeignFile::refuse) {
        throw TaskFailure(FailureKind::exists, foreign_file_text(task.output));
      }
      await_ownership();  // to compare the contents may have taken long
      if (!own && policy_.foreign == ForeignFile::back_up && !back_up(target, existing)) continue;
    }
    await_ownership();
    file.take_over_name(target.name);
    return identity;
  }
  throw TaskFailure(FailureKind::write_error, "another program keeps making and removing the output");
}

bool Publisher::back_up(const Target& target, const struct stat& existing) const {
  const std::string backup = target.name + policy_.backup_suffix;
  const auto is_existing = [&](const std::string& name) {
    struct stat status {};
    return ::fstatat(target.directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           is_one_file(status, existing);
  };
  int error = 0;
  if (::linkat(target.directory, target.name.c_str(), target.directory, backup.c_str(), 0) != 0)
    error = errno;
  // An earlier attempt that died may have come this far.
  if (error == 0 || (error == EEXIST && is_existing(backup))) {
    return is_existing(backup) && is_existing(target.name);
  }
  if (error == ENOENT) return false;
  bool taken = error == EEXIST;
  if (lacks_links(error)) {
    // Rename it to the backup name, which frees its name for the output.
    try {
      if (rename_new(target.directory, target.name.c_str(), backup.c_str())) return false;
      taken = true;
    } catch (const std::system_error& refused) {
      error = refused.code().value();
    }
  }
  if (taken) {
    throw TaskFailure(
        FailureKind::exists,
        fmt::format("the output {0} exists, and so does {0}{1}, which --backup would make; move one "
                    "of them away, or choose another suffix",
                    target.task.output, policy_.backup_suffix));
  }
  throw write_failure("cannot keep the file that has the output's name", error);
}

}  // namespace wm
