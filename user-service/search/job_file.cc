#include "user-service/search/job_file.h"

#include <array>
#include <charconv>
#include <string_view>

#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"

namespace jobmesh::user {
namespace {

using search::v1::Job;

// Writes the cells of one line.
class CsvLine {
 public:
  explicit CsvLine(std::string* file) : file_(file) {}

  CsvLine& Text(std::string_view text) {
    Separate();
    const bool is_formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    if (!is_formula && text.find_first_of("\",\r\n") == std::string_view::npos) {
      file_->append(text);
      return *this;
    }
    file_->append(is_formula ? "\"'" : "\"");
    for (const char c : text) {
      file_->append(c == '"' ? 2 : 1, c);
    }
    file_->push_back('"');
    return *this;
  }

  CsvLine& Number(bool is_known, double value) {
    Separate();
    if (is_known) {
      std::array<char, 400> digits;  // the largest double has 309 before its point
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                     std::chars_format::fixed);
      file_->append(digits.data(), end.ptr);
    }
    return *this;
  }

  void End() { file_->append("\r\n"); }

 private:
  void Separate() {
    if (!is_first_) {
      file_->push_back(',');
    }
    is_first_ = false;
  }

  std::string* file_;
  bool is_first_ = true;
};

google::protobuf::util::JsonPrintOptions AsTheGatewayPrints() {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  return options;
}

}  // namespace

std::string CsvHeader() {
  return "job_id,title,company,location,date_posted,salary_min,salary_max,currency,salary_period,"
         "experience,skills,seniority,employment_type,remote_mode,link,source,description\r\n";
}

void AppendCsv(const Job& job, std::string* file) {
  CsvLine(file)
      .Text(job.job_id())
      .Text(job.title())
      .Text(job.company())
      .Text(job.location())
      .Text(job.date_posted())
      .Number(job.has_salary_min(), job.salary_min())
      .Number(job.has_salary_max(), job.salary_max())
      .Text(job.currency())
      .Text(job.salary_period())
      .Number(job.has_experience(), job.experience())
      .Text(absl::StrJoin(job.skills(), ";"))
      .Text(job.seniority())
      .Text(job.employment_type())
      .Text(job.remote_mode())
      .Text(job.link())
      .Text(job.source())
      .Text(job.description())
      .End();
}

void AppendNdjson(const Job& job, std::string* file) {
  static const google::protobuf::util::JsonPrintOptions options = AsTheGatewayPrints();
  std::string json;
  // A job holds nothing that JSON cannot say, so there is no error to tell.
  static_cast<void>(google::protobuf::util::MessageToJsonString(job, &json, options));
  file->append(json).push_back('\n');
}

}  // namespace jobmesh::user
