#pragma once

// Inputs between the scan and the journal's thread: at most 1024, and of the ones that a crash has made
// suspect 65,536, which come after all others. JournalThread's lock guards it, except where it says
// otherwise.

#include <cstddef>
#include <deque>

#include "supervisor/input/input_file.h"

namespace wm {

class InputQueue {
 public:
  [[nodiscard]] bool has_room() const noexcept;
  void push(InputFile input) { inputs_.push_back(std::move(input)); }
  /// The scan pushes nothing more.
  void end() noexcept { ended_ = true; }
  /// Nobody wants an input any more.
  void close() noexcept { closed_ = true; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }
  /// Inputs that were pushed and not admitted; suspects that wait are none of them.
  [[nodiscard]] std::size_t size() const noexcept { return inputs_.size() + turn_size_; }
  /// Whether a turn would find an input.
  [[nodiscard]] bool has_work() const noexcept { return size() > 0 || (ended_ && !suspects_.empty()); }
  /// The scan has ended, and all inputs were admitted.
  [[nodiscard]] bool is_used_up() const noexcept { return ended_ && size() == 0 && suspects_.empty(); }

  /// Takes inputs for a turn, unless the last one has left some. True: the scan has enough room to be woken.
  bool begin_turn();
  void end_turn();

  // ---- in a turn, without the lock: the journal's thread ----

  /// Null at the end of the turn.
  [[nodiscard]] const InputFile* front() const noexcept { return turn_.empty() ? nullptr : &turn_.front(); }
  void pop() { turn_.pop_front(); }
  [[nodiscard]] bool suspects_may_wait() const noexcept;
  /// The front one waits for all others.
  void postpone();

 private:
  std::deque<InputFile> inputs_;
  std::deque<InputFile> turn_;      // the journal's thread's
  std::size_t turn_size_ = 0;       // before the turn that is going on
  std::size_t turn_limit_ = 16;     // grows: at first the workers wait
  std::deque<InputFile> suspects_;  // changes in turns only, and nobody looks at it while turn_size_ > 0
  bool suspects_released_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace wm
