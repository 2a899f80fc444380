"""Document 002 as its clients use it: cookies, jobs, tar files."""

import io
import json
import pathlib
import tarfile

import requests

from support.api import Api, unique

OPERATIONS = ["BUMP", "ADD", "CHANGE", "PATCH_METADATA", "SET_STATUS", "DELETE_DRAFT", "REMOVE", "ROLLBACK_REMOVE", "DELETE_ARCHIVE"]
STATUSES = [
    "queued", "initiated", "validating", "decrypting", "transforming", "pseudonymizing", "enriching", "converting", "partitioning", "built",
    "importing", "completed", "failed",
]  # fmt: skip
CREATOR = {"userId": "77", "firstName": "Ada", "lastName": "Berg"}


def target() -> str:
    """Of a dataset nobody else has."""
    return unique("DS").upper()


def bump(from_version: str, to_version: str, updates: list[dict]) -> dict:
    manifesto = {
        "version": to_version, "description": "release", "releaseTime": 1700000000, "languageCode": "no", "updateType": None,
        "dataStructureUpdates": updates,
    }  # fmt: skip
    return {
        "operation": "BUMP", "target": "DATASTORE", "description": "release", "bumpManifesto": manifesto,
        "bumpFromVersion": from_version, "bumpToVersion": to_version,
    }  # fmt: skip


def update(name: str, status: str) -> dict:
    return {"name": name, "description": "d", "operation": "ADD", "releaseStatus": status}


def minimal(operation: str) -> dict:
    """The least that an operation takes."""
    if operation == "BUMP":
        return bump("1.0.0", "1.1.0", [])
    job = {"operation": operation, "target": target()}
    if operation == "REMOVE":
        job["description"] = "no longer right"
    if operation == "SET_STATUS":
        job["releaseStatus"] = "PENDING_RELEASE"
    return job


class Imports:
    """A data administrator."""

    def __init__(self, mesh, api: Api) -> None:
        self.api = api
        tokens = mesh.tokens("DATA_ADMIN", "--user-id", "77", "--first-name", "Ada", "--last-name", "Berg")
        self.cookies = {"authorization": tokens["authorization"], "user-info": tokens["user_info"]}
        self.input = pathlib.Path(mesh.state) / "input"

    def post(self, jobs: object, **options) -> requests.Response:
        return self.post_body({"jobs": jobs}, **options)

    def post_body(self, body: object, **options) -> requests.Response:
        return self.api.post("/jobs", body, cookies=self.cookies, **options)

    def create(self, job: dict) -> str:
        answer = self.post([job])
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()
        assert result["msg"] == "CREATED" and result["job_id"], result
        return result["job_id"]

    def add(self, name: str | None = None) -> str:
        return self.create({"operation": "ADD", "target": name or target()})

    def put(self, job_id: str, **change) -> requests.Response:
        return self.api.request("PUT", f"/jobs/{job_id}", json=change, cookies=self.cookies)

    def get(self, job_id: str) -> dict:
        answer = self.api.get(f"/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def jobs(self, query: str = "") -> list[dict]:
        answer = self.api.get(f"/jobs{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def targets(self) -> dict[str, dict]:
        return {entry["name"]: entry for entry in self.api.get("/targets").json()}

    def pause(self, paused: bool, msg: str = "by a test") -> None:
        answer = self.api.post("/maintenance-status", {"msg": msg, "paused": paused}, cookies=self.cookies)
        assert answer.status_code == 200 and answer.json()["paused"] is paused, answer.text

    def write(self, name: str, data: bytes, folder: str = ".") -> pathlib.Path:
        """A file of the input directory, there all at once."""
        path = self.input / folder / name
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".new").write_bytes(data)
        path.with_suffix(".new").rename(path)
        return path

    def write_dataset(self, name: str, postings: list[dict]) -> None:
        lines = "".join(json.dumps(posting) + "\n" for posting in postings)
        self.write(f"{name}.tar", tar({f"{name}.json": json.dumps({"name": name}), "chunks/": "", "chunks/1.jsonl": lines}))


def tar(members: dict[str, str], mode: str = "w") -> bytes:
    """A tar file; names that end in a slash are directories."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as file:
        for name, text in members.items():
            entry = tarfile.TarInfo(name.rstrip("/"))
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
                file.addfile(entry)
            else:
                entry.size = len(text.encode())
                file.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()
