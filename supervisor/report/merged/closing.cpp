#include "supervisor/report/merged/closing.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include <fmt/format.h>

#include "supervisor/report/increase.h"
#include "supervisor/text/counted.h"
#include "supervisor/text/escape.h"

namespace wm {
namespace {

bool is_finished(const MergedShard& shard) {
  return shard.state == ShardState::finished;
}

void mark(MergedShard& shard, ShardState state, std::string reason) {
  shard.state = state;
  shard.reason = std::move(reason);
}

/// Whether the shard, which has finished, says what it saw.
void check_seen(MergedShard& shard) {
  if (!shard.saw) {
    mark(shard, ShardState::outdated,
         "its journal does not say what it saw of the whole job: an earlier version has written it");
  } else if (!shard.saw->whole) {
    mark(shard, ShardState::stopped, "its last run ended before all files were found");
  }
}

bool is_same(const SeenFiles& seen, const ShardReport& saw) {
  return seen.whole == saw.whole && seen.whole_digest == saw.whole_digest;
}

/// Best first: sets of files of which one shard could read every directory, then those that most shards saw.
std::vector<SeenFiles> seen_by(std::span<const MergedShard> shards) {
  std::vector<SeenFiles> all;
  for (const MergedShard& shard : shards) {
    if (!is_finished(shard)) continue;
    const auto known =
        std::ranges::find_if(all, [&](const SeenFiles& one) { return is_same(one, *shard.saw); });
    SeenFiles& seen =
        known != all.end()
            ? *known
            : all.emplace_back(SeenFiles{
                  .whole = *shard.saw->whole, .whole_digest = shard.saw->whole_digest, .last_started = {}});
    ++seen.shards;
    seen.complete = seen.complete || shard.unreadable_directories == 0;
    seen.last_started = std::max(seen.last_started, shard.started);
  }
  std::ranges::stable_sort(all, std::greater{}, [](const SeenFiles& seen) {
    return std::tuple(seen.complete, seen.shards, std::string_view(seen.last_started));
  });
  return all;
}

/// What most shards saw may be what was there before files were added; what the last one saw may not be the
/// latest, as clocks of nodes differ.
bool is_unclear(const std::vector<SeenFiles>& seen) {
  return std::ranges::any_of(seen, [&](const SeenFiles& other) {
    return other.complete == seen.front().complete && &other != &seen.front() &&
           other.last_started >= seen.front().last_started;
  });
}

bool needs_run(ShardState state) {
  return state == ShardState::missing || state == ShardState::died || state == ShardState::stopped ||
         state == ShardState::another_job || state == ShardState::outdated;
}

}  // namespace

bool is_of_another_job(const ShardedJob& job, MergedShard& shard) {
  if (!shard.saw) return false;
  if (shard.saw->shard != Shard{.index = shard.index, .count = job.shards}) {
    mark(shard, ShardState::another_job, fmt::format("its last run was shard {}", text_of(shard.saw->shard)));
  } else if (shard.recipe_hash != job.recipe) {
    mark(shard, ShardState::another_job,
         fmt::format("its last run had another recipe ({}, not {})", one_line(shard.recipe_hash),
                     one_line(job.recipe)));
  } else if (shard.saw->job != job.id) {
    mark(shard, ShardState::another_job, "its last run belonged to a job with another job.json");
  } else {
    return false;
  }
  return true;
}

LedgerClosing close_ledger(const ShardedJob& job, std::span<MergedShard> shards, bool has_strays) {
  for (MergedShard& shard : shards) {
    if (is_finished(shard) && !is_of_another_job(job, shard)) check_seen(shard);
  }
  LedgerClosing result;
  result.seen = seen_by(shards);
  if (!result.seen.empty()) {
    result.whole = result.seen.front().whole;
    result.is_unclear = is_unclear(result.seen);
  }
  for (MergedShard& shard : shards) {
    if (!is_finished(shard)) continue;
    const std::uint64_t whole = *shard.saw->whole;
    if (!is_same(result.seen.front(), *shard.saw)) {
      mark(shard, ShardState::outdated,
           whole != *result.whole
               ? fmt::format("its last run saw {} in the whole job, most saw {}",
                             counted(whole, "file", "files"), *result.whole)
               : fmt::format("its last run saw {} in the whole job, as most, but not the same ones",
                             counted(whole, "file", "files")));
      continue;
    }
    increase(result.held, whole - std::min(whole, shard.saw->other_shards));
    result.held_digest += shard.saw->own_digest;
  }
  const bool all_finished = shards.size() == job.shards && std::ranges::all_of(shards, is_finished);
  result.has_wrong_sum = all_finished && (result.held != *result.whole ||
                                          result.held_digest != result.seen.front().whole_digest);
  std::uint32_t next = 1;
  for (const MergedShard& shard : shards) {
    result.run_again.add(next, shard.index - 1);
    next = shard.index + 1;
    const bool may_be_wrong = is_finished(shard) && (result.has_wrong_sum || result.is_unclear);
    if (needs_run(shard.state) || may_be_wrong) result.run_again.add(shard.index);
    if (shard.state == ShardState::damaged) result.rebuild.add(shard.index);
  }
  result.run_again.add(next, job.shards);
  const bool is_refused =
      has_strays || std::ranges::any_of(shards, [](const MergedShard& shard) {
        return shard.state == ShardState::damaged || shard.state == ShardState::another_job;
      });
  if (is_refused) {
    result.closing = Closing::refused;
  } else if (all_finished && !result.has_wrong_sum) {
    result.closing = Closing::closed;
  }
  return result;
}

}  // namespace wm
