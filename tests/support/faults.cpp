#include "tests/support/faults.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace wm::test {
namespace {

volatile int sink = 0;

[[gnu::noinline]] int overflow(int depth) {
  volatile char room[512];
  room[0] = static_cast<char>(depth);
  return overflow(depth + 1) + room[0];  // FAULT: overflow
}

[[gnu::noinline]] void segv() {
  *reinterpret_cast<volatile int*>(16) = 1;  // FAULT: segv
}

[[gnu::noinline]] void call_null() {
  void (*volatile nowhere)() = nullptr;
  nowhere();  // FAULT: null-call
  sink = sink + 1;
}

[[gnu::noinline]] void abort_now() {
  std::abort();  // FAULT: abort
}

[[gnu::noinline]] void divide() {
  volatile int zero = 0;
  sink = sink / zero;  // FAULT: fpe
}

[[gnu::noinline]] void illegal() {
  __builtin_trap();  // FAULT: ill
}

[[gnu::noinline]] void trap() {
  ::raise(SIGTRAP);  // FAULT: trap
  sink = sink + 1;
}

[[gnu::noinline]] void forbidden_call() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{sizeof filter / sizeof filter[0], filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
  ::syscall(SYS_getppid);  // FAULT: sys
  sink = sink + 1;
}

[[gnu::noinline]] void beyond_file() {
  const int file = ::memfd_create("short", 0);
  [[maybe_unused]] const int cut = ::ftruncate(file, 100);
  auto* const bytes = static_cast<volatile char*>(::mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file, 0));
  sink = bytes[5000];  // FAULT: bus
}

[[gnu::noinline]] void throw_it() {
  throw std::runtime_error("the picture has no bottom");  // FAULT: throw
}

[[gnu::noinline]] void leave() {
  std::exit(7);  // FAULT: exit
}

[[gnu::noinline]] void free_twice() {
  char* volatile memory = static_cast<char*>(std::malloc(2000));
  char* volatile barrier = static_cast<char*>(std::malloc(10));
  std::free(memory);
  std::free(memory);  // FAULT: heap-check
  std::free(barrier);
}

/// malloc finds the top of its heap damaged while it holds the arena's lock.
[[gnu::noinline]] void crash_in_malloc() {
  constexpr std::size_t large = 100'000;  // not from a bin, and below the threshold of mmap
  char* volatile last = static_cast<char*>(std::malloc(large));
  std::memset(last + ::malloc_usable_size(last), 0xFF, 8);
  char* volatile next = static_cast<char*>(std::malloc(large));  // FAULT: malloc-lock
  sink = next[0];
}

void smash(volatile char* room, int bytes) {
  for (int i = 0; i < bytes; ++i) room[i] = 'A';
}
[[gnu::noinline]] void smash_stack() {
  volatile char room[16];
  smash(room, 200);
}  // FAULT: smash

void forbid_ptrace() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_process_vm_readv, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
  };
  sock_fprog program{sizeof filter / sizeof filter[0], filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

void run_in_thread(void (*function)()) {
  std::thread thread([function] {
    ::prctl(PR_SET_NAME, "unlucky");
    function();
  });
  thread.join();
}

}  // namespace

void strike(std::string_view kind) {
  if (kind == "segv") segv();
  if (kind == "segv-in-thread") run_in_thread(segv);
  if (kind == "null-call") call_null();
  if (kind == "abort") abort_now();
  if (kind == "fpe") divide();
  if (kind == "ill") illegal();
  if (kind == "trap") trap();
  if (kind == "sys") forbidden_call();
  if (kind == "bus") beyond_file();
  if (kind == "throw") throw_it();
  if (kind == "exit") leave();
  if (kind == "heap-check") free_twice();
  if (kind == "malloc-lock") crash_in_malloc();
  if (kind == "smash") smash_stack();
  if (kind == "overflow") sink = overflow(0);
  if (kind == "overflow-in-thread") run_in_thread([] { sink = overflow(0); });
}

void confine(std::string_view how) {
  if (how == "undumpable") ::prctl(PR_SET_DUMPABLE, 0);
  if (how == "no-ptrace") forbid_ptrace();
}

}  // namespace wm::test
