// node lint_openapi.cjs FILE: what the linter says of an OpenAPI document, as JSON.
// The rules are its recommended ones: the document is valid, every reference leads somewhere, ids are unique, …
"use strict";

const { createConfig, lint } = require("@redocly/openapi-core");

async function main(file) {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lint({ ref: file, config });
  const shown = problems.map(({ severity, ruleId, message, location }) => ({ severity, rule: ruleId, message, at: location[0]?.pointer }));
  process.stdout.write(JSON.stringify(shown));
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
