"""The instant of a pack: what is collected is read as the record was then."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from ledger.selectors.past import as_it_was
from reports.rules.things import Scope

P = ParamSpec("P")
R = TypeVar("R")


def at_its_instant(
    collect: Callable[Concatenate[Scope, P], R],
) -> Callable[Concatenate[Scope, P], R]:
    """Let a collector read the record as it was at `scope.as_of`; it returns no lazy rows.

    So a pack that is built an hour later, or again after a crash, says the same.
    """

    @wraps(collect)
    def collected(scope: Scope, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with as_it_was(scope.as_of):
            return collect(scope, *args, **kwargs)

    return collected
