"""Row 1m: the WebSocket. What is pushed comes from postings of the sample board; tests/e2e looks at how soon."""

import contextlib

import pytest
import requests

from support.api import Api, unique
from support.eventually import eventually
from support.forge import Forger, claims
from support.live import Closed, LiveClient

UNAUTHENTICATED = 4401
POLICY = 1008
SOCKETS_PER_USER = 32


@pytest.fixture
def live(live_url, account):
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        yield client


def push(mesh, skill: str, title: str) -> str:
    """A new posting that names the skill in its title; returns its title."""
    mesh.add_posting(f"{title} {skill}", ["Python"])
    mesh.scrape("sample-jsonld")
    return f"{title} {skill}"


def test_1m_token_in_the_header(live_url, account):
    with LiveClient(live_url, token=account.access_token) as client:
        assert client.receive() == {"type": "authenticated", "user_id": account.user_id}


def test_1m_token_in_the_cookie(live_url, account):
    with LiveClient(live_url, cookie=account.access_token) as client:
        assert client.receive() == {"type": "authenticated", "user_id": account.user_id}


def test_1m_token_in_the_first_message(live_url, account):
    with LiveClient(live_url) as client:
        client.send(type="auth", token=account.access_token)
        assert client.receive() == {"type": "authenticated", "user_id": account.user_id}


def test_1m_address_of_sign_up(account):
    with LiveClient(account.answer.json()["websocket"], token=account.access_token) as client:
        client.receive_type("authenticated")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 5000])
def test_1m_bad_token_in_the_handshake_closes(live_url, token):
    with LiveClient(live_url, token=token) as client:
        assert client.close_code() == UNAUTHENTICATED


@pytest.mark.parametrize(
    "frame", ['{"type":"auth","token":"nonsense"}', '{"type":"auth"}', '{"type":"auth","token":7}', '{"type":"subscribe","tag":"python"}', "[]", "{"]
)
def test_1m_first_message_without_a_good_token_closes(live_url, frame):
    with LiveClient(live_url) as client:
        client.send_text(frame)
        assert client.close_code() == UNAUTHENTICATED


def test_1m_socket_that_never_sends_a_token_closes(live_url):
    with LiveClient(live_url) as client:
        assert client.close_code(seconds=15) == UNAUTHENTICATED


def test_1m_a_user_has_so_many_sockets(live_url, account):
    with contextlib.ExitStack() as open_sockets:
        for _ in range(SOCKETS_PER_USER):
            client = open_sockets.enter_context(LiveClient(live_url, token=account.access_token))
            client.receive_type("authenticated")
        with LiveClient(live_url, token=account.access_token) as client:
            assert client.close_code() == POLICY
    eventually(lambda: opens(live_url, account), what="room for one more socket")


def opens(live_url, account) -> bool:
    with LiveClient(live_url, token=account.access_token) as client:
        try:
            return client.receive()["type"] == "authenticated"
        except Closed:
            return False


def test_1m_user_that_does_not_exist(mesh, live_url):
    token = Forger(mesh).token(claims(2_000_000_000))
    with LiveClient(live_url, token=token) as client:
        assert client.receive() == {"type": "error", "msg": "User not found"}
        assert client.close_code() == UNAUTHENTICATED


def test_1m_log_out_ends_the_session(api, account, live):
    assert api.post("/log-out", {}, headers=account.bearer).status_code == 200
    with pytest.raises(Closed) as closed:
        live.receive()
    assert closed.value.code == UNAUTHENTICATED


def test_1m_subscribe_and_unsubscribe(api, account, live):
    live.send(type="subscribe", tag="Python")
    assert live.receive() == {"type": "subscribed", "tag": "python"}
    assert api.subscriptions(account).json() == {"skills": ["python"]}
    live.send(type="subscribe", tag="python")
    assert live.receive() == {"type": "error", "msg": "Already subscribed to this tag"}
    live.send(type="unsubscribe", tag="python")
    assert live.receive() == {"type": "unsubscribed", "tag": "python"}
    assert api.subscriptions(account).status_code == 404


@pytest.mark.parametrize(
    "frame,names",
    [
        ('{"type":"subscribe"}', "tag"), ('{"type":"subscribe","tag":7}', "tag"), ('{"type":"subscribe","tag":""}', "tag"), ('{"type":"ack"}', "id"),
        ('{"type":"ack","id":"one"}', "id"), ('{"type":"dance"}', "type"), ("{}", "type"), ("{", ""), ("[]", ""), ("not json", ""),
        ('{"type":"subscribe","tag":"' + "x" * 101 + '"}', "tag"),
    ],
)  # fmt: skip
def test_1m_a_bad_frame_is_answered_and_ends_nothing(live, frame, names):
    live.send_text(frame)
    answer = live.receive_type("error")
    assert names in answer["msg"] and answer["msg"]
    live.send(type="subscribe", tag="rust")
    live.receive_type("subscribed")


def test_1m_unknown_members_are_ignored(live):
    live.send(type="subscribe", tag="go", colour="blue")
    assert live.receive() == {"type": "subscribed", "tag": "go"}


def test_1m_notification_comes_until_acknowledged(mesh, live_url, account):
    tag = unique("glazier")
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        client.send(type="subscribe", tag=tag)
        client.receive_type("subscribed")
        title = push(mesh, tag, "Wanted:")
        frame = client.receive_type("new_job")
        assert set(frame) == {"type", "job", "matched", "id"}
        assert frame["matched"] == [tag]
        assert frame["job"]["title"] == title
        assert {"job_id", "title", "company", "location", "description", "date_posted"} <= set(frame["job"])
    # Not acknowledged: again on the next connection, the same.
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        assert client.receive() == frame
        client.send(type="ack", id=frame["id"])
        client.nothing_before({"type": "unsubscribe", "tag": tag}, "unsubscribed")
    # Acknowledged: never again.
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        client.nothing_before({"type": "subscribe", "tag": tag}, "subscribed")


def test_1m_every_session_of_a_user_is_told(mesh, live_url, account):
    tag = unique("cooper")
    with LiveClient(live_url, token=account.access_token) as one, LiveClient(live_url, token=account.access_token) as two:
        for client in (one, two):
            client.receive_type("authenticated")
        one.send(type="subscribe", tag=tag)
        one.receive_type("subscribed")
        push(mesh, tag, "Wanted:")
        assert one.receive_type("new_job") == two.receive_type("new_job")


def test_1m_plain_request_is_told_to_upgrade(api: Api):
    answer: requests.Response = api.get("/ws")
    assert answer.status_code == 426 and answer.headers["Upgrade"] == "websocket"
