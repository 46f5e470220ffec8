"""Runs the verifier as its command line and hands back what it said."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest

import countersign_verify
from tests.verifier import making


class Said:
    """Exit code and claims of one run."""

    def __init__(self, code, text, errors):
        self.code, self.text, self.errors = code, text, errors
        claims = json.loads(text)["claims"] if text.startswith("{") else []
        self.result = {claim["claim"]: claim["result"] for claim in claims}
        self.words = {claim["claim"]: claim["words"] for claim in claims}

    @property
    def failed(self):
        """The claims that failed."""
        return {claim for claim, result in self.result.items() if result == "FAIL"}


def run(*arguments):
    """Run the command line in this process."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            code = countersign_verify.main([str(item) for item in arguments])
        except SystemExit as stop:
            code = stop.code
    return Said(code, out.getvalue(), errors.getvalue())


@pytest.fixture
def check(tmp_path):
    """Write files (or bytes) as a ZIP and verify it with --json; None for the key pins none."""

    def checked(files, key=None, **options):
        path = tmp_path / "subject.zip"
        path.write_bytes(files if isinstance(files, bytes) else making.zipped(files))
        given = ["--key", key] if key else []
        for name, value in options.items():
            if name in ("prev", "tsa_ca") and isinstance(value, bytes):
                kept = tmp_path / name
                kept.write_bytes(value)
                value = kept
            given += [f"--{name.replace('_', '-')}", value]
        return run(path, "--json", *given)

    return checked


@pytest.fixture(scope="session")
def story():
    """A small ledger with its five checkpoints; do not change it."""
    return making.story()


@pytest.fixture(scope="session")
def key(story):
    """The vkey of the story."""
    return story.signer.vkey


@pytest.fixture
def pack():
    """A fresh ledger and the pack over it."""
    ledger = making.story()
    return ledger, making.pack(ledger)
