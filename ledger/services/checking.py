"""The whole ledger checked: every line, every signed root, and what is kept outside. Reads only."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ledger.connectors.outside_list import KeptNote, OutsideList
from ledger.models import SigningKey
from ledger.rules.batches import COLUMNS, COUNTS, LINES, PLACES, TIMES, VERB, LineChecks, Row
from ledger.rules.claims import Claim, Findings
from ledger.rules.log_keys import KEYS, OPENED
from ledger.rules.log_keys import VERBS as KEY_VERBS
from ledger.rules.merkle import Frontier, Stored
from ledger.rules.notes import Malformed
from ledger.rules.seal_checks import OUTSIDE, TREE, SealChecks, StoredSeal
from ledger.selectors.sealed_rows import Extent, checkpoints, extent, nodes, sealed_rows
from ledger.services.side_checks import stamps_claim, values_claim, waiting_claim

# Lines a statement, and between two reports of progress.
STRETCH = 50_000
PROOFS = "proofs"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: how many lines the log holds, and each claim."""

    size: int
    claims: tuple[Claim, ...]

    @property
    def passed(self) -> bool:
        """Whether no claim failed."""
        return not self.failed

    @property
    def failed(self) -> list[Claim]:
        """The claims that failed, in their order."""
        return [claim for claim in self.claims if claim.result == "FAIL"]


def check_ledger(*, progress: Progress = lambda checked, size: None) -> Report:
    """Check every claim; `progress` is told (lines checked, lines in all) after each stretch.

    What is sealed or written meanwhile is left for the next time.
    """
    return LedgerCheck(Path(settings.LEDGER_DIR), progress).run()


class LedgerCheck:
    """One walk over all leaves in their order."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._findings = Findings()
        self._lines = LineChecks(self._findings)
        self._seals = SealChecks(self._findings)
        self._tree = Frontier()
        self._whole = True
        self._nodes = 0
        self._stored: deque[StoredSeal] = deque()
        self._kept: Iterator[KeptNote] = iter(())
        self._next_kept: KeptNote | None = None
        self._extent = Extent(0, 0, 0)

    def run(self) -> Report:
        """Walk, then say what was found."""
        # The folder first: a seal is committed before it is written there.
        self._open_outside()
        self._extent = extent()
        self._walk()
        self._check_ends()
        self._check_kept_beyond()
        self._check_key_table()
        return Report(self._extent.size, (*self._claims(), *self._side_claims()))

    def _open_outside(self) -> None:
        try:
            self._kept = OutsideList(self._folder).ascending()
        except (OSError, ValueError) as error:
            self._findings.add(OUTSIDE, f"what is kept outside cannot be read: {error}")
        self._advance_kept()

    def _advance_kept(self) -> None:
        try:
            self._next_kept = next(self._kept, None)
        except (Malformed, OSError) as error:
            self._findings.add(OUTSIDE, f"what is kept outside cannot be read: {error}")
            self._next_kept = None

    def _walk(self) -> None:
        while True:
            start = self._lines.next_seq
            if self._whole:
                rows = checkpoints(past=start, up_to=self._end(start))
                self._stored.extend(StoredSeal(*row) for row in rows)
            completed: list[Stored] = []
            for part in sealed_rows(start=start, below=self._extent.size, limit=STRETCH):
                completed += self._take(part)
            if self._lines.next_seq == start:
                return
            self._check_nodes(completed)
            self._progress(self._lines.next_seq, self._extent.size)

    def _end(self, start: int) -> int:
        return min(start + STRETCH, self._extent.size)

    def _take(self, rows: Sequence[Row]) -> list[Stored]:
        due = self._lines.next_seq
        hashes = self._lines.take(rows)
        self._take_keys(rows)
        if not self._whole or due + len(rows) != self._lines.next_seq:
            self._break_tree(due)
            return []
        return self._grow(rows, hashes)

    def _take_keys(self, rows: Sequence[Row]) -> None:
        if KEY_VERBS.isdisjoint(row[VERB] for row in rows):
            return
        for row in rows:
            if row[VERB] in KEY_VERBS:
                self._seals.chain.take(verb=row[VERB], seq=row[0], number=row[1], body=row[5])

    def _break_tree(self, due: int) -> None:
        if self._whole:
            self._whole = False
            self._stored.clear()
            words = f"leaves are missing or doubled past {due:,}: no root there can be made"
            self._findings.add(TREE, words)

    def _grow(self, rows: Sequence[Row], hashes: Sequence[bytes]) -> list[Stored]:
        """Grow the tree by a batch and check every checkpoint whose size it passes."""
        first, end = self._tree.size, self._tree.size + len(rows)
        completed: list[Stored] = []
        while (mark := self._next_mark()) is not None and mark <= end:
            completed += self._tree.extend(hashes[self._tree.size - first : mark - first])
            self._check_marked(mark, rows[mark - first - 1])
        return completed + self._tree.extend(hashes[self._tree.size - first :])

    def _next_mark(self) -> int | None:
        marks = [self._stored[0].size] if self._stored else []
        if self._next_kept is not None:
            marks.append(self._next_kept.head.size)
        return min(marks, default=None)

    def _check_marked(self, size: int, last: Row) -> None:
        while self._stored and self._stored[0].size == size:
            self._seals.check(self._stored.popleft(), self._tree, last[3])
        while self._next_kept is not None and self._next_kept.head.size <= size:
            self._seals.check_kept(self._next_kept.note, self._next_kept.head, self._tree)
            self._advance_kept()

    def _check_nodes(self, completed: Sequence[Stored]) -> None:
        self._nodes += len(completed)
        for level in {level for level, _, _ in completed}:
            made = {index: root for row, index, root in completed if row == level}
            held = nodes(level=level, first=min(made), last=max(made))
            for index, root in made.items():
                if held.get(index) != root:
                    words = f"the stored hash {index:,} of level {level} is not that of its leaves"
                    self._findings.add(PROOFS, words)

    def _check_ends(self) -> None:
        held, size = self._extent.past, self._extent.size
        if held != size or self._extent.leaves != size:
            words = (
                f"the newest checkpoint covers {size:,} leaves, there are {self._extent.leaves:,}"
            )
            self._findings.add(TREE, words)
        if size and not (self._seals.chain.keys and self._seals.chain.keys[0].seq == 0):
            self._findings.add(KEYS, f"the first leaf is not {OPENED}, which names the first key")

    def _check_kept_beyond(self) -> None:
        if self._extent.size and not self._seals.kept and self._next_kept is None:
            self._findings.add(OUTSIDE, f"no checkpoint is kept outside, in {self._folder}")
        while self._next_kept is not None:
            kept = self._next_kept
            self._seals.check_kept_beyond(kept.note, kept.head, self._extent.size)
            self._advance_kept()

    def _check_key_table(self) -> None:
        named = [key.vkey for key in self._seals.chain.keys]
        held = list(
            SigningKey.objects.order_by("since", "from_size").values_list("vkey", flat=True)
        )
        if named != held and self._whole:
            other = next((vkey for vkey in held if vkey not in named), "")
            words = f": {other} is named by no leaf" if other else ""
            self._findings.add(KEYS, f"the table of keys differs from the keys of the log{words}")

    def _claims(self) -> Iterator[Claim]:
        size, claim = self._extent.size, self._findings.claim
        chain = self._seals.chain.keys
        yield claim(LINES, f"{size:,} lines hash to their leaves")
        yield claim(COLUMNS, "the columns that searches use say what the sealed lines say")
        streams = len(self._lines.streams)
        yield claim(PLACES, f"seq and, in {streams:,} streams, stream_seq run without a gap")
        yield claim(TIMES, "no line was sealed before its forerunner")
        counted = self._lines.counted
        holds = f"{counted:,} leaves that count streams agree with the leaves before them"
        yield claim(COUNTS, holds, "" if counted else "no leaf counts the streams yet")
        yield claim(TREE, f"{self._seals.count:,} signed roots are those of the leaves")
        changes = max(len(chain) - 1, 0)
        yield claim(
            KEYS, f"every checkpoint is signed by the key in force; {changes} changes of it"
        )
        yield claim(
            PROOFS, f"{self._nodes:,} stored hashes that proofs use are those of the leaves"
        )
        kept = f"extends the {self._seals.kept:,} checkpoints kept outside, the last of"
        yield claim(OUTSIDE, f"{kept} {self._seals.kept_last:,}")

    def _side_claims(self) -> Iterator[Claim]:
        yield waiting_claim()
        yield values_claim()
        yield stamps_claim()
