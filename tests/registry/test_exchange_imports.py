"""REG-8: a file is looked at first, applied whole or not at all, and marked as what it is."""

import pytest

from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Import, RecordedElsewhere, System, SystemVersion
from registry.selectors.exchange import rows_of_import
from registry.services.exchange import (
    apply_import,
    read_import,
    request_apply,
    settle_import,
    withdraw_import,
)
from registry.services.exchange.settling import Settled
from tests.registry import factories
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user
from tests.registry.messy import workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def claims():
    """The unit of the messy sheet."""
    return unit(name="Claims")


@pytest.fixture
def officer(claims):
    """A compliance officer for it, who imports."""
    made = user(of=claims, name="Maren Vogt")
    role(made, "compliance", unit=claims)
    return made


@pytest.fixture
def people(claims):
    """Those whom the messy sheet names."""
    return (
        user(of=claims, name="Jonas Weber", email="jonas.weber@example.org"),
        user(of=claims, name="Mara Lind", email="mara.lind@example.org"),
    )


def read(who, content, *, name="register.xlsx", kind=""):
    """Read a file as a person."""
    return call(read_import, name=name, content=content, kind=kind, actor=person_as_actor(who))


def settle(who, found, **said):
    """Say how an import is read."""
    return call(
        settle_import,
        import_id=found.pk,
        expected_version=found.version,
        settled=Settled(**said),
        actor=person_as_actor(who),
    )


def carry_out(who, found):
    """Apply an import."""
    call(
        request_apply,
        import_id=found.pk,
        expected_version=found.version,
        actor=person_as_actor(who),
    )
    return apply_import(import_id=found.pk, at=AT)


def rows(found):
    """Return {number: row}."""
    return {row.number: row for row in rows_of_import(import_id=found.pk)}


def csv(*lines):
    """Return a CSV file."""
    return "\n".join(lines).encode()


HEAD = "Short name;Name;Kind;Unit;Owner;Deputy;Purpose;Risk tier"


def line(slug, *, unit="Claims", tier="low"):
    """Return the row of a system."""
    return f"{slug};{slug.title()};agent;{unit};Jonas Weber;Mara Lind;Helps.;{tier}"


def test_the_messy_sheet_tells_each_row_what_is_wrong_with_it(officer, people):
    found = rows(read(officer, workbook()))

    assert found[5].action == "create"
    assert found[6].values["unit"] == found[5].values["unit"]
    assert "is probably Jonas Weber" in found[6].problems[0]["words"]
    assert "is probably Jonas Weber" in found[7].problems[0]["words"]
    assert (
        found[7].notes
        == [
            "Merged cells: their value is carried down.",
            "It begins like a formula; it is kept as words.",
            "The short name 'chat-helper' is made from the name.",
        ][: len(found[7].notes)]
    )
    assert (found[8].action, found[9].action, found[12].action) == ("skip", "skip", "skip")
    assert {problem["field"] for problem in found[10].problems} == {
        "kind", "unit", "owner", "risk_tier", "live_since",
    }  # fmt: skip
    assert "Row 5 has the same" in found[11].problems[0]["words"]


def test_the_order_of_dates_is_taken_from_the_dates_that_prove_it(officer, people):
    found = rows(read(officer, workbook()))

    assert found[6].values["live_since"] == "2025-12-30T23:00:00+00:00"
    assert found[7].values["live_since"].startswith("2025-03-03T23:00")


def test_nothing_is_applied_while_a_row_has_a_problem(officer, people):
    found = read(officer, workbook())

    with pytest.raises(Conflict, match="4 rows have problems"):
        carry_out(officer, found)

    assert not System.objects.exists()


def test_the_messy_sheet_is_applied_once_a_person_has_said_who_is_meant(officer, people):
    found = read(officer, workbook())
    jonas = str(people[0].pk)
    said = {"person": {"weber, jonas": jonas, "jonas@old.example": jonas}}

    settled = settle(officer, found, choices=said, without_bad=True)
    done = carry_out(officer, settled)

    assert (done.state, done.failure) == ("applied", "")
    made = System.objects.order_by("slug")
    assert [one.slug for one in made] == ["chat-helper", "claims-triage", "fraud-score"]
    assert {one.owner for one in made} == {people[0]}
    assert {(one.lifecycle, one.legal_class) for one in made} == {("proposed", "undecided")}
    assert made[0].purpose.startswith("=HYPERLINK")


def test_what_the_sheet_says_of_the_past_is_kept_as_unsigned(officer, people):
    found = settle(officer, read(officer, workbook()), without_bad=True)

    carry_out(officer, found)

    told = RecordedElsewhere.objects.order_by("kind")
    assert [(one.kind, one.source, one.row) for one in told] == [
        ("approval", "register.xlsx", 5),
        ("deployment", "register.xlsx", 5),
    ]
    assert not SystemVersion.objects.exists()
    assert System.objects.get().deployments.count() == 0


def test_the_same_file_again_changes_nothing(officer, people):
    content = csv(HEAD, line("alpha"), line("beta"))
    carry_out(officer, read(officer, content, name="a.csv"))

    again = read(officer, content, name="a.csv")

    assert {row.action for row in rows(again).values()} == {"same"}
    with pytest.raises(Conflict, match="all of it is there already"):
        carry_out(officer, again)


def test_a_file_that_was_not_applied_yet_is_the_same_import(officer, people):
    content = csv(HEAD, line("alpha"))

    first, second = read(officer, content, name="a.csv"), read(officer, content, name="a.csv")

    assert first.pk == second.pk
    assert Import.objects.count() == 1


def test_a_row_that_a_service_refuses_leaves_nothing_behind(officer, people, claims):
    unit(name="Pricing")
    found = read(officer, csv(HEAD, line("alpha"), line("beta", unit="Pricing")), name="a.csv")

    done = carry_out(officer, found)

    assert done.state == "read"
    assert "systems, row 3: You cannot register a system" in done.failure
    assert not System.objects.exists()


def test_what_a_person_did_not_see_is_not_applied(officer, people):
    found = read(officer, csv(HEAD, line("alpha")), name="a.csv")
    settle(officer, found, hidden=True)

    with pytest.raises(Conflict, match="settled anew"):
        carry_out(officer, found)


def test_an_import_stops_where_the_registry_has_moved_on(officer, people, claims):
    found = read(officer, csv(HEAD, line("alpha")), name="a.csv")
    system(of=claims, slug="alpha", owner=people[0], deputy=people[1])

    done = carry_out(officer, found)

    assert done.state == "read"
    assert "the registry has changed since you looked" in done.failure


def test_an_import_changes_what_a_system_says_and_not_what_is_decided(officer, people, claims):
    known = system(of=claims, slug="alpha", owner=people[0], deputy=people[1], risk_tier="medium")

    carry_out(officer, read(officer, csv(HEAD, line("alpha", tier="low")), name="a.csv"))

    known = System.objects.get(pk=known.pk)
    assert (known.purpose, known.risk_tier) == ("Helps.", "medium")


def test_versions_come_in_as_drafts_by_their_author(people, claims):
    known = system(of=claims, slug="alpha", owner=people[0], deputy=people[1])
    content = csv("system,version,digest", "alpha,1.0,sha256:aa", "alpha,1.1,sha256:bb")

    done = carry_out(people[0], read(people[0], content, name="v.csv"))

    made = SystemVersion.objects.filter(system=known)
    assert done.state == "applied"
    assert {(one.label, one.state, one.author) for one in made} == {
        ("1.0", "draft", people[0]),
        ("1.1", "draft", people[0]),
    }


def test_a_version_keeps_its_identity(people, claims):
    known = system(of=claims, slug="alpha", owner=people[0], deputy=people[1])
    factories.version(known, label="1.0", author=people[0], approved=False)

    found = rows(read(people[0], csv("system,version,digest", "alpha,1.0,other"), name="v.csv"))

    assert "another identity" in found[2].problems[0]["words"]


def test_history_is_no_approval_and_is_taken_in_once(officer, people, claims):
    known = system(of=claims, slug="alpha", owner=people[0], deputy=people[1])
    draft = factories.version(known, label="1.0", author=people[0], approved=False)
    content = csv(
        "system;what it was;when;version;who",
        "alpha;Freigabe;01.02.2024;1.0;Somebody",
        "alpha;Freigabe;01.02.2024;1.0;Somebody",
    )

    carry_out(officer, read(officer, content, name="h.csv"))

    draft.refresh_from_db()
    assert RecordedElsewhere.objects.get().label == "1.0"
    assert (draft.state, draft.approved_by) == ("draft", None)


def test_one_yaml_file_brings_units_people_systems_and_versions(claims):
    boss = user(of=claims)
    for name in ("administrator", "compliance"):
        role(boss, name, unit=claims)
    content = b"""
units:
  - {name: Pricing, part of: Claims}
people:
  - {email: ada@example.org, name: Ada Berg, unit: Pricing}
systems:
  - {name: Tariff, kind: agent, unit: Pricing, owner: Ada Berg, deputy: Mara Lind,
     purpose: Advises., risk tier: low}
"""
    user(of=claims, name="Mara Lind")

    done = carry_out(boss, read(boss, content, name="all.yaml"))

    made = System.objects.get()
    assert (done.failure, made.unit.name, made.owner.email) == ("", "Pricing", "ada@example.org")


def test_only_who_may_apply_something_reads_a_file_in(claims):
    with pytest.raises(Forbidden, match="You cannot read a file in"):
        read(user(of=claims), csv(HEAD, line("alpha")), name="a.csv")


def test_an_import_put_aside_is_applied_no_more(officer, people):
    found = read(officer, csv(HEAD, line("alpha")), name="a.csv")
    call(withdraw_import, import_id=found.pk, actor=person_as_actor(officer))

    with pytest.raises(Conflict, match="withdrawn"):
        carry_out(officer, found)


@pytest.mark.parametrize(
    "said",
    [
        {"columns": {"systems": {"no such": "name"}}},
        {"columns": {"systems": {"Name": "password"}}},
        {"columns": {"systems": {"Purpose": "name"}}},
        {"date_order": "ymd"},
        {"choices": {"role": {"x": "y"}}},
    ],
)
def test_nonsense_is_refused_by_name(officer, people, said):
    found = read(officer, csv(HEAD, line("alpha")), name="a.csv")

    with pytest.raises(Invalid):
        settle(officer, found, **said)


def test_a_choice_of_somebody_who_is_not_there_chooses_nobody(officer, people):
    found = read(officer, csv(HEAD, line("alpha").replace("Jonas Weber", "J. Weber")), name="a.csv")

    settled = settle(officer, found, choices={"person": {"J. Weber": "00000000-aaaa"}})

    assert rows(settled)[2].action == "blocked"


def test_rows_go_a_month_after_the_end_and_the_figures_stay(officer, people):
    import datetime as dt

    from registry.services.exchange import apply_waiting

    found = carry_out(officer, read(officer, csv(HEAD, line("alpha")), name="a.csv"))

    apply_waiting(AT + dt.timedelta(days=31))

    found = Import.objects.get(pk=found.pk)
    assert not rows(found)
    assert (found.rows_gone, found.counts) == (True, {"systems": {"create": 1}})
