"""Packs of format 3: many systems or everything, as of an instant, with a sample (PAK-03)."""

import base64
import hashlib
import json

import pytest

import countersign_verify
from tests.verifier import making
from tests.verifier.conftest import run
from tests.verifier.test_packs import change_json, mended

FOLDER = f"{making.PACK}/data/populations"
NUMBERS = [f"INC-2026-{number:05}" for number in range(1, 41)]


def digest(root, name, key):
    """Return the digest of a row as VERIFY.txt says, made without the verifier's own code."""
    return hashlib.sha256("\n".join((root, name, key)).encode()).hexdigest()


def lists_of(root):
    """Return the lists of a pack and the sample that a root draws from them."""
    drawn = sorted((digest(root, "incidents", number), number) for number in NUMBERS)[:25]
    sample = ["list,place,key,sha256"]
    sample += [f"incidents,{place},{key},{sha}" for place, (sha, key) in enumerate(drawn, start=1)]
    files = {"sample.csv": "\n".join(sample)}
    for name, columns in countersign_verify.SAMPLED.items():
        files[f"{name}.csv"] = ",".join(["x", *columns])
    files["incidents.csv"] += "".join(f"\ny,{number}" for number in NUMBERS)
    return {f"{FOLDER}/{name}": f"{text}\n".encode() for name, text in files.items()}


def of_three(value):
    """Turn what a pack says of itself from format 2 to format 3."""
    stream, old = value.pop("stream"), value["scope"]
    value["format"] = 3
    value["scope"] = {
        "kind": "iso_42001", "breadth": "system", "recipient": "auditor",
        "subject": "Claims triage",
        "systems": [{"id": making.SYSTEM, "slug": "triage", "name": "Claims", "incidents": []}],
        "since": old["since"], "until": old["until"], "as_of": old["as_of"],
    }  # fmt: skip
    value["streams"] = [stream]
    value["log_scope"] |= {"everything": False, "systems": [making.SYSTEM]}


@pytest.fixture
def made(pack):
    """A ledger and a pack of format 3 of it."""
    ledger, files = pack
    head = countersign_verify.parse_checkpoint(files[f"{making.PACK}/data/audit/checkpoint"])
    root = base64.b64encode(head.root).decode()
    return ledger, mended(change_json(files | lists_of(root), of_three), ledger)


def test_a_pack_of_format_three_passes_and_prints_what_it_is_of(check, made):
    ledger, files = made

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (0, set())
    assert "iso_42001 for auditor: Claims triage" in said.words["scope"]
    assert "as of 20" in said.words["scope"]
    assert "25 rows of 11 lists" in said.words["sample"]


def test_a_line_later_than_the_instant_of_the_pack_is_caught(check, made):
    ledger, files = made
    files = change_json(files, lambda value: value["scope"].update(as_of=value["scope"]["since"]))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert said.failed == {"scope"}
    assert "later than the instant that the pack is as of" in said.words["scope"]


@pytest.mark.parametrize(
    ("change", "claim", "words"),
    [
        (lambda v: v["scope"]["systems"].clear(), "pack", "other systems in its scope"),
        (lambda v: v["streams"].append(v["streams"][0]), "pack", "a stream twice"),
        (lambda v: v["streams"].clear(), "pack", "other streams than its systems'"),
        (lambda v: v["log_scope"].update(everything=True), "pack", "not of the organisation"),
    ],
)
def test_a_scope_that_contradicts_itself_is_caught(check, made, change, claim, words):
    ledger, files = made

    said = check(mended(change_json(files, change), ledger), ledger.signer.vkey)

    assert said.failed == {claim}
    assert words in said.words[claim]


def test_a_pack_of_everything_that_is_silent_of_a_stream_is_caught(check, made):
    ledger, files = made

    def everything(value):
        value["log_scope"]["everything"] = True
        value["scope"]["breadth"] = "organisation"
        del value["streams"][0]

    said = check(mended(change_json(files, everything), ledger), ledger.signer.vkey)

    assert said.code == 1
    assert "complete" in said.failed


def test_a_pack_of_named_matters_claims_no_stream_and_says_so(check, made):
    ledger, files = made

    def named(value):
        value["scope"]["systems"][0]["incidents"] = [making.INCIDENT]
        value["streams"], value["log_scope"]["systems"] = [], []

    said = check(mended(change_json(files, named), ledger), ledger.signer.vkey)

    assert said.result["complete"] == "SKIP"
    assert "has no business in neighbours.jsonl" in said.words["scope"]


@pytest.mark.parametrize("change", ["drawn", "population", "gone", "foreign"])
def test_another_sample_than_the_root_draws_is_caught(check, made, change):
    ledger, files = made
    name = f"{FOLDER}/sample.csv"
    lines = files[name].decode().splitlines()
    if change == "drawn":
        files = files | {name: "\n".join([*lines[:-1], ""]).encode()}
    elif change == "population":
        files = files | {f"{FOLDER}/incidents.csv": b"x,number\ny,INC-2026-00001\n"}
    elif change == "gone":
        files = {path: data for path, data in files.items() if path != name}
    else:
        files = files | {name: "\n".join([*lines, "teapots,1,x,y", ""]).encode()}

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert said.failed == {"sample"}


def test_a_sample_is_drawn_for_who_asks_and_grows_from_the_same_rows(made, tmp_path):
    ledger, files = made
    path = tmp_path / "subject.zip"
    path.write_bytes(making.zipped(files))

    few, more = (
        json.loads(
            run(path, "--key", ledger.signer.vkey, "--json", "--sample", "incidents", count).text
        )["drawn"]
        for count in ("5", "9")
    )

    assert (len(few), len(more)) == (5, 9)
    assert more[:5] == few
    assert [item["sha256"] for item in few] == sorted(item["sha256"] for item in few)


@pytest.mark.parametrize("given", [("teapots", "5"), ("incidents", "0"), ("incidents", "many")])
def test_a_sample_that_cannot_be_is_wrong_usage(made, tmp_path, given):
    ledger, files = made
    path = tmp_path / "subject.zip"
    path.write_bytes(making.zipped(files))

    said = run(path, "--key", ledger.signer.vkey, "--sample", *given)

    assert said.code == 2
    assert "--sample" in said.errors
