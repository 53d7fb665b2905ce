#pragma once

// Directories of a TIFF structure: TIFF files (TIFF 6.0 section 2, BigTIFF as documented by libtiff), EXIF
// blocks, MPF indices. Every offset and size is checked once, here. Reads single directories only, so callers
// must bound cyclic chains. Borrows the bytes.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/container/bytes.h"

namespace wm::container {

enum TiffType : std::uint16_t {
  tiff_byte = 1,
  tiff_ascii = 2,
  tiff_short = 3,
  tiff_long = 4,
  tiff_rational = 5,
  tiff_undefined = 7,
  tiff_srational = 10,
  tiff_ifd = 13,
  tiff_long8 = 16,
  tiff_ifd8 = 18,
  tiff_utf8 = 129,  // EXIF 3.0
};

/// Bytes of one value; 0 for an unknown type.
[[nodiscard]] std::size_t tiff_type_size(std::uint16_t type);
/// The number of bytes that are swapped together: 1, 2, 4 or 8.
[[nodiscard]] std::size_t tiff_word_size(std::uint16_t type);

/// The number format of a structure.
struct TiffLayout {
  Endian order = Endian::little;
  bool big = false;  // BigTIFF: 64-bit counts and offsets
  [[nodiscard]] std::size_t offset_size() const { return big ? 8 : 4; }
  [[nodiscard]] std::size_t count_size() const { return big ? 8 : 2; }  // of a directory's entries
  [[nodiscard]] std::size_t entry_size() const { return big ? 20 : 12; }
  [[nodiscard]] std::size_t header_size() const { return big ? 16 : 8; }
  [[nodiscard]] std::size_t first_pointer_at() const { return big ? 8 : 4; }
};

struct TiffField {
  std::uint16_t tag = 0, type = 0;
  std::uint64_t count = 0;
  std::size_t entry_at = 0;  // of its bytes in the directory
  std::size_t value_at = 0;  // in the entry itself or elsewhere
  std::size_t size = 0;      // of the value in bytes
  bool sound = false;        // known type, value inside the block; the other fields are meaningless if false
  bool is_inline = false;    // the value is in the entry
  [[nodiscard]] ByteRange range() const { return {value_at, value_at + size}; }
};

struct TiffDirectory {
  std::size_t at = 0, end = 0;  // its table, with the pointer to the next one
  std::vector<TiffField> fields;
  std::size_t next_at = 0;  // of that pointer; 0 when the block ends before it
  std::uint64_t next = 0;
  /// The first sound field of that tag, or null.
  [[nodiscard]] const TiffField* find(std::uint16_t tag) const;
};

class TiffReader {
 public:
  /// Nullopt unless the block begins with the header of a classic TIFF.
  [[nodiscard]] static std::optional<TiffReader> open(ByteSpan block);
  /// Likewise, but also accepts a BigTIFF.
  [[nodiscard]] static std::optional<TiffReader> open_file(ByteSpan file);

  [[nodiscard]] ByteSpan block() const { return block_; }
  [[nodiscard]] TiffLayout layout() const { return layout_; }
  [[nodiscard]] Endian order() const { return layout_.order; }
  [[nodiscard]] std::uint64_t first_directory() const { return offset_at(layout_.first_pointer_at()); }
  /// For a table that the block cuts off, the entries within the block. Nullopt if there are none, or `at` is
  /// within the header.
  [[nodiscard]] std::optional<TiffDirectory> directory(std::uint64_t at) const;
  /// The directory that a field of `parent` points to.
  [[nodiscard]] std::optional<TiffDirectory> child(const std::optional<TiffDirectory>& parent,
                                                   std::uint16_t tag) const;
  [[nodiscard]] ByteSpan value(const TiffField& field) const {
    return part(block_, field.value_at, field.size);
  }
  /// Value `index` of a BYTE, SHORT or LONG; 0 if there is none.
  [[nodiscard]] std::uint32_t number(const TiffField& field, std::size_t index = 0) const;
  [[nodiscard]] std::uint32_t number(const TiffDirectory& directory, std::uint16_t tag) const;
  /// The first value of a field that contains an offset, of 32 or 64 bits.
  [[nodiscard]] std::uint64_t offset(const TiffField& field) const;

 private:
  TiffReader(ByteSpan block, TiffLayout layout) : block_(block), layout_(layout) {}
  [[nodiscard]] std::uint64_t offset_at(std::size_t at) const;
  [[nodiscard]] TiffField field_at(std::size_t at) const;
  ByteSpan block_;
  TiffLayout layout_;
};

/// "II+\0" or "MM\0+".
[[nodiscard]] bool is_big_tiff(ByteSpan bytes);

}  // namespace wm::container
