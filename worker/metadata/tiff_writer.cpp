#include "worker/metadata/tiff_writer.h"

#include <algorithm>
#include <array>
#include <limits>

namespace wm::metadata {
namespace {

/// As long as a BigTIFF entry; a classic one uses the first 12 bytes.
using Entry = std::array<std::byte, 20>;

std::uint16_t tag_of(const Entry& entry, Endian order) {
  return u16(entry, 0, order);
}

void put_offset(std::span<std::byte> bytes, std::size_t at, std::uint64_t value, TiffLayout layout) {
  put_number(bytes, at, value, layout.offset_size(), layout.order);
}

void append_number(Bytes& block, std::uint64_t value, std::size_t size, Endian order) {
  block.resize(block.size() + size);
  put_number(block, block.size() - size, value, size, order);
}

std::size_t value_at(TiffLayout layout) {
  return 4 + layout.offset_size();
}

Entry entry_of(std::uint16_t tag, std::uint16_t type, std::uint64_t count, TiffLayout layout) {
  Entry entry{};
  put_u16(entry, 0, tag, layout.order);
  put_u16(entry, 2, type, layout.order);
  put_offset(entry, 4, count, layout);
  return entry;
}

std::size_t space_of(const NewDirectory& directory) {
  std::size_t size = 24;
  for (const auto& field : directory.fields) size += 24 + field.value.size();
  for (const auto& [tag, child] : directory.children) size += 24 + space_of(child);
  return size;
}

void pad_to_word(Bytes& block) {
  if (block.size() % 2 != 0) append_u8(block, 0);
}

/// Appends table and values; the existing `entries` keep their values.
Appended append_directory(Bytes& block, std::vector<Entry> entries, std::uint64_t next,
                          const NewDirectory& added, TiffLayout layout) {
  // Values and children first: a directory may be anywhere.
  for (const auto& field : added.fields) {
    Entry entry = entry_of(field.tag, field.type, field.count, layout);
    if (field.value.size() <= layout.offset_size()) {
      std::copy(field.value.begin(), field.value.end(),
                entry.begin() + static_cast<std::ptrdiff_t>(value_at(layout)));
    } else {
      pad_to_word(block);
      put_offset(entry, value_at(layout), block.size(), layout);
      append(block, field.value);
    }
    entries.push_back(entry);
  }
  for (const auto& [tag, child] : added.children) {
    const Appended place = append_directory(block, {}, 0, child, layout);
    Entry entry = entry_of(tag, layout.big ? tiff_ifd8 : tiff_long, 1, layout);
    put_offset(entry, value_at(layout), place.at, layout);
    entries.push_back(entry);
  }
  std::stable_sort(entries.begin(), entries.end(), [layout](const Entry& a, const Entry& b) {
    return tag_of(a, layout.order) < tag_of(b, layout.order);
  });
  pad_to_word(block);
  Appended place{.at = block.size()};
  append_number(block, entries.size(), layout.count_size(), layout.order);
  for (const auto& entry : entries) append(block, part(entry, 0, layout.entry_size()));
  place.next_at = block.size();
  append_number(block, next, layout.offset_size(), layout.order);
  return place;
}

/// Converts LONG8 and IFD8 to LONG and IFD, the types of a classic TIFF, if the values allow it.
void narrow(NewField& field, Endian order) {
  const std::size_t count = field.value.size() / 8;
  Bytes values(count * 4);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = u64(field.value, i * 8, order);
    if (value > std::numeric_limits<std::uint32_t>::max()) return;
    put_number(values, i * 4, value, 4, order);
  }
  field.type = field.type == tiff_ifd8 ? tiff_ifd : tiff_long;
  field.value = std::move(values);
}

}  // namespace

NewField ascii_field(std::uint16_t tag, std::string_view text) {
  NewField field{.tag = tag, .type = tiff_ascii, .value = to_bytes(text)};
  field.value.push_back(std::byte{0});
  field.count = static_cast<std::uint32_t>(field.value.size());
  return field;
}

NewField short_field(std::uint16_t tag, std::uint16_t value, Endian order) {
  NewField field{.tag = tag, .type = tiff_short, .count = 1, .value = Bytes(2)};
  put_u16(field.value, 0, value, order);
  return field;
}

NewField copied_field(const TiffReader& from, const TiffField& field, TiffLayout to) {
  NewField copy{
      .tag = field.tag, .type = field.type, .count = field.count, .value = to_bytes(from.value(field))};
  if (to.order != from.order()) {
    const auto word = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, tiff_word_size(field.type)));
    for (auto at = copy.value.begin(); copy.value.end() - at >= word; at += word) std::reverse(at, at + word);
  }
  if (!to.big && (field.type == tiff_long8 || field.type == tiff_ifd8)) narrow(copy, to.order);
  return copy;
}

std::vector<NewField> copied_fields(const TiffReader& from, const TiffDirectory& directory,
                                    std::initializer_list<std::uint16_t> tags, TiffLayout to) {
  std::vector<NewField> fields;
  for (const std::uint16_t tag : tags) {
    const TiffField* field = directory.find(tag);
    if (field != nullptr) fields.push_back(copied_field(from, *field, to));
  }
  return fields;
}

Bytes new_block(const NewDirectory& directory, Endian order) {
  const TiffLayout layout{.order = order};
  Bytes block;
  append(block, order == Endian::big ? "MM" : "II");
  append_u16(block, 42, order);
  append_u32(block, 0, order);
  const Appended place = append_directory(block, {}, 0, directory, layout);
  put_offset(block, layout.first_pointer_at(), place.at, layout);
  return block;
}

std::optional<Appended> replace_directory(Bytes& block, std::size_t pointer_at, const TiffDirectory& old,
                                          const NewDirectory& changes, TiffLayout layout) {
  const auto replaced = [&changes](std::uint16_t tag) {
    return std::ranges::find(changes.removed, tag) != changes.removed.end() ||
           std::ranges::any_of(changes.fields, [tag](const auto& field) { return field.tag == tag; }) ||
           std::ranges::any_of(changes.children, [tag](const auto& child) { return child.tag == tag; });
  };
  std::vector<Entry> entries;
  for (const auto& field : old.fields) {
    if (replaced(field.tag)) continue;
    Entry entry{};
    std::ranges::copy(part(block, field.entry_at, layout.entry_size()), entry.begin());
    entries.push_back(entry);
  }
  if (entries.size() + changes.fields.size() + changes.children.size() > 0xFFFF) return std::nullopt;
  const std::size_t size = block.size() + entries.size() * layout.entry_size() + space_of(changes);
  if (!layout.big && size > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  const Appended place = append_directory(block, std::move(entries), old.next, changes, layout);
  put_offset(block, pointer_at, place.at, layout);
  return place;
}

}  // namespace wm::metadata
