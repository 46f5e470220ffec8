"""The desk's first line, its causes and its filters: right for none, one and many (issue 8, 2)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from outbox.rules.carriers import Item, compose
from outbox.rules.leads import Lead, LeadItem, lead_data, led
from reports.rules.desk import Desk, Headline, Root, Task, causes_among, together_url
from reports.rules.desk_filters import Asked, asked_in, asked_of, kept_of, plain_query
from reports.rules.desk_situation import situation_of
from reports.selectors.desk import grouped
from reports.selectors.desk_words import headline_of, say_of

AT = dt.datetime(2026, 11, 23, 7, 55, tzinfo=dt.UTC)
TONIGHT = dt.datetime(2026, 11, 23, 23, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
FEED = Root("policy-events", "policy-events", dt.datetime(2026, 11, 23, 1, 10, tzinfo=dt.UTC))


def task(number, **changes):
    """A case of system A that waits for the reader and is due in an hour."""
    values = {
        "key": f"incident:{number}",
        "title": f"Case {number}",
        "url": f"/incidents/INC-2026-{number:04}/",
        "text": "",
        "trail": "",
        "mine": True,
        "breaches": 1,
        "due": AT + HOUR,
        "system": "A",
        "system_slug": "a",
        "cause": "version 1",
        "command": "acknowledge",
        "step": "Acknowledge",
        "mark": f"INC-2026-{number:04}",
        "number": f"INC-2026-{number:04}",
    }
    return Task(**(values | changes))


def watch(number, **changes):
    """A watch of system B that somebody else answers."""
    values = {"key": f"watch:{number}", "mine": False, "system": "B", "command": "", "mark": ""}
    return task(number, **(values | changes))


def said(*tasks, also=0):
    """What the first line says of these."""
    found = situation_of(tasks, TONIGHT)
    return str(headline_of(found, also=also, zone=BERLIN, at=AT))


def feed(count, **changes):
    """So many cases of one feed, each in a system of its own."""
    return [task(100 + n, root=FEED, system=f"S{n}", **changes) for n in range(count)]


LATER = {"due": AT + 3 * DAY}
OTHERS = {"mine": False, "mark": "", "command": "", "system": "C"}


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ([], "Nothing waits for you."),
        ([task(1)], "1 breach: it needs you today."),
        ([task(1, **LATER)], "1 breach: it needs you later."),
        ([task(1, due=None)], "1 breach: it needs you later."),
        ([task(1, **OTHERS)], "1 breach: somebody has it."),
        ([watch(1)], "1 breach: it is a watch."),
        ([watch(1, mine=True)], "1 breach: it is a watch that asks you for one line."),
        ([task(1, breaches=3)], "3 breaches, 1 cause: 3 need you today."),
        (
            [task(1), task(2, **LATER)],
            "2 breaches, 1 cause: 1 needs you today; 1 needs you later.",
        ),
        (
            [task(1), task(2, **OTHERS)],
            "2 breaches, 2 causes: 1 needs you today; somebody has 1 of them.",
        ),
        (
            [watch(1), watch(2)],
            "2 breaches, 2 causes: 2 are watches.",
        ),
        (
            [*feed(9, mine=False), task(1), task(2), watch(3)],
            "12 breaches, 3 causes: 9 share a feed that stopped at 02:10; 2 need you today; "
            "1 is a watch.",
        ),
        (
            [*feed(9), task(1), task(2), watch(3, mine=True)],
            "12 breaches, 3 causes: 9 share a feed that stopped at 02:10 and wait for you; "
            "2 more need you today; 1 is a watch that asks you for one line.",
        ),
        (
            [task(1, root=FEED, breaches=9, mine=False), task(2)],
            "10 breaches, 2 causes: 9 share a feed that stopped at 02:10; 1 needs you today.",
        ),
    ],
)
def test_the_first_line_counts_each_breach_once(tasks, words):
    assert said(*tasks) == words


def test_a_single_silent_series_is_no_shared_feed():
    assert said(task(1, root=FEED), task(2)) == "2 breaches, 2 causes: 2 need you today."


def test_a_feed_that_stopped_on_another_day_says_the_day():
    root = Root("x", "x", FEED.began - 2 * DAY)

    words = said(task(1, root=root, breaches=4, mine=False))

    assert words == "4 breaches, 1 cause: 4 share a feed that stopped on 21 November at 02:10."


def test_of_many_feeds_two_are_named_and_the_rest_counts_by_what_it_needs():
    roots = [Root(str(n), str(n), FEED.began + n * HOUR) for n in range(3)]
    tasks = [task(n, root=root, breaches=5 - n, mine=False) for n, root in enumerate(roots)]

    words = said(*tasks)

    assert words == (
        "12 breaches, 3 causes: 5 share a feed that stopped at 02:10; "
        "4 share a feed that stopped at 03:10; somebody has 3 of them."
    )


@pytest.mark.parametrize(
    ("tasks", "also", "words"),
    [
        ([], 0, "No incident or watch is open in the systems that you see."),
        ([], 2, ""),
        ([task(1)], 0, ""),
        ([task(1)], 1, "1 other thing waits for you."),
        ([task(1, **OTHERS)], 2, "None of them needs you. 2 other things wait for you."),
    ],
)
def test_the_second_line_says_what_the_first_leaves_out(tasks, also, words):
    assert say_of(situation_of(tasks, TONIGHT), also=also) == words


def test_without_a_breach_the_first_line_tells_of_other_things():
    assert said(also=3) == "No breach is open; 3 other things wait for you."


def test_a_cause_is_one_row_that_stands_where_its_most_pressing_case_belongs():
    first, second, other = task(1), task(2, **LATER), task(3, system="B", **LATER)

    groups = grouped([first, second, other], TONIGHT)

    rows = [(group.id, [[one.number for one in row.tasks] for row in group.causes])
            for group in groups]  # fmt: skip
    assert rows == [
        ("today", [["INC-2026-0001", "INC-2026-0002"]]),
        ("later", [["INC-2026-0003"]]),
    ]


def test_causes_stand_by_their_nearest_deadline_and_a_watch_is_its_own():
    tasks = [task(1), watch(2), task(3, system="B"), task(4), watch(5)]

    found = [[one.key for one in cause] for cause in causes_among(tasks)]

    assert found == [
        ["incident:1", "incident:4"], ["watch:2"], ["incident:3"], ["watch:5"],
    ]  # fmt: skip


def test_a_cause_offers_one_step_for_all_that_wait_for_the_reader():
    (row,) = grouped([*feed(2), task(9, root=FEED, mine=False, mark="")], TONIGHT)[0].causes

    assert (row.act, row.breaches, len(row.own), row.due) == ("acknowledge", 3, 2, AT + HOUR)
    assert row.act_url == ("/desk/together/?act=acknowledge&case=INC-2026-0100&case=INC-2026-0101")


def test_steps_that_differ_are_not_one():
    (row,) = grouped([task(1), task(2, command="validate")], TONIGHT)[0].causes

    assert (row.act, row.act_url) == ("", "")


def test_an_address_of_several_holds_no_more_than_are_taken():
    url = together_url("assign", (f"INC-{n}" for n in range(80)))

    assert url.count("case=") == 50


def desk(*tasks):
    """A desk of these alone."""
    return Desk(Headline(""), "", grouped(tasks, TONIGHT), [], [], [], None, [], tasks=tasks)


def test_a_desk_offers_only_what_can_be_done_there():
    acts = [desk(*tasks).acts for tasks in (
        [task(1)], [task(1, command="validate")], [watch(1)],
        [watch(1, mine=True, command="answer_watch")],
    )]  # fmt: skip

    assert acts == [["acknowledge", "assign"], ["assign", "close"], [], ["acknowledge"]]


KEPT = [
    task(1),
    task(2, system_slug="b", command="validate", due=AT - HOUR),
    task(3, mine=False, due=None),
    watch(4, due=AT + 3 * DAY),
]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("", "1 2 3 4"),
        ("view=mine", "1 2"),
        ("view=others", "3"),
        ("view=watches", "4"),
        ("waits=validate", "2"),
        ("waits=others", "3 4"),
        ("system=b", "2"),
        ("due=overdue", "2"),
        ("due=today", "1 2"),
        ("due=week", "1 2 4"),
        ("due=none", "3"),
        ("waits=acknowledge&system=b", ""),
        ("waits=nonsense&due=soon&view=x", "1 2 3 4"),
    ],
)
def test_a_desk_is_narrowed_to_what_was_asked(asked, keys):
    found = kept_of(KEPT, asked_in(asked), at=AT, today_ends=TONIGHT)

    assert " ".join(one.key.partition(":")[2] for one in found) == keys


def test_what_was_asked_is_written_back_in_one_way():
    asked = asked_of({"due": "today", "waits": "vote", "system": "a\x00", "order": "x"})

    assert asked == Asked(waits="vote", system="a", due="today")
    assert asked_in(asked.query) == asked


def test_a_kept_query_of_a_list_has_no_place_in_it():
    found = (
        plain_query("desk", "due=today&javascript=1"),
        plain_query("incidents", "state=OPEN&after=abc"),
    )

    assert found == ("due=today", "state=OPEN")


LEAD = Lead(
    sentence="12 breaches, 3 causes: 2 need you today.",
    heading="Waits for you:",
    steps=[LeadItem("Gap by age", "INC-1 · Claims · Major", "Validate by noon", "https://x/1/")],
    more="3 other things wait for you.",
    url="https://x/",
    told="What you were to be told",
)


def test_a_digest_begins_with_the_desk_and_loses_no_notice():
    items = [Item("Answer INC-2", "body", "https://x/2/", "2", None, AT)]

    mail = led(LEAD, compose("digest", items))

    assert mail.subject == LEAD.sentence
    assert mail.body.startswith(f"{LEAD.sentence}\nhttps://x/\n\nWaits for you:\n\n1. Gap by age")
    assert all(part in mail.body for part in ("Validate by noon", LEAD.more, "Answer INC-2"))


def test_what_a_digest_is_drawn_from_is_plain_data():
    data = lead_data(LEAD, [("Answer INC-2", "")])

    assert data["steps"][0]["title"] == "Gap by age"
    assert data["notices"] == [{"subject": "Answer INC-2", "link": ""}]
