#include "supervisor/preview/preview_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "common/os/file_mode.h"
#include "common/preview/preview_request.h"

namespace wm {
namespace {

/// The text chunks of a preview's PNG file precede its pixels.
bool begins_as_preview(int fd) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  const std::string_view beginning(bytes.data(), static_cast<std::size_t>(got));
  const std::string text = std::string(preview_keyword) + '\0';
  return beginning.starts_with("\x89PNG\r\n\x1A\n") &&
         (beginning.find("tEXt" + text) != std::string_view::npos ||
          beginning.find("zTXt" + text) != std::string_view::npos);
}

}  // namespace

mode_t common_mode(std::span<const std::string> inputs) {
  mode_t mode = all_of_file;
  for (const std::string& input : inputs) {
    struct stat status {};  // mode 0 if the file has vanished
    if (::stat(input.c_str(), &status) == 0) leave_out_denials(input.c_str(), status);
    mode &= mode_at_creation(status.st_mode, all_of_file);
  }
  return mode;
}

PreviewFile::PreviewFile(const std::string& path, std::string said, Overwrite overwrite)
    : file_(path, std::move(said), [overwrite](int fd) -> std::string {
        if (overwrite == Overwrite::never) return "exists, and --overwrite never leaves it";
        if (fd >= 0 && begins_as_preview(fd)) return {};
        return "exists and is no preview, which alone would be replaced; name another file";
      }) {}

void PreviewFile::write(std::span<const std::byte> png, std::span<const std::string> inputs) {
  file_.begin(common_mode(inputs));
  file_.write(png);
  file_.commit();
}

}  // namespace wm
