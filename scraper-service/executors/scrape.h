#pragma once

#include <functional>

#include "scraper-service/crawl/source_repository.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper {

// Operation `scrape`: payload {"source": name}; scrapes the source once and gives the run's outcome
// and counts. The run belongs to whichever replica takes the source's lease, so that a schedule and
// a task never crawl one source at once; a task that is stopped lets it go on.
// `wake` makes the crawlers of all replicas look for work.
tasks::Handler MakeScrapeHandler(SourceRepository& sources, std::function<void()> wake);

}  // namespace jobmesh::scraper
