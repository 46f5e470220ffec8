"""Whether there are enough persons to take a case to its end: parts, who may fill them. Pure.

Owner and deputy are one side and count as one person (SEG-12). Who may not hold two parts follows
from the matrix of segregation with the pairs that a policy adds.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from incidents.rules.segregation import PAIRS, Part


@dataclass(frozen=True, slots=True)
class Post:
    """One place in the course of a case: its words, its parts, and who could fill it by name."""

    words: str
    parts: tuple[Part, ...]
    people: tuple[str, ...] = ()


def least_persons(posts: Sequence[Post], extra_pairs: Iterable[tuple[str, str]] = ()) -> int:
    """Return with how many persons every post can be filled, whoever they are.

    Posts are filled in order by the first person whose parts allow it.
    """
    apart = _both_ways(extra_pairs)
    held: list[set[str]] = []
    for post in posts:
        free = next((one for one in held if not _clash(one, post, apart)), None)
        if free is None:
            held.append(set(post.parts))
        else:
            free.update(post.parts)
    return len(held)


def first_unfilled(
    posts: Sequence[Post], extra_pairs: Iterable[tuple[str, str]] = ()
) -> Post | None:
    """Return the first post for which nobody is left, None where all can be filled.

    The scarce posts are looked at first: a person is never spent where another one would do.
    """
    apart = _both_ways(extra_pairs)
    ordered = sorted(posts, key=lambda one: len(one.people))
    for count in range(1, len(ordered) + 1):
        if not _fillable(ordered[:count], {}, apart):
            return ordered[count - 1]
    return None


def _fillable(
    posts: Sequence[Post], held: dict[str, frozenset[str]], apart: Collection[tuple[str, str]]
) -> bool:
    if not posts:
        return True
    first, *rest = posts
    for person in first.people:
        known = held.get(person, frozenset())
        if _clash(known, first, apart):
            continue
        if _fillable(rest, held | {person: known | set(first.parts)}, apart):
            return True
    return False


def _clash(held: Collection[str], post: Post, apart: Collection[tuple[str, str]]) -> bool:
    """Whether somebody with these parts may not take a post; one seat or line a person."""
    return any(one == part or (one, part) in apart for one in held for part in post.parts)


def _both_ways(extra_pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    pairs = {*PAIRS, *extra_pairs}
    return frozenset(pairs | {(other, one) for one, other in pairs})
