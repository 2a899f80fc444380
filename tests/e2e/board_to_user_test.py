"""The main job: a posting on a board is found, counted and told, soon and once."""

import time

import pytest

from support.api import unique
from support.eventually import eventually
from support.live import LiveClient

SOON_SECONDS = 5.0
BOARDS = ["jsonld", "rss", "greenhouse", "rabota"]


@pytest.fixture
def tag() -> str:
    return unique("farrier")


def subscribed(live_url: str, account, tag: str) -> LiveClient:
    client = LiveClient(live_url, token=account.access_token)
    client.receive_type("authenticated")
    client.send(type="subscribe", tag=tag)
    client.receive_type("subscribed")
    return client


def jobs_counted(api, tag: str) -> int:
    return api.get(f"/generate-insight-skills-by-demand/{tag}").json()["total_jobs"]


@pytest.mark.parametrize("board", BOARDS)
def test_posting_is_found_counted_and_pushed_once(mesh, api, live_url, account, tag, board):
    with subscribed(live_url, account, tag) as client:
        posting = mesh.add_posting(f"Head {tag}", ["Python"], company="Anvil Ltd", board=board)
        mesh.scrape(f"sample-{board}")
        begin = time.monotonic()
        frame = client.receive_type("new_job", SOON_SECONDS)
        (job,) = eventually(lambda: api.find(tag), SOON_SECONDS - (time.monotonic() - begin), "found")
        eventually(lambda: jobs_counted(api, tag) == 1, SOON_SECONDS - (time.monotonic() - begin), "counted")

        assert frame["job"] == job
        assert frame["matched"] == [tag]
        assert job["title"] == posting["title"] and job["source"] == f"sample-{board}"
        assert "Python" in job["skills"]
        # Scraped again, changed or not, it is no news.
        mesh.scrape(f"sample-{board}")
        mesh.run("board", "change", "--id", posting["id"], "--company", "Anvil and Hammer Ltd")
        mesh.scrape(f"sample-{board}")
        eventually(lambda: api.find(tag)[0]["company"] == "Anvil and Hammer Ltd", SOON_SECONDS, "the change is seen")
        # What the feed brought before this next posting has been looked at when it is told.
        mesh.add_posting(f"Second {tag}", ["Python"], board=board)
        mesh.scrape(f"sample-{board}")
        assert client.receive_type("new_job")["job"]["title"] == f"Second {tag}"


def test_client_that_was_offline_is_told_when_it_comes_back(mesh, api, live_url, account, tag):
    subscribed(live_url, account, tag).close()
    mesh.add_posting(f"Head {tag}", ["Python"])
    mesh.scrape("sample-jsonld")
    eventually(lambda: api.find(tag), SOON_SECONDS, "found")
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        assert client.receive_type("new_job", SOON_SECONDS)["job"]["title"] == f"Head {tag}"


def test_skill_that_a_user_added_is_recognised_in_postings(mesh, api, live_url, account, tag):
    assert api.add_skill(account, tag).status_code == 201
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        # The other replica, which may do the scraping, hears of the skill a moment later.
        for number in range(10):
            mesh.add_posting(f"Engineer, opening {number}", [tag])
            mesh.scrape("sample-jsonld")
            found = [job for job in api.find("Engineer", q=tag) if tag in (skill.lower() for skill in job["skills"])]
            if found:
                break
        assert found, "no posting was refined with the new skill"
        assert client.receive_type("new_job")["matched"] == [tag]
        eventually(lambda: api.get("/all-skills-by-demand").json().get(tag), SOON_SECONDS, "counted")


def test_nobody_else_is_told(mesh, live_url, api, account, tag):
    with subscribed(live_url, account, tag) as client, subscribed(live_url, api.sign_up(), unique("other")) as other:
        mesh.add_posting(f"Head {tag}", ["COBOL"])
        mesh.scrape("sample-jsonld")
        client.receive_type("new_job", SOON_SECONDS)
        other.nothing_before({"type": "subscribe", "tag": tag}, "subscribed")


@pytest.mark.parametrize("board", BOARDS)
def test_posting_that_is_removed_is_closed(mesh, api, tag, board):
    posting = mesh.add_posting(f"Head {tag}", ["Python"], board=board)
    mesh.scrape(f"sample-{board}")
    eventually(lambda: api.find(tag) and jobs_counted(api, tag) == 1, SOON_SECONDS, "found and counted")
    mesh.remove_posting(posting["id"])
    mesh.scrape(f"sample-{board}")
    eventually(lambda: not api.find(tag), SOON_SECONDS, "no longer found")
    eventually(lambda: jobs_counted(api, tag) == 0, SOON_SECONDS, "no longer counted")


def test_board_that_fails_loses_nothing(mesh, api, tag):
    mesh.add_posting(f"Head {tag}", ["Python"])
    mesh.scrape("sample-jsonld")
    eventually(lambda: api.find(tag), SOON_SECONDS, "found")
    try:
        mesh.run("board", "fail", "500", "--board", "jsonld")
        mesh.scrape("sample-jsonld")
        assert api.find(tag), "a board that does not answer is no reason to close its postings"
    finally:
        mesh.run("board", "fail", "none")
    mesh.scrape("sample-jsonld")
    assert api.find(tag)
