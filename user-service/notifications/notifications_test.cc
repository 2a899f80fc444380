// From a posting in the feed to a frame of a session, over a real database.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "user_migrations.h"

#include "runtime/postgres/listener.h"
#include "runtime/testing/postgres_fixture.h"
#include "runtime/testing/wait_for.h"
#include "user-service/notifications/hub.h"
#include "user-service/notifications/matcher.h"
#include "user-service/notifications/notification_handlers.h"

namespace jobmesh::user {
namespace {

using notifications::v1::ClientFrame;
using notifications::v1::ServerFrame;
using runtime::testing::WaitFor;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kFamily[] = "0b0c6c1e-8d6c-4f5e-9d7a-000000000001";

// Changes in order; the cursor is how many were read.
class FakeFeed : public PostingFeed {
 public:
  absl::StatusOr<postings::v1::ReadChangesResponse> Read(const std::string& cursor, int max_changes,
                                                         absl::Duration /*wait*/) override {
    size_t next = cursor.empty() ? 0 : std::stoul(cursor);
    if (next > changes.size()) {
      return absl::InvalidArgumentError("unknown cursor");
    }
    postings::v1::ReadChangesResponse response;
    while (next < changes.size() && response.changes_size() < max_changes) {
      *response.add_changes() = changes[next++];
    }
    response.set_next_cursor(next == 0 ? "" : std::to_string(next));
    return response;
  }
  // A posting that appeared `age` before now.
  void Add(int number, const std::string& title, const std::vector<std::string>& skills,
           absl::Duration age = -absl::Seconds(60)) {
    postings::v1::Change change;
    change.set_kind(postings::v1::Change::CREATED);
    postings::v1::Posting& posting = *change.mutable_posting();
    char id[40];
    std::snprintf(id, sizeof id, "00000000-0000-0000-0000-%012d", number);
    posting.set_posting_id(id);
    posting.set_job_id(id);
    posting.set_title(title);
    posting.mutable_skills()->Assign(skills.begin(), skills.end());
    posting.mutable_first_seen_time()->set_seconds(absl::ToUnixSeconds(absl::Now() - age));
    changes.push_back(change);
  }
  std::vector<postings::v1::Change> changes;
};

class NoCatalogue : public SkillCatalogue {
 public:
  absl::StatusOr<ReservedSkill> Create(const std::string&, const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::Status Confirm(const std::string&) override { return absl::UnimplementedError(""); }
  absl::Status Delete(const std::string&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<std::vector<CatalogueSkill>> List() override {
    return std::vector<CatalogueSkill>{{"Kubernetes", {"k8s"}}};
  }
};

// The client's end of a session.
class FakeWriter : public runtime::rpc::StreamWriter<ServerFrame> {
 public:
  bool Send(ServerFrame frame) override {
    absl::MutexLock lock(&mutex_);
    frames_.push_back(std::move(frame));
    return true;
  }
  void Finish(absl::Status status) override {
    absl::MutexLock lock(&mutex_);
    end_ = std::move(status);
  }
  std::vector<ServerFrame> frames() {
    absl::MutexLock lock(&mutex_);
    return frames_;
  }
  std::vector<ServerFrame> Jobs() {
    std::vector<ServerFrame> jobs;
    for (const ServerFrame& frame : frames()) {
      if (frame.type() == "new_job") {
        jobs.push_back(frame);
      }
    }
    return jobs;
  }
  std::optional<absl::Status> end() {
    absl::MutexLock lock(&mutex_);
    return end_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<ServerFrame> frames_;
  std::optional<absl::Status> end_;
};

struct Client {
  std::shared_ptr<FakeWriter> writer = std::make_shared<FakeWriter>();
  runtime::rpc::StreamEvents<ClientFrame> events;

  void Send(const std::string& type, const std::string& tag) const {
    ClientFrame frame;
    frame.set_type(type);
    frame.set_tag(tag);
    events.on_message(frame);
  }
  void Ack(int id) const {
    ClientFrame frame;
    frame.set_type("ack");
    frame.set_id(id);
    events.on_message(frame);
  }
};

class NotificationsTest : public testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    database_->Execute(
        "INSERT INTO account (email, email_key, name, password_hash) VALUES ('a', 'a', 'a', '!'), "
        "('b', 'b', 'b', '!')");
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, registry_);
    inbox_ = std::make_unique<Inbox>(*pool_);
    tokens_ = std::make_unique<TokenRepository>(*pool_);
    accounts_ = std::make_unique<AccountRepository>(*pool_);
    subscriptions_ = std::make_unique<SubscriptionRepository>(*pool_);
    ASSERT_TRUE(names_.Refresh().ok());
    hub_ = std::make_unique<Hub>(*inbox_, *tokens_, registry_);
    listener_ = std::make_unique<runtime::postgres::Listener>(
        runtime::postgres::ListenerOptions{.url = database_->url()},
        std::map<std::string, runtime::postgres::Listener::Callback>{
            {kInboxChannel, [this](const std::string&) { hub_->Ring(); }}});
    ASSERT_TRUE(hub_->Start().ok());
    ASSERT_TRUE(listener_->Start().ok());
    matcher_ = NewMatcher("first");
    handlers_ = std::make_unique<NotificationHandlers>(*hub_, *inbox_, *subscriptions_, *accounts_,
                                                       *tokens_, names_);
  }
  void TearDown() override {
    if (listener_ != nullptr) {
      listener_->Stop();
      hub_->Stop();
    }
  }

  std::unique_ptr<Matcher> NewMatcher(const std::string& holder) {
    return std::make_unique<Matcher>(*inbox_, feed_, names_, holder, registry_);
  }
  Client Connect(int user_id) {
    const runtime::rpc::CallContext call(
        {.principal = runtime::auth::Principal{user_id, "USER", kFamily}});
    Client client;
    client.events = handlers_->OpenSession(call, client.writer);
    return client;
  }
  int Count(const std::string& what) {
    return (*pool_->ExecuteText("SELECT count(*) FROM " + what))[0][0].as<int>();
  }

  prometheus::Registry registry_;
  FakeFeed feed_;
  NoCatalogue catalogue_;
  SkillNames names_{catalogue_};
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<TokenRepository> tokens_;
  std::unique_ptr<AccountRepository> accounts_;
  std::unique_ptr<SubscriptionRepository> subscriptions_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<runtime::postgres::Listener> listener_;
  std::unique_ptr<Matcher> matcher_;
  std::unique_ptr<NotificationHandlers> handlers_;
};

TEST_F(NotificationsTest, Session_AnswersItsFrames) {
  const Client client = Connect(1);
  client.Send("subscribe", " Python ");
  client.Send("subscribe", "python");
  client.Send("subscribe", "K8s");
  client.Send("unsubscribe", "PYTHON");
  client.Send("subscribe", "");
  client.Send("dance", "");
  const auto frames = client.writer->frames();
  ASSERT_EQ(frames.size(), 7u);
  EXPECT_EQ(frames[0].type(), "authenticated");
  EXPECT_EQ(frames[0].user_id(), 1);
  EXPECT_EQ(frames[1].type(), "subscribed");
  EXPECT_EQ(frames[1].tag(), "python");
  EXPECT_EQ(frames[2].type(), "error");
  EXPECT_EQ(frames[2].msg(), "Already subscribed to this tag");
  EXPECT_EQ(frames[3].tag(), "kubernetes");
  EXPECT_EQ(frames[4].type(), "unsubscribed");
  EXPECT_EQ(frames[4].tag(), "python");
  EXPECT_EQ(frames[5].msg(), "tag: is required");
  EXPECT_EQ(frames[6].type(), "error");
  EXPECT_THAT(*subscriptions_->List(1), ElementsAre("kubernetes"));
  client.events.on_closed();
}

TEST_F(NotificationsTest, Session_EndsWithoutAnAccount) {
  const Client client = Connect(99);
  EXPECT_EQ(client.writer->frames()[0].msg(), "User not found");
  ASSERT_TRUE(client.writer->end().has_value());
  EXPECT_EQ(client.writer->end()->code(), absl::StatusCode::kUnauthenticated);
  client.events.on_closed();
}

TEST_F(NotificationsTest, Session_EndsWhenItsTokenIsRevoked) {
  const Client client = Connect(1);
  ASSERT_TRUE(tokens_->Revoke(kFamily, 1).ok());
  EXPECT_TRUE(WaitFor([&] { return client.writer->end().has_value(); }));
  EXPECT_EQ(client.writer->end()->message(), "Token was invalidated by user logout.");
  client.events.on_closed();
}

TEST_F(NotificationsTest, NewPosting_ReachesTheSubscriberOnce) {
  const Client client = Connect(1);
  const Client other = Connect(2);
  client.Send("subscribe", "python");
  client.Send("subscribe", "k8s");
  other.Send("subscribe", "rust");
  feed_.Add(1, "Python Developer", {"Kubernetes"});
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  ASSERT_TRUE(WaitFor([&] { return client.writer->Jobs().size() == 1; }));
  const ServerFrame frame = client.writer->Jobs()[0];
  EXPECT_EQ(frame.id(), 1);
  EXPECT_EQ(frame.job().title(), "Python Developer");
  ASSERT_EQ(frame.matched().values_size(), 2);
  EXPECT_EQ(frame.matched().values(0).string_value(), "kubernetes");
  EXPECT_EQ(frame.matched().values(1).string_value(), "python");
  // A copy of the same job, and the same changes read again, are no news.
  feed_.Add(1, "Python Developer", {"Python"});
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  database_->Execute("UPDATE feed_reader SET cursor = ''");
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  feed_.Add(2, "Python Tester", {});
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  ASSERT_TRUE(WaitFor([&] { return client.writer->Jobs().size() == 2; }));
  EXPECT_EQ(client.writer->Jobs()[1].id(), 2);
  EXPECT_EQ(client.writer->Jobs()[1].job().title(), "Python Tester");
  EXPECT_THAT(other.writer->Jobs(), IsEmpty());
  client.events.on_closed();
  other.events.on_closed();
}

TEST_F(NotificationsTest, OldPostings_AreNoNews) {
  Connect(1).Send("subscribe", "python");
  feed_.Add(1, "Python Developer", {}, absl::Hours(1));
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  EXPECT_EQ(Count("inbox"), 0);
}

TEST_F(NotificationsTest, Unacknowledged_ComeAgainOnTheNextConnection) {
  Client client = Connect(1);
  client.Send("subscribe", "python");
  client.events.on_closed();
  feed_.Add(1, "Python A", {});
  feed_.Add(2, "Python B", {});
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  client = Connect(1);
  ASSERT_TRUE(WaitFor([&] { return client.writer->Jobs().size() == 2; }));
  client.Ack(1);
  client.events.on_closed();
  client = Connect(1);
  ASSERT_TRUE(WaitFor([&] { return !client.writer->Jobs().empty(); }));
  EXPECT_EQ(client.writer->Jobs()[0].id(), 2);
  client.Ack(2);
  client.events.on_closed();
  EXPECT_EQ(Count("inbox WHERE ack_time IS NULL"), 0);
}

TEST_F(NotificationsTest, LargeInbox_IsDeliveredWholeAndInOrder) {
  Client client = Connect(1);
  client.Send("subscribe", "python");
  client.events.on_closed();
  for (int i = 1; i <= 650; ++i) {
    feed_.Add(i, "Python", {});
  }
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  client = Connect(1);
  ASSERT_TRUE(WaitFor([&] { return client.writer->Jobs().size() == 650; }));
  for (int i = 0; i < 650; ++i) {
    ASSERT_EQ(client.writer->Jobs()[i].id(), i + 1);
  }
  client.events.on_closed();
}

TEST_F(NotificationsTest, Matcher_LeadsAlone) {
  const auto second = NewMatcher("second");
  EXPECT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  EXPECT_FALSE(*second->Turn(absl::ZeroDuration()));
  ASSERT_TRUE(inbox_->Release("first").ok());
  EXPECT_TRUE(*second->Turn(absl::ZeroDuration()));
  EXPECT_FALSE(*matcher_->Turn(absl::ZeroDuration()));
}

TEST_F(NotificationsTest, Matcher_ThatLostItsPlaceStoresNothing) {
  Connect(1).Send("subscribe", "python");
  feed_.Add(1, "Python", {});
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  search::v1::Job job;
  job.set_job_id("00000000-0000-0000-0000-000000000009");
  const auto late = inbox_->Match({{job, {"python"}, absl::Now() + absl::Hours(1)}}, "", "9");
  EXPECT_TRUE(absl::IsAborted(late.status()));
  EXPECT_EQ(Count("inbox"), 1);
}

TEST_F(NotificationsTest, Matcher_StartsOverWhenTheFeedIsAnother) {
  Connect(1).Send("subscribe", "python");
  feed_.Add(1, "Python", {});
  database_->Execute("UPDATE feed_reader SET cursor = '500'");
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  ASSERT_TRUE(*matcher_->Turn(absl::ZeroDuration()));
  EXPECT_EQ(Count("inbox"), 1);
}

}  // namespace
}  // namespace jobmesh::user
