#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "tests/support/sample_board/sample_board.h"

namespace jobmesh::testing {

// A sample board with 100 postings, 25 a board, on a free port, and a client of it.
class SampleBoardTest : public ::testing::Test {
 protected:
  SampleBoardTest() : board_({.seed = 3, .postings_per_board = 25}) {}

  void SetUp() override {
    ASSERT_TRUE(board_.Start().ok());
    client_ = NewClient();
  }

  std::unique_ptr<httplib::Client> NewClient() const {
    auto client = std::make_unique<httplib::Client>("127.0.0.1", board_.port());
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    return client;
  }

  // The body of a 200; fails the test otherwise.
  std::string Get(const std::string& path) {
    auto result = client_->Get(path);
    if (!result || result->status != 200) {
      ADD_FAILURE() << path << ": " << (result ? result->status : -1);
      return {};
    }
    return result->body;
  }

  nlohmann::json GetJson(const std::string& path) {
    return nlohmann::json::parse(Get(path), nullptr, false);
  }

  // POST /_control/<action>; `status` is what it must answer.
  nlohmann::json Control(const std::string& action, const nlohmann::json& body, int status = 200) {
    auto result = client_->Post("/_control/" + action, body.dump(), "application/json");
    if (!result) {
      ADD_FAILURE() << action << " was not answered";
      return {};
    }
    EXPECT_EQ(result->status, status) << result->body;
    return nlohmann::json::parse(result->body, nullptr, false);
  }

  void Fail(const std::string& mode, const std::string& part) {
    Control("fail", {{"mode", mode}, {"board", part}});
  }

  SampleBoard board_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace jobmesh::testing
