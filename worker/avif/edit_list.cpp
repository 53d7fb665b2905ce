#include "worker/avif/edit_list.h"

#include <span>
#include <string_view>

#include "worker/avif/avif_error.h"
#include "worker/container/iso_boxes.h"

namespace wm::avif {
namespace {

using namespace container;

std::vector<std::byte> edit_list(bool repeats, std::uint64_t duration) {
  constexpr int list_bytes = 36, container_bytes = 44;
  Bytes box;
  append_u32(box, container_bytes);
  append(box, "edts");
  append_u32(box, list_bytes);
  append(box, "elst");
  append_u32(box, repeats ? 0x01000001 : 0x01000000);  // version and flags
  append_u32(box, 1);                                  // entries
  append_u64(box, duration);
  append_u64(box, 0);  // starting with the first frame
  append_u16(box, 1);  // at normal speed
  append_u16(box, 0);
  return box;
}

/// Changes numbers in a file at positions found through views of it.
class FilePatch {
 public:
  explicit FilePatch(std::vector<std::byte>& file) : file_(file) {}

  [[nodiscard]] ByteSpan bytes() const { return file_; }
  [[nodiscard]] std::size_t position(ByteSpan view) const {
    return static_cast<std::size_t>(view.data() - file_.data());
  }
  void put(std::size_t at, std::uint64_t value, std::size_t size) {
    if (size > 8 || !inside(file_, at, size)) {
      throw AvifError(AvifProblem::not_encoded, "a box of the sequence is too short");
    }
    put_number(file_, at, value, size, Endian::big);
  }
  void add(std::size_t at, std::uint64_t more, std::size_t size) {
    put(at, number_at(file_, at, size, Endian::big) + more, size);
  }

 private:
  std::vector<std::byte>& file_;
};

/// Adjusts offsets into the file for `more` bytes that are inserted before their targets.
void move_items(FilePatch& file, ByteSpan meta, std::uint64_t more) {
  const ByteSpan box = find_box(full_content(meta), "iloc");
  for (const ItemExtent& extent : item_extents(box)) {
    const std::size_t start = file.position(box);
    if (!extent.in_file) continue;
    if (extent.base_bytes == 0) file.add(start + extent.offset_at, more, extent.offset_bytes);
    if (extent.base_bytes > 0 && extent.first) file.add(start + extent.base_at, more, extent.base_bytes);
  }
}

void move_chunks(FilePatch& file, ByteSpan track, std::uint64_t more) {
  ByteSpan table = track;
  for (const std::string_view type : {"mdia", "minf", "stbl"}) table = find_box(table, type);
  const ByteSpan offsets = find_box(table, "stco");
  const std::uint64_t count = u32(offsets, 4);
  for (std::uint64_t i = 0; i < count && inside(offsets, 8 + 4 * i, 4); ++i) {
    file.add(file.position(offsets) + 8 + 4 * i, more, 4);
  }
}

void set_duration(FilePatch& file, ByteSpan header, std::uint64_t duration, std::size_t at_0,
                  std::size_t at_1) {
  const bool wide = u8(header, 0) != 0;
  file.put(file.position(header) + (wide ? at_1 : at_0), duration, wide ? 8 : 4);
}

}  // namespace

void add_edit_lists(std::vector<std::byte>& bytes, const Repetition& repetition, std::uint64_t duration) {
  if (repetition.kind == Repetition::Kind::unsaid) return;
  const bool endless = repetition.kind == Repetition::Kind::endless;
  std::uint64_t whole = UINT64_MAX;
  if (!endless && __builtin_mul_overflow(duration, repetition.times, &whole)) whole = UINT64_MAX;
  const std::vector<std::byte> list = edit_list(endless || repetition.times > 1, duration);

  FilePatch file(bytes);
  ByteSpan movie;
  std::vector<ByteSpan> metas;
  std::uint64_t at = 0;
  while (const auto box = next_box(file.bytes(), at)) {
    if (box->type == "moov") movie = box->whole;
    if (box->type == "meta") metas.push_back(box->content);
  }
  constexpr std::size_t head = 8;
  std::vector<std::size_t> places;  // where a list is inserted
  std::vector<std::size_t> sizes;   // positions of the sizes of enclosing boxes
  at = head;
  while (const auto track = next_box(movie, at)) {
    if (track->type == "mvhd") set_duration(file, track->content, whole, 16, 24);
    if (track->type != "trak") continue;
    const ByteSpan header = find_box(track->content, "tkhd");
    if (header.empty()) throw AvifError(AvifProblem::not_encoded, "a track without a header");
    set_duration(file, header, whole, 20, 28);
    places.push_back(file.position(header) + header.size());
    sizes.push_back(file.position(track->whole));
    if (const ByteSpan meta = find_box(track->content, "meta"); !meta.empty()) metas.push_back(meta);
  }
  if (places.empty()) throw AvifError(AvifProblem::not_encoded, "a sequence without a track");
  const std::uint64_t more = list.size() * places.size();
  at = head;
  while (const auto track = next_box(movie, at)) {
    if (track->type == "trak") move_chunks(file, track->content, more);
  }
  for (const ByteSpan meta : metas) move_items(file, meta, more);
  for (const std::size_t size : sizes) file.add(size, list.size(), 4);
  file.add(file.position(movie), more, 4);
  // The last one first, so that the earlier positions stay valid.
  while (!places.empty()) {
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(places.back()), list.begin(), list.end());
    places.pop_back();
  }
}

}  // namespace wm::avif
