"""REG-7: what comes by upload is what it says, holds nothing that acts, and is kept by its hash."""

import datetime as dt
import hashlib
import io
import os
import zipfile

import pytest

from ledger.rules.refusals import Invalid, TooLarge
from registry.services import files
from registry.services.files import keep_file, open_kept, path_of, sweep_orphans
from tests.registry.factories import AT
from tests.registry.uploads import (
    JPEG,
    PDF,
    PNG,
    SVG,
    archive,
    gzip_body,
    package,
    types,
    upload,
)


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    files._last_swept.clear()
    return tmp_path


GOOD = [
    ("plan.pdf", PDF, "application/pdf"),
    ("a.png", PNG, "image/png"),
    ("a.jpg", JPEG, "image/jpeg"),
    ("a.JPEG", JPEG, "image/jpeg"),
    ("a.docx", package("docx"), files.TYPES["docx"]),
    ("a.xlsx", package("xlsx"), files.TYPES["xlsx"]),
    ("a.pptx", package("pptx"), files.TYPES["pptx"]),
    ("a.txt", "Grüße\n\tund mehr".encode(), "text/plain"),
    ("a.md", b"# Head\n<b>inline</b>\n", "text/markdown"),
    ("a.csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", "text/csv"),
    ("a.json", b'{"a": [1, 2, null]}', "application/json"),
]
# An archive behind a picture, a script behind a document, and so on: two things at once.
BAD = {
    "an SVG named text": ("a.txt", SVG),
    "an SVG with an XML head named Markdown": (
        "a.md",
        b"\xef\xbb\xbf \n<?xml version='1.0'?>" + SVG,
    ),
    "HTML named text": ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
    "HTML behind a comment": ("a.md", b"<!-- x --><html>"),
    "a script named text": ("a.txt", b"#!/bin/sh\nrm -rf /\n"),
    "a program named PDF": ("a.pdf", b"MZ\x90\x00" + b"\x00" * 200),
    "a program named text": ("a.txt", b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 60),
    "an archive named docx": ("a.docx", archive()),
    "an archive named PDF": ("a.pdf", archive()),
    "an archive named text": ("a.txt", archive()),
    "a compressed file named CSV": ("a.csv", gzip_body()),
    "a PDF named text": ("a.txt", PDF),
    "a PDF behind a line of text": ("a.md", b"notes\n" + PDF),
    "a PDF named PNG": ("a.png", PDF),
    "a PNG named JPEG": ("a.jpg", PNG),
    "a PDF with an archive behind it": ("a.pdf", PDF + archive()),
    "a PDF with HTML behind it": ("a.pdf", PDF + b"<script>alert(1)</script>"),
    "a PDF that does not begin like one": ("a.pdf", b"junk" + PDF),
    "a PDF without an end": ("a.pdf", b"%PDF-1.7\n"),
    "a PNG with an archive behind it": ("a.png", PNG + archive()),
    "a JPEG with an archive behind it": ("a.jpg", JPEG + archive()),
    "an Office document with something before it": ("a.docx", b"x" + package()),
    "an Office document with something behind it": ("a.docx", package() + b"<script>"),
    "a workbook named document": ("a.docx", package("xlsx")),
    "macros by their part": ("a.docx", package(extra=[("word/vbaProject.bin", b"x")])),
    "macros by their type": (
        "a.docx",
        package(content_types=types("docx", suffix=".macroEnabled.main+xml")),
    ),
    "a control in a sheet": ("a.xlsx", package("xlsx", extra=[("xl/activeX/activeX1.xml", b"x")])),
    "a program in a document": ("a.docx", package(extra=[("word/embeddings/run.exe", b"MZ")])),
    "a place outside": ("a.docx", package(extra=[("../../evil.xml", b"x")])),
    "no list of types": ("a.docx", package(content_types=False)),
    "types that are no XML": ("a.docx", package(content_types=b"<Types")),
    "types that include others": (
        "a.docx",
        package(
            content_types=b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Types>&a;</Types>'
        ),
    ),
    "a bomb": ("a.docx", package(extra=[("word/media/big.bin", b"\x00" * 40_000_000)])),
    "a cut package": ("a.docx", package()[:-30]),
    "another alphabet": ("a.txt", "Grüße".encode("latin-1")),
    "control characters": ("a.csv", b"a;b\x00;c"),
    "an escape sequence": ("a.txt", b"\x1b]0;evil\x07"),
    "half a character at the end": ("a.txt", "ü".encode()[:1]),
    "no JSON": ("a.json", b"{'a': 1}"),
    "JSON with a tail": ("a.json", b'{"a": 1} <script>'),
    "nothing": ("a.pdf", b""),
}


@pytest.mark.parametrize(("name", "body", "media_type"), GOOD)
def test_each_kind_that_we_take_is_kept_under_its_hash(name, body, media_type):
    kept = keep_file(upload=upload(name, body))

    assert (kept.media_type, kept.size) == (media_type, len(body))
    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert path_of(kept.sha256).read_bytes() == body


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_what_it_says_is_refused_and_leaves_nothing(what, own_store):
    with pytest.raises(Invalid) as refused:
        keep_file(upload=upload(*BAD[what]))

    assert "file" in refused.value.fields
    assert [path for path in own_store.rglob("*") if path.is_file()] == []


def test_doubled_names_in_a_package_are_refused():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("[Content_Types].xml", types("docx"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("[Content_Types].xml", types("docx"))

    with pytest.raises(Invalid):
        keep_file(upload=upload("a.docx", held.getvalue()))


def test_more_than_the_limit_is_refused_while_it_comes(settings, own_store):
    settings.DOCUMENT_MAX_BYTES = 1000
    taken = []

    class Endless:
        name = "a.txt"

        def chunks(self, chunk_size=None):
            while True:
                taken.append(1)
                yield b"a" * 400

    with pytest.raises(TooLarge):
        keep_file(upload=Endless())

    assert len(taken) == 3
    assert [path for path in own_store.rglob("*") if path.is_file()] == []


def test_the_same_content_lies_there_once(own_store):
    first, second = keep_file(upload=upload()), keep_file(upload=upload("another.pdf"))

    assert first.sha256 == second.sha256
    assert len([path for path in own_store.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_that_is_not_the_one_that_came_is_not_opened(harm):
    kept = keep_file(upload=upload())
    path = path_of(kept.sha256)
    path.write_bytes(PDF + b" ") if harm == "changed" else path.unlink()

    assert open_kept(kept.sha256) is None


@pytest.mark.django_db
def test_an_orphan_goes_after_a_day_and_not_before():
    kept = keep_file(upload=upload())
    path = path_of(kept.sha256)

    os.utime(path, (AT.timestamp(), AT.timestamp()))
    young = sweep_orphans(AT + dt.timedelta(hours=23))
    old = sweep_orphans(AT + dt.timedelta(hours=25))

    assert (young, old) == (0, 1)
    assert not path.exists()
