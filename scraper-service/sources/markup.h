#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libxml/tree.h>

namespace jobmesh::scraper::sources {

// A parsed HTML or XML document. Parsing is safe for hostile input: no network, no external or
// expanded entities, bounded depth. Nodes live as long as the document. One document is for one
// thread.
class Document {
 public:
  // HTML never fails: what is not understood is dropped. The text is UTF-8 whatever a <meta> says.
  static Document ParseHtml(std::string_view utf8);
  // nullopt when not even a root element can be found, or when the text declares entities.
  static std::optional<Document> ParseXml(std::string_view utf8);

  // The root element; null for an empty HTML document.
  xmlNode* root() const;
  // False when XML had to be repaired.
  bool well_formed() const { return well_formed_; }

  // Elements that match an XPath 1.0 expression, in document order, under `from` (null = the
  // document).
  std::vector<xmlNode*> Select(const char* xpath, xmlNode* from = nullptr) const;
  // The first of them, or null.
  xmlNode* First(const char* xpath, xmlNode* from = nullptr) const;

 private:
  struct Free {
    void operator()(xmlDoc* document) const;
  };
  Document(xmlDoc* document, bool well_formed) : document_(document), well_formed_(well_formed) {}

  std::unique_ptr<xmlDoc, Free> document_;
  bool well_formed_;
};

// All text under a node, with runs of space made one blank and the ends trimmed. Empty for null.
std::string TextOf(xmlNode* node);
// All text under a node as it stands.
std::string RawTextOf(xmlNode* node);
// The node's content as HTML. Empty for null.
std::string InnerHtml(xmlNode* node);
// The attribute's value; empty when absent.
std::string Attribute(xmlNode* node, const char* name);
bool HasAttribute(xmlNode* node, const char* name);
// The name without namespace prefix.
std::string_view LocalName(const xmlNode* node);
// The element children.
std::vector<xmlNode*> ChildElements(xmlNode* node);

// An XPath condition that holds for elements of a CSS class.
#define JOBMESH_HAS_CLASS(name) "contains(concat(' ',normalize-space(@class),' '),' " name " ')"

// Replaces HTML character references by what they mean; leaves what is none.
std::string UnescapeEntities(std::string_view text);
// Whether the text holds an HTML tag.
bool HasTags(std::string_view text);
// Undoes entity escaping of HTML, however often it was done, and stops where tags appear.
std::string UnescapeUntilTags(std::string text);

}  // namespace jobmesh::scraper::sources
