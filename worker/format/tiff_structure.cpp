#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "worker/format/structure_count.h"

namespace wm::structure {
namespace {

constexpr std::uint64_t tag_width = 256, tag_height = 257, tag_exif = 34665, tag_gps = 34853,
                        tag_interoperability = 40965;

constexpr std::array<std::uint8_t, 19> type_bytes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

/// The directories of one TIFF file or EXIF block. Each counts once, whichever way leads to it.
class Directories {
 public:
  Directories(Bytes block, Count& count) : block_(block), count_(count) {
    order_ = number_at(block, 0, 1, Order::big) == 'M' ? Order::big : Order::little;
    big_ = number_at(block, 2, 2, order_) == 43;
  }

  enum class Pages : std::uint8_t { counted, ignored };

  void count(Pages pages) {
    std::uint64_t at = big_ ? number_at(block_, 8, 8, order_) : number_at(block_, 4, 4, order_);
    bool first = true;
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    while (at != 0 && seen_.insert(at).second) {
      const auto page = directory(at);
      if (!page) return;
      if (first) {
        width = page->width;
        height = page->height;
      }
      first = false;
      // A page of another size is not decoded: see open_picture.cpp.
      differ_ = differ_ || page->width != width || page->height != height;
      if (pages == Pages::counted && !count_.page()) return;
      for (const std::uint64_t child : page->children) count_child(child, 2);
      if (count_.found.excess) return;
      at = page->next;
    }
    if (pages == Pages::ignored) return;
    count_.found.width = width;
    count_.found.height = height;
    if (differ_) count_.found.pages = 1;
  }

 private:
  struct Directory {
    std::uint64_t width = 0, height = 0, next = 0;
    std::vector<std::uint64_t> children;
  };

  std::optional<Directory> directory(std::uint64_t at) {
    const std::size_t count_size = big_ ? 8 : 2;
    const std::size_t word = big_ ? 8 : 4;
    const std::uint64_t entry_size = big_ ? 20 : 12;
    const std::uint64_t entries = number_at(block_, at, count_size, order_);
    if (!count_.parts(entries) || !inside(block_, at + count_size, entries * entry_size)) return std::nullopt;
    Directory found;
    for (std::uint64_t i = 0; i < entries; ++i) {
      const std::uint64_t entry = at + count_size + i * entry_size;
      const std::uint64_t tag = number_at(block_, entry, 2, order_);
      const std::uint64_t type = number_at(block_, entry + 2, 2, order_);
      const std::uint64_t values = number_at(block_, entry + 4, word, order_);
      const std::uint64_t size = type < type_bytes.size() ? type_bytes[type] : 0;
      // Nobody reads a value that is longer than the file.
      if (size > 0 && values <= block_.size() / size && !count_.metadata(values * size)) return std::nullopt;
      const std::uint64_t value = number_at(block_, entry + 4 + word, type == 3 ? 2 : word, order_);
      if (tag == tag_width) found.width = value;
      if (tag == tag_height) found.height = value;
      if (tag == tag_exif || tag == tag_gps || tag == tag_interoperability) found.children.push_back(value);
    }
    found.next = number_at(block_, at + count_size + entries * entry_size, word, order_);
    return found;
  }

  void count_child(std::uint64_t at, int depth) {
    if (at == 0 || depth == 0 || !seen_.insert(at).second) return;
    const auto found = directory(at);
    if (!found) return;
    for (const std::uint64_t child : found->children) count_child(child, depth - 1);
  }

  Bytes block_;
  Count& count_;
  Order order_ = Order::little;
  bool big_ = false;
  bool differ_ = false;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

void count_tiff(Bytes file, Count& count) {
  Directories(file, count).count(Directories::Pages::counted);
}

void count_exif(Bytes block, Count& count) {
  if (text_of(block).starts_with(std::string_view("Exif\0\0", 6))) block = part(block, 6);
  Directories(block, count).count(Directories::Pages::ignored);
}

}  // namespace wm::structure
