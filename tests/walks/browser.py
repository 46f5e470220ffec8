"""People at a real browser: Chromium against a server of this process, without a network.

Whatever a page says on its console as an error, a breach of the content security policy included,
and whatever axe finds, fails the walk.
"""

import re
import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.core.servers.basehttp import WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import sync_playwright

from tests.walks.stage import PASSWORD

CHROMIUM = "/usr/bin/chromium-headless-shell"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # There is no other host than this one.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


class Server(ThreadingMixIn, WSGIServer):
    """A server with a thread for each request."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """Serves without a word."""

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def serving():
    """Serve the site of this process on loopback; yields its address."""
    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium():
    """A browser that is closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def axe(page):
    """What axe finds on a page, whose document takes axe in once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))


class Reader:
    """One person with a window of their own, signed in through the page."""

    def __init__(self, browser, base_url, email, *, scripts):
        self.base_url, self.scripts, self.errors = base_url, scripts, []
        self._sit_down(browser)
        self.open("/accounts/login/")
        self.fill("form", login=email, password=PASSWORD)
        self.press("Sign in")

    def _sit_down(self, browser):
        # A colour that is still on its way to another one is no colour of the page.
        context = browser.new_context(
            java_script_enabled=self.scripts, accept_downloads=True, reduced_motion="reduce"
        )
        # Only listened to: a window whose requests are held up keeps nothing that it has loaded.
        context.on("request", self._only_here)
        self.page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _only_here(self, request):
        if not request.url.startswith(self.base_url):
            self.errors.append(f"the page asked for {request.url}")

    def _listen(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, path, *, status=200):
        """Go to a page and look at it."""
        answer = self.page.goto(self.base_url + path)
        assert answer.status == status, f"{path} answered {answer.status}"
        self.look(status=status)

    def look(self, *, status=200):
        """Nothing went wrong on this page, and everybody can use it."""
        self.page.wait_for_load_state()
        told = [text for text in self.errors if not _is_told(text, status)]
        assert not told, f"{self.page.url}: {told}"
        self.errors.clear()
        if self.scripts:
            found = axe(self.page)
            assert found.violations_count == 0, f"{self.page.url}: {found.generate_report()}"

    def fill(self, form, **values):
        """Fill a form in by the names of its fields; `words` of several are told apart by name."""
        for name, value in values.items():
            field = self.page.locator(form).locator(f'[name="{name}"]').first
            kind = field.evaluate("e => e.type") if self.scripts else field.get_attribute("type")
            self._set(form, name, str(value), kind)

    def _set(self, form, name, value, kind):
        every = self.page.locator(form).locator(f'[name="{name}"]')
        if kind == "radio":
            self.page.locator(form).locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "checkbox":
            every.first.set_checked(value == "on")
        elif self.page.locator(form).locator(f'select[name="{name}"]').count():
            every.first.select_option(value)
        else:
            every.first.fill(value)

    def press(self, button, *, status=200):
        """Press a button and look at what comes."""
        with self.page.expect_navigation() as navigation:
            self.page.get_by_role("button", name=button, exact=True).first.click()
        assert navigation.value.status == status, self.words()
        self.look(status=status)

    def sign(self, button, *, status=200):
        """Give the password where the form asks for it, and press its button."""
        asked = self.page.locator('#act [name="password"]')
        if asked.count():
            asked.first.fill(PASSWORD)
        self.press(button, status=status)

    def words(self):
        """What the page says."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())


def _is_told(text, status):
    """Whether the browser only says on its console that a page came with the status expected."""
    found = REFUSED.match(text)
    return bool(found) and status >= 400 and int(found.group(1)) == status
