#include "tests/support/posting_prose.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>

namespace jobmesh::testing {
namespace {

using std::string_view;

// Collects blocks in one of the layouts that postings are written in.
class BlockWriter {
 public:
  BlockWriter(Random& random, bool html)
      : html_(html), layout_(static_cast<int>(random.Below(html ? 3 : 2))) {
    text_.reserve(2048);
  }

  void Heading(string_view text) {
    if (!html_) {
      if (!text_.empty()) text_ += '\n';
      Append(text);
      text_ += layout_ == 0 ? ":\n" : "\n\n";
    } else if (layout_ == 0) {
      Wrap("<h3>", text, "</h3>\n");
    } else {
      Wrap("<p><strong>", text, "</strong></p>");
    }
  }

  void Paragraph(string_view text) {
    if (html_) {
      Wrap("<p>", text, "</p>\n");
    } else {
      Append(text);
      text_ += "\n";
    }
  }

  void BeginList() {
    if (html_) text_ += layout_ == 2 ? "<p>" : "<ul>";
  }

  void Item(string_view text) {
    if (!html_) {
      text_ += layout_ == 0 ? "- " : "• ";
      Append(text);
      text_ += '\n';
    } else if (layout_ == 2) {
      Wrap("• ", text, "<br/>");
    } else {
      Wrap("<li>", text, "</li>");
    }
  }

  void EndList() {
    if (html_) text_ += layout_ == 2 ? "</p>\n" : "</ul>\n";
  }

  std::string Take() { return std::move(text_); }

 private:
  void Wrap(string_view before, string_view text, string_view after) {
    text_ += before;
    Append(text);
    text_ += after;
  }

  void Append(string_view text) {
    if (!html_) {
      text_ += text;
      return;
    }
    for (char c : text) {
      if (c == '&') {
        text_ += "&amp;";
      } else if (c == '<') {
        text_ += "&lt;";
      } else if (c == '>') {
        text_ += "&gt;";
      } else {
        text_ += c;
      }
    }
  }

  bool html_;
  int layout_;
  std::string text_;
};

// Sentences of one language. Placeholders: {c} company, {t} title, {a} its article, {l} city, {p}
// product, {y} a year, {n} a head count, {x} the fact that the list is about.
struct Sentences {
  Words intros;
  Words intros_with_city;
  Words duty_headings;
  Words requirement_headings;
  Words offer_headings;
  Words experience;
  Words skill_phrases;
  Words soft_skills;
  Words salary;
  Words full_time, part_time, contract, temporary, intern;
  Words remote, hybrid, onsite;
  string_view and_word;
  string_view reference;
};

constexpr string_view kIntros[] = {
    "{c} builds {p}. We are looking for {a} {t}.",
    "At {c} we work on {p}, and we would like you to join us as our next {t}.",
    "{c} is growing and is hiring {a} {t}. What we make: {p}.",
    "{c} was founded in {y} and offers {p}. Today {n} people work here, and {a} {t} is missing.",
    "Our customers rely on {c} for {p}. As {a} {t} you decide how well that works.",
};
constexpr string_view kIntrosWithCity[] = {
    "{c} builds {p}. For our team in {l} we are looking for {a} {t}.",
    "Since {y}, {c} has offered {p}. Our {l} team of {n} is looking for {a} {t}.",
    "We are {c}, based in {l}. We make {p}, and we need {a} {t}.",
};
constexpr string_view kDutyHeadings[] = {"What you will do", "Responsibilities", "The role",
                                         "Your tasks"};
constexpr string_view kRequirementHeadings[] = {"What you bring", "Requirements", "About you",
                                                "Your profile", "Qualifications"};
constexpr string_view kOfferHeadings[] = {"What we offer", "Benefits", "Why join us",
                                          "The package"};
constexpr string_view kExperience[] = {
    "{x} of professional experience",
    "{x} of relevant work experience",
    "{x} of experience in a similar role",
    "{x} of hands-on experience",
};
constexpr string_view kSkillPhrases[] = {
    "Strong knowledge of {x}",
    "Hands-on work with {x}",
    "Good command of {x}",
    "You are at home with {x}",
    "Familiarity with {x} is a plus",
    "Daily work with {x}",
    "Proficiency in {x}.",
    "A solid understanding of {x}",
    "You have used {x} in production.",
};
constexpr string_view kSoftSkills[] = {
    "Clear written and spoken English",     "A calm, structured way of working",
    "Curiosity and attention to detail",    "You explain difficult things simply",
    "You enjoy working with colleagues",    "A degree in a related field or equal practice",
    "You take decisions and stand by them",
};
constexpr string_view kSalary[] = {
    "Salary: {x}",
    "The pay for this position is {x}.",
    "Compensation: {x}, depending on your level.",
    "We pay {x}.",
    "Salary range: {x}",
};
constexpr string_view kFullTime[] = {"This is a full-time position.", "Employment type: Full-time",
                                     "Full-time, permanent."};
constexpr string_view kPartTime[] = {"This is a part-time position.",
                                     "Part-time, 20 hours a week."};
constexpr string_view kContract[] = {"This is a contract position with a possible extension.",
                                     "Employment type: Contract"};
constexpr string_view kTemporary[] = {"This is a temporary position.",
                                      "Employment type: Temporary"};
constexpr string_view kIntern[] = {"This is a paid internship.", "Employment type: Internship"};
constexpr string_view kRemote[] = {"This role is fully remote.", "You work 100% remotely.",
                                   "Work from home: we are a remote team."};
constexpr string_view kHybrid[] = {"We work in a hybrid model.",
                                   "Hybrid: two days a week in the office."};
constexpr string_view kOnsite[] = {"This is an on-site position.",
                                   "You work on-site, in our office."};

constexpr Sentences kEnglish = {
    kIntros,        kIntrosWithCity, kDutyHeadings, kRequirementHeadings,
    kOfferHeadings, kExperience,     kSkillPhrases, kSoftSkills,
    kSalary,        kFullTime,       kPartTime,     kContract,
    kTemporary,     kIntern,         kRemote,       kHybrid,
    kOnsite,        " and ",         "Reference: ",
};

constexpr string_view kIntrosRo[] = {
    "{c} caută un nou coleg pe poziția de {t}.",
    "Compania {c} angajează {t} într-o echipă de {n} oameni.",
    "{c}, fondată în {y}, își mărește echipa și caută {t}.",
};
constexpr string_view kIntrosWithCityRo[] = {
    "{c} caută {t} pentru biroul din {l}.",
    "Suntem {c}, o companie din {l}, și angajăm {t}.",
};
constexpr string_view kDutyHeadingsRo[] = {"Responsabilități", "Ce vei face",
                                           "Descrierea postului"};
constexpr string_view kRequirementHeadingsRo[] = {"Cerințe", "Ce așteptăm de la tine",
                                                  "Profilul candidatului"};
constexpr string_view kOfferHeadingsRo[] = {"Ce oferim", "Beneficii", "Oferta noastră"};
constexpr string_view kExperienceRo[] = {"Experiență {x} într-un post similar",
                                         "Experiență profesională: {x}"};
constexpr string_view kSkillPhrasesRo[] = {
    "Cunoștințe solide de {x}",        "Experiență practică cu {x}",        "Lucrezi zilnic cu {x}",
    "Cunoașterea {x} este un avantaj", "Ai folosit {x} în proiecte reale.",
};
constexpr string_view kSoftSkillsRo[] = {
    "Spirit de echipă",
    "Atenție la detalii",
    "Limba engleză, nivel B2",
    "Responsabilitate și inițiativă",
    "Comunicare clară cu clienții",
};
constexpr string_view kSalaryRo[] = {"Salariu: {x}", "Oferim un salariu de {x}.",
                                     "Remunerare: {x}, în funcție de nivel."};
constexpr string_view kFullTimeRo[] = {"Program de lucru: full-time.", "Normă întreagă."};
constexpr string_view kPartTimeRo[] = {"Program de lucru: part-time."};
constexpr string_view kContractRo[] = {"Contract pe proiect, cu posibilitate de prelungire."};
constexpr string_view kTemporaryRo[] = {"Post temporar."};
constexpr string_view kInternRo[] = {"Stagiu plătit (internship)."};
constexpr string_view kRemoteRo[] = {"Lucru 100% remote.", "Lucru la distanță, de acasă."};
constexpr string_view kHybridRo[] = {"Program hibrid: două zile pe săptămână la birou."};
constexpr string_view kOnsiteRo[] = {"Lucru la birou."};

constexpr Sentences kRomanian = {
    kIntrosRo,        kIntrosWithCityRo,
    kDutyHeadingsRo,  kRequirementHeadingsRo,
    kOfferHeadingsRo, kExperienceRo,
    kSkillPhrasesRo,  kSoftSkillsRo,
    kSalaryRo,        kFullTimeRo,
    kPartTimeRo,      kContractRo,
    kTemporaryRo,     kInternRo,
    kRemoteRo,        kHybridRo,
    kOnsiteRo,        " și ",
    "Cod: ",
};

constexpr string_view kDutiesRo[] = {
    "Dezvoltarea și întreținerea produselor companiei",
    "Participarea la analiza cerințelor",
    "Colaborarea cu echipele de produs și design",
    "Documentarea soluțiilor",
    "Estimarea și planificarea lucrărilor",
    "Revizuirea muncii colegilor",
    "Îmbunătățirea proceselor interne",
    "Comunicarea cu partenerii externi",
    "Pregătirea livrărilor către clienți",
    "Rezolvarea incidentelor",
    "Automatizarea sarcinilor repetitive",
    "Instruirea colegilor noi",
};
constexpr string_view kBenefitsRo[] = {
    "Asigurare medicală privată",  "Tichete de masă",          "Program flexibil",
    "Cursuri plătite de companie", "Zile libere suplimentare", "Prime pentru rezultate",
    "Echipă prietenoasă",          "Birou modern în centru",   "Abonament la sală",
};

string_view Pick(Random& random, Words words) { return random.Pick(words); }

std::string Fill(string_view pattern, const ProseFacts& facts, Random& random, string_view x) {
  std::string out;
  out.reserve(pattern.size() + x.size() + 64);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    switch (pattern[i + 1]) {
      case 'c':
        out += facts.company;
        break;
      case 't':
        out += facts.title;
        break;
      case 'a':
        out += string_view("AEIO").find(facts.title.front()) == string_view::npos ? "a" : "an";
        break;
      case 'l':
        out += facts.city;
        break;
      case 'p':
        out += Pick(random, CompanyProducts());
        break;
      case 'y':
        out += std::to_string(random.Between(1985, 2021));
        break;
      case 'n':
        out += std::to_string(random.Between(11, 480));
        break;
      default:
        out += x;
    }
    i += 2;
  }
  return out;
}

std::string Capitalised(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// "A, B and C" or "A / B / C".
std::string Join(Random& random, std::span<const std::string> names, string_view and_word) {
  bool slashes = random.Chance(0.15);
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += slashes ? " / " : i + 1 == names.size() ? and_word : ", ";
    out += names[i];
  }
  return out;
}

Words EmploymentSentences(const Sentences& language, string_view type) {
  if (type == "FULL_TIME") return language.full_time;
  if (type == "PART_TIME") return language.part_time;
  if (type == "CONTRACT") return language.contract;
  if (type == "TEMPORARY") return language.temporary;
  if (type == "INTERN") return language.intern;
  return {};
}

Words ModeSentences(const Sentences& language, string_view mode) {
  if (mode == "REMOTE") return language.remote;
  if (mode == "HYBRID") return language.hybrid;
  if (mode == "ONSITE") return language.onsite;
  return {};
}

void WriteDuties(Random& random, const ProseFacts& facts, BlockWriter* out) {
  int duties = random.Between(3, 6);
  out->BeginList();
  for (int i = 0; i < duties; ++i) {
    if (facts.romanian) {
      out->Item(random.Pick(std::span<const string_view>(kDutiesRo)));
      continue;
    }
    std::string duty(Pick(random, DutyVerbs()));
    duty.append(" ").append(Pick(random, facts.tasks));
    duty.append(" ").append(Pick(random, DutyPurposes()));
    out->Item(duty);
  }
  out->EndList();
}

void WriteRequirements(Random& random, const ProseFacts& facts, const Sentences& language,
                       BlockWriter* out) {
  out->BeginList();
  if (!facts.experience.empty()) {
    out->Item(
        Capitalised(Fill(Pick(random, language.experience), facts, random, facts.experience)));
  }
  std::span<const std::string> left(facts.skills);
  while (!left.empty()) {
    size_t count = std::min<size_t>(left.size(), random.Between(1, 4));
    std::string names = Join(random, left.first(count), language.and_word);
    out->Item(Fill(Pick(random, language.skill_phrases), facts, random, names));
    left = left.subspan(count);
  }
  out->Item(Pick(random, language.soft_skills));
  out->EndList();
}

void WriteOffer(Random& random, const ProseFacts& facts, const Sentences& language,
                BlockWriter* out) {
  if (!facts.salary.empty()) {
    out->Paragraph(Fill(Pick(random, language.salary), facts, random, facts.salary));
  }
  if (Words words = EmploymentSentences(language, facts.employment_type); !words.empty()) {
    out->Paragraph(Pick(random, words));
  }
  if (Words words = ModeSentences(language, facts.remote_mode); !words.empty()) {
    out->Paragraph(Pick(random, words));
  }
  out->BeginList();
  Words benefits = facts.romanian ? Words(kBenefitsRo) : Benefits();
  auto first = random.Below(static_cast<uint32_t>(benefits.size()));
  int count = random.Between(2, 4);
  for (int i = 0; i < count; ++i) out->Item(benefits[(first + i) % benefits.size()]);
  out->EndList();
}

}  // namespace

std::string WriteDescription(Random& random, const ProseFacts& facts) {
  const Sentences& language = facts.romanian ? kRomanian : kEnglish;
  BlockWriter out(random, facts.html);
  bool with_city = !facts.city.empty() && random.Chance(0.5);
  out.Paragraph(Fill(Pick(random, with_city ? language.intros_with_city : language.intros), facts,
                     random, {}));
  out.Heading(Pick(random, language.duty_headings));
  WriteDuties(random, facts, &out);
  out.Heading(Pick(random, language.requirement_headings));
  WriteRequirements(random, facts, language, &out);
  out.Heading(Pick(random, language.offer_headings));
  WriteOffer(random, facts, language, &out);
  if (!facts.reference.empty()) {
    out.Paragraph(std::string(language.reference).append(facts.reference));
  }
  return out.Take();
}

}  // namespace jobmesh::testing
