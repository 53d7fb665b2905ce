#include "worker/metadata/tiff_reader.h"

#include <array>
#include <string_view>

namespace wm::metadata {

using namespace std::string_view_literals;

std::size_t tiff_type_size(std::uint16_t type) {
  constexpr std::array<std::uint8_t, 14> sizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
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
  if (starts_with(block, "II*\0"sv)) return TiffReader(block, Endian::little);
  if (starts_with(block, "MM\0*"sv)) return TiffReader(block, Endian::big);
  return std::nullopt;
}

std::optional<TiffDirectory> TiffReader::directory(std::size_t at) const {
  if (at < 8 || !inside(block_, at, 2)) return std::nullopt;
  const std::size_t count = u16(block_, at, order_);
  if (!inside(block_, at + 2, count * 12)) return std::nullopt;
  TiffDirectory directory;
  directory.at = at;
  directory.end = at + 2 + count * 12;
  directory.fields.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    TiffField field;
    field.entry_at = at + 2 + i * 12;
    field.tag = u16(block_, field.entry_at, order_);
    field.type = u16(block_, field.entry_at + 2, order_);
    field.count = u32(block_, field.entry_at + 4, order_);
    const std::uint64_t size = std::uint64_t{field.count} * tiff_type_size(field.type);
    field.value_at = size <= 4 ? field.entry_at + 8 : u32(block_, field.entry_at + 8, order_);
    field.sound = size > 0 && size <= block_.size() && (size <= 4 || field.value_at >= 8) &&
                  inside(block_, field.value_at, static_cast<std::size_t>(size));
    if (field.sound) field.size = static_cast<std::size_t>(size);
    directory.fields.push_back(field);
  }
  if (inside(block_, directory.end, 4)) {
    directory.next_at = directory.end;
    directory.next = u32(block_, directory.end, order_);
    directory.end += 4;
  }
  return directory;
}

std::optional<TiffDirectory> TiffReader::child(const std::optional<TiffDirectory>& parent,
                                               std::uint16_t tag) const {
  const TiffField* pointer = parent ? parent->find(tag) : nullptr;
  if (pointer == nullptr || tiff_type_size(pointer->type) != 4) return std::nullopt;
  return directory(number(*pointer));
}

std::uint32_t TiffReader::number(const TiffField& field, std::size_t index) const {
  const std::size_t size = tiff_type_size(field.type);
  if (!field.sound || index >= field.count || size > 4) return 0;
  return read_number(block_, field.value_at + index * size, size, order_);
}

std::uint32_t TiffReader::number(const TiffDirectory& directory, std::uint16_t tag) const {
  const TiffField* field = directory.find(tag);
  return field == nullptr ? 0 : number(*field);
}

bool is_big_tiff(ByteSpan bytes) {
  return starts_with(bytes, "II+\0"sv) || starts_with(bytes, "MM\0+"sv);
}

}  // namespace wm::metadata
