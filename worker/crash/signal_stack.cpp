#include "worker/crash/signal_stack.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace wm::crash {
namespace {

constexpr std::size_t wanted_bytes = std::size_t{64} << 10;

}  // namespace

SignalStack::SignalStack() noexcept : mapping_(MAP_FAILED), bytes_(0) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const long least = ::sysconf(_SC_SIGSTKSZ);  // required for the registers of this CPU
  const std::size_t stack = std::max(wanted_bytes, static_cast<std::size_t>(std::max(least, 0L)));
  const std::size_t rounded = (stack + page - 1) / page * page;
  bytes_ = rounded + page;
  mapping_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapping_ == MAP_FAILED) return;
  char* const bottom = static_cast<char*>(mapping_) + page;
  ::mprotect(bottom, rounded, PROT_READ | PROT_WRITE);
  stack_t description{};
  description.ss_sp = bottom;
  description.ss_size = rounded;
  ::sigaltstack(&description, nullptr);
}

SignalStack::~SignalStack() {
  if (mapping_ == MAP_FAILED) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(mapping_, bytes_);
}

}  // namespace wm::crash
