#include "gateway/transcode/update_mask.h"

#include "gateway/transcode/json_reader.h"

namespace jobmesh::gateway::transcode {
namespace {

// More than JsonToWire lets pass.
constexpr int kMaxDepth = 1000;

bool Descends(const FieldTable& field) {
  return field.is_message() && !field.repeated && field.message->well_known() == WellKnown::kNone;
}

// Reads the object that `in` stands at; false where it is none.
bool CollectPaths(const MessageTable& message, const std::string& prefix, JsonReader* in,
                  std::vector<std::string>* paths) {
  if (!in->Take('{')) return false;
  if (in->Take('}')) return true;
  do {
    std::string_view name;
    if (!in->ReadString(&name)) return false;
    const FieldTable* field = message.FindName(name);
    if (!in->Take(':')) return false;
    if (field != nullptr && Descends(*field) && in->Peek() == '{') {
      const std::size_t before = paths->size();
      const std::string path = prefix + field->name;
      if (!CollectPaths(*field->message, path + '.', in, paths)) return false;
      if (paths->size() == before) paths->push_back(path);
      continue;
    }
    if (field != nullptr) paths->push_back(prefix + field->name);
    if (!in->SkipValue(kMaxDepth)) return false;
  } while (in->Take(','));
  return in->Take('}');
}

}  // namespace

std::vector<std::string> UpdateMaskOf(const MessageTable& message, std::string_view json) {
  std::vector<std::string> paths;
  JsonReader in(json);
  if (!CollectPaths(message, "", &in, &paths)) paths.clear();
  return paths;
}

}  // namespace jobmesh::gateway::transcode
