#include "supervisor/pool/hang_finding.h"

#include <algorithm>

namespace wm {
namespace {

using std::chrono::nanoseconds;

constexpr char runnable = 'R';
constexpr char stopped = 'T';
constexpr char stopped_by_tracer = 't';

nanoseconds between(std::uint64_t before, std::uint64_t after) {
  return nanoseconds(after > before ? after - before : 0);
}

struct Activity {
  nanoseconds ran{0};
  std::optional<nanoseconds> queued;
  bool spinning = false;
};

/// `before` is null when the thread began after the first sample.
Activity activity_of(const ThreadSample* before, const ThreadSample& after, nanoseconds elapsed) {
  Activity activity{.ran = between(before != nullptr ? before->cpu_ns : 0, after.cpu_ns)};
  if (after.queued_ns && (before == nullptr || before->queued_ns))
    activity.queued = between(before != nullptr ? *before->queued_ns : 0, *after.queued_ns);
  // A wait that began before the first sample is counted as a whole when it ends.
  const nanoseconds its_own = elapsed - std::min(activity.queued.value_or(nanoseconds(0)), elapsed);
  const bool never_slept = before != nullptr && before->state == runnable && after.state == runnable &&
                           before->sleeps == after.sleeps;
  activity.spinning = 2 * activity.ran > its_own || never_slept;
  return activity;
}

}  // namespace

HangFinding assess_hang(const ProcessSample& before, const ProcessSample& after) {
  HangFinding finding{.elapsed = after.time - before.time};
  for (const ThreadSample& thread : after.threads) {
    const auto earlier = std::ranges::find_if(before.threads, [&](const ThreadSample& other) {
      return other.tid == thread.tid && other.start == thread.start;
    });
    const Activity activity =
        activity_of(earlier != before.threads.end() ? &*earlier : nullptr, thread, finding.elapsed);
    const bool known_to_spin = finding.activity == HangActivity::spinning;
    const bool busier = activity.spinning == known_to_spin ? activity.ran > finding.ran : activity.spinning;
    if (!busier) continue;
    if (activity.spinning) finding.activity = HangActivity::spinning;
    finding.tid = thread.tid;
    finding.thread = thread.name;
    finding.ran = activity.ran;
    finding.queued = activity.queued;
  }
  const bool is_stopped = std::ranges::any_of(after.threads, [](const ThreadSample& thread) {
    return thread.state == stopped || thread.state == stopped_by_tracer;
  });
  if (is_stopped) finding.activity = HangActivity::stopped;
  return finding;
}

}  // namespace wm
