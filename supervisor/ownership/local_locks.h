#pragma once

// Whether file locks taken in a directory are known to everybody who can see it.

#include <string>

namespace wm {

/// True: the directory is on a disk or in the memory of this machine, so the kernel knows every lock. False:
/// other machines, or another mount of the same tree, may not see it (NFS, FUSE, SMB, …). `directory` is a
/// descriptor. Any thread.
[[nodiscard]] bool locks_are_seen_by_all(int directory) noexcept;

/// Names that disk by type and number; "" when locks are not seen by all. A process that reaches the same
/// directory over a network, or through a file system in user space, gets another name.
[[nodiscard]] std::string local_disk(int directory);

}  // namespace wm
