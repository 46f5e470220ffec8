"""Every rule of the template lint is planted once and caught; what is allowed stays silent."""

from pathlib import Path

import pytest

from tests.checks.lint_templates import lint, main

PLANTED = [
    ("style", '<p style="color:red">x</p>'),
    ("style", "<p class=a\n style='x'>x</p>"),
    ("style", '<p {% if x %}style="a"{% endif %}>x</p>'),
    ("style", "<style>p{}</style>"),
    ("handler", '<a href="#" onclick="go()">x</a>'),
    ("handler", '<div hx-on:click="go()">x</div>'),
    ("handler", '<a href="javascript:go()">x</a>'),
    ("host", '<script src="https://cdn.example/x.js"></script>'),
    ("host", '<img alt="" src="//elsewhere.example/x.png">'),
    ("script", "<script>go()</script>"),
    ("script", """<div hx-vals='js:{a: 1}'></div>"""),
    ("words", "<button>Submit</button>"),
    ("words", '<input type="submit" value="Submit">'),
    ("words", "<p>Oops, something happened</p>"),
    ("query", "{% for one in system.incidents.all %}x{% endfor %}"),
    ("query", "{% for one in Incident.objects.newest %}x{% endfor %}"),
    ("query", "{{ system.incident_set }}"),
    ("permission", "{% if perms.incidents.validate %}x{% endif %}"),
    ("permission", "{% if request.user.is_staff %}x{% endif %}"),
    ("permission", "{% if a %}{% elif user.role == 'auditor' %}x{% endif %}"),
    ("permission", "{% load rules %}"),
    ("unsafe", "{{ text|safe }}"),
    ("csrf", '<form method="post"><button>Sign my vote</button></form>'),
    ("csrf", "<form><button>Sign my vote</button></form>"),
    ("scope", "<table><tr><th>When</th></tr></table>"),
    ("label", '<input name="reason">'),
    ("label", '<input name="reason" id="a"><label for="b">Reason</label>'),
    ("label", '<select name="x"></select>'),
    ("label", '<label>Seen</label><textarea name="x"></textarea>'),
    ("alt", '<img src="/static/x.svg">'),
    ("button", '<button>{% icon "check" %}</button>'),
]
ALLOWED = [
    '<p class="label">x</p>',
    "<p data-on='x'>style=\"in words\"</p>",
    "<script src=\"{% static 'countersign.js' %}\" defer></script>",
    '<script type="application/json" id="x">{}</script>',
    '<a href="https:">x</a>',
    '<form method="get"><button>Search</button></form>',
    '<form method="post">{% csrf_token %}<button>Sign my vote</button></form>',
    '<th scope="col"{% if x %} class="num"{% endif %}>When</th>',
    '<input type="hidden" name="x">',
    '<label for="{{ id }}">Reason</label><input id="{{ id }}" name="x">',
    '<label class="choice"><input type="radio" name="x"><span>For</span></label>',
    '<input aria-label="Search" name="q">',
    '<button aria-label="Close">{% icon "no" %}</button>',
    "{# <p style='x'> in a comment #}<p>x</p>",
    "{% comment %}<form></form>{% endcomment %}",
    '<p style="x">x</p>{# lint: allow style #}',
    "{{ incident.filtered }} {{ allowance }}",
]


@pytest.mark.parametrize(("rule", "planted"), PLANTED)
def test_a_planted_violation_is_caught(rule: str, planted: str) -> None:
    found = lint(f"<div>\n{planted}\n</div>")

    assert rule in {finding.rule for finding in found}


@pytest.mark.parametrize("written", ALLOWED)
def test_what_is_in_order_is_silent(written: str) -> None:
    found = lint(f"<div>\n{written}\n</div>")

    assert found == []


def test_a_finding_names_the_line() -> None:
    (found,) = lint('<div>\n{# a\ncomment #}\n\n<img src="/x.png">\n</div>')

    assert found.line == 5


def test_the_script_says_where_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "templates" / "page.html"
    page.parent.mkdir()
    page.write_text("<p>fine</p>\n<button>Submit</button>")

    code = main(tmp_path)

    assert code == 1
    assert "templates/page.html:2: words" in capsys.readouterr().out


def test_the_script_passes_a_clean_folder(tmp_path: Path) -> None:
    page = tmp_path / "templates" / "page.html"
    page.parent.mkdir()
    page.write_text("<p>fine</p>")

    code = main(tmp_path)

    assert code == 0


def test_a_folder_without_templates_proves_nothing_and_fails(tmp_path: Path) -> None:
    code = main(tmp_path)

    assert code == 1


def test_our_own_templates_are_clean() -> None:
    code = main()

    assert code == 0
