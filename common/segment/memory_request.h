#pragma once

// A task's memory as one word of a worker status: how much the worker asks for, and how much it was granted.
// The ticket distinguishes the request of a task from that of the worker's next task.

#include <algorithm>
#include <cstdint>

namespace wm {

/// In mebibytes, rounded up; 24 bits suffice for 16 tebibytes.
struct MemoryRequest {
  std::uint64_t ticket = 0;  // of the slot; 0: no request
  std::uint64_t mebibytes = 0;
  bool operator==(const MemoryRequest&) const = default;
};

inline constexpr unsigned memory_request_bits = 24;
inline constexpr std::uint64_t most_mebibytes = (std::uint64_t{1} << memory_request_bits) - 1;

[[nodiscard]] constexpr std::uint64_t pack(const MemoryRequest& request) {
  return request.ticket << memory_request_bits | std::min(request.mebibytes, most_mebibytes);
}

/// Every word is a request; the reader must check that it is plausible.
[[nodiscard]] constexpr MemoryRequest unpack_memory_request(std::uint64_t word) {
  return {.ticket = word >> memory_request_bits, .mebibytes = word & most_mebibytes};
}

[[nodiscard]] constexpr std::uint64_t mebibytes_of(std::uint64_t bytes) {
  return std::min((bytes >> 20U) + ((bytes & 0xFFFFFU) != 0 ? 1 : 0), most_mebibytes);
}

}  // namespace wm
