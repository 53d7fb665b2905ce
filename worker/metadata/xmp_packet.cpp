#include "worker/metadata/xmp_packet.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "worker/metadata/utf8.h"
#include "worker/metadata/xml_scanner.h"
#include "worker/metadata/xmp_filter.h"

namespace wm::metadata {
namespace {

constexpr std::string_view tiff = "http://ns.adobe.com/tiff/1.0/";
constexpr std::string_view exif = "http://ns.adobe.com/exif/1.0/";
constexpr std::string_view xmp = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view camera = "http://ns.google.com/photos/1.0/camera/";
constexpr std::string_view container_item = "http://ns.google.com/photos/1.0/container/item/";
constexpr std::string_view adobe_image = "http://ns.adobe.com/xap/1.0/g/img/";
constexpr std::string_view google_image = "http://ns.google.com/photos/1.0/image/";

/// Replaces the bytes of `range` by `text`.
struct Change {
  ByteRange range;
  std::string text;
};

std::string applied(std::string_view packet, std::vector<Change> changes) {
  std::ranges::stable_sort(changes,
                           [](const Change& a, const Change& b) { return a.range.begin < b.range.begin; });
  std::string result;
  std::size_t at = 0;
  for (const auto& change : changes) {
    if (change.range.begin < at) continue;  // inside a removed part
    result += packet.substr(at, change.range.begin - at);
    result += change.text;
    at = change.range.end;
  }
  result += packet.substr(at);
  return result;
}

bool is(XmlName name, std::string_view space, std::string_view local) {
  return name.space == space && name.local == local;
}

/// Sets a simple property, as attribute or element, anywhere in the packet.
void set_value(const XmlTree& tree, std::string_view space, std::string_view local, const std::string& value,
               std::vector<Change>& changes) {
  for (const auto& attribute : tree.attributes) {
    if (is(attribute.name, space, local)) changes.push_back({attribute.value, value});
  }
  for (std::size_t i = 0; i < tree.elements.size(); ++i) {
    const auto& element = tree.elements[i];
    const bool simple = i + 1 == tree.elements.size() || tree.elements[i + 1].depth <= element.depth;
    if (is(element.name, space, local) && simple && !element.content.empty()) {
      changes.push_back({element.content, value});
    }
  }
}

bool promises_video(XmlName name) {
  return name.space == camera &&
         (name.local.starts_with("MotionPhoto") || name.local.starts_with("MicroVideo"));
}

/// Properties that describe data after the picture, or in a second picture beside it.
bool is_withdrawn(XmlName name, const MetadataPlan& plan) {
  constexpr std::string_view container = "http://ns.google.com/photos/1.0/container/";
  constexpr std::string_view adobe_gain_map = "http://ns.adobe.com/hdr-gain-map/1.0/";
  constexpr std::string_view apple_gain_map = "http://ns.apple.com/HDRGainMap/1.0/";
  if (plan.trailer_gone) {
    if (name.space == container) return true;
    if (promises_video(name)) return true;
  }
  return plan.gain_map_gone && (name.space == adobe_gain_map || name.space == apple_gain_map);
}

void remove_withdrawn(const XmlTree& tree, const MetadataPlan& plan, std::vector<Change>& changes) {
  for (const auto& attribute : tree.attributes) {
    if (is_withdrawn(attribute.name, plan)) changes.push_back({attribute.whole, ""});
  }
  for (const auto& element : tree.elements) {
    if (is_withdrawn(element.name, plan)) changes.push_back({element.range, ""});
  }
}

void remove_property(const XmlTree& tree, std::string_view space, std::string_view local,
                     std::vector<Change>& changes) {
  for (const auto& attribute : tree.attributes) {
    if (is(attribute.name, space, local)) changes.push_back({attribute.whole, ""});
  }
  for (const auto& element : tree.elements) {
    if (is(element.name, space, local)) changes.push_back({element.range, ""});
  }
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
      result += ' ';  // XML 1.0 cannot represent it
    } else {
      result += c;
    }
  }
  return result;
}

/// `about` as written in the packet.
std::string description(const MetadataPlan& plan, std::string_view about) {
  std::string text = "<rdf:Description xmlns:rdf=\"" + std::string(rdf_namespace) + "\" xmlns:dc=\"" +
                     std::string(dc_namespace) + "\" rdf:about=\"" + std::string(about) + "\">";
  if (!plan.artist.empty()) {
    text += "<dc:creator><rdf:Seq><rdf:li>" + escaped(plan.artist) + "</rdf:li></rdf:Seq></dc:creator>";
  }
  if (!plan.copyright.empty()) {
    text += "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">" + escaped(plan.copyright) +
            "</rdf:li></rdf:Alt></dc:rights>";
  }
  return text + "</rdf:Description>";
}

std::string new_packet(const MetadataPlan& plan) {
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"" +
         std::string(rdf_namespace) + "\">" + description(plan, "") +
         "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>";
}

/// Adds texts to the end of rdf:RDF. False when there is no such element with an end tag.
bool add_texts(const XmlTree& tree, std::string_view packet, const MetadataPlan& plan,
               std::vector<Change>& changes) {
  if (!has_texts(plan)) return true;
  for (const auto& element : tree.elements) {
    if (!is(element.name, rdf_namespace, "RDF") || tree.tags[element.tag].kind == XmlTag::Kind::empty)
      continue;
    std::string_view about;
    for (const auto& attribute : tree.attributes) {
      if (is(attribute.name, rdf_namespace, "about")) {
        about = packet.substr(attribute.value.begin, attribute.value.end - attribute.value.begin);
        break;
      }
    }
    if (about.find('"') != std::string_view::npos) return false;
    if (!plan.artist.empty()) remove_property(tree, dc_namespace, "creator", changes);
    if (!plan.copyright.empty()) remove_property(tree, dc_namespace, "rights", changes);
    changes.push_back({{element.content.end, element.content.end}, description(plan, about)});
    return true;
  }
  return false;
}

/// Removes as much white space before the packet's trailer as the packet has grown, as far as available.
void use_padding(std::string& packet, std::size_t old_size) {
  if (packet.size() <= old_size) return;
  const auto trailer = packet.rfind("<?xpacket end");
  if (trailer == std::string::npos || trailer == 0) return;
  const auto text_end = packet.find_last_not_of(" \t\r\n", trailer - 1);
  const std::size_t padding = text_end == std::string::npos ? 0 : trailer - text_end - 1;
  if (padding < 2) return;
  const std::size_t taken = std::min(packet.size() - old_size, padding - 1);
  packet.erase(trailer - taken, taken);
}

/// The packet with the requested changes; nullopt when they are impossible.
std::optional<std::string> edited(std::string_view packet, const MetadataPlan& plan, Losses& losses) {
  const XmlTree tree = read_xml(packet);
  if (!tree.sound) return std::nullopt;
  std::vector<Change> changes;
  if (plan.thumbnail != ThumbnailPolicy::keep) {
    remove_property(tree, xmp, "Thumbnails", changes);
    if (!changes.empty() && plan.thumbnail == ThumbnailPolicy::remake) losses.add("XMP thumbnail");
    const std::size_t thumbnails = changes.size();
    remove_property(tree, google_image, "Data", changes);
    losses.add(changes.size() - thumbnails, "picture", "in XMP");
  }
  remove_withdrawn(tree, plan, changes);
  if (plan.orientation_baked) {
    set_value(tree, tiff, "Orientation", "1", changes);
    if (plan.width > 0 && plan.height > 0) {
      set_value(tree, tiff, "ImageWidth", std::to_string(plan.width), changes);
      set_value(tree, tiff, "ImageLength", std::to_string(plan.height), changes);
      set_value(tree, exif, "PixelXDimension", std::to_string(plan.width), changes);
      set_value(tree, exif, "PixelYDimension", std::to_string(plan.height), changes);
    }
  }
  if (!add_texts(tree, packet, plan, changes)) return std::nullopt;
  if (changes.empty()) return std::string(packet);
  std::string result = applied(packet, std::move(changes));
  use_padding(result, packet.size());
  return result;
}

bool asks_for_edits(ByteSpan packet, const MetadataPlan& plan) {
  return has_texts(plan) || plan.orientation_baked || plan.trailer_gone || plan.gain_map_gone ||
         (plan.thumbnail != ThumbnailPolicy::keep && mentions_pictures(packet));
}

/// A text in one of the encodings of XMP with one char for each code unit: names and Base64 are
/// ASCII, all others become '?'.
struct NarrowText {
  std::string text;
  std::size_t width = 1, place = 0;  // character i is byte i * width + place
};

NarrowText narrow_text(ByteSpan bytes) {
  NarrowText narrow;
  const bool second_is_zero = u8(bytes, 0) != 0 && u8(bytes, 1) == 0;
  if (starts_with(bytes, "\xFF\xFE"sv) || (bytes.size() > 1 && second_is_zero)) {
    narrow = {.text = {}, .width = u8(bytes, 2) == 0 && u8(bytes, 3) == 0 ? 4U : 2U, .place = 0};
  } else if (starts_with(bytes, "\xFE\xFF"sv) || (bytes.size() > 1 && u8(bytes, 0) == 0)) {
    const bool four = u8(bytes, 0) == 0 && u8(bytes, 1) == 0;
    narrow = {.text = {}, .width = four ? 4U : 2U, .place = four ? 3U : 1U};
  }
  narrow.text.reserve(bytes.size() / narrow.width);
  for (std::size_t at = 0; at + narrow.width <= bytes.size(); at += narrow.width) {
    const std::uint8_t character = u8(bytes, at + narrow.place);
    bool ascii = character < 0x80;
    for (std::size_t i = 0; i < narrow.width; ++i)
      ascii = ascii && (i == narrow.place || u8(bytes, at + i) == 0);
    narrow.text += ascii ? static_cast<char>(character) : '?';
  }
  return narrow;
}

/// Converts a packet in any encoding to UTF-8.
std::string utf8_packet(ByteSpan packet) {
  const NarrowText narrow = narrow_text(packet);
  if (narrow.width != 2) return std::string(text_of(packet));
  return utf8_of_utf16(packet, narrow.place == 0 ? Endian::little : Endian::big);
}

/// All prefixes bound to a namespace anywhere in the text, always including the usual one.
std::vector<std::string> prefixes(std::string_view text, std::string_view space, std::string_view usual) {
  std::vector<std::string> found{std::string(usual)};
  constexpr std::size_t most = 16;
  for (std::size_t at = 0; (at = text.find(space, at)) != std::string_view::npos && found.size() < most;
       ++at) {
    const auto colon = text.rfind(':', at < 3 ? 0 : at - 3);
    const auto equals = colon == std::string_view::npos ? colon : text.find('=', colon);
    if (equals == std::string_view::npos || equals > at || !text.substr(0, colon).ends_with("xmlns"))
      continue;
    found.emplace_back(text.substr(colon + 1, equals - colon - 1));
  }
  return found;
}

/// The value of the property whose name ends at `at`: an element's content or an attribute.
ByteRange value_range(std::string_view text, std::size_t name_at, std::size_t at) {
  const auto end_of = [text](std::string_view end, std::size_t from) {
    return std::min(text.find(end, from), text.size());
  };
  if (at < text.size() && text[at] == '=' && at + 1 < text.size()) {
    return {at + 2, end_of(text.substr(at + 1, 1), at + 2)};
  }
  if (name_at == 0 || text[name_at - 1] != '<') return {};
  const std::size_t begin = end_of(">", at) + 1;
  constexpr std::string_view cdata = "<![CDATA[";
  if (begin < text.size() && text.substr(begin).starts_with(cdata))
    return {begin + cdata.size(), end_of("]]>", begin)};
  return {begin, end_of("<", begin)};
}

std::vector<ByteRange> picture_ranges(std::string_view text) {
  std::vector<ByteRange> ranges;
  const auto add = [&](std::string_view space, std::string_view usual, std::string_view local) {
    for (const auto& prefix : prefixes(text, space, usual)) {
      const std::string name = prefix + ":" + std::string(local);
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; at += name.size()) {
        const ByteRange range = value_range(text, at, at + name.size());
        if (range.begin < range.end &&
            text.substr(range.begin, range.end - range.begin).find_first_not_of(" \t\r\n") !=
                std::string_view::npos)
          ranges.push_back(range);
      }
    }
  };
  add(adobe_image, "xmpGImg", "image");
  add(google_image, "GImage", "Data");
  return ranges;
}

}  // namespace

bool is_xmp(ByteSpan bytes) {
  std::string_view head = text_of(bytes);
  const std::string narrow = narrow_text(part(bytes, 0, 128)).text;
  head = narrow;
  head.remove_prefix(std::min(head.find_first_not_of("? \t\r\n"), head.size()));
  return head.starts_with("<?xpacket") || head.starts_with("<x:x") || head.starts_with("<rdf:RDF") ||
         head.starts_with("<?xml");
}

bool mentions_pictures(ByteSpan packet) {
  const std::string narrow = narrow_text(packet).text;
  return narrow.find("Thumbnails") != std::string::npos || narrow.find("xmpGImg") != std::string::npos ||
         narrow.find(adobe_image) != std::string::npos || narrow.find("GImage") != std::string::npos ||
         narrow.find(google_image) != std::string::npos;
}

std::size_t blank_pictures(Bytes& packet) {
  const NarrowText narrow = narrow_text(packet);
  const auto ranges = picture_ranges(narrow.text);
  for (const auto& range : ranges) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      for (std::size_t byte = 0; byte < narrow.width; ++byte)
        packet[i * narrow.width + byte] = byte == narrow.place ? std::byte{' '} : std::byte{0};
    }
  }
  return ranges.size();
}

Bytes without_motion_photo(ByteSpan packet) {
  const std::string text = utf8_packet(packet);
  const XmlTree tree = read_xml(text);
  if (!tree.sound) return to_bytes(packet);
  std::vector<Change> changes;
  for (const auto& attribute : tree.attributes) {
    if (promises_video(attribute.name)) changes.push_back({attribute.whole, ""});
  }
  for (const auto& element : tree.elements) {
    if (promises_video(element.name)) changes.push_back({element.range, ""});
  }
  // The entry of a container's directory that gives the position of the video.
  for (const auto& attribute : tree.attributes) {
    const auto value =
        std::string_view(text).substr(attribute.value.begin, attribute.value.end - attribute.value.begin);
    if (!is(attribute.name, container_item, "Semantic") || value != "MotionPhoto") continue;
    const ByteRange* entry = nullptr;
    for (const auto& element : tree.elements) {
      if (is(element.name, rdf_namespace, "li") && element.range.begin <= attribute.whole.begin &&
          attribute.whole.end <= element.range.end)
        entry = &element.range;
    }
    if (entry != nullptr) changes.push_back({*entry, ""});
  }
  if (changes.empty()) return to_bytes(packet);
  return to_bytes(applied(text, std::move(changes)));
}

Bytes edited_xmp(ByteSpan packet, const MetadataPlan& plan, std::size_t limit, NewPacket when,
                 Losses& losses) {
  const bool make = has_texts(plan) && (when == NewPacket::always || !is_ascii(plan.copyright + plan.artist));
  std::string text = utf8_packet(packet);
  Bytes now = to_bytes(packet);  // the result if nothing is edited
  if (plan.policy == CarryPolicy::none) text.clear();
  if (plan.policy == CarryPolicy::copyright && !text.empty()) {
    auto rights = rights_of_xmp(text, plan.orientation_baked);
    if (!rights) losses.add("author and rights of a damaged XMP packet");
    text = rights.value_or("");
    now = to_bytes(text);
  }
  if (text.empty()) {
    if (!make) return {};
    Bytes fresh = to_bytes(new_packet(plan));
    if (fresh.size() <= limit) return fresh;
    losses.add("new copyright or artist in XMP: no room");
    return {};
  }
  if (!asks_for_edits(now, plan)) return now;
  std::optional<std::string> result;
  if (is_well_formed(text)) result = edited(text, plan, losses);
  if (result && *result != text && !is_well_formed(*result)) result.reset();
  if (result && result->size() > std::max(limit, text.size())) {
    losses.add("changes to XMP: no room");
    result.reset();
  } else if (!result &&
             (has_texts(plan) || plan.orientation_baked || plan.trailer_gone || plan.gain_map_gone)) {
    losses.add("changes to an XMP packet that cannot be edited");
  }
  if (result && *result != text) now = to_bytes(*result);
  // Pictures in unknown properties, or in a damaged packet.
  if (plan.thumbnail != ThumbnailPolicy::keep) losses.add(blank_pictures(now), "picture", "in XMP");
  return now;
}

}  // namespace wm::metadata
