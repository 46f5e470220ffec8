"""What libraries take up only where it is installed, and what no web process here needs.

Some megabytes of each worker: structlog draws tracebacks with rich where there is one (and that
with pygments and attrs), Django REST framework renders docstrings as Markdown, requests guesses at
the encoding of texts that do not say theirs, Celery knows greenlets. They come into the environment
with other packages. Imported first, this lets them count as absent in this process.

A class for each operation of the API carries its description. No web worker makes that, but a
process of its own (config/description.py): here the decorators leave what they decorate as it is.
"""

import os
import sys
import warnings
from collections.abc import Callable, MutableMapping
from types import ModuleType
from typing import Any

UNUSED = ("rich", "pygments", "markdown", "charset_normalizer", "greenlet")
DESCRIBING = ("extend_schema", "extend_schema_view", "extend_schema_field")


def leave_out() -> None:
    """Let imports of the unused say that they are not there, unless one came before."""
    warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
    # What Python reads as absent, though the types do not tell.
    known: MutableMapping[str, Any] = sys.modules
    for name in UNUSED:
        known.setdefault(name, None)


def describe_nothing() -> None:
    """Let the decorators that describe the API do nothing; before its views are imported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from drf_spectacular import utils  # noqa: PLC0415  not before the unused are left out

    for name in DESCRIBING:
        setattr(utils, name, _nothing)
    # Whoever describes asks themselves by it; it loads Django's own tests and their libraries.
    test = ModuleType("rest_framework.test")
    test.APIRequestFactory = None  # type: ignore[attr-defined]  # a module made here
    sys.modules.setdefault(test.__name__, test)


def _nothing(*given: object, **named: object) -> Callable[[Any], Any]:
    return _same


def _same(decorated: Any) -> Any:
    return decorated
