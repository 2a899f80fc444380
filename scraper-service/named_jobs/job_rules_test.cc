#include "scraper-service/named_jobs/job_rules.h"

#include <limits>

#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/errors.h"

namespace jobmesh::scraper::named_jobs {
namespace {

namespace v1 = jobmesh::named_jobs::v1;
using nlohmann::json;
using ::testing::ElementsAre;

// Fields that an answer complains of.
std::vector<std::string> Fields(const absl::Status& status) {
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  std::vector<std::string> fields;
  const auto detail = runtime::DetailOf(status);
  for (const json& problem : json::parse(detail->metadata.at("details"))) {
    fields.push_back(problem["loc"][1]);
  }
  return fields;
}

v1::JobExecution Whole() {
  v1::JobExecution job;
  job.set_job_name("resize");
  job.set_user_id("u-9");
  job.set_estimated_time(2);
  return job;
}

TEST(JobRulesTest, AnEmptyExecution_LacksThreeFields) {
  EXPECT_THAT(Fields(CheckExecution({}).status()),
              ElementsAre("job_name", "user_id", "estimated_time"));
}

TEST(JobRulesTest, AnEmptyRecord_LacksThreeFields) {
  EXPECT_THAT(Fields(CheckRecord({}).status()), ElementsAre("name", "estimated_time", "user_id"));
}

TEST(JobRulesTest, Time_IsFiniteAndWithinADay) {
  for (const double seconds : {-1.0, 86400.5, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()}) {
    v1::JobExecution job = Whole();
    job.set_estimated_time(seconds);
    EXPECT_THAT(Fields(CheckExecution(job).status()), ElementsAre("estimated_time")) << seconds;
  }
  for (const double seconds : {0.0, 0.5, 86400.0}) {
    v1::JobExecution job = Whole();
    job.set_estimated_time(seconds);
    EXPECT_EQ(CheckExecution(job)->estimated_time, seconds);
  }
}

TEST(JobRulesTest, AUserThatLooksLikeAnId_IsRefused) {
  v1::JobExecution job = Whole();
  job.set_user_id("66f1c0ffee66f1c0ffee66f1");
  EXPECT_THAT(Fields(CheckExecution(job).status()), ElementsAre("user_id"));
  job.set_user_id("66F1C0FFEE66F1C0FFEE66F1");
  EXPECT_TRUE(CheckExecution(job).ok());
}

TEST(JobRulesTest, ADescription_MayBeAbsentOrEmpty) {
  v1::JobExecution job = Whole();
  EXPECT_FALSE(CheckExecution(job)->description.has_value());
  job.set_description("");
  EXPECT_EQ(CheckExecution(job)->description, "");
}

TEST(JobRulesTest, AChange_HoldsWhatIsGiven) {
  v1::UpdateJobRequest request;
  request.set_estimated_time(3);
  const JobChange change = CheckChange(request).value();
  EXPECT_EQ(change.estimated_time, 3);
  EXPECT_FALSE(change.name || change.description || change.status);
}

TEST(JobRulesTest, ZeroCharacters_AreRefused) {
  v1::UpdateJobRequest request;
  request.set_name(std::string("a\0b", 3));
  request.set_status(std::string("\0", 1));
  EXPECT_THAT(Fields(CheckChange(request).status()), ElementsAre("name", "status"));
}

}  // namespace
}  // namespace jobmesh::scraper::named_jobs
