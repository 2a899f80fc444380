"""The document that the gateway makes of a service with everything in it passes a linter of OpenAPI 3.1."""

import json
import pathlib

from support import node

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "gateway" / "openapi" / "testdata" / "library.openapi.json"
LINT = node.SCRIPTS / "lint_openapi.cjs"


def lint(file: pathlib.Path) -> list[dict]:
    node.need("@redocly/openapi-core")
    return node.grave(node.run_json(LINT, str(file)), file.read_text())


def test_linter_has_nothing_to_say():
    assert lint(LIBRARY) == []


def test_linter_would_find_a_mistake(tmp_path):
    document = json.loads(LIBRARY.read_text())
    document["paths"]["/v1/books"]["get"]["responses"]["404"]["$ref"] = "#/components/responses/Nowhere"
    document["components"]["schemas"]["Lonely"] = {"type": "string"}
    (tmp_path / "broken.json").write_text(json.dumps(document))
    assert {"no-unresolved-refs", "no-unused-components"} <= {problem["rule"] for problem in lint(tmp_path / "broken.json")}
