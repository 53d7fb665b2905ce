#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/metadata/carry.h"
#include "worker/metadata/exif_block.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/tiff_tags.h"
#include "worker/metadata/tiff_writer.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::size_t max_pages = 4096;

NewField bytes_field(std::uint16_t tag, std::uint16_t type, Bytes value) {
  const auto count = static_cast<std::uint32_t>(value.size());
  return {.tag = tag, .type = type, .count = count, .value = std::move(value)};
}

/// The fields that a page of the output gets from the same page of the input.
class PageCarry {
 public:
  PageCarry(const TiffReader& from, const TiffDirectory& page, const TiffReader& to,
            const TiffDirectory& new_page, bool first, const Carry& carry)
      : from_(from),
        page_(page),
        samples_(from, page, to, new_page),
        layout_(to.layout()),
        first_(first),
        carry_(carry),
        plan_(carry.plan) {}

  NewDirectory run() {
    changes_.removed.assign(tiff_description_tags().begin(), tiff_description_tags().end());
    if (carry_.source == Source::blocks) {
      std::erase_if(changes_.removed, [](auto tag) {
        const TiffTagKind kind = tiff_tag_kind(tag);
        return kind == TiffTagKind::density || kind == TiffTagKind::orientation;
      });
    }
    std::size_t room = from_.block().size();
    for (const auto& field : page_.fields) {
      if (!field.sound || seen_[field.tag] || field.size > room) {
        if (tiff_tag_kind(field.tag) != TiffTagKind::storage)
          carry_.losses.add("damaged TIFF tag " + std::to_string(field.tag));
        continue;
      }
      seen_[field.tag] = true;
      room -= field.size;
      put(field);
    }
    if (first_) put_texts();
    return std::move(changes_);
  }

 private:
  void put(const TiffField& field) {
    const bool keep = plan_.policy == CarryPolicy::keep;
    switch (tiff_tag_kind(field.tag)) {
      case TiffTagKind::storage:
        break;
      case TiffTagKind::description:
        if (keep) copy(field);
        break;
      case TiffTagKind::colours:
      case TiffTagKind::samples:
      case TiffTagKind::range:
        put_if_right(field);
        break;
      case TiffTagKind::rights:
        if (plan_.policy != CarryPolicy::none) copy(field);
        break;
      case TiffTagKind::density:
        if (carry_.source == Source::same_container) copy(field);
        break;
      case TiffTagKind::orientation:
        if (plan_.orientation_baked) {
          changes_.fields.push_back(short_field(field.tag, 1, layout_.order));
        } else {
          copy(field);
        }
        break;
      case TiffTagKind::xmp:
        put_xmp(from_.value(field));
        break;
      case TiffTagKind::iptc:
        put_iptc(field);
        break;
      case TiffTagKind::irb: {
        Bytes irb = edited_irb(from_.value(field), plan_, carry_.thumbnails, carry_.losses);
        if (!irb.empty()) changes_.fields.push_back(bytes_field(field.tag, tiff_byte, std::move(irb)));
        break;
      }
      case TiffTagKind::exif:
      case TiffTagKind::gps:
        put_directory(field);
        break;
      case TiffTagKind::pictures:
        carry_.losses.add(field.tag == 37724 ? "Photoshop layers" : "TIFF sub-pictures");
        break;
      case TiffTagKind::sensor:
        if (keep) lose(field);
        break;
      case TiffTagKind::directory:
        if (keep) put_custom_directory(field);
        break;
      case TiffTagKind::custom:
        if (!keep) break;
        if (field.type == tiff_ifd || field.type == tiff_ifd8) {
          put_custom_directory(field);
        } else {
          changes_.fields.push_back(copied_custom_field(from_, field, plan_, layout_, carry_.losses));
        }
        break;
    }
  }

  void lose(const TiffField& field) { carry_.losses.add("TIFF tag " + std::to_string(field.tag)); }

  void copy(const TiffField& field) { changes_.fields.push_back(copied_field(from_, field, layout_)); }

  /// Affects how the picture is displayed, so no policy drops it.
  void put_if_right(const TiffField& field) {
    if (samples_.still_right(from_, field)) {
      copy(field);
    } else if (carry_.source == Source::same_container) {
      lose(field);
    }
  }

  void put_custom_directory(const TiffField& pointer) {
    auto directory = copied_custom_directory(from_, pointer, plan_, layout_, carry_.losses);
    if (directory) changes_.children.push_back({pointer.tag, std::move(*directory)});
  }

  void put_xmp(ByteSpan packet) {
    xmp_seen_ = true;
    MetadataPlan plan = plan_;
    if (!first_) plan.copyright.clear(), plan.artist.clear();
    Bytes xmp = edited_xmp(packet, plan, largest_block, NewPacket::when_not_ascii, carry_.losses);
    if (!xmp.empty()) changes_.fields.push_back(bytes_field(tiff_tag::xmp, tiff_byte, std::move(xmp)));
  }

  /// If stored as LONGs, its bytes may be swapped: then it stays as it is.
  void put_iptc(const TiffField& field) {
    const ByteSpan old = from_.value(field);
    if (u8(old, 0) != 0x1C) {
      if (plan_.policy == CarryPolicy::keep) copy(field);
      if (has_texts(plan_) || plan_.policy == CarryPolicy::copyright)
        carry_.losses.add("changes to IPTC in an unusual form");
      return;
    }
    Bytes iptc = edited_iptc(old, plan_, carry_.losses);
    if (equal(iptc, old) && layout_.order == from_.order()) {
      copy(field);
    } else if (!iptc.empty()) {
      changes_.fields.push_back(bytes_field(field.tag, tiff_undefined, std::move(iptc)));
    }
  }

  void put_directory(const TiffField& pointer) {
    const bool exif = pointer.tag == exif_tag::exif_directory;
    const auto directory = from_.directory(from_.offset(pointer));
    if (!directory) {
      carry_.losses.add(exif ? "damaged EXIF directory" : "damaged GPS directory");
      return;
    }
    NewDirectory copy;
    if (plan_.policy == CarryPolicy::keep) {
      copy = copied_exif_directory(from_, *directory, plan_, layout_, carry_.losses);
    } else if (exif) {
      copy.fields = copied_fields(from_, *directory, {exif_tag::colour_space}, layout_);
    }
    if (!is_empty(copy)) changes_.children.push_back({pointer.tag, std::move(copy)});
  }

  void put_texts() {
    const auto put = [this](std::uint16_t tag, const std::string& text) {
      if (text.empty()) return;
      std::erase_if(changes_.fields, [tag](const NewField& field) { return field.tag == tag; });
      changes_.fields.push_back(ascii_field(tag, text));
    };
    put(exif_tag::artist, plan_.artist);
    put(exif_tag::copyright, plan_.copyright);
    if (!xmp_seen_) put_xmp({});
  }

  const TiffReader& from_;
  const TiffDirectory& page_;
  SamplesOfPages samples_;
  TiffLayout layout_;
  bool first_;
  const Carry& carry_;
  const MetadataPlan& plan_;
  bool xmp_seen_ = false;
  std::vector<bool> seen_ = std::vector<bool>(0x10000);  // by tag
  NewDirectory changes_;
};

/// The encoder's own copies of replaced values would reveal the removed contents.
void wipe_replaced(Bytes& file, const TiffDirectory& page) {
  for (const auto& field : page.fields) {
    const bool block =
        field.tag == tiff_tag::xmp || field.tag == tiff_tag::iptc || field.tag == tiff_tag::irb;
    if (block && field.sound && !field.is_inline) wipe(file, field.range());
  }
}

}  // namespace

Bytes carry_tiff(ByteSpan input, ByteSpan output, const Carry& carry) {
  const auto from = TiffReader::open_file(input);
  const auto to = TiffReader::open_file(output);
  if (!from || !to) {
    carry.losses.add("all metadata: the TIFF cannot be read");
    return to_bytes(output);
  }
  Bytes file = to_bytes(output);
  std::size_t pointer_at = to->layout().first_pointer_at();
  std::uint64_t from_at = from->first_directory();
  std::uint64_t to_at = to->first_directory();
  // The number of pages is limited, so a cyclic chain ends as well.
  for (std::size_t page = 0; page < max_pages; ++page) {
    const auto from_page = from->directory(from_at);
    const auto to_page = to->directory(to_at);
    if (page == 0 && !from_page) carry.losses.add("all metadata: the TIFF cannot be read");
    if (!from_page || !to_page || to_page->next_at == 0) break;
    if (file.size() > 2 * (input.size() + output.size()) + 65536) {
      carry.losses.add("metadata of further TIFF pages");
      break;
    }
    constexpr std::uint16_t icc = 34675;
    if (from_page->find(icc) != nullptr && to_page->find(icc) == nullptr) carry.losses.add("ICC profile");
    const NewDirectory changes = PageCarry(*from, *from_page, *to, *to_page, page == 0, carry).run();
    wipe_replaced(file, *to_page);
    const auto place = replace_directory(file, pointer_at, *to_page, changes, to->layout());
    if (!place) {
      carry.losses.add("metadata of a TIFF page: no room");
      break;
    }
    pointer_at = place->next_at;
    from_at = from_page->next;
    to_at = to_page->next;
  }
  return file;
}

}  // namespace wm::metadata
