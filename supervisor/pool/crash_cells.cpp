#include "supervisor/pool/crash_cells.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

std::string nearest_existing(const std::string& directory) {
  std::error_code error;
  fs::path path = fs::absolute(directory, error);
  while (!fs::is_directory(path, error) && path.has_relative_path()) path = path.parent_path();
  return path.string();
}

/// What little room is left is the job's.
bool is_nearly_full(const std::string& directory) {
  constexpr std::uint64_t enough = std::uint64_t{64} << 20;
  struct ::statvfs status {};
  return ::statvfs(directory.c_str(), &status) == 0 &&
         std::uint64_t{status.f_bavail} * status.f_frsize < enough;
}

/// Field 22 of /proc/PID/stat; 0 when there is no such process.
std::uint64_t start_ticks_of(std::int32_t pid) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(fmt::format("/proc/{}/stat", pid).c_str(), "re"),
      [](std::FILE* open) { return open ? std::fclose(open) : 0; });
  char line[1024];
  if (!file || std::fgets(line, sizeof line, file.get()) == nullptr) return 0;
  std::string_view rest(line);
  const std::size_t behind_name = rest.rfind(')');
  if (behind_name == std::string_view::npos || rest.size() < behind_name + 3) return 0;
  if (rest[behind_name + 2] == 'Z' || rest[behind_name + 2] == 'X') return 0;
  rest.remove_prefix(behind_name + 2);
  for (int field = 3; field < 22; ++field) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return 0;
    rest.remove_prefix(space + 1);
  }
  return std::strtoull(rest.data(), nullptr, 10);
}

}  // namespace

bool lives(const CrashCellHead& head) {
  const std::uint64_t ticks = start_ticks_of(head.pid);
  return ticks != 0 && ticks == head.start_ticks;
}

CrashCells::~CrashCells() {
  for (const auto& life : lives_) {
    if (life && !life->path.empty()) ::unlink(life->path.c_str());
  }
}

std::string CrashCells::path_for(WorkerIndex worker) const {
  return fmt::format("{}/W{:02}-{}-{:016x}.cell", directory_, number(worker) + 1,
                     incarnations_[number(worker)], static_cast<std::uint64_t>(run_));
}

EndedCell CrashCells::make(WorkerIndex worker) const {
  try {
    if (is_nearly_full(nearest_existing(directory_)))
      throw std::system_error(ENOSPC, std::generic_category());
    if (directory_exists_) {
      const std::string path = path_for(worker);
      UniqueFd file(
          check_errno(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600),
                      "cannot make a crash cell"));
      try {
        return {MappedCell::create(std::move(file)), path};
      } catch (const std::system_error&) {
        ::unlink(path.c_str());
        throw;
      }
    }
    UniqueFd file(
        check_errno(::open(nearest_existing(directory_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                    "cannot make a crash cell"));
    return {MappedCell::create(std::move(file)), ""};
  } catch (const std::system_error&) {
    // No such files here, a full disk, or no right to write: memory does, too.
    UniqueFd file(check_errno(::memfd_create("wm-cell", MFD_CLOEXEC), "memfd_create"));
    return {MappedCell::create(std::move(file)), ""};
  }
}

const MappedCell& CrashCells::begin_life(WorkerIndex worker) {
  ++incarnations_[number(worker)];
  auto& life = lives_.at(number(worker));
  if (life && !life->path.empty()) ::unlink(life->path.c_str());  // a worker that could not be started
  life.emplace(make(worker));
  CrashCellHead& head = life->cell.head();
  head.worker = number(worker);
  head.incarnation = incarnations_[number(worker)];
  head.park = park_ ? 1 : 0;
  head.run = static_cast<std::uint64_t>(run_);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  head.started_ns =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
  return life->cell;
}

void CrashCells::open_directory() noexcept {
  for (const std::string& path : {fs::path(directory_).parent_path().string(), directory_}) {
    struct ::stat status {};
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return;
    // Not through a link that somebody put there: cells hold memory of workers.
    if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  }
  directory_exists_ = true;
  for (unsigned i = 0; i < lives_.size(); ++i) {
    auto& life = lives_[i];
    if (!life || !life->path.empty()) continue;
    const std::string path = path_for(static_cast<WorkerIndex>(i));
    const std::string descriptor = fmt::format("/proc/self/fd/{}", life->cell.fd());
    if (::linkat(AT_FDCWD, descriptor.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0)
      life->path = path;
  }
}

std::optional<EndedCell> CrashCells::take(WorkerIndex worker) noexcept {
  return std::exchange(lives_[number(worker)], std::nullopt);
}

}  // namespace wm
