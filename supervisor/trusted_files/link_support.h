#pragma once

// Whether a file system supports links. FAT and exFAT support neither links nor permissions: if mounted
// without a umask, everybody may write there, but nothing there can lead elsewhere. Any thread.

namespace wm {

/// For the file system of an open directory. If its type does not decide it (FUSE), a link is made and
/// removed again. True if it cannot be found out.
[[nodiscard]] bool knows_links(int directory) noexcept;

}  // namespace wm
