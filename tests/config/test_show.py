"""What the tags and filters of the design say and draw."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone, translation

from config import marks, words
from config.icons import ICONS

AT = datetime(2026, 11, 23, 7, 55, tzinfo=UTC)
HARD = "\u00a0"
NARROW = "\u202f"


def show(source: str, **context: object) -> str:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        return Template("{% load show %}" + source).render(Context({"at": AT, **context}))


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=2, hours=3, minutes=59), "in 2 d 3 h"),
        (timedelta(days=2), "in 2 d"),
        (timedelta(hours=4, minutes=25), "in 4 h 25 min"),
        (timedelta(hours=3, minutes=20), "in 3 h 20 min"),
        (timedelta(hours=24, seconds=-1), "in 23 h 59 min"),
        (timedelta(minutes=40, seconds=59), "in 40 min"),
        (timedelta(seconds=59), "in under a minute"),
        (timedelta(0), "in under a minute"),
        (timedelta(seconds=-1), "under a minute overdue"),
        (timedelta(minutes=-40), "40 min overdue"),
        (timedelta(hours=-3, minutes=-20), "3 h 20 min overdue"),
        (timedelta(days=-2, hours=-15), "2 d overdue"),
    ],
)
def test_what_is_left_is_said_in_words(length: timedelta, said: str) -> None:
    assert words.left(length) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [(timedelta(minutes=44), "44 min to spare"), (timedelta(hours=-2), "2 h late")],
)
def test_a_met_deadline_says_by_how_much(length: timedelta, said: str) -> None:
    assert words.spare(length) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ 0.148|points }}", "14.8 points"),
        ("{{ 0.0255|points:2 }}", "2.55 points"),
        ("{{ lower|points }}", "\u22120.6 points"),
        ("{{ nothing|points }}", "no data"),
        ("{{ 0.95|percent }}", f"95{HARD}%"),
        ("{{ 0.9128|percent:1 }}", f"91.3{HARD}%"),
        ("{{ nothing|percent }}", "no data"),
        ("{{ 48190|thin }}", f"48{NARROW}190"),
        ("{{ 1234567|thin }}", f"1{NARROW}234{NARROW}567"),
        ("{{ 7|thin }}", "7"),
        ("{{ '5d217c04a9e3'|short_hash }}", "5d21 7c04"),
        ("{{ '5d217c04a9e3'|short_hash:3 }}", "5d21 7c04 a9e3"),
        ("{{ 'Prof. Amara Okafor'|initials }}", "AO"),
        ("{{ 'Dr. Ines Maria Albrecht'|initials }}", "IA"),
        ("{{ 'Tomasz Zieliński'|initials }}", "TZ"),
        ("{{ 'Evaluator'|initials }}", "E"),
        ("{{ due|left:at }}", "in 4 h 25 min"),
        ("{{ earlier|since:at }}", "38 min"),
    ],
)
def test_a_filter_says(source: str, said: str) -> None:
    context = {
        "lower": -0.006,
        "nothing": None,
        "due": AT + timedelta(hours=4, minutes=25),
        "earlier": AT - timedelta(minutes=38),
    }

    assert show(source, **context) == said


def test_numbers_follow_the_language() -> None:
    with translation.override("de"):
        said = words.points(0.148)

    assert said.startswith("14,8")


def test_an_instant_is_shown_in_the_readers_zone_with_utc_beside() -> None:
    drawn = show("{% instant at %}")

    assert drawn == (
        '<time datetime="2026-11-23T07:55:00Z" title="2026-11-23 07:55:00 UTC">'
        "Mon 23 Nov 08:55</time>"
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% instant at 'long' %}", "Mon 23 Nov 2026 08:55:00"),
        ("{% instant at 'time' %}", "08:55"),
        ("{% instant at 'date' %}", "23 Nov 2026"),
        ("{% instant next_year %}", "Fri 1 Jan 2027 00:30"),
    ],
)
def test_an_instant_has_other_forms_and_names_another_year(source: str, said: str) -> None:
    drawn = show(source, next_year=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))

    assert f">{said}</time>" in drawn


@pytest.mark.parametrize("missing", [None, ""])
def test_an_instant_that_is_missing_shows_nothing(missing: object) -> None:
    assert show("{% instant when %}{% ledger_ref when %}", when=missing) == ""


@pytest.mark.parametrize(
    ("due", "state", "said"),
    [
        (timedelta(days=2), "running", "in 2 d"),
        (timedelta(minutes=60), "soon", "in 1 h"),
        (timedelta(minutes=-1), "overdue", "1 min overdue"),
    ],
)
def test_a_deadline_has_a_state_and_an_instant(due: timedelta, state: str, said: str) -> None:
    drawn = show("{% deadline due %}", due=AT + due)

    assert f'data-state="{state}"' in drawn
    assert said in drawn
    assert "<time datetime=" in drawn


@pytest.mark.parametrize(
    ("met", "state", "said"),
    [(-44, "met", "44 min to spare"), (120, "overdue", "2 h late")],
)
def test_a_deadline_that_was_met_says_so(met: int, state: str, said: str) -> None:
    drawn = show("{% deadline at met=met %}", met=AT + timedelta(minutes=met))

    assert f'data-state="{state}"' in drawn
    assert said in drawn


def test_a_deadline_without_an_instant_of_the_request_is_a_mistake() -> None:
    template = Template("{% load show %}{% deadline due %}")

    with pytest.raises(TemplateSyntaxError, match="needs `at`"):
        template.render(Context({"due": AT}))


@pytest.mark.parametrize("state", sorted(marks.STANDINGS))
def test_a_standing_is_a_shape_and_a_word_before_it_is_a_colour(state: str) -> None:
    drawn = show("{% status state %}", state=state)

    assert f'data-state="{state}"' in drawn
    assert "<use href=" in drawn
    assert f"{marks.STANDINGS[state][1]}</span>" in drawn


@pytest.mark.parametrize("state", ["", "inconclusive", "no_data", "NO_DATA"])
def test_what_is_not_known_is_never_shown_as_good(state: str) -> None:
    drawn = show("{% status state %}", state=state)

    assert 'data-state="none"' in drawn
    assert "i-check" not in drawn


def test_severity_has_four_bars_and_a_word() -> None:
    drawn = show("{% severity 'major' %}")

    assert drawn.count("<i>") == 4
    assert 'data-level="major"' in drawn
    assert drawn.endswith("Major</span>")


@pytest.mark.parametrize(("share", "width"), [(45, "45"), (-3, "0"), (130, "100"), (12.5, "12.5")])
def test_a_bar_needs_no_inline_style(share: float, width: str) -> None:
    drawn = show("{% bar share 'used' %}", share=share)

    assert f'<rect width="{width}"' in drawn
    assert "style" not in drawn


def test_an_icon_speaks_only_with_a_label() -> None:
    silent, spoken = show("{% icon 'check' %}"), show("{% icon 'check' 'Signed' %}")

    assert 'aria-hidden="true"' in silent
    assert 'role="img" aria-label="Signed"' in spoken


def test_on_paper_an_icon_is_drawn_in_place() -> None:
    drawn = show("{% status 'critical' %}", paper=True)

    assert "<use" not in drawn
    assert 'stroke="#a61c18"' in drawn
    assert "currentColor" not in drawn


def test_the_sprite_holds_every_icon_without_inline_style() -> None:
    sprite = show("{% icon_sprite %}")

    assert all(f'id="i-{name}"' in sprite for name in ICONS)
    assert "style=" not in sprite


def test_what_comes_from_people_is_escaped() -> None:
    hostile = "<b>Eve</b>"

    drawn = show(
        "{% person name name %}{% status 'ok' name %}{% bar 1 name %}{% deadline at note=name %}"
        "{% notice 'ok' title=name %}{{ name }}{% endnotice %}"
        "{% panel name id='a' foot=name %}{{ name }}{% endpanel %}",
        name=hostile,
    )

    assert hostile not in drawn
    assert drawn.count("&lt;b&gt;Eve&lt;/b&gt;") == 10


def test_a_notice_keeps_the_markup_between_its_tags() -> None:
    drawn = show('{% notice "critical" title="No." %}<a href="#a">Ask</a>{% endnotice %}')

    assert 'data-state="critical"' in drawn
    assert "<strong>No.</strong>" in drawn
    assert '<a href="#a">Ask</a>' in drawn


def test_only_the_panel_that_acts_is_raised() -> None:
    plain = show('{% panel "Facts" id="a" %}x{% endpanel %}')
    acting = show('{% panel "My vote" id="b" act=True due=at %}x{% endpanel %}')

    assert "panel--act" not in plain
    assert 'class="panel panel--act" aria-labelledby="b"' in acting
    assert "deadline" in acting


class SampleForm(forms.Form):
    reason = forms.CharField(help_text="One sentence")
    kind = forms.ChoiceField(choices=[("a", "A")])
    vote = forms.ChoiceField(choices=[("for", "For")], widget=forms.RadioSelect)
    long = forms.CharField(required=False, widget=forms.Textarea)
    read = forms.BooleanField()
    token = forms.CharField(widget=forms.HiddenInput)


def test_each_kind_of_field_is_laid_out_with_label_hint_and_error() -> None:
    form = SampleForm({"reason": ""})

    drawn = show('{% include "components/fields.html" %}', form=form)

    assert '<label for="id_reason">Reason' in drawn
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert 'class="select"' in drawn
    assert 'class="textarea"' in drawn
    assert drawn.count('class="choice"') == 2
    assert 'type="hidden" name="token"' in drawn


def test_errors_are_said_first_each_a_link_to_its_field() -> None:
    form = SampleForm({})

    drawn = show('{% include "components/errors.html" %}', form=form)

    assert "5 answers need mending" in drawn
    assert '<a href="#id_reason">Reason</a>: This field is required.' in drawn


def test_a_table_pairs_each_cell_with_its_column() -> None:
    columns = [{"label": "Week"}, {"label": "Gap", "num": True}, {"label": "Standing"}]
    rows = [{"cells": [{"text": "22 Nov"}, {"text": "14.8"}, {"state": "critical"}]}]

    drawn = show('{% include "components/table.html" %}', columns=columns, rows=rows)

    assert '<th scope="row">' in drawn
    assert '<td data-label="Gap" class="num">' in drawn
    assert "Critical" in drawn


def test_the_record_is_grouped_by_the_readers_day() -> None:
    entries = [
        {"at": datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "who": "A", "text": "x", "number": 2},
        {"at": datetime(2026, 11, 20, 12, 0, tzinfo=UTC), "who": "B", "text": "y", "number": 1},
    ]

    drawn = show('{% include "components/record.html" %}', entries=entries)

    assert drawn.index("Saturday 21 November") < drawn.index("Friday 20 November")
    assert ">00:30</time>" in drawn
