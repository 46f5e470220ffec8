"""A register of AI systems as people really keep one: made anew for each test, no binary kept."""

import datetime as dt
import io

from openpyxl import Workbook

HEADER = [
    "ID", "AI system", "Type", "Department", "System owner", "Backup", "Description", "Risk",
    "AI Act class", "Vendor", "Go live date", "Approved", "Approver", "Internal remark",
]  # fmt: skip


def workbook(*, unit="Claims", owner="Jonas Weber", deputy="Mara Lind"):
    """Return the bytes of a sheet with all that is usually wrong with one.

    Notes above the header, merged departments, three spellings of one owner, two formats of dates,
    a hidden row, a heading across the row, a row of totals, a formula, a second sheet.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Register"
    sheet.append(["AI register, please do not sort!"])
    sheet.append(["as of", dt.date(2026, 3, 1)])
    sheet.append([])
    sheet.append(HEADER)
    first, _, last = owner.partition(" ")
    rows = [
        ["claims-triage", "Claims triage ", "ML model", unit, owner, deputy, "Sorts claims.",
         "mittel", "minimal risk", "", dt.datetime(2025, 12, 31), "31.12.2025", "The board", "x"],
        ["", "Fraud\u00a0score", "Scoring", None, f"{last.lower()}, {first.lower()}", deputy,
         "Scores fraud.", "H", "Hochrisiko", "Scorely", "12/31/2025", "", "", ""],
        ["", "Chat helper", "Chatbot", None, f"{first.lower()}@old.example", deputy,
         "=HYPERLINK(\"http://x\",\"Answers\")", "low", "limited risk", "Botly", "03/04/2025", "",
         "", ""],
        ["Pricing", None, None, None, None, None, None, None, None, None, None, None, None, None],
        ["old-model", "Old model", "ML model", unit, owner, deputy, "Gone.", "low", "minimal",
         "", "", "", "", ""],
        ["tariff", "Tariff advice", "Orakel", "Marketing", "Nobody Known", deputy, "Advises.",
         "enormous", "", "", "31.02.2025", "", "", ""],
        ["claims-triage", "Claims triage copy", "ML model", unit, owner, deputy, "Again.", "low",
         "minimal", "", "", "", "", ""],
        ["Total", 6, None, None, None, None, None, None, None, None, None, None, None, None],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet["G7"].data_type = "s"
    sheet.merge_cells("D5:D7")
    sheet.merge_cells("A8:N8")
    sheet.row_dimensions[9].hidden = True
    book.create_sheet("Lists").append(["low", "medium", "high"])
    return saved(book)


def saved(book):
    """Return a workbook as bytes."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
