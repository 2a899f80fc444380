#include "gateway/policy/load_shedder.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace jobmesh::gateway::policy {
namespace {

TEST(LoadShedderTest, PlacesAreGivenBack) {
  LoadShedder shedder(2);
  std::optional<LoadShedder::Ticket> first = shedder.Admit();
  std::optional<LoadShedder::Ticket> second = shedder.Admit();
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(shedder.Admit());
  LoadShedder::Ticket moved = std::move(*first);
  first.reset();
  EXPECT_FALSE(shedder.Admit());  // moving gives nothing back
  moved = LoadShedder::Ticket();
  EXPECT_TRUE(shedder.Admit());
  EXPECT_EQ(shedder.in_flight(), 1);
}

TEST(LoadShedderTest, ZeroMeansNoLimit) {
  LoadShedder shedder(0);
  std::vector<LoadShedder::Ticket> tickets;
  for (int i = 0; i < 1000; ++i) {
    tickets.push_back(*shedder.Admit());
  }
  EXPECT_EQ(shedder.in_flight(), 1000);
}

TEST(LoadShedderTest, ManyThreads_NeverGetMoreThanThereIs) {
  LoadShedder shedder(3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        if (const auto ticket = shedder.Admit()) {
          const int now = ++inside;
          int seen = most.load();
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(shedder.in_flight(), 0);
}

}  // namespace
}  // namespace jobmesh::gateway::policy
