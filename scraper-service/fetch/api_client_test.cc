#include "scraper-service/fetch/api_client.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "scraper-service/fetch/fake_clock.h"

namespace jobmesh::scraper::fetch {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// A provider that answers its n-th request, from 1, as `answer` says.
class ApiClientTest : public ::testing::Test {
 protected:
  ApiClientTest() {
    settings_.allowed = *ParseNetworks("127.0.0.0/8");
    server_.set_keep_alive_timeout(1);
    server_.Post("/items", [this](const httplib::Request& request, httplib::Response& response) {
      {
        std::lock_guard lock(mutex_);
        bodies_.push_back(request.body);
        types_.push_back(request.get_header_value("Content-Type"));
      }
      answer_(++count_, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~ApiClientTest() override {
    over_ = true;
    client_.reset();
    server_.stop();
    listener_.join();
  }

  absl::StatusOr<std::string> Post(const std::string& path = "/items") {
    client_ = std::make_unique<HttpApiClient>(settings_, clock_, resolver_, [] { return 0.5; });
    return client_->Post("http://127.0.0.1:" + std::to_string(port_) + path,
                         R"({"date":"2026-02-15"})", cancel_);
  }
  void AnswerWith(int status) {
    answer_ = [status](int, httplib::Response& response) { response.status = status; };
  }

  FetchSettings settings_;
  FakeClock clock_;
  SystemResolver resolver_;
  CancelToken cancel_;
  httplib::Server server_;
  std::function<void(int, httplib::Response&)> answer_ = [](int, httplib::Response& response) {
    response.set_content("[]", "application/json");
  };
  std::atomic<int> count_{0};
  std::atomic<bool> over_{false};  // lets an answer go that is held back
  std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::vector<std::string> types_;
  int port_ = 0;
  std::thread listener_;
  std::unique_ptr<HttpApiClient> client_;
};

TEST_F(ApiClientTest, Post_SendsTheBodyAndGivesTheAnswer) {
  EXPECT_EQ(Post().value(), "[]");
  EXPECT_THAT(bodies_, ::testing::ElementsAre(R"({"date":"2026-02-15"})"));
  EXPECT_THAT(types_, ::testing::ElementsAre("application/json"));
}

TEST_F(ApiClientTest, ServerErrors_AreTriedAgainAfterGrowingPauses) {
  settings_.SetTries(4);
  AnswerWith(500);
  const auto answer = Post();
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_EQ(answer.status().message(), "answered 500, 4 tries");
  EXPECT_EQ(count_, 4);
  EXPECT_EQ(clock_.elapsed(), milliseconds(1050 + 2100 + 4200));
}

TEST_F(ApiClientTest, APassingFailure_IsForgotten) {
  answer_ = [](int n, httplib::Response& response) {
    response.status = n < 3 ? 503 : 200;
    response.set_content("[1]", "application/json");
  };
  EXPECT_EQ(Post().value(), "[1]");
  EXPECT_EQ(count_, 3);
}

TEST_F(ApiClientTest, WhatTheClientDidWrong_IsNotTriedAgain) {
  for (const int status : {400, 401, 403, 404, 422, 429, 301, 204}) {
    count_ = 0;
    AnswerWith(status);
    const auto answer = Post();
    EXPECT_EQ(answer.status().message(), "answered " + std::to_string(status));
    EXPECT_EQ(count_, 1) << status;
  }
  EXPECT_EQ(clock_.elapsed(), milliseconds(0));
}

TEST_F(ApiClientTest, RetryAfter_CountsWhereItIsLonger) {
  answer_ = [](int n, httplib::Response& response) {
    response.status = n == 3 ? 200 : 503;
    response.set_header("Retry-After", n == 1 ? "7" : "0");
  };
  EXPECT_TRUE(Post().ok());
  EXPECT_EQ(clock_.elapsed(), milliseconds(7000 + 2100));
}

TEST_F(ApiClientTest, ARetryAfterOfHours_EndsIt) {
  answer_ = [](int, httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "3600");
  };
  EXPECT_TRUE(absl::IsUnavailable(Post().status()));
  EXPECT_EQ(count_, 1);
}

TEST_F(ApiClientTest, ASilentProvider_TakesNoLongerThanTheTimeout) {
  settings_.SetTries(1);
  settings_.SetTimeoutSeconds(1);
  answer_ = [this](int, httplib::Response&) {
    while (!over_) std::this_thread::yield();
  };
  const auto started = std::chrono::steady_clock::now();
  const auto answer = Post();
  EXPECT_TRUE(absl::IsDeadlineExceeded(answer.status())) << answer.status();
  const auto took = std::chrono::steady_clock::now() - started;
  EXPECT_GE(took, milliseconds(900));
  EXPECT_LT(took, milliseconds(3000));
}

TEST_F(ApiClientTest, PrivateAddresses_AreRefusedWithoutARequest) {
  settings_.allowed.clear();
  const auto answer = Post();
  EXPECT_TRUE(absl::IsFailedPrecondition(answer.status())) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), ::testing::Not(HasSubstr("127.0.0.1")));
  EXPECT_EQ(count_, 0);
}

TEST_F(ApiClientTest, ACancelledRun_AsksNobody) {
  cancel_.Cancel();
  EXPECT_TRUE(absl::IsCancelled(Post().status()));
  EXPECT_EQ(count_, 0);
}

TEST_F(ApiClientTest, WhatIsNoAddress_IsSaid) {
  client_ = std::make_unique<HttpApiClient>(settings_, clock_, resolver_, [] { return 0.5; });
  EXPECT_TRUE(absl::IsInvalidArgument(client_->Post("file:///etc/passwd", "{}", cancel_).status()));
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
