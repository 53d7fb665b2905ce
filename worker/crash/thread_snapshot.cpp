#include "worker/crash/thread_snapshot.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "worker/crash/map_copy.h"
#include "worker/crash/raw_calls.h"
#include "worker/crash/thread_patience.h"

namespace wm::crash {
namespace {

constexpr std::int64_t between_looks_ns = 20'000'000;  // at a thread that waits for a processor

enum class Answer : std::uint32_t { none, asked, answering, answered, given_up };

SnapshotHeader header;  // of the snapshot in progress; threads write their own records
std::atomic<std::uint32_t> answers[max_snapshot_threads];
std::atomic<std::uint64_t> generation{0};  // of the current snapshot; even: none, the threads may go on
thread_local const ucontext_t* own_context = nullptr;

StackEnd stack_ends[max_snapshot_threads];

void copy_registers(ThreadRecord& record, const ucontext_t& context) noexcept {
#if defined(__x86_64__)
  constexpr int dwarf_order[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                 REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                 REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  std::size_t place = 0;
  for (const int index : dwarf_order) {
    record.registers[place++] = static_cast<std::uint64_t>(context.uc_mcontext.gregs[index]);
  }
  record.pc = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RIP]);
  record.sp = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RSP]);
#elif defined(__aarch64__)
  for (std::size_t i = 0; i < 31; ++i) record.registers[i] = context.uc_mcontext.regs[i];
  record.registers[31] = record.sp = context.uc_mcontext.sp;
  record.registers[32] = record.pc = context.uc_mcontext.pc;
#else
#error "the registers of this machine are not known"
#endif
}

std::uint32_t access_of(const ucontext_t& context, int signal) noexcept {
#if defined(__x86_64__)
  if (signal != SIGSEGV && signal != SIGBUS) return 0;
  const auto error = static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_ERR]);
  return (error & 16U) != 0 ? 3 : (error & 2U) != 0 ? 2 : 1;
#else
  static_cast<void>(context);
  static_cast<void>(signal);
  return 0;
#endif
}

/// Stores the ids of this process's threads in the records, the caller's first.
void list_threads() noexcept {
  header.first_tid = own_tid();
  header.threads = 1;
  header.threads_alive = 1;
  header.thread[0].tid = header.first_tid;
  const long directory =
      ::syscall(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  alignas(dirent64) static char entries[4096];
  for (;;) {
    const long bytes = ::syscall(SYS_getdents64, directory, entries, sizeof entries);
    if (bytes <= 0) break;
    for (long at = 0; at < bytes;) {
      const auto* const entry = reinterpret_cast<const dirent64*>(entries + at);
      at += entry->d_reclen;
      const char* name = entry->d_name;
      const char* const end = name + 11;
      const auto tid = static_cast<std::int32_t>(take_number(name, end, 10));
      if (tid == 0 || tid == header.first_tid) continue;
      ++header.threads_alive;
      if (header.threads < max_snapshot_threads) header.thread[header.threads++].tid = tid;
    }
  }
  ::syscall(SYS_close, directory);
}

/// Reads the beginning of /proc/self/task/TID/`name` into `text`; returns the number of bytes.
template <std::size_t Size>
long read_task_file(std::int32_t tid, const char (&name)[Size], char* text, std::size_t most) noexcept {
  char path[sizeof "/proc/self/task/0000000000/" + Size] = "/proc/self/task/";
  constexpr std::size_t digits_at = sizeof "/proc/self/task/" - 1;
  char digits[10];
  std::size_t count = 0;
  for (auto rest = static_cast<std::uint32_t>(tid); rest > 0 && count < sizeof digits; rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  std::size_t at = digits_at;
  while (count > 0) path[at++] = digits[--count];
  path[at++] = '/';
  std::memcpy(path + at, name, Size);
  const long file = ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const long bytes = ::syscall(SYS_read, file, text, most);
  ::syscall(SYS_close, file);
  return bytes;
}

void read_name(ThreadRecord& record) noexcept {
  const long bytes = read_task_file(record.tid, "comm", record.name, sizeof record.name - 1);
  if (bytes > 0 && record.name[bytes - 1] == '\n') record.name[bytes - 1] = '\0';
}

bool thread_may_answer(std::int32_t tid, std::int64_t waited_ns) noexcept {
  static char text[4096];
  const long bytes = read_task_file(tid, "status", text, sizeof text);
  const std::string_view status(text, static_cast<std::size_t>(std::max(bytes, 0L)));
  return may_answer(status, ask_signal(), waited_ns);
}

/// Asks the other threads to stop and to write their registers, and waits for a while.
void stop_others() noexcept {
  const std::uint64_t now = generation.load(std::memory_order_relaxed);
  const long process = ::syscall(SYS_getpid);
  for (std::uint32_t i = 1; i < header.threads; ++i) {
    siginfo_t info{};
    info.si_signo = ask_signal();
    info.si_code = SI_QUEUE;
    info.si_pid = static_cast<pid_t>(process);
    info.si_value.sival_ptr = reinterpret_cast<void*>(now);  // NOLINT(performance-no-int-to-ptr): a number
    answers[i].store(static_cast<std::uint32_t>(Answer::asked), std::memory_order_release);
    if (::syscall(SYS_rt_tgsigqueueinfo, process, header.thread[i].tid, ask_signal(), &info) != 0) {
      answers[i].store(static_cast<std::uint32_t>(Answer::given_up), std::memory_order_relaxed);
    }
  }
  const std::int64_t asked_at = clock_ns(CLOCK_MONOTONIC);
  for (std::uint32_t i = 1; i < header.threads; ++i) {
    for (std::int64_t next_look = first_look_ns;;) {
      auto answer = answers[i].load(std::memory_order_acquire);
      if (answer == static_cast<std::uint32_t>(Answer::answered) ||
          answer == static_cast<std::uint32_t>(Answer::given_up)) {
        break;
      }
      const std::int64_t waited = clock_ns(CLOCK_MONOTONIC) - asked_at;
      if (waited >= next_look && answer == static_cast<std::uint32_t>(Answer::asked)) {
        if (!thread_may_answer(header.thread[i].tid, waited) &&
            answers[i].compare_exchange_strong(answer, static_cast<std::uint32_t>(Answer::given_up))) {
          break;
        }
        next_look = waited < patience_ns ? patience_ns : waited + between_looks_ns;
      }
      pause_for(50'000);
    }
    header.thread[i].answered =
        answers[i].load(std::memory_order_acquire) == static_cast<std::uint32_t>(Answer::answered) ? 1 : 0;
  }
}

void describe(const SnapshotRequest& request) noexcept {
  header.kind = static_cast<std::uint32_t>(request.kind);
  header.request = request.request;
  header.exit_status = request.exit_status;
  if (request.signal == nullptr) return;
  const siginfo_t& info = *request.signal;
  header.signal = info.si_signo;
  header.code = info.si_code;
  const bool by_fault = info.si_code > 0 && info.si_code != SI_KERNEL;
  const bool has_address = info.si_signo == SIGSEGV || info.si_signo == SIGBUS || info.si_signo == SIGFPE ||
                           info.si_signo == SIGILL || info.si_signo == SIGTRAP;
  if (by_fault && has_address) {
    header.address = reinterpret_cast<std::uint64_t>(info.si_addr);
    header.address_known = 1;
    header.access = access_of(*request.context, info.si_signo);
  }
  if (info.si_signo == SIGSYS) header.syscall = info.si_syscall;
  if (info.si_code <= 0) {
    header.sender_pid = info.si_pid;
    header.sender_uid = info.si_uid;
  }
}

}  // namespace

void set_own_context(const ucontext_t* context) noexcept {
  own_context = context;
}

void write_snapshot(int record_fd, unsigned area_number, const SnapshotRequest& request) noexcept {
  const std::int64_t began = clock_ns(CLOCK_MONOTONIC);
  std::memset(&header, 0, sizeof header);
  for (StackEnd& stack : stack_ends) stack = {};
  header.magic = snapshot_magic;
  header.version = snapshot_version;
  header.state = static_cast<std::uint32_t>(SnapshotState::writing);
#if defined(__x86_64__)
  header.machine = EM_X86_64;
#else
  header.machine = EM_AARCH64;
#endif
  header.time_ns = clock_ns(CLOCK_REALTIME);
  describe(request);
  const std::uint64_t area = offset_of_area(area_number);

  list_threads();
  ThreadRecord& own = header.thread[0];
  own.answered = 1;
  copy_registers(own, *request.context);
  own.cpu_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_THREAD_CPUTIME_ID));
  put(record_fd, &header, sizeof header, area);  // the minimum that is recorded whatever happens next

  constexpr auto page_up = [](std::uint64_t bytes) { return (bytes + 4095) & ~std::uint64_t{4095}; };
  header.map_offset = page_up(sizeof header);
  header.modules_offset = header.map_offset + page_up(max_map_bytes);
  const auto read_map = [&] {
    header.map_bytes = 0;
    header.modules = 0;
    copy_memory_map(record_fd, area, header, stack_ends);
  };
  std::uint64_t next = header.modules_offset + page_up(max_snapshot_modules * sizeof(ModuleHead));
  const auto keep_stack = [&](std::uint32_t i) {
    ThreadRecord& record = header.thread[i];
    const StackEnd& stack = stack_ends[i];
    const std::uint64_t most = i == 0 ? max_own_stack : max_other_stack;
    if (stack.end == 0 || next + most > snapshot_area_bytes) return;
    record.stack_offset = next;
    record.stack_start = stack.start;
    record.stack_bytes = put(record_fd, stack.start, std::min(most, stack.end - stack.start), area + next);
    next += page_up(record.stack_bytes);
  };
  // The most important data first, before waiting for others: a process that is killed while waiting can
  // still show where it died.
  read_map();
  keep_stack(0);
  put(record_fd, &header, sizeof header, area);

  generation.fetch_add(1, std::memory_order_release);  // odd: threads must stop
  stop_others();
  for (std::uint32_t i = 0; i < header.threads; ++i) read_name(header.thread[i]);
  read_map();
  for (std::uint32_t i = 1; i < header.threads; ++i) keep_stack(i);
  header.took_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_MONOTONIC) - began);
  header.state = static_cast<std::uint32_t>(SnapshotState::complete);
  put(record_fd, &header, sizeof header, area);
}

void let_threads_go() noexcept {
  generation.fetch_add(1, std::memory_order_release);
}

void on_ask(int, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  const std::uint64_t asked = generation.load(std::memory_order_acquire);
  const std::int32_t tid = own_tid();
  const bool ours = info->si_code == SI_QUEUE && info->si_pid == static_cast<pid_t>(::syscall(SYS_getpid)) &&
                    reinterpret_cast<std::uint64_t>(info->si_value.sival_ptr) == asked && asked % 2 == 1;
  for (std::uint32_t i = 1; ours && i < header.threads; ++i) {
    ThreadRecord& record = header.thread[i];
    if (record.tid != tid) continue;
    auto expected = static_cast<std::uint32_t>(Answer::asked);
    if (!answers[i].compare_exchange_strong(expected, static_cast<std::uint32_t>(Answer::answering))) break;
    copy_registers(record, own_context != nullptr ? *own_context : *static_cast<const ucontext_t*>(context));
    record.cpu_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_THREAD_CPUTIME_ID));
    answers[i].store(static_cast<std::uint32_t>(Answer::answered), std::memory_order_release);
    while (generation.load(std::memory_order_acquire) == asked) pause_for(200'000);
    break;
  }
  errno = saved_errno;
}

}  // namespace wm::crash
