#pragma once

#include "absl/status/status.h"

#include "scraper-service/datasets/draft_repository.h"
#include "scraper-service/datasets/tar_file.h"
#include "scraper-service/refine/skills.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::datasets {

// Builds the draft of a job from its file: checks the metadata `NAME.json`, refines the postings of
// `chunks/*.jsonl` and `chunks/*.csv` and stores them where nobody sees them. Shows phases and
// progress. Errors: INVALID_ARGUMENT that names what is wrong in which member; FAILED_PRECONDITION
// when the datastore does not stand as the operation needs it; CANCELLED; ABORTED.
absl::Status BuildDraft(tasks::TaskRun& run, const TarFile& tar, DraftRepository& drafts,
                        const refine::Vocabulary& vocabulary);

}  // namespace jobmesh::scraper::datasets
