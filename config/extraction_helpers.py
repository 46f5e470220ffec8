"""What a refusal is told by way of a function of its file: `raise _wrong("x", "Say why.")`.

Which of a function's parameters go into a refusal is read from its body; what its callers put
there as a text is a message.
"""

import ast
from collections.abc import Callable, Iterator, Mapping

Told = Callable[[ast.Call], Iterator[ast.expr]]
Texts = Callable[[ast.expr, ast.FunctionDef], list[str]]
PARTS = {"words", "why", "what"}
"""Parameters that a sentence takes as a part: 'You cannot {words}.'"""
ELSEWHERE = {
    "person_of", "require_role", "require_leader", "require_meeting_leader", "require_organisation",
    "require_read", "meeting_of_leader",
}  # fmt: skip
"""Helpers that other files call with such a part."""


def through_helpers(tree: ast.Module, refusals: set[str], told: Told, texts: Texts) -> list[str]:
    """Return the texts that a file's own functions are given to refuse with.

    `texts` returns what an expression may come to, with the function that it stands in.
    """
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    helpers = {one.name: _through(one, refusals, told) for one in functions}
    found: list[str] = []
    for function in functions:
        for call in ast.walk(function):
            if isinstance(call, ast.Call):
                given = _given(call, helpers.get(getattr(call.func, "id", ""), {}))
                found += [text for value in given for text in texts(value, function)]
                found += [text for value in _elsewhere(call) for text in texts(value, function)]
    return found


def _elsewhere(call: ast.Call) -> Iterator[ast.expr]:
    """What is given to a helper of another file; a word alone there is a name, not words."""
    if getattr(call.func, "id", "") in ELSEWHERE:
        given = (*call.args, *(one.value for one in call.keywords if one.arg in PARTS))
        yield from (one for one in given if isinstance(one, ast.Constant) and " " in str(one.value))


def _through(function: ast.FunctionDef, refusals: set[str], told: Told) -> Mapping[str, int]:
    """The parameters that go into a refusal whole, with their places; -1 for named ones."""
    places = {one.arg: place for place, one in enumerate(function.args.args)}
    places |= {one.arg: -1 for one in function.args.kwonlyargs}
    names: set[str] = set()
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in refusals:
            for value in told(call):
                names |= {value.id} if isinstance(value, ast.Name) else _parts(value)
    return {name: places[name] for name in names if name in places}


def _parts(value: ast.expr) -> set[str]:
    """Parameters that a sentence is put together of by `term(words)`."""
    return {
        one.args[0].id
        for one in ast.walk(value)
        if isinstance(one, ast.Call)
        and getattr(one.func, "id", "") == "term"
        and isinstance(one.args[0], ast.Name)
        and one.args[0].id in PARTS
    }


def _given(call: ast.Call, wanted: Mapping[str, int]) -> Iterator[ast.expr]:
    for place in wanted.values():
        if 0 <= place < len(call.args):
            yield call.args[place]
    yield from (one.value for one in call.keywords if one.arg in wanted)
