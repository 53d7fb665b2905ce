#include "supervisor/ownership/live_runs.h"

#include <chrono>
#include <exception>
#include <optional>

#include "supervisor/ownership/owner_file.h"
#include "supervisor/ownership/owner_record.h"
#include "supervisor/ownership/owner_verdict.h"

namespace wm {

bool LiveRuns::may_be_alive(RunToken run) {
  if (shards_.empty() || dead_.contains(run)) return false;
  if (!alive_.contains(run)) look();
  if (alive_.contains(run) || unreadable_) return true;
  dead_.insert(run);
  return false;
}

void LiveRuns::look() {
  unreadable_ = false;
  try {
    const auto shards = JobDirectory::find(shards_);
    const auto own = OwnerFile::read(own_);
    if (!shards || !own) {
      unreadable_ = true;
      return;
    }
    const OwnerRecord here = record_of_this_process(RunToken{});
    for (const std::string& name : shards->names()) {
      if (!name.starts_with("shard-")) continue;
      const auto shard = shards->find_subdirectory(name);
      const auto seen = shard ? OwnerFile::read(*shard) : std::nullopt;
      const auto record = seen ? owner_record_from(seen->text) : std::nullopt;
      if (!record) continue;
      const OwnerFacts facts{.exists = true,
                             .process = process_of(*record, here),
                             .untouched = std::chrono::nanoseconds(own->touched_ns - seen->touched_ns)};
      const bool lives = verdict_on(facts, owner_times()) == OwnerVerdict::alive;
      if (lives) alive_.insert(record->token);
    }
  } catch (const std::exception&) {
    unreadable_ = true;
  }
}

}  // namespace wm
