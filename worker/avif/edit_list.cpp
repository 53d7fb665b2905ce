#include "worker/avif/edit_list.h"

#include <span>
#include <string_view>

#include "worker/avif/avif_error.h"
#include "worker/format/iso_boxes.h"

namespace wm::avif {
namespace {

using structure::Bytes;
using structure::next_box;
using structure::number_at;
using structure::NumberStream;
using structure::Order;

void append(std::vector<std::byte>& to, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
}

void append(std::vector<std::byte>& to, std::string_view text) {
  for (const char letter : text) to.push_back(static_cast<std::byte>(letter));
}

std::vector<std::byte> edit_list(bool repeats, std::uint64_t duration) {
  constexpr int list_bytes = 36, container_bytes = 44;
  std::vector<std::byte> box;
  append(box, container_bytes, 4);
  append(box, "edts");
  append(box, list_bytes, 4);
  append(box, "elst");
  append(box, 1, 1);  // version
  append(box, repeats ? 1 : 0, 3);
  append(box, 1, 4);  // entries
  append(box, duration, 8);
  append(box, 0, 8);  // from the first frame on
  append(box, 1, 2);  // at its own pace
  append(box, 0, 2);
  return box;
}

/// Changes numbers in a file at places that views of it have led to.
class FilePatch {
 public:
  explicit FilePatch(std::vector<std::byte>& file) : file_(file) {}

  [[nodiscard]] Bytes bytes() const { return file_; }
  [[nodiscard]] std::size_t position(Bytes view) const {
    return static_cast<std::size_t>(view.data() - file_.data());
  }
  void put(std::size_t at, std::uint64_t value, std::size_t size) {
    if (size > 8 || !structure::inside(file_, at, size)) {
      throw AvifError(AvifProblem::not_encoded, "a box of the sequence is too short");
    }
    for (std::size_t i = 0; i < size; ++i) {
      file_[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)) & 0xFF);
    }
  }
  void add(std::size_t at, std::uint64_t more, std::size_t size) {
    put(at, number_at(file_, at, size, Order::big) + more, size);
  }

 private:
  std::vector<std::byte>& file_;
};

/// Offsets into the file, behind whose place `more` bytes are put in.
void move_items(FilePatch& file, Bytes meta, std::uint64_t more) {
  const Bytes box = structure::find_box(structure::full_content(meta), "iloc");
  if (box.empty()) return;
  const auto version = number_at(box, 0, 1, Order::big);
  const std::size_t start = file.position(box) + 4;
  NumberStream numbers(structure::full_content(box));
  const auto sizes = numbers.next(2);
  const std::size_t offset_bytes = sizes >> 12 & 15, length_bytes = sizes >> 8 & 15,
                    base_bytes = sizes >> 4 & 15, index_bytes = version == 0 ? 0 : sizes & 15;
  const std::size_t id_bytes = version < 2 ? 2 : 4;
  const std::uint64_t count = numbers.next(id_bytes);
  for (std::uint64_t i = 0; i < count && !numbers.ended(); ++i) {
    numbers.next(id_bytes);
    const bool in_file = version == 0 || (numbers.next(2) & 15) == 0;
    numbers.next(2);
    const bool from_base = base_bytes > 0;
    if (in_file && from_base) file.add(start + numbers.position(), more, base_bytes);
    numbers.next(base_bytes);
    const std::uint64_t extents = numbers.next(2);
    for (std::uint64_t k = 0; k < extents && !numbers.ended(); ++k) {
      numbers.next(index_bytes);
      if (in_file && !from_base) file.add(start + numbers.position(), more, offset_bytes);
      numbers.next(offset_bytes + length_bytes);
    }
  }
}

void move_chunks(FilePatch& file, Bytes track, std::uint64_t more) {
  Bytes table = track;
  for (const std::string_view type : {"mdia", "minf", "stbl"}) table = structure::find_box(table, type);
  const Bytes offsets = structure::find_box(table, "stco");
  const std::uint64_t count = number_at(offsets, 4, 4, Order::big);
  for (std::uint64_t i = 0; i < count && structure::inside(offsets, 8 + 4 * i, 4); ++i) {
    file.add(file.position(offsets) + 8 + 4 * i, more, 4);
  }
}

void set_duration(FilePatch& file, Bytes header, std::uint64_t duration, std::size_t at_0, std::size_t at_1) {
  const bool wide = number_at(header, 0, 1, Order::big) != 0;
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
  Bytes movie;
  std::vector<Bytes> metas;
  std::uint64_t at = 0;
  while (const auto box = next_box(file.bytes(), at)) {
    if (box->type == "moov") movie = box->whole;
    if (box->type == "meta") metas.push_back(box->content);
  }
  constexpr std::size_t head = 8;
  std::vector<std::size_t> places;  // where a list is put in
  std::vector<std::size_t> sizes;   // where sizes of boxes around it are
  at = head;
  while (const auto track = next_box(movie, at)) {
    if (track->type == "mvhd") set_duration(file, track->content, whole, 16, 24);
    if (track->type != "trak") continue;
    const Bytes header = structure::find_box(track->content, "tkhd");
    if (header.empty()) throw AvifError(AvifProblem::not_encoded, "a track without a header");
    set_duration(file, header, whole, 20, 28);
    places.push_back(file.position(header) + header.size());
    sizes.push_back(file.position(track->whole));
    if (const Bytes meta = structure::find_box(track->content, "meta"); !meta.empty()) metas.push_back(meta);
  }
  if (places.empty()) throw AvifError(AvifProblem::not_encoded, "a sequence without a track");
  const std::uint64_t more = list.size() * places.size();
  at = head;
  while (const auto track = next_box(movie, at)) {
    if (track->type == "trak") move_chunks(file, track->content, more);
  }
  for (const Bytes meta : metas) move_items(file, meta, more);
  for (const std::size_t size : sizes) file.add(size, list.size(), 4);
  file.add(file.position(movie), more, 4);
  // The last one first, so that those before it stay where they are.
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(*place), list.begin(), list.end());
  }
}

}  // namespace wm::avif
