#include "supervisor/journal/resume_decision.h"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "supervisor/text/escape.h"

namespace wm {
namespace {

bool is_up_to_date(const FileRow& row, const InputFile& input, bool unchanged, const ResumeContext& context) {
  if (context.info.overwrite == Overwrite::all) return false;
  const IfUnmarked wanted = context.info.policy.if_unmarked;
  const bool unmarked = unchanged && row.state == word_of(FinalState::unmarked);
  // A run whose journal is lost may have replaced the output, for another recipe.
  const bool in_doubt = context.info.evidence.unrecorded.doubt_of(input.output) != nullptr;
  if (unmarked && wanted == IfUnmarked::skip) {
    if (!in_doubt) return true;
    const auto there = context.outputs.look(input.output, OutOfReach::error);
    return !there || is_recorded(*there, row.published);
  }
  const bool done = (unchanged && row.state == word_of(FinalState::marked)) ||
                    (unmarked && wanted == IfUnmarked::copy && row.published_by_state);
  if (context.info.overwrite == Overwrite::changed && !done) return false;
  const auto status = context.outputs.look(input.output);
  if (!status || !status->regular()) return false;
  if (context.info.overwrite == Overwrite::never)
    return !(row.published_unsynced && is_recorded(*status, row.published));
  return in_doubt ? is_recorded(*status, row.published)
                  : status->identity.size == row.published.identity.size;
}

/// For an input that the journal does not have: the output, if it is a regular file with data that is newer
/// than any change to the input.
std::optional<OutputIdentity> finished_output(const InputFile& input, const ResumeContext& context) {
  const auto output = context.outputs.look(input.output);
  struct stat status {};
  if (!output || !output->regular() || output->identity.size == 0 || ::stat(input.path.c_str(), &status) != 0)
    return std::nullopt;
  const std::int64_t input_ctime_ns =
      static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1'000'000'000 + status.st_ctim.tv_nsec;
  const bool newer = output->ctime_ns >= std::max(input.mtime_ns, input_ctime_ns);
  const bool is_input = output->inode == status.st_ino;
  if (!newer || is_input || !context.outputs.has_data(input.output)) return std::nullopt;
  return output->identity;
}

/// Whether what is at the output's path may be of a run whose journal is lost, and how it may be recognised.
MayBeOwn may_be_of_lost_run(const std::string& output, const OutputStatus& existing,
                            const UnrecordedOutputs& unrecorded) {
  const UnrecordedOutputs::Doubt* const doubt = unrecorded.doubt_of(output);
  if (doubt == nullptr || !existing.regular()) return MayBeOwn::no;
  const auto is_cut_off_of = [&](const OutputIdentity& published) {
    return is_cut_off(existing, {.identity = published});
  };
  if (std::ranges::any_of(doubt->published, is_cut_off_of)) return MayBeOwn::cut_off;
  // It is not what was published, so only its bytes can show that the job has made it since.
  if (doubt->was_free) return doubt->published.empty() ? MayBeOwn::cut_off : MayBeOwn::whole;
  const bool has_changed = std::ranges::find(doubt->found, existing.identity) == doubt->found.end();
  return !doubt->found.empty() && has_changed ? MayBeOwn::whole : MayBeOwn::no;
}

/// Whatever is at the output's path must be the job's own or replaceable; otherwise the input fails.
Decision with_output(const InputFile& input, const std::optional<FileRow>& row, Decision decision,
                     const ResumeContext& context) {
  const auto existing = context.outputs.before_run(input.output);
  if (!existing) return decision;
  const bool own = (row && row->output == input.output && is_recorded(*existing, row->published)) ||
                   context.own_outputs.contain(input.output, *existing);
  if (own) {
    decision.own_output = existing->identity;
    return decision;
  }
  if (row && row->output == input.output &&
      (is_cut_off(*existing, row->published) || may_be_published(*existing, row->published))) {
    decision.may_be_own = MayBeOwn::cut_off;
    return decision;
  }
  decision.may_be_own = may_be_of_lost_run(input.output, *existing, context.info.evidence.unrecorded);
  if (decision.may_be_own != MayBeOwn::no) return decision;
  std::string why = refusal_to_replace(input.output, *existing, context.info.policy);
  // A suspect's file may be its own after all.
  const bool may_be_own = decision.suspect && existing->regular();
  if (why.empty() || may_be_own) return decision;
  return {.kind = Admission::Kind::failed, .failure = Failure{FailureKind::exists, std::move(why)}};
}

Decision decide_if_seen(const InputFile& input, const std::optional<FileRow>& row,
                        const std::optional<std::string>& taken, const ResumeContext& context) {
  using Kind = Admission::Kind;
  if (row && row->run == context.run) return {Kind::duplicate, {}};
  if (!input.problem.empty()) return {Kind::failed, Failure{FailureKind::unreadable, input.problem}};
  if (taken) {
    const std::string note =
        *taken == input.output
            ? ""
            : fmt::format("; for the file system there it is the same as {}", shown_path(input.output));
    return {Kind::failed,
            Failure{FailureKind::collision, fmt::format("another input of this job has the same output, {}{}",
                                                        shown_path(*taken), note)}};
  }
  const bool same = row && is_unchanged(*row, input, context.recipe);
  if (same && row->state == "quarantined" && !context.info.retry_quarantined) {
    return {Kind::quarantined, row->failure};
  }
  if (is_up_to_date(row.value_or(FileRow{}), input, same, context)) return {Kind::up_to_date, {}};
  if (!row && context.rebuilds && context.info.overwrite == Overwrite::changed) {
    if (const auto found = finished_output(input, context)) return {.kind = Kind::up_to_date, .found = found};
  }
  if (same && row->interrupted >= max_interruptions && !context.info.retry_quarantined) {
    return {Kind::quarantined,
            Failure{FailureKind::crash,
                    "was in progress when one run after another ended without finishing a file"}};
  }
  // Only a rehearsal meets what recovery has not settled yet.
  const bool is_left = same && row->state == "started";
  Decision decision{.kind = Kind::run, .suspect = is_left || (same && row->interrupted > 0)};
  if (same && row->state == "pending" && row->attempts > 0) {
    decision.suspect = true;
    decision.failed_attempts = static_cast<std::uint32_t>(row->attempts);
    decision.failure = row->failure;
  }
  return with_output(input, row, std::move(decision), context);
}

}  // namespace

bool is_unchanged(const FileRow& row, const InputFile& input, const RecipeHash& hash) {
  const std::string_view recipe(reinterpret_cast<const char*>(hash.data()), hash.size());
  return row.size == input.size && row.mtime_ns == input.mtime_ns && row.recipe == recipe &&
         row.output == input.output;
}

Decision decide(const InputFile& input, const std::optional<FileRow>& row,
                const std::optional<std::string>& taken, const ResumeContext& context) {
  try {
    return decide_if_seen(input, row, taken, context);
  } catch (const std::system_error& error) {  // see OutputTree::look()
    return {.kind = Admission::Kind::failed,
            .failure = Failure{FailureKind::write_error, one_line(error.what())}};
  }
}

}  // namespace wm
