#include "gateway/routes/catalog.h"

#include <algorithm>
#include <map>
#include <utility>

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>

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

Catalog::Catalog() = default;
Catalog::~Catalog() = default;

std::shared_ptr<const Catalog> Catalog::Build(const std::vector<CatalogSource>& sources) {
  std::shared_ptr<Catalog> catalog(new Catalog());
  for (const CatalogSource& source : sources) catalog->Add(source);
  return catalog;
}

void Catalog::Report(const CatalogSource& source, std::string message) {
  problems_.push_back({source.owner, source.version, std::move(message)});
}

void Catalog::Add(const CatalogSource& source) {
  FileDescriptorSet set;
  if (!set.ParseFromArray(source.descriptors.data(), static_cast<int>(source.descriptors.size()))) {
    Report(source, "the descriptors are not a FileDescriptorSet");
    return;
  }
  std::vector<std::string> problems;
  auto pool = Pool::Build(set, &problems);
  for (std::string& problem : problems) Report(source, std::move(problem));
  for (const FileDescriptor* file : pool->files()) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor& service = *file->service(i);
      const auto& served = source.grpc_services;
      if (served.empty() ||
          std::find(served.begin(), served.end(), service.full_name()) != served.end()) {
        AddService(source, *pool, service);
      }
    }
  }
  pools_.push_back(std::move(pool));
}

void Catalog::AddService(const CatalogSource& source, const Pool& pool,
                         const ServiceDescriptor& service) {
  // A newer version of the same owner has it?
  if (!seen_.emplace(source.owner, service.full_name()).second) return;
  const auto known =
      std::find_if(services_.begin(), services_.end(), [&service](const CatalogService& other) {
        return other.descriptor->full_name() == service.full_name();
      });
  bool has_routes = false;
  for (int i = 0; i < service.method_count(); ++i) {
    auto routes = RoutesOf(*service.method(i), pool.types(), source.owner);
    if (!routes.ok()) {
      Report(source, std::string(routes.status().message()));
      continue;
    }
    if (routes->empty()) continue;
    if (known != services_.end()) {
      Report(source, service.full_name() + " belongs to " + known->owner);
      return;
    }
    has_routes = true;
    for (Route& route : *routes) {
      const absl::Status added = routes_.Add(std::move(route));
      if (!added.ok()) Report(source, std::string(added.message()));
    }
  }
  if (has_routes) services_.push_back({source.owner, &service});
}

}  // namespace jobmesh::gateway::routes
