#include "supervisor/ownership/owner_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "common/kill_point/kill_point.h"
#include "common/os/errno_error.h"
#include "common/os/rename_new.h"
#include "common/os/unique_fd.h"
#include "supervisor/job_directory/atomic_file.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/text/escape.h"
#include "supervisor/text/usage_error.h"

namespace wm {
namespace {

constexpr int most_dead_takers = 16;  // one after the other, each while it took over from the one before

struct OpenOwner {
  UniqueFd file;
  SeenOwner seen;
};

UsageError no_file(const JobDirectory& directory, const std::string& name) {
  return UsageError(fmt::format("{} is not a regular file; remove it", shown_path(directory.path_of(name))));
}

/// It may have two names for a moment, where a name that is free can be taken by a link only.
std::optional<OpenOwner> open_owner(const JobDirectory& directory, const std::string& name) {
  const std::string what = "cannot read " + shown_path(directory.path_of(name));
  OpenOwner open{.file = UniqueFd(
                     ::openat(directory.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)),
                 .seen = {}};
  if (!open.file && errno == ENOENT) return std::nullopt;
  if (!open.file && errno == ELOOP) throw no_file(directory, name);
  if (!open.file) throw_errno(what);
  struct stat status {};
  check_errno(::fstat(open.file.get(), &status), what);
  if (!S_ISREG(status.st_mode)) throw no_file(directory, name);
  std::string& text = open.seen.text;
  text.resize(largest_owner_file + 1);  // more than that is nobody's
  ssize_t got = 0;
  do got = ::read(open.file.get(), text.data(), text.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno(what);
  text.resize(static_cast<std::size_t>(got));
  open.seen.touched_ns =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  return open;
}

}  // namespace

OwnerFile::OwnerFile(JobDirectory directory, std::string text)
    : directory_(std::move(directory)), text_(std::move(text)) {}

std::string OwnerFile::claim_on(std::string_view text) {
  return fmt::format("{}.after-{:016x}", owner_file, XXH3_64bits(text.data(), text.size()));
}

std::optional<SeenOwner> OwnerFile::read(const JobDirectory& directory, const std::string& name) {
  auto open = open_owner(directory, name);
  return open ? std::optional(std::move(open->seen)) : std::nullopt;
}

bool OwnerFile::is_own() const {
  const auto seen = read(directory_, owner_file);
  return seen && seen->text == text_;
}

std::string OwnerFile::proposal() const {
  return fmt::format("{}.{:016x}.tmp", owner_file, XXH3_64bits(text_.data(), text_.size()));
}

/// Its own file, whole, under a temporary name.
void OwnerFile::write_proposal() const {
  const std::string name = proposal();
  const std::string shown = directory_.path_of(name);
  ::unlinkat(directory_.fd(), name.c_str(), 0);
  UniqueFd file(check_errno(
      ::openat(directory_.fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644),
      "cannot write " + shown_path(shown)));
  try {
    write_all(file.get(), text_, shown);
    check_errno(::fsync(file.get()), "cannot write " + shown_path(shown));
    // By the server's clock, whatever the client's is.
    check_errno(::futimens(file.get(), nullptr), "cannot touch " + shown_path(shown));
  } catch (...) {
    ::unlinkat(directory_.fd(), name.c_str(), 0);
    throw;
  }
}

std::int64_t OwnerFile::server_time() const {
  write_proposal();
  const auto seen = read(directory_, proposal());
  ::unlinkat(directory_.fd(), proposal().c_str(), 0);
  if (!seen)
    throw std::system_error(ENOENT, std::generic_category(), "cannot find out the file server's time");
  return seen->touched_ns;
}

bool OwnerFile::create() {
  write_proposal();
  const bool created = rename_new(directory_.fd(), proposal().c_str(), owner_file);
  if (!created) ::unlinkat(directory_.fd(), proposal().c_str(), 0);
  return created && is_own();
}

bool OwnerFile::take_over(const SeenOwner& judged, const MayTake& may_take) {
  write_proposal();
  const bool taken = replace(owner_file, judged, may_take, 0);
  if (!taken) ::unlinkat(directory_.fd(), proposal().c_str(), 0);
  return taken && is_own();
}

bool OwnerFile::replace(const std::string& name, const SeenOwner& judged, const MayTake& may_take,
                        int depth) {
  const std::string claim = claim_on(judged.text);
  if (!rename_new(directory_.fd(), proposal().c_str(), claim.c_str())) {
    const auto other = read(directory_, claim);
    if (!other || depth == most_dead_takers || !may_take(*other)) return false;
    if (!replace(claim, *other, may_take, depth + 1)) return false;
  }
  // One that came too late has a claim, too, on a file that is no longer there.
  const auto present = read(directory_, name);
  const bool is_as_judged =
      present && present->text == judged.text && present->touched_ns == judged.touched_ns;
  const auto claimed = read(directory_, claim);
  const bool has_claim = claimed && claimed->text == text_;
  if (is_as_judged && has_claim) {
    if (depth == 0) kill_point(KillPoint::owner_claimed);
    if (::renameat(directory_.fd(), claim.c_str(), directory_.fd(), name.c_str()) == 0) return true;
    if (errno != ENOENT) throw_errno("cannot take over " + shown_path(directory_.path_of(name)));
    // Another one has taken the claim; or a server whose reply got lost was asked again.
    const auto found = read(directory_, name);
    return found && found->text == text_;
  }
  if (has_claim) ::unlinkat(directory_.fd(), claim.c_str(), 0);
  return false;
}

bool OwnerFile::touch() const {
  const auto open = open_owner(directory_, owner_file);
  if (!open || open->seen.text != text_) return false;
  // Through the descriptor: by its name, it could be the file of a new owner by now.
  check_errno(::futimens(open->file.get(), nullptr),
              "cannot touch " + shown_path(directory_.path_of(owner_file)));
  // It may have been replaced meanwhile: then a file without a name was touched.
  return is_own();
}

void OwnerFile::remove() const noexcept {
  try {
    if (is_own()) ::unlinkat(directory_.fd(), owner_file, 0);
  } catch (const std::exception&) {
    // Others find it untouched, or its process gone.
  }
}

void OwnerFile::leave(std::int64_t touched_ns) const noexcept {
  try {
    const auto open = open_owner(directory_, owner_file);
    if (!open || open->seen.text != text_) return;
    constexpr std::int64_t second = 1'000'000'000;
    const std::array<timespec, 2> times{
        timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
        timespec{.tv_sec = touched_ns / second, .tv_nsec = touched_ns % second}};
    ::futimens(open->file.get(), times.data());
  } catch (const std::exception&) {
    // It seems to have been alive until now: others wait for longer.
  }
}

void OwnerFile::remove_leftovers(const MayTake& is_left) const {
  const std::string prefix = fmt::format("{}.", owner_file);
  for (const std::string& name : directory_.names()) {
    // Somebody may be about to take over from this process.
    if (!name.starts_with(prefix) || name == claim_on(text_)) continue;
    try {
      const auto seen = read(directory_, name);
      if (seen && is_left(*seen)) ::unlinkat(directory_.fd(), name.c_str(), 0);
    } catch (const std::exception&) {
      // No file, or none that can be read: it is in nobody's way.
    }
  }
}

}  // namespace wm
