"""curl, newman and a real browser see the same: CORS, cookies, 304, gzip, server-sent events."""

import concurrent.futures
import dataclasses
import json
import pathlib
import subprocess
from collections.abc import Iterable

import grpc
import pytest

from support import node
from support.api import PASSWORD
from support.eventually import eventually
from support.origin import Origin
from support.registration import Registration, registry_channel
from support.rpc import Messages, compile_protos

BROWSER = node.SCRIPTS / "browser.cjs"
PROTOS = pathlib.Path(__file__).parent / "protos"
PACKAGE = "jobmesh_test.greeting.v1"
SEEN_SECONDS = 5
SSE = "text/event-stream"


@dataclasses.dataclass
class Step:
    """One request. From a browser it comes from a page of `origin`; to the others, that is a header."""

    path: str
    method: str = "GET"
    origin: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: object = None

    @property
    def text(self) -> str | None:
        return None if self.body is None else json.dumps(self.body)

    def all_headers(self) -> dict[str, str]:
        own = {"Content-Type": "application/json"} if self.body is not None else {}
        return self.headers | own


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: str
    # Whether a page of the step's origin may read it.
    readable: bool = True


class Curl:
    def __init__(self, url: str, folder: pathlib.Path) -> None:
        self.url, self.folder = url, folder

    def run(self, steps: list[Step]) -> list[Answer]:
        jar, body, headers = (self.folder / name for name in ("jar", "body", "headers"))
        jar.unlink(missing_ok=True)
        return [self._one(step, jar, body, headers) for step in steps]

    def _one(self, step: Step, jar: pathlib.Path, body: pathlib.Path, headers: pathlib.Path) -> Answer:
        command = ["curl", "--silent", "--show-error", "--compressed", "-X", step.method, "-b", jar, "-c", jar, "-o", body, "-D", headers]
        command += ["-w", "%{http_code}", "--max-time", "20"]
        sent = step.all_headers() | ({"Origin": step.origin} if step.origin else {})
        for name, value in sent.items():
            command += ["-H", f"{name}: {value}"]
        if step.text is not None:
            command += ["--data", step.text]
        body.write_text("")
        status = subprocess.run([*command, self.url + step.path], check=True, capture_output=True, text=True).stdout
        lines = (line.partition(":") for line in headers.read_text().splitlines() if ":" in line)
        received = _joined((name, value.strip()) for name, _, value in lines)
        return Answer(int(status), received, body.read_text(), _readable(step, received))


class Newman:
    def __init__(self, url: str, folder: pathlib.Path) -> None:
        node.need("newman")
        self.url, self.folder = url, folder

    def run(self, steps: list[Step]) -> list[Answer]:
        """One run for all: newman keeps cookies from one request to the next."""
        collection = {
            "info": {"name": "steps", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
            "item": [self._item(number, step) for number, step in enumerate(steps)],
        }
        source, report = self.folder / "steps.json", self.folder / "report.json"
        source.write_text(json.dumps(collection))
        node.run("newman", "run", str(source), "--reporters", "json", "--reporter-json-export", str(report), "--timeout-request", "20000")
        done = json.loads(report.read_text())["run"]["executions"]
        assert len(done) == len(steps)
        return [self._answer(step, execution["response"]) for step, execution in zip(steps, done, strict=True)]

    def _item(self, number: int, step: Step) -> dict:
        sent = step.all_headers() | ({"Origin": step.origin} if step.origin else {})
        request = {"method": step.method, "url": self.url + step.path, "header": [{"key": key, "value": value} for key, value in sent.items()]}
        if step.text is not None:
            request["body"] = {"mode": "raw", "raw": step.text}
        return {"name": str(number), "request": request}

    @staticmethod
    def _answer(step: Step, response: dict) -> Answer:
        received = _joined((header["key"], header["value"]) for header in response["header"])
        body = bytes(response.get("stream", {}).get("data", [])).decode()
        return Answer(response["code"], received, body, _readable(step, received))


class Browser:
    def __init__(self, url: str) -> None:
        node.need("puppeteer-core")
        self.url, self.program = url, node.chromium()

    def run(self, steps: list[Step]) -> list[Answer]:
        orders = [
            {"page": f"{step.origin or self.url}/docs", "method": step.method, "url": self.url + step.path, "headers": step.all_headers(), "body": step.text}
            for step in steps
        ]  # fmt: skip
        answers = []
        for seen in node.run_json(BROWSER, self.program, "calls", node.dump(orders)):
            assert "authorization" not in seen["scriptCookies"], "a script can read the cookie"
            answers.append(Answer(seen.get("status", 0), seen["headers"], seen.get("body", ""), "error" not in seen))
        return answers


def _joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Fields of one name become one, as everybody who reads them may join them (RFC 9110 section 5.2)."""
    joined: dict[str, str] = {}
    for name, value in fields:
        name = name.lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _readable(step: Step, headers: dict[str, str]) -> bool:
    """What a browser would decide (https://fetch.spec.whatwg.org/#cors-check)."""
    if not step.origin:
        return True
    return headers.get("access-control-allow-origin") == step.origin and headers.get("access-control-allow-credentials") == "true"


@pytest.fixture(scope="module", params=["curl", "newman", "browser"])
def client(request, api, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "browser":
        return Browser(api.url)
    return Curl(api.url, folder) if request.param == "curl" else Newman(api.url, folder)


@pytest.fixture(scope="module")
def listed(mesh) -> str:
    return mesh.listed_origin.url


@pytest.fixture(scope="module")
def unlisted():
    origin = Origin()
    yield origin.url
    origin.close()


def login(account) -> Step:
    return Step("/login", "POST", body={"email": account.email, "password": PASSWORD})


def test_page_of_a_listed_origin_reads_answers(client, listed):
    # The header makes browsers ask first.
    (answer,) = client.run([Step("/average-job-salary", origin=listed, headers={"X-Request-ID": "from.afar"})])
    assert answer.readable and answer.status == 200
    assert json.loads(answer.body)["currency"] == "USD"
    assert answer.headers["access-control-allow-origin"] == listed
    assert answer.headers["x-request-id"] == "from.afar"
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("client", ["curl", "newman"], indirect=True)
def test_question_that_browsers_ask_first(client, listed, unlisted):
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-request-id"}
    yes, no = client.run([Step("/average-job-salary", "OPTIONS", origin, asked) for origin in (listed, unlisted)])
    assert yes.readable and yes.status == 204
    assert "GET" in yes.headers["access-control-allow-methods"]
    assert "x-request-id" in yes.headers["access-control-allow-headers"].lower()
    assert not no.readable


def test_page_of_another_origin_reads_nothing(client, unlisted):
    simple, asked = client.run(
        [Step("/average-job-salary", origin=unlisted), Step("/average-job-salary", origin=unlisted, headers={"X-Request-ID": "from.afar"})]
    )
    assert not simple.readable and not asked.readable


def test_cookie_of_a_login_counts_afterwards(client, account):
    path = f"/get-subscriptions/{account.user_id}"
    before, entered, after = client.run([Step(path), login(account), Step(path)])
    assert [before.status, entered.status, after.status] == [401, 200, 404]
    assert json.loads(after.body) == {"msg": "No skills"}


def test_cookie_counts_for_a_page_of_a_listed_origin(client, account, listed):
    steps = [login(account), Step(f"/get-subscriptions/{account.user_id}")]
    for step in steps:
        step.origin = listed
    entered, after = client.run(steps)
    assert [entered.status, after.status] == [200, 404]
    assert entered.readable and after.readable


def test_log_out_takes_the_cookie_back(client, api):
    account = api.sign_up()
    path = f"/get-subscriptions/{account.user_id}"
    answers = client.run([login(account), Step(path), Step("/log-out", "POST", body={}), Step(path)])
    assert [answer.status for answer in answers] == [200, 404, 200, 401]


def test_what_has_not_changed_is_not_sent_again(client, api):
    etag = api.get("/openapi.json").headers["ETag"]
    new, known = client.run([Step("/openapi.json"), Step("/openapi.json", headers={"If-None-Match": etag})])
    assert (new.status, new.headers["etag"]) == (200, etag) and "paths" in json.loads(new.body)
    assert (known.status, known.headers["etag"], known.body) == (304, etag, "")


def test_long_answers_come_compressed(client):
    (answer,) = client.run([Step("/v1/jobs:search?page_size=50")])
    assert answer.status == 200 and answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert len(json.loads(answer.body)["jobs"]) == 50  # every client has unpacked it


@pytest.fixture(scope="module")
def waves(mesh, api):
    """A service whose rpc is a stream."""
    descriptors = compile_protos(PROTOS / "greeting.proto", root=PROTOS)
    messages = Messages(descriptors)
    request, answer = (messages[f"{PACKAGE}.{name}"] for name in ("GreetRequest", "GreetResponse"))

    def wave(asked, _context):
        for number in range(asked.times):
            yield answer(greeting=f"Hello {asked.name} {number}")

    method = grpc.unary_stream_rpc_method_handler(wave, request.FromString, lambda message: message.SerializeToString())
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"{PACKAGE}.GreetingService", {"Wave": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with registry_channel(mesh) as registry:
        registration = Registration(registry, "greeting-service", port, descriptors, [f"{PACKAGE}.GreetingService"])
        eventually(lambda: api.get("/waves/Ada?times=1").status_code == 200, SEEN_SECONDS, "the route appears")
        yield "/waves/Ada?times=3"
        registration.deregister()
    server.stop(0).wait()


def events_of(text: str) -> list[tuple[str, str]]:
    """(event, data) as an EventSource would tell them (https://html.spec.whatwg.org/#event-stream-interpretation)."""
    events = []
    for block in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            events.append((fields.get("event", "message"), fields["data"]))
    return events


def test_stream_comes_as_server_sent_events(client, listed, waves):
    if isinstance(client, Browser):
        order = {"page": f"{listed}/", "url": client.url + waves, "until": "end"}
        heard = node.run_json(BROWSER, client.program, "events", node.dump(order))
        assert heard["how"] == "end"
        events = [("message", data) for data in heard["events"]]
    else:
        (answer,) = client.run([Step(waves, origin=listed, headers={"Accept": SSE})])
        assert answer.readable and answer.headers["content-type"] == SSE
        *events, end = events_of(answer.body)
        assert end == ("end", '{"messages":3}')
    assert [(name, json.loads(data)["greeting"]) for name, data in events] == [("message", f"Hello Ada {number}") for number in range(3)]
