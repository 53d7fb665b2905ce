#include "tests/support/shard_journals.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "supervisor/input/output_shard.h"
#include "supervisor/journal/job_journal.h"
#include "supervisor/shards/sharded_job.h"

namespace wm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t files_per_directory = 1000;
constexpr std::uint64_t millisecond = 1'000'000;

std::string output_of(std::uint32_t number) {
  return fmt::format("folder-{:05}/picture-{:09}.jpg", number / files_per_directory, number);
}

InputFile input_of(std::uint32_t number) {
  const std::string output = output_of(number);
  return {.path = "/data/archive/photographs/" + output,
          .shown_from = 6,
          .output = output,
          .size = 400'000 + number % 1000,
          .mtime_ns = 1'600'000'000'000'000'000 + std::int64_t{number}};
}

bool is_each(std::uint32_t number, std::uint32_t each) {
  return each > 0 && number % each == 0;
}

FinalOutcome outcome_of(TaskId task, std::uint32_t number, const ShardJournals& wanted) {
  FinalOutcome outcome{.task = task, .state = FinalState::marked, .failure = {}, .worker = WorkerIndex{}};
  outcome.elapsed_ns = (10 + number % 50) * millisecond;
  if (is_each(number, wanted.quarantined_each)) {
    outcome.state = FinalState::quarantined;
    outcome.failure = Failure{FailureKind::crash, "the worker was killed by SIGSEGV in stage decode"};
    outcome.attempts = 2;
  } else if (is_each(number, wanted.failing_each)) {
    outcome.state = FinalState::failed;
    outcome.failure =
        Failure{FailureKind::corrupt, fmt::format("is truncated or damaged (marker {})", number % 7)};
  } else {
    outcome.published = {.bytes = 390'000, .route = JpegRoute::splice};
  }
  return outcome;
}

void count(const FinalOutcome& outcome, RunEnd& end) {
  Ledger& ledger = end.ledger;
  ++ledger.inputs;
  ++(outcome.state == FinalState::marked   ? ledger.marked
     : outcome.state == FinalState::failed ? ledger.failed
                                           : ledger.quarantined);
  end.input_bytes += 400'000;
  end.output_bytes += outcome.published.bytes;
}

/// As many samples as a run of some minutes has.
void record_samples(JobJournal& journal, const RunEnd& end) {
  constexpr int samples = 300;
  StageHistograms stages;
  for (std::uint64_t i = 0; i < end.ledger.inputs; ++i) {
    for (LatencyHistogram& stage : stages) stage.add((1 + i % 40) * millisecond);
  }
  for (int i = 1; i <= samples; ++i) {
    RunSample sample;
    sample.elapsed_s = end.elapsed_s * i / samples;
    sample.ledger.inputs = end.ledger.inputs;
    sample.ledger.marked = end.ledger.marked * static_cast<std::uint64_t>(i) / samples;
    journal.record_sample({.sample = sample,
                           .dropped = {},
                           .stages = i == samples ? std::optional(buckets_of(stages)) : std::nullopt});
  }
}

RunInfo run_info(const Shard& shard, const std::string& outputs) {
  RunInfo info{.token = RunToken{shard.index},
               .command = "wm-supervisor --shard " + text_of(shard),
               .output_directory = outputs};
  info.recipe.marks.push_back({.source = Text{.text = "x"}});
  info.shard = shard;
  info.durability = Durability::none;
  return info;
}

std::uint64_t digest_of(const std::vector<std::uint32_t>& inputs) {
  std::uint64_t sum = 0;
  for (const std::uint32_t number : inputs) sum += name_digest(input_of(number).given());
  return sum;
}

void make_journal(const JobDirectory& directory, const std::string& outputs, const ShardReport& saw,
                  const std::vector<std::uint32_t>& inputs, const ShardJournals& wanted) {
  JobJournal journal(directory, Durability::none);
  const Shard& shard = saw.shard;
  RunInfo info = run_info(shard, outputs);
  info.job_id = saw.job;
  static_cast<void>(journal.begin_run(info));
  RunEnd end;
  end.elapsed_s = 300 + shard.index % 60;
  end.workers = 4;
  journal.begin();
  for (const std::uint32_t number : inputs) {
    const auto admission = journal.admit(input_of(number), SuspectsMay::run);
    const FinalOutcome outcome = outcome_of(admission.value().assignment.task.id, number, wanted);
    journal.record(outcome);
    count(outcome, end);
  }
  record_samples(journal, end);
  end.exit_code = end.failed() > 0 ? 1 : 0;
  end.shard = saw;
  journal.end_run(end);
  journal.commit();
}

ShardedJob description(std::uint32_t shards) {
  ShardedJob job;
  job.shards = shards;
  job.version = "0";
  for (const std::byte byte : hash(run_info({}, "").recipe))
    job.recipe += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  job.inputs = {"/data/archive/photographs"};
  job.links = "files";
  return job;
}

}  // namespace

void make_shard_journals(const std::string& job_directory, const ShardJournals& wanted) {
  const JobDirectory whole = JobDirectory::create(job_directory);
  const std::string outputs = job_directory + "/outputs";
  fs::create_directory(outputs);
  std::vector<std::vector<std::uint32_t>> inputs(wanted.shards);
  for (std::uint32_t number = 0; number < wanted.inputs; ++number)
    inputs[shard_of(output_of(number), wanted.shards) - 1].push_back(number);
  const ShardedJob job = join_sharded_job(whole, description(wanted.shards));
  std::uint64_t whole_digest = 0;
  for (const auto& own : inputs) whole_digest += digest_of(own);
  for (std::uint32_t index = 1; index <= wanted.shards; ++index) {
    const Shard shard{.index = index, .count = wanted.shards};
    const std::vector<std::uint32_t>& own = inputs[index - 1];
    make_journal(JobDirectory::create(job_directory + "/" + directory_name(shard)), outputs,
                 {.shard = shard,
                  .other_shards = wanted.inputs - own.size(),
                  .whole = wanted.inputs,
                  .own_digest = digest_of(own),
                  .whole_digest = whole_digest,
                  .job = job.id},
                 own, wanted);
  }
}

}  // namespace wm::test
