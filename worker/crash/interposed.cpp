#include "worker/crash/interposed.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <typeinfo>

#include "worker/crash/fault_handler.h"
#include "worker/crash/signal_stack.h"

namespace {

thread_local std::uint64_t throw_pc = 0;

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The names and types are those of the libraries.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming,bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name)
/// The replaced functions. Resolved once: dlsym() is slow and must not be called in a dying process.
struct Real {
  using Exit = void(int);
  using Throw = void(void*, std::type_info*, void (*)(void*));
  Exit* exit = next<Exit>("exit");
  Exit* _exit = next<Exit>("_exit");
  Exit* _Exit = next<Exit>("_Exit");
  Exit* quick_exit = next<Exit>("quick_exit");
  Throw* cxa_throw = next<Throw>("__cxa_throw");
};

const Real& real() {
  static const Real functions;
  return functions;
}

struct ThreadStart {
  void* (*function)(void*);
  void* argument;
};

extern "C" void* wm_thread_with_signal_stack(void* start_pointer);
extern "C" void* wm_thread_with_signal_stack(void* start_pointer) {
  const ThreadStart start = *static_cast<ThreadStart*>(start_pointer);
  delete static_cast<ThreadStart*>(start_pointer);
  const wm::crash::SignalStack stack;
  return start.function(start.argument);
}

}  // namespace

namespace wm::crash {

void look_up_replaced_functions() {
  static_cast<void>(real());
}

std::uint64_t last_throw() noexcept {
  return throw_pc;
}

}  // namespace wm::crash

extern "C" {

[[gnu::visibility("default")]] int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                                  void* (*function)(void*), void* argument) noexcept {
  static auto* const create =
      next<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  auto* const start = new (std::nothrow) ThreadStart{function, argument};
  if (start == nullptr) return EAGAIN;
  const int error = create(thread, attributes, &wm_thread_with_signal_stack, start);
  if (error != 0) delete start;
  return error;
}

// glibc declares three of them as never throwing, although their handlers may throw; Clang insists on the
// declaration.
#ifdef __clang__
#define WM_MAY_THROW noexcept
#else
#define WM_MAY_THROW noexcept(false)
#endif
#define WM_INTERPOSE_EXIT(name, exceptions)                                        \
  [[gnu::visibility("default"), gnu::noreturn]] void name(int status) exceptions { \
    ucontext_t here;                                                               \
    ::getcontext(&here);                                                           \
    wm::crash::record_exit(status, &here);                                         \
    real().name(status);                                                           \
    __builtin_unreachable();                                                       \
  }

WM_INTERPOSE_EXIT(exit, WM_MAY_THROW)
WM_INTERPOSE_EXIT(_exit, noexcept(false))
WM_INTERPOSE_EXIT(_Exit, WM_MAY_THROW)
WM_INTERPOSE_EXIT(quick_exit, WM_MAY_THROW)
#undef WM_MAY_THROW
#undef WM_INTERPOSE_EXIT

[[gnu::visibility("default"), noreturn]] void __cxa_throw(void* object, std::type_info* type,
                                                          void (*destructor)(void*));
void __cxa_throw(void* object, std::type_info* type, void (*destructor)(void*)) {
  throw_pc = reinterpret_cast<std::uint64_t>(__builtin_return_address(0));
  real().cxa_throw(object, type, destructor);
  __builtin_unreachable();
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming,bugprone-macro-parentheses,readability-inconsistent-declaration-parameter-name)
