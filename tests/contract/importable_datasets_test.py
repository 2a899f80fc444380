"""Files that may be imported (document 002), as the gateway lists and deletes them; test_7_NN is line NN of the contract's
list."""

import pytest

from support.api import expect
from support.imports import Imports, tar, target


@pytest.fixture(scope="module")
def imports(mesh, api):
    imports = Imports(mesh, api)
    imports.pause(True)
    yield imports
    imports.pause(False)


@pytest.fixture(scope="module")
def names(imports):
    """What is in the directory, right and wrong; the names by what they are."""
    names = {kind: target() for kind in ("both", "metadata", "csv", "text", "folder", "archived", "gzip", "dotted", "empty", "link", "inside", "files")}
    imports.write(f"{names['both']}.tar", tar({f"{names['both']}.json": "{}", "chunks/": "", "chunks/1.csv": "id,title\n"}))
    imports.write(f"{names['metadata']}.tar", tar({f"{names['metadata']}.json": "{}"}))
    imports.write(f"{names['csv']}.tar", tar({f"{names['csv']}.csv": ""}))
    imports.write(f"{names['text']}.tar", tar({f"{names['text']}.txt": ""}))
    (imports.input / f"{names['folder']}.tar").mkdir()
    imports.write("DATASET_WITH_INVAL&D_NAM+E.tar", tar({"DATASET_WITH_INVAL&D_NAM+E.json": "{}"}))
    imports.write(f"{names['archived']}.tar", tar({f"{names['archived']}.json": "{}", "chunks/": ""}), "archive")
    imports.write(f"{names['gzip']}.tar", tar({f"{names['gzip']}.json": "{}"}, "w:gz"))
    imports.write(f"{names['dotted']}.tar", tar({f"./{names['dotted']}.json": "{}"}))
    imports.write(f"{names['empty']}.tar", b"")
    imports.write(f"{names['files']}.tar", tar({f"{names['files']}.json": "{}", "chunks/1.csv": ""}))
    outside = imports.write("elsewhere.bin", tar({f"{names['link']}.json": "{}"}))
    (imports.input / f"{names['link']}.tar").symlink_to(outside)
    return names


def listed(imports) -> dict[str, dict]:
    answer = imports.api.get("/importable-datasets")
    assert answer.status_code == 200, answer.text
    return {entry["datasetName"]: entry for entry in answer.json()}


def test_7_31_to_34_what_is_listed(imports, names):
    entries = listed(imports)
    expected = {"both": (True, False), "metadata": (False, False), "files": (False, False), "archived": (True, True)}
    for kind, (has_data, is_archived) in expected.items():
        assert entries[names[kind]] == {
            "datasetName": names[kind], "hasMetadata": True, "hasData": has_data, "isArchived": is_archived,
        }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "text", "folder", "gzip", "dotted", "empty", "link"])
def test_7_35_to_38_what_is_not_listed(imports, names, kind):
    assert names[kind] not in listed(imports)
    assert not [name for name in listed(imports) if "&" in name]


def test_7_39_delete(imports):
    name = target()
    imports.write(f"{name}.tar", tar({f"{name}.json": "{}"}))

    def delete(path: str):
        return imports.api.request("DELETE", f"/importable-datasets/{path}", cookies=imports.cookies)

    expect(delete(name), 200, {"message": f"OK, {name} deleted"})
    expect(delete(name), 404, {"message": f"File {name} not found"})
    for bad in ("lower", "1A", "A-B", "..%2F", "%2e%2e%2fetc"):
        answer = delete(bad)
        assert answer.status_code == 400 and answer.json()["message"], f"{bad}: {answer.status_code} {answer.text}"
    assert delete("A%00").status_code == 400  # no path at all: no route, and so no family, answers it
    assert 'contains invalid characters. Please use only uppercase A-Z, numbers 0-9 or "_"' in delete("lower").json()["message"]
    assert imports.api.request("DELETE", "/importable-datasets", cookies=imports.cookies).status_code == 405


def test_7_40_the_archive_is_out_of_reach(imports, names):
    answer = imports.api.request("DELETE", f"/importable-datasets/{names['archived']}", cookies=imports.cookies)
    expect(answer, 404, {"message": f"File {names['archived']} not found"})
    assert names["archived"] in listed(imports)


def test_delete_while_a_job_imports_it(imports):
    name = target()
    imports.write(f"{name}.tar", tar({f"{name}.json": "{}"}))
    job_id = imports.add(name)
    assert imports.api.request("DELETE", f"/importable-datasets/{name}", cookies=imports.cookies).status_code == 400
    imports.put(job_id, status="failed")
    assert imports.api.request("DELETE", f"/importable-datasets/{name}", cookies=imports.cookies).status_code == 200
