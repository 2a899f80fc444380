#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::scraper::fetch {

// What a robots.txt (RFC 9309) says to one robot. Immutable, so safe to share between threads.
class RobotsRules {
 public:
  // `product` is the robot's product token ("JobMesh"), compared without regard to case. The groups
  // that name it are joined; without one, the groups for `*` count. Never fails: lines that are not
  // understood are skipped. Only the first 500 KiB are read.
  static RobotsRules Parse(std::string_view text, std::string_view product);
  static RobotsRules AllowAll() { return {}; }
  // What counts while the server cannot serve its robots.txt (RFC 9309 §2.3.1.4).
  static RobotsRules DisallowForNow();

  // Whether the path and query may be fetched: the longest matching rule decides, allow wins a tie,
  // and /robots.txt itself is always allowed. Linear in the length of target times that of the
  // rules.
  bool Allows(std::string_view target) const;

  // Whether the rules stand in for a robots.txt that may be had later.
  bool temporary() const { return temporary_; }

  // Crawl-delay, not part of the RFC but widely used; nullopt when absent or not a number.
  std::optional<std::chrono::milliseconds> crawl_delay() const { return crawl_delay_; }
  // Sitemap lines, of all groups.
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  struct Rule {
    std::string pattern;
    bool allow;
  };
  std::vector<Rule> rules_;
  bool temporary_ = false;
  std::optional<std::chrono::milliseconds> crawl_delay_;
  std::vector<std::string> sitemaps_;
};

}  // namespace jobmesh::scraper::fetch
