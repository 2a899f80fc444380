#include <cstdio>
#include <string>
#include <string_view>

#include "tests/support/posting_generator.h"

namespace jobmesh::testing {
namespace {

void AppendString(std::string_view text, std::string* out) {
  *out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out->append(text, copied, i - copied);
    copied = i + 1;
    if (c == '\n') {
      *out += "\\n";
    } else if (c < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", c);
      *out += escape;
    } else {
      *out += '\\';
      *out += static_cast<char>(c);
    }
  }
  out->append(text, copied);
  *out += '"';
}

void AppendMember(std::string_view name, std::string_view value, std::string* out) {
  *out += out->back() == '{' ? "\"" : ",\"";
  out->append(name).append("\":");
  AppendString(value, out);
}

}  // namespace

void AppendJsonLine(const GeneratedPosting& posting, std::string* out) {
  *out += '{';
  AppendMember("id", posting.native_id, out);
  AppendMember("title", posting.title, out);
  AppendMember("company", posting.company, out);
  AppendMember("location", posting.location, out);
  AppendMember("description", posting.description, out);
  AppendMember("format", posting.html ? "html" : "text", out);
  if (posting.salary_text) AppendMember("salary_text", *posting.salary_text, out);
  if (posting.experience_text) AppendMember("experience_text", *posting.experience_text, out);
  AppendMember("posted_text", posting.posted_text, out);
  AppendMember("url", posting.url, out);
  AppendMember("native_id", posting.native_id, out);
  *out += '}';
}

}  // namespace jobmesh::testing
