#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace jobmesh::testing {

// A response body before it is sent.
struct Page {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body;
  std::chrono::sys_seconds modified{};  // zero: no Last-Modified
};

// `text` with & < > " ' as character references: for HTML and XML, text and attributes.
std::string Escaped(std::string_view text);

// "Senior C++ Developer" -> "senior-c-developer"; never empty.
std::string Slug(std::string_view text);

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to);

// A whole HTML document.
std::string HtmlDocument(std::string_view language, std::string_view title, std::string_view head,
                         std::string_view body);

Page NotFoundPage();

}  // namespace jobmesh::testing
