#include "scraper-service/fetch/challenge.h"

#include <algorithm>
#include <string>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::size_t kWindow = 64 * 1024;

constexpr std::string_view kTitles[] = {
    "just a moment",
    "attention required!",
    "verify you are human",
    "are you a robot",
    "are you human",
    "pardon our interruption",
    "security check",
    "checking your browser",
    "ddos protection",
    "human verification",
    "captcha",
    "unusual traffic",
};

constexpr std::string_view kMarkers[] = {
    "cf-challenge",
    "cf_chl_",
    "cf-chl-",
    "/cdn-cgi/challenge-platform",
    "g-recaptcha",
    "h-captcha",
    "hcaptcha.com",
    "cf-turnstile",
    "captcha-delivery.com",
    "px-captcha",
    "_incapsula_resource",
    "verify you are human",
    "unusual traffic from your",
};

std::string_view Title(std::string_view lower_page) {
  const auto open = lower_page.find("<title");
  if (open == std::string_view::npos) return {};
  const auto start = lower_page.find('>', open);
  if (start == std::string_view::npos) return {};
  const auto end = lower_page.find("</title", start);
  return lower_page.substr(start + 1, end == std::string_view::npos ? end : end - start - 1);
}

}  // namespace

bool IsChallengePage(int status, std::string_view body) {
  const std::string page = AsciiLower(body.substr(0, kWindow));
  const auto title = TrimSpace(Title(page));
  const bool success = status >= 200 && status < 300;
  // On success the title must begin with the phrase: "QA engineer, captcha products" is a job.
  const auto names_challenge = [&](std::string_view phrase) {
    return success ? title.substr(0, phrase.size()) == phrase
                   : title.find(phrase) != std::string_view::npos;
  };
  if (!title.empty() && std::any_of(std::begin(kTitles), std::end(kTitles), names_challenge)) {
    // "Security check engineer | Acme" is a job as well: it says what it is about in structured
    // form.
    return !success || page.find("jobposting") == std::string::npos;
  }
  if (success) return false;
  return std::any_of(std::begin(kMarkers), std::end(kMarkers), [&](std::string_view marker) {
    return page.find(marker) != std::string::npos;
  });
}

}  // namespace jobmesh::scraper::fetch
