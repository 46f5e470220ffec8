"""One window at which people sit in turn, each with cookies of their own.

A window for each of sixteen people is sixteen processes of a browser that draw. Who did not open
the page that stands in the window cannot read it and cannot act on it: that fails the walk.
"""

from tests.walks.case_steps import CaseReader, Room


class Window:
    """A window, and who sits at it."""

    def __init__(self, browser, scripts):
        # A colour that is still on its way to another one is no colour of the page.
        self.context = browser.new_context(
            java_script_enabled=scripts, accept_downloads=True, reduced_motion="reduce"
        )
        self.context.on("request", lambda request: self.sitter._only_here(request))
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.sitter._listen(message))
        self.page.on("pageerror", lambda error: self.sitter.errors.append(str(error)))
        # What axe has looked at here, where a reader keeps it.
        self.judged = set()
        self.sitter = self.opened_by = None

    def seat(self, reader):
        """Let somebody sit down with the cookies that they had when they stood up."""
        if self.sitter is reader:
            return
        if self.sitter:
            self.sitter.cookies = self.context.cookies()
        self.context.clear_cookies()
        self.context.add_cookies(reader.cookies)
        self.sitter = reader


class Seated:
    """What makes a reader sit down at the window to open a page."""

    def _sit_down(self, browser):
        self.window, self.cookies = browser, []

    @property
    def page(self):
        """The page that this person opened."""
        assert self.window.opened_by is self, "somebody else has opened another page since"
        return self.window.page

    def open(self, path, *, status=200):
        """Sit down, go to a page and look at it."""
        self.window.seat(self)
        self.window.opened_by = self
        super().open(path, status=status)


class Sitter(Seated, CaseReader):
    """A person at the pages of a case who sits down at the window to open one."""

    @property
    def context(self):
        """Where this person's cookies are while they sit."""
        return self.window.context

    def fetch(self, path):
        """Sit down and ask for a page, undrawn; the one in the window is nobody's any more."""
        self.window.seat(self)
        self.window.opened_by = None
        return super().fetch(path)

    def glance(self, path):
        """Sit down, go to a page without axe, whatever it answers; returns the status."""
        self.window.seat(self)
        self.window.opened_by = self
        return super().glance(path)


class RoomOfOneWindow(Room):
    """Everybody on a stage in turn at one window, each signed in when first needed."""

    reader = Sitter

    def __init__(self, stage, browser, base_url, *, scripts=True, name="case"):
        super().__init__(stage, Window(browser, scripts), base_url, scripts=scripts, name=name)
