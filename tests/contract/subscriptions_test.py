"""Rows 1c and 1l: what a user subscribes to, and the saga that adds a skill with its subscription."""

import concurrent.futures

import pytest

from support.api import expect, expect_msg, unique


def test_1c_no_subscriptions(api, account):
    expect(api.subscriptions(account), 404, {"msg": "No skills"})


def test_1c_lists_what_was_subscribed_to(api, account):
    for skill in ("Rust", "Python"):
        assert api.add_skill(account, skill).status_code == 201
    expect(api.subscriptions(account), 200, {"skills": ["python", "rust"]})


def test_1c_needs_a_token(api, account):
    expect_msg(api.get(f"/get-subscriptions/{account.user_id}"), 401)


def test_1c_of_another_user_is_forbidden(api, account):
    other = api.sign_up()
    expect_msg(api.get(f"/get-subscriptions/{other.user_id}", headers=account.bearer), 403)
    # Nor does it tell whether there is such a user.
    expect_msg(api.get("/get-subscriptions/2000000000", headers=account.bearer), 403)


def test_1c_an_administrator_may_look(api, account, admin_token):
    assert api.add_skill(account, "Python").status_code == 201
    bearer = {"Authorization": f"Bearer {admin_token}"}
    expect(api.get(f"/get-subscriptions/{account.user_id}", headers=bearer), 200, {"skills": ["python"]})
    expect(api.get("/get-subscriptions/2000000000", headers=bearer), 404, {"msg": "No skills"})


@pytest.mark.parametrize("user_id", ["abc", "1.5", "1e3", "99999999999", "-", "%00", "1%2F2"])
def test_1c_an_id_that_is_no_integer(api, account, user_id):
    answer = api.get(f"/get-subscriptions/{user_id}", headers=account.bearer)
    assert answer.status_code in (400, 404), answer.text
    expect_msg(answer, answer.status_code)


def test_1l_adds_skill_and_subscription(api, account):
    skill = unique("Zymurgy ")
    answer = api.add_skill(account, skill)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert set(body) == {"message", "subscription_id", "skill_id"}
    assert body["message"] == "Skill and subscription added successfully"
    assert type(body["subscription_id"]) is int and type(body["skill_id"]) is int
    expect(api.subscriptions(account), 200, {"skills": [skill.lower()]})


def test_1l_repeated_answers_the_same_and_adds_nothing(api, account):
    skill = unique("Zymurgy ")
    first = api.add_skill(account, skill)
    again = api.add_skill(account, skill)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert api.subscriptions(account).json() == {"skills": [skill.lower()]}
    # Spelt otherwise it is the same skill.
    assert api.add_skill(account, f"  {skill.upper()} ").json() == first.json()


def test_1l_at_once_is_one(api, account):
    skill = unique("Zymurgy ")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.add_skill(account, skill), range(8)))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1


def test_1l_two_users_share_the_skill(api, account):
    skill, other = unique("Zymurgy "), api.sign_up()
    one, two = api.add_skill(account, skill).json(), api.add_skill(other, skill).json()
    assert one["skill_id"] == two["skill_id"]
    assert one["subscription_id"] != two["subscription_id"]


@pytest.mark.parametrize("missing", ["user_id", "skill_name", "both", "blank"])
def test_1l_both_fields_are_required(api, account, missing):
    body = {"user_id": account.user_id, "skill_name": "python"}
    if missing == "blank":
        body["skill_name"] = "  "
    for field in ("user_id", "skill_name"):
        if missing in (field, "both"):
            del body[field]
    answer = api.post("/add-new-skill", body, headers=account.bearer)
    expect(answer, 400, {"error": "user_id and skill_name are required"})


@pytest.mark.parametrize("field,value", [("user_id", "seven"), ("user_id", 1.5), ("user_id", [1]), ("skill_name", 7), ("skill_name", {})])
def test_1l_names_a_field_of_the_wrong_type(api, account, field, value):
    body = {"user_id": account.user_id, "skill_name": "python"} | {field: value}
    answer = api.post("/add-new-skill", body, headers=account.bearer)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].startswith(f"{field}: ")


def test_1l_refuses_a_name_that_is_too_long(api, account):
    assert api.add_skill(account, "x" * 101).status_code == 400
    assert api.subscriptions(account).status_code == 404


def test_1l_needs_a_token_of_that_user(api, account):
    body = {"user_id": account.user_id, "skill_name": "python"}
    answer = api.post("/add-new-skill", body)
    assert answer.status_code == 401 and answer.json()["error"]
    answer = api.post("/add-new-skill", body, headers=api.sign_up().bearer)
    assert answer.status_code == 403 and answer.json()["error"]
    assert api.subscriptions(account).status_code == 404


def test_1l_that_fails_leaves_nothing_behind(api, mesh, account):
    skill = unique("unlucky ")
    database = mesh.database("jobmesh_user")
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE subscription ADD CONSTRAINT no_luck CHECK (tag <> %s) NOT VALID", (skill,))
    try:
        answer = api.add_skill(account, skill)
        assert answer.status_code == 500, answer.text
        assert set(answer.json()) == {"error", "details"}
        assert answer.json()["error"] == "Saga transaction failed"
    finally:
        with database.cursor() as cursor:
            cursor.execute("ALTER TABLE subscription DROP CONSTRAINT no_luck")
        database.close()
    expect(api.subscriptions(account), 404, {"msg": "No skills"})
    with mesh.database("jobmesh_jobs") as jobs, jobs.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM skill WHERE lower(name) = %s", (skill,))
        assert cursor.fetchone() == (0,)
    # Nothing stands in the way of the next try.
    assert api.add_skill(account, skill).status_code == 201
