#include "worker/metadata/tiff_writer.h"

#include <algorithm>
#include <array>
#include <limits>

namespace wm::metadata {
namespace {

using Entry = std::array<std::byte, 12>;

std::uint16_t tag_of(const Entry& entry, Endian order) {
  return u16(entry, 0, order);
}

Entry entry_of(std::uint16_t tag, std::uint16_t type, std::uint32_t count, Endian order) {
  Entry entry{};
  put_u16(entry, 0, tag, order);
  put_u16(entry, 2, type, order);
  put_u32(entry, 4, count, order);
  return entry;
}

std::size_t space_of(const NewDirectory& directory) {
  std::size_t size = 16;
  for (const auto& field : directory.fields) size += 16 + field.value.size();
  for (const auto& [tag, child] : directory.children) size += 16 + space_of(child);
  return size;
}

void pad_to_word(Bytes& block) {
  if (block.size() % 2 != 0) append_u8(block, 0);
}

/// Appends table and values; `entries` are there already and keep their values.
Appended append_directory(Bytes& block, std::vector<Entry> entries, std::uint32_t next,
                          const NewDirectory& added, Endian order) {
  // Values and children first: a directory may stand anywhere.
  for (const auto& field : added.fields) {
    Entry entry = entry_of(field.tag, field.type, field.count, order);
    if (field.value.size() <= 4) {
      std::copy(field.value.begin(), field.value.end(), entry.begin() + 8);
    } else {
      pad_to_word(block);
      put_u32(entry, 8, static_cast<std::uint32_t>(block.size()), order);
      append(block, field.value);
    }
    entries.push_back(entry);
  }
  for (const auto& [tag, child] : added.children) {
    const Appended place = append_directory(block, {}, 0, child, order);
    Entry entry = entry_of(tag, tiff_long, 1, order);
    put_u32(entry, 8, static_cast<std::uint32_t>(place.at), order);
    entries.push_back(entry);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [order](const Entry& a, const Entry& b) { return tag_of(a, order) < tag_of(b, order); });
  pad_to_word(block);
  Appended place{.at = block.size()};
  append_u16(block, static_cast<std::uint32_t>(entries.size()), order);
  for (const auto& entry : entries) append(block, entry);
  place.next_at = block.size();
  append_u32(block, next, order);
  return place;
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

NewField copied_field(const TiffReader& from, const TiffField& field, Endian order) {
  NewField copy{
      .tag = field.tag, .type = field.type, .count = field.count, .value = to_bytes(from.value(field))};
  if (order != from.order()) {
    const auto word = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, tiff_word_size(field.type)));
    for (auto at = copy.value.begin(); copy.value.end() - at >= word; at += word) std::reverse(at, at + word);
  }
  return copy;
}

std::vector<NewField> copied_fields(const TiffReader& from, const TiffDirectory& directory,
                                    std::initializer_list<std::uint16_t> tags, Endian order) {
  std::vector<NewField> fields;
  for (const std::uint16_t tag : tags) {
    const TiffField* field = directory.find(tag);
    if (field != nullptr) fields.push_back(copied_field(from, *field, order));
  }
  return fields;
}

Bytes new_block(const NewDirectory& directory, Endian order) {
  Bytes block;
  append(block, order == Endian::big ? "MM" : "II");
  append_u16(block, 42, order);
  append_u32(block, 0, order);
  const Appended place = append_directory(block, {}, 0, directory, order);
  put_u32(block, 4, static_cast<std::uint32_t>(place.at), order);
  return block;
}

std::optional<Appended> replace_directory(Bytes& block, std::size_t pointer_at, const TiffDirectory& old,
                                          const NewDirectory& changes, Endian order) {
  const auto replaced = [&changes](std::uint16_t tag) {
    return std::ranges::find(changes.removed, tag) != changes.removed.end() ||
           std::ranges::any_of(changes.fields, [tag](const auto& field) { return field.tag == tag; }) ||
           std::ranges::any_of(changes.children, [tag](const auto& child) { return child.tag == tag; });
  };
  std::vector<Entry> entries;
  for (const auto& field : old.fields) {
    if (replaced(field.tag)) continue;
    Entry entry{};
    std::ranges::copy(part(block, field.entry_at, entry.size()), entry.begin());
    entries.push_back(entry);
  }
  if (entries.size() + changes.fields.size() + changes.children.size() > 0xFFFF) return std::nullopt;
  if (block.size() + entries.size() * 12 + space_of(changes) > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  const Appended place = append_directory(block, std::move(entries), old.next, changes, order);
  put_u32(block, pointer_at, static_cast<std::uint32_t>(place.at), order);
  return place;
}

}  // namespace wm::metadata
