#include "worker/crash/recorder.h"

#include <cxxabi.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <typeinfo>

#include "common/crash/mapped_crash_record.h"
#include "worker/crash/fault_handler.h"
#include "worker/crash/interposed.h"
#include "worker/crash/signal_stack.h"

namespace wm::crash {
namespace {

CrashRecordHead* head = nullptr;  // for the life of the process

void set_state(CrashRecordState state) noexcept {
  head->state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

/// Field 22 of /proc/self/stat: when this process started, in clock ticks after boot.
std::uint64_t start_ticks() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/stat", "re"),
                                                             &std::fclose);
  char line[1024];
  if (!file || std::fgets(line, sizeof line, file.get()) == nullptr) return 0;
  const char* const behind_name = std::strrchr(line, ')');
  unsigned long long ticks = 0;
  if (behind_name == nullptr ||
      std::sscanf(behind_name + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &ticks) != 1) {
    return 0;
  }
  return ticks;
}

/// Records an uncaught exception. The stack is still that of the throw: it has not been unwound.
[[noreturn]] void on_terminate() {
  head->throw_pc.store(last_throw(), std::memory_order_relaxed);
  if (const std::type_info* const type = abi::__cxa_current_exception_type()) {
    int status = -1;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
    leave_note(RecordedNoteKind::exception_type, status == 0 ? name.get() : type->name());
    try {
      std::rethrow_exception(std::current_exception());
    } catch (const std::exception& error) {
      leave_note(RecordedNoteKind::exception_message, error.what());
    } catch (...) {
      // Only its type is known.
    }
  }
  std::abort();
}

RecordedTask& present() noexcept {
  return head->history[(head->tasks.load(std::memory_order_relaxed) - 1) % recorded_history];
}

}  // namespace

void arm(int record_fd) {
  static std::optional<MappedCrashRecord> crash_record;
  crash_record.emplace(MappedCrashRecord::attach(UniqueFd(record_fd)));
  head = &crash_record->head();
  head->pid = ::getpid();
  head->start_ticks = start_ticks();
  look_up_replaced_functions();
  static SignalStack main_stack;
  install_fault_handlers(*head, crash_record->fd());
  std::set_terminate(on_terminate);
  set_state(CrashRecordState::armed);
}

void begin_task(const Task& task) noexcept {
  if (head == nullptr) return;
  const std::uint64_t index = head->tasks.load(std::memory_order_relaxed);
  RecordedTask& entry = head->history[index % recorded_history];
  entry.task = number(task.id);
  entry.attempt = task.attempt;
  entry.result = 0;
  entry.path_bytes = static_cast<std::uint32_t>(std::min(task.input.size(), max_path_bytes));
  std::memcpy(entry.path, task.input.data(), entry.path_bytes);
  entry.path[entry.path_bytes] = '\0';
  head->stage.store(static_cast<std::uint32_t>(Stage::decode), std::memory_order_relaxed);
  head->tasks.store(index + 1, std::memory_order_release);
  head->task.store(entry.task, std::memory_order_release);
}

void enter_stage(Stage stage) noexcept {
  if (head != nullptr) head->stage.store(static_cast<std::uint32_t>(stage), std::memory_order_relaxed);
}

void announce_output(TaskId task, Result result, const OutputIdentity& identity) noexcept {
  if (head == nullptr) return;
  const std::uint64_t index = head->outputs_announced.load(std::memory_order_relaxed);
  head->outputs[index % recorded_outputs] = {
      .task = number(task), .result = static_cast<std::uint64_t>(result), .identity = identity};
  head->outputs_announced.store(index + 1, std::memory_order_release);
}

void end_task(bool marked) noexcept {
  if (head == nullptr) return;
  present().result = marked ? 1 : 2;
  head->task.store(0, std::memory_order_release);
}

void keep_log_line(std::int64_t time_ns, LogLevel level, std::uint64_t task, std::string_view text) noexcept {
  if (head == nullptr) return;
  const std::uint64_t index = head->log_lines.load(std::memory_order_relaxed);
  RecordedLogLine& line = head->log[index % recorded_log_lines];
  line.time_ns = time_ns;
  line.task = task;
  line.level = static_cast<std::uint32_t>(level);
  line.bytes = static_cast<std::uint32_t>(std::min(text.size(), recorded_log_text));
  std::memcpy(line.text, text.data(), line.bytes);
  head->log_lines.store(index + 1, std::memory_order_release);
}

void leave_note(RecordedNoteKind kind, std::string_view text) noexcept {
  if (head == nullptr) return;
  RecordedNote& note = head->notes[static_cast<std::size_t>(kind)];
  const auto bytes = static_cast<std::uint32_t>(std::min(text.size(), recorded_note_text));
  note.bytes.store(0, std::memory_order_release);
  std::memcpy(note.text, text.data(), bytes);
  note.bytes.store(bytes, std::memory_order_release);
}

void leaving() noexcept {
  if (head != nullptr) set_state(CrashRecordState::ended);
}

}  // namespace wm::crash
