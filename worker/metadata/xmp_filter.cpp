#include "worker/metadata/xmp_filter.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "worker/metadata/xml_scanner.h"

namespace wm::metadata {
namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
struct FreeBuffer {
  void operator()(xmlBuffer* buffer) const { xmlBufferFree(buffer); }
};
struct FreeParser {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// Bounds the quadratic work of libxml2, which compares each attribute of a tag with all others, and each
/// name with all namespaces in scope.
bool is_modest(std::string_view xml) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  constexpr std::size_t most_attributes = 1000;
  if (xml.size() > longest) return false;
  const XmlTags scanned = scan_xml(xml);
  return scanned.sound && std::ranges::all_of(scanned.tags, [](const XmlTag& tag) {
           return tag.attributes.size() <= most_attributes;
         });
}

Document parse(std::string_view xml) {
  if (!is_modest(xml) || xml.find("<!DOCTYPE") != std::string_view::npos) return nullptr;
  const std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
  if (parser == nullptr) return nullptr;
  Document document(xmlCtxtReadMemory(parser.get(), xml.data(), static_cast<int>(xml.size()), nullptr,
                                      "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (document == nullptr || parser->wellFormed == 0 || parser->nsWellFormed == 0) return nullptr;
  return document;
}

bool is_kept(const xmlNs* space, std::string_view name, bool orientation_baked) {
  if (space == nullptr) return false;
  const auto uri = view(space->href);
  return (uri == dc_namespace && (name == "creator" || name == "rights")) ||
         uri == "http://ns.adobe.com/xap/1.0/rights/" ||
         (uri == "http://ns.adobe.com/photoshop/1.0/" && name == "Credit") ||
         (!orientation_baked && uri == "http://ns.adobe.com/tiff/1.0/" && name == "Orientation");
}

bool is_rdf(const xmlNode* node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && view(node->ns->href) == rdf_namespace &&
         view(node->name) == name;
}

xmlNode* find_rdf(xmlNode* root) {
  if (root == nullptr || is_rdf(root, "RDF")) return root;
  for (xmlNode* child = root->children; child != nullptr; child = child->next) {
    if (is_rdf(child, "RDF")) return child;
  }
  return nullptr;
}

void remove(xmlNode* node) {
  xmlUnlinkNode(node);
  xmlFreeNode(node);
}

/// False when nothing remains.
bool filter_description(xmlNode* description, bool orientation_baked) {
  bool anything = false;
  for (xmlAttr* attribute = description->properties; attribute != nullptr;) {
    xmlAttr* next = attribute->next;
    const bool about = attribute->ns != nullptr && view(attribute->ns->href) == rdf_namespace;
    const bool kept = is_kept(attribute->ns, view(attribute->name), orientation_baked);
    anything = anything || kept;
    if (!about && !kept) xmlRemoveProp(attribute);
    attribute = next;
  }
  for (xmlNode* child = description->children; child != nullptr;) {
    xmlNode* next = child->next;
    const bool kept =
        child->type == XML_ELEMENT_NODE && is_kept(child->ns, view(child->name), orientation_baked);
    anything = anything || kept;
    if (!kept) remove(child);
    child = next;
  }
  return anything;
}

}  // namespace

bool is_well_formed(std::string_view xml) {
  return parse(xml) != nullptr;
}

std::optional<std::string> rights_of_xmp(std::string_view packet, bool orientation_baked) {
  const Document document = parse(packet);
  xmlNode* root = document == nullptr ? nullptr : find_rdf(xmlDocGetRootElement(document.get()));
  if (root == nullptr || !is_rdf(root, "RDF")) return std::nullopt;
  bool anything = false;
  for (xmlNode* child = root->children; child != nullptr;) {
    xmlNode* next = child->next;
    const bool kept = is_rdf(child, "Description") && filter_description(child, orientation_baked);
    anything = anything || kept;
    if (!kept) remove(child);
    child = next;
  }
  if (!anything) return std::string();
  // Includes namespaces that were declared further out.
  xmlUnlinkNode(root);
  xmlReconciliateNs(document.get(), root);
  const std::unique_ptr<xmlBuffer, FreeBuffer> buffer(xmlBufferCreate());
  if (buffer == nullptr) {
    xmlFreeNode(root);
    return std::nullopt;
  }
  const int size = xmlNodeDump(buffer.get(), document.get(), root, 0, 0);
  std::string text(view(xmlBufferContent(buffer.get())));
  xmlFreeNode(root);
  if (size <= 0) return std::nullopt;
  return "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta "
         "xmlns:x=\"adobe:ns:meta/\">" +
         text + "</x:xmpmeta>\n<?xpacket end=\"w\"?>";
}

}  // namespace wm::metadata
