"""A file of any of the ways that we read, as tables; told apart by content, not by name."""

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import worded
from registry.connectors.delimited import read_delimited
from registry.connectors.yaml_file import read_yaml
from registry.rules.exchange.fields import known_words
from registry.rules.exchange.tables import MOST_BYTES, Table, as_table

ARCHIVE = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def read_file(*, name: str, content: bytes) -> tuple[str, list[Table]]:
    """Return the format ('csv', 'yaml', 'xlsx') and the tables. Raises Invalid, TooLarge."""
    if len(content) > MOST_BYTES:
        words = worded(
            "The file is larger than {most_bytes} MB. Split it.",
            most_bytes=MOST_BYTES // 1024 // 1024,
        )
        raise TooLarge("file_too_large", words)
    if not content.strip():
        raise Invalid("empty_file", "The file is empty.", fields={"file": "is empty"})
    if content.startswith(OLD_OFFICE):
        words = "This is an old spreadsheet (.xls) or an encrypted one: save it as .xlsx."
        raise Invalid("bad_workbook", words, fields={"file": words})
    if content.startswith(ARCHIVE):
        # openpyxl takes a fifth of a web worker's memory, and few ever read a workbook.
        from registry.connectors.workbook import read_workbook  # noqa: PLC0415

        lines, notes = read_workbook(content)
        return "xlsx", [as_table(lines, known_words(), notes)]
    if name.lower().endswith((".yaml", ".yml")):
        return "yaml", read_yaml(content)
    lines, notes = read_delimited(content)
    return "csv", [as_table(lines, known_words(), notes)]
