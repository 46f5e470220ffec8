"""What makes a control satisfied, partial, stale or missing (GOV-3), and on a later day (MS-6)."""

import datetime as dt
import itertools

import pytest

from reports.rules.control_map import MapFault, faults_of, parse_map, parse_need
from reports.rules.controls import (
    Control,
    counts,
    judge,
    on_day,
    sentence,
    work_of,
)
from reports.rules.evidence import (
    Found,
    Piece,
    Places,
    Source,
    Subject,
    evidence_of,
)

AT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HERE = Places(path="/systems/which-system/plans/", people="")
CLAIMS = Subject(id="1", slug="claims", name="Claims", owner="Jonas Weber")
CHAT = Subject(id="2", slug="chat", name="Chat", owner="Priya Raman")


def source(**changes):
    """Return a source of systems whose pieces last 30 days."""
    values = {
        "id": "plan",
        "label": "Plan",
        "kind": "decision",
        "level": "system",
        "gap": "Plan it.",
        "owner": "owner",
        "page": "systems",
        "days": 30,
    }
    return Source(**(values | changes))


def seen(*, age=1, count=1, lacks=""):
    """Return a piece that is so many days old."""
    return Piece(count=count, newest=AT - age * DAY, lacks=lacks)


def shown(claims=None, chat=None, **changes):
    """Return what the source shows of two systems; None is a system that it does not concern."""
    pieces = {"1": claims, "2": chat}
    found = Found(systems={key: piece for key, piece in pieces.items() if piece is not None})
    return evidence_of(source(**changes), found, [CLAIMS, CHAT], HERE)


def named(name, **changes):
    """Return evidence of another source."""
    return shown(seen(), seen(), **({"id": name} | changes))


def control(*evidence, wants=("plan",), **changes):
    """Return a control with its state at AT."""
    need = parse_need(list(wants), owner="owner")
    state, missing = judge(need, evidence, AT)
    values = {
        "provision": "X-1",
        "framework": "x",
        "reference": "1",
        "title": "One",
        "kind": "control",
        "applies": "yes",
        "state": state,
        "evidence": evidence,
        "through": (),
        "newest": None,
        "fresh_until": None,
        "owner": "",
        "missing": missing,
        "need": need,
    }
    return Control(**(values | changes))


@pytest.mark.parametrize(
    ("claims", "chat", "state"),
    [
        (seen(), seen(), "satisfied"),
        (seen(), None, "satisfied"),
        (seen(), Piece(), "partial"),
        (seen(), seen(lacks="not said who"), "partial"),
        (seen(lacks="not said who"), seen(lacks="not said who"), "partial"),
        (seen(age=31), seen(), "stale"),
        (seen(age=31), seen(age=99), "stale"),
        (seen(age=31), Piece(), "partial"),
        (Piece(), Piece(), "missing"),
        (None, None, "missing"),
    ],
)
def test_the_state_follows_from_what_is_there_whole_and_fresh(claims, chat, state):
    evidence = shown(claims, chat)

    assert control(evidence).state == state


def test_a_piece_counts_as_too_old_from_the_very_instant_of_its_end():
    evidence = shown(seen(age=30), seen(age=29))

    assert evidence.standing(AT) == "stale"
    assert evidence.stale(AT) == 1


def test_its_own_end_stands_above_the_days_of_the_source():
    piece = Piece(count=1, newest=AT - 99 * DAY, until=AT + DAY)

    evidence = shown(piece)

    assert evidence.fresh_until == AT + DAY
    assert evidence.standing(AT) == "present"


def test_what_concerns_nobody_neither_helps_nor_hinders():
    idle = shown(id="agents", idle="None is an agent.")

    state, missing = judge(parse_need(["plan", "agents"], owner="owner"), [named("plan"), idle], AT)

    assert (state, missing) == ("satisfied", ())


def test_where_nothing_has_happened_the_control_is_missing_and_says_so():
    idle = shown(id="cases", idle="No incident in the period.")

    state, missing = judge(parse_need(["cases"], owner="owner"), [idle], AT)

    assert state == "missing"
    assert missing == ("Nothing has happened yet that could show it. No incident in the period.",)


def test_what_concerns_nobody_cannot_stand_in_for_what_is_missing():
    idle = shown(id="orders", idle="None is live.")
    missing = shown(Piece(), Piece())

    state, _ = judge(parse_need(["plan | orders"], owner="owner"), [missing, idle], AT)

    assert state == "missing"


def test_a_reviewed_upload_stands_in_only_where_the_map_lets_it():
    upload = named("attached", level="system")
    missing = shown(Piece(), Piece())

    with_it, _ = judge(parse_need(["plan +upload"], owner="owner"), [missing, upload], AT)
    without, _ = judge(parse_need(["plan"], owner="owner"), [missing, upload], AT)

    assert (with_it, without) == ("satisfied", "missing")


def test_what_is_only_shown_counts_for_nothing():
    extra = shown(Piece(), Piece(), id="extra")

    state, _ = judge(
        parse_need(["plan", "extra +shown"], owner="owner"), [named("plan"), extra], AT
    )

    assert state == "satisfied"


def test_a_want_without_any_evidence_is_missing():
    state, missing = judge(parse_need(["plan"], owner="owner"), [], AT)

    assert (state, missing) == ("missing", ("No source is known for it",))


def test_a_gap_names_the_system_what_is_wrong_where_and_who_mends_it():
    evidence = shown(seen(), Piece(lacks="no plan"))

    assert evidence.coverage == "1 of 2 systems"
    assert evidence.gap == "Chat: no plan. Plan it."
    assert evidence.owner == "Priya Raman"
    assert evidence.path == "/systems/chat/plans/"


def test_on_a_later_day_what_has_run_out_is_stale():
    today = control(shown(seen(age=1), seen(age=20)))

    then = on_day(today, (AT + 15 * DAY).date(), at=AT + 15 * DAY, now=AT)

    assert (today.state, then.state) == ("satisfied", "stale")
    assert then.missing == ("Plan: too old since 2026-12-01 for 1 of 2 systems",)


def test_readings_that_flow_today_are_taken_to_flow_on_and_silent_ones_are_not():
    flowing = control(shown(seen(age=1), flows=True))
    silent = control(shown(seen(age=31), flows=True))

    later = [on_day(one, AT.date(), at=AT + 90 * DAY, now=AT) for one in (flowing, silent)]

    assert [one.state for one in later] == ["satisfied", "stale"]


def test_a_duty_applies_once_its_date_has_come():
    one = control(named("plan"), applies="later", due=dt.date(2027, 12, 2))

    before = on_day(one, dt.date(2027, 12, 1), at=AT, now=AT)
    then = on_day(one, dt.date(2027, 12, 2), at=AT, now=AT)

    assert (before.applies, then.applies) == ("later", "yes")


def test_what_is_not_applicable_stays_so_on_every_day():
    one = control(shown(Piece()), state="not_applicable", reason="signed")

    assert on_day(one, AT.date(), at=AT + 900 * DAY, now=AT) is one


def test_work_stands_in_the_order_in_which_it_helps_most():
    old, gone = shown(seen(age=31), id="old", label="Old"), shown(Piece(), id="gone", label="Gone")
    free = shown(Piece(), id="free", label="Free")
    rows = [
        control(old, wants=["old"], provision="A"),
        control(gone, wants=["gone"], provision="B"),
        control(gone, wants=["gone"], provision="C"),
        control(free, wants=["free"], provision="D", applies="later"),
        control(free, wants=["free"], provision="E", applies="open"),
        control(free, wants=["free"], provision="F", state="not_applicable"),
    ]

    work = work_of(rows, AT)

    assert [one.label for one in work] == ["Gone", "Old", "Free"]
    assert work[0].controls == ("B", "C")
    assert work[2].controls == ("D", "E")


def test_the_leading_sentence_counts_every_state():
    rows = [control(named("plan")), control(shown(Piece()))]

    assert sentence("ISO/IEC 42001", counts(rows)) == (
        "ISO/IEC 42001: 1 satisfied, 0 partial, 0 stale, 1 missing"
    )


PIECES = [
    None,
    *(
        Piece(count=count, newest=newest, lacks=lacks)
        for count in (0, 1)
        for newest in (None, AT, AT - 99 * DAY)
        for lacks in ("", "wrong")
    ),
]


@pytest.mark.parametrize("pair", list(itertools.product(PIECES, PIECES)))
def test_nothing_unknown_is_ever_satisfied(pair):
    concerned = [one for one in pair if one is not None]

    state = control(shown(*pair)).state

    whole = all(one.count and not one.lacks for one in concerned)
    fresh = all(one.newest is None or one.newest > AT - 30 * DAY for one in concerned)
    assert (state == "satisfied") == bool(concerned and whole and fresh)


def document(**changes):
    """Return the smallest map."""
    row = {
        "label": "Plan",
        "kind": "decision",
        "level": "system",
        "gap": "Plan it.",
        "owner": "owner",
        "page": "systems",
    }
    base = {
        "version": "1",
        "sources": {"plan": row},
        "provisions": {"X-1": {"wants": ["plan"], "owner": "risk"}},
    }
    return base | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"provisions": {"X-1": {"wants": ["nothing"], "owner": "risk"}}},
        {"provisions": {"X-1": {"wants": ["plan"], "owner": "nobody"}}},
        {"provisions": {"X-1": {"wants": [], "owner": "risk"}}},
        {"sources": {"plan": document()["sources"]["plan"] | {"kind": "rumour"}}},
        {"sources": {"plan": document()["sources"]["plan"] | {"level": "planet"}}},
    ],
)
def test_a_map_that_says_what_cannot_be_is_refused(wrong):
    with pytest.raises(MapFault):
        parse_map(document(**wrong))


def test_a_source_that_nobody_gives_and_one_that_nobody_names_are_found():
    known = parse_map(document())

    assert faults_of(known, sources=["plan"]) == ["the source attached is not in controls.yaml"]
    assert "controls.yaml names plan, which no source gives" in faults_of(known, sources=["other"])
    assert "the source other is not in controls.yaml" in faults_of(known, sources=["other"])
