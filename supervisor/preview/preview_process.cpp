#include "supervisor/preview/preview_process.h"

#include <unistd.h>

#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "supervisor/pool/worker_memory.h"
#include "supervisor/process/run_program.h"

namespace wm {
namespace {

/// The process may have been taken over by the picture. An answer begins with a letter.
std::size_t longest_answer(PreviewKind kind) {
  return kind == PreviewKind::thumbnail ? 1 + longest_thumbnail : std::size_t{64} << 20;
}

PreviewAnswer failed(std::string why) {
  return {.kind = PreviewAnswer::Kind::failed, .bytes = {}, .text = std::move(why)};
}

}  // namespace

PreviewProcess::PreviewProcess(std::string program, const JobDescription& job, const Limits& limits)
    : program_(std::move(program)), job_(to_sealed_file(job)), limits_(limits) {}

PreviewAnswer PreviewProcess::ask(const PreviewRequest& request) const {
  const UniqueFd question = to_sealed_file(request);
  const auto is_too_large = [this](pid_t pid) {
    return limits_.memory && private_bytes(pid) > *limits_.memory;
  };
  const ProgramRun run = run_program(
      {.program = program_,
       .arguments = {"wm-worker", preview_worker_word, fmt::format("{}", ::getpid())},
       .descriptors = {{question.get(), preview_fds::request}, {job_.get(), preview_fds::job}},
       .null_descriptors = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}},
      preview_fds::answer,
      {.time = limits_.time, .output_bytes = longest_answer(request.kind), .must_end = is_too_large});
  switch (run.result) {
    case ProgramRun::Result::too_slow:
      return failed(fmt::format("takes longer than {} s", static_cast<double>(limits_.time.count()) / 1000));
    case ProgramRun::Result::stopped:
      return failed("needs more memory than is allowed");
    case ProgramRun::Result::too_much_output:
      return failed("its process said too much");
    case ProgramRun::Result::ended:
      break;
  }
  if (run.end.signal != 0 || run.end.exit_code != 0) return failed("its process " + words(run.end));
  try {
    return preview_answer_from(std::as_bytes(std::span(run.output)));
  } catch (const std::runtime_error& error) {
    return failed(error.what());
  }
}

}  // namespace wm
