// That there is a test for each of the 176 rows.

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace jobmesh::gateway::rule_cases {
namespace {

// Sections and how many rows each has.
constexpr std::array<std::pair<char, int>, 7> kSections = {
    {{'A', 22}, {'B', 32}, {'C', 14}, {'D', 11}, {'E', 37}, {'F', 39}, {'G', 21}}};
constexpr std::size_t kRows = 176;

std::set<std::string> AllNumbers() {
  std::set<std::string> numbers;
  for (const auto& [section, rows] : kSections) {
    for (int i = 1; i <= rows; ++i) numbers.insert(section + std::to_string(i));
  }
  return numbers;
}

// The row that a test of this name is for (`Hold/B5`, `B27_SlashesAreCheap`), or nothing.
std::string NumberIn(std::string_view test) {
  test = test.substr(test.rfind('/') + 1);
  std::size_t end = 1;
  while (end < test.size() && test[end] >= '0' && test[end] <= '9') ++end;
  const bool is_number =
      end > 1 && test[0] >= 'A' && test[0] <= 'G' && (end == test.size() || test[end] == '_');
  return is_number ? std::string(test.substr(0, end)) : "";
}

TEST(RuleCases, EveryRow_HasATest) {
  ASSERT_EQ(AllNumbers().size(), kRows);
  std::set<std::string> missing = AllNumbers();
  const testing::UnitTest& tests = *testing::UnitTest::GetInstance();
  for (int i = 0; i < tests.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *tests.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string name = suite.GetTestInfo(j)->name();
      if (name.find("DISABLED_") != std::string::npos) continue;
      const std::string number = NumberIn(name);
      EXPECT_TRUE(number.empty() || AllNumbers().contains(number)) << "no such row: " << name;
      missing.erase(number);
    }
  }
  std::string list;
  for (const std::string& number : missing) list += ' ' + number;
  EXPECT_EQ(list, "") << "rows without a test";
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
