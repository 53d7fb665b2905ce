#include "worker/vips/runtime.h"

#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <gmodule.h>
#include <vips/vips.h>

#include "worker/crash/recorder.h"
#include "worker/vips/failure_text.h"

namespace wm {
namespace {

// A damaged TIFF can raise a warning for every row. The last ones are closest to a failure.
constexpr std::size_t max_first_messages = 3;
constexpr std::size_t max_last_messages = 4;

bool is_started = false;

std::mutex messages_mutex;
std::vector<VipsMessage> first_messages;
std::deque<VipsMessage> last_messages;  // later than these
std::size_t messages_lost = 0;

void keep_message(const gchar* domain, GLogLevelFlags flags, const gchar* text, gpointer) {
  if (text != nullptr && std::string_view(text).starts_with("error in tile")) return;  // follows its cause
  const int severity = flags & G_LOG_LEVEL_MASK;
  if (severity >= G_LOG_LEVEL_INFO) return;  // libvips' own messages about every operation
  if (text != nullptr && (severity <= G_LOG_LEVEL_CRITICAL || (flags & G_LOG_FLAG_FATAL) != 0)) {
    crash::leave_note(RecordedNoteKind::glib_fatal, text);
  }
  VipsMessage message{.level = severity <= G_LOG_LEVEL_WARNING ? LogLevel::warning : LogLevel::debug,
                      .domain = domain == nullptr ? "GLib" : domain,
                      .text = one_line_of(text == nullptr ? "" : text)};
  const std::lock_guard lock(messages_mutex);
  const auto same = [&message](const VipsMessage& other) { return other.says_the_same(message); };
  const auto first = std::ranges::find_if(first_messages, same);
  if (first != first_messages.end()) {
    ++first->times;
    return;
  }
  if (first_messages.size() < max_first_messages) {
    first_messages.push_back(std::move(message));
    return;
  }
  // A repeated message moves to the end: it may be the last before the failure.
  const auto last = std::ranges::find_if(last_messages, same);
  if (last != last_messages.end()) {
    message.times = last->times + 1;
    last_messages.erase(last);
  }
  last_messages.push_back(std::move(message));
  if (last_messages.size() <= max_last_messages) return;
  last_messages.pop_front();
  ++messages_lost;
}

std::vector<VipsMessage> kept_messages() {
  std::vector<VipsMessage> all = first_messages;
  all.insert(all.end(), last_messages.begin(), last_messages.end());
  return all;
}

/// libvips searches for its modules below VIPSHOME. Loading them all takes as much time as the rest of the
/// start and brings in libraries (ImageMagick, poppler, OpenSlide) that a worker must not even contain.
class ModulesHidden {
 public:
  ModulesHidden() {
    if (const char* home = std::getenv(variable)) home_ = home;
    ::setenv(variable, "/nonexistent", 1);
  }
  ~ModulesHidden() {
    if (home_) {
      ::setenv(variable, home_->c_str(), 1);
    } else {
      ::unsetenv(variable);
    }
  }
  ModulesHidden(const ModulesHidden&) = delete;
  ModulesHidden& operator=(const ModulesHidden&) = delete;

 private:
  static constexpr const char* variable = "VIPSHOME";
  std::optional<std::string> home_;
};

void initialise() {
  // Each further arena of malloc keeps its own pages; libvips' threads rarely allocate at the same time.
  ::mallopt(M_ARENA_MAX, 2);
  g_log_set_default_handler(keep_message, nullptr);
  // libvips decodes a WebP picture of more than 100 MB into a file below TMPDIR, which stays there when the
  // worker is killed. In memory it counts against the worker's limit.
  ::setenv("VIPS_DISC_THRESHOLD", "4096g", 1);
  {
    const ModulesHidden hidden;
    if (vips_init("wm-worker") != 0) {
      throw std::runtime_error("libvips does not start: " + failure_text(vips_error_buffer()));
    }
  }
  is_started = true;
  vips_cache_set_max(0);
  if (std::getenv("VIPS_CONCURRENCY") == nullptr) vips_concurrency_set(1);
  vips_block_untrusted_set(TRUE);
  // Inputs never reach the SVG loader, which only code selects by name; logos, which the operator chose, may.
  vips_operation_block_set("VipsForeignLoadSvg", FALSE);
}

std::string module_directory() {
  Dl_info library{};
  if (::dladdr(reinterpret_cast<void*>(&vips_init), &library) == 0 || library.dli_fname == nullptr) return {};
  const std::string path = library.dli_fname;
  return path.substr(0, path.find_last_of('/') + 1) + "vips-modules-" + std::to_string(vips_version(0)) +
         "." + std::to_string(vips_version(1)) + "/";
}

}  // namespace

void start_vips() {
  static const bool started = (initialise(), true);
  static_cast<void>(started);
}

void stop_vips() {
  if (std::exchange(is_started, false)) vips_shutdown();
}

void load_heif_module() {
  static const bool loaded = [] {
    if (vips_type_find("VipsOperation", "heifload_source") != 0) return true;  // built in
    // Never closed: types registered by a module cannot be unregistered.
    GModule* module = g_module_open((module_directory() + "vips-heif.so").c_str(), G_MODULE_BIND_LAZY);
    if (module == nullptr) return false;
    g_module_make_resident(module);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoadSvg", FALSE);
    return true;
  }();
  static_cast<void>(loaded);
}

std::vector<VipsMessage> vips_messages() {
  const std::lock_guard lock(messages_mutex);
  return kept_messages();
}

std::vector<VipsMessage> take_vips_messages() {
  const std::lock_guard lock(messages_mutex);
  std::vector<VipsMessage> all = kept_messages();
  if (messages_lost > 0) {
    all.push_back({.level = LogLevel::warning,
                   .domain = "VIPS",
                   .text = "and " + std::to_string(messages_lost) + " more messages"});
  }
  messages_lost = 0;
  first_messages.clear();
  last_messages.clear();
  return all;
}

}  // namespace wm
