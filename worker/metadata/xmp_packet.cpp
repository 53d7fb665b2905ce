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
constexpr std::string_view note = "http://ns.adobe.com/xmp/note/";

/// Bytes [range) become `text`.
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
    if (change.range.begin < at) continue;  // inside something that is gone
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

/// The value of a simple property, as attribute or element, wherever it stands.
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

/// Properties that say what lies behind the picture, or in a second picture beside it.
bool is_withdrawn(XmlName name, const MetadataPlan& plan) {
  constexpr std::string_view camera = "http://ns.google.com/photos/1.0/camera/";
  constexpr std::string_view container = "http://ns.google.com/photos/1.0/container/";
  constexpr std::string_view adobe_gain_map = "http://ns.adobe.com/hdr-gain-map/1.0/";
  constexpr std::string_view apple_gain_map = "http://ns.apple.com/HDRGainMap/1.0/";
  if (plan.trailer_gone) {
    if (name.space == container) return true;
    const bool video = name.local.starts_with("MotionPhoto") || name.local.starts_with("MicroVideo");
    if (name.space == camera && video) return true;
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
      result += ' ';  // XML 1.0 has no way to say it
    } else {
      result += c;
    }
  }
  return result;
}

/// `about` as it is written in the packet.
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

/// Adds to the end of rdf:RDF. False when there is no such element that has an end tag.
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

/// Takes what the packet has grown by from the white space before its trailer.
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

/// What is asked of the packet; none when it cannot be done.
std::optional<std::string> edited(std::string_view packet, const MetadataPlan& plan, Losses& losses) {
  const XmlTree tree = read_xml(packet);
  if (!tree.sound) return std::nullopt;
  std::vector<Change> changes;
  if (plan.thumbnail != ThumbnailPolicy::keep) {
    remove_property(tree, xmp, "Thumbnails", changes);
    if (!changes.empty() && plan.thumbnail == ThumbnailPolicy::remake) losses.add("XMP thumbnail");
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
         (plan.thumbnail != ThumbnailPolicy::keep && mentions_thumbnails(packet));
}

}  // namespace

bool mentions_thumbnails(ByteSpan packet) {
  std::string narrow;  // UTF-16 and UTF-32 become readable without their zeros
  narrow.reserve(packet.size());
  for (const char c : text_of(packet)) {
    if (c != '\0') narrow += c;
  }
  return narrow.find("Thumbnails") != std::string::npos || narrow.find("xmpGImg") != std::string::npos ||
         narrow.find("http://ns.adobe.com/xap/1.0/g/img/") != std::string::npos;
}

Bytes without_extension_note(ByteSpan packet) {
  const XmlTree tree = read_xml(text_of(packet));
  std::vector<Change> changes;
  if (tree.sound) remove_property(tree, note, "HasExtendedXMP", changes);
  return to_bytes(applied(text_of(packet), std::move(changes)));
}

Bytes edited_xmp(ByteSpan packet, const MetadataPlan& plan, std::size_t limit, NewPacket when,
                 Losses& losses) {
  const bool make = has_texts(plan) && (when == NewPacket::always || !is_ascii(plan.copyright + plan.artist));
  std::string text(text_of(packet));
  if (plan.policy == CarryPolicy::none) text.clear();
  if (plan.policy == CarryPolicy::copyright && !text.empty()) {
    auto rights = rights_of_xmp(text, plan.orientation_baked);
    if (!rights) losses.add("author and rights of a damaged XMP packet");
    text = rights.value_or("");
  }
  if (text.empty()) {
    if (!make) return {};
    Bytes fresh = to_bytes(new_packet(plan));
    if (fresh.size() <= limit) return fresh;
    losses.add("new copyright or artist in XMP: no room");
    return {};
  }
  const ByteSpan now = std::as_bytes(std::span(text));
  if (!asks_for_edits(now, plan)) return to_bytes(now);
  const bool hides_pictures = plan.thumbnail != ThumbnailPolicy::keep && mentions_thumbnails(now);
  std::optional<std::string> result;
  if (is_well_formed(text)) result = edited(text, plan, losses);
  if (result && *result != text && !is_well_formed(*result)) result.reset();
  if (result && result->size() > std::max(limit, text.size())) {
    losses.add("changes to XMP: no room");
    result.reset();
    if (!hides_pictures) return to_bytes(now);
  }
  // Base64 without the element's name is a picture that was not found.
  const bool left = result && hides_pictures && result->find(":image>") != std::string::npos;
  if (result && !left) return to_bytes(*result);
  if (hides_pictures) {
    losses.add("XMP packet with thumbnails that cannot be taken out");
    return {};
  }
  losses.add("changes to an XMP packet that cannot be edited");
  return to_bytes(now);
}

}  // namespace wm::metadata
