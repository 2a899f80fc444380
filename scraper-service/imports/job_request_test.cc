#include "scraper-service/imports/job_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/errors.h"
#include "scraper-service/imports/job_status.h"

namespace jobmesh::scraper::imports {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json Bump() {
  return {{"operation", "BUMP"},
          {"target", "DATASTORE"},
          {"description", "d"},
          {"bumpFromVersion", "1.0.0"},
          {"bumpToVersion", "1.1.0"},
          {"bumpManifesto",
           {{"version", "1.1.0"},
            {"description", "d"},
            {"releaseTime", 1700000000},
            {"languageCode", "no"},
            {"updateType", nullptr},
            {"dataStructureUpdates",
             {{{"name", "A"},
               {"description", "d"},
               {"operation", "ADD"},
               {"releaseStatus", "PENDING_RELEASE"}}}}}}};
}

json Minimal(const std::string& operation) {
  json job = operation == "BUMP" ? Bump() : json{{"operation", operation}, {"target", "A"}};
  if (operation == "REMOVE") {
    job["description"] = "d";
  }
  if (operation == "SET_STATUS") {
    job["releaseStatus"] = "DRAFT";
  }
  return job;
}

TEST(JobRequestTest, MinimalJobs_AreWellFormed) {
  for (const std::string_view operation : kOperations) {
    const JudgedJob judged = Judge(Minimal(std::string(operation)));
    ASSERT_TRUE(judged.job) << operation << ": " << judged.problem;
    json stored = judged.job->parameters;
    json expected = Minimal(std::string(operation));
    if (operation == "BUMP") {
      expected["bumpManifesto"].erase("updateType");  // null is left out
    }
    EXPECT_EQ(stored, expected);
  }
}

TEST(JobRequestTest, EachRequiredField_IsMissedByName) {
  for (const std::string_view operation : kOperations) {
    const json whole = Minimal(std::string(operation));
    for (const auto& [name, value] : whole.items()) {
      json job = whole;
      job.erase(name);
      const JudgedJob judged = Judge(job);
      EXPECT_FALSE(judged.job) << operation << " without " << name;
      EXPECT_EQ(judged.problem, "Missing " + name);
      EXPECT_TRUE(judged.missing);
    }
  }
  json job = Bump();
  job["bumpManifesto"].erase("updateType");
  EXPECT_EQ(Judge(job).problem, "Missing bumpManifesto.updateType");
  job = Bump();
  job["bumpManifesto"]["dataStructureUpdates"][0].erase("name");
  EXPECT_EQ(Judge(job).problem, "Missing bumpManifesto.dataStructureUpdates[0].name");
}

TEST(JobRequestTest, WhatAnOperationDoesNotNeed_IsDropped) {
  json job = Minimal("ADD");
  job["description"] = "d";
  job["releaseStatus"] = "DRAFT";
  EXPECT_EQ(Judge(job).job->parameters, Minimal("ADD"));
}

TEST(JobRequestTest, NamesWithUnderscores_AreTaken) {
  EXPECT_TRUE(
      Judge({{"operation", "SET_STATUS"}, {"target", "A"}, {"release_status", "DRAFT"}}).job);
  EXPECT_THAT(Judge({{"operation", "SET_STATUS"},
                     {"target", "A"},
                     {"release_status", "DRAFT"},
                     {"releaseStatus", "DRAFT"}})
                  .problem,
              HasSubstr("given twice"));
}

TEST(JobRequestTest, WrongValues_AreNamed) {
  const struct {
    json job;
    const char* problem;
  } rows[] = {
      {json("text"), "must be an object"},
      {{{"operation", "ADD"}, {"target", "A"}, {"extra", 1}}, "extra: is not known"},
      {{{"operation", "FLY"}, {"target", "A"}}, "operation: must be one of BUMP"},
      {{{"operation", "ADD"}, {"target", 5}}, "target: must be a string"},
      {{{"operation", "ADD"}, {"target", ""}}, "target: must have 1 to 200"},
      {{{"operation", "ADD"}, {"target", std::string("A\0B", 3)}}, "U+0000"},
      {{{"operation", "ADD"}, {"target", "A"}, {"releaseStatus", "x"}},
       "releaseStatus: must be one"},
  };
  for (const auto& row : rows) {
    const JudgedJob judged = Judge(row.job);
    EXPECT_FALSE(judged.job);
    EXPECT_THAT(judged.problem, HasSubstr(row.problem));
  }
}

TEST(JobRequestTest, NoneWellFormed_ListsEveryProblem) {
  const absl::Status status = NoneWellFormed({Judge({{"target", "A"}}), Judge(json(1))});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const json details = json::parse(runtime::DetailOf(status)->metadata.at("details"));
  ASSERT_EQ(details.size(), 2u);
  EXPECT_EQ(details[0]["loc"], json({"body", "jobs", 0, "operation"}));
  EXPECT_EQ(details[0]["type"], "missing");
  EXPECT_EQ(details[1]["loc"], json({"body", "jobs", 1}));
}

}  // namespace
}  // namespace jobmesh::scraper::imports
