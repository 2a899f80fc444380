#include "gateway/routes/catalog.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

#include "runtime/status_macros.h"

namespace jobmesh::gateway::routes {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::ServiceDescriptor;

// The files of a FileDescriptorSet, and those of this process for what it lacks.
class SetDatabase final : public google::protobuf::DescriptorDatabase {
 public:
  explicit SetDatabase(const FileDescriptorSet& set) {
    for (const FileDescriptorProto& file : set.file()) files_.emplace(file.name(), &file);
  }

  bool FindFileByName(const std::string& name, FileDescriptorProto* output) override {
    if (const auto found = files_.find(name); found != files_.end()) {
      *output = *found->second;
      return true;
    }
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    if (file == nullptr) return false;
    file->CopyTo(output);
    return true;
  }
  bool FindFileContainingSymbol(const std::string&, FileDescriptorProto*) override { return false; }
  bool FindFileContainingExtension(const std::string&, int, FileDescriptorProto*) override {
    return false;
  }

 private:
  std::map<std::string, const FileDescriptorProto*> files_;
};

// Keeps the first error of a file instead of printing all.
class FirstError final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text_.empty()) text_ = file + ": " + element + ": " + message;
  }
  void AddWarning(const std::string&, const std::string&, const google::protobuf::Message*,
                  ErrorLocation, const std::string&) override {}
  std::string Take() { return std::exchange(text_, ""); }

 private:
  std::string text_;
};

}  // namespace

// The descriptors and tables of one source.
class Catalog::Pool {
 public:
  // Builds every file it can; answers what is wrong with the others.
  static std::unique_ptr<Pool> Build(const FileDescriptorSet& set,
                                     std::vector<std::string>* problems) {
    std::unique_ptr<Pool> pool(new Pool(set));
    for (const FileDescriptorProto& file : set.file()) {
      const FileDescriptor* built = pool->pool_.FindFileByName(file.name());
      if (built != nullptr) {
        pool->files_.push_back(built);
      } else {
        std::string problem = pool->errors_.Take();
        problems->push_back(problem.empty() ? file.name() + ": cannot be built" : problem);
      }
    }
    pool->types_ = transcode::TypeTables::Compile(pool->files_);
    return pool;
  }

  const std::vector<const FileDescriptor*>& files() const { return files_; }
  const transcode::TypeTables& types() const { return *types_; }

 private:
  explicit Pool(FileDescriptorSet set)
      : set_(std::move(set)), database_(set_), pool_(&database_, &errors_) {}

  const FileDescriptorSet set_;
  SetDatabase database_;
  FirstError errors_;
  DescriptorPool pool_;
  std::vector<const FileDescriptor*> files_;
  std::shared_ptr<const transcode::TypeTables> types_;
};

Catalog::Catalog(const PathOptions& options) : routes_(options) {}
Catalog::~Catalog() = default;

std::shared_ptr<const Catalog> Catalog::Build(const std::vector<CatalogSource>& sources,
                                              const PathOptions& options) {
  std::shared_ptr<Catalog> catalog(new Catalog(options));
  for (const CatalogSource& source : sources) {
    if (source.is_fallback && catalog->owners_.contains(source.owner)) {
      catalog->taken_.push_back(false);
      continue;
    }
    const absl::Status status = catalog->Add(source);
    catalog->taken_.push_back(status.ok());
    if (status.ok()) {
      catalog->owners_.insert(source.owner);
    } else {
      catalog->Report(source, std::string(status.message()));
    }
  }
  return catalog;
}

void Catalog::Report(const CatalogSource& source, std::string message) {
  problems_.push_back({source.owner, source.version, std::move(message)});
}

absl::Status Catalog::Add(const CatalogSource& source) {
  FileDescriptorSet set;
  if (!set.ParseFromArray(source.descriptors.data(), static_cast<int>(source.descriptors.size()))) {
    return absl::InvalidArgumentError("the descriptors are not a FileDescriptorSet");
  }
  std::vector<std::string> problems;
  auto pool = Pool::Build(set, &problems);
  for (std::string& problem : problems) Report(source, std::move(problem));
  Candidate candidate;
  for (const FileDescriptor* file : pool->files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor& service = *file->service(i);
      const auto& served = source.grpc_services;
      if (served.empty() ||
          std::find(served.begin(), served.end(), service.full_name()) != served.end()) {
        Collect(source, *pool, service, &candidate);
      }
    }
  }
  RETURN_IF_ERROR(CheckConflicts(candidate));
  pools_.push_back(std::move(pool));
  Take(std::move(candidate));
  return absl::OkStatus();
}

void Catalog::Collect(const CatalogSource& source, const Pool& pool,
                      const ServiceDescriptor& service, Candidate* candidate) {
  const std::size_t before = candidate->routes.size();
  for (int i = 0; i < service.method_count(); ++i) {
    auto routes = RoutesOf(*service.method(i), pool.types(), source.owner);
    if (!routes.ok()) {
      Report(source, std::string(routes.status().message()));
      continue;
    }
    std::move(routes->begin(), routes->end(), std::back_inserter(candidate->routes));
  }
  if (candidate->routes.size() > before) candidate->services.push_back({source.owner, &service});
}

absl::Status Catalog::CheckConflicts(const Candidate& candidate) const {
  for (const CatalogService& service : candidate.services) {
    for (const CatalogService& other : services_) {
      if (other.descriptor->full_name() == service.descriptor->full_name() &&
          other.owner != service.owner) {
        return absl::AlreadyExistsError(service.descriptor->full_name() + " belongs to " +
                                        other.owner);
      }
    }
  }
  std::map<Shape, const Route*> own;
  for (const Route& route : candidate.routes) {
    const Shape shape(route.http_method, ShapeOf(route.path));
    const Route* other = nullptr;
    if (const auto found = shapes_.find(shape);
        found != shapes_.end() && found->second->owner != route.owner) {
      other = found->second;
    } else if (const auto [first, is_new] = own.emplace(shape, &route); !is_new) {
      other = first->second;
    }
    if (other != nullptr) {
      return absl::AlreadyExistsError("two routes of one shape: " + other->Description() + " and " +
                                      route.Description());
    }
  }
  return absl::OkStatus();
}

void Catalog::Take(Candidate candidate) {
  // What a newer source of the owner has.
  std::set<std::string> known;
  for (const CatalogService& service : services_) known.insert(service.descriptor->full_name());
  for (const CatalogService& service : candidate.services) {
    if (!known.contains(service.descriptor->full_name())) services_.push_back(service);
  }
  for (Route& route : candidate.routes) {
    if (known.contains(route.descriptor->service()->full_name())) continue;
    const Shape shape(route.http_method, ShapeOf(route.path));
    if (shapes_.contains(shape)) continue;
    if (routes_.Add(std::move(route)).ok()) shapes_.emplace(shape, routes_.routes().back().get());
  }
}

}  // namespace jobmesh::gateway::routes
