#include "supervisor/text/journal_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace wm {

bool is_journal_stream(int descriptor, std::string_view journal_stream) noexcept {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  const char* const end = journal_stream.data() + journal_stream.size();
  const auto first = std::from_chars(journal_stream.data(), end, device);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return false;
  const auto second = std::from_chars(first.ptr + 1, end, inode);
  if (second.ec != std::errc() || second.ptr != end) return false;
  struct ::stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

bool stderr_is_journal() noexcept {
  static const bool is_journal = [] {
    const char* const stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): only read
    return stream != nullptr && is_journal_stream(STDERR_FILENO, stream);
  }();
  return is_journal;
}

std::string_view prefix_of(JournalPriority priority) noexcept {
  constexpr std::string_view prefixes = "<0><1><2><3><4><5><6><7>";
  return prefixes.substr(std::size_t{3} * static_cast<std::size_t>(priority), 3);
}

std::string with_priority(std::string_view text, JournalPriority priority) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.append(prefix_of(priority)).append(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

}  // namespace wm
