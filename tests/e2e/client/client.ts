// Drives the gateway through a client made of its own /openapi.json. `api.d.ts` is generated; that this file passes the
// type checker says as much as what it prints: parameters, bodies, answers and errors have the types they are used with.

import createClient from "openapi-fetch";
import type { components, paths } from "./api";

declare const process: { argv: string[]; exitCode: number };
declare const console: { log(text: string): void; error(text: unknown): void };

type Job = components["schemas"]["jobmesh.search.v1.Job"];

async function main(baseUrl: string, email: string, password: string, title: string) {
  const client = createClient<paths>({ baseUrl });

  const signUp = await client.POST("/sign-up", { body: { name: "Ada Lovelace", email, password } });
  if (!signUp.data) throw new Error(signUp.error.msg);
  const userId: number = signUp.data.user_id;

  const again = await client.POST("/sign-up", { body: { name: "Ada Lovelace", email, password } });
  const conflict: string | undefined = again.error?.msg;

  // @ts-expect-error: the password is required
  const wrongBody = await client.POST("/sign-up", { body: { name: "Ada Lovelace", email } });

  const login = await client.POST("/login", { body: { email, password } });
  if (!login.data) throw new Error(login.error.msg);
  const headers = { Authorization: `Bearer ${login.data.access_token}` };

  // @ts-expect-error: the size of a page is a number
  const wrongQuery = await client.GET("/find-jobs", { params: { query: { title, page_size: "ten" } } });
  const jobs = await client.GET("/find-jobs", { params: { query: { title, skills: ["Python"], page_size: 2 } } });
  const found: Job[] = jobs.data ?? [];
  const salary: number | undefined = found[0]?.salary_min;

  const none = await client.GET("/find-jobs", { params: { query: { title: "qqzzyyxx" } } });

  const search = await client.GET("/v1/jobs:search", { params: { query: { "filter.title": title, sort: "newest" } } });
  const problem = await client.GET("/v1/jobs:search", { params: { query: { sort: "oldest" } } });
  const reason: string | undefined = problem.error?.reason;
  const field: string | undefined = problem.error?.metadata?.field;

  const demand = await client.GET("/all-skills-by-demand");
  const python: number | undefined = demand.data?.["python"];
  const insight = await client.GET("/generate-insight-skills-by-demand/{keywords}", { params: { path: { keywords: title } } });
  const pay = await client.GET("/v1/insights/salary", { params: { query: { keywords: title } } });
  const asOf: string | undefined = pay.data?.as_of;

  const path = { user_id: userId };
  const before = await client.GET("/get-subscriptions/{user_id}", { params: { path }, headers });
  const added = await client.POST("/add-new-skill", { body: { user_id: userId, skill_name: "Python" }, headers });
  const refused = await client.POST("/add-new-skill", { body: { user_id: userId, skill_name: "Python" } });
  const refusal: string | undefined = refused.error && "error" in refused.error ? refused.error.error : undefined;
  const after = await client.GET("/get-subscriptions/{user_id}", { params: { path }, headers });
  const skills: string[] | undefined = after.data?.skills;

  const out = await client.POST("/log-out", { body: {}, headers });

  console.log(
    JSON.stringify({
      signUp: signUp.response.status, userId, conflict, conflictStatus: again.response.status,
      wrongBody: wrongBody.response.status, wrongQuery: wrongQuery.response.status,
      login: login.response.status, found, salary: typeof salary,
      none: { status: none.response.status, msg: none.error?.msg },
      total: search.data?.total, reason, field, problem: problem.response.status,
      python, insight: insight.data?.total_jobs, asOf,
      before: { status: before.response.status, msg: before.error?.msg },
      added: added.data?.message, addedStatus: added.response.status,
      refused: refused.response.status, refusal, skills, out: out.data?.msg,
    }),
  );
}

const [baseUrl, email, password, title] = process.argv.slice(2) as [string, string, string, string];
main(baseUrl, email, password, title).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
