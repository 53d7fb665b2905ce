#include "worker/avif/heif_colour.h"

#include "worker/format/iso_boxes.h"

namespace wm::avif {

bool set_colour_codes(std::vector<std::byte>& file, const ColourCodes& colour) {
  using structure::find_box;
  const structure::Bytes meta = structure::full_content(find_box(file, "meta"));
  const structure::Bytes properties = find_box(find_box(meta, "iprp"), "ipco");
  bool found = false;
  std::uint64_t at = 0;
  while (const auto box = structure::next_box(properties, at)) {
    constexpr std::size_t nclx_bytes = 11;
    if (box->type != "colr" || box->content.size() < nclx_bytes ||
        !structure::text_of(box->content).starts_with("nclx")) {
      continue;
    }
    std::byte* const numbers = file.data() + (box->content.data() - file.data()) + 4;
    const auto put = [&](std::size_t index, int value) {
      numbers[2 * index] = static_cast<std::byte>(value >> 8 & 0xFF);
      numbers[2 * index + 1] = static_cast<std::byte>(value & 0xFF);
    };
    put(0, colour.primaries);
    put(1, colour.transfer);
    found = true;
  }
  return found;
}

}  // namespace wm::avif
