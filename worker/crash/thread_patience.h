#pragma once

// How long a snapshot waits for a thread that has been asked to stop. Async-signal-safe.

#include <charconv>
#include <cstdint>
#include <string_view>

namespace wm::crash {

inline constexpr std::int64_t first_look_ns = 5'000'000;  // by then a thread has answered, or has a reason
inline constexpr std::int64_t patience_ns = 200'000'000;
/// For threads that only wait for a processor. The handler of a fault has 2 s for everything.
inline constexpr std::int64_t longest_patience_ns = 1'000'000'000;

/// What follows `key` in the text of /proc/PID/task/TID/status; empty if `key` is missing.
constexpr std::string_view status_field(std::string_view status, std::string_view key) noexcept {
  const std::size_t at = status.find(key);
  return at == std::string_view::npos ? std::string_view() : status.substr(at + key.size());
}

/// Whether the thread may still answer, `waited_ns` after it was asked by `signal`. One that has blocked the
/// signal never does. One that can run does as soon as it gets a processor, which can take long on a busy
/// machine. `status`: /proc/PID/task/TID/status, see proc(5), State and SigBlk.
inline bool may_answer(std::string_view status, int signal, std::int64_t waited_ns) noexcept {
  const std::string_view blocked = status_field(status, "SigBlk:\t").substr(0, 16);
  std::uint64_t mask = 0;
  std::from_chars(blocked.data(), blocked.data() + blocked.size(), mask, 16);
  if ((mask >> static_cast<unsigned>(signal - 1) & 1U) != 0) return false;
  const bool can_run = status_field(status, "State:\t").substr(0, 1) == "R";
  return waited_ns < (can_run ? longest_patience_ns : patience_ns);
}

}  // namespace wm::crash
