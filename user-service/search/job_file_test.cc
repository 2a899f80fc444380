#include "user-service/search/job_file.h"

#include <string>

#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::user {
namespace {

using search::v1::Job;

std::string Csv(const Job& job) {
  std::string line;
  AppendCsv(job, &line);
  return line;
}

TEST(JobFileTest, Csv_HasACellForEachColumn_EmptyWhereNothingIsKnown) {
  EXPECT_EQ(Csv(Job()), ",,,,,,,,,,,,,,,,\r\n");
  const std::string header = CsvHeader();
  EXPECT_THAT(header, ::testing::StartsWith("job_id,title,company,"));
  EXPECT_EQ(std::count(header.begin(), header.end(), ','), 16);
}

TEST(JobFileTest, Csv_QuotesWhatWouldBreakTheLine) {
  Job job;
  job.set_job_id("1");
  job.set_title("Engineer, \"senior\"");
  job.set_company("Two\r\nlines");
  job.set_salary_min(1'250'000);
  job.set_salary_max(0.5);
  job.add_skills("Go");
  job.add_skills("C++");
  EXPECT_EQ(Csv(job),
            "1,\"Engineer, \"\"senior\"\"\",\"Two\r\nlines\",,,1250000,0.5,,,,Go;C++,,,,,,\r\n");
}

TEST(JobFileTest, Csv_DisarmsFormulas) {
  for (const char* text : {"=HYPERLINK(\"x\")", "+1", "-1+2", "@SUM(A1)", "\tx"}) {
    Job job;
    job.set_title(text);
    EXPECT_THAT(Csv(job), ::testing::StartsWith(",\"'")) << text;
  }
}

TEST(JobFileTest, Ndjson_IsTheJobAsSearchAnswersIt) {
  Job job;
  job.set_job_id("1");
  job.set_title("Two\nlines");
  job.set_salary_min(10);
  std::string line;
  AppendNdjson(job, &line);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const nlohmann::json parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["job_id"], "1");
  EXPECT_EQ(parsed["title"], "Two\nlines");
  EXPECT_EQ(parsed["salary_min"], 10);
  EXPECT_EQ(parsed["company"], "");
  EXPECT_FALSE(parsed.contains("salary_max"));
}

}  // namespace
}  // namespace jobmesh::user
