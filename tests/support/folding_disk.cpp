#include "tests/support/folding_disk.h"

#include <sys/mount.h>

#include <filesystem>
#include <utility>

#include "tests/support/run_program.h"

namespace wm::test {
namespace {

// Each in its turn, until one can be mounted.
constexpr const char* script = R"(
PATH=$PATH:/usr/sbin:/sbin
exec >/dev/null
mkdir -p "$1"
truncate -s 64M "$2"
if mkfs.ext4 -q -F -O casefold -E encoding=utf8 "$2" && mount -o loop "$2" "$1"; then
  mkdir "$1/folds" && chattr +F "$1/folds" && mount --bind "$1/folds" "$1" && exit
  umount "$1"
fi
mkfs.vfat "$2" && mount -o loop,iocharset=utf8 "$2" "$1"
)";

}  // namespace

FoldingDisk::FoldingDisk(std::string directory, const std::string& image) : directory_(std::move(directory)) {
  const ProgramResult made = run_program({"/bin/sh", "-c", script, "sh", directory_, image});
  if (made.exit_code == 0) return;
  const std::string last = made.err.substr(0, made.err.find_last_not_of('\n') + 1);
  problem_ = "no file system that folds case can be mounted here: " + last.substr(last.rfind('\n') + 1);
}

FoldingDisk::~FoldingDisk() {
  while (problem_.empty() && ::umount2(directory_.c_str(), MNT_DETACH) == 0) {
  }
}

}  // namespace wm::test
