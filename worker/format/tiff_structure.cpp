#include <unordered_set>
#include <utility>

#include "worker/container/jpeg_segments.h"
#include "worker/container/tiff_reader.h"
#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

constexpr std::uint16_t tag_width = 256, tag_height = 257, tag_exif = 34665, tag_gps = 34853,
                        tag_interoperability = 40965;

/// The directories of one TIFF file or EXIF block. Each counts once, however often it is referenced.
class Directories {
 public:
  Directories(const TiffReader& reader, Count& count) : reader_(reader), count_(count) {}

  enum class Pages : std::uint8_t { counted, ignored };

  void count(Pages pages) {
    std::uint64_t width = 0, height = 0;
    bool first = true, differ = false;
    std::uint64_t at = reader_.first_directory();
    while (const auto page = directory(at)) {
      const std::uint64_t page_width = number(*page, tag_width), page_height = number(*page, tag_height);
      if (std::exchange(first, false)) {
        width = page_width;
        height = page_height;
      }
      // Pages of another size are not decoded: see open_pages.cpp.
      differ = differ || page_width != width || page_height != height;
      if (pages == Pages::counted && !count_.page()) return;
      count_children(*page, 2);
      if (count_.found.excess) return;
      at = page->next;
    }
    if (pages == Pages::ignored) return;
    count_.found.width = width;
    count_.found.height = height;
    if (differ) count_.found.pages = 1;
  }

 private:
  /// Nullopt for a directory that was counted before.
  std::optional<TiffDirectory> directory(std::uint64_t at) {
    if (at == 0 || !seen_.insert(at).second) return std::nullopt;
    auto found = reader_.directory(at);
    if (!found || !count_.parts(found->fields.size())) return std::nullopt;
    const std::size_t size = reader_.block().size();
    for (const TiffField& field : found->fields) {
      const std::size_t type_size = tiff_type_size(field.type);
      // Readers ignore a value that is longer than the file.
      if (type_size == 0 || field.count > size / type_size) continue;
      if (!count_.metadata(field.count * type_size)) return std::nullopt;
    }
    return found;
  }

  void count_children(const TiffDirectory& parent, int depth) {
    if (depth == 0) return;
    for (const TiffField& field : parent.fields) {
      if (field.tag != tag_exif && field.tag != tag_gps && field.tag != tag_interoperability) continue;
      if (const auto child = directory(reader_.offset(field))) count_children(*child, depth - 1);
    }
  }

  [[nodiscard]] std::uint64_t number(const TiffDirectory& from, std::uint16_t tag) const {
    const TiffField* const field = from.find(tag);
    return field == nullptr ? 0 : reader_.offset(*field);
  }

  const TiffReader& reader_;
  Count& count_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

void count_tiff(ByteSpan file, Count& count) {
  if (const auto reader = TiffReader::open_file(file)) {
    Directories(*reader, count).count(Directories::Pages::counted);
  }
}

void count_exif(ByteSpan block, Count& count) {
  if (starts_with(block, exif_signature)) block = part(block, exif_signature.size());
  if (const auto reader = TiffReader::open_file(block)) {
    Directories(*reader, count).count(Directories::Pages::ignored);
  }
}

}  // namespace wm::structure
