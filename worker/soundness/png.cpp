#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <zlib.h>

#include "worker/container/png_chunks.h"
#include "worker/soundness/sound_file.h"

namespace wm::soundness {
namespace {

using container::PngChunk;
using container::u32;
using container::u8;

// Unpacking the rows of a photograph takes as long as a tenth of packing them. So much of it is always
// looked at, and all where an index could be wrong.
constexpr std::uint64_t always_unpacked = std::uint64_t{64} << 10;

enum ColourType : std::uint8_t { grey = 0, rgb = 2, indexed = 3, grey_alpha = 4, rgb_alpha = 6 };

struct Header {
  std::uint32_t width = 0, height = 0;
  std::uint32_t bits = 0;
  std::uint8_t colour_type = 0;
  bool interlaced = false;
  [[nodiscard]] std::uint32_t channels() const {
    switch (colour_type) {
      case rgb:
        return 3;
      case grey_alpha:
        return 2;
      case rgb_alpha:
        return 4;
      default:
        return 1;
    }
  }
  /// With the byte before it.
  [[nodiscard]] std::uint64_t row_bytes(std::uint32_t pixels) const {
    return 1 + (std::uint64_t{pixels} * channels() * bits + 7) / 8;
  }
};

/// The rows of one pass: all of the picture, or one of Adam7.
struct Pass {
  std::uint32_t width = 0, height = 0;
};

std::vector<Pass> passes_of(const Header& header) {
  if (!header.interlaced) return {{header.width, header.height}};
  struct Grid {
    std::uint32_t left, top, across, down;
  };
  constexpr std::array<Grid, 7> adam7{
      {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};
  std::vector<Pass> passes;
  for (const Grid& grid : adam7) {
    if (header.width <= grid.left || header.height <= grid.top) continue;
    passes.push_back({(header.width - grid.left + grid.across - 1) / grid.across,
                      (header.height - grid.top + grid.down - 1) / grid.down});
  }
  return passes;
}

/// Takes the unpacked bytes as they come and looks at every index.
class RowCheck {
 public:
  RowCheck(const Header& header, std::size_t colours)
      : header_(header), passes_(passes_of(header)), colours_(colours) {
    for (const Pass& pass : passes_) bytes_ += header.row_bytes(pass.width) * pass.height;
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] bool looks_at_indices() const { return colours_ < std::size_t{1} << header_.bits; }

  void take(std::span<const std::uint8_t> bytes) {
    taken_ += bytes.size();
    if (taken_ > bytes_) throw Unsound("it has more pixels than its header says");
    for (const std::uint8_t byte : bytes) {
      if (in_row_ == 0) {
        begin_row(byte);
      } else if (header_.colour_type == indexed && !filtered_) {
        check_indices(byte);
      }
      if (++in_row_ == row_bytes_) end_row();
    }
  }

 private:
  void begin_row(std::uint8_t filter) {
    constexpr std::uint8_t paeth = 4;
    if (filter > paeth) throw Unsound("a row has a filter that does not exist");
    filtered_ = filter != 0;  // no encoder here filters indices
    row_bytes_ = header_.row_bytes(passes_[pass_].width);
    left_ = passes_[pass_].width;
  }

  void end_row() {
    in_row_ = 0;
    if (++row_ == passes_[pass_].height) {
      row_ = 0;
      ++pass_;
    }
  }

  void check_indices(std::uint8_t byte) {
    for (std::uint32_t shift = 8; shift >= header_.bits && left_ > 0; shift -= header_.bits, --left_) {
      const std::uint32_t index = std::uint32_t{byte} >> (shift - header_.bits) & ((1U << header_.bits) - 1);
      if (index >= colours_) {
        throw Unsound("it has index " + std::to_string(index) + ", and " + std::to_string(colours_) +
                      " colours");
      }
    }
  }

  Header header_;
  std::vector<Pass> passes_;
  std::size_t colours_;
  std::uint64_t bytes_ = 0, taken_ = 0, in_row_ = 0, row_bytes_ = 1;
  std::uint32_t row_ = 0, left_ = 0;
  std::size_t pass_ = 0;
  bool filtered_ = false;
};

class Inflater {
 public:
  Inflater() {
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Of `data`, the next piece of the stream. Ends early after `most` bytes in all.
  void unpack(std::span<const std::byte> data, std::uint64_t most, RowCheck& rows) {
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
    stream_.avail_in = static_cast<uInt>(data.size());
    while (stream_.avail_in > 0 && !ended_ && unpacked_ < most) {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int state = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t made = buffer_.size() - stream_.avail_out;
      unpacked_ += made;
      rows.take(std::span(buffer_).first(made));
      if (state == Z_STREAM_END) ended_ = true;
      if (state == Z_BUF_ERROR && made == 0) break;
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
        throw Unsound("its pixels cannot be unpacked");
      }
    }
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t unpacked() const { return unpacked_; }

 private:
  z_stream stream_{};
  std::array<Bytef, 32768> buffer_{};
  std::uint64_t unpacked_ = 0;
  bool ended_ = false;
};

Header header_of(const std::vector<PngChunk>& chunks) {
  if (chunks.empty() || !chunks.front().is("IHDR") || chunks.front().data.size() != 13) {
    throw Unsound("it does not begin with a whole IHDR");
  }
  const auto data = chunks.front().data;
  return {.width = u32(data, 0),
          .height = u32(data, 4),
          .bits = u8(data, 8),
          .colour_type = u8(data, 9),
          .interlaced = u8(data, 12) != 0};
}

std::size_t colours_of(const std::vector<PngChunk>& chunks, const Header& header) {
  const std::size_t most = std::size_t{1} << header.bits;
  if (header.colour_type != indexed) return most;
  const auto palette = std::ranges::find_if(chunks, [](const PngChunk& chunk) { return chunk.is("PLTE"); });
  if (palette == chunks.end() || palette->data.empty() || palette->data.size() % 3 != 0) {
    throw Unsound("it has no sound palette");
  }
  const std::size_t colours = palette->data.size() / 3;
  if (colours > most) throw Unsound("its palette is larger than its indices are");
  return colours;
}

void check_chunks(const std::vector<PngChunk>& chunks) {
  bool in_data = false;
  bool after_data = false;
  for (const PngChunk& chunk : chunks) {
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
  if (!chunks.back().is("IEND")) throw Unsound("it does not end with IEND");
}

void check_rows(const std::vector<PngChunk>& chunks, const Header& header) {
  RowCheck rows(header, colours_of(chunks, header));
  const bool whole = rows.bytes() <= always_unpacked || rows.looks_at_indices();
  const std::uint64_t most = whole ? UINT64_MAX : always_unpacked;
  Inflater inflater;
  for (const PngChunk& chunk : chunks) {
    if (chunk.is("IDAT")) inflater.unpack(chunk.data, most, rows);
    if (inflater.unpacked() >= most) return;
  }
  if (!inflater.ended()) throw Unsound("its pixels do not end");
  if (inflater.unpacked() != rows.bytes()) throw Unsound("it has fewer pixels than its header says");
}

}  // namespace

Facts examine_png(std::span<const std::byte> file) {
  const auto chunks = container::read_png_chunks(file);
  if (!chunks) throw Unsound("it does not begin as a PNG");
  const Header header = header_of(chunks->chunks);
  check_chunks(chunks->chunks);
  check_rows(chunks->chunks, header);
  return {.width = header.width,
          .height = header.height,
          .bits = header.bits,
          .channels = header.colour_type == indexed ? 0 : header.channels()};
}

}  // namespace wm::soundness
