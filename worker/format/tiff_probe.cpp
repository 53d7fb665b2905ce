#include "worker/format/tiff_probe.h"

#include <array>
#include <span>

#include "worker/format/file_reader.h"

namespace wm {
namespace {

/// Numbers in the file's own byte order; 0 where the file ends.
class NumberReader {
 public:
  NumberReader(FileReader file, bool big_endian) : file_(file), big_endian_(big_endian) {}

  [[nodiscard]] std::uint64_t at(std::uint64_t position, std::size_t bytes) const noexcept {
    std::array<std::byte, 8> raw{};
    if (!file_.read_exactly(position, std::span(raw).first(bytes))) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = value << 8 | std::to_integer<std::uint64_t>(raw[big_endian_ ? i : bytes - 1 - i]);
    }
    return value;
  }

 private:
  FileReader file_;
  bool big_endian_;
};

constexpr std::uint64_t type_short = 3;
constexpr std::uint64_t max_entries = 4096;

}  // namespace

TiffTraits probe_tiff_header(int fd) noexcept {
  TiffTraits traits;
  const FileReader file(fd);
  std::array<std::byte, 2> order{};
  if (!file.read_exactly(0, order)) return traits;
  const NumberReader number(file, order[0] == std::byte{'M'});
  traits.big = number.at(2, 2) == 43;

  const std::uint64_t directory = traits.big ? number.at(8, 8) : number.at(4, 4);
  const std::size_t count_size = traits.big ? 8 : 2;
  const std::uint64_t entry_size = traits.big ? 20 : 12;
  const std::uint64_t value_at = traits.big ? 12 : 8;
  const std::uint64_t entries = number.at(directory, count_size);
  for (std::uint64_t i = 0; i < entries && i < max_entries; ++i) {
    const std::uint64_t entry = directory + count_size + i * entry_size;
    const std::uint64_t tag = number.at(entry, 2);
    if (tag > 323) break;  // tags are sorted
    const std::size_t size = number.at(entry + 2, 2) == type_short ? 2 : 4;
    if (tag == 258) {
      // Three samples do not fit into the entry, which then says where they are.
      const bool one = number.at(entry + 4, traits.big ? 8 : 4) * 2 <= (traits.big ? 8 : 4);
      traits.bits = number.at(one ? entry + value_at : number.at(entry + value_at, traits.big ? 8 : 4), 2);
    }
    if (tag == 262) traits.photometric = number.at(entry + value_at, size);
    if (tag == 259) traits.compression = number.at(entry + value_at, size);
    if (tag == 322) traits.tile_width = number.at(entry + value_at, size);
    if (tag == 323) traits.tile_height = number.at(entry + value_at, size);
  }
  return traits;
}

}  // namespace wm
