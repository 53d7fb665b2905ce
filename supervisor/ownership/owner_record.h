#pragma once

// Who runs a job: the text of JOB_DIR/owner (docs/journal.md, "owner"). Values; may be called from any
// thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/job/temporary_name.h"

namespace wm {

inline constexpr const char* owner_file = "owner";
inline constexpr std::size_t largest_owner_file = 4096;

/// Host, boot and process namespace say what the pid counts for; the pid's start keeps a later process of the
/// same number from being taken for the owner.
struct OwnerRecord {
  std::string host;
  std::string boot_id;              // of the kernel
  std::uint64_t pid_namespace = 0;  // inode of /proc/self/ns/pid; 0: unknown
  pid_t pid = 0;
  std::uint64_t started = 0;  // clock ticks from the boot to the process's start; 0: unknown
  std::string disk;           // local_disk() of the job directory, as the owner sees it
  RunToken token{};
  /// It took the job over from an owner that may still be alive: the files of the journal may be shared with
  /// that one until the run has ended cleanly.
  bool former_may_live = false;
  bool operator==(const OwnerRecord&) const = default;
};

/// Of this process, for a run.
[[nodiscard]] OwnerRecord record_of_this_process(RunToken run, std::string disk = "");

[[nodiscard]] std::string to_text(const OwnerRecord& owner);
/// None for text that to_text() did not write.
[[nodiscard]] std::optional<OwnerRecord> owner_record_from(std::string_view text);

/// "pid 4711 on node07", for messages.
[[nodiscard]] std::string owner_words(const std::optional<OwnerRecord>& owner);

enum class OwnerProcess : std::uint8_t {
  alive,
  gone,     // no process of this pid, or a later one
  unknown,  // on another machine, of another boot or in another container
};
/// Looks for the owner's process from here; `here` is this process.
[[nodiscard]] OwnerProcess process_of(const OwnerRecord& owner, const OwnerRecord& here);
/// Both see the job directory on the same disk of this machine, so neither runs while the other has the lock.
[[nodiscard]] bool share_locks(const OwnerRecord& owner, const OwnerRecord& here);

}  // namespace wm
