#pragma once

// System calls made directly, for a process that is dying: the functions of libc that wrap them may take
// locks (opendir), or belong to a sanitizer that would object to what is read here. Async-signal-safe.

#include <time.h>

#include <cstdint>

namespace wm::crash {

[[nodiscard]] std::int64_t clock_ns(clockid_t clock) noexcept;
/// Less than a second.
void pause_for(std::int64_t ns) noexcept;
[[nodiscard]] std::int32_t own_tid() noexcept;

/// Writes memory that may not be readable: what can be read up to the first hole. Returns how many bytes.
std::uint64_t put(int fd, std::uint64_t address, std::uint64_t bytes, std::uint64_t offset) noexcept;
std::uint64_t put(int fd, const void* data, std::uint64_t bytes, std::uint64_t offset) noexcept;

/// The number at the start of [text, end) in `base`, 10 or 16; moves `text` past it.
std::uint64_t take_number(const char*& text, const char* end, unsigned base) noexcept;

}  // namespace wm::crash
