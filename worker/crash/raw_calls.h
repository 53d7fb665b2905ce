#pragma once

// Direct system calls, for a dying process: libc's wrappers may take locks (opendir), or belong to a
// sanitizer that would object to the memory read here. Async-signal-safe.

#include <time.h>

#include <cstdint>

namespace wm::crash {

[[nodiscard]] std::int64_t clock_ns(clockid_t clock) noexcept;
/// For less than a second.
void pause_for(std::int64_t ns) noexcept;
[[nodiscard]] std::int32_t own_tid() noexcept;

/// Writes memory that may be unreadable: as much as can be read up to the first hole. Returns the number of
/// bytes.
std::uint64_t put(int fd, std::uint64_t address, std::uint64_t bytes, std::uint64_t offset) noexcept;
std::uint64_t put(int fd, const void* data, std::uint64_t bytes, std::uint64_t offset) noexcept;

/// Parses the number at the start of [text, end) in `base`, 10 or 16; moves `text` past it.
std::uint64_t take_number(const char*& text, const char* end, unsigned base) noexcept;

}  // namespace wm::crash
