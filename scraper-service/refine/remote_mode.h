#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/phrase_matcher.h"
#include "scraper-service/refine/scanned_text.h"

namespace jobmesh::scraper::refine {

enum class RemoteMode { kRemote, kHybrid, kOnsite };

// REMOTE HYBRID ONSITE.
std::string_view Name(RemoteMode mode);

// Reads a source's field: "remote", "TELECOMMUTE", "on-site", "true" (a flag isRemote), … nullopt
// when it says nothing.
std::optional<RemoteMode> ParseRemoteField(std::string_view text);

// Reads the location or the title, where a mode word speaks of the job itself. A job that may be
// done remotely is kRemote even where an office is offered too.
std::optional<RemoteMode> RemoteModeOfLine(std::string_view line);

// Finds the mode in a description: in its first line, in labelled lines ("Remote: yes"), and in
// statements such as "this is a hybrid role". The range is within `text`.
std::optional<Fact<RemoteMode>> FindRemoteMode(const ScannedText& text);

// The phrases by which FindRemoteMode goes: of the text's starts it needs only theirs
// (StartFilter).
std::vector<const PhraseMatcher*> RemoteModePhrases();

}  // namespace jobmesh::scraper::refine
