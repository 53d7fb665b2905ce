#include "worker/metadata/xml_scanner.h"

#include <algorithm>
#include <optional>

namespace wm::metadata {
namespace {

constexpr std::size_t max_tags = 200'000;
constexpr std::size_t max_depth = 128;
constexpr std::size_t max_namespaces = 256;
constexpr std::string_view white = " \t\r\n";

using View = std::string_view;

/// The position after `ending`, searched from `at`.
std::optional<std::size_t> after(View text, std::size_t at, View ending) {
  const auto found = text.find(ending, at);
  if (found == View::npos) return std::nullopt;
  return found + ending.size();
}

/// `at` is the position after the name.
bool read_attributes(View text, std::size_t& at, XmlTag& tag) {
  while (at < text.size()) {
    const std::size_t begin = at;
    at = text.find_first_not_of(white, at);
    if (at == View::npos) return false;
    if (text[at] == '>') return true;
    if (text.substr(at, 2) == "/>") {
      ++at;
      tag.kind = XmlTag::Kind::empty;
      return true;
    }
    const std::size_t name_end = text.find_first_of(" \t\r\n=<>/", at);
    if (name_end == View::npos || name_end == at) return false;
    const View name = text.substr(at, name_end - at);
    at = text.find_first_not_of(white, name_end);
    if (at == View::npos || text[at] != '=') return false;
    at = text.find_first_not_of(white, at + 1);
    if (at == View::npos || (text[at] != '"' && text[at] != '\'')) return false;
    const std::size_t end = text.find(text[at], at + 1);
    if (end == View::npos) return false;
    tag.attributes.push_back({.name = name,
                              .value = text.substr(at + 1, end - at - 1),
                              .whole = {begin, end + 1},
                              .value_range = {at + 1, end}});
    at = end + 1;
  }
  return false;
}

/// Prefixes in scope, innermost last.
class Namespaces {
 public:
  bool open(const XmlTag& tag) {
    for (const auto& attribute : tag.attributes) {
      if (attribute.name == "xmlns") all_.push_back({depth_, "", attribute.value});
      if (attribute.name.starts_with("xmlns:"))
        all_.push_back({depth_, attribute.name.substr(6), attribute.value});
    }
    ++depth_;
    return all_.size() <= max_namespaces && depth_ <= max_depth;
  }
  void close() {
    --depth_;
    while (!all_.empty() && all_.back().depth >= depth_) all_.pop_back();
  }
  [[nodiscard]] XmlName resolve(View name, bool is_attribute) const {
    const auto colon = name.find(':');
    const View prefix = colon == View::npos ? View() : name.substr(0, colon);
    const View local = colon == View::npos ? name : name.substr(colon + 1);
    if (colon == View::npos && is_attribute) return {"", local};
    const auto found = std::find_if(all_.rbegin(), all_.rend(),
                                    [prefix](const Binding& binding) { return binding.prefix == prefix; });
    if (found != all_.rend()) return {found->space, local};
    return {"", local};
  }

 private:
  struct Binding {
    std::size_t depth;
    View prefix, space;
  };
  std::vector<Binding> all_;
  std::size_t depth_ = 0;
};

}  // namespace

XmlTags scan_xml(std::string_view text) {
  XmlTags result;
  std::size_t at = 0;
  while ((at = text.find('<', at)) != View::npos) {
    const View rest = text.substr(at);
    std::optional<std::size_t> skipped;
    if (rest.starts_with("<!--")) {
      skipped = after(text, at + 4, "-->");
    } else if (rest.starts_with("<![CDATA[")) {
      skipped = after(text, at + 9, "]]>");
    } else if (rest.starts_with("<?")) {
      skipped = after(text, at + 2, "?>");
    } else if (rest.starts_with("<!")) {
      return {};
    }
    if (rest.starts_with("<!") || rest.starts_with("<?")) {
      if (!skipped) return {};
      at = *skipped;
      continue;
    }
    if (result.tags.size() == max_tags) return {};
    XmlTag tag;
    const std::size_t begin = at++;
    if (at < text.size() && text[at] == '/') {
      tag.kind = XmlTag::Kind::end;
      ++at;
    }
    const std::size_t name_end = text.find_first_of(" \t\r\n/>", at);
    if (name_end == View::npos || name_end == at) return {};
    tag.name = text.substr(at, name_end - at);
    at = name_end;
    if (!read_attributes(text, at, tag)) return {};
    ++at;
    tag.range = {begin, at};
    result.tags.push_back(std::move(tag));
  }
  result.sound = true;
  return result;
}

XmlTree read_xml(std::string_view text) {
  XmlTags scanned = scan_xml(text);
  if (!scanned.sound) return {};
  XmlTree tree;
  Namespaces namespaces;
  std::vector<std::size_t> open;  // indices of elements
  for (std::size_t i = 0; i < scanned.tags.size(); ++i) {
    const XmlTag& tag = scanned.tags[i];
    if (tag.kind == XmlTag::Kind::end) {
      if (open.empty()) return {};
      XmlElement& element = tree.elements[open.back()];
      if (scanned.tags[element.tag].name != tag.name) return {};
      element.range.end = tag.range.end;
      element.content.end = tag.range.begin;
      open.pop_back();
      namespaces.close();
      continue;
    }
    if (!namespaces.open(tag)) return {};
    tree.elements.push_back({.name = namespaces.resolve(tag.name, false),
                             .range = tag.range,
                             .content = {tag.range.end, tag.range.end},
                             .depth = open.size(),
                             .tag = i});
    for (const auto& attribute : tag.attributes) {
      const XmlName name = namespaces.resolve(attribute.name, true);
      if (name.space.empty() || attribute.name.starts_with("xmlns")) continue;
      tree.attributes.push_back(
          {.name = name, .whole = attribute.whole, .value = attribute.value_range, .tag = i});
    }
    if (tag.kind == XmlTag::Kind::empty) {
      namespaces.close();
    } else {
      open.push_back(tree.elements.size() - 1);
    }
  }
  tree.sound = open.empty() && !tree.elements.empty();
  tree.tags = std::move(scanned.tags);
  return tree;
}

}  // namespace wm::metadata
