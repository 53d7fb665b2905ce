// A worker that does the real work, except for files whose names ask for trouble: what decoders of strangers'
// pictures do, on purpose.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <glib.h>

#include "common/crash/mapped_crash_record.h"
#include "common/preview/preview_request.h"
#include "common/segment/inherited_descriptors.h"
#include "common/segment/layout.h"
#include "common/segment/mapped_segment.h"
#include "tests/integration/segment_haunt.h"
#include "tests/support/faults.h"
#include "worker/preview/preview_mode.h"
#include "worker/stages/pipeline.h"
#include "worker/task_loop.h"

namespace {

using namespace std::chrono_literals;

/// Fills the words of all task slots with rubbish.
void scribble() {
  struct stat status {};
  ::fstat(wm::inherited::segment, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, wm::inherited::segment, 0);
  auto* const bytes = static_cast<unsigned char*>(mapped);
  const auto shape = static_cast<const wm::SegmentHeader*>(mapped)->shape;
  const wm::SegmentOffsets at = wm::offsets_of(shape);
  for (std::size_t i = at.words; i < at.words + shape.slots * sizeof(std::uint64_t); ++i) bytes[i] = 0xEE;
}

void make_file(const std::string& name) {
  std::fclose(std::fopen(name.c_str(), "w"));
}

/// Waits until the test opens the gate: see Job::open_gate(). A file in the job's directory records that
/// this attempt has begun.
void wait_at_gate(std::string_view name) {
  make_file("begun-" + std::string(name) + "-" + std::to_string(::getpid()));
  while (::access("gate-is-open", F_OK) != 0) std::this_thread::sleep_for(2ms);
}

/// Whether this is the first attempt at the input, in the job's directory.
bool is_first_attempt(std::string_view name) {
  const std::string mark = "tried-" + std::string(name);
  if (::access(mark.c_str(), F_OK) == 0) return false;
  make_file(mark);
  return true;
}

/// Writes random bytes at random places of the segment for a while, as a decoder's stray pointer may. Once in
/// a job: `rogue-SEED` leaves a mark in the job's directory.
void go_rogue(std::string_view name) {
  const std::string mark = "rogue" + std::string(name.substr(name.find('-')));
  if (::access(mark.c_str(), F_OK) == 0) return;
  make_file(mark);
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string>{}(mark)));
  struct stat status {};
  ::fstat(wm::inherited::segment, &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, wm::inherited::segment, 0);
  auto* const bytes = static_cast<unsigned char*>(mapped);
  const wm::SegmentOffsets at = wm::offsets_of(static_cast<const wm::SegmentHeader*>(mapped)->shape);
  const std::size_t borders[] = {0, at.statuses, at.words, at.payloads, at.rings, size};
  const auto end = std::chrono::steady_clock::now() + 30ms;
  while (std::chrono::steady_clock::now() < end) {
    // Each part as often as the others, however small, and the beginnings of payloads and rings most often.
    const std::size_t part = random() % 5;
    std::size_t place = borders[part] + random() % (borders[part + 1] - borders[part]);
    if (part == 3 && random() % 2 == 0)
      place -= (place - at.payloads) % sizeof(wm::SlotPayload) - random() % 64;
    if (part == 4 && random() % 2 == 0) place -= (place - at.rings) % at.ring_stride - random() % 192;
    for (std::size_t i = random() % 16; place < size && i > 0; --i) {
      bytes[place++] = static_cast<unsigned char>(random() % 3 == 0 ? random() : random() % 4);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
  }
}

/// The word of the slot in which this worker has the task; null when there is none.
std::atomic<std::uint64_t>* own_word(const wm::Task& task) {
  struct stat status {};
  ::fstat(wm::inherited::segment, &status);
  void* const mapped = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE,
                              MAP_SHARED, wm::inherited::segment, 0);
  auto* const bytes = static_cast<unsigned char*>(mapped);
  const auto shape = static_cast<const wm::SegmentHeader*>(mapped)->shape;
  const wm::SegmentOffsets at = wm::offsets_of(shape);
  auto* const words = reinterpret_cast<std::atomic<std::uint64_t>*>(bytes + at.words);
  const auto* const payloads = reinterpret_cast<const wm::SlotPayload*>(bytes + at.payloads);
  for (std::uint32_t i = 0; i < shape.slots; ++i) {
    const auto word = wm::unpack(words[i].load());
    if (word && word->state == wm::SlotState::claimed && payloads[i].task == wm::number(task.id))
      return &words[i];
  }
  return nullptr;
}

/// Makes the slot READY again, as a stray pointer may, and waits until another worker is done with it, too.
void give_to_another_worker(const wm::Task& task) {
  auto* const word = own_word(task);
  if (word == nullptr) std::abort();
  auto readied = *wm::unpack(word->load());
  readied.state = wm::SlotState::ready;
  readied.worker = {};
  word->store(wm::pack(readied));
  const auto is_open = [&] {
    const auto now = wm::unpack(word->load());
    return now && now->ticket == readied.ticket &&
           (now->state == wm::SlotState::ready || now->state == wm::SlotState::claimed);
  };
  while (is_open()) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(200ms);  // in which the supervisor takes the other one's result
}

/// Lets a thread haunt the segment while this worker goes on. Once in a job for each `haunted-SEED`.
void haunt(std::string_view name) {
  const std::string mark = "haunted" + std::string(name.substr(name.find('-')));
  if (::access(mark.c_str(), F_OK) == 0) return;
  make_file(mark);
  const auto seed = static_cast<unsigned>(std::strtoul(mark.c_str() + std::strlen("haunted-"), nullptr, 10));
  std::thread([seed] { wm::test::SegmentHaunt(seed).run_for(150ms); }).detach();
}

/// Its own notes name other files than those it was given.
void forge_crash_record() {
  const wm::MappedCrashRecord crash_record =
      wm::MappedCrashRecord::attach(wm::UniqueFd(::fcntl(wm::inherited::crash_record, F_DUPFD_CLOEXEC, 0)));
  for (wm::RecordedTask& task : crash_record.head().history) {
    std::strcpy(task.path, "/etc/shadow");
    task.path_bytes = 11;
    task.task = 99;
  }
  crash_record.head().tasks.store(32);
}

/// A process that reads a mapping of its crash record after that dies of it; so does this worker, when it is
/// done.
void shorten_crash_record() {
  if (::ftruncate(wm::inherited::crash_record, 0) != 0) std::abort();
}

/// From now on SIGKILL does not end this process, as if its file server did not answer: a process that traces
/// it holds it in its death, until the test makes the file server-answers. Does not return.
[[noreturn]] void become_unkillable() {
  const pid_t self = ::getpid();
  int begin[2];
  if (::pipe(begin) != 0) std::abort();
  const pid_t tracer = ::fork();
  if (tracer == 0) {
    char byte = 0;
    if (::read(begin[0], &byte, 1) != 1) ::_exit(1);
    ::close_range(0, ~0U, 0);  // the supervisor reads the worker's output to its end
    ::alarm(300);
    if (::ptrace(PTRACE_SEIZE, self, nullptr, PTRACE_O_TRACEEXIT) != 0) ::_exit(1);
    make_file("held-" + std::to_string(self));
    while (::access("server-answers", F_OK) != 0) std::this_thread::sleep_for(2ms);
    ::_exit(0);
  }
  ::prctl(PR_SET_PTRACER, tracer);
  if (::write(begin[1], "", 1) != 1) std::abort();
  for (;;) ::pause();
}

void behave_as_named(std::string_view path, wm::Logger& log) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const auto asks_for = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
  if (asks_for("throw-in-thread")) std::thread([] { wm::test::strike("throw"); }).join();
  if (name.starts_with("fault-")) return;
  if (asks_for("gated")) wait_at_gate(name);
  if (asks_for("relapse")) {  // a crash at first, then a wait
    if (is_first_attempt(name)) std::abort();
    wait_at_gate(name);
  }
  if (asks_for("once") && !is_first_attempt(name)) return;
  if (asks_for("forged-cell")) forge_crash_record();
  if (asks_for("short-cell")) shorten_crash_record();
  if (asks_for("abort")) std::abort();
  if (asks_for("exit")) ::_exit(7);
  while (asks_for("hang")) ::pause();  // a look at its threads interrupts it
  if (asks_for("unkillable")) become_unkillable();
  if (asks_for("rogue")) go_rogue(name);
  if (asks_for("haunted")) haunt(name);
  if (asks_for("busy")) {
    for (volatile bool forever = true; forever;) {
    }
  }
  if (asks_for("deaf")) {  // to every signal that can be blocked
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    for (;;) ::pause();
  }
  if (asks_for("greedy")) {
    constexpr std::size_t step = std::size_t{8} << 20;
    constexpr std::size_t enough = 160;  // or a supervisor that reacts late lets it take all memory
    for (std::vector<std::vector<char>> hoard;; std::this_thread::sleep_for(10ms)) {
      if (hoard.size() < enough) hoard.emplace_back(step, 'x');
    }
  }
  if (asks_for("lingering")) {  // it ends slowly, and prints something then
    std::atexit([] {
      std::this_thread::sleep_for(400ms);
      std::fputs("the decoder says: farewell\n", stdout);
    });
  }
  if (asks_for("slow")) std::this_thread::sleep_for(20ms);
  if (asks_for("patience")) std::this_thread::sleep_for(300ms);
  if (asks_for("flood")) {  // more than a ring holds
    const std::string text(700, 'x');
    for (int i = 0; i < 2500; ++i) log.log(i % 3 == 0 ? wm::LogLevel::debug : wm::LogLevel::info, text);
  }
  if (asks_for("too-large-output")) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 500;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (asks_for("complaining")) {
    for (int i = 0; i < 20000; ++i) std::fputs("the decoder says: another bad pixel\n", stderr);
  }
  if (asks_for("chatty")) std::fputs("the decoder says: never seen such a picture\n", stderr);
  if (asks_for("scribble") && ::access("scribbled", F_OK) != 0) {  // once, in the job's directory
    make_file("scribbled");
    scribble();
    ::pause();
  }
}

unsigned files_begun = 0;  // by this worker

/// "fault-KIND@STAGE.jpg": this fault happens in that stage.
struct NamedFault {
  std::string kind, stage;
};

std::optional<NamedFault> fault_in_name(std::string_view path) {
  constexpr std::string_view prefix = "fault-";
  std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t at = name.find('@');
  if (!name.starts_with(prefix) || at == std::string_view::npos) return std::nullopt;
  const std::string_view stage = name.substr(at + 1);
  return NamedFault{std::string(name.substr(prefix.size(), at - prefix.size())),
                    std::string(stage.substr(0, stage.find('.')))};
}

void strike(const NamedFault& fault, wm::Logger& log) {
  log.log(wm::LogLevel::info, "nonce of " + fault.kind);
  if (fault.kind == "gate") return wait_at_gate(fault.stage);
  if (fault.kind == "overflow-in-glib-thread") {  // as those of libvips are made
    g_thread_join(g_thread_new(
        "glib", [](gpointer) -> gpointer { return (wm::test::strike("overflow"), nullptr); }, nullptr));
  }
  if (fault.kind == "segv-among-deaf") {  // the handler waits for a thread that does not answer
    std::thread([] {
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
      for (;;) ::pause();
    }).detach();
    std::this_thread::sleep_for(20ms);
    wm::test::strike("segv");
  }
  if (fault.kind == "after-another") {  // only in a worker that had a file before
    if (files_begun > 1) wm::test::strike("segv");
    return;
  }
  wm::test::strike(fault.kind);
}

/// "asks-N...": for N MB, whatever the picture needs.
void ask_as_named(std::string_view path, wm::MemoryGrants& memory) {
  constexpr std::string_view prefix = "asks-";
  const std::string name(path.substr(path.rfind('/') + 1));
  if (!name.starts_with(prefix)) return;
  memory.require({.certain = 0, .expected = std::strtoull(name.c_str() + prefix.size(), nullptr, 10) << 20U});
}

/// For where there is no log.
class NoLogger final : public wm::Logger {
 public:
  void log(wm::LogLevel, std::string_view) noexcept override {}
  [[nodiscard]] bool enabled(wm::LogLevel) const noexcept override { return false; }
};

int preview(int argc, char* argv[]) {
  return wm::run_preview(argc, argv, [](const std::string& input) {
    NoLogger log;
    behave_as_named(input, log);
    if (input.find("babble") != std::string::npos) {  // no answer that makes sense, then a clean exit
      static_cast<void>(!::write(wm::preview_fds::answer, "babble", 6));
      ::_exit(0);
    }
    if (input.find("forged") != std::string::npos) {  // an answer that is no picture
      static_cast<void>(!::write(wm::preview_fds::answer, "Pforged", 7));
      ::_exit(0);
    }
    if (input.find("endless") != std::string::npos) {
      const std::vector<char> rubbish(std::size_t{1} << 20, 'P');
      while (::write(wm::preview_fds::answer, rubbish.data(), rubbish.size()) > 0) {
      }
    }
  });
}

}  // namespace

int main(int argc, char* argv[]) {
  if (const char* const how = std::getenv("WM_HAZARD_CONFINED")) wm::test::confine(how);
  if (std::getenv("WM_HAZARD_BOOT") != nullptr) wm::test::strike("abort");
  if (wm::is_preview(argc, argv)) return preview(argc, argv);
  return wm::run_worker(
      argc, argv,
      [](const wm::JobDescription& job, wm::Logger& log, wm::MemoryGrants& memory,
         const wm::AwaitOwnership& await_ownership) -> wm::ProcessTask {
        auto pipeline = std::make_shared<wm::Pipeline>(job, log, memory, await_ownership);
        return [pipeline, &log, &memory](const wm::Task& task, wm::StageClock& stages) {
          ++files_begun;
          ask_as_named(task.input, memory);
          behave_as_named(task.input, log);
          if (const auto fault = fault_in_name(task.input)) {
            wm::StageClock faulty([&](wm::Stage stage) {
              stages.enter(stage);
              if (wm::name(stage) == fault->stage) strike(*fault, log);
            });
            return pipeline->run(task, faulty);
          }
          const std::string name = task.input.substr(task.input.rfind('/') + 1);
          const bool first = name.starts_with("twice-") && is_first_attempt(name);
          if (first && name.starts_with("twice-begun")) give_to_another_worker(task);
          if (!first && name.starts_with("twice-begun") && is_first_attempt("again-" + name))
            throw wm::TaskFailure(wm::FailureKind::corrupt, "this worker thinks so");
          wm::Published published = pipeline->run(task, stages);
          if (first && name.starts_with("twice-done")) give_to_another_worker(task);
          if (name.starts_with("late-error"))
            throw wm::TaskFailure(wm::FailureKind::write_error, "cannot remove the temporary name");
          if (name.starts_with("late-rename") && is_first_attempt(name)) become_unkillable();
          return published;
        };
      });
}
