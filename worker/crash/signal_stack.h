#pragma once

// The stack on which a thread handles signals: mapped, with a guard page below it, so that a thread whose own
// stack has overflowed can still be recorded. Belongs to the thread that creates it, and must not outlive it.

#include <cstddef>

namespace wm::crash {

class SignalStack {
 public:
  /// If there is no memory, the thread goes without.
  SignalStack() noexcept;
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* mapping_;
  std::size_t bytes_;
};

}  // namespace wm::crash
