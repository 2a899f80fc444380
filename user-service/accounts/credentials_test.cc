#include "user-service/accounts/credentials.h"

#include <string>

#include "gtest/gtest.h"

namespace jobmesh::user {
namespace {

TEST(ValidateEmail, AcceptsAddressesThatPeopleHave) {
  for (const char* email : {"nora@example.com", "n.o+tag@mail.example.co.uk", " nora@example.com ",
                            "o'neil@example.com", "пётр@пример.рф", "a@b-c.io"}) {
    EXPECT_TRUE(ValidateEmail(email).ok()) << email;
  }
}

TEST(ValidateEmail, RefusesWhatIsNone) {
  const std::string long_local = std::string(65, 'a') + "@example.com";
  for (const std::string& email :
       {std::string("nora"), std::string("nora@"), std::string("@example.com"),
        std::string("nora@example"), std::string("no ra@example.com"), std::string("a@@b.com"),
        std::string("nora@-example.com"), std::string("nora@example..com"),
        std::string(".nora@example.com"), std::string("nora@127.0.0.1"), long_local}) {
    const absl::Status status = ValidateEmail(email);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << email;
    EXPECT_EQ(status.message(), "Invalid email") << email;
  }
}

TEST(ValidatePassword, CountsCharactersNotBytes) {
  EXPECT_TRUE(ValidatePassword("пароль12").ok());
  EXPECT_EQ(ValidatePassword("пароль1").message(), "Password too short");
  EXPECT_EQ(ValidatePassword("1234567").message(), "Password too short");
  EXPECT_TRUE(ValidatePassword("12345678").ok());
}

TEST(ValidatePassword, BoundsItsLength) {
  EXPECT_TRUE(ValidatePassword(std::string(1024, 'x')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ValidatePassword(std::string(1025, 'x'))));
}

TEST(ValidateName, RequiresOne) {
  EXPECT_TRUE(ValidateName("Nora Olsen").ok());
  EXPECT_EQ(ValidateName("  ").message(), "name: is required");
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateName("No\nra")));
  EXPECT_TRUE(absl::IsInvalidArgument(ValidateName(std::string(201, 'n'))));
}

TEST(FoldEmail, IgnoresCaseAndBlanks) {
  EXPECT_EQ(FoldEmail(" Nora@Example.COM "), "nora@example.com");
  EXPECT_EQ(FoldEmail("Пётр@Пример.РФ"), "пётр@пример.рф");
}

}  // namespace
}  // namespace jobmesh::user
