#include <bit>
#include <string>
#include <vector>

#include "worker/container/inflater.h"
#include "worker/container/png_chunks.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

using container::ByteSpan;
using container::Inflater;
using container::PngChunk;
using container::PngChunks;
using container::PngHeader;
using container::PngPass;

// Unpacking the rows of a photograph takes about a tenth of the time of packing them. This much is always
// checked, and everything if an index could be wrong.
constexpr std::uint64_t always_unpacked = std::uint64_t{64} << 10;

/// Checks every index in the stream of unpacked bytes.
class RowCheck {
 public:
  RowCheck(const PngHeader& header, std::size_t colours)
      : header_(header), bits_(static_cast<std::uint32_t>(header.depth)), colours_(colours) {
    for (const PngPass& pass : header.passes()) {
      if (pass.rows > 0) passes_.push_back(pass);
      bytes_ += header.row_bytes(pass.columns) * pass.rows;
    }
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] bool looks_at_indices() const { return colours_ < std::size_t{1} << bits_; }

  void take(ByteSpan bytes) {
    taken_ += bytes.size();
    if (taken_ > bytes_) throw Unsound("it has more pixels than its header says");
    for (const std::byte each : bytes) {
      const auto byte = std::to_integer<std::uint8_t>(each);
      if (in_row_ == 0) {
        begin_row(byte);
      } else if (header_.is_indexed() && !filtered_) {
        check_indices(byte);
      }
      if (++in_row_ == row_bytes_) end_row();
    }
  }

 private:
  void begin_row(std::uint8_t filter) {
    constexpr std::uint8_t paeth = 4;
    if (filter > paeth) throw Unsound("a row has a filter that does not exist");
    filtered_ = filter != 0;  // none of our encoders filters indices
    row_bytes_ = header_.row_bytes(passes_[pass_].columns);
    left_ = passes_[pass_].columns;
  }

  void end_row() {
    in_row_ = 0;
    if (++row_ == passes_[pass_].rows) {
      row_ = 0;
      ++pass_;
    }
  }

  void check_indices(std::uint8_t byte) {
    for (std::uint32_t shift = 8; shift >= bits_ && left_ > 0; shift -= bits_, --left_) {
      const std::uint32_t index = std::uint32_t{byte} >> (shift - bits_) & ((1U << bits_) - 1);
      if (index >= colours_) {
        throw Unsound("it has index " + std::to_string(index) + ", and " + std::to_string(colours_) +
                      " colours");
      }
    }
  }

  PngHeader header_;
  std::vector<PngPass> passes_;
  std::uint32_t bits_;
  std::size_t colours_;
  std::uint64_t bytes_ = 0, taken_ = 0, in_row_ = 0, row_bytes_ = 1;
  std::uint32_t row_ = 0, left_ = 0;
  std::size_t pass_ = 0;
  bool filtered_ = false;
};

std::size_t colours_of(const PngChunks& chunks, const PngHeader& header) {
  const std::size_t most = std::size_t{1} << header.depth;
  if (!header.is_indexed()) return most;
  const PngChunk* const palette = chunks.find("PLTE");
  if (palette == nullptr || palette->data.empty() || palette->data.size() % 3 != 0) {
    throw Unsound("it has no sound palette");
  }
  const std::size_t colours = palette->data.size() / 3;
  if (colours > most) throw Unsound("its palette is larger than its indices are");
  return colours;
}

void check_chunks(const PngChunks& chunks) {
  bool in_data = false;
  bool after_data = false;
  for (const PngChunk& chunk : chunks.chunks) {
    if (!container::has_right_crc(chunk)) {
      throw Unsound("the chunk " + std::string(chunk.type) + " has a wrong checksum");
    }
    const bool data = chunk.is("IDAT");
    if (data && after_data) throw Unsound("another chunk lies between its IDAT chunks");
    after_data = after_data || (in_data && !data);
    in_data = in_data || data;
    if (chunk.is("PLTE") && in_data) throw Unsound("its palette comes after the pixels");
  }
  if (!in_data) throw Unsound("it has no IDAT chunk");
  if (!chunks.chunks.back().is("IEND")) throw Unsound("it does not end with IEND");
}

void check_rows(const PngChunks& chunks, const PngHeader& header) {
  RowCheck rows(header, colours_of(chunks, header));
  const bool whole = rows.bytes() <= always_unpacked || rows.looks_at_indices();
  const std::uint64_t most = whole ? UINT64_MAX : always_unpacked;
  Inflater inflater;
  std::uint64_t unpacked = 0;
  for (const PngChunk& chunk : chunks.chunks) {
    if (!chunk.is("IDAT")) continue;
    inflater.unpack(chunk.data, [&](ByteSpan made) {
      rows.take(made);
      unpacked += made.size();
      return unpacked < most;
    });
    if (inflater.state() == Inflater::State::damaged) throw Unsound("its pixels cannot be unpacked");
    if (unpacked >= most) return;
  }
  if (inflater.state() != Inflater::State::ended) throw Unsound("its pixels do not end");
  if (unpacked != rows.bytes()) throw Unsound("it has fewer pixels than its header says");
}

}  // namespace

Facts examine_png(std::span<const std::byte> file) {
  const auto chunks = container::read_png_chunks(file);
  if (!chunks) throw Unsound("it does not begin as a PNG");
  const auto header = container::read_png_header(file);
  if (!header || chunks->chunks.empty() ||
      chunks->chunks.front().data.size() != container::png_header_bytes) {
    throw Unsound("it does not begin with a whole IHDR");
  }
  const auto depth = static_cast<std::uint32_t>(header->depth);
  if (!std::has_single_bit(depth) || depth > 16) throw Unsound("it has a depth that does not exist");
  check_chunks(*chunks);
  check_rows(*chunks, *header);
  return {.width = header->width,
          .height = header->height,
          .bits = depth,
          .channels = header->is_indexed() ? 0 : header->channels()};
}

}  // namespace wm::soundness
