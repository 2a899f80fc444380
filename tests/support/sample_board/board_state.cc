#include "tests/support/sample_board/board_state.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {
namespace {

// Numbers of a board start here, so that they tell the board and are unique over all of them.
uint64_t FirstNumber(Board board) { return 100001 + 100000 * static_cast<uint64_t>(board); }

PostingGenerator MakeGenerator(const BoardState::Options& options, Board board) {
  PostingGenerator::Options generator{
      .seed = options.seed * kBoards.size() + static_cast<size_t>(board),
      .now = options.clock(),
      .language = PostingGenerator::Language::kEnglish,
      .markup = PostingGenerator::Markup::kHtml};
  switch (board) {
    case Board::kJsonLd:
      generator.salary_field_share = 0.6;
      generator.experience_field_share = 0.3;
      break;
    case Board::kRss:
    case Board::kGreenhouse:
      // These formats have no such fields.
      generator.salary_field_share = 0;
      generator.experience_field_share = 0;
      break;
    case Board::kRabota:
      generator.language = PostingGenerator::Language::kRomanian;
      generator.salary_field_share = 0.4;
      generator.experience_field_share = 0.8;
      break;
  }
  return PostingGenerator(std::move(generator));
}

void Merge(const PostingWishes& from, PostingWishes* into) {
  if (from.title) into->title = from.title;
  if (from.company) into->company = from.company;
  if (from.location) into->location = from.location;
  if (from.skills) into->skills = from.skills;
  if (from.salary) into->salary = from.salary;
  if (from.experience) into->experience = from.experience;
}

}  // namespace

std::string_view BoardName(Board board) {
  switch (board) {
    case Board::kJsonLd:
      return "jsonld";
    case Board::kRss:
      return "rss";
    case Board::kGreenhouse:
      return "greenhouse";
    case Board::kRabota:
      return "rabota";
  }
  return {};
}

std::optional<Board> ParseBoard(std::string_view name) {
  for (Board board : kBoards) {
    if (name == BoardName(board)) return board;
  }
  return std::nullopt;
}

std::string BoardPosting::Path() const {
  std::string id = std::to_string(number);
  switch (board) {
    case Board::kJsonLd:
      return "/jsonld/jobs/" + id;
    case Board::kRss:
      return "/feed/jobs/" + id;
    case Board::kGreenhouse:
      return "/greenhouse/sample/jobs/" + id;
    case Board::kRabota:
      return "/rabota/ro/locuri-de-munca/" + Slug(content.title) + "/" + id;
  }
  return {};
}

BoardState::BoardState(Options options)
    : options_(std::move(options)),
      generators_{MakeGenerator(options_, Board::kJsonLd), MakeGenerator(options_, Board::kRss),
                  MakeGenerator(options_, Board::kGreenhouse),
                  MakeGenerator(options_, Board::kRabota)} {
  for (Board board : kBoards) {
    const PostingGenerator& generator = generators_[static_cast<size_t>(board)];
    Shelf& shelf = ShelfOf(board);
    for (uint64_t index = 0; index < options_.postings_per_board; ++index) {
      BoardPosting posting{.number = FirstNumber(board) + index, .board = board, .index = index};
      posting.content = generator.At(index);
      posting.updated_at = posting.content.posted_at;
      shelf.postings.push_back(std::make_shared<const BoardPosting>(std::move(posting)));
    }
    shelf.next_index = options_.postings_per_board;
    shelf.updated_at = options_.clock();
    std::stable_sort(shelf.postings.begin(), shelf.postings.end(),
                     [](const PostingPtr& a, const PostingPtr& b) {
                       return a->content.posted_at > b->content.posted_at;
                     });
  }
}

std::vector<PostingPtr> BoardState::List(Board board) const {
  std::lock_guard lock(mutex_);
  return ShelfOf(board).postings;
}

PostingPtr BoardState::Find(uint64_t number) const {
  std::lock_guard lock(mutex_);
  for (const Shelf& shelf : shelves_) {
    for (const PostingPtr& posting : shelf.postings) {
      if (posting->number == number) return posting;
    }
  }
  return nullptr;
}

std::chrono::sys_seconds BoardState::UpdatedAt(Board board) const {
  std::lock_guard lock(mutex_);
  return ShelfOf(board).updated_at;
}

PostingPtr BoardState::Put(Board board, BoardPosting posting) {
  std::lock_guard lock(mutex_);
  Shelf& shelf = ShelfOf(board);
  uint64_t position = shelf.next_index++;
  posting.board = board;
  posting.number = FirstNumber(board) + position;
  posting.updated_at = posting.content.posted_at = shelf.updated_at = options_.clock();
  auto shared = std::make_shared<const BoardPosting>(std::move(posting));
  shelf.postings.insert(shelf.postings.begin(), shared);
  return shared;
}

PostingPtr BoardState::Add(Board board, PostingWishes wishes) {
  if (!wishes.salary) wishes.salary = "";
  if (!wishes.experience) wishes.experience = "";
  uint64_t index;
  {
    std::lock_guard lock(mutex_);
    index = ShelfOf(board).next_index;
  }
  BoardPosting posting{.index = index};
  posting.content = generators_[static_cast<size_t>(board)].At(index, wishes);
  posting.wishes = std::move(wishes);
  return Put(board, std::move(posting));
}

PostingPtr BoardState::Copy(Board board, uint64_t number) {
  PostingPtr original = Find(number);
  if (original == nullptr) return nullptr;
  return Put(board, *original);
}

PostingPtr BoardState::Change(uint64_t number, const PostingWishes& wishes) {
  std::lock_guard lock(mutex_);
  for (Board board : kBoards) {
    Shelf& shelf = ShelfOf(board);
    for (PostingPtr& slot : shelf.postings) {
      if (slot->number != number) continue;
      BoardPosting changed = *slot;
      Merge(wishes, &changed.wishes);
      changed.content = generators_[static_cast<size_t>(board)].At(changed.index, changed.wishes);
      changed.content.posted_at = slot->content.posted_at;
      changed.updated_at = shelf.updated_at = options_.clock();
      slot = std::make_shared<const BoardPosting>(std::move(changed));
      return slot;
    }
  }
  return nullptr;
}

bool BoardState::Remove(uint64_t number) {
  std::lock_guard lock(mutex_);
  for (Shelf& shelf : shelves_) {
    auto removed = std::erase_if(
        shelf.postings, [number](const PostingPtr& posting) { return posting->number == number; });
    if (removed == 0) continue;
    shelf.updated_at = options_.clock();
    return true;
  }
  return false;
}

}  // namespace jobmesh::testing
