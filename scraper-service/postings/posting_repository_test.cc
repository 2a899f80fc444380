#include "scraper-service/postings/posting_repository.h"

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "scraper_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "scraper-service/crawl/source_repository.h"

namespace jobmesh::scraper {
namespace {

using jobmesh::postings::v1::Change;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

struct Wanted {
  std::string source = "a";
  std::string id = "1";
  std::string title = "Baker";
  std::string description = "Bakes bread from four in the morning. Salary: 2000-3000 EUR a month.";
  std::string url;
  std::string page = "http://board.test/list";
};

StoredPosting Make(const Wanted& wanted) {
  RawPosting raw;
  raw.native_id = wanted.id;
  raw.url = wanted.url;
  raw.title = wanted.title;
  raw.company = "Crust & Crumb";
  raw.description = wanted.description;
  return MakeStoredPosting(
      wanted.source, wanted.page, raw,
      refine::Refine(raw, *refine::Vocabulary::Default(), absl::FromUnixSeconds(1'790'000'000)));
}

class PostingRepositoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url(), .max_connections = 10}, metrics_);
    postings_ = std::make_unique<PostingRepository>(*pool_);
    sources_ = std::make_unique<SourceRepository>(*pool_);
  }

  WriteCounts Write(const std::vector<Wanted>& wanted,
                    const std::optional<Fence>& fence = std::nullopt) {
    std::vector<StoredPosting> postings;
    for (const Wanted& one : wanted) {
      postings.push_back(Make(one));
    }
    absl::StatusOr<WriteCounts> counts = postings_->Upsert(postings, fence);
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(WriteCounts{});
  }

  // The rows of a query, columns joined by '|'.
  std::vector<std::string> Rows(const std::string& sql) {
    absl::StatusOr<pqxx::result> result = pool_->ExecuteText(sql);
    EXPECT_TRUE(result.ok()) << result.status();
    std::vector<std::string> rows;
    for (const pqxx::row& row : *result) {
      std::string text;
      for (const pqxx::field& field : row) {
        absl::StrAppend(&text, text.empty() ? "" : "|", field.c_str());
      }
      rows.push_back(text);
    }
    return rows;
  }
  std::string One(const std::string& sql) { return Rows(sql).at(0); }

  // What the feed says after `position_`, as "KIND id vN".
  std::vector<std::string> News() {
    absl::StatusOr<std::vector<Change>> changes = postings_->ReadChanges(position_, 1000);
    EXPECT_TRUE(changes.ok()) << changes.status();
    std::vector<std::string> news;
    for (const Change& change : *changes) {
      news.push_back(absl::StrCat(Change::Kind_Name(change.kind()), " ",
                                  change.posting().native_id(), " v", change.version()));
    }
    return news;
  }

  Fence Claim(const std::string& source) {
    EXPECT_TRUE(sources_->Ensure(source).ok());
    EXPECT_TRUE(sources_->RequestRun(source).ok());
    auto fence = sources_->Claim(source, true, absl::Seconds(30));
    EXPECT_TRUE(fence.ok() && fence->has_value()) << fence.status();
    return **fence;
  }

  prometheus::Registry metrics_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<PostingRepository> postings_;
  std::unique_ptr<SourceRepository> sources_;
  FeedPosition position_;
};

TEST_F(PostingRepositoryTest, NewPosting_IsWrittenWithItsChangeInOneTransaction) {
  EXPECT_EQ(Write({{.id = "1"}}).created, 1);
  EXPECT_EQ(One("SELECT count(*) FROM posting p JOIN outbox o USING (posting_id)"
                " WHERE p.xmin::text = (o.xid::text::numeric % 4294967296)::text"),
            "1");
  EXPECT_EQ(One("SELECT job_id = posting_id, is_primary, open, salary_min::int, salary_currency,"
                " annual_max_usd FROM posting"),
            "t|t|t|2000|EUR|41400.00");
  EXPECT_THAT(News(), ElementsAre("CREATED 1 v1"));
}

TEST_F(PostingRepositoryTest, UnchangedPosting_IsNotTouched) {
  Write({{.id = "1"}, {.id = "2", .title = "Cook"}});
  const std::string before = "SELECT xmin, ctid, native_id FROM posting ORDER BY native_id";
  const auto rows = Rows(before);
  const WriteCounts again = Write({{.id = "1"}, {.id = "2", .title = "Cook"}});
  EXPECT_EQ(again.created + again.updated, 0);
  EXPECT_EQ(Rows(before), rows);
  EXPECT_EQ(One("SELECT count(*) FROM outbox"), "2");
}

TEST_F(PostingRepositoryTest, ChangedPosting_GetsNextVersionAndOneChange) {
  Write({{.id = "1"}});
  EXPECT_EQ(Write({{.id = "1", .title = "Head baker"}}).updated, 1);
  EXPECT_EQ(One("SELECT version, title FROM posting"), "2|Head baker");
  EXPECT_EQ(Rows("SELECT kind, version FROM outbox ORDER BY xid, change_id"),
            (std::vector<std::string>{"1|1", "2|2"}));
}

TEST_F(PostingRepositoryTest, PostingThatMovedToAnotherPage_IsNoChange_ButIsFoundThere) {
  Write({{.id = "1", .page = "http://board.test/1"}});
  const WriteCounts moved = Write({{.id = "1", .page = "http://board.test/2"}});
  EXPECT_EQ(moved.created + moved.updated, 0);
  auto closed = postings_->CloseMissing(Claim("a"), {}, {"http://board.test/2"});
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(*closed, 0);
}

TEST_F(PostingRepositoryTest, CopyOnAnotherSource_JoinsTheJobByTextOrAddress) {
  Write({{.source = "a", .id = "1", .url = "https://firm.test/jobs/7?utm_source=a"}});
  Write({{.source = "b", .id = "text"}});
  Write({{.source = "c",
          .id = "address",
          .description = "Told in other words.",
          .url = "https://firm.test/jobs/7?utm_source=c"}});
  Write({{.source = "d", .id = "other", .description = "Another job altogether."}});
  EXPECT_EQ(One("SELECT count(DISTINCT job_id) FROM posting WHERE source IN ('a','b','c')"), "1");
  EXPECT_EQ(Rows("SELECT source, is_primary FROM posting ORDER BY source"),
            (std::vector<std::string>{"a|t", "b|f", "c|f", "d|t"}));
}

TEST_F(PostingRepositoryTest, TwoRequisitionsOfOneSource_StayTwoJobs) {
  Write({{.source = "a", .id = "1"}, {.source = "a", .id = "2"}});
  EXPECT_EQ(One("SELECT count(DISTINCT job_id), bool_and(is_primary) FROM posting"), "2|t");
  // Both have the same words as one of another source, too.
  Write({{.source = "b", .id = "3"}, {.source = "b", .id = "4"}});
  Write({{.source = "b", .id = "5"}});
  EXPECT_EQ(One("SELECT max(n) FROM (SELECT count(*) AS n FROM posting GROUP BY source, job_id) x"),
            "1");
  EXPECT_EQ(One("SELECT bool_and(n = 1) FROM"
                " (SELECT count(*) FILTER (WHERE is_primary) AS n FROM posting GROUP BY job_id) x"),
            "t");
}

TEST_F(PostingRepositoryTest, CloseMissing_ClosesExactlyWhatTheRunDidNotSee) {
  Write({{.id = "seen"},
         {.id = "gone", .title = "Cook"},
         {.id = "kept", .title = "Waiter", .page = "http://board.test/same"},
         {.source = "b", .id = "foreign", .title = "Driver"}});
  News();
  auto closed = postings_->CloseMissing(Claim("a"), {"id:seen"}, {"http://board.test/same"});
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(*closed, 1);
  EXPECT_EQ(Rows("SELECT native_id FROM posting WHERE NOT open AND close_time IS NOT NULL"),
            (std::vector<std::string>{"gone"}));
  EXPECT_THAT(News(), ElementsAre("CLOSED gone v2"));
}

TEST_F(PostingRepositoryTest, ClosedPrimary_IsSucceededByTheOldestOpenCopy) {
  Write({{.source = "a", .id = "1"}});
  Write({{.source = "b", .id = "2"}});
  Write({{.source = "c", .id = "3"}});
  News();
  ASSERT_TRUE(postings_->CloseMissing(Claim("a"), {}, {}).ok());
  EXPECT_EQ(Rows("SELECT source, open, is_primary FROM posting ORDER BY source"),
            (std::vector<std::string>{"a|f|f", "b|t|t", "c|t|f"}));
  EXPECT_THAT(News(), UnorderedElementsAre("CLOSED 1 v2", "UPDATED 2 v2"));
}

TEST_F(PostingRepositoryTest, PostingSeenAgain_ReopensAndLeavesTheHeirInPlace) {
  Write({{.source = "a", .id = "1"}});
  Write({{.source = "b", .id = "2"}});
  ASSERT_TRUE(postings_->CloseMissing(Claim("a"), {}, {}).ok());
  News();
  EXPECT_EQ(Write({{.source = "a", .id = "1"}}).updated, 1);
  EXPECT_EQ(Rows("SELECT source, open, close_time IS NULL, is_primary FROM posting"
                 " ORDER BY source"),
            (std::vector<std::string>{"a|t|t|f", "b|t|t|t"}));
  EXPECT_THAT(News(), ElementsAre("UPDATED 1 v3"));
}

TEST_F(PostingRepositoryTest, LastCopySeenAgain_RepresentsItsJob) {
  Write({{.source = "a", .id = "1"}});
  Write({{.source = "b", .id = "2"}});
  ASSERT_TRUE(postings_->CloseMissing(Claim("a"), {}, {}).ok());
  ASSERT_TRUE(postings_->CloseMissing(Claim("b"), {}, {}).ok());
  Write({{.source = "a", .id = "1"}});
  EXPECT_EQ(Rows("SELECT source, open, is_primary FROM posting ORDER BY source"),
            (std::vector<std::string>{"a|t|t", "b|f|f"}));
}

TEST_F(PostingRepositoryTest, CopiesWrittenByTwoRunsAtOnce_BecomeOneJobWithOnePrimary) {
  const Fence a = Claim("a");
  const Fence b = Claim("b");
  for (int round = 0; round < 10; ++round) {
    const std::string title = absl::StrCat("Baker ", round);
    std::thread other([&] { Write({{.source = "b", .id = title, .title = title}}, b); });
    Write({{.source = "a", .id = title, .title = title}}, a);
    other.join();
  }
  EXPECT_EQ(One("SELECT count(DISTINCT job_id), count(*) FILTER (WHERE is_primary) FROM posting"),
            "10|10");
}

TEST_F(PostingRepositoryTest, LostLease_IsAbortedAndNothingIsWritten) {
  Fence lost = Claim("a");
  lost.lease_token -= 1;
  EXPECT_TRUE(absl::IsAborted(postings_->Upsert({Make({.id = "1"})}, lost).status()));
  Write({{.id = "2"}});
  EXPECT_TRUE(absl::IsAborted(postings_->CloseMissing(lost, {}, {}).status()));
  EXPECT_EQ(One("SELECT count(*), bool_and(open) FROM posting"), "1|t");
  EXPECT_EQ(One("SELECT count(*) FROM outbox"), "1");
}

TEST_F(PostingRepositoryTest, HostileText_IsStoredWithoutWhatTheDatabaseCannotHold) {
  Write({{.id = std::string(5000, 'x')},
         {.id = std::string("n\0ul", 4), .title = std::string("Ba\0ker", 6)},
         {.id = "bytes", .title = "Caf\xe9"}});
  EXPECT_EQ(One("SELECT count(*) FROM posting"), "3");
  EXPECT_EQ(One("SELECT title FROM posting WHERE native_id = 'nul'"), "Baker");
}

TEST_F(PostingRepositoryTest, ReadChanges_SkipsNothingUnderConcurrentWriters) {
  constexpr int kWriters = 8;
  constexpr int kWrites = 25;
  std::vector<std::vector<std::string>> written(kWriters);
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kWrites; ++i) {
        // The change gets its place first and is committed any time later.
        auto id =
            pool_->InTransaction([](runtime::postgres::Tx& tx) -> absl::StatusOr<std::string> {
              auto noted = tx.ExecuteText(
                  "INSERT INTO outbox (posting_id, kind, version)"
                  " VALUES (gen_random_uuid(), 1, 1) RETURNING posting_id");
              if (!noted.ok()) return noted.status();
              auto delayed = tx.ExecuteText("SELECT pg_sleep(random() * 0.02)");
              if (!delayed.ok()) return delayed.status();
              return std::string((*noted)[0][0].c_str());
            });
        EXPECT_TRUE(id.ok()) << id.status();
        written[writer].push_back(id.value_or(""));
      }
      --writing;
    });
  }
  std::vector<std::string> read;
  std::string cursor;
  bool last = false;
  while (true) {
    last = writing == 0;
    auto position = FeedPosition::Parse(cursor);  // as a reader that was restarted would
    ASSERT_TRUE(position.ok());
    auto changes = postings_->ReadChanges(*position, 7);
    ASSERT_TRUE(changes.ok()) << changes.status();
    for (const Change& change : *changes) {
      read.push_back(change.posting().posting_id());
    }
    cursor = position->Cursor();
    if (last && changes->empty()) break;
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  std::set<std::string> expected;
  for (const auto& ids : written) {
    expected.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(read.size(), static_cast<size_t>(kWriters * kWrites));
  EXPECT_EQ(std::set<std::string>(read.begin(), read.end()), expected);
  EXPECT_EQ(read, Rows("SELECT posting_id FROM outbox ORDER BY xid, change_id"));
}

TEST_F(PostingRepositoryTest, ForeignCursor_IsRefused) {
  EXPECT_FALSE(FeedPosition::Parse("12").ok());
  EXPECT_FALSE(FeedPosition::Parse("a.b").ok());
  EXPECT_FALSE(FeedPosition::Parse("1.2'; DROP TABLE outbox").ok());
}

TEST_F(PostingRepositoryTest, SearchView_HasTheColumnsOfItsContract) {
  EXPECT_THAT(
      Rows("SELECT column_name FROM information_schema.columns"
           " WHERE table_schema = 'search_v1' AND table_name = 'posting'"),
      UnorderedElementsAre("posting_id", "job_id", "source", "native_id", "url", "title", "company",
                           "location", "city", "region", "country", "description", "skills",
                           "salary_min", "salary_max", "salary_currency", "salary_period",
                           "annual_min_usd", "annual_max_usd", "experience_min_years",
                           "experience_max_years", "employment_type", "seniority", "remote_mode",
                           "posted_time", "first_seen_time", "valid_through_time", "language",
                           "quality_score", "open", "is_primary", "sort_time", "title_tsv", "tsv"));
}

TEST_F(PostingRepositoryTest, MigrationsDownAndUp_GiveTheSameSchema) {
  const std::string schema =
      "SELECT 'column', table_schema, table_name, column_name, data_type, is_nullable,"
      "   coalesce(column_default, '') FROM information_schema.columns"
      "  WHERE table_schema IN ('public', 'search_v1')"
      " UNION ALL SELECT 'constraint', conrelid::regclass::text, conname,"
      "   pg_get_constraintdef(oid), '', '', '' FROM pg_constraint WHERE connamespace ="
      "   'public'::regnamespace"
      " UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '', '' FROM pg_indexes"
      "  WHERE schemaname = 'public'"
      " UNION ALL SELECT 'function', proname, pg_get_functiondef(oid), '', '', '', '' FROM pg_proc"
      "  WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"
      " UNION ALL SELECT 'sequence', sequence_name, '', '', '', '', ''"
      "   FROM information_schema.sequences"
      " ORDER BY 1, 2, 3, 4";
  const auto before = Rows(schema);
  ASSERT_TRUE(runtime::postgres::MigrateDown(database_->url(), kMigrations, 0).ok());
  EXPECT_EQ(One("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v')"
                " AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migration'"),
            "0");
  ASSERT_TRUE(runtime::postgres::Migrate(database_->url(), kMigrations).ok());
  EXPECT_EQ(Rows(schema), before);
}

}  // namespace
}  // namespace jobmesh::scraper
