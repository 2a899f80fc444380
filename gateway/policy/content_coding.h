#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobmesh::gateway::policy {

// What a client takes, from its Accept-Encoding (RFC 9110 §12.5.3).
struct CodingChoice {
  // gzip is wanted at least as much as the bytes as they are.
  bool gzip = false;
  // The bytes as they are were refused (`identity;q=0`): then small bodies are coded too.
  bool must_code = false;
};

// `accept_encoding`: all its values, joined by commas; nothing when the field was not sent. A
// client that refuses everything we have gets the bytes as they are, not 406: it can still read
// them.
CodingChoice ChooseCoding(std::optional<std::string_view> accept_encoding);

// Whether bodies of this media type get smaller by gzip: text, JSON, XML and the like. Never
// text/event-stream, whose events would wait in the compressor.
bool IsCompressible(std::string_view content_type);

// Bodies below this many bytes are left alone: head and packet would outweigh what is saved.
inline constexpr size_t kSmallestCoded = 1024;

// Levels of zlib, chosen by measurement on 10.5 KB of postings as JSON: 4.2 KB in 107 µs at level
// 1, for what is sent once; 3.8 KB in 190 µs at level 6, for what a cache sends many times. Level 9
// saves nothing more.
inline constexpr int kGzipOnce = 1;
inline constexpr int kGzipKept = 6;

// `body` as one gzip member (RFC 1952), always the same for the same bytes. Thread-safe.
std::string Gzip(std::string_view body, int level);

}  // namespace jobmesh::gateway::policy
