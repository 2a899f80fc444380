"""Bad input gets a clear 4xx everywhere, and every answer carries a request id."""

import json
import socket
import urllib.parse

import pytest

from support.api import PASSWORD, expect_msg, unique

BODY_ROUTES = ["/sign-up", "/login", "/refresh"]
MALFORMED = ["{", '{"email":', "not json", '{"email":"a"}}', "[1,2]", '"text"', "7", "null", '{"a":NaN}', '{"a":Infinity}', "{'a':1}", '{"a":1,}', b'{"email":"\xff\xfe"}']


@pytest.mark.parametrize("text", MALFORMED, ids=str)
@pytest.mark.parametrize("path", BODY_ROUTES)
def test_malformed_json(api, path, text):
    expect_msg(api.post_text(path, text), 400)


def test_malformed_json_where_errors_are_called_error(api, account):
    answer = api.post_text("/add-new-skill", "{", **account.bearer)
    assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize("path", BODY_ROUTES)
def test_empty_body_is_a_missing_field(api, path):
    expect_msg(api.post(path), 400)


def test_nesting_that_is_too_deep(api):
    expect_msg(api.post_text("/sign-up", "[" * 100_000), 400)
    expect_msg(api.post_text("/sign-up", '{"a":' * 50_000 + "1" + "}" * 50_000), 400)


@pytest.mark.parametrize("path", [*BODY_ROUTES, "/log-out", "/add-new-skill", "/find-jobs", "/no-such-route"])
def test_body_of_ten_megabytes(api, path):
    """Whatever the route says about it: it is refused before it is read, and the client can read why."""
    body = json.dumps({"name": "x" * 10_000_000, "email": "a@example.com", "password": PASSWORD}).encode()
    method = "GET" if path == "/find-jobs" else "POST"
    status, head = raw_request(api, method, path, body)
    assert status == 413, head


def raw_request(api, method: str, path: str, body: bytes) -> tuple[int, str]:
    """Sends until the server has had enough: clients of higher levels lose an early answer when writing fails."""
    url = urllib.parse.urlsplit(api.url)
    with socket.create_connection((url.hostname, url.port), timeout=15) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            connection.sendall(head.encode() + body)
        except (ConnectionResetError, BrokenPipeError):
            pass
        answer = connection.recv(65536).decode(errors="replace")
    return int(answer.split(" ", 2)[1]), answer


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_body_that_is_not_called_json(api, content_type):
    body = json.dumps({"email": "a@example.com", "password": PASSWORD})
    answer = api.post_text("/login", body, **{"Content-Type": content_type})
    expect_msg(answer, 415)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_body_that_is_called_json_in_other_words(api, content_type):
    body = json.dumps({"email": f"{unique('nobody')}@example.com", "password": PASSWORD})
    expect_msg(api.post_text("/login", body, **{"Content-Type": content_type}), 401)


@pytest.mark.parametrize("path", ["/no-such-route", "/sign-up/more", "/find-jobs/x", "/v1", "/get-subscriptions", "/..%2fetc", "//sign-up"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_route(api, method, path):
    answer = api.request(method, path)
    expect_msg(answer, 404)


@pytest.mark.parametrize(
    "method,path,allow",
    [
        ("GET", "/sign-up", {"POST"}), ("PUT", "/login", {"POST"}), ("DELETE", "/refresh", {"POST"}), ("GET", "/log-out", {"POST"}),
        ("POST", "/find-jobs", {"GET"}), ("PATCH", "/get-subscriptions/1", {"GET"}), ("GET", "/add-new-skill", {"POST"}),
        ("POST", "/average-job-salary", {"GET"}), ("DELETE", "/generate-insight-skills-by-demand/x", {"GET"}), ("POST", "/status", {"GET"}),
    ],
)  # fmt: skip
def test_wrong_method(api, method, path, allow):
    answer = api.request(method, path)
    expect_msg(answer, 405)
    assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"} == allow


@pytest.mark.parametrize("path", ["/get-subscriptions/%ff", "/avg-salary/%zz", "/avg-salary/%00", "/avg-salary/%4"])
def test_path_that_cannot_be_decoded(api, path):
    status, answer = raw_request(api, "GET", path, b"")  # requests would mend some of them
    assert status == 400, answer
    assert json.loads(answer.partition("\r\n\r\n")[2])["msg"]


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /status HTTP/1.1", "Host: x", "Content-Length: 5", "Content-Length: 6"], ["GET /status HTTP/1.1"], ["GET  /status HTTP/1.1", "Host: x"],
        ["nonsense"], ["POST /login HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Content-Length: 3"],
    ],
    ids=lambda lines: lines[0] + str(len(lines)),
)  # fmt: skip
def test_what_is_no_http_request(api, lines):
    url = urllib.parse.urlsplit(api.url)
    with socket.create_connection((url.hostname, url.port), timeout=15) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 400 "), answer


def test_trailing_slash_is_the_same_route(api):
    assert api.get("/find-jobs/?title=developer").status_code == 200


ANSWERS = [
    ("GET", "/status", 200), ("GET", "/find-jobs?title=developer", 200), ("GET", "/find-jobs?title=qqzzyyxx", 404), ("GET", "/find-jobs", 400),
    ("GET", "/no-such-route", 404), ("GET", "/sign-up", 405), ("POST", "/log-out", 401), ("POST", "/sign-up", 400), ("GET", "/avg-salary/%ff", 400),
]  # fmt: skip


@pytest.mark.parametrize("method,path,status", ANSWERS)
def test_request_id_is_echoed(api, method, path, status):
    answer = api.request(method, path, headers={"X-Request-ID": "client-chosen.1"})
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] == "client-chosen.1"


@pytest.mark.parametrize("method,path,status", ANSWERS)
def test_request_id_is_minted(api, method, path, status):
    ids = {api.request(method, path).headers["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2 and all(ids)


@pytest.mark.parametrize("bad", ["a b", "x" * 5000, "ünïcode"])
def test_request_id_that_cannot_be_echoed_is_replaced(api, bad):
    answer = api.get("/status", headers={"X-Request-ID": bad.encode()})
    assert answer.headers["X-Request-ID"] not in ("", bad)
