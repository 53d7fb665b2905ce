// A worker dies after each of its instructions. ptrace lets the real task loop go forward one instruction at
// a time through a whole life: ready, claim, log, result, log, exit. Wherever the shared memory has changed,
// the supervisor's own code looks at what a death there would leave, and another worker goes on from it. That
// happens in a copy, so that one life is enough for all deaths; at some places workers are killed for good.

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <fcntl.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/crash/mapped_crash_record.h"
#include "common/job/job_description.h"
#include "common/os/errno_error.h"
#include "common/os/event_fd.h"
#include "common/os/memory_file.h"
#include "common/segment/inherited_descriptors.h"
#include "common/segment/mapped_segment.h"
#include "supervisor/dispatch/dispatcher.h"
#include "supervisor/log/log_ring_reader.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/wait_until.h"
#include "worker/task_loop.h"

namespace wm::test {
namespace {

constexpr WorkerIndex worker{1};  // memory that was never written does not pass for this one
constexpr SegmentShape shape{.workers = 2, .slots = 2, .ring_bytes = 4096};
constexpr std::uint64_t task_count = 2;
constexpr std::uint64_t records_of_a_life = 2;  // "ready", "stopped"
constexpr std::uint64_t records_of_a_task = 2;

Task task_of(std::uint64_t id) {
  const std::string name = "picture-" + std::to_string(id);
  return {.id = static_cast<TaskId>(id), .attempt = 1, .input = "/in/" + name, .output = name};
}

Outcome outcome_of(std::uint64_t id, bool fails) {
  Outcome outcome;
  if (fails) {
    outcome.failure = Failure{FailureKind::corrupt, "what is wrong with picture " + std::to_string(id)};
  } else {
    outcome.published.bytes = 1'000'000 + id;
  }
  return outcome;
}

bool is(const Outcome& outcome, const Outcome& expected) {
  if (outcome.failure.has_value() != expected.failure.has_value()) return false;
  if (!outcome.failure) return outcome.published.bytes == expected.published.bytes;
  return outcome.failure->kind == expected.failure->kind &&
         outcome.failure->message == expected.failure->message;
}

UniqueFd silent_pipe(UniqueFd& write_end) {
  int ends[2];
  check_errno(::pipe2(ends, O_CLOEXEC), "pipe2");
  write_end = UniqueFd(ends[1]);
  return UniqueFd(ends[0]);
}

/// What waits in an eventfd, without taking it.
std::uint64_t count_of(const EventFd& event) {
  constexpr std::string_view field = "eventfd-count:";
  std::ifstream information("/proc/self/fdinfo/" + std::to_string(event.fd()));
  for (std::string line; std::getline(information, line);) {
    if (line.starts_with(field)) return std::stoull(line.substr(field.size()), nullptr, 16);
  }
  throw std::runtime_error("the kernel does not tell an eventfd's count");
}

/// Puts a descriptor in the place of another one, in this process only.
void replace(int fd, const UniqueFd& by) {
  check_errno(::dup3(by.get(), fd, O_CLOEXEC), "dup3");
}

void replace_by_copy(const EventFd& event, EventFd::Kind kind) {
  const int flags = EFD_CLOEXEC | EFD_NONBLOCK | (kind == EventFd::Kind::semaphore ? EFD_SEMAPHORE : 0);
  const UniqueFd copy(check_errno(::eventfd(static_cast<unsigned>(count_of(event)), flags), "eventfd"));
  replace(event.fd(), copy);
}

MappedCrashRecord make_crash_record() {
  return MappedCrashRecord::create(
      UniqueFd(check_errno(::memfd_create("cell", MFD_CLOEXEC), "memfd_create")));
}

/// A segment with two tasks in it, and everything else that a supervisor has for its workers.
class Scene {
 public:
  explicit Scene(bool tasks_fail) : tasks_fail_(tasks_fail) {
    for (std::uint64_t id = 1; id <= task_count; ++id) dispatcher.place({.task = task_of(id)});
    // Somebody waits for everything, so that the next process has to take the flags and wake.
    segment.header().dispatcher_waiting.store(1);
    segment.header().collector_waiting.store(1);
    // The first records will lie around the end of the ring.
    LogRing ring = segment.log_ring(worker);
    const std::string filler(ring.capacity() - 112, 'x');
    REQUIRE(ring.append(1, 0, LogLevel::info, 0, filler, 0));
    REQUIRE(read_ring().size() == 1);
    reader.begin_life();
  }

  std::vector<LogEvent> read_ring() {
    std::vector<LogEvent> events;
    reader.read(1000, [&](LogEvent event) { events.push_back(std::move(event)); });
    return events;
  }

  [[nodiscard]] std::uint64_t tail() const { return segment.log_ring(worker).header().tail.load(); }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return {reinterpret_cast<const std::byte*>(&segment.header()), offsets_of(shape).total};
  }
  [[nodiscard]] Outcome expected(std::uint64_t id) const { return outcome_of(id, tasks_fail_); }

  /// A process that runs the real task loop. Traced: it stops itself when it has booted, and exits after its
  /// first task.
  [[nodiscard]] pid_t start_worker(bool traced) const {
    const pid_t parent = ::getpid();
    const pid_t pid = check_errno(::fork(), "fork");
    if (pid == 0) be_worker(parent, traced);
    return pid;
  }

  /// Of a child process: from now on it has memory and descriptors as they are at this moment, and nothing
  /// that it or its workers do is seen by anybody else.
  void become_a_copy() const {
    const auto shared = bytes();
    const UniqueFd memory = create_memory_file("copy", shared.size());
    if (::pwrite(memory.get(), shared.data(), shared.size(), 0) != static_cast<ssize_t>(shared.size()))
      throw_errno("pwrite");
    void* const here = &segment.header();
    if (::mmap(here, shared.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory.get(), 0) != here)
      throw_errno("mmap");
    replace(segment.fd(), memory);
    replace_by_copy(ready, EventFd::Kind::semaphore);
    for (const EventFd* const event : {&space, &done_, &log_})
      replace_by_copy(*event, EventFd::Kind::counter);
    const MappedCrashRecord crash_record = make_crash_record();
    check_errno(::dup3(crash_record.fd(), crash_record_.fd(), O_CLOEXEC), "dup3");
  }

  const MappedSegment segment = MappedSegment::create(shape);
  Dispatcher dispatcher{segment.tasks(), shape.workers};
  const EventFd ready = EventFd::create(EventFd::Kind::semaphore);
  const EventFd space = EventFd::create(EventFd::Kind::counter);
  LogRingReader reader{segment.log_ring(worker), worker, space};

 private:
  [[noreturn]] void be_worker(pid_t parent, bool traced) const {
    const int inherited[] = {segment.fd(), job_.get(), ready.fd(),      done_.fd(),
                             log_.fd(),    space.fd(), lifeline_.get(), crash_record_.fd()};
    int copies[std::size(inherited)];
    std::ranges::transform(inherited, copies, [](int fd) { return ::fcntl(fd, F_DUPFD, 100); });
    for (int i = 0; i < static_cast<int>(std::size(copies)); ++i) ::dup2(copies[i], inherited::segment + i);

    std::string program = "wm-worker";
    std::string index = std::to_string(number(worker));
    std::string supervisor = std::to_string(parent);
    char* arguments[] = {program.data(), index.data(), supervisor.data(), nullptr};
    const auto process = [this, traced](Logger& log, const Task& task, StageClock& stages) {
      if (traced) segment.status(worker).retire.store(1);
      stages.enter(Stage::decode);
      log.log(LogLevel::info, "looks at it");
      stages.enter(Stage::publish);
      log.log(LogLevel::warning, "finds it odd");
      const Outcome outcome = expected(number(task.id));
      if (outcome.failure) throw TaskFailure(outcome.failure->kind, outcome.failure->message);
      return outcome.published;
    };
    try {
      ::_exit(run_worker(
          3, arguments,
          [&](const JobDescription&, Logger& log, MemoryGrants&, const AwaitOwnership&) -> ProcessTask {
            if (traced && ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(cannot_be_traced);
            if (traced) ::raise(SIGSTOP);
            return [&](const Task& task, StageClock& stages) { return process(log, task, stages); };
          }));
    } catch (const std::exception& error) {
      std::cerr << error.what() << std::endl;
      ::_exit(99);
    }
  }

 public:
  static constexpr int cannot_be_traced = 98;

 private:
  bool tasks_fail_;
  UniqueFd lifeline_writer_;
  UniqueFd lifeline_ = silent_pipe(lifeline_writer_);
  EventFd done_ = EventFd::create(EventFd::Kind::counter);
  EventFd log_ = EventFd::create(EventFd::Kind::counter);
  UniqueFd job_ = to_sealed_file({.output_directory = "/out", .log_level = LogLevel::debug});
  MappedCrashRecord crash_record_ = make_crash_record();
};

class NotPermitted : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A traced worker that has just booted and stands still between two steps.
class SteppedWorker {
 public:
  explicit SteppedWorker(const Scene& scene) : pid_(scene.start_worker(true)) {
    check_errno(::waitpid(pid_, &status_, 0), "waitpid");
    if (WIFEXITED(status_) && WEXITSTATUS(status_) == Scene::cannot_be_traced)
      throw NotPermitted("ptrace is not permitted here");
    if (!WIFSTOPPED(status_) || WSTOPSIG(status_) != SIGSTOP) throw std::runtime_error("it did not boot");
#if defined(__aarch64__)
    // A pair of exclusive load and store never succeeds when an exception comes in between.
    if ((::getauxval(AT_HWCAP) & HWCAP_ATOMICS) == 0)
      throw NotPermitted("this processor's atomic operations cannot be single-stepped");
#endif
  }
  ~SteppedWorker() {
    if (!ended()) kill();
  }
  SteppedWorker(const SteppedWorker&) = delete;
  SteppedWorker& operator=(const SteppedWorker&) = delete;

  /// One instruction. False: it has exited.
  bool step() {
    check_errno(static_cast<int>(::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr)), "ptrace");
    check_errno(::waitpid(pid_, &status_, 0), "waitpid");
    if (ended()) return false;
    if (WSTOPSIG(status_) != SIGTRAP) throw std::runtime_error("it was stopped by a signal");
    ++steps_;
    return true;
  }
  /// Returns when it is dead for certain.
  void kill() {
    ::kill(pid_, SIGKILL);
    do {
      check_errno(::waitpid(pid_, &status_, 0), "waitpid");
    } while (!ended());
  }

  [[nodiscard]] std::uint64_t steps() const noexcept {
    return steps_;
  }
  [[nodiscard]] bool exited_well() const noexcept {
    return WIFEXITED(status_) && WEXITSTATUS(status_) == worker_exit_stopped;
  }
  [[nodiscard]] bool was_killed() const noexcept {
    return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL;
  }

 private:
  [[nodiscard]] bool ended() const noexcept {
    return WIFEXITED(status_) || WIFSIGNALED(status_);
  }
  pid_t pid_;
  int status_ = 0;
  std::uint64_t steps_ = 0;
};

/// Says which steps changed the shared memory, and counts the records that were published.
class MemoryWatch {
 public:
  explicit MemoryWatch(const Scene& scene)
      : scene_(scene), last_(scene.bytes().begin(), scene.bytes().end()), tail_(scene.tail()) {}

  bool has_changed() {
    const auto now = scene_.bytes();
    if (std::memcmp(now.data(), last_.data(), now.size()) == 0) return false;
    last_.assign(now.begin(), now.end());
    if (scene_.tail() != tail_) ++published_;
    tail_ = scene_.tail();
    return true;
  }
  [[nodiscard]] std::uint64_t published() const noexcept { return published_; }

 private:
  const Scene& scene_;
  std::vector<std::byte> last_;
  std::uint64_t tail_;
  std::uint64_t published_ = 0;
};

/// What a supervisor finds after a worker's death.
struct Found {
  std::map<std::uint64_t, Outcome> outcomes;
  std::vector<Assignment> again;  // swept, or never claimed
  std::vector<LogEvent> records;
  std::string fault;  // "" when all is as it must be
};

/// Does what the supervisor does when the worker is dead, with the supervisor's own code. The oracle: each
/// task has either its one right outcome or can be handed out again, and all published records are there.
Found look_after_death(Scene& scene, std::uint64_t published) {
  Found found;
  const auto blame = [&](const std::string& fault) { found.fault += fault + "; "; };
  std::map<std::uint64_t, int> times;

  scene.dispatcher.collect([&](const Assignment& assignment, WorkerIndex by, const Outcome& outcome) {
    const std::uint64_t id = number(assignment.task.id);
    ++times[id];
    if (by != worker) blame("an outcome comes from another worker");
    if (!is(outcome, scene.expected(id))) blame("the outcome is wrong");
    found.outcomes[id] = outcome;
  });
  for (Dispatcher::Returned& swept : scene.dispatcher.sweep(worker))
    found.again.push_back(std::move(swept.assignment));
  for (Assignment& unclaimed : scene.dispatcher.withdraw_unclaimed())
    found.again.push_back(std::move(unclaimed));
  for (const Assignment& assignment : found.again) {
    const std::uint64_t id = number(assignment.task.id);
    ++times[id];
    if (assignment.task.input != task_of(id).input) blame("a task came back changed");
  }
  if (scene.dispatcher.damaged()) blame("the segment looks damaged");
  if (scene.dispatcher.held() != 0) blame("a slot is lost");
  for (std::uint64_t id = 1; id <= task_count; ++id) {
    if (times[id] != 1)
      blame("task " + std::to_string(id) + " is there " + std::to_string(times[id]) + " times");
  }

  found.records = scene.read_ring();
  if (found.records.size() != published) {
    blame(std::to_string(published) + " records were published, " + std::to_string(found.records.size()) +
          " read");
  }
  std::uint64_t sequence = 0;
  for (const LogEvent& record : found.records) {
    if (record.sequence != ++sequence) blame("not a whole record: " + record.message);
  }
  return found;
}

/// Starts a worker in the place of the dead one, as WorkerPool does, and lets it do what is left. Returns
/// what is wrong.
std::string fault_of_another_worker(Scene& scene, Found found) {
  std::string fault;
  const auto must = [&](bool holds, const std::string& otherwise) {
    if (!holds) fault += otherwise + "; ";
  };
  const std::size_t left = found.again.size();
  scene.reader.begin_life();
  WorkerStatus& status = scene.segment.status(worker);
  status.waiting.store(0);
  status.retire.store(0);
  status.task.store(0);
  status.phase.store(static_cast<std::uint32_t>(WorkerPhase::booting));
  const std::uint64_t had_outcome = found.outcomes.size();
  for (Assignment& assignment : found.again) {
    ++assignment.task.attempt;
    scene.dispatcher.place(std::move(assignment));
  }

  const pid_t pid = scene.start_worker(false);
  std::uint64_t outcomes = 0;
  const bool all_done = wait_until(
      [&] {
        scene.dispatcher.collect([&](const Assignment& assignment, WorkerIndex by, const Outcome& outcome) {
          const std::uint64_t id = number(assignment.task.id);
          ++outcomes;
          must(by == worker, "an outcome comes from another worker");
          must(is(outcome, scene.expected(id)), "an outcome of the other worker is wrong");
          must(found.outcomes.emplace(id, outcome).second, "a task has two outcomes");
        });
        return scene.dispatcher.held() == 0;
      },
      std::chrono::minutes(2));
  scene.segment.header().stopping.store(1);
  scene.ready.post();
  if (!all_done) ::kill(pid, SIGKILL);
  int ended = 0;
  check_errno(::waitpid(pid, &ended, 0), "waitpid");
  must(all_done, "the other worker does not finish");
  must(ended == 0, "the other worker ends with ended " + std::to_string(ended));
  must(had_outcome + outcomes == task_count, "tasks without an outcome");
  must(!scene.dispatcher.damaged(), "the segment looks damaged to the other worker's supervisor");

  const auto records = scene.read_ring();
  must(records.size() == records_of_a_life + left * records_of_a_task,
       "the other worker's records are " + std::to_string(records.size()));
  for (std::size_t i = 0; i < records.size(); ++i)
    must(records[i].sequence == i + 1, "not a whole record: " + records[i].message);
  return fault;
}

std::string fault_after_death(Scene& scene, std::uint64_t published) {
  Found found = look_after_death(scene, published);
  return found.fault.empty() ? fault_of_another_worker(scene, std::move(found)) : found.fault;
}

/// The same, without the stepped worker noticing: a child process has a copy of everything.
std::string fault_in_a_copy(Scene& scene, std::uint64_t published) {
  UniqueFd write_end;
  const UniqueFd read_end = silent_pipe(write_end);
  const pid_t pid = check_errno(::fork(), "fork");
  if (pid == 0) {
    std::string fault;
    try {
      scene.become_a_copy();
      fault = fault_after_death(scene, published);
    } catch (const std::exception& error) {
      fault = error.what();
    }
    const auto written = ::write(write_end.get(), fault.data(), std::min<std::size_t>(fault.size(), 4096));
    ::_exit(written < 0 ? 1 : 0);
  }
  write_end = UniqueFd();
  std::string fault;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(read_end.get(), part, sizeof part)) > 0;)
    fault.append(part, static_cast<std::size_t>(got));
  int status = 0;
  check_errno(::waitpid(pid, &status, 0), "waitpid");
  return status == 0 ? fault : fault + "the supervisor's code did not survive";
}

struct Survey {
  std::uint64_t steps = 0;
  std::uint64_t changes = 0;  // of the shared memory
};

/// Goes through a worker's whole life and lets `visit` look wherever the shared memory has changed, and after
/// every `stride` instructions.
template <typename Visit>
Survey survey(Scene& scene, std::uint64_t stride, const Visit& visit) {
  Survey found;
  SteppedWorker stepped(scene);
  MemoryWatch watch(scene);
  while (stepped.step()) {
    const bool changed = watch.has_changed();
    if (changed) ++found.changes;
    if (changed || stepped.steps() % stride == 0) visit(stepped.steps(), watch.published());
  }
  found.steps = stepped.steps();
  CHECK(stepped.exited_well());
  CHECK(watch.published() == records_of_a_life + records_of_a_task);
  return found;
}

/// Kills a worker after so many changes of the shared memory and lets another one go on.
void kill_one(bool tasks_fail, std::uint64_t changes) {
  Scene scene(tasks_fail);
  SteppedWorker stepped(scene);
  MemoryWatch watch(scene);
  for (std::uint64_t seen = 0; seen < changes;) {
    REQUIRE(stepped.step());
    if (watch.has_changed()) ++seen;
  }
  stepped.kill();
  REQUIRE(stepped.was_killed());
  INFO("killed after " << stepped.steps() << " instructions");
  REQUIRE(fault_after_death(scene, watch.published()) == "");
}

/// Runs `test` unless this machine does not let processes be traced.
template <typename Test>
void where_ptrace_is_permitted(const Test& test) {
  try {
    test();
  } catch (const NotPermitted& reason) {
    skip(reason.what());
  }
}

TEST_CASE("after each instruction of a worker, tasks and records are whole, and another worker goes on") {
  where_ptrace_is_permitted([] {
    for (const bool tasks_fail : {false, true}) {
      const std::uint64_t stride = tasks_fail ? 500 : 100;  // an exception takes long
      Scene scene(tasks_fail);
      std::set<SlotState> states;
      const Survey seen = survey(scene, stride, [&](std::uint64_t step, std::uint64_t published) {
        INFO("instruction " << step);
        REQUIRE(fault_in_a_copy(scene, published) == "");
        const SlotState state = scene.segment.tasks().look(0)->state;
        REQUIRE((states.empty() || state >= *states.rbegin()));  // nothing ever goes back
        states.insert(state);
      });
      CHECK(states == std::set{SlotState::ready, SlotState::claimed, SlotState::done});
      CHECK(seen.changes > 30);
      const Found found = look_after_death(scene, records_of_a_life + records_of_a_task);
      CHECK(found.fault == "");
      CHECK(found.outcomes.size() == 1);
      std::cout << (tasks_fail ? "a refused" : "a marked") << " picture: " << seen.steps << " instructions, "
                << seen.changes << " of them changed the shared memory\n";
    }
  });
}

TEST_CASE("after a worker was killed between two instructions, another one finishes the job") {
  where_ptrace_is_permitted([] {
    for (const unsigned changes : {0U, 1U, 6U, 11U, 16U, 21U, 26U, 31U}) kill_one(false, changes);
    for (const unsigned changes : {16U, 31U}) kill_one(true, changes);  // an exception takes long
  });
}

}  // namespace
}  // namespace wm::test
