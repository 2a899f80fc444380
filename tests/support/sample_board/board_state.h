#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/posting_generator.h"

namespace jobmesh::testing {

// The job boards that one sample board plays, one for each format.
enum class Board { kJsonLd, kRss, kGreenhouse, kRabota };

inline constexpr std::array kBoards = {Board::kJsonLd, Board::kRss, Board::kGreenhouse,
                                       Board::kRabota};

// "jsonld", "rss", "greenhouse", "rabota".
std::string_view BoardName(Board board);
std::optional<Board> ParseBoard(std::string_view name);

// A posting on show. Immutable; a change makes a new one with the same number.
struct BoardPosting {
  uint64_t number = 0;  // unique over all boards; the posting's native id
  Board board = Board::kJsonLd;
  GeneratedPosting content;
  std::chrono::sys_seconds updated_at;

  uint64_t index = 0;    // in the generator's sequence
  PostingWishes wishes;  // all that were ever given for it

  // Where the posting's page is, from the root of the server.
  std::string Path() const;
};

using PostingPtr = std::shared_ptr<const BoardPosting>;

// The postings of all boards, in memory. Thread-safe.
class BoardState {
 public:
  using Clock = std::function<std::chrono::sys_seconds()>;

  struct Options {
    uint64_t seed = 1;
    uint32_t postings_per_board = 100;
    Clock clock;
  };

  explicit BoardState(Options options);

  // Newest first.
  std::vector<PostingPtr> List(Board board) const;
  // Null when there is none.
  PostingPtr Find(uint64_t number) const;
  // When a posting of the board was last added, changed or removed.
  std::chrono::sys_seconds UpdatedAt(Board board) const;

  // What is not wished for is invented, except salary and experience, which stay unstated.
  PostingPtr Add(Board board, PostingWishes wishes);
  // The same text on another board; null when there is no such posting.
  PostingPtr Copy(Board board, uint64_t number);
  // Applies `wishes` over those given before; null when there is no such posting.
  PostingPtr Change(uint64_t number, const PostingWishes& wishes);
  bool Remove(uint64_t number);

  uint64_t seed() const { return options_.seed; }

 private:
  struct Shelf {
    std::vector<PostingPtr> postings;  // newest first
    uint64_t next_index = 0;
    std::chrono::sys_seconds updated_at;
  };

  Shelf& ShelfOf(Board board) { return shelves_[static_cast<size_t>(board)]; }
  const Shelf& ShelfOf(Board board) const { return shelves_[static_cast<size_t>(board)]; }
  PostingPtr Put(Board board, BoardPosting posting);

  const Options options_;
  const std::array<PostingGenerator, kBoards.size()> generators_;
  mutable std::mutex mutex_;
  std::array<Shelf, kBoards.size()> shelves_;  // guarded by mutex_
};

}  // namespace jobmesh::testing
