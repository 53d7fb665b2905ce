#pragma once

// Inputs on their way from the scan to the journal's thread: at most 1024, plus up to 65,536 suspects (see
// SuspectsMay), which come after all others. Guarded by JournalThread's lock, unless stated otherwise.

#include <cstddef>
#include <deque>

#include "supervisor/input/input_file.h"

namespace wm {

class InputQueue {
 public:
  [[nodiscard]] bool has_room() const noexcept;
  void push(InputFile input) { inputs_.push_back(std::move(input)); }
  /// The scan will push nothing more.
  void end() noexcept { ended_ = true; }
  /// No more inputs are wanted.
  void close() noexcept { closed_ = true; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  /// Inputs that were pushed and not yet admitted, without the waiting suspects.
  [[nodiscard]] std::size_t size() const noexcept { return inputs_.size() + turn_size_; }
  /// Whether a turn would find an input.
  [[nodiscard]] bool has_work() const noexcept { return size() > 0 || (ended_ && !suspects_.empty()); }
  /// The scan has ended, and all inputs were admitted.
  [[nodiscard]] bool is_used_up() const noexcept { return ended_ && size() == 0 && suspects_.empty(); }

  /// Takes inputs for a turn, unless the last turn left some. True: there is enough room to wake the scan.
  bool begin_turn();
  void end_turn();

  // ---- in a turn, without the lock: the journal's thread ----

  /// Null at the end of the turn.
  [[nodiscard]] const InputFile* front() const noexcept { return turn_.empty() ? nullptr : &turn_.front(); }
  /// The front one, and what follows it in this turn.
  [[nodiscard]] const std::deque<InputFile>& turn() const noexcept { return turn_; }
  void pop() { turn_.pop_front(); }
  [[nodiscard]] bool suspects_may_wait() const noexcept;
  /// Moves the front one after all others.
  void postpone();

 private:
  std::deque<InputFile> inputs_;
  std::deque<InputFile> turn_;      // belongs to the journal's thread
  std::size_t turn_size_ = 0;       // of turn_ when the current turn began
  std::size_t turn_limit_ = 16;     // grows: at first the workers are waiting
  std::deque<InputFile> suspects_;  // changes in turns only, and is not read while turn_size_ > 0
  bool suspects_released_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace wm
