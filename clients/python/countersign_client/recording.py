"""Functions, each call of which is a decision."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

from countersign_client.deciding import Decision

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Recording:
    """How calls become decisions: `begin` makes one, `answer` says what a result means.

    `inputs` makes what is digested of a call's arguments.
    """

    begin: Callable[[], Decision]
    answer: Callable[[Any], str | None]
    inputs: Callable[..., Any] | None

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Wrap a function, plain or async; what it returns or raises stays as it is."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self._begun(*args, **kwargs) as decision:
                    return self._ended(decision, await function(*args, **kwargs))

            return cast("Callable[P, R]", awaited)

        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._begun(*args, **kwargs) as decision:
                return self._ended(decision, function(*args, **kwargs))

        return called

    def _begun(self, *args: Any, **kwargs: Any) -> Decision:
        decision = self.begin()
        if self.inputs is not None:
            decision.inputs = self.inputs(*args, **kwargs)
        return decision

    def _ended(self, decision: Decision, result: R) -> R:
        if decision.answer is None:
            decision.answer = self.answer(result)
        decision.outcome = decision.outcome or "success"
        return result
