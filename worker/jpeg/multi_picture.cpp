#include "worker/jpeg/multi_picture.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace wm::jpeg {
namespace {

constexpr std::size_t signature_bytes = 4;  // "MPF\0"
constexpr std::size_t entry_bytes = 16;     // attribute, size, offset, two numbers of dependent pictures
constexpr std::uint16_t entries_tag = 0xb002;

/// Numbers of a TIFF structure, positions counted from its header.
class Tiff {
 public:
  explicit Tiff(Bytes bytes) : bytes_(bytes), little_(!bytes.empty() && byte_at(bytes, 0) == 'I') {}

  [[nodiscard]] bool holds(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | byte_at(bytes_, at + (little_ ? bytes - 1 - i : i));
    return value;
  }
  void store(std::span<std::byte> into, std::uint32_t value) const {
    for (std::size_t i = 0; i < 4; ++i) {
      into[little_ ? i : 3 - i] = static_cast<std::byte>(value >> (8 * i) & 0xff);
    }
  }

 private:
  Bytes bytes_;
  bool little_;
};

struct Entries {
  std::size_t at = 0, count = 0;
};

std::optional<Entries> find_entries(const Tiff& tiff) {
  if (!tiff.holds(0, 8)) return std::nullopt;
  const std::size_t directory = tiff.number(4, 4);
  if (!tiff.holds(directory, 2)) return std::nullopt;
  const std::size_t fields = tiff.number(directory, 2);
  for (std::size_t i = 0; i < fields && tiff.holds(directory + 2 + 12 * i, 12); ++i) {
    const std::size_t field = directory + 2 + 12 * i;
    if (tiff.number(field, 2) != entries_tag) continue;
    const Entries entries{.at = tiff.number(field + 8, 4), .count = tiff.number(field + 4, 4) / entry_bytes};
    if (!tiff.holds(entries.at, entries.count * entry_bytes)) return std::nullopt;
    return entries;
  }
  return std::nullopt;
}

void mend(Bytes file, const Segment& segment, const std::vector<Shift>& shifts, std::span<std::byte> marked) {
  const std::size_t base = segment.payload + signature_bytes;
  const Tiff tiff(file.subspan(base, segment.end - base));
  const auto entries = find_entries(tiff);
  if (!entries) return;
  const auto old_base = static_cast<std::int64_t>(base);
  const std::int64_t new_base = moved(old_base, shifts);
  const auto old_size = static_cast<std::int64_t>(file.size());
  for (std::size_t i = 0; i < entries->count; ++i) {
    const std::size_t at = entries->at + i * entry_bytes;
    const std::int64_t size = tiff.number(at + 4, 4);
    const std::int64_t offset = tiff.number(at + 8, 4);
    // The first picture is the one that the index lies in; its offset is 0 by definition.
    const std::int64_t begin = offset == 0 ? 0 : old_base + offset;
    if (begin >= old_size || size > old_size - begin) continue;
    const std::int64_t new_begin = moved(begin, shifts);
    const std::int64_t new_end = moved(begin + size, shifts);
    const auto into = marked.subspan(static_cast<std::size_t>(new_base) + at + 4, 8);
    tiff.store(into.first(4), static_cast<std::uint32_t>(new_end - new_begin));
    if (offset != 0) tiff.store(into.last(4), static_cast<std::uint32_t>(new_begin - new_base));
  }
}

bool is_index(Bytes file, const Segment& segment) {
  return segment.marker == marker::app2 && segment.end - segment.payload >= signature_bytes &&
         std::memcmp(file.data() + segment.payload, "MPF", signature_bytes) == 0;
}

}  // namespace

bool has_multi_picture_index(Bytes file, const std::vector<Segment>& segments) {
  return std::ranges::any_of(segments, [&](const Segment& segment) { return is_index(file, segment); });
}

void mend_multi_picture_index(Bytes file, const std::vector<Segment>& segments,
                              const std::vector<Shift>& shifts, std::span<std::byte> marked) {
  for (const Segment& segment : segments) {
    if (is_index(file, segment)) mend(file, segment, shifts, marked);
  }
}

}  // namespace wm::jpeg
