#include "scraper-service/datasets/tar_file.h"

#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/datasets/input_directory.h"
#include "scraper-service/datasets/tar_builder.h"

namespace jobmesh::scraper::datasets {
namespace {

using Type = TarMember::Type;

class TarFileTest : public ::testing::Test {
 protected:
  TarFileTest() {
    folder_ = ::testing::TempDir() + "tar_file_test_" + std::to_string(getpid());
    std::filesystem::create_directories(folder_ + "/archive");
  }
  ~TarFileTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<TarFile> OpenBytes(const std::string& bytes) {
    WriteFile(folder_ + "/X.tar", bytes);
    return TarFile::Open(folder_, "X.tar");
  }
  void Put(const std::string& file, const std::string& bytes) {
    WriteFile(folder_ + "/" + file, bytes);
  }

  std::string folder_;
};

std::string Dataset(const std::string& name) {
  return TarBuilder().Add(name + ".json", "{}").Add("chunks/", "", '5').Finish();
}

TEST_F(TarFileTest, Members_AreReadWhereTheyStand) {
  const std::string big(700, 'x');
  auto tar = OpenBytes(
      TarBuilder().Add("X.json", "{}").Add("chunks/", "", '5').Add("chunks/1.jsonl", big).Finish());
  ASSERT_TRUE(tar.ok()) << tar.status();
  ASSERT_EQ(tar->members().size(), 3u);
  EXPECT_NE(tar->Find("chunks", Type::kDirectory), nullptr);
  const TarMember* chunk = tar->Find("chunks/1.jsonl", Type::kFile);
  ASSERT_NE(chunk, nullptr);
  EXPECT_EQ(tar->ReadAll(*chunk, 1000).value(), big);
  EXPECT_EQ(tar->ReadAll(*chunk, 699).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TarFileTest, NamesOfPaxAndGnu_ReplaceTheShortOne) {
  const std::string path = "chunks/" + std::string(150, 'n') + ".jsonl";
  std::string record = " path=" + path + "\n";
  record = std::to_string(record.size() + 3) + record;
  auto tar = OpenBytes(TarBuilder()
                           .Add("pax", record, 'x')
                           .Add("short", "1")
                           .Add("././@LongLink", path + "2", 'L')
                           .Add("short", "2")
                           .Finish());
  ASSERT_TRUE(tar.ok()) << tar.status();
  EXPECT_NE(tar->Find(path, Type::kFile), nullptr);
  EXPECT_NE(tar->Find(path + "2", Type::kFile), nullptr);
}

TEST_F(TarFileTest, WhatIsNoWholeTarFile_IsRefused) {
  const std::string good = Dataset("X");
  std::string bad_sum = good;
  bad_sum[0] = 'Y';
  for (const std::string& bytes :
       {std::string(), std::string(1024, '\x1f'), std::string("\x1f\x8b\x08 gzip"), bad_sum,
        TarBuilder().Add("X.json", std::string(600, 'x')).bytes().substr(0, 700)}) {
    EXPECT_EQ(OpenBytes(bytes).status().code(), absl::StatusCode::kInvalidArgument) << bytes.size();
  }
  EXPECT_EQ(TarFile::Open(folder_, "absent.tar").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(TarFileTest, Links_AreNeverFollowed) {
  auto tar = OpenBytes(TarBuilder().Add("X.json", "", '2').Finish());
  ASSERT_TRUE(tar.ok());
  EXPECT_EQ(tar->Find("X.json", Type::kFile), nullptr);
  Put("REAL.tar", Dataset("REAL"));
  std::filesystem::create_symlink(folder_ + "/REAL.tar", folder_ + "/LINK.tar");
  EXPECT_EQ(TarFile::Open(folder_, "LINK.tar").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TarFileTest, InputDirectory_ListsWhatCanBeImported) {
  Put("MY_DATASET.tar", Dataset("MY_DATASET"));
  Put("YOUR_DATASET.tar", TarBuilder().Add("YOUR_DATASET.json", "{}").Finish());
  Put("FILES_ONLY.tar",
      TarBuilder().Add("FILES_ONLY.json", "{}").Add("chunks/1.jsonl", "").Finish());
  Put("INVALID_DATASET.tar", TarBuilder().Add("INVALID_DATASET.csv", "").Finish());
  Put("DOT.tar", TarBuilder().Add("./DOT.json", "{}").Finish());
  Put("EMPTY.tar", "");
  Put("DATASET_WITH_INVAL&D_NAM+E.tar", Dataset("DATASET_WITH_INVAL&D_NAM+E"));
  Put("OTHER.tar.gz", Dataset("OTHER"));
  std::filesystem::create_directories(folder_ + "/NOT_A_TAR.tar");
  Put("archive/YET_ANOTHER.tar", Dataset("YET_ANOTHER"));
  std::vector<std::string> seen;
  for (const ImportableFile& file : InputDirectory(folder_).List()) {
    seen.push_back(file.name + (file.has_data ? " data" : "") +
                   (file.is_archived ? " archived" : ""));
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("FILES_ONLY", "MY_DATASET data", "YOUR_DATASET",
                                           "YET_ANOTHER data archived"));
}

TEST_F(TarFileTest, Archive_MovesOnlyTheFileThatWasImported) {
  const InputDirectory input(folder_);
  Put("A.tar", Dataset("A"));
  const std::string mark = input.Open("A")->mark();
  Put("A.tar", Dataset("A") + std::string(512, '\0'));
  EXPECT_FALSE(input.Archive("A", mark).ok());
  EXPECT_TRUE(input.Archive("A", input.Open("A")->mark()).ok());
  EXPECT_EQ(input.Open("A").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(input.Delete("A").code(), absl::StatusCode::kNotFound) << "never the archived one";
  EXPECT_TRUE(input.DeleteArchived("A").ok());
  EXPECT_EQ(input.DeleteArchived("A").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace jobmesh::scraper::datasets
