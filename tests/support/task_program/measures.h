#pragma once

#include "absl/status/status.h"

#include "tests/support/task_program/queue_parts.h"

namespace jobmesh::tests {

// Each prints one JSON object on standard output.

// Puts `count` tasks of operation `empty` into queue `bench`, `batch` a call, and says how long it
// took.
absl::Status MeasureEnqueue(QueueParts& parts, int count, int batch);
// Runs what queue `bench` holds with `slots` threads, `prefetch` tasks in hand and ends in batches
// of `batch`, and says how long it took until the last one was completed.
absl::Status MeasureRun(QueueParts& parts, int count, int slots, int prefetch, int batch);
// Enqueues `count` tasks one after the other, each when the one before has started, and says how
// long each took from enqueuing to its handler.
absl::Status MeasureLatency(QueueParts& parts, int count);

}  // namespace jobmesh::tests
