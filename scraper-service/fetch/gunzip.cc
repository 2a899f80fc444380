#include "scraper-service/fetch/gunzip.h"

#include <zlib.h>

#include <limits>

#include <absl/status/status.h>

namespace jobmesh::scraper::fetch {

bool IsGzip(std::string_view bytes) { return bytes.substr(0, 3) == "\x1f\x8b\x08"; }

absl::StatusOr<std::string> Gunzip(std::string_view bytes, std::size_t max_bytes) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) {
    return absl::OutOfRangeError("gzip file larger than 4 GiB");
  }
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) {
    return absl::InternalError("zlib could not start");
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string unpacked;
  absl::Status status;
  char buffer[32768];
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof(buffer);
    const int result = inflate(&stream, Z_NO_FLUSH);
    unpacked.append(buffer, sizeof(buffer) - stream.avail_out);
    if (unpacked.size() > max_bytes) {
      status = absl::OutOfRangeError("unpacked gzip file is larger than " +
                                     std::to_string(max_bytes) + " bytes");
      break;
    }
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0 || inflateReset(&stream) != Z_OK) break;
      continue;
    }
    if (result != Z_OK) {
      status = absl::DataLossError("damaged or cut gzip file");
      break;
    }
  }
  inflateEnd(&stream);
  if (!status.ok()) {
    return status;
  }
  return unpacked;
}

}  // namespace jobmesh::scraper::fetch
