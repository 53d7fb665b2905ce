#include "supervisor/input/directory_listing.h"

#include <algorithm>

#include "supervisor/input/natural_order.h"

namespace wm {

void DirectoryListing::add(std::string_view name, unsigned char type) {
  items_.push_back({.begin = names_.size() & ((std::uint64_t{1} << 40U) - 1),
                    .size = name.size() & 0xFFFFU,
                    .type = type});
  names_ += name;
}

void DirectoryListing::sort() {
  std::sort(items_.begin(), items_.end(), [this](const Item& left, const Item& right) {
    return naturally_before(name(left), name(right));
  });
}

std::optional<DirectoryListing::Entry> DirectoryListing::next() {
  if (next_ == items_.size()) return std::nullopt;
  const Item& item = items_[next_++];
  return Entry{.name = name(item), .type = static_cast<unsigned char>(item.type)};
}

}  // namespace wm
