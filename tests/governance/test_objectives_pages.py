"""Pages and API of objectives: read, drafted, approved, ended (KPI-3, KPI-5, KPI-7)."""

import datetime as dt

import pytest

from governance.models import ErrorBudget, GuardrailPair, TrendRule
from governance.services.budgets import judge_budgets
from governance.services.trends import judge_trends
from tests.governance.pages import seen, signed_in, stand_at, text_of
from tests.governance.test_budgets import budget
from tests.registry import factories as registry
from tests.registry.factories import token
from tests.telemetry.factory import AT, measured, row, take

NOW = AT + dt.timedelta(hours=3)


@pytest.fixture(autouse=True)
def clock_stands():
    stand_at(NOW)
    yield
    stand_at(None)


@pytest.fixture
def system(db):
    """A live system with a threshold on its accuracy and ten daily readings."""
    made = measured()
    take([row(made, 0.985, day=day) for day in range(10)])
    return made


def page_of(system):
    """The address of the page."""
    return f"/systems/{system.slug}/objectives/"


def draft_budget(client, system, **changes):
    """Send the form of an error budget as the owner."""
    fields = {
        "series": "accuracy|production|",
        "objective": "99",
        "failure_limit": "",
        "period_days": "30",
        "warning_spent": "75",
        "critical_spent": "100",
        "burns": "on",
        "reason": "as agreed with operations",
    }
    address = f"{page_of(system)}budget/"
    return signed_in(client, system.owner).post(address, fields | changes)


def test_the_page_teaches_before_anything_is_judged(client, db):
    made = measured()

    text = seen(client, page_of(made), made.owner)

    assert "Nothing has been judged yet" in text
    assert "slope reaches the first limit within 4 weeks, 8 windows" in text
    assert "14.4 times too fast over 1 hour and 5 minutes; 100 % spent" in text
    assert "Deflection rate beside Reopen rate" in text


def test_the_page_says_where_each_stands_and_what_was_found(client, system):
    budget(system, pairs=())
    judge_trends(NOW)
    judge_budgets(NOW)

    text = seen(client, page_of(system), system.owner)

    assert "10 of the 28 valid windows that it takes" in text
    assert "50 % of the error budget of Accuracy is spent: the objective is 99 % over" in text


def test_a_budget_is_drafted_by_one_and_put_in_force_by_another(client, system):
    assert draft_budget(client, system).status_code == 302
    row = ErrorBudget.objects.get()
    assert "somebody else puts it in force" in seen(client, page_of(system), system.owner)

    address = f"{page_of(system)}budget/{row.pk}/approve/"
    assert "99 % over 30 days" in seen(client, address, system.deputy)
    signed_in(client, system.deputy).post(address, {"reason": "fits"})

    row.refresh_from_db()
    assert (row.state, row.objective, len(row.pairs)) == ("active", 0.99, 2)


def test_the_author_sees_why_they_cannot_approve(client, system):
    draft_budget(client, system)
    address = f"{page_of(system)}budget/{ErrorBudget.objects.get().pk}/approve/"

    assert "You drafted it" in seen(client, address, system.owner)
    assert signed_in(client, system.owner).post(address, {}).status_code == 403


def test_the_end_is_drafted_with_its_reason(client, system):
    row = budget(system)
    address = f"{page_of(system)}budget/{row.pk}/end/"

    missing = signed_in(client, system.owner).post(address, {"reason": ""})
    given = signed_in(client, system.owner).post(address, {"reason": "no longer served"})

    assert (missing.status_code, given.status_code) == (400, 302)
    assert ErrorBudget.objects.get(state="draft").enabled is False
    assert "ends: nothing is judged any more" in seen(client, page_of(system), system.deputy)


def test_a_trend_rule_is_drafted_by_form(client, system):
    answer = signed_in(client, system.owner).post(
        f"{page_of(system)}trend/",
        {
            "threshold": str(system.thresholds.get().pk),
            "method": "cusum",
            "horizon_days": "14",
            "least_windows": "10",
            "reason": "quicker",
        },
    )

    assert answer.status_code == 302
    rule = TrendRule.objects.get()
    assert (rule.method, rule.horizon_seconds) == ("cusum", 14 * 86400)


def test_a_pair_is_drafted_by_form_and_a_bad_one_is_told_beside_its_field(client, system):
    take([row(system, 0.1, kpi="reopen_rate", day=1), row(system, 0.4, kpi="deflection_rate")])
    fields = {
        "gain": "deflection_rate|production|",
        "guardrail": "reopen_rate",
        "mode": "points",
        "warning": "0.03",
        "critical": "",
        "window_days": "7",
        "least_n": "100",
        "reason": "no price in quality",
    }
    address = f"{page_of(system)}guardrail/"

    bad = signed_in(client, system.owner).post(address, fields | {"warning": "-1"})
    good = signed_in(client, system.owner).post(address, fields)

    assert (bad.status_code, good.status_code) == (400, 302)
    assert "a number above 0" in text_of(bad)
    assert GuardrailPair.objects.get().warning == 0.03


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": "nan"},
        {"objective": "1e999"},
        {"objective": "100"},
        {"series": "accuracy|production|\x00"},
        {"series": "no_such"},
        {"period_days": "99999999999999999999"},
        {"reason": "\x00"},
        {"reason": "x" * 6000},
    ],
)
def test_bad_input_is_refused_in_words(client, system, changes):
    assert draft_budget(client, system, **changes).status_code == 400
    assert not ErrorBudget.objects.exists()


def test_who_may_not_is_told_who_can(client, system):
    auditor = registry.user(of=system.unit)
    registry.role(auditor, "auditor", unit=system.unit)

    assert "State an objective" not in seen(client, page_of(system), auditor)
    seen(client, f"{page_of(system)}budget/", auditor, status=403)


def test_a_stranger_sees_nothing(client, system):
    stranger = registry.user(of=registry.unit())

    for address in (page_of(system), f"{page_of(system)}budget/"):
        assert signed_in(client, stranger).get(address).status_code == 404


@pytest.mark.parametrize("kind", ["no-such", "budgets"])
def test_what_is_no_kind_is_missing(client, system, kind):
    seen(client, f"{page_of(system)}{kind}/", system.owner, status=404)
    seen(client, f"{page_of(system)}{kind}/{system.pk}/approve/", system.owner, status=404)


def test_the_page_reads_the_past_without_acts(client, system):
    budget(system, at=AT)
    judge_budgets(NOW)
    before = (AT + dt.timedelta(minutes=1)).isoformat().replace("+00:00", "Z")

    text = seen(client, f"{page_of(system)}?as_of={before}", system.owner)

    assert "Nothing has been judged yet" in text
    assert "Error budget of Accuracy" in text
    assert "State an objective" not in text


def test_the_number_of_queries_does_not_grow(client, system, django_assert_max_num_queries):
    budget(system)
    for segment in ("a=1", "a=2", "a=3", "a=4"):
        take([row(system, 0.9, segment=segment)])
    judge_trends(NOW)
    signed_in(client, system.owner)

    with django_assert_max_num_queries(45):
        client.get(page_of(system))


# ---------------------------------------------------------------- API


def post(client, user, address, body):
    """Send JSON as a signed-in person."""
    return signed_in(client, user).post(f"/api/v1/{address}", body, content_type="application/json")


def test_the_api_drafts_approves_ends_and_lists(client, system):
    body = {"system": system.slug, "kpi": "accuracy", "objective": 0.995}

    drafted = post(client, system.owner, "error-budgets/", body)
    number = drafted.json()["id"]
    refused = post(client, system.owner, f"error-budgets/{number}/approve", {})
    approved = post(client, system.deputy, f"error-budgets/{number}/approve", {})
    ended = post(client, system.owner, f"error-budgets/{number}/end", {"reason": "gone"})

    statuses = [one.status_code for one in (drafted, refused, approved, ended)]
    assert statuses == [201, 403, 200, 201]
    assert [pair["burn"] for pair in approved.json()["pairs"]] == [6.0, 14.4]
    listed = client.get(f"/api/v1/error-budgets/?system={system.slug}").json()["results"]
    states = {(one["number"], one["state"], one["enabled"]) for one in listed}
    assert states == {(1, "active", True), (2, "draft", False)}


def test_the_api_drafts_trend_rules_and_guardrails(client, system):
    threshold = str(system.thresholds.get().pk)

    trend = post(client, system.owner, "trend-rules/", {"threshold": threshold, "method": "ewma"})
    pair = post(
        client,
        system.owner,
        "guardrails/",
        {
            "system": system.slug,
            "gain": "deflection_rate",
            "guardrail": "reopen_rate",
            "warning": 0.03,
        },
    )

    assert (trend.status_code, trend.json()["kpi"]) == (201, "accuracy")
    assert (pair.status_code, pair.json()["fires_n"]) == (201, 3)


def test_a_token_reads_standings_with_their_figures_and_writes_nothing(client, system):
    budget(system, pairs=())
    judge_budgets(NOW)
    _, secret = token(scopes=["read"], systems=[system], at=AT)
    headers = {"authorization": f"Token {secret}"}

    found = client.get("/api/v1/measured-standings/", headers=headers).json()["results"]
    written = client.post("/api/v1/error-budgets/", {}, headers=headers)

    assert [(one["kind"], one["state"]) for one in found] == [("budget", "OK")]
    assert found[0]["figures"]["spent"] == pytest.approx(0.5)
    assert written.status_code in (401, 403)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"system": "x\x00", "kpi": "accuracy", "objective": 0.9},
        {"system": "S", "kpi": "accuracy", "objective": "NaN"},
        {"system": "S", "kpi": "accuracy", "objective": 1e400},
        {"system": "S", "kpi": "accuracy", "objective": 0.9, "pairs": "all"},
        {"system": "S", "kpi": "accuracy", "objective": 0.9, "pairs": [{}] * 50},
        {"system": "S", "kpi": "accuracy", "objective": 0.9, "environment": "x" * 31},
        {"system": "S", "kpi": "accuracy", "objective": 0.9, "segment": "\x00"},
        {"system": "S", "kpi": "accuracy", "objective": 0.9, "period_days": 10**30},
        {"system": "S", "kpi": "accuracy", "objective": [0.9]},
        [],
    ],
)
def test_bad_bodies_are_refused_by_the_api(client, system, body):
    if isinstance(body, dict) and body.get("system") == "S":
        body = body | {"system": system.slug}

    answer = post(client, system.owner, "error-budgets/", body)

    assert answer.status_code == 400


def test_another_unit_s_objectives_are_missing(client, system):
    row = budget(system)
    stranger = registry.user(of=registry.unit())

    answer = post(client, stranger, f"error-budgets/{row.pk}/end", {"reason": "mine"})

    assert answer.status_code == 404
    assert client.get("/api/v1/error-budgets/").json()["results"] == []


@pytest.mark.parametrize(
    "name", ["trend-rules", "error-budgets", "guardrails", "measured-standings"]
)
def test_a_nul_in_a_query_and_an_instant_of_the_past_are_no_error(client, system, name):
    judge_trends(NOW)
    reader = signed_in(client, system.owner)
    before = (NOW + dt.timedelta(minutes=1)).isoformat().replace("+00:00", "Z")

    assert reader.get(f"/api/v1/{name}/?system=%00").status_code in (200, 400)
    stand_at(NOW + dt.timedelta(hours=1))
    assert reader.get(f"/api/v1/{name}/?as_of={before}").status_code == 200
