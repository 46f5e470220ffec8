"""What libraries take up only where it is installed, and what no web process here needs.

Some megabytes of each worker: structlog draws tracebacks with rich where there is one (and that
with pygments and attrs), Django REST framework renders docstrings as Markdown, requests guesses at
the encoding of texts that do not say theirs. They come into the environment with other packages.
Imported first, this lets them count as absent in this process.
"""

import sys
import warnings
from collections.abc import MutableMapping
from typing import Any

UNUSED = ("rich", "pygments", "markdown", "charset_normalizer")


def leave_out() -> None:
    """Let imports of the unused say that they are not there, unless one came before."""
    warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
    # What Python reads as absent, though the types do not tell.
    known: MutableMapping[str, Any] = sys.modules
    for name in UNUSED:
        known.setdefault(name, None)
