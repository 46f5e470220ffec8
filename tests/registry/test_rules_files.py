"""REG-7: names of uploaded files are made harmless; what may not come is said by its name alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.files import LONGEST_NAME, extension_of, harmless_name, why_name_refused

NAMES = [
    ("report.pdf", "report.pdf"),
    ("../../etc/passwd.txt", "passwd.txt"),
    ("..\\..\\windows\\system32\\evil.PDF", "evil.pdf"),
    ("C:\\fakepath\\plan.docx", "plan.docx"),
    ("/abs/olute.csv", "olute.csv"),
    ("annexe\u202efdp.exe.pdf", "annexefdp.exe.pdf"),
    ("nul\x00l.pdf", "null.pdf"),
    ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie_ x=1.pdf"),
    ("zero\u200bwidth\ufeff.md", "zerowidth.md"),
    ("half\ud800.md", "half.md"),
    ("quo\"te's;$(rm).txt", "quo_te_s__(rm).txt"),
    ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
    ("CON.pdf", "_CON.pdf"),
    ("aux.tar.csv", "_aux.tar.csv"),
    (".htaccess", "htaccess"),
    ("...", "document"),
    ("", "document"),
    ("  .pdf", "pdf"),
    ("Übersicht für März.pdf", "Übersicht für März.pdf"),
    ("x" * 5000 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
]


@pytest.mark.parametrize(("given_name", "kept"), NAMES)
def test_a_name_loses_what_could_do_harm_and_keeps_the_rest(given_name, kept):
    assert harmless_name(given_name) == kept


@given(st.text(max_size=300))
def test_no_name_carries_a_path_a_control_character_or_too_much(text):
    kept = harmless_name(text)

    assert kept
    assert len(kept) <= LONGEST_NAME
    assert not set(kept) & set('/\\\x00\r\n"<>')
    assert kept.isprintable()
    assert not kept.startswith(".")


@given(st.text(max_size=200))
def test_a_harmless_name_stays_as_it_is(text):
    once = harmless_name(text)

    assert extension_of(harmless_name(once)) == extension_of(once)


@pytest.mark.parametrize(
    "name",
    ["a.svg", "a.html", "a.htm", "a.exe", "a.zip", "a.tar", "a.gz", "a.docm", "a.xlsm", "a.pptm",
     "a.js", "a.sh", "a.xml", "a.eml", "a.doc", "a.xls", "a", "a.pdf.exe", "a.php"],
)  # fmt: skip
def test_what_can_act_or_hide_is_refused_by_its_name(name):
    assert "We do not take" in why_name_refused(harmless_name(name))
