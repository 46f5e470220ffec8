"""Versions, life and evaluations over pages and API, by role; labels with slashes; REG-2, REG-9."""

import datetime as dt
from urllib.parse import quote

import pytest
from django.urls import reverse

from outbox import clock
from registry.models import EvaluationRun, FallbackCheck, System, SystemVersion
from registry.selectors.evaluations import plan_in_force, run_payload
from registry.services.signatures import hash_payload
from tests.registry.factories import (
    AT,
    READY,
    in_force,
    live,
    ready_for_production,
    role,
    sign_in,
    signers_of,
    step,
    system,
    system_in,
    token,
    user,
    version,
)

pytestmark = pytest.mark.django_db
HEX = "ab" * 32
ODD = ["2026-11/rc1", "größer", "v1.0.0", "50%", "a b", "a?b#c", "模型", "versions"]


@pytest.fixture(autouse=True)
def then():
    """Let the clock of the doors stand near the instant of the factories."""
    clock.shift(dt.timedelta(0))
    clock.shift(AT - clock.now())
    yield
    clock.shift(dt.timedelta(0))


def post(client, url, body, **headers):
    return client.post(url, body, content_type="application/json", headers=headers)


def bearer(**more):
    _, plain = token(**more)
    return {"Authorization": f"Token {plain}"}


@pytest.mark.parametrize("label", ODD)
def test_a_label_of_any_kind_is_registered_read_approved_and_shown(client, label):
    thing = system()
    url = f"/api/v1/systems/{thing.slug}/versions"
    sent = post(
        client,
        url,
        {"label": label, "digest": "sha256:ab"},
        **bearer(scopes=["versions:write"], systems=[thing]),
    )
    sign_in(client, thing.owner)

    read = client.get(f"{url}/{quote(label, safe='')}/")
    approved = post(
        client, f"{url}/{quote(label)}/approve", {"identity_hash": read.json()["identity_hash"]}
    )
    page = client.get(reverse("system-version", args=[thing.slug, label]))

    assert sent.status_code == 201, sent.content
    assert read.json()["label"] == label
    assert approved.json()["state"] == "approved"
    assert page.status_code == 200
    assert read.json()["identity_hash"] in page.content.decode()


def test_a_token_registers_a_hosted_model(client):
    thing = system()
    body = {
        "label": "1",
        "hosted": {"provider": "Example AI", "model": "large-2", "prompt_sha256": f"sha256:{HEX}"},
    }

    sent = post(
        client,
        f"/api/v1/systems/{thing.slug}/versions",
        body,
        **bearer(scopes=["versions:write"], systems=[thing]),
    )

    assert sent.status_code == 201
    assert sent.json()["hosted"]["prompt_sha256"] == HEX
    assert sent.json()["digest"] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": "1"}, "digest"),
        ({"label": "a/../b", "digest": "x"}, "label"),
        ({"label": "1", "hosted": {"provider": "p", "model": "m", "index_sha256": "x"}},
         "index_sha256"),
        ({"label": "1\u0000", "digest": "x"}, "label"),
        ({"label": "x" * 61, "digest": "x"}, "label"),
        ({"label": "1", "hosted": "x"}, "hosted"),
        ({"label": "1", "digest": ["x"]}, "digest"),
    ],
)  # fmt: skip
def test_what_is_no_version_is_told_by_field(client, body, field):
    thing = system()

    answer = post(
        client,
        f"/api/v1/systems/{thing.slug}/versions",
        body,
        **bearer(scopes=["versions:write"], systems=[thing]),
    )

    assert answer.status_code == 400
    assert field in str(answer.json())


def test_an_approval_without_what_was_seen_is_refused(client):
    thing = system()
    made = version(thing, approved=False)
    sign_in(client, thing.owner)

    answer = post(client, f"/api/v1/systems/{thing.slug}/versions/{made.label}/approve", {})

    assert answer.status_code == 400
    assert SystemVersion.objects.get(pk=made.pk).state == "draft"


def test_the_api_says_what_ran_and_when_nothing_did(client):
    thing = system_in("approved")
    live(thing, label="1.0")
    sign_in(client, thing.owner)
    url = f"/api/v1/systems/{thing.slug}/ran"

    then = client.get(url, {"at": AT.isoformat(), "environment": "production"}).json()
    before = client.get(url, {"at": (AT - dt.timedelta(days=9)).isoformat()}).json()
    bad = client.get(url, {"at": "yesterday"})

    assert then["version"]["label"] == then["deployment"]["version"] == "1.0"
    assert before["version"] is before["gap"] is None
    assert bad.status_code == 400


def test_the_page_says_what_ran_in_a_sentence(client):
    thing = system_in("approved")
    live(thing, label="1.0")
    sign_in(client, thing.owner)

    page = client.get(
        reverse("system-versions", args=[thing.slug]),
        {"at": "2026-11-20T10:00", "environment": "production"},
    )

    assert "Version 1.0 ran in production." in page.content.decode()


@pytest.mark.parametrize(
    "query",
    ["at=%00", "at=nonsense", "behind=%00", "before=x", "one=%00&other=a", "environment=%00&at=",
     "q=%00%25_", "state=%00", "one=a&other=b", "at=9999-99-99T99:99"],
)  # fmt: skip
def test_no_query_breaks_the_page_of_versions(client, query):
    thing = system()
    version(thing)
    sign_in(client, thing.owner)

    assert client.get(f"{reverse('system-versions', args=[thing.slug])}?{query}").status_code == 200


PAGES = [
    ("system-versions", []),
    ("system-version-draft", []),
    ("system-life", []),
    ("system-fallback", []),
    ("system-evaluations", []),
    ("system-evaluation-draft", []),
    ("system-evaluation", [1]),
    ("system-evaluation-send", []),
]


@pytest.mark.parametrize(("name", "rest"), PAGES)
def test_every_page_is_shown_to_its_readers_alone(client, name, rest):
    thing = system()
    ready_for_production(thing)
    url = reverse(name, args=[thing.slug, *rest])

    nobody = client.get(url)
    stranger = sign_in(client, user()).get(url)
    owner = sign_in(client, thing.owner).get(url)

    assert nobody.status_code == 302
    assert stranger.status_code == 404
    assert owner.status_code == 200


def test_a_version_goes_from_draft_to_live_on_its_pages(client):
    thing = system_in("approved")
    in_force(thing)
    engineer = user(of=thing.unit)
    role(engineer, "engineer", system=thing)
    draft = {"label": "2/a", "changelog": "New features.", "digest": "sha256:ab"}

    drafted = sign_in(client, engineer).post(
        reverse("system-version-draft", args=[thing.slug]), draft
    )
    made = SystemVersion.objects.get(system=thing, label="2/a")
    page = reverse("system-version", args=[thing.slug, "2/a"])
    approved = sign_in(client, thing.owner).post(
        page,
        {
            "act": "approve",
            "approve-identity_hash": made.identity_hash,
            "approve-reason": "tested",
        },
    )
    lived = client.post(
        page,
        {
            "act": "live",
            "live-seen": System.objects.get(pk=thing.pk).version,
            "live-environment": "production",
            "live-fallback": "",
            "live-reason": "release",
        },
    )

    assert [one.status_code for one in (drafted, approved, lived)] == [302, 302, 302]
    assert thing.deployments.get(until_at__isnull=True).version == made


def test_an_approval_of_another_identity_is_told_on_the_page(client):
    thing = system()
    made = version(thing, approved=False)
    sign_in(client, thing.owner)

    page = client.post(
        reverse("system-version", args=[thing.slug, made.label]),
        {"act": "approve", "approve-identity_hash": "0" * 64, "approve-reason": "tested"},
    )

    assert page.status_code == 400
    assert "another identity than the one that you looked at" in page.content.decode()


@pytest.mark.usefixtures("whole_gates")
def test_the_life_page_names_what_each_gate_misses_with_its_link(client):
    thing = system()
    sign_in(client, thing.owner)
    url = reverse("system-life", args=[thing.slug])

    page = client.get(url)
    refused = client.post(url, {"edge": "assess", "seen": 0, "reason": "now"})

    text = page.content.decode()
    assert "No classification is confirmed by a second person." in text
    assert reverse("system-classification", args=[thing.slug]) in text
    assert refused.status_code == 400
    assert System.objects.get(pk=thing.pk).lifecycle == "proposed"


def test_a_step_is_taken_on_the_life_page_and_a_stale_page_is_told(client):
    thing = system()
    sign_in(client, thing.owner)
    url = reverse("system-life", args=[thing.slug])

    taken = client.post(url, {"edge": "assess", "seen": 0, "reason": "as agreed"})
    stale = client.post(url, {"edge": "retire", "seen": 0, "reason": "as agreed"})

    assert (taken.status_code, stale.status_code) == (302, 400)
    assert "has changed since you loaded it" in stale.content.decode()
    assert System.objects.get(pk=thing.pk).lifecycle == "assessed"


@pytest.mark.usefixtures("whole_gates")
def test_the_api_tells_every_check_of_every_gate(client):
    thing = system()
    sign_in(client, thing.owner)

    told = client.get(f"/api/v1/systems/{thing.slug}/gates").json()

    assess = next(one for one in told if one["edge"] == "assess")
    assert not assess["open"]
    assert assess["checks"][0]["missing"][0]["link"].startswith("/systems/")


def test_a_pipeline_sends_a_run_and_persons_sign_it_on_its_page(client):
    thing = system()
    ready_for_production(thing, without=("run_evaluation",))
    made, plan = version(thing), plan_in_force(thing.pk)
    people = signers_of(thing)
    body = {
        "version": made.label,
        "identity_hash": made.identity_hash,
        "dataset_sha256": plan.dataset_sha256,
        "started_at": AT.isoformat(),
        "ended_at": AT.isoformat(),
        "results": [
            {"slice": one["name"], "metric": "accuracy", "value": 0.95, "n": 200}
            for one in READY["plan"]["slices"]
        ],
    }
    headers = bearer(scopes=["evaluations:write"], systems=[thing])

    sent = post(client, f"/api/v1/systems/{thing.slug}/evaluation-runs", body, **headers)
    run = EvaluationRun.objects.get(system=thing)
    url = reverse("system-evaluation-run", args=[thing.slug, run.pk])
    for who, meaning in ((people.tester, "authorship"), (people.reviewer, "review")):
        sign_in(client, who, fresh_at=clock.now())
        assert client.get(url).status_code == 200
        signed = client.post(url, {"meaning": meaning, "reason": "looked at it"})
        assert signed.status_code == 302, signed.content.decode()
    read = client.get(f"/api/v1/systems/{thing.slug}/evaluation-runs/{run.pk}").json()

    assert (sent.status_code, sent.json()["outcome"]) == (201, "passed")
    assert [one["meaning"] for one in read["signatures"]] == ["authorship", "review"]
    assert len(hash_payload(run_payload(run))) == 64


@pytest.mark.parametrize("scope", ["read", "versions:write"])
def test_a_token_without_the_scope_sends_no_run(client, scope):
    thing = system()

    answer = post(
        client,
        f"/api/v1/systems/{thing.slug}/evaluation-runs",
        {},
        **bearer(scopes=[scope], systems=[thing]),
    )

    assert answer.status_code == 403


def test_a_token_of_another_system_sends_no_run(client):
    thing = system()

    answer = post(
        client,
        f"/api/v1/systems/{thing.slug}/evaluation-runs",
        {},
        **bearer(scopes=["evaluations:write"], systems=[system()]),
    )

    assert answer.status_code == 404


def test_a_plan_is_drafted_on_its_page_line_by_line_and_approved_by_another(client):
    thing = system()
    people = signers_of(thing)
    typed = {
        "dataset_name": "held-out claims",
        "dataset_sha256": HEX,
        "slices": "usual | all | drawn\nedge cases | rare | few\nadversarial | crafted | bad",
        "metrics": "\n".join(
            f"{name} | accuracy | at least | 0.9 | 100" for name in ("all", "rare", "crafted")
        ),
        "scenarios": "It is wrong. | accuracy | Fall back.",
    }

    wrong = sign_in(client, people.tester).post(
        reverse("system-evaluation-draft", args=[thing.slug]),
        typed | {"metrics": "all | accuracy"},
    )
    drafted = client.post(reverse("system-evaluation-draft", args=[thing.slug]), typed)
    plan = thing.evaluation_plans.get()
    approved = sign_in(client, people.second).post(
        reverse("system-evaluation", args=[thing.slug, 1]),
        {"act": "approve", "sha256": plan.sha256, "reason": "fair limits"},
    )

    assert wrong.status_code == 400
    assert "line 1" in wrong.content.decode()
    assert (drafted.status_code, approved.status_code) == (302, 302)
    assert plan_in_force(thing.pk) == plan


def test_a_drill_and_a_try_of_the_fallback_are_recorded_on_their_pages(client):
    thing = system()
    ready_for_production(thing, without=("try_fallback", "run_evaluation"))
    plan, made = plan_in_force(thing.pk), thing.versions.first()
    sign_in(client, thing.owner)

    drilled = client.post(
        reverse("system-evaluation", args=[thing.slug, plan.number]),
        {
            "act": "drill",
            "scenario": plan.scenarios.get().pk,
            "drilled_on": "2026-11-20",
            "note": "Seven minutes.",
        },
    )
    tried = client.post(
        reverse("system-fallback", args=[thing.slug]),
        {
            "version": made.pk,
            "environment": "production",
            "passed": "yes",
            "tested_at": "2026-11-20T09:30",
            "how": "Switched.",
            "evidence": "All well.",
        },
    )

    assert (drilled.status_code, tried.status_code) == (302, 302)
    assert plan.scenarios.get().drill_note == "Seven minutes."
    assert FallbackCheck.objects.get(version=made).person == thing.owner


def test_a_list_of_versions_over_the_api_has_keyset_pages(client):
    thing = system()
    for _ in range(3):
        version(thing, approved=False)
    sign_in(client, thing.owner)

    first = client.get(f"/api/v1/systems/{thing.slug}/versions", {"limit": 2}).json()
    rest = client.get(first["next"]).json()

    labels = [row["label"] for row in first["results"] + rest["results"]]
    assert len(set(labels)) == 3


def test_stored_script_is_shown_as_text(client):
    thing = system()
    bad = "<script>alert(1)</script>"
    sign_in(client, thing.owner)
    post(
        client,
        f"/api/v1/systems/{thing.slug}/versions",
        {"label": "1", "digest": bad, "changelog": bad},
    )
    step(thing, "assess", reason=bad)

    pages = [
        client.get(reverse("system-versions", args=[thing.slug])),
        client.get(reverse("system-version", args=[thing.slug, "1"])),
        client.get(reverse("system-life", args=[thing.slug])),
    ]

    assert all(bad not in page.content.decode() for page in pages)
    assert all("&lt;script&gt;" in page.content.decode() for page in pages)
