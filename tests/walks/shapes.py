"""What a page is made of, without its words: by it pages are told apart that differ for axe."""

from collections import Counter
from html.parser import HTMLParser

TOLD = ("role", "type", "scope", "data-state", "aria-live", "aria-current")
"""Attributes whose value makes something else of an element; of the others the name counts."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
))  # fmt: skip


class Shapes(HTMLParser):
    """Every kind of element of a page with what it stands in, and how its headings follow.

    `twice` are the ids that more than one element has.
    """

    def __init__(self, page):
        super().__init__()
        self.found, self._ids, self._above, self._level = set(), Counter(), [], ""
        self.feed(page)
        self.twice = [name for name, number in self._ids.items() if number > 1]

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        classes = (tag, *sorted((given.get("class") or "").split()))
        told = tuple((name, given[name]) for name in TOLD if name in given)
        self.found.add((tuple(self._above[-1:]), classes, frozenset(given), told))
        self._ids.update([given["id"]] if "id" in given else [])
        if tag in HEADINGS:
            self.found.add((self._level, tag))
            self._level = tag
        if tag not in VOID:
            self._above.append(classes)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        # What was left open within it ends with it.
        while any(one[0] == tag for one in self._above) and self._above.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and self._above:
            self.found.add((self._above[-1], "text"))
