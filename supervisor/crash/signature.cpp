#include "supervisor/crash/signature.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <xxhash.h>

namespace wm {
namespace {

constexpr std::size_t signature_frames = 3;
constexpr std::size_t key_words = 6;
constexpr std::size_t key_bytes = 16 << 10;  // examined of the stack

/// Functions that carry out a death, matched by the beginning of the name ...
constexpr std::array<std::string_view, 36> carriers{"abort",
                                                    "__GI_abort",
                                                    "raise",
                                                    "__GI_raise",
                                                    "gsignal",
                                                    "__pthread_kill",
                                                    "pthread_kill",
                                                    "tgkill",
                                                    "__libc_message",
                                                    "malloc_printerr",
                                                    "_int_free",
                                                    "_int_malloc",
                                                    "_int_realloc",
                                                    "__libc_free",
                                                    "__GI___libc_",
                                                    "__libc_malloc",
                                                    "malloc_consolidate",
                                                    "malloc",
                                                    "free",
                                                    "realloc",
                                                    "calloc",
                                                    "__fortify_fail",
                                                    "__GI___fortify_fail",
                                                    "__stack_chk_fail",
                                                    "std::terminate",
                                                    "__cxa_throw",
                                                    "__cxa_rethrow",
                                                    "__cxxabiv1::",
                                                    "_Unwind_",
                                                    "wm::crash::",
                                                    "__verbose_terminate",
                                                    "g_log",
                                                    "g_logv",
                                                    "g_abort",
                                                    "__assert_fail",
                                                    "__GI___assert_fail"};
/// ... and these, matched by the whole name.
constexpr std::array<std::string_view, 8> exits{"exit",      "_exit",      "_Exit",   "quick_exit",
                                                "__GI_exit", "__GI__exit", "syscall", "on_terminate"};

bool carries_out(const StackFrame& frame) {
  const std::string& function = frame.function;
  if (function.empty()) return false;
  const bool by_name = std::ranges::find(exits, function) != exits.end();
  return by_name || std::ranges::any_of(carriers, [&](std::string_view carrier) {
           if (!function.starts_with(carrier)) return false;
           const std::string_view rest = std::string_view(function).substr(carrier.size());
           // "free" must not match "free_pictures"; a carrier that ends in ':' or '_' is a prefix.
           const char last = carrier.back();
           return last == ':' || last == '_' || rest.empty() || rest.front() == '(' || rest.front() == '_';
         });
}

/// Nameless frames of the C++ runtime lie between terminate and the throw.
bool is_nameless_runtime(const StackFrame& frame) {
  return frame.function.empty() && frame.module.starts_with("libstdc++");
}

/// Standard library glue between a caller and the function it calls.
bool is_glue(const StackFrame& frame) {
  return frame.file.starts_with("/usr/include/c++/") || frame.function.starts_with("std::function<");
}

std::string frame_name(const StackFrame& frame) {
  const std::string& module = frame.module;
  const std::string function = short_name(frame.function);
  if (!function.empty()) return fmt::format("{}!{}", module, function);
  if (module.empty()) return "?";
  return fmt::format("{}[{}]+{:#x}", module, frame.build_id.substr(0, 8), frame.offset);
}

}  // namespace

std::string short_name(std::string function) {
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = function.find(anonymous)) != std::string::npos;)
    function.erase(at, anonymous.size());
  const std::size_t end = function.find_first_of("(<");
  // "operator()" and "operator<" are names.
  if (end == std::string::npos || (end >= 8 && function.compare(end - 8, 8, "operator") == 0))
    return function;
  return function.substr(0, end);
}

std::string hash8(std::string_view text) {
  return fmt::format("{:08x}", static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()) >> 32));
}

std::size_t frame_at_fault(const std::vector<StackFrame>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (carries_out(frames[i])) continue;
    if (is_nameless_runtime(frames[i]) && i + 1 < frames.size()) continue;
    // After a call through a null pointer, the next frame is the caller.
    if (frames[i].module.empty() && i + 1 < frames.size()) continue;
    return i;
  }
  return 0;
}

Signature signature_of(const SnapshotAnalysis* analysis, std::string_view word, std::string_view stage) {
  Signature signature;
  if (analysis != nullptr && !analysis->threads.empty()) {
    const auto& frames = analysis->threads.front().frames;
    std::string previous;
    for (std::size_t i = frame_at_fault(frames); i < frames.size(); ++i) {
      if (signature.frames.size() == signature_frames) break;
      if (frames[i].left_out > 0 || is_glue(frames[i])) continue;
      std::string name = frame_name(frames[i]);
      if (name == previous) continue;  // recursion of any depth is one frame
      previous = name;
      signature.frames.push_back(std::move(name));
    }
  }
  signature.text = fmt::format("{}{}{}{}{}", word, stage.empty() ? "" : " in ", stage,
                               signature.frames.empty() ? "" : ": ", fmt::join(signature.frames, " | "));
  signature.sig8 = hash8(signature.text);
  return signature;
}

std::string raw_key(const Snapshot* snapshot, std::string_view word, std::string_view stage) {
  std::string key = fmt::format("{}|{}", word, stage);
  if (snapshot == nullptr || snapshot->threads.empty()) return key;
  const MemoryMap map(snapshot->map);
  const auto add = [&](std::uint64_t address) {
    const Mapping* const mapping = map.at(address);
    if (mapping == nullptr || !mapping->executable() || mapping->path.empty()) return false;
    key += fmt::format("|{}+{:x}", mapping->path, address - map.module_start(address));
    return true;
  };
  const ThreadSnapshot& thread = snapshot->threads.front();
  if (!add(thread.record.pc)) key += fmt::format("|{:x}", thread.record.pc == 0 ? 0 : 1);
  std::size_t found = 0;
  for (std::size_t at = 0; at + 8 <= std::min(thread.stack.size(), key_bytes) && found < key_words; at += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, thread.stack.data() + at, sizeof value);
    if (thread.stack_start + at >= thread.record.sp && add(value)) ++found;
  }
  return key;
}

}  // namespace wm
