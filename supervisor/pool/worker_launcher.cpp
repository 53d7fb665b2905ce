#include "supervisor/pool/worker_launcher.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/os/errno_error.h"
#include "common/segment/inherited_descriptors.h"
#include "common/segment/worker_exit.h"

namespace wm {

WorkerLauncher::WorkerLauncher(std::string program, const MappedSegment& segment, const JobDescription& job)
    : program_(std::move(program)),
      segment_(segment.fd()),
      job_(to_sealed_file(job)),
      ready_(EventFd::create(EventFd::Kind::semaphore)),
      done_(EventFd::create(EventFd::Kind::counter)),
      log_(EventFd::create(EventFd::Kind::counter)),
      lifeline_(make_pipe()) {
  for (unsigned i = 0; i < segment.shape().workers; ++i) {
    space_.push_back(EventFd::create(EventFd::Kind::counter));
  }
}

StartedWorker WorkerLauncher::start(WorkerIndex worker, int crash_record) const {
  Pipe output = make_pipe();
  // Only for our end: O_NONBLOCK belongs to the open file description, and each end of a pipe is a separate
  // one.
  check_errno(::fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK), "F_SETFL");
  SpawnRequest request{
      .program = program_,
      .arguments = {"wm-worker", fmt::format("{}", number(worker)), fmt::format("{}", ::getpid())},
      .descriptors = {{segment_, inherited::segment},
                      {job_.get(), inherited::job},
                      {ready_.fd(), inherited::ready},
                      {done_.fd(), inherited::done},
                      {log_.fd(), inherited::log},
                      {space_.at(number(worker)).fd(), inherited::space},
                      {lifeline_.read_end.get(), inherited::lifeline},
                      {crash_record, inherited::crash_record}}};
  if (runs_under_tool(worker)) {
    request.arguments.front() = program_;
    request.arguments.emplace_back(traced_worker_word);
    const auto tool = tool_command(tool_->second);
    request.arguments.insert(request.arguments.begin(), tool.begin(), tool.end());
    request.program = request.arguments.front();
  }
  if (!runs_under_tool(worker) || !takes_the_terminal(tool_->second)) {
    // Signals from the terminal and from service managers are for the supervisor, which stops its workers in
    // an orderly way.
    request.blocked_signals = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    request.null_descriptors = {STDIN_FILENO};
    request.descriptors.push_back({output.write_end.get(), STDOUT_FILENO});
    request.descriptors.push_back({output.write_end.get(), STDERR_FILENO});
  }
  try {
    return {spawn(request), std::move(output.read_end)};
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), runs_under_tool(worker) ? "cannot start the debugger"
                                                                  : "cannot start the worker program");
  }
}

}  // namespace wm
