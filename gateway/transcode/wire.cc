#include "gateway/transcode/wire.h"

#include <algorithm>
#include <utility>

namespace jobmesh::gateway::transcode {
namespace {

constexpr std::size_t kMaxGroupDepth = 100;

}  // namespace

bool WireReader::Skip(std::uint32_t tag) {
  std::vector<std::uint32_t> groups;  // numbers of the groups that are open
  while (true) {
    std::uint64_t number;
    std::string_view bytes;
    switch (TagWireType(tag)) {
      case WireType::kVarint:
        if (!ReadVarint(&number)) return false;
        break;
      case WireType::kFixed64:
        if (end_ - position_ < 8) return false;
        position_ += 8;
        break;
      case WireType::kFixed32:
        if (end_ - position_ < 4) return false;
        position_ += 4;
        break;
      case WireType::kLength:
        if (!ReadLength(&bytes)) return false;
        break;
      case WireType::kStartGroup:
        if (groups.size() == kMaxGroupDepth) return false;
        groups.push_back(TagNumber(tag));
        break;
      case WireType::kEndGroup:
        if (groups.empty() || groups.back() != TagNumber(tag)) return false;
        groups.pop_back();
        break;
      default:
        return false;
    }
    if (groups.empty()) return true;
    if (!ReadTag(&tag)) return false;
  }
}

void WireWriter::Finish(std::string* wire) {
  body_.Finish();
  if (marks_.empty() && wire->empty()) {
    *wire = std::move(storage_);
    return;
  }
  const std::size_t before = wire->size();
  wire->resize(before + storage_.size() + prefix_bytes_);
  char* out = wire->data() + before;
  const char* body = storage_.data();
  std::size_t copied = 0;
  for (const Mark& mark : marks_) {
    out = std::copy(body + copied, body + mark.offset, out);
    copied = mark.offset;
    out = PutVarint(out, mark.length);
  }
  std::copy(body + copied, body + storage_.size(), out);
}

}  // namespace jobmesh::gateway::transcode
