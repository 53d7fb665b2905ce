#pragma once

// The descriptors with which a worker starts, by number. A worker never opens anything shared by name.

namespace wm::inherited {

inline constexpr int segment = 3;  // memory file of the segment
inline constexpr int job = 4;      // sealed memory file with the JobDescription
inline constexpr int ready = 5;    // eventfd, semaphore: a slot may be READY
inline constexpr int done = 6;     // eventfd: a slot may be DONE, or the worker's phase changed
inline constexpr int log = 7;      // eventfd: a ring may hold records
inline constexpr int space = 8;  // eventfd of this worker: its ring may have room again, or memory is granted
inline constexpr int lifeline = 9;  // read end of a pipe that nobody writes to: hang-up = the supervisor died
inline constexpr int crash_record = 10;  // file of this worker's life: its current position, and how it died
inline constexpr int end = 11;

}  // namespace wm::inherited
