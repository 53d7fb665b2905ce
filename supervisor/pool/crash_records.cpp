#include "supervisor/pool/crash_records.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/os/realtime.h"

namespace wm {
namespace {

namespace fs = std::filesystem;

UniqueFd open_nearest_existing(const std::string& directory) {
  std::error_code error;
  fs::path path = fs::absolute(directory, error);
  while (!fs::is_directory(path, error) && path.has_relative_path()) path = path.parent_path();
  return UniqueFd(
      check_errno(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "cannot make a crash record"));
}

/// The little room left is reserved for the job.
bool is_nearly_full(int directory) {
  constexpr std::uint64_t enough = std::uint64_t{64} << 20;
  struct ::statvfs status {};
  return ::fstatvfs(directory, &status) == 0 && std::uint64_t{status.f_bavail} * status.f_frsize < enough;
}

}  // namespace

void CrashRecords::close() {
  for (auto& life : lives_) {
    if (life) remove(std::exchange(life, std::nullopt)->name);
  }
  const std::lock_guard lock(mutex_);
  for (const Proof& proof : std::exchange(proofs_, {})) remove(proof.name);
}

void CrashRecords::remove(const std::string& name) const {
  if (crash_records_ && !kept_ && !name.empty()) crash_records_->remove(name);
}

void CrashRecords::remove_later(std::string name) {
  if (name.empty()) return;
  const std::lock_guard lock(mutex_);
  proofs_.push_back({.name = std::move(name), .recorded_by = std::nullopt});
}

void CrashRecords::remove_proved(std::uint64_t recorded, std::uint64_t committed) {
  const std::lock_guard lock(mutex_);
  for (Proof& proof : proofs_) {
    if (!proof.recorded_by) proof.recorded_by = recorded;
  }
  while (!proofs_.empty() && proofs_.front().recorded_by <= committed) {
    remove(proofs_.front().name);
    proofs_.pop_front();
  }
}

std::string CrashRecords::name_for(WorkerIndex worker) const {
  return fmt::format("W{:02}-{}{}", number(worker) + 1, incarnations_[number(worker)], name_suffix(run_));
}

std::string CrashRecords::name_suffix(RunToken run) {
  return fmt::format("-{:016x}.cell", static_cast<std::uint64_t>(run));
}

CrashRecords::NewCrashRecord CrashRecords::make(WorkerIndex worker) const {
  try {
    const UniqueFd near = crash_records_ ? UniqueFd() : open_nearest_existing(near_);
    const int directory = crash_records_ ? crash_records_->fd() : near.get();
    if (is_nearly_full(directory)) throw std::system_error(ENOSPC, std::generic_category());
    if (crash_records_) {
      const std::string name = name_for(worker);
      UniqueFd file = crash_records_->create_anew(name, 0600, O_RDWR);
      try {
        return {MappedCrashRecord::create(std::move(file)), name};
      } catch (const std::system_error&) {
        crash_records_->remove(name);
        throw;
      }
    }
    UniqueFd file(check_errno(::openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                              "cannot make a crash record"));
    return {MappedCrashRecord::create(std::move(file)), ""};
  } catch (const std::exception&) {
    // The file system lacks unnamed files, the disk is full, or we may not write: memory serves as well.
    UniqueFd file(check_errno(::memfd_create("wm-cell", MFD_CLOEXEC), "memfd_create"));
    return {MappedCrashRecord::create(std::move(file)), ""};
  }
}

const CrashRecordFile& CrashRecords::begin_life(WorkerIndex worker) {
  ++incarnations_[number(worker)];
  auto& life = lives_.at(number(worker));
  if (life) remove(life->name);  // the worker could not be started
  NewCrashRecord made = make(worker);
  CrashRecordHead& head = made.crash_record.head();
  head.worker = number(worker);
  head.incarnation = incarnations_[number(worker)];
  head.park = park_ ? 1 : 0;
  head.run = static_cast<std::uint64_t>(run_);
  head.started_ns = static_cast<std::uint64_t>(realtime_ns());
  life.emplace(
      EndedCrashRecord{CrashRecordFile(std::move(made.crash_record).release()), std::move(made.name)});
  return life->crash_record;
}

void CrashRecords::open_directory(const JobDirectory& job) {
  try {
    crash_records_ = job.make_subdirectory("crashes").make_subdirectory("cells");
  } catch (const std::system_error&) {
    return;
  }
  for (unsigned i = 0; i < lives_.size(); ++i) {
    auto& life = lives_[i];
    if (!life || !life->name.empty()) continue;
    const std::string name = name_for(static_cast<WorkerIndex>(i));
    const std::string descriptor = fmt::format("/proc/self/fd/{}", life->crash_record.fd());
    if (::linkat(AT_FDCWD, descriptor.c_str(), crash_records_->fd(), name.c_str(), AT_SYMLINK_FOLLOW) == 0)
      life->name = name;
  }
}

std::optional<EndedCrashRecord> CrashRecords::take(WorkerIndex worker) noexcept {
  return std::exchange(lives_[number(worker)], std::nullopt);
}

}  // namespace wm
