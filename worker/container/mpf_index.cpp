#include "worker/container/mpf_index.h"

#include "worker/container/tiff_reader.h"

namespace wm::container {
namespace {

constexpr std::uint16_t tag_count = 0xB001, tag_entries = 0xB002;
constexpr std::size_t entry_size = 16;

}  // namespace

std::optional<MpfIndex> MpfIndex::read(const JpegSegment& segment) {
  MpfIndex result;
  result.bytes_ = part(segment.payload, mpf_signature.size());
  result.range_ = {segment.range.end - result.bytes_.size(), segment.range.end};
  const auto reader = TiffReader::open(result.bytes_);
  const auto directory = reader ? reader->directory(reader->first_directory()) : std::nullopt;
  const TiffField* count = directory ? directory->find(tag_count) : nullptr;
  const TiffField* list = directory ? directory->find(tag_entries) : nullptr;
  if (list == nullptr || list->size < entry_size) return std::nullopt;
  if (count != nullptr && tiff_type_size(count->type) == 4) result.count_at_ = count->value_at;
  result.order_ = reader->order();
  result.entries_size_at_ = list->entry_at + 4;
  result.entries_at_ = list->value_at;
  result.places_ = list->size / entry_size;
  for (std::size_t i = 0; i < result.places_; ++i) {
    const auto number = [&](std::size_t field) {
      return u32(result.bytes_, result.entries_at_ + i * entry_size + field, result.order_);
    };
    result.entries.push_back(
        {.attributes = number(0), .size = number(4), .offset = number(8), .dependents = number(12)});
  }
  return result;
}

void MpfIndex::write(std::span<std::byte> index) const {
  for (std::size_t i = 0; i < places_; ++i) {
    const MpfEntry entry = i < entries.size() ? entries[i] : MpfEntry{};
    std::size_t at = entries_at_ + i * entry_size;
    for (const auto number : {entry.attributes, entry.size, entry.offset, entry.dependents}) {
      put_u32(index, at, number, order_);
      at += 4;
    }
  }
  if (entries.size() == places_) return;
  if (is_counted()) put_u32(index, count_at_, static_cast<std::uint32_t>(entries.size()), order_);
  put_u32(index, entries_size_at_, static_cast<std::uint32_t>(entries.size() * entry_size), order_);
}

}  // namespace wm::container
