#include "tests/support/sample_board/markup.h"

#include <cctype>
#include <string>
#include <string_view>

namespace jobmesh::testing {

std::string Escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Slug(std::string_view text) {
  std::string slug;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 && byte < 0x80) {
      slug += static_cast<char>(std::tolower(byte));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "job" : slug;
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string HtmlDocument(std::string_view language, std::string_view title, std::string_view head,
                         std::string_view body) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"";
  out.append(language).append("\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
  out.append(Escaped(title)).append("</title>\n").append(head);
  out.append("</head>\n<body>\n").append(body).append("</body>\n</html>\n");
  return out;
}

Page NotFoundPage() {
  return {.status = 404,
          .body = HtmlDocument("en", "Not found", "", "<h1>This page does not exist</h1>\n")};
}

}  // namespace jobmesh::testing
