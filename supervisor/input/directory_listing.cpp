#include "supervisor/input/directory_listing.h"

#include <algorithm>

#include "supervisor/input/natural_order.h"

namespace wm {

void DirectoryListing::add(std::string_view name, unsigned char type) {
  items_.push_back({.begin = names_.size() & ((std::uint64_t{1} << 40U) - 1),
                    .size = name.size() & 0xFFFFU,
                    .type = type,
                    .key = 0});
  names_ += name;
}

void DirectoryListing::sort() {
  if (items_.empty()) return;
  const std::string_view first = name(items_.front());
  std::size_t shared = first.size();
  for (const Item& item : items_) shared = shared_beginning(name(item), first, shared);
  for (Item& item : items_) item.key = natural_key(name(item), shared);
  std::sort(items_.begin(), items_.end(), [this](const Item& left, const Item& right) {
    return left.key != right.key ? left.key < right.key : naturally_before(name(left), name(right));
  });
}

std::optional<DirectoryListing::Entry> DirectoryListing::next() {
  if (next_ == items_.size()) return std::nullopt;
  const Item& item = items_[next_++];
  return Entry{.name = name(item), .type = static_cast<unsigned char>(item.type)};
}

}  // namespace wm
