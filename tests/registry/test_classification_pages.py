"""REG-4, REG-7, REG-12: pages of classification, risk tier and impact assessments."""

import datetime as dt

import pytest

from outbox import clock
from registry.models import Classification
from tests.registry.answers import CREDIT, FORM, answers
from tests.registry.factories import (
    AT,
    PASSWORD,
    sign_in,
    system,
    unit,
    user,
)
from tests.registry.two_persons import (
    again,
    assessed,
    assessment_draft,
    classified,
    draft,
    filled,
    fresh,
    officer,
    submit,
)

pytestmark = pytest.mark.django_db
NEW = {"legal_class": "undecided", "risk_tier": "medium"}


@pytest.fixture
def now():
    """The instant of the doors."""
    return clock.now()


def page(thing, path=""):
    return f"/systems/{thing.slug}/{path}"


def api(thing, path):
    return f"/api/v1/systems/{thing.slug}/{path}"


def as_posted(section_id, said, version):
    """Return what the browser sends for a section."""
    part = next(one for one in FORM.sections if one["id"] == section_id)
    fields = {"version": version}
    for question in part["questions"]:
        one = said.get(question["id"])
        if one is not None:
            several = question["kind"] in ("points", "roles")
            fields[f"a_{question['id']}"] = list(one.values) if several else one.value
            fields[f"w_{question['id']}"] = one.reason
    return fields


def test_the_questionnaire_is_answered_section_by_section_and_signed_without_script(client, now):
    thing = system(**NEW)
    sign_in(client, thing.owner, fresh_at=now)
    said = answers(**CREDIT)

    where = client.post(page(thing, "classification/start/")).url
    for part in FORM.sections:
        row = Classification.objects.get(system=thing)
        client.post(where, as_posted(part["id"], said, row.version))
        where = page(thing, f"classification/1/{part['id']}/")
        row = Classification.objects.get(system=thing)
        client.post(where, as_posted(part["id"], said, row.version))
        following = FORM.sections[FORM.sections.index(part) + 1 :]
        where = page(thing, f"classification/1/{following[0]['id']}/") if following else where
    row = Classification.objects.get(system=thing)
    answer = client.post(page(thing, "classification/submit/"), {"version": row.version})

    assert answer.status_code == 302
    assert fresh(row).state == "submitted"
    assert fresh(row).legal_class == "high_risk"


def test_an_answer_that_opens_a_question_keeps_the_reader_in_the_section(client):
    thing = system(**NEW)
    row = draft(thing)
    sign_in(client, thing.owner)
    fields = as_posted("products", answers(), row.version) | {"a_annex_i_acts": ["I.A.11"]}

    answer = client.post(page(thing, "classification/1/products/"), fields)

    assert answer.url == page(thing, "classification/1/products/")
    assert b"safety component of such a product" in client.get(answer.url).content


def test_a_wrong_answer_stands_beside_its_question(client):
    thing = system(**NEW)
    row = draft(thing)
    sign_in(client, thing.owner)
    fields = as_posted("uses", answers(), row.version) | {"a_annex_iii_5": ["none", "III.5.b"]}

    answer = client.post(page(thing, "classification/1/uses/"), fields)

    assert answer.status_code == 400
    assert b"stand alone" in answer.content


def test_what_is_missing_is_told_at_the_submission(client, now):
    thing = system(**NEW)
    row = draft(thing, personal_data=None)
    sign_in(client, thing.owner, fresh_at=now)

    answer = client.post(page(thing, "classification/submit/"), {"version": row.version})

    assert answer.status_code == 400
    assert b"1 questions are not answered" in answer.content
    assert b"one answer waits" in answer.content


def test_a_second_person_confirms_on_the_page(client, now):
    thing = system(**NEW)
    row = submit(draft(thing, **CREDIT), at=now)
    sign_in(client, officer(thing), fresh_at=now)

    shown = client.get(page(thing, "classification/")).content
    answer = client.post(
        page(thing, "classification/confirm/"), {"version": row.version, "reason": "as argued"}
    )

    assert b"Confirm and sign" in shown
    assert (answer.status_code, again(thing).legal_class) == (302, "high_risk")


def test_the_author_is_told_why_not(client, now):
    thing = system(**NEW)
    compliance = officer(thing)
    submit(draft(thing, by=compliance, at=now), by=compliance, at=now)
    sign_in(client, compliance, fresh_at=now)

    shown = client.get(page(thing, "classification/")).content.decode()

    assert "You cannot confirm it: you wrote it, or a part of it." in shown
    assert "Confirm and sign" not in shown


def test_a_wrong_password_signs_nothing_and_the_text_stays(client, now):
    thing = system(**NEW)
    row = submit(draft(thing), at=now)
    compliance = officer(thing)
    sign_in(client, compliance)

    answer = client.post(
        page(thing, "classification/confirm/"),
        {"version": row.version, "reason": "a reason to keep", "password": "wrong"},
    )

    assert answer.status_code == 400
    assert b"a reason to keep" in answer.content
    assert fresh(row).state == "submitted"


def test_an_opened_one_says_so_and_why(client):
    thing = system(**NEW)
    classified(thing)
    sign_in(client, thing.owner)

    client.post(page(thing, "classification/reopen/"), {"reason": "other people use it now"})
    shown = client.get(page(thing, "classification/")).content.decode()

    assert "To be looked at again" in shown
    assert "other people use it now" in shown


def test_the_history_shows_what_changed(client):
    thing = system(**NEW)
    classified(thing)
    classified(thing, personal_data="yes")
    sign_in(client, thing.owner)

    shown = client.get(page(thing, "classification/2/")).content.decode()

    assert "What changed since classification 1" in shown
    assert "Does it process personal data?" in shown


def test_the_page_shows_the_class_as_it_was(client):
    thing = system(**NEW)
    classified(thing, at=AT + dt.timedelta(hours=1), **CREDIT)
    classified(thing, at=AT + dt.timedelta(hours=3))
    sign_in(client, thing.owner)
    then = (AT + dt.timedelta(hours=2)).isoformat()

    told = client.get(api(thing, "classification"), {"as_of": then}).json()
    shown = client.get(page(thing, "classification/"), {"as_of": then})

    assert (told["legal_class"], told["standing"]["number"]) == ("high_risk", 1)
    assert "III.5.b" in told["facts"]["points"]
    assert shown.status_code == 200
    assert b"profiles natural persons" in shown.content


def test_the_tier_is_proposed_and_decided_on_the_page(client, now):
    thing = system(risk_tier="medium")
    sign_in(client, thing.owner)
    client.post(
        page(thing, "classification/tier/"), {"version": 0, "to_tier": "low", "reason": "small"}
    )
    sign_in(client, officer(thing))

    answer = client.post(page(thing, "classification/tier-agree/"), {"reason": "so it is"})

    assert (answer.status_code, again(thing).risk_tier) == (302, "low")


def test_a_tier_below_the_floor_is_told_beside_the_field(client):
    thing = system(**NEW)
    classified(thing, **CREDIT)
    sign_in(client, thing.owner)
    fields = {"version": again(thing).version, "to_tier": "low", "reason": "x"}

    answer = client.post(page(thing, "classification/tier/"), fields)

    assert answer.status_code == 400
    assert b"The floor is high" in answer.content


def test_an_assessment_goes_from_draft_to_force_on_its_pages(client, now):
    thing = system()
    sign_in(client, thing.owner, fresh_at=now)
    where = client.post(page(thing, "assessments/new/"), {"kind": "fria"}).url
    fields = {f"a_{key}": one.value for key, one in filled().items()} | {"version": 0}
    client.post(where, fields)
    day = (now.date() + dt.timedelta(days=200)).isoformat()
    client.post(page(thing, "assessments/fria/1/submit/"), {"version": 1, "expires_on": day})
    sign_in(client, officer(thing), fresh_at=now)

    answer = client.post(
        page(thing, "assessments/fria/1/approve/"), {"version": 2, "reason": "sound"}
    )

    assert answer.status_code == 302
    assert "In force" in client.get(page(thing, "assessments/")).content.decode()


def test_an_expired_assessment_is_shown_as_expired(client, now):
    past = now - dt.timedelta(days=30)
    thing = system(at=past)
    assessed(thing, at=past, expires_on=(now - dt.timedelta(days=3)).date())
    sign_in(client, thing.owner)

    listed = client.get(page(thing, "assessments/")).content.decode()
    shown = client.get(page(thing, "assessments/fria/1/")).content.decode()
    told = client.get(api(thing, "assessments")).json()

    assert "Expired" in listed
    assert "counts as missing" in shown
    assert told["assessments"][0]["standing"] == "expired"


PAGES = [
    "classification/",
    "classification/1/",
    "classification/1/system/",
    "assessments/",
    "assessments/fria/1/",
    "assessments/fria/1/edit/",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_finds_no_page(client, path):
    thing = system(of=unit(), **NEW)
    draft(thing)
    assessment_draft(thing)

    answer = sign_in(client, user(of=unit())).get(page(thing, path))

    assert answer.status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_nobody_signed_in_is_sent_to_sign_in(client, path):
    assert client.get(page(system(**NEW), path)).status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens_for_the_owner(client, path):
    thing = system(**NEW)
    draft(thing)
    assessment_draft(thing)

    assert sign_in(client, thing.owner).get(page(thing, path)).status_code == 200


@pytest.mark.parametrize("path", PAGES[2::3])
def test_an_auditor_reads_and_does_not_write(client, path):
    thing = system(**NEW)
    draft(thing)
    assessment_draft(thing)
    sign_in(client, officer(thing, "auditor"))

    assert client.get(page(thing, "classification/")).status_code == 200
    assert client.get(page(thing, path)).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "classification/1/nowhere/",
        "classification/99/",
        "classification/99999999999999999999/",
        "assessments/fria/99/",
        "assessments/nothing/1/",
    ],
)
def test_what_is_not_there_is_not_found(client, path):
    thing = system(**NEW)
    draft(thing)

    assert sign_in(client, thing.owner).get(page(thing, path)).status_code == 404


def test_the_overview_costs_the_same_however_long_the_history(
    client, django_assert_max_num_queries
):
    thing = system(**NEW)
    for _ in range(3):
        classified(thing)
    sign_in(client, thing.owner)
    client.get(page(thing, "classification/"))

    with django_assert_max_num_queries(32):
        client.get(page(thing, "classification/"))


def test_what_was_typed_is_shown_as_text(client):
    thing = system(**NEW)
    row = draft(thing)
    sign_in(client, thing.owner)
    fields = as_posted("system", answers(), row.version) | {
        "w_personal_data": "<script>alert(1)</script>"
    }

    client.post(page(thing, "classification/1/system/"), fields)
    shown = client.get(page(thing, "classification/1/")).content.decode()

    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_the_password_signs_too(client, now):
    thing = system(owner=user(password=PASSWORD), **NEW)
    row = draft(thing)
    sign_in(client, thing.owner)

    answer = client.post(
        page(thing, "classification/submit/"), {"version": row.version, "password": PASSWORD}
    )

    assert (answer.status_code, fresh(row).state) == (302, "submitted")
