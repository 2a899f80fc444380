#pragma once

#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::named_jobs {

// Takes as long as the payload's `estimated_time` says, in seconds, and shows its progress.
tasks::Outcome RunNamedJob(tasks::TaskRun& run);

}  // namespace jobmesh::scraper::named_jobs
