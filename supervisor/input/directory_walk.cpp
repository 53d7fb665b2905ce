#include "supervisor/input/directory_walk.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <climits>
#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "supervisor/input/output_path.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
constexpr std::size_t names_between_looks = 4096;

struct CloseStream {
  void operator()(::DIR* stream) const { ::closedir(stream); }
};

}  // namespace

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
  UniqueFd fd(::open(directory.path.c_str(), directory_flags));
  if (!fd) return sink_.unreadable(fmt::format("{}: {}", shown(""), errno_text()));
  add_level(std::move(fd), "");
  walk_levels();
  while (!linked_.empty() && !sink_.stopped()) {
    const LinkedDirectory linked = std::move(linked_.front());
    linked_.pop_front();
    enter_linked(linked);
    walk_levels();
  }
}

void DirectoryWalk::walk_levels() {
  while (!levels_.empty() && !sink_.stopped()) {
    if (const auto entry = levels_.back().listing.next()) {
      visit(std::string(entry->name), entry->type);
      continue;
    }
    levels_.pop_back();
    if (!levels_.empty()) path_.resize(levels_.back().path_size);
  }
  levels_.clear();
  path_.resize(operand_size_);
}

void DirectoryWalk::visit(const std::string& name, unsigned char type) {
  if (type == DT_DIR) return enter(name);
  const auto verdict = options_.filter.judge_file(relative(name));
  const bool accepted = verdict == NameFilter::Verdict::accepted;
  // Whatever is certainly neither an input nor a directory needs no stat.
  if (!accepted && type != DT_LNK && type != DT_UNKNOWN) return ignore(name, verdict);
  // Neither does a file of another shard. A link may lead to a directory with files of this one.
  if (type != DT_LNK && type != DT_UNKNOWN && is_left_to_other_shard(name)) return;
  struct ::stat status {};
  if (::fstatat(levels_.back().fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (accepted) return give_problem(name, errno_text());
    return ignore_unseen(name, verdict, errno);
  }
  if (S_ISLNK(status.st_mode)) return visit_link(name, verdict);
  if (S_ISDIR(status.st_mode)) return enter(name);
  if (accepted) return visit_file(name, status);
  ignore(name, verdict);
}

bool DirectoryWalk::is_left_to_other_shard(const std::string& name) {
  if (!sink_.is_sharded()) return false;
  const InputFile file = input_file(name);
  return sink_.leave_to_other_shard(file.output, file.given());
}

void DirectoryWalk::visit_link(const std::string& name, NameFilter::Verdict verdict) {
  const bool accepted = verdict == NameFilter::Verdict::accepted;
  const FollowedLink link = follow_link(levels_.back().fd.get(), name, options_.links);
  const bool refused = options_.links == LinkPolicy::never || link.other_owner;
  const bool to_directory = link.target && S_ISDIR(link.status.st_mode);
  if (to_directory && !options_.recursive) return sink_.directory_not_entered();
  if (to_directory && !options_.filter.accepts_directory(relative(name))) return;
  if (!to_directory && !accepted && !refused && link.error != 0)
    return ignore_unseen(name, verdict, link.error);
  if (!to_directory && !accepted) return ignore(name, verdict);
  if (refused) return refuse_link(name, link);
  if (!link.target) return give_problem(name, problem_with(levels_.back().fd.get(), name, link.error));
  try {
    if (to_directory) return visit_linked_directory(name, link);
    if (options_.off_limits.hold_file(link.target.get())) return sink_.ignore_off_limits(shown(name));
  } catch (const std::system_error& error) {  // see OffLimits
    if (!to_directory) return give_problem(name, errno_text(error.code().value()));
    return sink_.unreadable(fmt::format("{}: {}", shown(name), errno_text(error.code().value())));
  }
  visit_file(name, link.status);
}

/// A name that is no input's, of which it is not known what it is. A directory would have been entered.
void DirectoryWalk::ignore_unseen(const std::string& name, NameFilter::Verdict verdict, int error) {
  const bool may_be_directory = !is_absence(error) && error != ELOOP;
  if (may_be_directory && options_.recursive && options_.filter.accepts_directory(relative(name)))
    return sink_.unreadable(fmt::format("{}: {}", shown(name), errno_text(error)));
  ignore(name, verdict);
}

void DirectoryWalk::refuse_link(const std::string& name, const FollowedLink& link) {
  sink_.link_not_followed(
      link.other_owner
          ? fmt::format(
                "{}: this link is not followed: it belongs to user {}, and what it leads to belongs to "
                "user {}; --links follow follows it",
                shown(name), link.link_owner, link.target_owner)
          : fmt::format("{}: this link is not followed, because of --links never", shown(name)));
}

void DirectoryWalk::visit_linked_directory(const std::string& name, const FollowedLink& link) {
  // Only a link can lead inside a forbidden directory without passing through the directory itself.
  if (options_.off_limits.hold(link.target.get())) return;
  const FileIdentity target = identity(link.status);
  if (entered_.contains(target) || !linked_identities_.insert(target).second) {
    return sink_.entered_before(
        fmt::format("{}: leads into a directory that is entered already; not entered again", shown(name)));
  }
  linked_.push_back({.path = relative(name), .identity = target});
}

void DirectoryWalk::enter_linked(const LinkedDirectory& linked) {
  const std::string shown_name = shown(linked.path);
  if (entered_.contains(linked.identity)) {
    return sink_.entered_before(
        fmt::format("{}: leads into a directory that is entered already; not entered again", shown_name));
  }
  UniqueFd fd(::open((path_ + linked.path).c_str(), directory_flags));
  struct ::stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return sink_.unreadable(fmt::format("{}: {}", shown_name, errno_text()));
  }
  // The name leads through links, and anybody may have changed one of them since.
  if (identity(status) != linked.identity) {
    return sink_.unreadable(
        fmt::format("{}: leads to another directory than a moment ago; not entered", shown_name));
  }
  add_level(std::move(fd), linked.path);
}

void DirectoryWalk::ignore(const std::string& name, NameFilter::Verdict verdict) {
  if (verdict == NameFilter::Verdict::excluded) {
    sink_.ignore_excluded();
  } else {
    sink_.ignore_extension(file_extension(name));
  }
}

std::string DirectoryWalk::output_of(const std::string& name) const {
  return output_path(options_.output_prefix + relative(name), options_.format);
}

InputFile DirectoryWalk::input_file(const std::string& name) const {
  InputFile file;
  file.path = path_ + name;
  file.shown_from = shown_from_;
  file.output = output_of(name);
  return file;
}

void DirectoryWalk::give_problem(const std::string& name, const std::string& problem) {
  InputFile file = input_file(name);
  file.problem = problem;
  sink_.give(std::move(file));
}

void DirectoryWalk::visit_file(const std::string& name, const struct ::stat& status) {
  // A walk by descriptors can go deeper than the longest path, but a worker opens the file by its path.
  if (path_.size() + name.size() >= PATH_MAX) {
    give_problem(name, errno_text(ENAMETOOLONG));
  } else {
    sink_.give(input_file(name), status);
  }
}

void DirectoryWalk::enter(const std::string& name) {
  if (!options_.filter.accepts_directory(relative(name))) return;
  UniqueFd fd(options_.recursive
                  ? ::openat(levels_.back().fd.get(), name.c_str(), directory_flags | O_NOFOLLOW)
                  : -1);
  if (!options_.recursive) return sink_.directory_not_entered();
  if (!fd) return sink_.unreadable(fmt::format("{}: {}", shown(name), errno_text()));
  add_level(std::move(fd), name);
}

void DirectoryWalk::add_level(UniqueFd fd, const std::string& name) {
  const auto refuse = [&] { sink_.unreadable(fmt::format("{}: {}", shown(name), errno_text())); };
  struct ::stat status {};
  if (::fstat(fd.get(), &status) != 0) return refuse();
  if (options_.off_limits.is(identity(status))) return;
  if (!entered_.insert(identity(status)).second) {
    return sink_.entered_before(
        fmt::format("{}: leads into a directory that is entered already; not entered again", shown(name)));
  }
  Level level;
  // The stream gets its own descriptor, which closedir() closes.
  const int for_stream = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
  const std::unique_ptr<::DIR, CloseStream> stream(::fdopendir(for_stream));
  if (!stream) {
    refuse();
    (void)UniqueFd(for_stream);
    return;
  }
  std::size_t count = 0;
  errno = 0;
  while (const ::dirent* const entry = ::readdir(stream.get())) {
    const std::string_view entry_name(static_cast<const char*>(entry->d_name));
    if (entry_name != "." && entry_name != "..") level.listing.add(entry_name, entry->d_type);
    if (++count % names_between_looks == 0) sink_.look_for_stop();
    if (sink_.stopped()) return;
    errno = 0;
  }
  if (errno != 0) refuse();
  level.listing.sort();
  level.fd = std::move(fd);
  if (!name.empty()) path_ += name + "/";
  level.path_size = path_.size();
  levels_.push_back(std::move(level));
}

}  // namespace wm
