"""Every file of a pack passes the validator of its own format; none goes unread (REP-1)."""

import csv
import hashlib
import io
import json
import re
import subprocess
import unicodedata
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from subprocess import PIPE

import bagit
import msgspec
import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft202012Validator
from pypdf import PdfReader

import countersign_verify
from ledger.context import acting_as
from ledger.rules.canonical import canonical
from ledger.rules.notes import head_of
from registry.models import Document, DocumentVersion
from reports.render.claims import fingerprint
from reports.rules.cells import is_safe
from reports.rules.conduct import (
    AcceptanceRecord,
    DraftRecord,
    DrillRecord,
    OrderRecord,
    ProgrammeRecord,
    ProposalRecord,
)
from reports.rules.decided import DecisionRecord, SignatureRecord
from reports.rules.frameworks import RowRecord, UploadRecord
from reports.rules.matters import IncidentRecord
from reports.rules.readings import ThresholdRecord
from reports.rules.shared import MeetingRecord, RequestRecord
from reports.rules.things import PolicyRecord, SystemRecord, VersionRecord
from tests.net import told as telling
from tests.reports import forging, lived, packing, story
from tests.reports.test_packs_along import told

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "br", "hr", "img", "link", "input", "col", "path", "line", "circle", "rect"}
# What a JSON file below data/ is of; the first that fits.
RECORDS = {
    r"incidents/": IncidentRecord,
    r"decisions/": DecisionRecord,
    r"policies/": PolicyRecord,
    r"systems/[^/]+/system\.json": SystemRecord,
    r"systems/[^/]+/versions\.json": list[VersionRecord],
    r"systems/": list[RowRecord],
    r"organisation/": list[RowRecord],
    r"signatures/": list[SignatureRecord],
    r"kpi/": list[ThresholdRecord],
    r"acceptances/proposal-": ProposalRecord,
    r"acceptances/": AcceptanceRecord,
    r"clocks/": DraftRecord,
    r"programmes/": ProgrammeRecord,
    r"orders/": OrderRecord,
    r"drills/": DrillRecord,
    r"meetings/": MeetingRecord,
    r"requests/": RequestRecord,
    r"uploads/": list[UploadRecord],
}


class Balanced(HTMLParser):
    """A page whose elements are closed in the order in which they were opened, ids once each."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.faults = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open += [] if tag in VOID else [tag]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def once(pairs):
    """Return an object; a key that stands twice is no JSON that everybody reads alike."""
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


def of_json(name, data):
    """A JSON file: UTF-8, no key twice, its record by JSON Schema, and there and back."""
    value = json.loads(data.decode("utf-8"), object_pairs_hook=once)
    kind = next((kind for start, kind in RECORDS.items() if re.match(f"data/{start}", name)), None)
    if kind is not None:
        Draft202012Validator(msgspec.json.schema(kind)).validate(value)
        held = msgspec.json.decode(data, type=kind, strict=True)
        assert msgspec.to_builtins(held) == msgspec.to_builtins(msgspec.json.decode(data))
    else:
        assert name.endswith(OTHERS), name


OTHERS = (
    "pack.json", "keys.json", "controls.json", "assessment-results.json", "mlbom.cdx.json",
    "statement-of-applicability.json", "framework.json",
)  # fmt: skip


def of_lines(name, data):
    """JSON lines: each canonical, each ended by LF alone."""
    lines = data.split(b"\n")
    assert lines.pop() == b""
    assert all(canonical(json.loads(line, object_pairs_hook=once)) == line for line in lines)


def of_csv(name, data):
    """CSV: UTF-8, LF, one head with each name once, every row as long as it, no cell that runs."""
    text = data.decode("utf-8")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert "\r" not in text.replace("\\r", "")
    assert len(set(head)) == len(head)
    assert all(head)
    assert {len(row) for row in rows} <= {len(head)}
    assert all(is_safe(cell) for row in [head, *rows] for cell in row)


def of_pdf(name, data):
    """A PDF: read strictly, tagged, with language, title, bookmarks, and nothing that runs."""
    document = PdfReader(io.BytesIO(data), strict=True)
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en"
    assert document.metadata.title
    assert document.outline
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert all("/Tabs" not in page or page["/Tabs"] == "/S" for page in document.pages)
    assert b"/JavaScript" not in data


def of_page(name, data):
    """A page: a doctype, a language, a title, elements that close, ids once each."""
    page = Balanced(text := data.decode("utf-8"))
    assert text.lower().startswith("<!doctype html>")
    assert '<html lang="en"' in text
    assert re.search(r"<title>[^<]+</title>", text)
    assert (page.open, page.faults) == ([], []), name
    assert len(set(page.ids)) == len(page.ids)


def of_leaves(name, data):
    assert len(data) > 0
    assert len(data) % 32 == 0


def of_text(name, data):
    assert unicodedata.normalize("NFC", text := data.decode("utf-8")) == text
    assert text.endswith("\n")
    assert "\r" not in text


def of_proof(name, data):
    first, place = data.decode().split("\n")[:2]
    assert first == "c2sp.org/tlog-proof@v1"
    assert place == f"index {Path(name).stem}"


def of_checkpoint(name, data):
    assert head_of(data.decode()).size > 0
    assert countersign_verify.parse_checkpoint(data).size > 0


def of_upload(name, data):
    assert hashlib.sha256(data).hexdigest() == Path(name).stem


FORMATS = (
    (r"data/uploads/[0-9a-f]{64}(\.\w+)?$", of_upload),
    (r".*\.csv$", of_csv),
    (r".*\.jsonl$", of_lines),
    (r"data/evidence/[^/]+\.json$", lambda name, data: json.loads(data, object_pairs_hook=once)),
    (r".*\.json$", of_json),
    (r".*\.pdf$", of_pdf),
    (r".*\.html$", of_page),
    (r".*\.yaml$", lambda name, data: yaml.safe_load(data)),
    (r"data/audit/leaf-hashes\.bin$", of_leaves),
    (r"data/audit/checkpoint$", of_checkpoint),
    (r"data/audit/proofs/\d+\.tlog-proof$", of_proof),
    (r"[^/]+\.(txt|note)$", of_text),
)


@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.usefixtures("law")
def test_every_file_of_a_pack_passes_the_validator_of_its_own_format(tmp_path):
    made = lived.live_through(told())
    pack = packing.built(made, kind="everything")
    files = forging.unpacked(packing.path_of(pack))
    zipfile.ZipFile(packing.path_of(pack)).extractall(tmp_path)
    results = tmp_path / pack.number / "data/oscal/assessment-results.json"

    unread, seen = [], set()
    for name, data in sorted(files.items()):
        check = next((check for form, check in FORMATS if re.match(form, name)), None)
        if check is None:
            unread.append(name)
        else:
            seen.add(check)
            check(name, data)
    bom = JsonStrictValidator(SchemaVersion.V1_6).validate_str(
        files["data/bom/mlbom.cdx.json"].decode()
    )
    oscal = subprocess.run(
        [ROOT / "bin/oscal-check", results], check=True, timeout=900, stdout=PIPE
    )

    assert unread == []
    assert len(seen) == len(FORMATS)
    assert bom is None
    assert json.loads(oscal.stdout)["results"] == 4
    assert bagit.Bag(str(tmp_path / pack.number)).is_valid()
    assert packing.faults_of(pack) == []


LAYOUT = (
    "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt",
    "tagmanifest-sha256.note", "VERIFY.txt", "data/index.html", "data/pack.json",
    "data/audit/log.jsonl", "data/audit/log.csv", "data/audit/leaf-hashes.bin",
    "data/audit/disclosures.jsonl", "data/audit/checkpoint", "data/audit/checkpoints.jsonl",
    "data/audit/keys.json", "data/iso42001/statement-of-applicability.json",
    "data/oscal/assessment-results.json", "data/bom/mlbom.cdx.json", "data/people/roles.csv",
    "data/people/training.csv",
)  # fmt: skip
FOLDERS = (
    "data/audit/proofs/", "data/iso42001/A.2/", "data/eu-ai-act/annex-iv/9/",
    "data/eu-ai-act/art26/", "data/eu-ai-act/art27/", "data/eu-ai-act/art72/",
    "data/eu-ai-act/art73/", "data/kpi/", "data/incidents/", "data/decisions/",
    "data/populations/", "data/exceptions/", "data/policies/",
)  # fmt: skip
EXCEPTIONS = (
    "emergency-stop", "lowered-severity", "silence", "acceptance", "break-glass", "recorded-vote",
)  # fmt: skip


@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.usefixtures("law", "without_pango")
def test_a_pack_is_laid_out_as_its_specification_says():
    made = lived.live_through(told())
    with acting_as(story.ENGINE):
        trained(made)
    pack = packing.built(made, kind="everything", recipient="authority")
    files = forging.unpacked(packing.path_of(pack))
    about, verify = json.loads(files["data/pack.json"]), files["VERIFY.txt"].decode()
    training = list(csv.DictReader(io.StringIO(files["data/people/training.csv"].decode())))

    missing = [name for name in LAYOUT if name not in files]
    missing += [top for top in FOLDERS if not any(name.startswith(top) for name in files)]
    missing += [one for one in EXCEPTIONS if f"data/exceptions/{one}.csv" not in files]

    assert missing == []
    assert {"scope", "caps", "redactions", "period", "as_of"} <= set(about)
    assert {"since", "until", "as_of", "generator"} <= set(about["scope"])
    assert f"{pack.number}.zip --key '{packing.log_key()}'\n" in verify
    assert f"{pack.number}.zip --key '{packing.log_key()}' --prev last.checkpoint" in verify
    assert fingerprint(packing.log_key()) in verify
    assert verify.index("WHAT IS PROVED") < verify.index("WHAT IS NOT")
    assert [(row["title"], row["system"], row["state"]) for row in training] == [
        ("Course on oversight", "claims-approval", "in_force")
    ]


@telling
def trained(made):
    """Keep a reviewed training record of the system."""
    people = made.people
    document = Document.objects.create(
        system=made.system, kind="training", title="Course on oversight", owner=people.maren,
        reviewer=people.tomasz, created_at=story.SINCE,
    )  # fmt: skip
    DocumentVersion.objects.create(
        document=document, number=1, sha256=story.digest("course"), size=1, media_type="text/plain",
        name="course.txt", uploaded_by=people.maren, uploaded_at=story.SINCE,
        valid_from=story.SINCE.date(), state="in_force", reviewed_by=people.tomasz,
        reviewed_at=story.SINCE,
    )  # fmt: skip
