"""Files as tests upload them: good ones of every kind, and parts to build bad ones from."""

import io
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    + b"\x01" * 40
    + b"\xff\xd9"
)
MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def types(kind, *, suffix=".main+xml"):
    """Return the part that says what an Office package holds."""
    part, word = MAIN[kind]
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content'
        f'-types"><Override PartName="/{part}" ContentType="application/vnd.openxmlformats-office'
        f'document.{word}{suffix}"/></Types>'
    ).encode()


def package(kind="docx", *, parts=None, content_types=None, extra=()):
    """Return an Office package; `extra` are more (name, bytes)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        if content_types is not False:
            made.writestr("[Content_Types].xml", content_types or types(kind))
        made.writestr(MAIN[kind][0], parts or b"<document/>")
        for name, body in extra:
            made.writestr(name, body)
    return held.getvalue()


def archive(*names):
    """Return a plain archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names or ("a.txt",):
            made.writestr(name, b"a")
    return held.getvalue()


def upload(name="plan.pdf", body=PDF):
    """Return a file as a form sends it; its name as it was sent."""
    made = SimpleUploadedFile("x", body)
    made._name = name
    return made


def gzip_body():
    """Return something compressed."""
    return b"\x1f\x8b\x08\x00" + zlib.compress(b"a")
