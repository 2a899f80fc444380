"""A TypeScript client, generated from the gateway's own /openapi.json, drives the gateway."""

import json
import pathlib
import shutil

from support import node
from support.api import PASSWORD, unique
from support.eventually import eventually

CLIENT = pathlib.Path(__file__).parent / "client"
INDEXED_SECONDS = 30


def test_client_generated_from_the_description_works(mesh, api, tmp_path):
    node.need("openapi-typescript", "openapi-fetch", "typescript")
    title = unique("weaver")
    mesh.add_posting(f"{title} developer", ["Python"], salary="$90,000 per year")
    mesh.scrape("sample-jsonld")
    eventually(lambda: len(api.find(title)) == 1, INDEXED_SECONDS, "the posting is found")

    for file in CLIENT.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "node_modules").symlink_to(node.MODULES)
    (tmp_path / "openapi.json").write_text(api.get("/openapi.json").text)
    node.run("openapi-typescript", "openapi.json", "--output", "api.d.ts", folder=tmp_path)
    node.run("tsc", "--project", ".", folder=tmp_path)
    email = f"{unique('generated')}@example.com"
    seen = json.loads(node.run(tmp_path / "out" / "client.js", api.url, email, PASSWORD, title, folder=tmp_path))

    assert (seen["signUp"], seen["login"]) == (201, 200) and seen["userId"] > 0
    assert (seen["conflictStatus"], seen["conflict"]) == (409, "User already exists")
    assert (seen["wrongBody"], seen["wrongQuery"]) == (400, 400)
    assert [job["title"] for job in seen["found"]] == [f"{title} developer"] and seen["total"] == 1
    assert seen["none"] == {"status": 404, "msg": "No jobs found"}
    assert (seen["problem"], seen["reason"], seen["field"]) == (400, "INVALID_FIELD", "sort")
    assert seen["python"] >= 1 and seen["insight"] == 1 and seen["asOf"].endswith("Z")
    assert seen["before"] == {"status": 404, "msg": "No skills"}
    assert (seen["addedStatus"], seen["added"]) == (201, "Skill and subscription added successfully")
    assert seen["refused"] == 401 and seen["refusal"]
    assert seen["skills"] == ["python"] and seen["out"] == "Logged out"
