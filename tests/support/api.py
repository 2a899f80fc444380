"""Talking to the gateway as a client does."""

import base64
import itertools
import json
import os
from dataclasses import dataclass, field

import requests

TIMEOUT_SECONDS = 15
PASSWORD = "correct horse battery"  # of accounts that exist for one run of a test
_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A name nobody else of this run uses."""
    return f"{prefix}{os.getpid()}x{next(_numbers)}"


def claims_of(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@dataclass
class Account:
    email: str
    user_id: int
    access_token: str
    refresh_token: str
    answer: requests.Response = field(repr=False)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


class Api:
    def __init__(self, gateway_url: str) -> None:
        self.url = gateway_url

    def request(self, method: str, path: str, **options) -> requests.Response:
        """Without a session: no cookie of one call ever reaches the next."""
        options.setdefault("timeout", TIMEOUT_SECONDS)
        return requests.request(method, self.url + path, allow_redirects=False, **options)

    def get(self, path: str, **options) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: object = None, **options) -> requests.Response:
        if body is not None:
            options["json"] = body
        return self.request("POST", path, **options)

    def post_text(self, path: str, text: str | bytes, **headers: str) -> requests.Response:
        """A body as it is, JSON or not."""
        headers.setdefault("Content-Type", "application/json")
        return self.request("POST", path, data=text, headers=headers)

    def sign_up(self, name: str = "Ada Lovelace") -> Account:
        email = f"{unique('person')}@example.com"
        answer = self.post("/sign-up", {"name": name, "email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        return Account(email, body["user_id"], body["access_token"], body["refresh_token"], answer)

    def log_in(self, email: str, password: str = PASSWORD) -> requests.Response:
        return self.post("/login", {"email": email, "password": password})

    def add_skill(self, account: Account, skill: str) -> requests.Response:
        return self.post("/add-new-skill", {"user_id": account.user_id, "skill_name": skill}, headers=account.bearer)

    def subscriptions(self, account: Account) -> requests.Response:
        return self.get(f"/get-subscriptions/{account.user_id}", headers=account.bearer)

    def find(self, title: str, **filters: object) -> list[dict]:
        """Jobs of /find-jobs; none is an empty list here."""
        answer = self.get("/find-jobs", params={"title": title, **filters})
        if answer.status_code == 404:
            assert answer.json() == {"msg": "No jobs found"}, answer.text
            return []
        assert answer.status_code == 200, answer.text
        return answer.json()


def expect(answer: requests.Response, status: int, body: object) -> None:
    """The exact status and JSON body."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["Content-Type"].startswith("application/json"), answer.headers
    assert answer.json() == body


def expect_msg(answer: requests.Response, status: int, start: str = "") -> str:
    """An error in the style of document 001; its message."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    body = answer.json()
    assert isinstance(body.get("msg"), str) and body["msg"], body
    assert body["msg"].startswith(start), body
    return body["msg"]
