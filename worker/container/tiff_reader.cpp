#include "worker/container/tiff_reader.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace wm::container {

std::size_t tiff_type_size(std::uint16_t type) {
  constexpr std::array<std::uint8_t, 19> sizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  if (type == tiff_utf8) return 1;
  return type < sizes.size() ? sizes[type] : 0;
}

std::size_t tiff_word_size(std::uint16_t type) {
  // A rational is two words of four bytes.
  return type == tiff_rational || type == tiff_srational ? 4 : tiff_type_size(type);
}

const TiffField* TiffDirectory::find(std::uint16_t tag) const {
  for (const auto& field : fields) {
    if (field.tag == tag && field.sound) return &field;
  }
  return nullptr;
}

std::optional<TiffReader> TiffReader::open(ByteSpan block) {
  if (block.size() < 8) return std::nullopt;
  if (starts_with(block, "II*\0"sv)) return TiffReader(block, {.order = Endian::little});
  if (starts_with(block, "MM\0*"sv)) return TiffReader(block, {.order = Endian::big});
  return std::nullopt;
}

std::optional<TiffReader> TiffReader::open_file(ByteSpan file) {
  if (!is_big_tiff(file)) return open(file);
  const TiffLayout layout{.order = starts_with(file, "II") ? Endian::little : Endian::big, .big = true};
  // After the signature: the size of an offset, and zero.
  if (file.size() < layout.header_size() || u16(file, 4, layout.order) != 8) return std::nullopt;
  return TiffReader(file, layout);
}

std::uint64_t TiffReader::offset_at(std::size_t at) const {
  return layout_.big ? u64(block_, at, layout_.order) : u32(block_, at, layout_.order);
}

TiffField TiffReader::field_at(std::size_t at) const {
  TiffField field;
  field.entry_at = at;
  field.tag = u16(block_, at, layout_.order);
  field.type = u16(block_, at + 2, layout_.order);
  field.count = offset_at(at + 4);
  const std::size_t type_size = tiff_type_size(field.type);
  const std::size_t value_at = at + 4 + layout_.offset_size();
  if (type_size == 0 || field.count == 0 || field.count > block_.size() / type_size) return field;
  const auto size = static_cast<std::size_t>(field.count) * type_size;
  field.is_inline = size <= layout_.offset_size();
  const std::uint64_t from = field.is_inline ? value_at : offset_at(value_at);
  if (from > block_.size()) return field;
  field.value_at = static_cast<std::size_t>(from);
  field.sound =
      (field.is_inline || field.value_at >= layout_.header_size()) && inside(block_, field.value_at, size);
  if (field.sound) field.size = size;
  return field;
}

std::optional<TiffDirectory> TiffReader::directory(std::uint64_t at) const {
  const std::size_t count_size = layout_.count_size();
  if (at < layout_.header_size() || at > block_.size()) return std::nullopt;
  TiffDirectory directory;
  directory.at = static_cast<std::size_t>(at);
  if (!inside(block_, directory.at, count_size)) return std::nullopt;
  const std::uint64_t count =
      layout_.big ? u64(block_, directory.at, layout_.order) : u16(block_, directory.at, layout_.order);
  const std::size_t entries_at = directory.at + count_size;
  const std::size_t whole = (block_.size() - entries_at) / layout_.entry_size();
  const auto present = static_cast<std::size_t>(std::min<std::uint64_t>({count, whole, 0xFFFF}));
  directory.fields.reserve(present);
  directory.end = entries_at;
  for (std::size_t i = 0; i < present; ++i) {
    TiffField field = field_at(directory.end);
    // Data at a wrong pointer do not look like entries.
    if (present < count && tiff_type_size(field.type) == 0) break;
    directory.fields.push_back(field);
    directory.end += layout_.entry_size();
  }
  if (present < count) {
    if (directory.fields.empty()) return std::nullopt;
    return directory;
  }
  if (inside(block_, directory.end, layout_.offset_size())) {
    directory.next_at = directory.end;
    directory.next = offset_at(directory.end);
    directory.end += layout_.offset_size();
  }
  return directory;
}

std::optional<TiffDirectory> TiffReader::child(const std::optional<TiffDirectory>& parent,
                                               std::uint16_t tag) const {
  const TiffField* pointer = parent ? parent->find(tag) : nullptr;
  if (pointer == nullptr || tiff_type_size(pointer->type) < 4) return std::nullopt;
  return directory(offset(*pointer));
}

std::uint32_t TiffReader::number(const TiffField& field, std::size_t index) const {
  const std::size_t size = tiff_type_size(field.type);
  if (!field.sound || index >= field.count || size > 4) return 0;
  return static_cast<std::uint32_t>(number_at(block_, field.value_at + index * size, size, layout_.order));
}

std::uint32_t TiffReader::number(const TiffDirectory& directory, std::uint16_t tag) const {
  const TiffField* field = directory.find(tag);
  return field == nullptr ? 0 : number(*field);
}

std::uint64_t TiffReader::offset(const TiffField& field) const {
  if (!field.sound) return 0;
  const bool wide = field.type == tiff_long8 || field.type == tiff_ifd8;
  return wide ? u64(block_, field.value_at, layout_.order) : number(field);
}

bool is_big_tiff(ByteSpan bytes) {
  return starts_with(bytes, "II+\0"sv) || starts_with(bytes, "MM\0+"sv);
}

}  // namespace wm::container
