"""Finding entries: each filter, what is within reach and what is not, pages, counts, exceptions."""

import datetime as dt
import itertools
from uuid import UUID

import pytest

from ledger import verbs
from ledger.models import Entry
from ledger.rules.actors import Actor, machine
from ledger.selectors.at_once import at_once
from ledger.selectors.kinds import MACHINES, object_types
from ledger.selectors.reach import Reach
from ledger.selectors.search import (
    About,
    Wanted,
    counts_by_group,
    found_count,
    found_line,
    found_lines,
    found_near,
    found_page,
    is_recorded,
)
from ledger.services.entries import append_entry
from ledger.verbs import Verb

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SYSTEMS = [UUID(int=number) for number in (1, 2)]
INCIDENTS = [UUID(int=number) for number in (11, 12)]
WHOLE = Reach("nobody", all_systems=True, organisation=True)
ENGINE = machine("evaluator")
ANNA = Actor(kind="token", id="00000000-0000-0000-0000-0000000000aa", name="anna", channel="api")


def wrote(verb="ledger.heartbeat", actor=ENGINE, at=AT, subject=("batch", "1", "a batch"), **more):
    return append_entry(verb=verb, actor=actor, at=at, subject=subject, **more)


def numbers(wanted=None, reach=WHOLE, **changes):
    found = found_page(wanted=(wanted or Wanted(**changes)).settled(), reach=reach, before=None,
                       limit=100)  # fmt: skip
    return [line.number for line in found]


def test_entries_come_the_newest_first_in_pages_that_go_by_number():
    made = [wrote() for _ in range(5)]

    first = found_page(wanted=Wanted(), reach=WHOLE, before=None, limit=2)
    rest = found_page(wanted=Wanted(), reach=WHOLE, before=first[-1].number, limit=9)

    assert [line.number for line in (*first, *rest)] == made[::-1]


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({"verbs": ["ledger.counted"]}, {"verb": "ledger.counted"}),
        ({"actor_ids": [ANNA.id, "anna"]}, {"actor": ANNA}),
        ({"object_type": "watch"}, {"subject": ("watch", "7", "w")}),
        ({"channel": "api"}, {"actor": ANNA}),
        ({"refused": True}, {"verb": "request.refused"}),
        ({"since": AT + dt.timedelta(hours=1)}, {"at": AT + dt.timedelta(hours=1)}),
        ({"until": AT}, {"at": AT - dt.timedelta(seconds=1)}),
        ({"system_ids": [SYSTEMS[0]]}, {"system_id": SYSTEMS[0]}),
        ({"about": About(incident_ids=[INCIDENTS[0]])}, {"incident_id": INCIDENTS[0]}),
        ({"about": About(system_ids=[SYSTEMS[1]])}, {"system_id": SYSTEMS[1]}),
        ({"about": About(objects=[("pack", "9")])}, {"subject": ("pack", "9", "p")}),
        ({"about": About(label="ep-2026")}, {"subject": ("pack", "8", "EP-2026-00001")}),
    ],
)
def test_each_filter_keeps_what_fits_and_nothing_else(filters, fits):
    wrote()
    fitting = wrote(**fits)

    assert numbers(**filters) == [fitting]
    assert found_count(wanted=Wanted(**filters).settled(), reach=WHOLE) == 1


def test_filters_together_narrow_further():
    wrote(verb="ledger.counted")
    wrote(actor=ANNA)
    both = wrote(verb="ledger.counted", actor=ANNA)

    assert numbers(verbs=["ledger.counted"], actor_ids=[ANNA.id]) == [both]


def test_nobody_of_a_name_finds_nothing():
    wrote()

    assert numbers(actor_ids=[]) == []


def test_a_span_of_time_finds_entries_written_out_of_turn():
    late = wrote(at=AT + dt.timedelta(days=2))
    early = wrote(at=AT)
    between = wrote(at=AT + dt.timedelta(days=1))

    span = Wanted(since=AT, until=AT + dt.timedelta(days=2)).settled()

    assert numbers(span) == [between, early]
    assert late not in numbers(span)


def test_a_span_without_entries_finds_nothing():
    wrote()

    assert numbers(since=AT - dt.timedelta(days=9), until=AT - dt.timedelta(days=8)) == []


def test_the_channel_is_read_from_the_body_and_not_from_what_somebody_typed():
    typed = wrote(details={"note": '"from":{"channel":"admin"}'}, actor=ANNA)

    assert Entry.objects.get(pk=typed).channel == "api"
    assert numbers(channel="admin") == []


@pytest.mark.parametrize("organisation", [True, False])
@pytest.mark.parametrize("all_systems", [True, False])
@pytest.mark.parametrize("systems", [(), SYSTEMS[:1], SYSTEMS])
@pytest.mark.parametrize("incidents", [(), INCIDENTS[:1]])
def test_nothing_out_of_reach_is_listed_counted_or_streamed(
    organisation, all_systems, systems, incidents
):
    reach = Reach(ANNA.id, all_systems, organisation, systems, incidents)
    allowed = []
    for system, incident, actor in itertools.product(
        (None, *SYSTEMS), (None, *INCIDENTS), (ENGINE, ANNA)
    ):
        number = wrote(system_id=system, incident_id=incident, actor=actor)
        if may_read(reach, system, incident, actor):
            allowed.append(number)

    assert numbers(reach=reach) == allowed[::-1]
    assert found_count(wanted=Wanted(), reach=reach) == len(allowed)
    assert [line.number for line in found_lines(wanted=Wanted(), reach=reach)] == allowed
    assert [one for one in Entry.objects.order_by("pk").values_list("pk", flat=True)
            if found_line(number=one, reach=reach)] == allowed  # fmt: skip


def may_read(reach, system, incident, actor):
    """The rule, said again in plain words."""
    if actor is ANNA:
        return True
    if incident is not None:
        return reach.all_systems or incident in reach.incident_ids
    if system is not None:
        return reach.all_systems or system in reach.system_ids
    return reach.organisation


def test_near_entries_are_those_within_reach():
    mine = [wrote(system_id=SYSTEMS[0]) for _ in range(2)]
    wrote(system_id=SYSTEMS[1])
    mine += [wrote(system_id=SYSTEMS[0]) for _ in range(3)]
    reach = Reach("x", system_ids=SYSTEMS[:1])

    older, newer = found_near(number=mine[2], reach=reach, each=2)

    assert [line.number for line in older] == [mine[1], mine[0]]
    assert [line.number for line in newer] == [mine[3], mine[4]]


def test_a_count_stops_one_above_the_most():
    for _ in range(4):
        wrote()

    assert found_count(wanted=Wanted(), reach=WHOLE, most=2) == 3


def test_an_exception_with_a_pattern_counts_only_what_matches():
    plain = Verb("request.refused", "", True, "refused")
    marked = Verb("ledger.counted", "", True, "lowered", '"how":"person"')
    refused = wrote(verb="request.refused")
    wrote(verb="ledger.counted", details={"how": "engine"})
    by_hand = wrote(verb="ledger.counted", details={"how": "person"})
    wrote()
    wanted = Wanted(exceptions=[plain, marked])

    assert numbers(wanted) == [by_hand, refused]
    assert counts_by_group(wanted=wanted, reach=WHOLE) == {"refused": 1, "lowered": 1}


def test_text_that_looks_like_a_pattern_is_no_exception():
    marked = Verb("ledger.counted", "", True, "lowered", '"how":"person"')

    wrote(verb="ledger.counted", details={"note": 'he wrote "how":"person"'})

    assert numbers(exceptions=[marked]) == []


def test_every_pattern_of_the_register_is_read_alike_by_python_and_the_database():
    bodies = [
        {"details": {"how": "person"}},
        {"details": {"set_up": True}},
        {"before": {"severity": "major"}, "after": {"severity": "minor"}},
        {"before": {"severity": "minor"}, "after": {"severity": "major"}},
    ]
    for verb in verbs.exceptions():
        made = [wrote(verb=verb.name, **body) for body in bodies]
        by_python = [
            row.pk for row in Entry.objects.filter(pk__in=made).order_by("-pk")
            if verb.marks(bytes(row.body))
        ]  # fmt: skip

        assert numbers(exceptions=[verb], number=None) == by_python, verb.name


def test_types_and_machines_are_those_that_stand_in_the_ledger():
    wrote(subject=("watch", "1", "w"))
    wrote(subject=("batch", "1", "b"), actor=ANNA)

    assert object_types() == ["batch", "watch"]
    assert at_once({"names": (MACHINES, ())})["names"] == [["anna"], ["evaluator"]]


def test_it_is_told_who_did_what_lately():
    wrote(actor=ANNA, subject=("ledger", "log", "log"))
    asked = {"actor_id": ANNA.id, "object_type": "ledger", "object_id": "log"}

    assert is_recorded(verb="ledger.heartbeat", since=AT - dt.timedelta(hours=1), **asked)
    assert not is_recorded(verb="ledger.heartbeat", since=AT, **asked)
    assert not is_recorded(verb="ledger.counted", since=AT - dt.timedelta(hours=1), **asked)


def test_an_entry_whose_verb_no_version_knows_any_more_is_still_read(monkeypatch):
    monkeypatch.setattr(verbs, "_verbs", dict(verbs.registered()))
    verbs.register("oracle.asked", "asked the oracle about")
    number = wrote(verb="oracle.asked")
    del verbs._verbs["oracle.asked"]

    (found,) = found_page(wanted=Wanted(), reach=WHOLE, before=None, limit=1)

    assert (found.number, found.words) == (number, "oracle asked")
