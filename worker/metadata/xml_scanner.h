#pragma once

// The tags of an XML text with their positions, so that an edit can leave every other byte unchanged (a
// parser that builds a tree rewrites the whole text). Reads UTF-8 that libxml2 has found well-formed; on
// other text it may find wrong tags, but never outside the text. Documents with a DOCTYPE are refused.
// Borrows the text.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/metadata/containers.h"

namespace wm::metadata {

struct XmlAttribute {
  std::string_view name, value;  // the value as written, without its quotes
  ByteRange whole;               // with the white space before it
  ByteRange value_range;
};

struct XmlTag {
  enum class Kind : std::uint8_t { start, end, empty };
  Kind kind = Kind::start;
  std::string_view name;  // with its prefix
  ByteRange range;
  std::vector<XmlAttribute> attributes;
};

/// All tags in order; empty, with `sound` false, if the text cannot be read to its end.
struct XmlTags {
  std::vector<XmlTag> tags;
  bool sound = false;
};
[[nodiscard]] XmlTags scan_xml(std::string_view text);

/// An element or attribute of a namespace.
struct XmlName {
  std::string_view space, local;
};

struct XmlElement {
  XmlName name;
  ByteRange range;  // from its start tag to the end of its end tag
  ByteRange content;
  std::size_t depth = 0;
  std::size_t tag = 0;  // index of its start tag
};

struct XmlProperty {
  XmlName name;
  ByteRange whole, value;
  std::size_t tag = 0;
};

/// Elements in the order of their start tags, and attributes that have a namespace, with prefixes resolved.
struct XmlTree {
  std::vector<XmlTag> tags;
  std::vector<XmlElement> elements;
  std::vector<XmlProperty> attributes;
  bool sound = false;
};
[[nodiscard]] XmlTree read_xml(std::string_view text);

}  // namespace wm::metadata
