#include "scraper-service/sources/markup.h"

#include <charconv>
#include <limits>

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::sources {
namespace {

constexpr int kMaxUnescapes = 4;
constexpr std::size_t kLongestEntity = 10;

const xmlChar* Xml(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

std::string Take(xmlChar* text) {
  if (text == nullptr) return {};
  std::string copy(reinterpret_cast<const char*>(text));
  xmlFree(text);
  return copy;
}

// The parser's tables must be made before threads use them.
void InitParser() {
  static const bool done = [] {
    xmlInitParser();
    return true;
  }();
  (void)done;
}

int ParserLength(std::string_view text) {
  return static_cast<int>(std::min<std::size_t>(text.size(), std::numeric_limits<int>::max()));
}

void AppendUtf8(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) code = 0xfffd;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// The code point that a reference without '&' and ';' names.
std::optional<std::uint32_t> CodeOf(std::string_view name) {
  if (name.size() > 1 && name.front() == '#') {
    const bool hex = name[1] == 'x' || name[1] == 'X';
    const auto digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return code;
  }
  if (name == "apos") return '\'';
  const htmlEntityDesc* entity = htmlEntityLookup(Xml(std::string(name).c_str()));
  return entity == nullptr ? std::nullopt : std::optional<std::uint32_t>(entity->value);
}

}  // namespace

void Document::Free::operator()(xmlDoc* document) const { xmlFreeDoc(document); }

Document Document::ParseHtml(std::string_view utf8) {
  InitParser();
  return Document(htmlReadMemory(utf8.data(), ParserLength(utf8), nullptr, "UTF-8",
                                 HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                     HTML_PARSE_NONET | HTML_PARSE_COMPACT),
                  true);
}

std::optional<Document> Document::ParseXml(std::string_view utf8) {
  InitParser();
  // Feeds and sitemaps have no use for entities of their own; refusing them ends every attack that
  // needs them.
  if (utf8.find("<!ENTITY") != std::string_view::npos) return std::nullopt;
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> parser(xmlNewParserCtxt(),
                                                                            &xmlFreeParserCtxt);
  xmlDoc* document =
      xmlCtxtReadMemory(parser.get(), utf8.data(), ParserLength(utf8), nullptr, "UTF-8",
                        XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR |
                            XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
  Document result(document, parser->wellFormed != 0);
  if (document == nullptr || result.root() == nullptr) return std::nullopt;
  return result;
}

xmlNode* Document::root() const {
  return document_ == nullptr ? nullptr : xmlDocGetRootElement(document_.get());
}

std::vector<xmlNode*> Document::Select(const char* xpath, xmlNode* from) const {
  std::vector<xmlNode*> nodes;
  if (document_ == nullptr) return nodes;
  const std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(
      xmlXPathNewContext(document_.get()), &xmlXPathFreeContext);
  context->node = from != nullptr ? from : reinterpret_cast<xmlNode*>(document_.get());
  const std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)> found(
      xmlXPathEvalExpression(Xml(xpath), context.get()), &xmlXPathFreeObject);
  if (found == nullptr || found->nodesetval == nullptr) return nodes;
  for (int i = 0; i < found->nodesetval->nodeNr; ++i) {
    if (found->nodesetval->nodeTab[i]->type == XML_ELEMENT_NODE) {
      nodes.push_back(found->nodesetval->nodeTab[i]);
    }
  }
  return nodes;
}

xmlNode* Document::First(const char* xpath, xmlNode* from) const {
  const auto nodes = Select(xpath, from);
  return nodes.empty() ? nullptr : nodes.front();
}

std::string RawTextOf(xmlNode* node) {
  return node == nullptr ? std::string() : Take(xmlNodeGetContent(node));
}

std::string TextOf(xmlNode* node) {
  std::string text;
  bool space = false;
  const std::string raw = RawTextOf(node);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const bool no_break_space = raw[i] == '\xc2' && i + 1 < raw.size() && raw[i + 1] == '\xa0';
    if (no_break_space || raw[i] == ' ' || (raw[i] >= '\t' && raw[i] <= '\r')) {
      space = true;
      i += no_break_space ? 1 : 0;
      continue;
    }
    if (space && !text.empty()) text += ' ';
    space = false;
    text += raw[i];
  }
  return text;
}

std::string InnerHtml(xmlNode* node) {
  if (node == nullptr) return {};
  const std::unique_ptr<xmlBuffer, decltype(&xmlBufferFree)> buffer(xmlBufferCreate(),
                                                                    &xmlBufferFree);
  const std::unique_ptr<xmlOutputBuffer, int (*)(xmlOutputBuffer*)> output(
      xmlOutputBufferCreateBuffer(buffer.get(), nullptr), &xmlOutputBufferClose);
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    htmlNodeDumpFormatOutput(output.get(), node->doc, child, "UTF-8", 0);
  }
  xmlOutputBufferFlush(output.get());
  return reinterpret_cast<const char*>(xmlBufferContent(buffer.get()));
}

std::string Attribute(xmlNode* node, const char* name) {
  return node == nullptr ? std::string() : Take(xmlGetProp(node, Xml(name)));
}

bool HasAttribute(xmlNode* node, const char* name) {
  return node != nullptr && xmlHasProp(node, Xml(name)) != nullptr;
}

std::string_view LocalName(const xmlNode* node) {
  const std::string_view name = reinterpret_cast<const char*>(node->name);
  // In a feed that does not declare its prefixes the prefix stays part of the name.
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::vector<xmlNode*> ChildElements(xmlNode* node) {
  std::vector<xmlNode*> children;
  if (node == nullptr) return children;
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) children.push_back(child);
  }
  return children;
}

std::string UnescapeEntities(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const auto end = text.substr(i, kLongestEntity + 2).find(';');
      if (end != std::string_view::npos) {
        if (const auto code = CodeOf(text.substr(i + 1, end - 1))) {
          AppendUtf8(plain, *code);
          i += end;
          continue;
        }
      }
    }
    plain += text[i];
  }
  return plain;
}

bool HasTags(std::string_view text) {
  for (auto open = text.find('<'); open != std::string_view::npos;
       open = text.find('<', open + 1)) {
    const char next = open + 1 < text.size() ? text[open + 1] : ' ';
    const bool starts_tag =
        (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '/' || next == '!';
    if (starts_tag) return text.find('>', open) != std::string_view::npos;
  }
  return false;
}

std::string UnescapeUntilTags(std::string text) {
  for (int round = 0; round < kMaxUnescapes && !HasTags(text); ++round) {
    if (text.find("&lt;") == std::string::npos && text.find("&amp;lt;") == std::string::npos &&
        text.find("&amp;amp;lt;") == std::string::npos && text.find("&#60;") == std::string::npos) {
      break;
    }
    text = UnescapeEntities(text);
  }
  return text;
}

}  // namespace jobmesh::scraper::sources
