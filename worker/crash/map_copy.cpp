#include "worker/crash/map_copy.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "worker/crash/raw_calls.h"

namespace wm::crash {
namespace {

constexpr std::size_t red_zone = 128;  // x86-64: used memory below the stack pointer
constexpr std::size_t overflow_reach = std::size_t{1} << 20;

/// The start of the main thread's stack: above it are the program's arguments and environment, which may
/// contain secrets. Defined by the dynamic linker.
extern "C" void* const __libc_stack_end;

class MapCopy {
 public:
  MapCopy(int record_fd, std::uint64_t area, SnapshotHeader& header, StackEnd* stacks) noexcept
      : fd_(record_fd), area_(area), header_(header), stacks_(stacks) {}

  void read() noexcept {
    const long maps = ::syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0) return;
    static char text[8192];
    std::size_t kept = 0;
    for (;;) {
      const long got = ::syscall(SYS_read, maps, text + kept, sizeof text - kept);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      const auto fresh = static_cast<std::uint64_t>(got);
      if (header_.map_bytes + fresh <= max_map_bytes) {
        header_.map_bytes += put(fd_, text + kept, fresh, area_ + header_.map_offset + header_.map_bytes);
      }
      const std::size_t filled = kept + fresh;
      kept = take_lines(text, filled);
      if (kept == sizeof text) kept = 0;  // no line is that long
    }
    ::syscall(SYS_close, maps);
  }

 private:
  /// Returns the length of an unfinished line, which is moved to the front.
  std::size_t take_lines(char* text, std::size_t filled) noexcept {
    const char* line = text;
    const char* const end = text + filled;
    for (const char* letter = text; letter < end; ++letter) {
      if (*letter != '\n') continue;
      take_line(line, letter);
      line = letter + 1;
    }
    const auto rest = static_cast<std::size_t>(end - line);
    std::memmove(text, line, rest);
    return rest;
  }

  /// "start-end perms offset dev inode path"
  void take_line(const char* text, const char* end) noexcept {
    const std::uint64_t start = take_number(text, end, 16);
    if (text < end) ++text;
    const std::uint64_t stop = take_number(text, end, 16);
    if (end - text < 7) return;
    const bool readable = text[1] == 'r';
    const bool writable = text[2] == 'w';
    text += 6;
    const std::uint64_t offset = take_number(text, end, 16);
    if (readable && writable) note_stacks(start, stop);
    const bool is_file = std::find(text, end, '/') != end;
    if (readable && offset == 0 && is_file) copy_module(start, stop);
  }

  void note_stacks(std::uint64_t start, std::uint64_t end) noexcept {
    const auto first_frame = reinterpret_cast<std::uint64_t>(__libc_stack_end);
    if (start < first_frame && first_frame < end) end = first_frame;
    for (std::uint32_t i = 0; i < header_.threads; ++i) {
      const std::uint64_t sp = header_.thread[i].sp;
      if (header_.thread[i].answered == 0 || stacks_[i].end != 0) continue;
      if (sp >= start && sp < end) {
        stacks_[i] = {std::max(start, (sp - red_zone) & ~std::uint64_t{15}), end};
      } else if (sp < start && start - sp < overflow_reach) {
        stacks_[i] = {start, end};  // it overflowed: below is the guard page
      }
    }
  }

  void copy_module(std::uint64_t start, std::uint64_t end) noexcept {
    if (header_.modules == max_snapshot_modules) return;
    const std::uint64_t at = area_ + header_.modules_offset + header_.modules * sizeof(ModuleHead);
    const std::uint64_t bytes = put(fd_, start, std::min<std::uint64_t>(end - start, module_head_bytes),
                                    at + offsetof(ModuleHead, head));
    const std::uint64_t prefix[] = {start, bytes};
    if (put(fd_, prefix, sizeof prefix, at) == sizeof prefix) ++header_.modules;
  }

  int fd_;
  std::uint64_t area_;
  SnapshotHeader& header_;
  StackEnd* stacks_;
};

}  // namespace

void copy_memory_map(int record_fd, std::uint64_t area, SnapshotHeader& header, StackEnd* stacks) noexcept {
  MapCopy(record_fd, area, header, stacks).read();
}

}  // namespace wm::crash
