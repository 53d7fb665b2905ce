#include <algorithm>
#include <array>
#include <string>

#include "worker/container/inflater.h"
#include "worker/metadata/carry.h"
#include "worker/metadata/embedded_jpeg.h"
#include "worker/metadata/exif_edit.h"
#include "worker/metadata/photoshop_irb.h"
#include "worker/metadata/png_text.h"
#include "worker/metadata/raw_block.h"
#include "worker/metadata/utf8.h"
#include "worker/metadata/xmp_packet.h"

namespace wm::metadata {
namespace {

constexpr std::string_view xmp_keyword = "XML:com.adobe.xmp";
constexpr std::uint8_t type_rgb = 2, type_palette = 3, type_rgb_alpha = 6;

// Chunks that define the meaning of samples; they precede PLTE.
constexpr std::array colour_chunks{"gAMA"sv, "cHRM"sv, "sRGB"sv, "iCCP"sv, "cICP"sv,
                                   "mDCV"sv, "cLLI"sv, "mDCv"sv, "cLLi"sv};
// Not marked as safe to copy, but valid for the picture whatever its samples are.
constexpr std::array indifferent_chunks{"sPLT"sv, "tIME"sv, "oFFs"sv, "pCAL"sv, "sCAL"sv, "sTER"sv};

template <std::size_t N>
bool is_one_of(std::string_view type, const std::array<std::string_view, N>& types) {
  return std::ranges::find(types, type) != types.end();
}

struct Layout {
  std::uint8_t depth = 0, colour = 0;
  ByteSpan size, plte;
  bool known = false;
};

Layout layout_of(const PngChunks& file) {
  Layout layout;
  for (const auto& chunk : file.chunks) {
    if (chunk.is("IHDR") && chunk.data.size() == 13) {
      layout = {.depth = u8(chunk.data, 8),
                .colour = u8(chunk.data, 9),
                .size = part(chunk.data, 0, 8),
                .known = true};
    }
    if (chunk.is("PLTE")) layout.plte = chunk.data;
  }
  return layout;
}

/// Whether malformed hexadecimal digits contain a JPEG's beginning.
bool hides_jpeg(ByteSpan text) {
  std::string digits;
  for (const char c : text_of(text)) {
    if (c > ' ') digits += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  }
  return digits.find("ffd8ff") != std::string::npos;
}

class PngCarry {
 public:
  PngCarry(const PngChunks& in, const PngChunks& out, const Carry& carry)
      : in_(in),
        out_(out),
        carry_(carry),
        plan_(carry.plan),
        from_(layout_of(in)),
        to_(layout_of(out)),
        keep_(plan_.policy == CarryPolicy::keep),
        same_layout_(from_.known && from_.depth == to_.depth && from_.colour == to_.colour &&
                     equal(from_.size, to_.size)) {}

  Bytes run() {
    sort_input();
    append(file_, png_signature);
    bool palette_passed = false;
    bool data_passed = false;
    for (const auto& chunk : out_.chunks) {
      if (!palette_passed && (chunk.is("PLTE") || chunk.is("IDAT"))) {
        palette_passed = true;
        append(file_, early_);
      }
      if (!data_passed && chunk.is("IDAT")) {
        data_passed = true;
        append(file_, middle_);
      }
      if (chunk.is("IEND")) append(file_, late_);
      // The density that libvips invents if there is none.
      const bool own = chunk.is_critical() || is_one_of(chunk.type, colour_chunks) || chunk.is("tRNS") ||
                       chunk.is("fcTL") || chunk.is("fdAT") || chunk.is("acTL") ||
                       (chunk.is("pHYs") && carry_.source == Source::blocks);
      if (own) append(file_, chunk.is("iCCP") && same_profile() ? in_.find("iCCP")->whole : chunk.whole);
    }
    report_animation();
    return std::move(file_);
  }

 private:
  /// early_: before PLTE; middle_: before IDAT; late_: after it.
  void sort_input() {
    bool data_passed = false;
    for (const auto& chunk : in_.chunks) {
      if (chunk.is("IDAT")) data_passed = true;
      const bool early = is_one_of(chunk.type, colour_chunks) || chunk.is("sBIT");
      put(chunk, early ? early_ : data_passed ? late_ : middle_);
    }
    if (!exif_seen_) put_exif({}, middle_);
    if (!xmp_seen_) put_xmp({}, middle_);
  }

  void put(const PngChunk& chunk, Bytes& to) {
    // Decoders skip such a chunk, but an output must be sound.
    if (!chunk.is_critical() && !container::has_right_crc(chunk)) return lose(chunk);
    if (chunk.is_critical()) {
      const bool known = chunk.is("IHDR") || chunk.is("PLTE") || chunk.is("IDAT") || chunk.is("IEND");
      // In true colour a palette is only a hint for old viewers.
      const bool suggestion = chunk.is("PLTE") && from_.colour != type_palette && to_.plte.empty() && keep_;
      if (!known || suggestion) lose(chunk);
    } else if (is_one_of(chunk.type, colour_chunks)) {
      put_colour(chunk, to);
    } else if (chunk.is("sBIT") || chunk.is("bKGD") || chunk.is("hIST")) {
      put_dependent(chunk, to);
    } else if (chunk.is("eXIf")) {
      put_exif(chunk.data, to, &chunk);
    } else if (chunk.is("tEXt") || chunk.is("zTXt") || chunk.is("iTXt")) {
      put_text(chunk, to);
    } else if (chunk.is("tRNS") || chunk.is("acTL") || chunk.is("fcTL") || chunk.is("fdAT")) {
      return;
    } else if (chunk.is("pHYs") || (keep_ && may_be_copied(chunk))) {
      append(to, chunk.whole);
    } else if (keep_) {
      lose(chunk);
    }
  }

  [[nodiscard]] bool may_be_copied(const PngChunk& chunk) const {
    return is_one_of(chunk.type, indifferent_chunks) || chunk.is_safe_to_copy() || same_layout_;
  }

  void lose(const PngChunk& chunk) { carry_.losses.add("PNG chunk " + std::string(chunk.type)); }

  /// The output's own chunks take precedence; its profile excludes sRGB. If decoders reject the input's
  /// profile, its chunk is as valid as before.
  void put_colour(const PngChunk& chunk, Bytes& to) {
    if (chunk.is("iCCP")) {
      if (out_.find("iCCP") != nullptr) return;
      if (from_.colour == to_.colour) {
        append(to, chunk.whole);
      } else {
        carry_.losses.add("ICC profile");
      }
      return;
    }
    if (out_.find(chunk.type) != nullptr || (chunk.is("sRGB") && out_.find("iCCP") != nullptr)) return;
    append(to, chunk.whole);
  }

  /// Chunks whose layout depends on colour type and depth.
  void put_dependent(const PngChunk& chunk, Bytes& to) {
    const bool same = from_.known && from_.depth == to_.depth && from_.colour == to_.colour;
    const bool same_palette = equal(from_.plte, to_.plte);
    if (chunk.is("hIST") ? same_palette && !to_.plte.empty()
                         : same && (to_.colour != type_palette || same_palette || chunk.is("sBIT"))) {
      append(to, chunk.whole);
      return;
    }
    if (chunk.is("hIST") && to_.plte.empty()) return;  // meaningless without a palette
    Bytes data;
    const bool to_colour = (to_.colour == type_rgb || to_.colour == type_rgb_alpha) && to_.depth == 8;
    if (chunk.is("bKGD") && to_colour && from_.colour == type_palette) {
      const ByteSpan colour = part(from_.plte, std::size_t{u8(chunk.data, 0)} * 3, 3);
      if (colour.size() == 3) {
        for (std::size_t i = 0; i < 3; ++i) append_u16(data, u8(colour, i));
      }
    } else if (chunk.is("sBIT") && to_colour && (from_.colour == type_palette || from_.colour == type_rgb) &&
               chunk.data.size() == 3) {
      data = to_bytes(chunk.data);
      if (to_.colour == type_rgb_alpha) append_u8(data, 8);
    }
    if (data.empty()) {
      lose(chunk);
    } else {
      append_png_chunk(to, chunk.type, data);
    }
  }

  void put_exif(ByteSpan block, Bytes& to, const PngChunk* chunk = nullptr) {
    exif_seen_ = true;
    const Bytes edited = edited_exif(block, plan_, carry_.thumbnails, largest_block, carry_.losses);
    if (chunk != nullptr && equal(edited, block)) {
      append(to, chunk->whole);
    } else if (!edited.empty()) {
      append_png_chunk(to, "eXIf", edited);
    }
  }

  void put_xmp(ByteSpan packet, Bytes& to, const PngChunk* chunk = nullptr) {
    xmp_seen_ = true;
    const Bytes edited = edited_xmp(packet, plan_, largest_block, NewPacket::when_not_ascii, carry_.losses);
    if (chunk != nullptr && equal(edited, packet)) {
      append(to, chunk->whole);
    } else if (!edited.empty()) {
      append_png_text(to, "iTXt", xmp_keyword, edited);
    }
  }

  void put_text(const PngChunk& chunk, Bytes& to) {
    const auto text = read_png_text(chunk);
    if (!text) {
      if (keep_) append(to, chunk.whole);
      return;
    }
    const bool profile = text->keyword.starts_with(raw_profile_keyword);
    if (!text->readable) {
      // The contents are unknown; these may contain a picture.
      if (keep_ && (plan_.thumbnail == ThumbnailPolicy::keep || !(profile || text->keyword == xmp_keyword))) {
        append(to, chunk.whole);
      } else {
        carry_.losses.add("damaged PNG text " + std::string(text->keyword));
      }
    } else if (text->keyword == xmp_keyword) {
      put_xmp(text->text, to, &chunk);
    } else if (profile) {
      put_raw_profile(chunk, *text, to);
    } else if (text->keyword == "Author" || text->keyword == "Copyright") {
      put_rights(chunk, text->keyword, text->keyword == "Author" ? plan_.artist : plan_.copyright, to);
    } else if (keep_) {
      append(to, chunk.whole);
    }
  }

  void put_rights(const PngChunk& chunk, std::string_view keyword, const std::string& news, Bytes& to) const {
    if (news.empty()) {
      if (plan_.policy != CarryPolicy::none) append(to, chunk.whole);
    } else {
      append_png_text(to, is_ascii(news) ? "tEXt" : "iTXt", keyword, std::as_bytes(std::span(news)));
    }
  }

  void put_raw_profile(const PngChunk& chunk, const PngText& text, Bytes& to) {
    const auto block = read_raw_profile(text.text);
    if (!block) {
      if (!keep_) return;
      if (plan_.thumbnail != ThumbnailPolicy::keep && hides_jpeg(text.text)) {
        carry_.losses.add("damaged profile in PNG text");
      } else {
        append(to, chunk.whole);
      }
      return;
    }
    const Bytes edited = edited_raw_block(*block, raw_block(text.keyword, *block));
    if (equal(edited, *block)) {
      append(to, chunk.whole);
    } else if (!edited.empty()) {
      const auto name = text.keyword.substr(raw_profile_keyword.size());
      append_png_text(to, chunk.type, text.keyword, raw_profile(name, edited));
    }
  }

  [[nodiscard]] Bytes edited_raw_block(const Bytes& block, RawBlock raw) {
    const ByteSpan content = part(block, raw.head);
    Bytes edited;
    switch (raw.kind) {
      case RawBlock::Kind::exif:
        exif_seen_ = true;
        edited = edited_exif(content, plan_, carry_.thumbnails, largest_block, carry_.losses);
        break;
      case RawBlock::Kind::xmp:
        xmp_seen_ = true;
        edited = edited_xmp(content, plan_, largest_block, NewPacket::when_not_ascii, carry_.losses);
        break;
      case RawBlock::Kind::irb:
        edited = edited_irb(content, plan_, carry_.thumbnails, carry_.losses);
        break;
      case RawBlock::Kind::iptc:
        edited = edited_iptc(content, plan_, carry_.losses);
        break;
      case RawBlock::Kind::other:
        if (!keep_) break;
        edited = block;
        if (plan_.thumbnail != ThumbnailPolicy::keep)
          carry_.losses.add(wipe_embedded_jpegs(edited), "preview picture", "in PNG text");
        break;
    }
    if (!edited.empty())
      edited.insert(edited.begin(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(raw.head));
    return edited;
  }

  /// Then the input's chunk is used, which also has the profile's name.
  [[nodiscard]] bool same_profile() const {
    const auto profile = [](const PngChunks& file) -> std::optional<Bytes> {
      const PngChunk* chunk = file.find("iCCP");
      const auto packed = chunk == nullptr ? std::nullopt : split_png_text(*chunk);
      return packed ? inflated(packed->content, largest_block) : std::nullopt;
    };
    const auto old = profile(in_);
    return old && old == profile(out_);
  }

  /// Frames other than the picture that every decoder shows.
  void report_animation() {
    if (in_.find("acTL") == nullptr || out_.find("acTL") != nullptr) return;
    std::size_t frames = 0;
    bool data_passed = false;
    for (const auto& chunk : in_.chunks) {
      data_passed = data_passed || chunk.is("IDAT");
      if (chunk.is("fcTL") && data_passed) ++frames;
    }
    carry_.losses.add(frames, "APNG frame");
    if (frames == 0) carry_.losses.add("PNG chunk acTL");
  }

  const PngChunks& in_;
  const PngChunks& out_;
  const Carry& carry_;
  const MetadataPlan& plan_;
  Layout from_, to_;
  bool keep_ = true, same_layout_ = false, exif_seen_ = false, xmp_seen_ = false;
  Bytes early_, middle_, late_, file_;
};

}  // namespace

Bytes carry_png(ByteSpan input, ByteSpan output, const Carry& carry) {
  const auto in = read_png_chunks(input);
  const auto out = read_png_chunks(output);
  const bool whole = out && !out->chunks.empty() && out->chunks.back().is("IEND");
  if (!in || !whole) {
    carry.losses.add("all metadata: the PNG cannot be read");
    return to_bytes(output);
  }
  if (in->end < input.size() && carry.source == Source::same_container) {
    carry.losses.add(std::to_string(input.size() - in->end) + " bytes after the PNG picture");
  }
  return PngCarry(*in, *out, carry).run();
}

}  // namespace wm::metadata
