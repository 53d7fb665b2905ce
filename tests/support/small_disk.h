#pragma once

// A file system with a known amount of room, for tests of full disks. It is mounted in a namespace of the
// test's own, which no other process sees and which vanishes with it.

#include <string>

namespace wm::test {

/// Enters a mount namespace of its own, as root or in a user namespace. Must be called before threads start.
/// Returns why that is not possible here, "" when it is.
[[nodiscard]] std::string enter_own_mounts();

/// A tmpfs mounted on a directory, which is made. Throws std::system_error.
class SmallDisk {
 public:
  /// `room` in tmpfs' own words: "size=256k", "nr_inodes=20".
  SmallDisk(std::string directory, const std::string& room);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void resize(const std::string& room) const;
  /// Writes a file of this name until nothing more fits, then takes `spare` bytes away again.
  void fill(const std::string& name, long spare = 0) const;

 private:
  std::string directory_;
};

/// The directory `from` under another name as well, so that it can lie on another disk than what is around
/// it.
class BindMount {
 public:
  /// Makes both directories. Throws std::system_error.
  BindMount(const std::string& from, std::string to);
  ~BindMount();
  BindMount(const BindMount&) = delete;
  BindMount& operator=(const BindMount&) = delete;

 private:
  std::string to_;
};

}  // namespace wm::test
