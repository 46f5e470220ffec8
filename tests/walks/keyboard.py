"""People without a pointer: Tab and Shift+Tab, arrows, letters, the space bar, Enter.

Wherever the focus comes to, somebody must see it. Whatever a page says on its console, of any
kind, fails the walk; so does a page that is wider than a tablet or than a window at 200 % zoom.
"""

from functools import partial
from types import SimpleNamespace

from tests.walks.case_steps import CaseReader

STOPS = 300
WIDTHS = (768, 640)
PLAIN = {"viewport": {"width": 1280, "height": 900}}
# What a window of 1280 by 900 shows at 200 %.
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AT_ERRORS = "document.activeElement.matches('.errors, .notices, [aria-invalid=true]')"
ON_BODY = "document.activeElement === document.body"
IS_THERE = """one => {
  const here = document.activeElement;
  return here === one
    || one.type === 'radio' && here.name === one.name && here.form === one.form;
}"""
# The place of what has the focus among all elements, -1 for none.
PLACE = """() => document.activeElement === document.body ? -1
  : Array.from(document.querySelectorAll('*')).indexOf(document.activeElement)"""
# The places that Tab must come to; of a group of choices one is enough, whichever it is.
STOPPED_AT = """() => {
  const all = Array.from(document.querySelectorAll('*'));
  const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const group = one => one.type === 'radio' ? `${one.form && one.form.action} ${one.name}` : '';
  return all.map((one, place) => [one, place])
    .filter(([one]) => one.matches(wanted) && one.tabIndex >= 0 && !one.disabled
      && one.type !== 'hidden' && one.checkVisibility({visibilityProperty: true}))
    .map(([one, place]) => [place, group(one), one.outerHTML.slice(0, 120)]);
}"""
# What is wrong with the element that has the focus, '' where somebody sees that it has it.
UNSEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return 'nothing has the focus';
  const told = one.outerHTML.slice(0, 160);
  if (!one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    return `is not visible: ${told}`;
  const box = one.getClientRects()[0];
  if (!box || box.width < 4 || box.height < 4) return `is too small to be seen: ${told}`;
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  if (right - left < 1 || bottom - top < 1) return `is out of the window: ${told}`;
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (hit && !one.contains(hit) && !hit.contains(one))
    return `lies below ${hit.outerHTML.slice(0, 80)}: ${told}`;
  /* A field for an instant holds a button of the browser's own, which has a ring of its own. */
  if (/^(date|time)/.test(one.type) && !one.matches(':focus-visible')) return '';
  const probe = document.createElement('i');
  probe.style.color = 'var(--pen)';
  document.body.append(probe);
  const pen = getComputedStyle(probe).color;
  probe.remove();
  const look = getComputedStyle(one), width = parseFloat(look.outlineWidth);
  if (look.outlineStyle !== 'solid' || width < 2 || look.outlineColor !== pen)
    return `has no ring of the focus (${look.outline}): ${told}`;
  const reach = width + parseFloat(look.outlineOffset);
  for (let over = one.parentElement; over && over !== document.body; over = over.parentElement) {
    const how = getComputedStyle(over), edge = over.getBoundingClientRect();
    const cut = [];
    if (how.overflowX !== 'visible') {
      if (box.left - reach < edge.left - .5) cut.push('left');
      if (box.right + reach > edge.right + .5) cut.push('right');
    }
    if (how.overflowY !== 'visible') {
      if (box.top - reach < edge.top - .5) cut.push('top');
      if (box.bottom + reach > edge.bottom + .5) cut.push('bottom');
    }
    if (cut.length > 1) return `has a ring that is cut at ${cut.join(', ')}: ${told}`;
  }
  return '';
}"""


class Typist(CaseReader):
    """One person at a window without a pointer, signed in through the page."""

    def __init__(self, browser, base_url, email, *, scripts, window=PLAIN):
        windows = SimpleNamespace(new_context=partial(browser.new_context, **window))
        super().__init__(windows, base_url, email, scripts=scripts, axe=False)

    def _listen(self, message):
        is_error = message.type == "error"
        self.errors.append(message.text if is_error else f"{message.type}: {message.text}")

    def look(self, *, status=200):
        """The page said nothing on its console, and fits a tablet and a window at 200 %."""
        super().look(status=status)
        size = self.page.viewport_size
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": size["height"]})
            beyond = self.page.evaluate(BEYOND)
            assert beyond <= 0, f"{self.page.url} is {beyond} px too wide at {width} px"
        self.page.set_viewport_size(size)

    def seen(self):
        """Somebody sees what has the focus."""
        wrong = self.page.evaluate(UNSEEN)
        assert not wrong, f"{self.page.url}: {wrong}"

    def key(self, *keys):
        """Press keys, one after the other; each time somebody sees what has the focus then."""
        for key in keys:
            self.page.keyboard.press(key)
            self.seen()

    def to(self, locator):
        """Go to an element, or to the group of a choice, by Tab or back by Shift+Tab."""
        element = locator.first.element_handle()
        if self.page.evaluate(IS_THERE, element):
            return
        is_behind = self.page.evaluate(
            "one => document.activeElement !== document.body && !!(document.activeElement"
            ".compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING)",
            element,
        )
        for _ in range(STOPS):
            self._step("Shift+Tab" if is_behind else "Tab")
            if self.page.evaluate(IS_THERE, element):
                return
        raise AssertionError(f"{locator} is not reached by Tab at {self.page.url}")

    def _step(self, key):
        """Go on to the next place; beyond the last one lies the browser's own bar."""
        self.page.keyboard.press(key)
        if self.page.evaluate(ON_BODY):
            self.page.keyboard.press(key)
        self.seen()

    def fill(self, form, **values):
        """Fill a form in by the names of its fields."""
        for name, value in values.items():
            field = self.page.locator(form).locator(f'[name="{name}"]').first
            self.to(field)
            kind = field.evaluate("one => one.type")
            getattr(self, f"_{kind.replace('-', '_')}", self._text)(str(value))

    def _text(self, value):
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)
        self._holds(value)

    def _datetime_local(self, value):
        """Write an instant part by part, as an English window asks for it."""
        (year, month, day), (hour, minute) = value[:10].split("-"), value[11:16].split(":")
        self.page.keyboard.type(month + day + year)
        self.page.keyboard.press("ArrowRight")
        half = "AM" if int(hour) < 12 else "PM"
        self.page.keyboard.type(f"{(int(hour) + 11) % 12 + 1:02}{minute}{half}")
        self._holds(value)

    def _select_one(self, value):
        now = self._active("selectedIndex")
        wanted = self.page.evaluate(
            "value => Array.from(document.activeElement.options)"
            ".findIndex(one => one.value === value)",
            value,
        )
        for _ in range(abs(wanted - now)):
            self.page.keyboard.press("ArrowDown" if wanted > now else "ArrowUp")
        self._holds(value)

    def _radio(self, value):
        self.page.keyboard.press("Space")
        for _ in range(STOPS):
            if self._active("value") == value:
                break
            self.key("ArrowDown")
        self._holds(value)
        assert self._active("checked"), f"{value} is not chosen"

    def _checkbox(self, value):
        if self._active("checked") != (value == "on"):
            self.key("Space")

    def _holds(self, value):
        held = self._active("value")
        assert held == value, f"{self.page.url}: the field holds {held!r}, not {value!r}"

    def _active(self, what):
        return self.page.evaluate(f"document.activeElement.{what}")

    def press(self, button, *, status=200):
        """Go to a button and press Enter on it."""
        self.go(self.page.get_by_role("button", name=button, exact=True), status=status)

    def go(self, locator, *, status=200, key="Enter"):
        """Go to a link or a button, press a key on it, and look at the page that comes."""
        self.to(locator)
        self.send(key, status=status)

    def send(self, key, *, status=200):
        """Press a key that leads to another page, and look at that; what is refused has the focus.

        Without scripts it stands first in its form, and the focus where a new page begins.
        """
        with self.page.expect_navigation() as navigation:
            self.page.keyboard.press(key)
        assert navigation.value.status == status, self.words()
        self.look(status=status)
        if status >= 400 and self.scripts:
            self.seen()
            assert self.page.evaluate(AT_ERRORS), f"{self.page.url}: the focus is not on the errors"

    def all_round(self):
        """Nothing holds the focus: Tab comes to everything of this page and round again."""
        wanted = self.page.evaluate(STOPPED_AT)
        went = self._one_round(len(wanted))
        groups = {group for place, group, _ in wanted if place in went and group}
        left_out = [
            told for place, group, told in wanted if place not in went and group not in groups
        ]
        assert not left_out, f"{self.page.url}: Tab does not come to {left_out}"

    def _one_round(self, count):
        """Tab from the first place to the last, over the end, and back over it."""
        # A page that was opened at one of its parts begins there.
        self.page.keyboard.press("Tab")
        while not self.page.evaluate(ON_BODY):
            self.page.keyboard.press("Shift+Tab")
        went = []
        # Within a field for an instant Tab goes from part to part.
        for _ in range(count * 2 + STOPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(ON_BODY):
                break
            self.seen()
            went.append(self.page.evaluate(PLACE))
        else:
            raise AssertionError(f"{self.page.url}: Tab does not come to the end of the page")
        self.page.keyboard.press("Shift+Tab")
        assert self.page.evaluate(PLACE) == went[-1], f"{self.page.url}: no way back from its end"
        self._step("Tab")
        assert self.page.evaluate(PLACE) == went[0], f"{self.page.url}: no way over its end"
        return went
