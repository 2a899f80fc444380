#include "gateway/policy/content_coding.h"

#include <zlib.h>

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "gateway/http/headers.h"

namespace jobmesh::gateway::policy {
namespace {

// The weight of a member `gzip;q=0.5` in thousandths; without a readable one, all of it.
int WeightOf(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) {
    return 1000;
  }
  const std::string_view text = http::Trimmed(parameters.substr(at + 2));
  double value = 1;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || !(value >= 0 && value <= 1)) {
    return 1000;
  }
  return static_cast<int>(std::lround(value * 1000));
}

// A compressor of this thread, kept because making one costs more than coding a small body.
class Deflater {
 public:
  Deflater() {
    // 15 + 16: the largest window, with the gzip frame.
    if (deflateInit2(&stream_, kGzipOnce, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string Code(std::string_view body, int level) {
    deflateReset(&stream_);
    deflateParams(&stream_, level, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream_, body.size()), '\0');
    // zlib takes what it only reads by a pointer that could write.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, Z_FINISH);  // one step: the room is enough for the worst case
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_{};
};

}  // namespace

CodingChoice ChooseCoding(std::optional<std::string_view> accept_encoding) {
  if (!accept_encoding) {
    return {};
  }
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  std::string_view list = *accept_encoding;
  while (!list.empty()) {
    const auto comma = list.find(',');
    const std::string_view member = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const auto semicolon = member.find(';');
    const std::string_view name = http::Trimmed(member.substr(0, semicolon));
    const int weight =
        semicolon == std::string_view::npos ? 1000 : WeightOf(member.substr(semicolon + 1));
    if (http::EqualsIgnoreCase(name, "gzip") || http::EqualsIgnoreCase(name, "x-gzip")) {
      gzip = weight;
    } else if (http::EqualsIgnoreCase(name, "identity")) {
      identity = weight;
    } else if (name == "*") {
      any = weight;
    }
  }
  const int gzip_weight = gzip.value_or(any.value_or(0));
  // Not named, identity is taken, but only for want of better, unless `*;q=0` refuses it.
  const bool identity_refused = identity ? *identity == 0 : any && *any == 0;
  const int identity_weight = identity.value_or(1);
  return {.gzip = gzip_weight > 0 && (identity_refused || gzip_weight >= identity_weight),
          .must_code = identity_refused && gzip_weight > 0};
}

bool IsCompressible(std::string_view content_type) {
  const std::string_view type = http::Trimmed(content_type.substr(0, content_type.find(';')));
  if (http::EqualsIgnoreCase(type, "text/event-stream")) {
    return false;
  }
  const auto slash = type.find('/');
  if (slash == std::string_view::npos) {
    return false;
  }
  const std::string_view subtype = type.substr(slash + 1);
  const auto plus = subtype.rfind('+');
  const std::string_view suffix =
      plus == std::string_view::npos ? subtype : subtype.substr(plus + 1);
  return http::EqualsIgnoreCase(type.substr(0, slash), "text") ||
         http::EqualsIgnoreCase(suffix, "json") || http::EqualsIgnoreCase(suffix, "xml") ||
         http::EqualsIgnoreCase(suffix, "yaml") || http::EqualsIgnoreCase(subtype, "javascript") ||
         http::EqualsIgnoreCase(subtype, "x-ndjson");
}

std::string Gzip(std::string_view body, int level) {
  thread_local Deflater deflater;
  return deflater.Code(body, level);
}

}  // namespace jobmesh::gateway::policy
