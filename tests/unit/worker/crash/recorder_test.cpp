// Workers that die in every way, and what their crash records hold then. The subject is a program of its own.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/crash/mapped_crash_record.h"
#include "common/crash/snapshot_format.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace wm::test {
namespace {

using namespace std::chrono_literals;

class Subject {
 public:
  explicit Subject(const std::string& kind, const std::vector<std::string>& options = {}, uid_t user = 0)
      : file_(directory_.path() + "/cell") {
    if (user != 0) REQUIRE(::chown(directory_.path().c_str(), user, user) == 0);
    std::vector<std::string> words{WM_CRASH_SUBJECT, file_, kind};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t test = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(STDERR_FILENO);
      ::open("/dev/null", O_WRONLY);
      if (user != 0 && (::setgid(user) != 0 || ::setuid(user) != 0)) ::_exit(126);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid(), which clears it
      if (::getppid() != test) ::_exit(125);
      ::execv(arguments.front(), arguments.data());
      ::_exit(127);
    }
  }
  ~Subject() {
    if (!reaped_) ::kill(pid_, SIGKILL);
    wait();
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// The status of waitpid().
  int wait() {
    if (!reaped_) ::waitpid(pid_, &status_, 0);
    reaped_ = true;
    return status_;
  }
  [[nodiscard]] const CrashRecordHead& head() {
    if (!crash_record_)
      crash_record_.emplace(MappedCrashRecord::attach(UniqueFd(::open(file_.c_str(), O_RDWR | O_CLOEXEC))));
    return crash_record_->head();
  }
  [[nodiscard]] CrashRecordState state() { return static_cast<CrashRecordState>(head().state.load()); }
  /// Has it come to `state`? It may not even have made its crash record yet.
  [[nodiscard]] bool has_reached(CrashRecordState wanted) {
    try {
      return state() == wanted && head().log_lines.load() == 1;
    } catch (const std::exception&) {
      return false;
    }
  }

  [[nodiscard]] std::unique_ptr<SnapshotHeader> snapshot(unsigned area = area_of_death) {
    static_cast<void>(head());
    auto header = std::make_unique<SnapshotHeader>();
    REQUIRE(::pread(crash_record_->fd(), header.get(), sizeof *header,
                    static_cast<off_t>(offset_of_area(area))) == static_cast<ssize_t>(sizeof *header));
    return header;
  }
  [[nodiscard]] std::string text(std::uint64_t offset, std::uint64_t bytes, unsigned area = area_of_death) {
    static_cast<void>(head());
    std::string result(bytes, '\0');
    REQUIRE(::pread(crash_record_->fd(), result.data(), bytes,
                    static_cast<off_t>(offset_of_area(area) + offset)) == static_cast<ssize_t>(bytes));
    return result;
  }

 private:
  TempDir directory_;
  std::string file_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  int status_ = 0;
  std::optional<MappedCrashRecord> crash_record_;
};

const ThreadRecord* thread_named(const SnapshotHeader& snapshot, const std::string& name) {
  for (std::uint32_t i = 0; i < snapshot.threads; ++i) {
    if (snapshot.thread[i].name == name) return &snapshot.thread[i];
  }
  return nullptr;
}

void check_snapshot(Subject& subject, const SnapshotHeader& snapshot, unsigned area = area_of_death) {
  REQUIRE(snapshot.magic == snapshot_magic);
  REQUIRE(snapshot.state == static_cast<std::uint32_t>(SnapshotState::complete));
  CHECK(snapshot.threads == snapshot.threads_alive);
  CHECK(snapshot.thread[0].answered == 1);
  for (const char* const name : {"poller", "waiter", "spinner"}) {
    const ThreadRecord* const thread = thread_named(snapshot, name);
    CAPTURE(name);
    REQUIRE(thread != nullptr);
    CHECK(thread->answered == 1);
    CHECK(thread->pc != 0);
    CHECK(thread->stack_bytes > 256);
    CHECK(thread->stack_start <= thread->sp);
  }
  const ThreadRecord* const deaf = thread_named(snapshot, "deaf");
  REQUIRE(deaf != nullptr);
  CHECK(deaf->answered == 0);
  const std::string map = subject.text(snapshot.map_offset, snapshot.map_bytes, area);
  CHECK(map.find("crash-subject") != std::string::npos);
  CHECK(map.find("libc.so") != std::string::npos);
  CHECK(snapshot.modules > 3);
  CHECK(subject.text(snapshot.modules_offset + 16, 4, area) ==
        "\x7f"
        "ELF");
}

struct Death {
  std::string kind;
  int signal;
  std::string thread = "subject";
};

const std::vector<Death> deaths{
    {"segv", SIGSEGV},
    {"segv-in-thread", SIGSEGV, "unlucky"},
    {"null-call", SIGSEGV},
    {"abort", SIGABRT},
    {"fpe", SIGFPE},
    {"ill", SIGILL},
    {"trap", SIGTRAP},
    {"sys", SIGSYS},
    {"bus", SIGBUS},
    {"throw", SIGABRT},
    {"heap-check", SIGABRT},
    {"malloc-lock", SIGABRT},
    {"smash", SIGABRT},
    {"overflow", SIGSEGV},
    {"overflow-in-thread", SIGSEGV, "unlucky"},
};

TEST_CASE("whatever kills a worker, its signal stays and all its threads are in the crash record") {
  for (const Death& death : deaths) {
    CAPTURE(death.kind);
    Subject subject(death.kind);
    const int status = subject.wait();
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == death.signal);
    REQUIRE(subject.state() == CrashRecordState::recorded);
    const auto snapshot = subject.snapshot();
    CHECK(snapshot->kind == static_cast<std::uint32_t>(SnapshotKind::fault));
    CHECK(snapshot->signal == death.signal);
    CHECK(snapshot->thread[0].name == death.thread);
    CHECK(snapshot->first_tid == snapshot->thread[0].tid);
    CHECK(snapshot->thread[0].stack_bytes > 1000);
    check_snapshot(subject, *snapshot);
  }
}

TEST_CASE("the fault is described") {
  Subject segv("segv");
  segv.wait();
  CHECK(segv.snapshot()->address_known == 1);
  CHECK(segv.snapshot()->address == 16);
  CHECK(segv.snapshot()->code == SEGV_MAPERR);
  Subject null_call("null-call");
  null_call.wait();
  CHECK(null_call.snapshot()->thread[0].pc == 0);
  Subject aborted("abort");
  aborted.wait();
  CHECK(aborted.snapshot()->address_known == 0);
  CHECK(aborted.snapshot()->sender_pid == aborted.pid());
}

TEST_CASE("an uncaught exception leaves its type, its message and the place of the throw") {
  Subject subject("throw");
  subject.wait();
  const auto note = [&](RecordedNoteKind kind) {
    const RecordedNote& found = subject.head().notes[static_cast<std::size_t>(kind)];
    return std::string(found.text, found.bytes.load());
  };
  CHECK(note(RecordedNoteKind::exception_type) == "std::runtime_error");
  CHECK(note(RecordedNoteKind::exception_message) == "the picture has no bottom");
  CHECK(subject.head().throw_pc.load() != 0);
}

TEST_CASE("exit() of somebody is recorded, and the exit code stays") {
  Subject subject("exit");
  const int status = subject.wait();
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  REQUIRE(subject.state() == CrashRecordState::recorded);
  const auto snapshot = subject.snapshot();
  CHECK(snapshot->kind == static_cast<std::uint32_t>(SnapshotKind::exit));
  CHECK(snapshot->exit_status == 7);
  check_snapshot(subject, *snapshot);
}

TEST_CASE("the crash record knows the files that the worker had and what it logged") {
  Subject subject("segv");
  subject.wait();
  const CrashRecordHead& head = subject.head();
  CHECK(head.task.load() == 42);
  CHECK(head.stage.load() == 1);
  REQUIRE(head.tasks.load() == 2);
  CHECK(std::string(head.history[0].path) == "/in/before.jpg");
  CHECK(head.history[0].result == 1);
  CHECK(std::string(head.history[1].path) == "/in/fatal.jpg");
  CHECK(head.history[1].result == 0);
  CHECK(head.history[1].attempt == 2);
  REQUIRE(head.log_lines.load() == 1);
  CHECK(std::string(head.log[0].text, head.log[0].bytes) == "nonce of the subject");
}

TEST_CASE("several threads that crash at once make one snapshot") {
  for (int i = 0; i < 5; ++i) {
    Subject subject("two-at-once");
    const int status = subject.wait();
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
    CHECK(subject.state() == CrashRecordState::recorded);
    check_snapshot(subject, *subject.snapshot());
  }
}

TEST_CASE("it needs neither ptrace nor a process that may be dumped") {
  for (const char* const option : {"undumpable", "no-ptrace"}) {
    CAPTURE(option);
    Subject subject("segv-in-thread", {option});
    const int status = subject.wait();
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
    REQUIRE(subject.state() == CrashRecordState::recorded);
    check_snapshot(subject, *subject.snapshot());
  }
}

TEST_CASE("between the signal and the death only async-signal-safe system calls are made") {
  if (std::system("strace -o /dev/null true 2>/dev/null") != 0) {
    skip("strace is not installed, or may not trace here");
  }
  const TempDir directory;
  const std::string trace = directory.path() + "/trace";
  const std::string command = "strace -f -o " + trace + " " + WM_CRASH_SUBJECT + " " + directory.path() +
                              "/cell segv all-ears >/dev/null 2>&1";
  static_cast<void>(std::system(command.c_str()));
  const std::set<std::string> allowed{"clock_gettime", "close",
                                      "futex",         "getdents64",
                                      "getpid",        "gettid",
                                      "nanosleep",     "clock_nanosleep",
                                      "openat",        "open",
                                      "poll",          "pwrite64",
                                      "read",          "restart_syscall",
                                      "rt_sigaction",  "rt_sigprocmask",
                                      "rt_sigreturn",  "rt_tgsigqueueinfo",
                                      "setitimer",     "tgkill",
                                      "write",         "getitimer",
                                      "exit_group"};
  std::ifstream lines(trace);
  bool dying = false;
  unsigned calls = 0;
  for (std::string line; std::getline(lines, line);) {
    dying = dying || line.find("--- SIGSEGV") != std::string::npos;
    // "PID name(arguments" or "PID <... name resumed>"
    const std::size_t name_at = line.find_first_not_of("0123456789 ");
    if (!dying || name_at == std::string::npos || line[name_at] == '-' || line[name_at] == '+') continue;
    std::string name = line.substr(name_at);
    if (name.starts_with("<... ")) name.erase(0, 5);
    name = name.substr(0, name.find_first_of("( "));
    if (name == "???") continue;  // strace's word for a thread that is gone before its call could be read
    CAPTURE(line);
    CHECK(allowed.contains(name));
    ++calls;
  }
  CHECK(dying);
  CHECK(calls > 50);
}

TEST_CASE("an unprivileged worker tells the same") {
  if (::geteuid() != 0) skip("only root can start an unprivileged worker; all others here are");
  for (const char* const option : {"all-ears", "undumpable", "no-ptrace"}) {
    CAPTURE(option);
    Subject subject("overflow-in-thread", {option}, 65534);
    const int status = subject.wait();
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
    REQUIRE(subject.state() == CrashRecordState::recorded);
    const auto snapshot = subject.snapshot();
    CHECK(snapshot->thread[0].name == std::string("unlucky"));
    CHECK(snapshot->thread[0].stack_bytes > 1000);
    CHECK(subject.text(snapshot->map_offset, snapshot->map_bytes).find("crash-subject") != std::string::npos);
  }
}

TEST_CASE("a worker that lives is looked at and goes on") {
  Subject subject("live");
  REQUIRE(wait_until([&] { return subject.has_reached(CrashRecordState::armed); }, patience));
  for (std::uint64_t request = 1; request <= 20; ++request) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(area_of_stacks + 16 * request);
    REQUIRE(::sigqueue(subject.pid(), snapshot_signal(), value) == 0);
    REQUIRE(wait_until(
        [&] {
          const auto snapshot = subject.snapshot(area_of_stacks);
          return snapshot->request == request &&
                 snapshot->state == static_cast<std::uint32_t>(SnapshotState::complete);
        },
        patience));
    const auto snapshot = subject.snapshot(area_of_stacks);
    CHECK(snapshot->kind == static_cast<std::uint32_t>(SnapshotKind::look));
    if (request == 1) check_snapshot(subject, *snapshot, area_of_stacks);
  }
  CHECK(subject.state() == CrashRecordState::armed);
  CHECK(::waitpid(subject.pid(), nullptr, WNOHANG) == 0);
}

TEST_CASE("a worker that shall wait for a debugger waits after its snapshot") {
  Subject subject("segv", {"park"});
  REQUIRE(wait_until([&] { return subject.has_reached(CrashRecordState::parked); }, patience));
  std::this_thread::sleep_for(100ms);
  CHECK(::waitpid(subject.pid(), nullptr, WNOHANG) == 0);
  check_snapshot(subject, *subject.snapshot());
}

constexpr std::uint64_t whole_patience_ns = 200'000'000;  // of the handler, for all other threads together

/// By chance, a handler that is quick one time in ten gets there in less than one of 50000 tests.
constexpr int quick_lead = 5;

struct SnapshotTimes {
  int lead = 0;  // snapshots that took less than the whole patience, less those that did not
  std::uint64_t shortest_ns = std::numeric_limits<std::uint64_t>::max();
};

/// Lets subjects die until most have their snapshot within the whole patience, and one within `limit_ns`; or
/// until that can no longer be expected. A handler that mostly waits for as long as it may is not that quick
/// on any machine. A busy machine may delay a good handler now and then, but not most of the time.
[[nodiscard]] SnapshotTimes snapshot_times(std::uint64_t limit_ns, const std::vector<std::string>& options,
                                           std::ptrdiff_t without_answer) {
  SnapshotTimes times;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while ((times.lead < quick_lead || times.shortest_ns >= limit_ns) && times.lead > -4 * quick_lead &&
         std::chrono::steady_clock::now() < deadline) {
    Subject subject("segv", options);
    subject.wait();
    const auto snapshot = subject.snapshot();
    const auto first = snapshot->thread.begin();
    const auto silent = std::count_if(first, first + snapshot->threads,
                                      [](const ThreadRecord& record) { return record.answered == 0; });
    const bool is_quick = silent == without_answer && snapshot->took_ns < whole_patience_ns;
    times.lead += is_quick ? 1 : -1;
    if (is_quick) times.shortest_ns = std::min(times.shortest_ns, snapshot->took_ns);
  }
  return times;
}

TEST_CASE("a thread that has blocked our signals is given up long before the patience for others ends") {
  constexpr std::uint64_t limit_ns = whole_patience_ns / 4;
  const SnapshotTimes times = snapshot_times(limit_ns, {}, 1);
  CHECK(times.lead >= quick_lead);
  CHECK(times.shortest_ns < limit_ns);
}

TEST_CASE("a snapshot to which all threads answer waits for nothing else") {
  constexpr std::uint64_t first_patience_ns = 5'000'000;
  constexpr std::uint64_t limit_ns = 10 * first_patience_ns;
  const SnapshotTimes times = snapshot_times(limit_ns, {"all-ears"}, 0);
  CHECK(times.lead >= quick_lead);
  CHECK(times.shortest_ns < limit_ns);
}

}  // namespace
}  // namespace wm::test
