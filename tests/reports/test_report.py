"""REP-1: report.pdf is one tagged document of at most 40 pages that says where it was cut."""

import dataclasses
import gc
import weakref
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from governance.models import Standing
from reports.render import along, chain, drawer, fitting, pdf, report
from reports.render.claims import fingerprint
from reports.render.contents import lettered
from reports.render.fitting import Limits
from reports.render.pdf import to_pdf
from reports.render.sample import drawn_of
from reports.render.shown import STANDINGS, Listed, is_drawn, listed, worth
from reports.services import steps
from tests.reports import lived, packing, story

ROOM = 2.0


@pytest.fixture
def collected(monkeypatch):
    """Give what a pack's report is drawn from, without drawing it."""

    def collect(told, **wanted):
        kept = []

        def keep(data, content, beat):
            kept.append(dataclasses.replace(content, systems=list(content.systems)))
            raise pdf.PdfUnavailable("not wanted")

        with monkeypatch.context() as patch:
            patch.setattr(steps, "write_report", keep)
            packing.built(told, **wanted)
        return kept[0]

    return collect


class OneAtATime(Sequence):
    """Systems made when they are asked for; knows how many were alive together."""

    def __init__(self, like, count):
        self.like, self.count, self.most = like, count, 0
        self.alive = weakref.WeakSet()

    def __len__(self):
        return self.count

    def __getitem__(self, place):
        if place >= self.count:
            raise IndexError(place)
        ref = replace(self.like.scope.systems[0], slug=f"system-{place:02}")
        made = dataclasses.replace(self.like, scope=replace(self.like.scope, systems=[ref]))
        # It counts by identity, which equal values would hide.
        self.alive.add(Alive(made))
        if len(self.alive) > 2:
            # What nothing but a circle of its own holds is in memory no longer than it may be.
            gc.collect()
        self.most = max(self.most, len(self.alive))
        return made


class Alive:
    """A mark that lives as long as a system's content does."""

    def __init__(self, owner):
        object.__setattr__(owner, "mark", self)


def several(content, count):
    """Return the content as if there were so many systems."""
    one = content.systems[0]
    names = [f"system-{place:02}" for place in range(count)]
    refs = [replace(one.scope.systems[0], slug=name, name=name) for name in names]
    scope = replace(content.scope, systems=refs, breadth="organisation")
    return dataclasses.replace(content, scope=scope, systems=OneAtATime(one, count))


def boxes(box):
    """Yield a laid out box and all below it."""
    yield box
    for child in getattr(box, "children", ()):
        yield from boxes(child)


def too_wide(page):
    """Return the texts of a page that leave their cell or the page's own width."""
    found, right = [], page.content_box_x() + page.width
    for box in boxes(page):
        cell = type(box).__name__ == "TableCellBox"
        edge = box.content_box_x() + box.width if cell else right
        for inner in boxes(box) if cell or box is page else ():
            text = getattr(inner, "text", "").strip()
            if text and inner.position_y > page.content_box_y():
                wide = inner.position_x + inner.width - edge
                found += [text] if wide > ROOM else []
    return found


@pytest.mark.full
@pytest.mark.django_db
def test_the_report_along_the_act_is_tagged_linked_and_fits(law, collected, tmp_path):
    content = collected(lived.live_through(story.closed_story()), kind="eu_ai_act")

    pages, *_ = report.write_report(tmp_path, content, list)
    markup = report.html_of(content, Limits())

    document = PdfReader(tmp_path / "report.pdf")
    heads = [one.title for one in document.outline if not isinstance(one, list)]
    links = [
        note.get_object()
        for page in document.pages
        for note in page.get("/Annots", ())
        if note.get_object()["/Subtype"] == "/Link"
    ]
    wide = [text for page in layout(markup) for text in too_wide(page)]
    assert pages == len(document.pages) <= report.MOST_PAGES
    assert heads[:4] == [
        "Cover", "Contents by Annex IV and article", "Contents by section", "Open gaps",
    ]  # fmt: skip
    assert any("Annex IV, 1" in title for title in titles(document.outline))
    assert kinds(document) >= {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Figure", "/Link"}
    assert len(links) > 80
    assert {link["/Dest"] for link in links} <= set(document.named_destinations)
    assert wide == []


def layout(markup):
    """Return the laid out pages of a document."""
    weasyprint = drawer.load()
    sheets = [weasyprint.CSS(string=sheet) for sheet in pdf.sheets()]
    return [
        page._page_box for page in weasyprint.HTML(string=markup).render(stylesheets=sheets).pages
    ]


def titles(outline):
    """Yield the titles of an outline, those below others too."""
    for one in outline:
        yield from titles(one) if isinstance(one, list) else [one.title]


def kinds(document):
    """Return the kinds of elements in the structure tree."""
    found, waiting = set(), [document.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            found.add(node.get("/S"))
            waiting += [node["/K"]] if "/K" in node else []
    return found


@pytest.mark.full
@pytest.mark.django_db
def test_what_has_no_room_is_named_and_stands_in_annexes_with_the_same_bytes(
    law, collected, tmp_path, monkeypatch
):
    for module in (fitting, report):
        monkeypatch.setattr(module, "MOST_PAGES", 14)
    content = collected(lived.live_through(story.closed_story()), kind="eu_ai_act")

    first = report.write_report(tmp_path / "one", content, list)
    second = report.write_report(tmp_path / "two", content, list)

    names = sorted(path.relative_to(tmp_path / "one") for path in tmp_path.glob("one/**/*.pdf"))
    text = " ".join(
        " ".join(
            page.extract_text() for page in PdfReader(tmp_path / "one/report.pdf").pages
        ).split()
    )
    assert first == second
    assert first[0] <= 14
    assert "Where this document was cut" in text
    assert "data/annexes/controls-ai-act.pdf" in text
    assert "annexes/controls-ai-act.pdf" in [str(name) for name in names]
    assert [(tmp_path / "one" / name).read_bytes() for name in names] == [
        (tmp_path / "two" / name).read_bytes() for name in names
    ]


@pytest.mark.full
@pytest.mark.django_db
def test_of_many_systems_one_is_in_memory_at_a_time(collected):
    content = several(collected(story.closed_story()), 30)

    markup = report.html_of(content, Limits())

    assert content.systems.most <= 2
    assert markup.count('class="chapter"') == Limits().chapters
    assert "(16 of 30)" in markup
    assert "data/annexes/systems-01.pdf and on" in markup


def test_a_list_that_is_cut_keeps_its_newest_and_says_how_many_there_are():
    rows = Listed("motions", "decisions/", 2, key=lambda one: one)

    rows.add("Claims", [3, 1])
    rows.add("Triage", [2])

    assert [(row.of, row.it) for row in rows.rows] == [("Triage", 2), ("Claims", 3)]
    assert (rows.total, rows.cut) == (3, True)


def test_a_rule_of_a_unit_is_listed_once_for_all_its_systems():
    rows = Listed("rules", "policies/", 9, key=lambda one: one, once=lambda one: one)

    rows.add("Claims", ["small"])
    rows.add("Triage", ["small"])

    assert (len(rows.rows), rows.total) == (1, 1)


def test_the_gravest_gaps_stay_where_the_list_is_cut_in_the_order_of_their_letters():
    gaps = [
        SimpleNamespace(letter=letter, grave=grave)
        for letter, grave in zip("ABC", (1, 2, 0), strict=True)
    ]

    shown = listed("gaps", "exceptions/gaps.csv", gaps, 2, lambda gap: gap.grave)

    assert [row.it.letter for row in shown.rows] == ["A", "C"]
    assert shown.cut


def test_limits_shrink_until_nothing_more_can_be_left_out():
    limits, steps = Limits(), 0

    while not limits.least:
        limits, steps = limits.fewer(60), steps + 1

    assert steps < 30
    assert (limits.incidents, limits.charts, limits.chapters, limits.rows) == (0, 0, 0, 4)


@pytest.mark.parametrize(
    ("letters", "words"),
    [
        ((), ""),
        (("A",), "gap A"),
        (("A", "C"), "gaps A, C"),
        (tuple("ABCDE"), "gaps A, B, C and 2 more"),
    ],
)
def test_gaps_are_named_by_letter(letters, words):
    assert lettered(letters) == words


@pytest.mark.parametrize("state", [*Standing.State.values, ""])
def test_a_series_has_its_place_in_the_report_wherever_it_stands(state):
    series = SimpleNamespace(
        standing=state, breached=False, threshold=None, name="Accuracy", segment="", id=1
    )

    place = worth(series)

    assert place[1] in range(len(STANDINGS))


def test_a_line_is_drawn_through_three_readings_and_not_through_two():
    two, three = (SimpleNamespace(readings=[None] * count) for count in (2, 3))

    drawn = (is_drawn(two), is_drawn(three))

    assert drawn == (False, True)


def test_why_controls_do_not_apply_is_said_once_where_most_share_it():
    controls = [
        SimpleNamespace(state="not_applicable", by_law=words)
        for words in ("Not owed.", "Not owed.", "Not owed.", "Another reason.", "")
    ]

    shared = along.said_often(SimpleNamespace(controls=controls))
    alone = along.said_often(SimpleNamespace(controls=controls[2:]))

    assert (shared, alone) == ("Not owed.", "")


def test_lessons_given_as_the_reason_of_the_closing_stand_once_and_as_they_were_written():
    closing = SimpleNamespace(
        to_state="CLOSED", person="Lena", at=story.AT, reason="A slope rule.", entry=7
    )
    incident = SimpleNamespace(
        clocks=[], resolution="rolled_back", lessons="A slope rule.", transitions=[closing]
    )

    (step,) = chain._ends(incident)

    assert (step.lines, step.prose) == (("rolled back",), ("A slope rule.",))


def test_the_fingerprint_is_of_the_key_alone_and_not_of_its_name():
    one = fingerprint("log.example+1a2b3c4d+AQAB")
    other = fingerprint("elsewhere+99999999+AQAB")

    assert one == other
    assert len(one.replace(" ", "")) == 64


def test_the_sample_is_told_by_list_in_the_order_of_its_draw(tmp_path):
    rows = "".join(f"incidents,{place},INC-{place},ff\n" for place in range(1, 16))
    (tmp_path / "sample.csv").write_text(f"list,place,key,sha256\n{rows}ballots,1,B/1,ff\n")

    incidents, ballots = drawn_of(tmp_path / "sample.csv")

    assert (incidents.name, incidents.count, incidents.keys[0], incidents.more) == (
        "incidents", 15, "INC-1", 3,
    )  # fmt: skip
    assert (ballots.name, ballots.keys, ballots.more) == ("ballots", ["B/1"], 0)


def test_nothing_is_fetched_from_outside():
    with pytest.raises(drawer.FetchRefused):
        drawer.refuse("https://example.org/a.png")

    with pytest.raises(pdf.DrawingFailed):
        to_pdf("<h1>A <img src='https://example.org/a.png'></h1>", "a")

    assert to_pdf("<h1>A</h1>", "a").pages == 1
