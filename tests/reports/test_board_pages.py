"""Pages, API and paper of board reports and factors (REP-3, REP-6)."""

import io
import re
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse
from pypdf import PdfReader

from governance.models import BreachCause
from reports.models import ConsequenceFactor, Report
from reports.render.board import BOARD_REPORT, draw
from reports.selectors.board import report_page
from reports.services.board import write_narrative
from tests.governance.organisation import standing, threshold
from tests.governance.pages import queries, seen, signed_in, stand_at
from tests.incidents import factory as cases
from tests.incidents.factory import bring, opened
from tests.net import told
from tests.reports.board_house import (
    LATER,
    Q4,
    by,
    factor,
    issued,
    quarter_of_readings,
    report,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(LATER)
    yield
    stand_at(None)


@pytest.fixture
def of():
    return cases.house()


def page_of(row):
    """The address of a report."""
    return reverse("report", args=[row.number])


def test_the_list_says_what_reports_are_while_there_is_none(client, of):
    text = seen(client, "/reports/", of.compliance)

    assert "No report yet that you may read" in text
    assert "Begin a report" in text


def test_a_report_is_begun_written_and_issued_through_the_pages(client, of):
    quarter_of_readings(of)
    signed_in(client, of.compliance, entered=LATER)
    given = {"about": f"unit:{of.unit.pk}", "quarter": Q4.key}
    address = client.post("/reports/new/", given)["Location"]
    row = Report.objects.get()
    client.post(address, {"act": "write", "version": row.version, "summary": "Accuracy fell."})
    signed_in(client, of.executive, entered=LATER)
    shown = re.search(r'name="sha256" value="(\w{64})"', client.get(address).content.decode())
    client.post(address, {"act": "issue", "sha256": shown[1], "reason": "Read."})

    text = seen(client, address, of.auditor)

    assert "Issued" in text
    assert "reads as it was signed" in text
    assert "Accuracy fell." in text
    assert shown[1] in text


def test_without_a_factor_the_page_says_so_and_prints_no_consequence(client, of):
    quarter_of_readings(of)
    row = report(of)

    text = seen(client, page_of(row), of.executive)

    assert "not translated: no sourced factor" in text
    assert "a quarter lost" not in text


def test_with_a_factor_the_page_prints_the_consequence_and_its_source(client, of):
    quarter_of_readings(of)
    factor(of)
    row = report(of)

    text = seen(client, page_of(row), of.executive)

    assert "about 600 hours a quarter lost" in text
    assert "https://example.org/study-7" in text


def test_what_is_written_is_escaped(client, of):
    row = report(of)
    by(
        of.risk,
        write_narrative,
        report_id=row.pk,
        given={"summary": "<script>alert(1)</script>"},
        expected_version=row.version,
    )

    markup = signed_in(client, of.executive).get(page_of(row)).content.decode()

    assert "<script>alert(1)" not in markup
    assert "&lt;script&gt;alert(1)" in markup


def test_a_number_opens_to_its_readings_by_links_alone(client, of):
    quarter_of_readings(of)
    row = report(of)
    markup = signed_in(client, of.executive).get(page_of(row)).content.decode()
    (link, *_more) = re.findall(r'<td class="num"[^>]*><a href="([^"]+)">', markup)

    text = seen(client, link, of.executive)

    assert link == reverse("kpi", args=[of.system.slug, of.series.pk])
    assert "85" in text


def clicks_to_readings(client, link, most=3):
    """Return after how many clicks from a report its readings are shown; None beyond `most`."""
    waiting, seen_links = [link], set()
    for clicks in range(1, most + 1):
        following = []
        for address in waiting:
            page = client.get(address).content.decode()
            if ">The readings</h2>" in page:
                return clicks
            body = page.partition("<main")[2].partition("</main>")[0]
            found = re.findall(
                r'href="(/(?:systems|incidents|figures|reports|decisions)/[^"#]*)"', body
            )
            following += [one for one in found if one not in seen_links]
            seen_links |= set(found)
        waiting = [unescape(one) for one in dict.fromkeys(following)]
    return None


@told
def tied(of, *incidents):
    """Tie cases to the readings that they were opened for, as every breach is."""
    version = threshold(of)
    stands = standing(of, version)
    with cases.acting_as(cases.SETUP):
        for incident in incidents:
            BreachCause.objects.create(
                incident=incident, standing=stands, threshold_version=version,
                window_end=cases.AT, joined_at=cases.AT,
            )  # fmt: skip


def test_every_number_of_a_report_opens_to_its_readings_in_three_clicks(client, of):
    quarter_of_readings(of)
    factor(of)
    tied(of, bring(of, "CLOSED"), bring(of, "EXECUTION"))
    row = report(of)
    markup = signed_in(client, of.compliance).get(page_of(row)).content.decode()
    body = markup.partition('id="kpis"')[2].partition('id="decisions"')[0]
    cells = re.findall(r'<td class="num"[^>]*>(.*?)</td>|<dd>(.*?)</dd>', body, re.DOTALL)
    said = ["".join(cell) for cell in cells]
    numbers = [text for text in said if re.search(r"\d", re.sub(r"<[^>]*>", "", text))]

    links = [re.findall(r'<a href="([^"]+)"', text) for text in numbers]
    taken = {link: clicks_to_readings(client, unescape(link)) for one in links for link in one}

    assert len(numbers) >= 6
    assert [text for text, one in zip(numbers, links, strict=True) if not one] == []
    assert {link: count for link, count in taken.items() if count is None} == {}


def test_every_link_of_a_report_leads_somewhere(client, of):
    quarter_of_readings(of)
    factor(of)
    bring(of, "CLOSED")
    bring(of, "EXECUTION")
    row = report(of)
    markup = signed_in(client, of.compliance).get(page_of(row)).content.decode()
    body = markup.partition('id="kpis"')[2].partition('class="side"')[0]

    links = set(re.findall(r'href="(/[^"]*)"', body))

    assert len(links) >= 5
    assert {client.get(link).status_code for link in links} == {200}


def test_an_issued_report_that_was_tampered_with_is_told_as_broken(client, of, monkeypatch):
    row = issued(of, report(of))
    monkeypatch.setattr("reports.selectors.board.report_hash", lambda text: "0" * 64)

    text = seen(client, page_of(row), of.auditor)

    assert "Record changed since signing" in text
    assert "reads as it was signed" not in text


@pytest.mark.parametrize("who", ["owner", "deputy", "auditor"])
def test_the_review_of_a_system_is_read_by_its_owners_and_auditors_not_written(client, of, who):
    row = report(of, kind="review")

    text = seen(client, page_of(row), getattr(of, who))

    assert "Performance review" in text
    assert "Issue and sign" not in text
    assert "Draw the figures anew" not in text


def test_an_owner_does_not_read_the_board_s_report(client, of):
    row = report(of)

    seen(client, page_of(row), of.owner, status=404)


def test_a_stranger_finds_neither_report_nor_factor(client, of):
    row, held = report(of), factor(of)
    elsewhere = cases.house()

    seen(client, page_of(row), elsewhere.compliance, status=404)
    seen(client, reverse("consequence-factor", args=[held.pk]), elsewhere.risk, status=404)


def test_the_pages_take_as_many_queries_for_much_as_for_little(client, of):
    quarter_of_readings(of)
    bring(of, "EXECUTION")
    first = report(of, kind="review")
    signed_in(client, of.compliance)
    client.get("/reports/")
    little = queries(client, "/reports/"), queries(client, page_of(first))
    bring(of, "EXECUTION")
    for _number in range(3):
        opened(of)
    issued(of, first)
    second = report(of, kind="review")

    much = queries(client, "/reports/"), queries(client, page_of(second))

    assert much == little


def test_a_factor_is_drafted_and_approved_through_the_pages(client, of):
    signed_in(client, of.compliance)
    given = {
        "about": f"system:{of.system.pk}",
        "kpi": "accuracy",
        "measures": "money",
        "amount": "1500",
        "currency": "eur",
        "direction": "fall",
        "words": "Claims paid twice.",
        "source": "Audit 2026-7, page 3",
        "source_words": "Mean of 12 months.",
        "valid_from": "2026-01-01",
    }
    address = client.post("/consequence-factors/", given)["Location"]
    own = client.post(address, {"act": "approve", "reason": "Fine."})
    signed_in(client, of.risk)

    done = client.post(address, {"act": "approve", "reason": "Read."})

    row = ConsequenceFactor.objects.get()
    assert (own.status_code, done.status_code) == (400, 302)
    assert (row.state, row.currency, row.approved_by) == ("in_force", "EUR", of.risk)


def test_a_factor_without_a_source_stays_on_the_form(client, of):
    signed_in(client, of.compliance)

    answer = client.post("/consequence-factors/", {"kpi": "accuracy", "amount": "nan"})

    assert answer.status_code == 400
    assert ConsequenceFactor.objects.count() == 0


def test_the_api_does_what_the_pages_do(client, of):
    signed_in(client, of.compliance, entered=LATER)
    begun = client.post(
        "/api/v1/reports/",
        {"kind": "review", "quarter": Q4.key, "system": of.system.slug},
        content_type="application/json",
    )
    number = begun.json()["report"]["number"]
    address = f"/api/v1/reports/{number}"
    written = client.patch(
        address,
        {"summary": "Written."},
        content_type="application/json",
        headers={"If-Match": begun["ETag"]},
    )
    signed_in(client, of.executive, entered=LATER)
    done = client.post(
        f"{address}/issue",
        {"sha256": written.json()["shown_sha256"], "reason": "Read."},
        content_type="application/json",
    )

    assert (begun.status_code, written.status_code, done.status_code) == (201, 200, 200)
    assert done.json()["intact"] is True
    assert done.json()["content"]["narrative"]["summary"] == "Written."
    assert client.get("/api/v1/reports/").json()["results"][0]["number"] == number


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/v1/reports/", {"kind": "board", "quarter": "soon"}),
        ("post", "/api/v1/reports/", {"kind": "review", "quarter": "2026-Q4"}),
        ("post", "/api/v1/reports/", {"kind": "board", "quarter": "2026-Q4", "unit": str(uuid4())}),
        ("post", "/api/v1/consequence-factors/", {"kpi": "\x00", "amount": "1e999"}),
        ("get", "/api/v1/reports/?after=no", {}),
        ("get", "/reports/?after=2026-01-01T00:00:00%2B00:00|%00", {}),
    ],
)
def test_bad_input_is_refused_in_words_and_never_an_error(client, of, method, path, body):
    signed_in(client, of.compliance)
    extra = {"content_type": "application/json"} if method == "post" else {}

    answer = getattr(client, method)(path, body, **extra)

    assert answer.status_code == 400


def test_a_change_without_the_version_is_refused(client, of):
    row = report(of)
    signed_in(client, of.risk)

    answer = client.post(f"/api/v1/reports/{row.number}/draw", content_type="application/json")

    assert answer.status_code == 428


def test_the_paper_is_asked_for_by_number_by_who_may_read_it(client, of):
    row = report(of)
    signed_in(client, of.auditor)

    asked = client.post("/papers/board-report/", {"number": row.number})
    signed_in(client, cases.house().auditor)
    refused = client.post("/papers/board-report/", {"number": row.number})

    assert (asked.status_code, refused.status_code) == (302, 404)
    assert BOARD_REPORT.check({"number": row.number}, of.auditor, LATER).file_name.endswith(
        row.number
    )


@pytest.mark.full
def test_the_paper_is_tagged_and_holds_what_the_page_says(of):
    quarter_of_readings(of)
    factor(of)
    bring(of, "CLOSED")
    row = issued(of, report(of))

    made = draw(report_page(row))

    reader = PdfReader(io.BytesIO(made.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert [one.title for one in reader.outline if not isinstance(one, list)]
    assert row.number in text
    assert "hours a quarter lost" in text
    assert row.sha256[:8] in text.replace("\n", "")


def test_figures_without_a_reading_are_named_below_the_table_and_not_rows_of_it(client, of):
    row = report(of)

    text = seen(client, page_of(row), of.executive)

    assert "1 KPI without a valid reading in the quarter" in text
    assert "no data" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": Decimal("100")}, "100 hours"),
        ({"amount": Decimal("46.8")}, "46.8 hours"),
        ({"measures": "money", "currency": "EUR", "amount": Decimal("998.4")}, "998.40 EUR"),
    ],
)
def test_a_factor_is_written_as_people_write_amounts(client, of, changes, said):
    factor(of, **changes)

    text = seen(client, "/consequence-factors/", of.executive)

    assert said in text
