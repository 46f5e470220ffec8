"""The words of a step on a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActWords:
    """Title of the panel, button, what it does (for 'Who may act'), what it takes, small print."""

    title: str
    button: str
    does: str
    takes: str = ""
    note: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """What the step is called where it cannot be taken."""
        return self.called or self.button
