#include "supervisor/journal/wal_gap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/os/errno_error.h"
#include "common/os/unique_fd.h"
#include "supervisor/ownership/machine_start.h"

namespace wm {
namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::uint32_t magic = 0x377F0682;  // the lowest bit: checksums are over big-endian words

using Bytes = std::span<const std::byte>;

std::uint32_t big_endian_at(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

class Checksum {
 public:
  explicit Checksum(bool big_endian) : swap_(big_endian != (std::endian::native == std::endian::big)) {}

  void add(Bytes bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      sums_.first += word(bytes, at) + sums_.second;
      sums_.second += word(bytes, at + 4) + sums_.first;
    }
  }
  [[nodiscard]] bool is_at(Bytes bytes, std::size_t at) const {
    return sums_ == std::pair{big_endian_at(bytes, at), big_endian_at(bytes, at + 4)};
  }

 private:
  [[nodiscard]] std::uint32_t word(Bytes bytes, std::size_t at) const {
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    return swap_ ? __builtin_bswap32(value) : value;
  }
  bool swap_;
  std::pair<std::uint32_t, std::uint32_t> sums_;
};

/// Fills `buffer` from the file's position `at`. False at the end of the file.
bool read_at(int fd, std::size_t at, std::vector<std::byte>& buffer) {
  const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(at));
  if (got < 0) throw_errno("cannot read the log");
  return got == static_cast<ssize_t>(buffer.size());
}

}  // namespace

bool has_gap(const std::string& wal_path, const std::optional<std::string>& boot_id) {
  const UniqueFd file(::open(wal_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && is_absence(errno)) return false;
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) throw_errno("cannot open the log");
  const MachineStart machine = machine_start();
  const bool is_of_this_boot = boot_id ? !machine.boot_id.empty() && *boot_id == machine.boot_id
                                       : status.st_mtim.tv_sec >= machine.ns / 1'000'000'000;
  if (!is_of_this_boot) return false;

  std::vector<std::byte> header(header_bytes);
  if (!read_at(file.get(), 0, header)) return false;
  Checksum checksum((big_endian_at(header, 0) & 1U) != 0);
  checksum.add(Bytes(header).first(24));
  const std::size_t page_bytes = big_endian_at(header, 8);
  const bool header_is_right = (big_endian_at(header, 0) & ~1U) == magic && checksum.is_at(header, 24) &&
                               page_bytes >= 512 && page_bytes <= 65536;
  if (!header_is_right) return static_cast<std::size_t>(status.st_size) > header_bytes;

  std::vector<std::byte> frame(frame_header_bytes + page_bytes);
  bool wrong = false;
  for (std::size_t at = header_bytes; read_at(file.get(), at, frame); at += frame.size()) {
    // Frames of earlier contents have other salts.
    const bool belongs = std::memcmp(&frame[8], &header[16], 8) == 0;
    // The remains of a killed or failed commit have the same salts, but never the mark of a commit's last
    // frame.
    const bool commits = big_endian_at(frame, 4) != 0;
    if (wrong && belongs && commits) return true;
    if (wrong) continue;
    checksum.add(Bytes(frame).first(8));
    checksum.add(Bytes(frame).subspan(frame_header_bytes));
    wrong = !belongs || !checksum.is_at(frame, 16);
  }
  return false;
}

}  // namespace wm
