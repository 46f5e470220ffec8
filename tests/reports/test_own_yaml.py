"""YAML of own frameworks: every fault with its line, nothing passed over, nothing that harms."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports.rules.own_documents import condition_words, difference
from reports.rules.own_frameworks import MOST_CONTROLS, Known, read_framework
from reports.rules.plain_yaml import LONGEST, NotRead, decode
from tests.reports.own import EXAMPLE, SHORT

KNOWN = Known(
    sources=frozenset({"registry_record", "classification", "attached", "meetings"}),
    provisions=frozenset({"AIA-14"}),
    taken=frozenset({"ai-act"}),
)


def faults(text):
    return [(one.line, one.words) for one in read_framework(text, KNOWN).faults]


def with_lines(*lines):
    """Return the short framework with lines more in its control."""
    return SHORT + "".join(f"    {line}\n" for line in lines)


def test_the_short_one_is_understood_with_the_line_of_its_control():
    found = read_framework(SHORT, KNOWN)

    (one,) = found.document.controls
    assert found.faults == ()
    assert (found.document.kind, one.kind, one.number, one.line) == ("policy", "control", "S1", 6)


def test_words_that_yaml_would_make_into_something_else_stay_words():
    text = SHORT.replace("edition: '1'", "edition: 1.10").replace("Systems are known", "no")

    found = read_framework(text, KNOWN).document

    assert (found.edition, found.controls[0].title) == ("1.10", "no")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &x [1]\nb: *x\n", 1, "References"),
        ("a: 1\nb: *x\n", 2, "References"),
        ("a: !!python/object/apply:os.system [x]\n", 1, "Tags"),
        ("a: !custom 1\n", 1, "Tags"),
        ("---\nid: a\n---\nid: b\n", 3, "second document"),
        ("a: [[[[[[[[[1]]]]]]]]]\n", 1, "nested"),
        ("a: [" + "1," * 70_000 + "]\n", 1, "values"),
        ("id: a\nname: b\x00c\n", 2, "U+0000"),
        ("id: a\nname: b\x0bc\n", 2, "U+000B"),
        ('id: a\nname: "b\\0c"\n', 2, "U+0000"),
        ("id: a\nname: b\ud800c\n", 2, "U+D800"),
        ("id: a\n  name: b\n", 2, "no YAML"),
        ("? [a]\n: b\n", 1, "A name must be"),
        ("- a\n- b\n", 1, "names with values"),
        ("", 0, "nothing in it"),
        ("x" * (LONGEST + 1), 0, "512 KB"),
    ],
)
def test_what_is_hostile_or_broken_is_told_once_with_its_line(text, line, words):
    ((at, said),) = faults(text)

    assert at == line
    assert words in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("colour: red", "'colour' is not known"),
        ("title: Again", "'title' stands there twice"),
        ("owner: emperor", "'owner' stands there twice"),
        ("fresh_days: soon", "a number of days"),
        ("fresh_days: 0", "a number of days"),
        ("fresh_days: 99999999999999999999", "a number of days"),
        ("fresh_days: [1]", "a number of days"),
        ("parent: S9", "'S9' is no other control"),
        ("parent: S1", "'S1' is no other control"),
        ("applies_to: {kinds: [robot]}", "'robot' is none of"),
        ("applies_to: {weather: [rain]}", "'weather' is not known"),
        ("applies_to: {kinds: []}", "name at least one"),
        ("applies_to: agents", "names with values"),
        ("crosswalk: [{to: XX-1, confidence: low, why: Alike.}]", "'XX-1' is no shipped"),
        ("crosswalk: [{to: AIA-14, confidence: sure, why: Alike.}]", "'sure' is none of"),
        ("crosswalk: [{to: AIA-14, confidence: low}]", "why: it is missing"),
        ("crosswalk: AIA-14", "a list of at most"),
        ("shown_by: " + "x" * 501, "at most 500 characters"),
        ("shown_by: [a]", "a text is expected"),
    ],
)
def test_a_fault_of_a_control_is_told_on_its_line(more, words):
    found = faults(with_lines(more))

    assert len(found) == 1
    assert found[0][0] in (6, 11)
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("wants", "words"),
    [
        ("[horoscope]", "'horoscope' is no source"),
        ("[registry_record | horoscope]", "'horoscope' is no source"),
        ("[meetings +shown]", "one at least must count"),
        ("[]", "name at least one source"),
        ("{a: b}", "a list of words"),
    ],
)
def test_what_a_control_wants_must_be_a_source_that_counts(wants, words):
    found = faults(SHORT.replace("[registry_record]", wants))

    assert words in " ".join(said for _, said in found)
    assert {line for line, _ in found} == {9}


def test_every_fault_is_told_not_only_the_first():
    text = SHORT.replace("name: Short rules", "nome: Short rules").replace("S1", "a b")

    assert [line for line, _ in faults(text)] == [2, 3, 6]


def test_ids_that_differ_in_case_alone_are_doubled():
    text = SHORT + SHORT.partition("controls:\n")[2].replace("S1", "s1")

    assert faults(text) == [(11, "id: 's1' stands already on line 6.")]


def test_more_controls_than_anybody_judges_are_refused():
    one = SHORT.partition("controls:\n")[2]
    text = SHORT + "".join(one.replace("S1", f"T{n}") for n in range(MOST_CONTROLS))

    assert "at most 300" in faults(text)[0][1]


def test_a_file_that_is_no_utf_8_is_refused_with_its_line():
    with pytest.raises(NotRead) as refused:
        decode("id: a\nname: Größe\n".encode("latin-1"))

    assert refused.value.fault.line == 2


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it():
    assert decode(b"\xef\xbb\xbfid: a\n") == "id: a\n"


def test_a_difference_names_what_came_what_went_and_what_changed():
    before = read_framework(SHORT, KNOWN).document
    text = SHORT.replace("edition: '1'", "edition: '2'").replace("id: S1", "id: S2")
    after = read_framework(text, KNOWN).document

    found = [(one.control, one.what) for one in difference(before, after)]

    assert found == [("", "edition"), ("S2", "added"), ("S1", "taken away")]


def test_a_difference_says_wants_conditions_and_alignments_in_words():
    before = read_framework(SHORT, KNOWN).document
    text = with_lines(
        "applies_to: {kinds: [agent, multi_agent], risk: [high]}",
        "crosswalk: [{to: AIA-14, confidence: low, why: Alike.}]",
    ).replace("[registry_record]", "[registry_record, classification]")
    after = read_framework(text, KNOWN).document

    found = {one.what: one.after for one in difference(before, after)}

    assert found == {
        "wants": "registry_record; classification",
        "applies_to": "kind agent or multi agent; risk high",
        "crosswalk": "AIA-14 (low): Alike.",
    }


def test_no_condition_says_nothing():
    assert condition_words({}) == ""


@given(some.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text):
    found = read_framework(text, KNOWN)

    assert all(one.words and one.line >= 0 for one in found.faults)
    assert found.faults or found.document


@given(some.data())
def test_an_example_cut_or_mixed_is_understood_or_told(data):
    lines = EXAMPLE.read_text().splitlines()
    kept = data.draw(some.lists(some.sampled_from(lines), max_size=20))

    found = read_framework("\n".join(kept), KNOWN)

    assert bool(found.faults) == (found.document is None)
