#include "supervisor/input/directory_walk.h"

#include <fcntl.h>

#include <algorithm>
#include <string_view>

#include <climits>
#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/input/output_path.h"
#include "supervisor/text/escape.h"

namespace wm {

std::string DirectoryWalk::relative(const std::string& name) const {
  return path_.substr(operand_size_) + name;
}

std::string DirectoryWalk::shown(const std::string& name) const {
  const std::string path = path_ + name;
  const std::size_t from = std::min<std::size_t>(shown_from_, path.size());
  return from == path.size() ? "." : shown_path(std::string_view(path).substr(from));
}

void DirectoryWalk::run(const AbsolutePath& directory) {
  path_ = directory.path.ends_with('/') ? directory.path : directory.path + "/";
  operand_size_ = path_.size();
  shown_from_ = directory.shown_from;
  enter(AT_FDCWD, directory.path, false);
  while (!levels_.empty() && !sink_.stopped()) {
    errno = 0;
    const ::dirent* const entry = ::readdir(levels_.back().stream.get());
    if (entry != nullptr) {
      visit(*entry);
      continue;
    }
    if (errno != 0) sink_.unreadable(fmt::format("{}: {}", shown(""), errno_text()));
    levels_.pop_back();
    if (!levels_.empty()) path_.resize(levels_.back().path_size);
  }
  levels_.clear();
}

void DirectoryWalk::visit(const ::dirent& entry) {
  const std::string name(static_cast<const char*>(entry.d_name));
  if (name == "." || name == "..") return;
  const int directory = ::dirfd(levels_.back().stream.get());
  if (entry.d_type == DT_DIR) {
    if (options_.recursive) enter(directory, name, false);
    return;
  }
  // What is certainly no input and no directory is not worth a look at its inode.
  const bool accepted = options_.filter.accepts_file(relative(name));
  const bool may_be_directory = entry.d_type == DT_LNK || entry.d_type == DT_UNKNOWN;
  if (!accepted && !may_be_directory) {
    sink_.ignore();
    return;
  }
  struct ::stat status {};
  if (::fstatat(directory, name.c_str(), &status, 0) != 0) {
    if (accepted) {
      give_problem(name, errno_text());
    } else {
      sink_.ignore();
    }
  } else if (S_ISDIR(status.st_mode)) {
    if (options_.recursive) enter(directory, name, true);
  } else if (accepted) {
    visit_file(name, status);
  } else {
    sink_.ignore();
  }
}

InputFile DirectoryWalk::input_file(const std::string& name) const {
  InputFile file;
  file.path = path_ + name;
  file.shown_from = shown_from_;
  file.output = output_path(relative(name), options_.format);
  return file;
}

void DirectoryWalk::give_problem(const std::string& name, const std::string& problem) {
  InputFile file = input_file(name);
  file.problem = problem;
  sink_.give(std::move(file));
}

void DirectoryWalk::visit_file(const std::string& name, const struct ::stat& status) {
  // A walk by descriptors goes deeper than a path can say, but the path is what a worker opens.
  if (path_.size() + name.size() >= PATH_MAX) {
    give_problem(name, errno_text(ENAMETOOLONG));
  } else {
    sink_.give(input_file(name), status);
  }
}

void DirectoryWalk::enter(int parent_fd, const std::string& name, bool through_link) {
  const bool is_operand = levels_.empty();
  if (!is_operand && !options_.filter.accepts_directory(relative(name))) return;
  const std::string shown_name = shown(is_operand ? "" : name);
  const auto refuse = [&] { sink_.unreadable(fmt::format("{}: {}", shown_name, errno_text())); };

  UniqueFd fd(::openat(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
  struct ::stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return refuse();
  // Only a link leads to the inside of a forbidden directory past the directory itself.
  if (through_link ? options_.off_limits.hold(fd.get()) : options_.off_limits.is(identity(status))) return;
  const auto is_here = [&](const Level& level) { return level.identity == identity(status); };
  if (std::any_of(levels_.begin(), levels_.end(), is_here)) {
    sink_.remark(fmt::format("{}: leads back into a directory around it; not entered again", shown_name));
    return;
  }
  Level level;
  level.stream.reset(::fdopendir(fd.get()));
  if (!level.stream) return refuse();
  (void)fd.release();  // the stream owns it now
  level.identity = identity(status);
  if (!is_operand) path_ += name + "/";
  level.path_size = path_.size();
  levels_.push_back(std::move(level));
}

}  // namespace wm
