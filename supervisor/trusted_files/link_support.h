#pragma once

// Whether a file system knows links. FAT and exFAT know neither links nor permissions: everybody may write
// where they are mounted without a umask, but nothing there can lead elsewhere. Any thread.

namespace wm {

/// Of the file system that an open directory is on. Where its kind does not say so (FUSE), a link is made and
/// removed again. True where that cannot be found out.
[[nodiscard]] bool knows_links(int directory) noexcept;

}  // namespace wm
