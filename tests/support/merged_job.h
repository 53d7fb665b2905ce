#pragma once

// A job of a test that is divided into shards, and the report on all of them.

#include <cstdint>
#include <string>

#include "tests/support/job.h"

namespace wm::test {

[[nodiscard]] std::string shard_directory(const Job& job, unsigned index, unsigned count);
/// --shard INDEX/COUNT, and more.
[[nodiscard]] Words shard_option(unsigned index, unsigned count, const Words& more = {});
/// wm-supervisor report merge on the job's directory.
[[nodiscard]] Words merge_command(const Job& job, const Words& options = {});
[[nodiscard]] ProgramResult merge(const Job& job, const Words& options = {});
[[nodiscard]] bool has(const std::string& text, const std::string& part);
/// Executes statements on the journal of a shard that does not run.
void change_journal(const std::string& shard_directory, const std::string& statements);

/// A job of three shards.
struct MergedJob : Job {
  static constexpr unsigned count = 3;

  explicit MergedJob(unsigned pictures = 12);
  void run_shards(const Words& more = {}) const;
  [[nodiscard]] std::string shard(unsigned index) const { return shard_directory(*this, index, count); }
  void change_journal(unsigned index, const std::string& statements) const {
    test::change_journal(shard(index), statements);
  }
};

}  // namespace wm::test
