#pragma once

#include "runtime/postgres/pool.h"
#include "scraper-service/tasks/worker.h"

namespace jobmesh::tests {

// Handlers whose doings a checker can follow. Each writes what it does into the append-only table
// `checker.event`, and effects also count in `checker.effect`; payload members are milliseconds.
//   effect  {ms}     works, then counts its effect in the transaction that completes it
//   hold    {ms}     works until the time is over or it is told to stop
//   stubborn {ms}    works on although it is told to stop, then completes
//   fail             fails
//   abort            ends the process in the middle of the run
//   phases           goes on as phase `built` in queue datastore-manager, then counts its effect
//   empty            nothing at all, not even events
void RegisterRecipes(runtime::postgres::Pool& pool, scraper::tasks::Worker& worker);

}  // namespace jobmesh::tests
