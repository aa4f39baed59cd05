"""An administrator's browser: Chromium by Playwright, with axe-core beside it.

What every page must be is judged by `Judge.look`: its console is silent (so nothing offended the content security policy),
everything that it loads is there, it has one heading of the first level, axe-core finds nothing serious in light and in
dark, and the keyboard reaches what the mouse does.
"""

import json
import pathlib
import re
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
# The colours are all that differs in the dark.
DARK_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# Wide enough for the lists, as an office screen is.
SCREEN = {"width": 1280, "height": 800}
# What the keyboard must reach, where it is shown and not disabled.
CONTROLS = "a[href], button, input, select, textarea, summary"
# A control that is shown but left out when one goes on with the Tab key.
UNREACHED = f"""() => [...document.querySelectorAll('{CONTROLS}')]
    .filter(control => control.checkVisibility() && !control.disabled && control.type !== 'hidden' && control.tabIndex < 0)
    .map(control => control.outerHTML.slice(0, 120))"""
# The Tab key begins at the top again, wherever the page had put the focus.
FROM_THE_TOP = """() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
}"""
# Whether the element with the focus shows it.
SHOWS_FOCUS = """() => {
    const style = getComputedStyle(document.activeElement);
    return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
}"""


class Judge:
    """A browser and what was found with it. Use as a context manager."""

    def __init__(self, screenshots):
        self.screenshots = pathlib.Path(screenshots)
        self.screenshots.mkdir(parents=True, exist_ok=True)
        self.findings = []
        self._axe = Axe()

    def __enter__(self):
        self._playwright = sync_playwright().start()
        self.chromium = self._playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self._playwright.stop()

    def context(self, **options):
        """A browser profile of its own. The nodes' certificates are self-signed."""
        settings = {"ignore_https_errors": True, "viewport": SCREEN, "locale": "en-GB", "reduced_motion": "reduce"}
        return self.chromium.new_context(**settings, **options)

    def page(self, context):
        """A page whose console and loads are listened to."""
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: self._hear(page, message.type, message.text))
        page.on("pageerror", lambda error: self._hear(page, "error", str(error)))
        page.on("response", lambda response: self._receive(page, response))
        page.on("dialog", lambda dialog: self._dismiss(page, dialog))
        return page

    def _hear(self, page, kind, text):
        # What a page fails to load is judged by its answer, below.
        if kind == "error" and "Failed to load resource" not in text:
            self.find(page.url, f"console: {text}")

    def _receive(self, page, response):
        if response.status >= 400 and response.request.resource_type != "document":
            self.find(page.url, f"{response.request.method} {response.url}: {response.status}")

    def _dismiss(self, page, dialog):
        self.find(page.url, f"a script opened a dialog: {dialog.message}")
        dialog.dismiss()

    def find(self, where, what):
        self.findings.append(f"{path_of(where)}: {what}")

    def expect(self, condition, where, what):
        if not condition:
            self.find(where, what)
        return condition

    def expect_text(self, page, *texts):
        """The page shows these texts, whatever the case."""
        shown = page.inner_text("body").lower()
        for text in texts:
            self.expect(text.lower() in shown, page.url, f"does not show {text!r}")

    def look(self, page, name):
        """Judges the page that is shown, and keeps pictures of it."""
        headings = page.locator("h1").count()
        self.expect(headings == 1, page.url, f"{headings} headings of the first level")
        self.expect(page.locator("html").get_attribute("lang"), page.url, "no language")
        for control in page.evaluate(UNREACHED):
            self.find(page.url, f"the keyboard does not reach {control}")
        self._judge_accessibility(page, "light", RULES)
        page.screenshot(path=self.screenshots / f"{name}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        self._judge_accessibility(page, "dark", DARK_RULES)
        page.screenshot(path=self.screenshots / f"{name}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")

    def _judge_accessibility(self, page, scheme, rules):
        for violation in self._axe.run(page, options=rules).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                self.find(page.url, f"axe ({scheme}): {violation['id']}: {violation['help']}: {nodes}")

    def use_keyboard(self, page, selector, most=200):
        """Goes to a control with the Tab key, past the menu by the skip link, and sees to it that the focus is shown."""
        page.evaluate(FROM_THE_TOP)
        page.keyboard.press("Tab")
        self.expect(page.evaluate("() => document.activeElement.className === 'skip'"), page.url, "no skip link first")
        page.keyboard.press("Enter")
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                self.expect(page.evaluate(SHOWS_FOCUS), page.url, f"{selector} does not show the focus")
                return True
        self.find(page.url, f"the Tab key does not lead to {selector}")
        return False

    def report(self, **found):
        """What the test reads."""
        json.dump({"findings": sorted(set(self.findings)), **found}, sys.stdout)


def path_of(url):
    """Without the scheme and the host."""
    return re.sub(r"^https://[^/]+", "", url)


def slug(path):
    """A file name for a path."""
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")[:80] or "home"


def account():
    """The user and the password, from the standard input."""
    user, password = sys.stdin.read().split("\n")[:2]
    return user, password


def set_up(page, base, code, user, password):
    """Makes the first administrator, on the page that the sign-in page is while there is none."""
    page.goto(f"{base}/sign-in")
    page.fill("#code", code)
    page.fill("#user", user)
    page.fill("#password", password)
    page.fill("#again", password)
    page.click("main button.main")
    page.wait_for_load_state()


def sign_in(page, base, user, password):
    """Signs in on the page that asks for it; ends where the administration begins."""
    page.goto(f"{base}/sign-in")
    page.fill("#user", user)
    page.fill("#password", password)
    page.click("main button.main")
    page.wait_for_load_state()
    return not path_of(page.url).startswith("/sign-in")


def shape(path):
    """What a path has in common with others of its route: names and numbers in it do not count."""
    path, _, query = path.partition("?")
    keys = ",".join(sorted(part.partition("=")[0] for part in query.split("&") if part))
    parts = [part if re.fullmatch(r"[a-z][a-z-]*", part) else "*" for part in path.split("/")]
    return "/".join(parts) + ("?" + keys if keys else "")


def is_page(answer):
    """Whether the answer is a page, not a file to save."""
    return answer is not None and "text/html" in (answer.header_value("content-type") or "")


def walk(judge, page, base, name, most=2, limit=120):
    """Goes wherever links lead from the page that is shown, `most` pages of each shape, and looks at the first of each.

    Nothing is sent: a link must not change anything.
    """
    waiting, known, counts = links(page, base), set(), {}
    while waiting and len(known) < limit:
        path = waiting.pop(0)
        if path in known or counts.get(shape(path), 0) >= most:
            continue
        known.add(path)
        counts[shape(path)] = counts.get(shape(path), 0) + 1
        answer = page.goto(base + path, wait_until="load")
        if not is_page(answer):
            continue
        if judge.expect(answer.status == 200, path, f"status {answer.status}") and counts[shape(path)] == 1:
            judge.look(page, f"{name}-{slug(path)}")
        waiting.extend(links(page, base))
    return sorted(known)


def links(page, base):
    """The paths to which the page leads on its own site, without files to save, and lists in another order."""
    # A link of a drawing has no `href` that is a text.
    address = "links => links.map(link => new URL(link.getAttribute('href'), location).href)"
    found = page.eval_on_selector_all("a[href]:not([download])", address)
    paths = (link[len(base) :].partition("#")[0] for link in found if link.startswith(base + "/"))
    return [path for path in paths if not path.startswith("/assets/") and "sort=" not in path]
