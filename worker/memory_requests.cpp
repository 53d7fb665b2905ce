#include "worker/memory_requests.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "common/job/outcome.h"
#include "common/kill_point/kill_point.h"
#include "common/segment/memory_request.h"

namespace wm {
namespace {

constexpr int answer_recheck_ms = 250;  // wake-ups are hints: a lost one costs this much, never progress

}  // namespace

void MemoryRequests::begin_task(std::uint64_t ticket, StageClock& stages) noexcept {
  ticket_ = ticket;
  granted_ = 0;
  stages_ = &stages;
}

void MemoryRequests::end_task() noexcept {
  // The supervisor revokes the grant when it receives the result.
  if (granted_ > 0) status_.memory_wanted.store(0, std::memory_order_relaxed);
  stages_ = nullptr;
}

void MemoryRequests::require(const MemoryNeed& need) {
  if (shares_.most > 0 && need.certain > shares_.most) {
    throw TaskFailure(
        FailureKind::too_large,
        fmt::format("needs at least {} MB of memory, more than the limit of {} MB (--memory-limit)",
                    need.certain >> 20U, shares_.most >> 20U));
  }
  if (shares_.allowance == 0 || need.expected <= shares_.allowance) return;
  const std::uint64_t most = shares_.most > 0 ? shares_.most : need.expected;
  const std::uint64_t mebibytes = mebibytes_of(std::min(need.expected, most));
  if (mebibytes <= granted_) return;
  await_answer(pack(MemoryRequest{.ticket = ticket_, .mebibytes = mebibytes}));
  granted_ = mebibytes;
}

void MemoryRequests::await_answer(std::uint64_t request) {
  const std::uint64_t mebibytes = unpack_memory_request(request).mebibytes;
  log_.log(LogLevel::debug, fmt::format("asks for {} MB of memory", mebibytes));
  if (stages_ != nullptr) stages_->pause();
  bool supervised = true;
  while (supervised && status_.memory_granted.load(std::memory_order_acquire) != request) {
    status_.memory_wanted.store(request, std::memory_order_seq_cst);
    kill_point(KillPoint::memory_asked);
    wake_ups_.done.post();
    pollfd watched[] = {{wake_ups_.space_fd, POLLIN, 0}, {wake_ups_.lifeline_fd, 0, 0}};
    ::poll(watched, 2, answer_recheck_ms);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(wake_ups_.space_fd, &count, sizeof count);
    supervised = (watched[1].revents & (POLLHUP | POLLERR)) == 0;
  }
  kill_point(KillPoint::memory_granted);
  if (stages_ != nullptr) stages_->resume();
}

}  // namespace wm
