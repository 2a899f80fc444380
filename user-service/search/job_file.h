#pragma once

#include <string>

#include "jobmesh/search/v1/job.pb.h"

namespace jobmesh::user {

// The first line of a CSV file of jobs.
std::string CsvHeader();

// Appends a job as a line of CSV (RFC 4180: CRLF, quotes where they are needed). Absent values are
// empty. Text that a spreadsheet would take for a formula (it begins with = + - @, tab or CR) gets
// an apostrophe in front: postings are strangers' text, and files of them are opened by people.
void AppendCsv(const search::v1::Job& job, std::string* file);

// Appends a job as a line of NDJSON: what SearchJobs answers with.
void AppendNdjson(const search::v1::Job& job, std::string* file);

}  // namespace jobmesh::user
