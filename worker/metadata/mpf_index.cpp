#include "worker/metadata/mpf_index.h"

#include <algorithm>

#include "worker/metadata/tiff_reader.h"

namespace wm::metadata {
namespace {

constexpr std::uint16_t tag_count = 0xB001, tag_entries = 0xB002;
constexpr std::size_t entry_size = 16;
constexpr std::size_t max_entries = 256;

}  // namespace

std::optional<MpfIndex> MpfIndex::read(ByteSpan file, ByteRange index, std::size_t tail_at) {
  MpfIndex result;
  result.file_ = file;
  result.index_ = part(file, index.begin, index.end - index.begin);
  result.tail_at_ = tail_at;
  const auto reader = TiffReader::open(result.index_);
  const auto directory = reader ? reader->directory(reader->first_directory()) : std::nullopt;
  const TiffField* count = directory ? directory->find(tag_count) : nullptr;
  const TiffField* entries = directory ? directory->find(tag_entries) : nullptr;
  if (count == nullptr || entries == nullptr || tiff_type_size(count->type) != 4 || entries->is_inline)
    return std::nullopt;
  result.order_ = reader->order();
  result.count_at_ = count->value_at;
  result.entries_size_at_ = entries->entry_at + 4;
  result.entries_at_ = entries->value_at;
  const std::size_t number = entries->size / entry_size;
  if (number == 0 || number > max_entries) return std::nullopt;
  for (std::size_t i = 0; i < number; ++i) {
    const std::size_t at = entries->value_at + i * entry_size;
    Entry entry{.attributes = u32(result.index_, at, result.order_),
                .at = u32(result.index_, at + 8, result.order_),
                .size = u32(result.index_, at + 4, result.order_),
                .dependents = u32(result.index_, at + 12, result.order_)};
    if (i > 0) entry.at += index.begin;
    result.entries_.push_back(entry);
  }
  return result;
}

void MpfIndex::drop(const std::vector<ByteRange>& gone) {
  const auto is_gone = [&gone](const Entry& entry) {
    return std::ranges::any_of(
        gone, [&entry](const ByteRange& range) { return range.begin <= entry.at && entry.at < range.end; });
  };
  for (std::size_t i = entries_.size(); i-- > 1;) {
    if (!is_gone(entries_[i])) continue;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    dropped_ = true;
  }
}

Bytes MpfIndex::index(std::size_t index_at, std::size_t tail_at, const std::vector<ByteRange>& cut,
                      Losses& losses) const {
  Bytes index = to_bytes(index_);
  std::size_t lost = 0;
  const std::size_t places = u32(index_, entries_size_at_, order_) / entry_size;
  for (std::size_t i = 0; i < places; ++i) {
    const std::size_t at = entries_at_ + i * entry_size;
    if (i >= entries_.size()) {  // left over by previews
      wipe(index, {at, at + entry_size});
      continue;
    }
    const Entry& entry = entries_[i];
    std::uint64_t offset = 0;
    std::uint64_t size = i == 0 ? tail_at : entry.size;
    if (i > 0) {
      std::uint64_t removed = 0;
      bool damaged = false;
      for (const auto& range : cut) {
        if (range.end <= entry.at) removed += range.end - range.begin;
        damaged = damaged || (range.begin < entry.at + entry.size && entry.at < range.end);
      }
      if (damaged || entry.at < tail_at_ || entry.at + entry.size > file_.size()) {
        ++lost;
        size = 0;
      } else {
        offset = entry.at - tail_at_ - removed + tail_at - index_at;
      }
    }
    if (offset > UINT32_MAX || size > UINT32_MAX) {
      ++lost;
      offset = size = 0;
    }
    put_u32(index, at, entry.attributes, order_);
    put_u32(index, at + 4, static_cast<std::uint32_t>(size), order_);
    put_u32(index, at + 8, static_cast<std::uint32_t>(offset), order_);
    put_u32(index, at + 12, dropped_ ? 0 : entry.dependents, order_);
  }
  put_u32(index, count_at_, static_cast<std::uint32_t>(entries_.size()), order_);
  put_u32(index, entries_size_at_, static_cast<std::uint32_t>(entries_.size() * entry_size), order_);
  losses.add(lost, "MPF picture");
  return index;
}

}  // namespace wm::metadata
