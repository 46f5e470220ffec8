"""The search: what is found, what never is, in which order, in how many queries.

Issue 8, deliverable 6; requirement GOV-4 (who sees what).
"""

import copy
import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.selectors.finding.entries import find as find_entry
from governance.selectors.meetings import meetings_visible_to
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.visibility import decisions_visible_to, systems_seen_by
from governance.selectors.policies import policies_visible_to
from incidents.selectors.acceptances import acceptances_visible
from incidents.selectors.visibility import incidents_visible_to
from ledger.models import Entry
from ledger.rules.refusals import Invalid
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_page
from outbox import clock
from registry import search_sources
from registry.models import Document, RoleAssignment, User
from registry.rules.searching import typed
from registry.search_sources import Source
from registry.selectors.access import people_seen_by
from registry.selectors.documents import works_here
from registry.selectors.search_reader import Reader
from registry.selectors.search_statement import Matches, Searchable
from registry.selectors.searching import search
from registry.selectors.suppliers import suppliers
from registry.selectors.systems import systems_visible_to
from registry.services.delegations import record_delegation
from reports.selectors.pack_rights import packs_for
from reports.selectors.report_rights import reports_visible_to
from telemetry.selectors.catalogue import kpis_seen, units_of_reader
from tests.governance.rounds import by
from tests.incidents import factory as cases
from tests.incidents.factory import AT, grant, person
from tests.registry.factories import unit
from tests.reports.search_hall import hall as made_hall
from tests.reports.search_hall import provisions

KINDS = (
    "systems", "incidents", "motions", "acceptances", "meetings", "minutes", "people", "kpis",
    "suppliers", "documents", "packs", "reports", "policies",
)  # fmt: skip
# Suppliers are the organisation's: whoever has a part in its work reads them.
OF_A_UNIT = tuple(kind for kind in KINDS if kind != "suppliers")
ROLES = sorted(set(RoleAssignment.Role.values))
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock_stands():
    clock.shift(AT - dt.datetime.now(dt.UTC))
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture(scope="module")
def standing_hall(django_db_setup, django_db_blocker):
    """The organisation with one of every kind, made once for a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield made_hall()
        transaction.set_rollback(True)


@pytest.fixture
def hall(standing_hall):
    """The same, as objects of each test's own: what a test changes is rolled back in the rows."""
    return copy.deepcopy(standing_hall)


@pytest.fixture
def stranger(db, hall):
    """Somebody who holds every role that there is, for another unit."""
    found = person(unit=unit())
    for role in ROLES:
        grant(found, role, unit=found.unit)
    return found


def insider(hall):
    """Somebody who may open everything of the house."""
    return hall.house.compliance


def found(text, user, **changes):
    """The groups of a search by kind."""
    return {one.name: one for one in search(text=text, user=user, at=AT, **changes).groups}


def urls(group):
    """The addresses of a group's hits."""
    return [one.url for one in group.hits]


def title(hit):
    """The title of a hit as one text."""
    return "".join(piece.text for piece in hit.title)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_by_who_may_open_it(db, hall, kind):
    text, url = hall.found_by[kind]

    groups = found(text, insider(hall))

    assert url in urls(groups[kind])


@pytest.mark.parametrize("kind", OF_A_UNIT)
def test_somebody_of_another_unit_finds_nothing_and_counts_nothing(hall, stranger, kind):
    text, url = hall.found_by[kind]

    answer = search(text=text, user=stranger, at=AT)
    of_kind = search(text=text, user=stranger, at=AT, kind=kind)

    assert [one for one in answer.groups if one.name == kind] == []
    assert url not in [hit.url for one in answer.groups for hit in one.hits]
    assert of_kind.shown == []


def test_who_has_no_part_in_the_organisation_finds_no_supplier(db, hall):
    text, _ = hall.found_by["suppliers"]

    assert found(text, person(unit=unit())) == {}


def test_words_of_what_is_hidden_are_not_offered_as_meant(hall, stranger):
    assert search(text="buget", user=insider(hall), at=AT).meant == "budget"
    assert search(text="buget", user=stranger, at=AT).meant == ""


def test_an_auditor_finds_nothing_after_the_end_of_the_audit(db, hall):
    text, url = hall.found_by["systems"]
    auditor = hall.house.auditor

    before = search(text=text, user=auditor, at=AT).groups
    after = search(text=text, user=auditor, at=AT + 400 * DAY).groups

    assert url in [hit.url for one in before for hit in one.hits]
    assert after == []


def test_who_is_deactivated_finds_nothing(db, hall):
    owner = User.objects.get(pk=hall.house.owner.pk)
    owner.is_active = False

    assert not search(text="claims", user=owner, at=AT).groups


def test_an_item_on_a_case_that_they_may_not_open_is_not_found_by_who_sees_the_meeting(db, hall):
    house = hall.house
    officer = person(unit=house.unit)
    grant(officer, "compliance", unit=house.unit)
    before = found("kestrel", officer, kind="minutes")["minutes"]
    with cases.acting_as(cases.SETUP):
        house.system.unit = unit()
        house.system.save(at=AT)

    after = found("kestrel", officer, kind="minutes")["minutes"]

    assert (before.total, after.total) == (2, 1)
    assert [title(hit) for hit in after.hits] == ["Kestrel budget"]


# What the search may show is what the pages' own selectors show.


@pytest.fixture
def plainly(monkeypatch):
    """Let conditions that a statement shares stand in each by themselves."""

    def shared(self, name, rows, *more, column="pk"):
        sql, params = rows.order_by().values("pk", *more).query.sql_with_params()
        return RawSQL(f"SELECT told.{column} FROM ({sql}) AS told", params)

    monkeypatch.setattr(Reader, "shared", shared)


def readers(hall):
    """People who see the house from all sides, and some who do not."""
    house, top = hall.house, hall.house.unit
    named = (house.owner, house.deputy, house.stranger, house.engineer, house.secretary,
             house.auditor, house.executive, hall.of.chair, hall.of.substitutes[0])  # fmt: skip
    of_system, outside, delegate_of, below = (person(unit=unit()) for _ in range(4))
    grant(of_system, "compliance", system=house.system)
    grant(outside, "executive", unit=outside.unit)
    grant(below, "board", unit=unit(parent=top))
    lent = {"principal_id": house.owner.pk, "delegate_id": delegate_of.pk, "reason": "On leave."}
    by(house.owner, record_delegation, from_at=AT, until_at=AT + DAY, at=AT, **lent)
    return (*named, of_system, outside, delegate_of, below)


def documents_shown(user):
    """What the pages of documents show."""
    mine = Q(system__in=systems_visible_to(user=user, at=AT))
    return Document.objects.filter(mine | Q(system=None) if works_here(user=user, at=AT) else mine)


def suppliers_shown(user):
    """What the pages of suppliers show."""
    return suppliers() if works_here(user=user, at=AT) else []


SAID_BY_PAGES = {
    "acceptances": lambda user: acceptances_visible(incidents_visible_to(user=user, at=AT)),
    "documents": documents_shown,
    "suppliers": suppliers_shown,
    "systems": lambda user: systems_seen_by(user=user, at=AT),
    "incidents": lambda user: incidents_visible_to(user=user, at=AT),
    "motions": lambda user: decisions_visible_to(user=user, at=AT),
    "meetings": lambda user: meetings_visible_to(user=user, at=AT),
    "people": lambda user: people_seen_by(user=user, at=AT).filter(kind="person"),
    "policies": lambda user: policies_visible_to(user=user, at=AT),
    "packs": lambda user: packs_for(user=user, at=AT),
    "reports": lambda user: reports_visible_to(user=user, at=AT),
    "kpis": lambda user: kpis_seen(
        units=units_of_reader(systems=systems_visible_to(user=user, at=AT), user=user, at=AT)
    ),
}


@pytest.mark.parametrize("kind", SAID_BY_PAGES)
def test_what_is_searched_is_what_the_pages_show(db, hall, plainly, kind):
    source = next(one for one in search_sources.registered() if one.name == kind)
    people = readers(hall)

    searched = [{row.pk for row in source.rows(Reader(user=one, at=AT))} for one in people]
    shown = [{row.pk for row in SAID_BY_PAGES[kind](one)} for one in people]

    assert searched == shown
    assert any(shown)
    assert not all(shown) or kind in ("people", "kpis", "policies", "documents", "suppliers")


def test_entries_are_found_by_whom_the_ledger_lets_read_them(db, hall, plainly):
    whole = Reach(actor_id="", all_systems=True, organisation=True)
    numbers = [
        one.number for one in found_page(wanted=Wanted(), reach=whole, before=None, limit=60)
    ]

    for user in readers(hall):
        reach = reach_of(user=user, at=AT)
        read = {n for n in numbers if found_page(
            wanted=Wanted(number=n), reach=reach, before=None, limit=1
        )}  # fmt: skip
        reader = Reader(user=user, at=AT)

        assert {n for n in numbers if find_entry(reader, typed(str(n)))} == read


# Order, exact hits, words.


def test_fraud_finds_fraud_scoring_and_marks_it(db, hall):
    with cases.acting_as(cases.SETUP):
        system = hall.house.system
        system.name = "Fraud scoring"
        system.save(at=AT)

    (hit,) = found("fraud", insider(hall))["systems"].hits

    assert title(hit) == "Fraud scoring"
    assert [piece.text for piece in hit.title if piece.marked] == ["Fraud"]


@pytest.mark.parametrize("text", ["clai", "claims", "CLAIM", "approvals", "claims-approval"])
def test_beginnings_and_forms_of_words_are_found(db, hall, text):
    _, url = hall.found_by["systems"]

    assert url in urls(found(text, insider(hall))["systems"])


@pytest.mark.parametrize("text", ["Schulungen", "Schulung", "schulun"])
def test_german_words_are_found_by_their_forms(db, hall, text):
    made = cases.opened(hall.house, title="Die Schulungen der Prüfer fehlen")

    assert f"/incidents/{made.number}/" in urls(found(text, insider(hall))["incidents"])


def test_every_word_must_occur(db, hall):
    assert "systems" not in found("claims elephants", insider(hall))


def test_the_end_of_a_number_finds_the_incident_first(db, hall):
    made = cases.opened(hall.house)
    end = str(int(made.number.rsplit("-", 1)[1]))

    first = search(text=end, user=insider(hall), at=AT).groups[0]

    assert first.hits[0].exact
    assert f"/incidents/{made.number}/" in [
        hit.url for one in search(text=end, user=insider(hall), at=AT).groups for hit in one.hits
        if hit.exact
    ]  # fmt: skip


def test_a_whole_number_opens_its_incident(db, hall):
    made = cases.opened(hall.house)

    assert search(text=made.number.lower(), user=insider(hall), at=AT).opens == (
        f"/incidents/{made.number}/"
    )


def test_a_number_with_its_sign_opens_the_entry(db, hall):
    auditor = insider(hall)
    (line,) = found_page(
        wanted=Wanted(object_type="incident"), reach=reach_of(user=auditor, at=AT), before=None,
        limit=1,
    )  # fmt: skip

    assert search(text=f"№ {line.number}", user=auditor, at=AT).opens == f"/ledger/{line.number}/"


@pytest.mark.parametrize("text", ["Art. 9", "article 9", "ACT-9"])
def test_an_article_opens_its_provision(db, hall, text):
    provisions()

    answer = search(text=text, user=insider(hall), at=AT)

    assert "/law/the-act/ACT-9/" in urls(found(text, insider(hall))["provisions"])
    assert answer.opens == ("/law/the-act/ACT-9/" if text != "ACT-9" else "")


def test_a_title_with_every_word_comes_before_a_text_with_them(db, hall):
    late = cases.opened(hall.house, title="Something", summary="The osprey reads forms.")
    early = cases.opened(hall.house, title="Osprey forms", summary="Nothing.", at=AT - DAY)

    assert urls(found("osprey forms", insider(hall))["incidents"]) == [
        f"/incidents/{early.number}/", f"/incidents/{late.number}/"
    ]  # fmt: skip


def test_more_than_are_counted_are_said_and_paged(db, hall, monkeypatch):
    for module in ("searching", "search_statement"):
        monkeypatch.setattr(f"registry.selectors.{module}.MOST", 4)
    monkeypatch.setattr("registry.selectors.searching.PAGE", 2)
    for _ in range(5):
        cases.opened(hall.house, title="A gannet fell")

    pages = [
        search(text="gannet", user=insider(hall), at=AT, kind="incidents", page=number)
        for number in (1, 2)
    ]

    assert [(one.shown[0].total, one.shown[0].more, one.pages) for one in pages] == [
        (4, True, 2)
    ] * 2
    assert len({hit.url for one in pages for hit in one.shown[0].hits}) == 4


@pytest.mark.parametrize("most", [3, 4, 200])
@pytest.mark.parametrize("who", ["compliance", "owner"])
def test_the_newest_are_found_first_however_few_are_looked_at_first(
    db, hall, monkeypatch, who, most
):
    for module in ("searching", "search_statement"):
        monkeypatch.setattr(f"registry.selectors.{module}.MOST", most)
    monkeypatch.setattr("registry.selectors.searching.PAGE", most)
    monkeypatch.setattr("registry.selectors.search_statement.WINDOW", 2)
    opened = [cases.opened(hall.house, title="A gannet fell", at=AT - n * DAY) for n in range(5)]

    group = found("gannet", getattr(hall.house, who), kind="incidents")["incidents"]

    assert urls(group) == [f"/incidents/{one.number}/" for one in opened][:most]
    assert (group.total, group.more) == (min(most, 5), most < 5)


def test_an_unknown_kind_is_refused(db, hall):
    with pytest.raises(Invalid) as refusal:
        search(text="claims", user=insider(hall), at=AT, kind="secrets")

    assert refusal.value.code == "unknown_kind"


@pytest.mark.parametrize("text", ["claims", "41", "№ 2", "kestral", "INC-2026-0001", "999999"])
@pytest.mark.parametrize("who", ["owner", "compliance", "stranger", "chair"])
def test_a_search_takes_at_most_ten_queries(db, hall, who, text):
    user = hall.of.chair if who == "chair" else getattr(hall.house, who)
    if text == "41":  # the number of an entry about a case that was decided
        begun = Entry.objects.filter(verb="acceptance.began").order_by("-id")
        text = str(begun.values_list("id", flat=True)[0])

    with CaptureQueriesContext(
        connection,
    ) as asked:
        search(text=text, user=user, at=AT)

    assert len(asked) <= 10


# Doors.

HOSTILE = [
    "'; DROP TABLE registry_user; --", "\0", "((((", "!!! & | <-> :*", "a:*b & !c", "\\", "%_%",
    "$1 %s {}", "№", "№ " + "9" * 40, "<script>alert(1)</script>", "ﬁ ² ½ ﷽ 𝔣𝔯𝔞𝔲𝔡 é",
    "e\u0301\u0302", "1e309 NaN -0 0x10", "the der und", "x" * 200, "\u202e\u200b", "'" * 200,
    "a' | 'b", "INC-2026-" + "0" * 9, "/../../etc", "👾", "1" * 200,
]  # fmt: skip


@pytest.fixture
def reader(db, hall):
    """A client of somebody who may open everything of the house."""
    found = Client()
    found.force_login(insider(hall))
    return found


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("address", ["/search/", "/api/v1/search/"])
def test_whatever_is_typed_gets_an_answer(reader, address, text):
    answer = reader.get(address, {"q": text})

    assert answer.status_code in (200, 302)
    assert address.startswith("/api/") or b"<script>alert" not in answer.content


@pytest.mark.parametrize("address", ["/search/", "/api/v1/search/"])
@pytest.mark.parametrize("given", [{"q": "x" * 10_000}, {"q": "a", "kind": "none\0"}])
def test_what_cannot_be_searched_is_refused_in_words(reader, address, given):
    answer = reader.get(address, given)

    assert answer.status_code == 400
    assert b"at most 200 characters" in answer.content or b"no such kind" in answer.content


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "\0", "²"])
def test_a_page_that_is_none_is_refused_by_the_api_and_the_first_one_in_the_browser(reader, page):
    given = {"q": "claims", "page": page}

    assert reader.get("/api/v1/search/", given).status_code == 400
    assert reader.get("/search/", given).status_code == 200


def test_the_page_groups_what_is_found_with_counts_and_marks(reader, hall):
    text, url = hall.found_by["systems"]

    page = reader.get("/search/", {"q": text}).content.decode()

    assert f'href="{url}"' in page
    assert "<mark>Claims</mark>" in page
    assert '<h2 class="h-plain" id="kind-systems">Systems</h2>' in page


def test_a_reference_is_opened_at_once(reader, hall):
    text, url = hall.found_by["incidents"]

    assert reader.get("/search/", {"q": text}).headers["Location"] == url


def test_an_empty_search_teaches_what_can_be_searched(reader):
    page = reader.get("/search/").content.decode()

    assert "What can be searched" in page
    assert "№ 48 190" in page


def test_a_slip_is_offered_as_a_link(reader):
    page = reader.get("/search/", {"q": "kestral"}).content.decode()

    assert '<a href="?q=kestrel">kestrel</a>' in page


def test_markup_in_a_title_stays_text(reader, hall):
    cases.opened(hall.house, title="A <b>puffin</b> & <script>x</script>")

    page = reader.get("/search/", {"q": "puffin"}).content.decode()

    assert "&lt;b&gt;<mark>puffin</mark>&lt;/b&gt; &amp; &lt;script&gt;" in page


def test_the_api_tells_the_same(reader, hall):
    text, url = hall.found_by["systems"]

    told = reader.get("/api/v1/search/", {"q": text}).json()

    (group,) = [one for one in told["groups"] if one["kind"] == "systems"]
    assert (group["total"], group["more"], group["hits"][0]["url"]) == (1, False, url)


def test_the_field_stands_on_every_page(reader):
    page = reader.get("/systems/").content.decode()

    assert 'aria-label="Search everything" method="get" action="/search/"' in page


def test_who_is_not_signed_in_is_sent_to_sign_in(db):
    assert Client().get("/search/", {"q": "a"}).status_code == 302
    assert Client().get("/api/v1/search/", {"q": "a"}).status_code in (401, 403)


# Indexes.

FEW = ("policies", "packs", "reports")
INDEXED = [
    one for one in search_sources.registered() if isinstance(one, Source) and one.name not in FEW
]


@pytest.mark.parametrize("source", INDEXED, ids=lambda one: one.name)
def test_each_kind_with_many_rows_is_served_by_its_index(db, hall, source):
    model = source.rows(Reader(user=insider(hall), at=AT)).model
    holds = Matches(Searchable(*source.words), Value("'kestrel':*"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")

    plan = model.objects.filter(holds).explain()

    assert f"search_{source.name}" in plan


def test_every_kind_is_asked_the_same_questions():
    assert {one.name for one in search_sources.registered()} == {*KINDS, "provisions", "entries"}
