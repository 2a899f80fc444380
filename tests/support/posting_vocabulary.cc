#include "tests/support/posting_vocabulary.h"

namespace jobmesh::testing {
namespace {

using std::string_view;

constexpr string_view kSoftwareTasks[] = {
    "billing services",       "order pipelines",        "a shared component library",
    "public interfaces",      "search features",        "payment flows",
    "internal tools",         "the booking engine",     "the customer portal",
    "notification services",  "the pricing engine",     "identity features",
    "long-running workflows", "the document store",     "reporting endpoints",
    "integration layers",     "the partner gateway",    "the inventory ledger",
    "scheduling services",    "multi-tenant back ends", "the messaging layer",
    "the onboarding journey", "audit trails",           "fraud checks",
};
constexpr string_view kDataTasks[] = {
    "batch and streaming pipelines",
    "the reporting warehouse",
    "forecast models",
    "ranking models",
    "customer segments",
    "experiment analyses",
    "data quality checks",
    "self-service dashboards",
    "churn predictions",
    "feature stores",
    "demand forecasts",
    "document classifiers",
    "anomaly detection",
    "the metrics catalogue",
    "recommendation models",
    "revenue reports",
    "training sets",
    "attribution analyses",
};
constexpr string_view kPlatformTasks[] = {
    "build and release pipelines",
    "the container platform",
    "monitoring and alerts",
    "incident procedures",
    "backup and recovery plans",
    "network boundaries",
    "cost reports",
    "access policies",
    "capacity plans",
    "the on-call handbook",
    "deployment templates",
    "secrets handling",
    "vulnerability reviews",
    "threat models",
    "regional failover",
};
constexpr string_view kQualityTasks[] = {
    "regression suites",    "test plans",     "release checklists", "performance tests",
    "exploratory charters", "defect reports", "test environments",  "acceptance criteria",
};
constexpr string_view kProductTasks[] = {
    "the product roadmap", "customer interviews", "wireframes and prototypes", "release notes",
    "usability studies",   "market analyses",     "the design language",       "launch plans",
    "backlog priorities",  "success metrics",     "service blueprints",        "pricing tests",
};
constexpr string_view kBusinessTasks[] = {
    "monthly closings",    "customer accounts",    "budget forecasts", "supplier contracts",
    "onboarding material", "campaign calendars",   "sales reports",    "the support queue",
    "training sessions",   "compliance paperwork", "renewal plans",    "newsletters",
};
constexpr string_view kDeviceTasks[] = {
    "board support packages", "motor control loops", "sensor drivers",  "boot loaders",
    "field diagnostics",      "low-power modes",     "radio protocols", "over-the-air updates",
    "safety mechanisms",      "hardware bring-up",
};

constexpr string_view kBackendTitles[] = {"Backend Engineer", "Software Engineer",
                                          "Backend Developer", "Software Developer",
                                          "API Engineer"};
constexpr string_view kBackendRo[] = {"Programator backend", "Inginer software",
                                      "Dezvoltator backend"};
constexpr string_view kPythonSkills[] = {"Python", "Django", "FastAPI", "PostgreSQL", "Redis",
                                         "Docker", "Celery", "AWS",     "RabbitMQ",   "Git"};
constexpr string_view kJavaSkills[] = {"Java",  "Spring Boot", "Kafka",   "Hibernate",  "Oracle",
                                       "Maven", "Kubernetes",  "Jenkins", "PostgreSQL", "Git"};
constexpr string_view kGoSkills[] = {"Go",        "gRPC",   "Kubernetes", "PostgreSQL", "Kafka",
                                     "Terraform", "Docker", "Redis",      "Prometheus", "Linux"};
constexpr string_view kDotNetSkills[] = {"C#",       ".NET", "Azure", "Entity Framework", "Docker",
                                         "RabbitMQ", "Git",  "Redis", "Kubernetes"};
constexpr string_view kPhpSkills[] = {"PHP",    "Laravel",    "Symfony", "MySQL", "Redis",
                                      "Docker", "JavaScript", "Git",     "Nginx"};
constexpr string_view kNodeSkills[] = {"Node.js",    "TypeScript", "NestJS", "MongoDB", "GraphQL",
                                       "PostgreSQL", "Docker",     "AWS",    "Redis"};
constexpr string_view kSystemsSkills[] = {"C++",  "Linux", "CMake",  "Python", "Rust",
                                          "gRPC", "Git",   "Docker", "Bash"};

constexpr string_view kFrontendTitles[] = {"Frontend Engineer", "Frontend Developer", "UI Engineer",
                                           "Web Developer"};
constexpr string_view kFrontendRo[] = {"Programator frontend", "Dezvoltator web"};
constexpr string_view kFrontendSkills[] = {"JavaScript", "TypeScript", "React",   "Redux",
                                           "CSS",        "HTML",       "Webpack", "Jest",
                                           "GraphQL",    "Figma",      "Git"};
constexpr string_view kVueSkills[] = {"JavaScript", "TypeScript", "Vue.js", "Angular", "CSS",
                                      "HTML",       "Cypress",    "Sass",   "Git"};

constexpr string_view kFullStackTitles[] = {"Full Stack Engineer", "Full Stack Developer"};
constexpr string_view kFullStackRo[] = {"Programator full stack"};
constexpr string_view kFullStackSkills[] = {
    "React", "Node.js", "TypeScript", "PostgreSQL", "Docker", "AWS", "GraphQL", "Git", "MongoDB"};

constexpr string_view kMobileTitles[] = {"Mobile Engineer", "Mobile Developer"};
constexpr string_view kMobileRo[] = {"Dezvoltator mobil"};
constexpr string_view kMobileSkills[] = {"Kotlin",   "Swift", "Flutter", "Android", "iOS",
                                         "Firebase", "Git",   "GraphQL", "Java"};

constexpr string_view kDataEngineerTitles[] = {"Data Engineer", "Analytics Engineer",
                                               "Data Platform Engineer"};
constexpr string_view kDataRo[] = {"Inginer de date", "Analist de date"};
constexpr string_view kDataEngineerSkills[] = {"Python",    "SQL",   "Spark",   "Airflow",
                                               "Snowflake", "dbt",   "Kafka",   "Databricks",
                                               "AWS",       "Scala", "BigQuery"};
constexpr string_view kScienceTitles[] = {"Data Scientist", "Machine Learning Engineer",
                                          "Applied Scientist"};
constexpr string_view kScienceSkills[] = {"Python", "PyTorch",      "TensorFlow", "pandas",
                                          "SQL",    "scikit-learn", "NumPy",      "Spark",
                                          "AWS",    "MLflow"};
constexpr string_view kAnalystTitles[] = {"Data Analyst", "Business Intelligence Analyst",
                                          "Reporting Analyst"};
constexpr string_view kAnalystSkills[] = {"SQL",    "Tableau",  "Power BI", "Python",
                                          "Looker", "BigQuery", "Snowflake"};

constexpr string_view kPlatformTitles[] = {"DevOps Engineer", "Site Reliability Engineer",
                                           "Platform Engineer", "Cloud Engineer",
                                           "Systems Administrator"};
constexpr string_view kPlatformRo[] = {"Inginer de sistem", "Administrator de sistem"};
constexpr string_view kPlatformSkills[] = {
    "Kubernetes", "Terraform", "AWS",    "Linux", "Ansible", "Prometheus", "Grafana",
    "Docker",     "Jenkins",   "GitLab", "Bash",  "Helm",    "Azure"};
constexpr string_view kSecurityTitles[] = {"Security Engineer", "Security Analyst",
                                           "Application Security Engineer"};
constexpr string_view kSecurityRo[] = {"Specialist securitate"};
constexpr string_view kSecuritySkills[] = {"Splunk",    "Python",    "Linux", "AWS",
                                           "Wireshark", "Terraform", "Bash",  "Kubernetes"};

constexpr string_view kQualityTitles[] = {"QA Engineer", "Test Automation Engineer",
                                          "Quality Analyst"};
constexpr string_view kQualityRo[] = {"Tester software", "Inginer testare"};
constexpr string_view kQualitySkills[] = {"Selenium", "Cypress", "Playwright", "Java",   "Python",
                                          "Postman",  "Jira",    "SQL",        "Jenkins"};

constexpr string_view kEmbeddedTitles[] = {"Embedded Engineer", "Firmware Engineer",
                                           "Embedded Software Developer"};
constexpr string_view kEmbeddedRo[] = {"Programator sisteme integrate"};
constexpr string_view kEmbeddedSkills[] = {"C++",   "FreeRTOS", "Linux",  "Python",
                                           "CMake", "Yocto",    "MATLAB", "Git"};

constexpr string_view kDesignTitles[] = {"Product Designer", "UX Designer", "UX Researcher"};
constexpr string_view kDesignRo[] = {"Designer de produs"};
constexpr string_view kDesignSkills[] = {"Figma", "Adobe XD", "Photoshop", "Illustrator",
                                         "Jira",  "HTML",     "CSS"};
constexpr string_view kProductTitles[] = {"Product Manager", "Product Owner", "Business Analyst",
                                          "Project Coordinator"};
constexpr string_view kProductRo[] = {"Manager de produs", "Analist business"};
constexpr string_view kProductSkills[] = {"Jira",  "Confluence", "SQL",
                                          "Figma", "Tableau",    "Power BI"};

constexpr string_view kFinanceTitles[] = {"Accountant", "Financial Controller",
                                          "Payroll Specialist"};
constexpr string_view kFinanceRo[] = {"Contabil", "Specialist salarizare"};
constexpr string_view kFinanceSkills[] = {"SAP", "QuickBooks", "Power BI", "NetSuite"};
constexpr string_view kCommercialTitles[] = {"Account Executive", "Customer Success Specialist",
                                             "Marketing Specialist", "Sales Representative",
                                             "Technical Support Specialist"};
constexpr string_view kCommercialRo[] = {"Specialist marketing", "Specialist suport tehnic"};
constexpr string_view kCommercialSkills[] = {"Salesforce", "HubSpot", "Zendesk", "Jira",
                                             "Google Analytics"};

constexpr Role kRoles[] = {
    {kBackendTitles, kBackendRo, kPythonSkills, kSoftwareTasks, 130000},
    {kBackendTitles, kBackendRo, kJavaSkills, kSoftwareTasks, 132000},
    {kBackendTitles, kBackendRo, kGoSkills, kSoftwareTasks, 145000},
    {kBackendTitles, kBackendRo, kDotNetSkills, kSoftwareTasks, 120000},
    {kBackendTitles, kBackendRo, kPhpSkills, kSoftwareTasks, 100000},
    {kBackendTitles, kBackendRo, kNodeSkills, kSoftwareTasks, 122000},
    {kBackendTitles, kBackendRo, kSystemsSkills, kSoftwareTasks, 140000},
    {kFrontendTitles, kFrontendRo, kFrontendSkills, kSoftwareTasks, 118000},
    {kFrontendTitles, kFrontendRo, kVueSkills, kSoftwareTasks, 112000},
    {kFullStackTitles, kFullStackRo, kFullStackSkills, kSoftwareTasks, 125000},
    {kMobileTitles, kMobileRo, kMobileSkills, kSoftwareTasks, 124000},
    {kDataEngineerTitles, kDataRo, kDataEngineerSkills, kDataTasks, 135000},
    {kScienceTitles, kDataRo, kScienceSkills, kDataTasks, 145000},
    {kAnalystTitles, kDataRo, kAnalystSkills, kDataTasks, 88000},
    {kPlatformTitles, kPlatformRo, kPlatformSkills, kPlatformTasks, 134000},
    {kSecurityTitles, kSecurityRo, kSecuritySkills, kPlatformTasks, 128000},
    {kQualityTitles, kQualityRo, kQualitySkills, kQualityTasks, 95000},
    {kEmbeddedTitles, kEmbeddedRo, kEmbeddedSkills, kDeviceTasks, 115000},
    {kDesignTitles, kDesignRo, kDesignSkills, kProductTasks, 105000},
    {kProductTitles, kProductRo, kProductSkills, kProductTasks, 120000},
    {kFinanceTitles, kFinanceRo, kFinanceSkills, kBusinessTasks, 72000},
    {kCommercialTitles, kCommercialRo, kCommercialSkills, kBusinessTasks, 70000},
};

// The Romanian-speaking places come first.
constexpr size_t kRomanianPlaces = 7;
constexpr WorkPlace kPlaces[] = {
    {"Chișinău", "", "Moldova", "MD", "MDL", "MONTH", 0.22, 17.5},
    {"Bălți", "", "Moldova", "MD", "MDL", "MONTH", 0.18, 17.5},
    {"Chișinău", "", "Moldova", "MD", "EUR", "MONTH", 0.26, 0.92},
    {"București", "", "Romania", "RO", "RON", "MONTH", 0.40, 4.6},
    {"Cluj-Napoca", "", "Romania", "RO", "EUR", "MONTH", 0.42, 0.92},
    {"Iași", "", "Romania", "RO", "RON", "MONTH", 0.36, 4.6},
    {"Timișoara", "", "Romania", "RO", "EUR", "MONTH", 0.38, 0.92},
    {"San Francisco", "CA", "United States", "US", "USD", "YEAR", 1.25, 1},
    {"New York", "NY", "United States", "US", "USD", "YEAR", 1.2, 1},
    {"Austin", "TX", "United States", "US", "USD", "YEAR", 1.0, 1},
    {"Seattle", "WA", "United States", "US", "USD", "YEAR", 1.15, 1},
    {"Denver", "CO", "United States", "US", "USD", "YEAR", 1.0, 1},
    {"Chicago", "IL", "United States", "US", "USD", "YEAR", 1.0, 1},
    {"Boston", "MA", "United States", "US", "USD", "YEAR", 1.1, 1},
    {"Atlanta", "GA", "United States", "US", "USD", "YEAR", 0.92, 1},
    {"Toronto", "ON", "Canada", "CA", "CAD", "YEAR", 0.8, 1.36},
    {"Vancouver", "BC", "Canada", "CA", "CAD", "YEAR", 0.8, 1.36},
    {"Montreal", "QC", "Canada", "CA", "CAD", "YEAR", 0.72, 1.36},
    {"London", "", "United Kingdom", "GB", "GBP", "YEAR", 0.78, 0.79},
    {"Manchester", "", "United Kingdom", "GB", "GBP", "YEAR", 0.62, 0.79},
    {"Edinburgh", "", "United Kingdom", "GB", "GBP", "YEAR", 0.62, 0.79},
    {"Dublin", "", "Ireland", "IE", "EUR", "YEAR", 0.75, 0.92},
    {"Berlin", "", "Germany", "DE", "EUR", "YEAR", 0.7, 0.92},
    {"Munich", "", "Germany", "DE", "EUR", "YEAR", 0.74, 0.92},
    {"Hamburg", "", "Germany", "DE", "EUR", "YEAR", 0.68, 0.92},
    {"Vienna", "", "Austria", "AT", "EUR", "YEAR", 0.64, 0.92},
    {"Zurich", "", "Switzerland", "CH", "CHF", "YEAR", 1.1, 0.88},
    {"Paris", "", "France", "FR", "EUR", "YEAR", 0.6, 0.92},
    {"Lyon", "", "France", "FR", "EUR", "YEAR", 0.52, 0.92},
    {"Amsterdam", "", "Netherlands", "NL", "EUR", "YEAR", 0.68, 0.92},
    {"Brussels", "", "Belgium", "BE", "EUR", "MONTH", 0.6, 0.92},
    {"Madrid", "", "Spain", "ES", "EUR", "YEAR", 0.46, 0.92},
    {"Barcelona", "", "Spain", "ES", "EUR", "YEAR", 0.46, 0.92},
    {"Lisbon", "", "Portugal", "PT", "EUR", "YEAR", 0.4, 0.92},
    {"Milan", "", "Italy", "IT", "EUR", "YEAR", 0.46, 0.92},
    {"Copenhagen", "", "Denmark", "DK", "DKK", "MONTH", 0.75, 6.9},
    {"Stockholm", "", "Sweden", "SE", "SEK", "MONTH", 0.6, 10.5},
    {"Oslo", "", "Norway", "NO", "NOK", "YEAR", 0.68, 10.7},
    {"Helsinki", "", "Finland", "FI", "EUR", "MONTH", 0.55, 0.92},
    {"Tallinn", "", "Estonia", "EE", "EUR", "MONTH", 0.44, 0.92},
    {"Warsaw", "", "Poland", "PL", "PLN", "MONTH", 0.48, 4.0},
    {"Krakow", "", "Poland", "PL", "PLN", "MONTH", 0.46, 4.0},
    {"Prague", "", "Czech Republic", "CZ", "CZK", "MONTH", 0.46, 23.0},
    {"Budapest", "", "Hungary", "HU", "EUR", "MONTH", 0.38, 0.92},
    {"Sofia", "", "Bulgaria", "BG", "EUR", "MONTH", 0.36, 0.92},
    {"Kyiv", "", "Ukraine", "UA", "USD", "MONTH", 0.34, 1},
    {"Istanbul", "", "Turkey", "TR", "USD", "MONTH", 0.3, 1},
    {"Tel Aviv", "", "Israel", "IL", "ILS", "MONTH", 0.9, 3.7},
    {"Dubai", "", "United Arab Emirates", "AE", "AED", "MONTH", 0.7, 3.67},
    {"Bengaluru", "Karnataka", "India", "IN", "INR", "YEAR", 0.22, 83},
    {"Pune", "Maharashtra", "India", "IN", "INR", "YEAR", 0.2, 83},
    {"Singapore", "", "Singapore", "SG", "SGD", "MONTH", 0.72, 1.35},
    {"Tokyo", "", "Japan", "JP", "JPY", "YEAR", 0.55, 150},
    {"Sydney", "NSW", "Australia", "AU", "AUD", "YEAR", 0.82, 1.5},
    {"Melbourne", "VIC", "Australia", "AU", "AUD", "YEAR", 0.8, 1.5},
    {"Auckland", "", "New Zealand", "NZ", "NZD", "YEAR", 0.66, 1.65},
    {"Cape Town", "", "South Africa", "ZA", "ZAR", "MONTH", 0.34, 18.5},
    {"Nairobi", "", "Kenya", "KE", "USD", "MONTH", 0.25, 1},
    {"Lagos", "", "Nigeria", "NG", "USD", "MONTH", 0.22, 1},
    {"São Paulo", "SP", "Brazil", "BR", "BRL", "MONTH", 0.32, 5.2},
    {"Buenos Aires", "", "Argentina", "AR", "USD", "MONTH", 0.3, 1},
    {"Mexico City", "", "Mexico", "MX", "MXN", "MONTH", 0.36, 18},
    {"Bogotá", "", "Colombia", "CO", "USD", "MONTH", 0.3, 1},
};

constexpr string_view kStems[] = {
    "Alder",   "Amber",   "Arbor",   "Aster",  "Aurel",    "Basalt",  "Beacon",  "Birch",  "Blaze",
    "Bramble", "Bright",  "Cedar",   "Cinder", "Cobalt",   "Copper",  "Coral",   "Crest",  "Dawn",
    "Delta",   "Dune",    "Fable",   "Fern",   "Field",    "Flint",   "Fox",     "Frost",  "Garnet",
    "Glacier", "Granite", "Harbor",  "Hazel",  "Heron",    "Hollow",  "Indigo",  "Iris",   "Ivory",
    "Jade",    "Juniper", "Kestrel", "Lagoon", "Lantern",  "Larch",   "Lark",    "Linden", "Lumen",
    "Lynx",    "Maple",   "Marble",  "Meadow", "Meridian", "Mistral", "Moss",    "Nimbus", "North",
    "Oak",     "Ochre",   "Onyx",    "Opal",   "Orchid",   "Osprey",  "Otter",   "Peak",   "Pebble",
    "Pine",    "Plover",  "Quartz",  "Quill",  "Raven",    "Reed",    "Ridge",   "River",  "Rowan",
    "Saffron", "Sable",   "Sequoia", "Silver", "Sparrow",  "Spruce",  "Stellar", "Stone",  "Summit",
    "Tamarin", "Teal",    "Thistle", "Tidal",  "Timber",   "Topaz",   "Tundra",  "Umber",  "Vale",
    "Vela",    "Vesper",  "Violet",  "Willow", "Wren",     "Zephyr",
};
constexpr string_view kEndings[] = {
    " Systems",   " Labs",       " Analytics", " Health",   " Software",     " Logistics",
    " Mobility",  " Energy",     " Robotics",  " Finance",  " Networks",     " Digital",
    " Media",     " Studios",    " Commerce",  " Insights", " Payments",     " Consulting",
    " Works",     " Dynamics",   " Group",     " Partners", " Technologies", " Solutions",
    "bridge",     "ware",        "point",      "field",     "wave",          "forge",
    "gate",       "grid",        "path",       "loop",      "stack Labs",    "port Systems",
    " Games",     " Learning",   " Travel",    " Foods",    " Retail",       " Biotech",
    " Insurance", " Automotive", " Security",  " Maritime", " Aerospace",    " Interactive",
};

constexpr string_view kVerbs[] = {
    "Design and build", "Maintain",  "Own",        "Improve",        "Document",
    "Review",           "Plan",      "Modernise",  "Extend",         "Simplify",
    "Automate",         "Deliver",   "Help shape", "Take charge of", "Measure",
    "Stabilise",        "Prototype", "Support",
};
constexpr string_view kPurposes[] = {
    "for enterprise customers",
    "used by thousands of people every day",
    "across three product teams",
    "together with our partners",
    "for the logistics market",
    "for hospitals and clinics",
    "with clear ownership",
    "from first idea to production",
    "in close contact with customers",
    "for our retail division",
    "across several time zones",
    "with an eye on reliability",
    "for public institutions",
    "in short cycles",
    "alongside colleagues from design",
    "for small businesses",
    "with measurable results",
    "for a growing user base",
    "in a regulated environment",
    "for our field staff",
    "with sensible defaults",
    "at peak season and beyond",
    "for banks and insurers",
    "with accessibility in mind",
};

constexpr string_view kProducts[] = {
    "warehouse planning for mid-sized retailers",
    "appointment booking for clinics",
    "energy metering for landlords",
    "route planning for couriers",
    "fraud detection for online shops",
    "learning platforms for schools",
    "booking tools for independent hotels",
    "claims handling for insurers",
    "fleet monitoring for transport companies",
    "payroll for small businesses",
    "games played by families around the world",
    "inspection tools for manufacturers",
    "open banking connections for lenders",
    "digital ticketing for cities",
    "field service planning for utilities",
    "audience measurement for publishers",
    "sample tracking for laboratories",
    "crop monitoring for farmers",
    "ordering systems for restaurants",
    "document exchange for law firms",
    "procurement tools for public institutions",
    "subscription billing for publishers",
};
constexpr string_view kBenefits[] = {
    "Flexible working hours",
    "Private health insurance",
    "25 days of paid leave",
    "A yearly learning budget",
    "Company laptop of your choice",
    "Meal vouchers",
    "Public transport ticket",
    "Paid parental leave",
    "Retirement plan with matching",
    "Two volunteering days a year",
    "Quarterly team gatherings",
    "Stock options",
    "Gym membership",
    "A buddy for your first weeks",
    "Relocation support",
    "Bicycle leasing",
};

constexpr string_view kFirst[] = {
    "Ana",   "Andrei", "Amara", "Bruno", "Carla", "Daniel", "Elena", "Emil",  "Farah", "Grace",
    "Hugo",  "Ines",   "Ion",   "Jonas", "Karin", "Leo",    "Lina",  "Maria", "Mihai", "Nora",
    "Oscar", "Petra",  "Radu",  "Sara",  "Tomas", "Uma",    "Vlad",  "Wanda", "Yara",  "Zoe",
};
constexpr string_view kLast[] = {
    "Albu",   "Berg",   "Costa",  "Dumitru",  "Evans", "Fischer", "Garcia", "Hansen", "Ivanov",
    "Jensen", "Kowal",  "Larsen", "Munteanu", "Novak", "Olsen",   "Popa",   "Quinn",  "Rusu",
    "Silva",  "Tanaka", "Ursu",   "Vega",     "Weber", "Young",   "Zhang",
};

}  // namespace

std::span<const Role> Roles() { return kRoles; }
std::span<const WorkPlace> WorkPlaces() { return kPlaces; }
std::span<const WorkPlace> RomanianWorkPlaces() {
  return std::span<const WorkPlace>(kPlaces).first(kRomanianPlaces);
}
Words CompanyStems() { return kStems; }
Words CompanyEndings() { return kEndings; }
Words DutyVerbs() { return kVerbs; }
Words DutyPurposes() { return kPurposes; }
Words CompanyProducts() { return kProducts; }
Words Benefits() { return kBenefits; }
Words FirstNames() { return kFirst; }
Words LastNames() { return kLast; }

}  // namespace jobmesh::testing
