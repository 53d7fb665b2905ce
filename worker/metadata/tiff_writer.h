#pragma once

// Appends directories to a TIFF structure, classic or BigTIFF. Existing data do not move, so offsets hidden
// in maker notes stay valid. Pure.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/container/tiff_reader.h"
#include "worker/metadata/containers.h"

namespace wm::metadata {

/// A field with its value in the byte order of the destination block.
struct NewField {
  std::uint16_t tag = 0, type = 0;
  std::uint64_t count = 0;
  Bytes value;
};

struct NewChild;

struct NewDirectory {
  std::vector<NewField> fields;
  std::vector<NewChild> children;
  std::vector<std::uint16_t> removed;  // tags to remove from the directory that is replaced
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
/// Swaps bytes when the orders differ. 64-bit numbers that fit into 32 bits become 32-bit in a classic TIFF.
[[nodiscard]] NewField copied_field(const TiffReader& from, const TiffField& field, TiffLayout to);
/// Copies of those of the tags that `from` has.
[[nodiscard]] std::vector<NewField> copied_fields(const TiffReader& from, const TiffDirectory& directory,
                                                  std::initializer_list<std::uint16_t> tags, TiffLayout to);

/// A classic block that contains only this directory: "II*\0", ...
[[nodiscard]] Bytes new_block(const NewDirectory& directory, Endian order);

/// The position of an appended directory.
struct Appended {
  std::size_t at = 0;
  std::size_t next_at = 0;  // of its pointer to the next one
};

/// Appends a copy of `old` in which the fields of `changes` replace those with the same tag or are added, and
/// makes the pointer at `pointer_at` point to it. Nullopt, and the block unchanged, when offsets would not
/// fit a classic TIFF or the directory would have too many entries.
[[nodiscard]] std::optional<Appended> replace_directory(Bytes& block, std::size_t pointer_at,
                                                        const TiffDirectory& old, const NewDirectory& changes,
                                                        TiffLayout layout);

}  // namespace wm::metadata
