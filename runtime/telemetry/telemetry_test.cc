#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/telemetry/metrics.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::runtime::telemetry {
namespace {

using ::testing::HasSubstr;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpan[] = "00f067aa0ba902b7";

std::string Traceparent(const std::string& version, const std::string& rest) {
  return version + "-" + kTrace + "-" + kSpan + rest;
}

TEST(TraceContextTest, Parse_ReadsTraceSpanAndSampling) {
  const struct {
    std::string header;
    bool sampled;
  } rows[] = {
      {Traceparent("00", "-01"), true}, {Traceparent("00", "-00"), false},
      {Traceparent("00", "-03"), true}, {Traceparent("00", "-02"), false},
      {Traceparent("01", "-01"), true}, {Traceparent("cc", "-01-what-the-future-brings"), true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.header);
    std::optional<TraceContext> context = TraceContext::Parse(row.header);
    ASSERT_TRUE(context.has_value());
    EXPECT_EQ(context->trace_id, kTrace);
    EXPECT_EQ(context->span_id, kSpan);
    EXPECT_EQ(context->sampled, row.sampled);
  }
}

TEST(TraceContextTest, Parse_RefusesMalformedHeaders) {
  const std::string rows[] = {
      "",
      "00",
      Traceparent("00", ""),
      Traceparent("00", "-0"),
      Traceparent("00", "-01-more"),
      Traceparent("ff", "-01"),
      Traceparent("0G", "-01"),
      Traceparent("01", "-01more"),
      Traceparent("00", "-0x"),
      Traceparent("00", "_01"),
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
  };
  for (const std::string& header : rows) {
    EXPECT_FALSE(TraceContext::Parse(header).has_value()) << header;
  }
}

TEST(TraceContextTest, Header_IsWhatParseReads) {
  const TraceContext context = TraceContext::New();
  std::optional<TraceContext> parsed = TraceContext::Parse(context.Header());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->trace_id, context.trace_id);
  EXPECT_EQ(parsed->span_id, context.span_id);
  EXPECT_TRUE(parsed->sampled);
  EXPECT_EQ(TraceContext({kTrace, kSpan, false}).Header(), Traceparent("00", "-00"));
}

TEST(TraceContextTest, Child_KeepsTheTraceAndTakesANewSpan) {
  const TraceContext parent{kTrace, kSpan, false};
  const TraceContext child = parent.Child();
  EXPECT_EQ(child.trace_id, kTrace);
  EXPECT_NE(child.span_id, kSpan);
  EXPECT_EQ(child.span_id.size(), 16u);
  EXPECT_FALSE(child.sampled);
}

TEST(TraceScopeTest, Scopes_NestAndRestore) {
  EXPECT_EQ(TraceScope::Current(), nullptr);
  const TraceContext outer = TraceContext::New();
  {
    TraceScope outer_scope(outer);
    EXPECT_EQ(TraceScope::Current(), &outer);
    const TraceContext inner = outer.Child();
    {
      TraceScope inner_scope(inner);
      EXPECT_EQ(TraceScope::Current(), &inner);
    }
    EXPECT_EQ(TraceScope::Current(), &outer);
  }
  EXPECT_EQ(TraceScope::Current(), nullptr);
}

TEST(RandomHexTest, Values_DifferAcrossRefillsOfThePool) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(RandomHex(16)).second);
  }
  EXPECT_EQ(seen.begin()->size(), 32u);
  EXPECT_EQ(seen.begin()->find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(CodeNameTest, Codes_AreSpeltAsDashboardsExpect) {
  const std::pair<int, const char*> rows[] = {{0, "OK"},
                                              {1, "Canceled"},
                                              {3, "InvalidArgument"},
                                              {4, "DeadlineExceeded"},
                                              {5, "NotFound"},
                                              {8, "ResourceExhausted"},
                                              {13, "Internal"},
                                              {14, "Unavailable"},
                                              {16, "Unauthenticated"},
                                              {17, "Unknown"},
                                              {-1, "Unknown"}};
  for (const auto& [code, name] : rows) {
    EXPECT_STREQ(CodeName(code), name) << code;
  }
}

TEST(RpcMetricsTest, EveryCode_IsInTheExpositionBeforeTheFirstCall) {
  prometheus::Registry registry;
  RpcMetrics metrics(registry, RpcMetrics::Side::kServer, "unary", "demo.v1.Demo", "Get");
  const std::string text = Exposition(registry);
  for (int code = 0; code <= 16; ++code) {
    EXPECT_THAT(
        text,
        HasSubstr(std::string("grpc_server_handled_total{grpc_code=\"") + CodeName(code) +
                  "\",grpc_method=\"Get\",grpc_service=\"demo.v1.Demo\",grpc_type=\"unary\"} 0"));
  }
}

TEST(RpcMetricsTest, Calls_AreCountedByCodeAndLatency) {
  prometheus::Registry registry;
  RpcMetrics metrics(registry, RpcMetrics::Side::kClient, "unary", "demo.v1.Demo", "Get");
  metrics.Started();
  metrics.MessageSent();
  metrics.Handled(5, 0.299);
  metrics.Handled(99, 0.3);
  const std::string labels =
      "grpc_method=\"Get\",grpc_service=\"demo.v1.Demo\",grpc_type=\"unary\"";
  const std::string text = Exposition(registry);
  EXPECT_THAT(text, HasSubstr("grpc_client_started_total{" + labels + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_client_msg_sent_total{" + labels + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_client_msg_received_total{" + labels + "} 0"));
  EXPECT_THAT(text,
              HasSubstr("grpc_client_handled_total{grpc_code=\"NotFound\"," + labels + "} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_client_handled_total{grpc_code=\"Unknown\"," + labels + "} 1"));
  // The objective of 0.3 s is a bucket of its own.
  EXPECT_THAT(text, HasSubstr("grpc_client_handling_seconds_bucket{" + labels + ",le=\"0.25\"} 0"));
  EXPECT_THAT(text, HasSubstr("grpc_client_handling_seconds_bucket{" + labels + ",le=\"0.3\"} 2"));
}

TEST(ProcessMetricsTest, Exposition_TellsBuildAndResources) {
  prometheus::Registry registry;
  AddProcessMetrics(registry, "1.2.3");
  UpdateProcessMetrics();
  const std::string text = Exposition(registry);
  EXPECT_THAT(text, HasSubstr("jobmesh_build_info{version=\"1.2.3\"} 1"));
  EXPECT_THAT(text, ::testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(text, ::testing::ContainsRegex("process_open_fds [1-9]"));
  EXPECT_THAT(text, ::testing::ContainsRegex("process_start_time_seconds [1-9]"));
}

}  // namespace
}  // namespace jobmesh::runtime::telemetry
