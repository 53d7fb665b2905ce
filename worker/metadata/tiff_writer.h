#pragma once

// Appends directories to a TIFF structure, classic or BigTIFF. What is there already does not move, so
// offsets that are hidden in maker notes stay valid. Pure.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/container/tiff_reader.h"
#include "worker/metadata/containers.h"

namespace wm::metadata {

/// A field with its value in the byte order of the block that it goes to.
struct NewField {
  std::uint16_t tag = 0, type = 0;
  std::uint64_t count = 0;
  Bytes value;
};

struct NewChild;

struct NewDirectory {
  std::vector<NewField> fields;
  std::vector<NewChild> children;
  std::vector<std::uint16_t> removed;  // of the directory that is replaced
};

/// A directory that a field of its parent points to.
struct NewChild {
  std::uint16_t tag = 0;
  NewDirectory directory;
};

[[nodiscard]] inline bool is_empty(const NewDirectory& directory) {
  return directory.fields.empty() && directory.children.empty();
}

[[nodiscard]] NewField ascii_field(std::uint16_t tag, std::string_view text);
[[nodiscard]] NewField short_field(std::uint16_t tag, std::uint16_t value, Endian order);
/// With its words turned around when the orders differ. Numbers of 64 bits that fit 32 get these in a classic
/// TIFF.
[[nodiscard]] NewField copied_field(const TiffReader& from, const TiffField& field, TiffLayout to);
/// Copies of those tags that `from` has.
[[nodiscard]] std::vector<NewField> copied_fields(const TiffReader& from, const TiffDirectory& directory,
                                                  std::initializer_list<std::uint16_t> tags, TiffLayout to);

/// A classic block with nothing but this directory: "II*\0", ...
[[nodiscard]] Bytes new_block(const NewDirectory& directory, Endian order);

/// Where a directory went.
struct Appended {
  std::size_t at = 0;
  std::size_t next_at = 0;  // of its pointer to the next one
};

/// Appends a copy of `old` in which the fields of `changes` replace those of their tags or come anew, and
/// makes the pointer at `pointer_at` point to it. None, and the block as it was, when offsets would not fit
/// a classic TIFF or the directory would have too many entries.
[[nodiscard]] std::optional<Appended> replace_directory(Bytes& block, std::size_t pointer_at,
                                                        const TiffDirectory& old, const NewDirectory& changes,
                                                        TiffLayout layout);

}  // namespace wm::metadata
