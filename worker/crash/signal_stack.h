#pragma once

// The stack on which a thread handles signals: mapped, with a guard page below it, so that a thread whose own
// stack has run over can still tell about it. For the thread that makes it, and as long as that lives.

#include <cstddef>

namespace wm::crash {

class SignalStack {
 public:
  /// A thread without memory for it goes without.
  SignalStack() noexcept;
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* mapping_;
  std::size_t bytes_;
};

}  // namespace wm::crash
