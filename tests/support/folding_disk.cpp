#include "tests/support/folding_disk.h"

#include <sys/mount.h>

#include <utility>

#include "tests/support/run_program.h"

namespace wm::test {
namespace {

// $1 is the directory, $2 the image, $3 the step: make, which tries each kind in its turn until one can be
// mounted, or mount, of the kind that was made. exfat-fuse on a block device ends with its mount.
constexpr const char* script = R"sh(
PATH=$PATH:/usr/sbin:/sbin
exec >/dev/null
directory=$1 image=$2
make_casefold() { mkfs.ext4 -q -F -O casefold -E encoding=utf8 "$image"; }
mount_casefold() {
  mount -t ext4 -o loop "$image" "$directory" || return
  { [ -d "$directory/folds" ] || { mkdir "$directory/folds" && chattr +F "$directory/folds"; }; } &&
    mount --bind "$directory/folds" "$directory" || { umount "$directory"; false; }
}
make_vfat() { mkfs.vfat "$image"; }
mount_vfat() { mount -t vfat -o loop,iocharset=utf8 "$image" "$directory"; }
make_exfat() { mkfs.exfat "$image"; }
mount_exfat() { mount -t exfat -o loop,iocharset=utf8 "$image" "$directory"; }
make_fuse() { mkfs.exfat "$image"; }
mount_fuse() {
  device=$(losetup -f --show "$image") || return
  mount.exfat-fuse "$device" "$directory"
  result=$?
  losetup -d "$device"
  return $result
}
[ "$3" = mount ] && { "mount_$(cat "$image.kind")";
exit;
}
mkdir -p "$directory"
for kind in casefold vfat exfat fuse;
do
  rm -f "$image"
  truncate -s 64M "$image"
  "make_$kind" && "mount_$kind" && echo "$kind" >"$image.kind" && exit
done
exit 1
)sh";

}  // namespace

FoldingDisk::FoldingDisk(std::string directory, std::string image)
    : directory_(std::move(directory)), image_(std::move(image)) {
  run_script("make");
}

FoldingDisk::~FoldingDisk() {
  unmount();
}

void FoldingDisk::mount_again() {
  unmount();
  run_script("mount");
}

void FoldingDisk::run_script(const char* step) {
  const ProgramResult done = run_program({"/bin/sh", "-c", script, "sh", directory_, image_, step});
  if (done.exit_code == 0) return;
  const std::string last = done.err.substr(0, done.err.find_last_not_of('\n') + 1);
  problem_ = "no file system that folds case can be mounted here: " + last.substr(last.rfind('\n') + 1);
}

void FoldingDisk::unmount() const {
  while (problem_.empty() && ::umount2(directory_.c_str(), 0) == 0) {
  }
  while (problem_.empty() && ::umount2(directory_.c_str(), MNT_DETACH) == 0) {
  }
}

}  // namespace wm::test
