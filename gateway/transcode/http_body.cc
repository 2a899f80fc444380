#include "gateway/transcode/http_body.h"

#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {
namespace {

constexpr std::uint32_t kContentTypeTag = MakeTag(1, WireType::kLength);
constexpr std::uint32_t kBodyTag = MakeTag(2, WireType::kLength);

}  // namespace

void PutHttpBody(std::string_view content_type, std::string_view body, std::string* wire) {
  WireWriter out(content_type.size() + body.size());
  out.Tag(kContentTypeTag);
  out.LengthDelimited(content_type);
  out.Tag(kBodyTag);
  out.LengthDelimited(body);
  out.Finish(wire);
}

bool ReadHttpBody(std::string_view wire, HttpBodyView* view) {
  *view = {};
  WireReader in(wire);
  while (!in.done()) {
    std::uint32_t tag;
    if (!in.ReadTag(&tag)) return false;
    if (tag == kContentTypeTag) {
      if (!in.ReadLength(&view->content_type)) return false;
    } else if (tag == kBodyTag) {
      if (!in.ReadLength(&view->body)) return false;
    } else if (!in.Skip(tag)) {
      return false;
    }
  }
  return true;
}

}  // namespace jobmesh::gateway::transcode
