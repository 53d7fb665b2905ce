#include "supervisor/crash/death_facts.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace wm {
namespace {

constexpr std::array<std::string_view, 11> kind_names{
    "signal", "uncaught_exception", "heap_check", "stack_overflow", "exit",
    "killed", "out_of_memory",      "timeout",    "memory_limit",   "unresponsive",
    "boot"};

}  // namespace

void DeathFacts::take_crash_record(CrashRecordFile record_of_worker, std::string name) {
  crash_record_file = std::move(name);
  try {
    crash_record.emplace(std::move(record_of_worker));
  } catch (const std::exception&) {
    snapshots = 0;
  }
}

std::string name(DeathKind kind) {
  return std::string(kind_names.at(static_cast<std::size_t>(kind)));
}

std::optional<DeathKind> death_kind_from(std::string_view name) {
  const auto* const found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<DeathKind>(found - kind_names.begin());
}

std::string death_word(const DeathFacts& facts) {
  if (facts.cause == DeathCause::timeout) return "TIMEOUT";
  if (facts.cause == DeathCause::memory_limit) return "MEMORY";
  if (facts.cause == DeathCause::unresponsive) return "UNRESPONSIVE";
  if (facts.cause == DeathCause::slow_boot) return "BOOT";
  if (facts.out_of_memory) return "OOM";
  if (!facts.signal) return facts.booted ? "EXIT" : "BOOT";
  const char* const word = ::sigabbrev_np(*facts.signal);
  return word != nullptr ? fmt::format("SIG{}", word) : fmt::format("SIG{}", *facts.signal);
}

std::string heap_message(const std::vector<std::string>& last_output) {
  static constexpr std::array<std::string_view, 10> signs{"malloc(): ",
                                                          "free(): ",
                                                          "realloc(): ",
                                                          "calloc(): ",
                                                          "double free or corruption",
                                                          "corrupted ",
                                                          "munmap_chunk",
                                                          "malloc_consolidate(): ",
                                                          "stack smashing detected",
                                                          "buffer overflow detected"};
  for (const std::string& line : last_output) {
    const bool is_sign = std::ranges::any_of(signs, [&](std::string_view sign) {
      return line.starts_with(sign) ||
             line.find(std::string("*** ") + std::string(sign)) != std::string::npos;
    });
    if (is_sign) return line;
  }
  return {};
}

}  // namespace wm
