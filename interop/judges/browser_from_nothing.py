"""Sets up SIP OAuth from nothing as an administrator does, by clicking; then sees the phones.

Usage: browser_from_nothing.py SCREENSHOTS set-up|seen UCM C E CODE_FILE_UCM CODE_FILE_C CODE_FILE_E; on standard input: user,
password. All users get that password. Prints JSON: the findings; with `seen`, what the pages say of the registered phones.
"""

import pathlib
import sys

from browser import Judge, account, set_up, sign_in

NODE = "judged"
PROFILE = "Softphone - OAuth"
AXL = "axl"
# What takes a restart or a discovery.
PATIENT = 40_000
OAUTH_PORTS = (("SIP Phone OAuth Port", "5090"), ("SIP Mobile and Remote Access OAuth Port", "5091"))


class Office:
    """The three members, each with a page of its administrator."""

    def __init__(self, judge, bases):
        self.judge = judge
        self.ucm, self.inner, self.outer = bases
        self.pages = {base: judge.page(judge.context(accept_downloads=True)) for base in bases}

    def open(self, base, path):
        page = self.pages[base]
        page.goto(base + path)
        return page

    def look(self, page, name):
        self.judge.look(page, f"nothing-{name}")
        # What axe-core leaves behind would be taken over into the next page.
        page.reload()

    def expect(self, page, condition, what):
        self.judge.expect(condition, page.url, what)

    def menu(self, base, item):
        """Follows the menu."""
        page = self.pages[base]
        page.locator("nav.menu").get_by_role("link", name=item, exact=True).click()
        page.wait_for_load_state()
        return page


def press(page, name):
    """Presses a button of the page that leads on."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


def say(page):
    """What the page tells about the act before."""
    return " ".join(page.locator("main > .flash").all_inner_texts())


def add(office, one, values):
    """Adds an object by the button of its list."""
    page = office.menu(office.ucm, f"{one}s")
    page.locator("main").get_by_role("link", name="Add New").click()
    page.wait_for_load_state()
    for field, value in values.items():
        control = page.locator(f"#{field}")
        if value is True:
            control.check()
        elif control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(label=value)
        else:
            control.fill(value)
    press(page, "Save")
    name = next(iter(values.values()))
    office.expect(page, f'{one} "{name}" was saved.' in say(page), f"{one} {name} is not saved: {say(page)}")
    return page


def first_sign_ins(office, files, user, password):
    """With the set-up code and a password that is forced to be good; then each signs in."""
    for base, file in zip((office.ucm, office.inner, office.outer), files):
        page = office.open(base, "/")
        code = pathlib.Path(file).read_text(encoding="ascii").strip()
        set_up(page, base, "AAAA-BBBB-CCCC-DDDD", user, password)
        office.expect(page, page.locator("#code-error").count() == 1, "a wrong set-up code is taken")
        if base == office.ucm:
            office.look(page, "set-up-refused")
        page.goto(f"{base}/sign-in")
        page.fill("#code", code)
        page.fill("#user", user)
        page.fill("#password", f"{user}-{user}-{user}")
        page.fill("#again", f"{user}-{user}-{user}")
        press(page, "Make the administrator")
        office.expect(page, page.locator("#password-error").count() == 1, "a password with the user ID is taken")
        set_up(page, base, code, user, password)
        page.click("form.leave button")
        page.wait_for_load_state()
        office.expect(page, sign_in(page, base, user, password), "the administrator cannot sign in")


def on_premises(office, password):
    """Objects, and the five steps."""
    secure = {"mode": "Encrypted", "transport": "TLS", "oauth": True}
    page = add(office, "Phone Security Profile", {"name": PROFILE} | secure)
    office.look(page, "profile")
    add(office, "Cisco Unified CM Group", {"name": "Office", "member1": NODE})
    add(office, "Device Pool", {"name": "Office", "group": "Office"})
    secret = {"password": password, "again": password}
    for name, first in (("alice", "Alice"), ("bob", "Bob")):
        add(office, "End User", {"user": name, "first": first} | secret)
    add(office, "End User", {"user": AXL, "last": "AXL", "axl": True} | secret)
    add(office, "Directory Number", {"number": "2001", "alerting": "Alice"})
    for device, owner, number in (("CSFALICE", "alice", "2001"), ("CSFBOB", "bob", "2002")):
        values = {"name": device, "pool": "Office", "owner": owner, "profile": PROFILE, "line1": number}
        page = add(office, "Phone", values)
    office.look(page, "phone")
    page = office.open(office.ucm, "/ccmadmin/end-user/edit?name=alice")
    page.fill("#devices", "CSFALICE")
    press(page, "Save")
    office.expect(page, page.input_value("#devices") == "CSFALICE", "alice is not associated with her phone")
    office.look(page, "user")

    page = office.menu(office.ucm, "Enable SIP OAuth")
    states = page.locator("ol.steps").first.locator("h3 .state").all_inner_texts()
    office.expect(page, states == ["to do", "done", "to do", "blocked", "done"], f"the steps are {states}")
    office.look(page, "path-before")
    page = office.menu(office.ucm, "Enterprise Parameters")
    page.select_option("#OAuthRefreshLoginFlow", label="Enabled")
    press(page, "Save")
    office.expect(page, "Saved: OAuth with Refresh Login Flow." in say(page), f"the parameter: {say(page)}")
    stage_ports(office)
    page = office.menu(office.ucm, "Enable SIP OAuth")
    press(page, "Enable SIP OAuth mode")
    office.expect(page, "SIP OAuth mode is enabled. Restart" in say(page), f"the mode: {say(page)}")
    page = office.menu(office.ucm, "Control Center - Feature Services")
    page.get_by_role("link", name="Restart Cisco CallManager on all nodes").click()
    page.wait_for_load_state()
    press(page, "Restart all nodes")
    page.get_by_text("Last restart of all nodes, by").wait_for(timeout=PATIENT)
    row = page.locator("#progress tbody tr").inner_text().split()[:2]
    office.expect(page, row == [NODE, "Started"], f"the restart: {row}")
    office.look(page, "control-center")
    page = office.menu(office.ucm, "Enable SIP OAuth")
    lead = "All steps for clients on premises are done: they register with their tokens."
    office.expect(page, page.locator("p.lead").inner_text() == lead, "the path on premises is not open")


def stage_ports(office):
    """A port is staged, which asks for a restart, and put back."""
    page = office.menu(office.ucm, "Cisco Unified CM")
    page.locator("main").get_by_role("link", name=NODE, exact=True).click()
    page.wait_for_load_state()
    for port, state in (("5092", "restart needed"), ("5090", "the same")):
        page.fill("#sip_phone_oauth", port)
        press(page, "Save")
        row = page.locator("tr", has_text="SIP Phone OAuth Port").last.inner_text().split("\t")
        office.expect(page, row[1:] == [port, "5090", state], f"the port: {row}")
        if port == "5092":
            office.look(page, "port-staged")


def download(page, link):
    with page.expect_download() as given:
        page.locator("main").get_by_role("link", name=link, exact=True).click()
    with open(given.value.path(), encoding="ascii") as file:
        return file.read()


def remote_access(office, password):
    """Trust each way, and the three steps for clients outside."""
    tomcat = office.menu(office.ucm, "Certificate Management")
    tomcat.locator("main").get_by_role("link", name="tomcat", exact=True).click()
    tomcat.wait_for_load_state()
    own = download(tomcat, "Download PEM")
    core, edge = (download(office.menu(base, "Server certificate"), "Download as PEM") for base in (office.inner, office.outer))
    for base, pem in ((office.inner, own), (office.inner, edge), (office.outer, core)):
        page = office.menu(base, "Trusted CA certificate")
        page.fill("#pem", pem)
        press(page, "Add")
        office.expect(page, "is in the list" in say(page), f"the upload: {say(page)}")
    office.look(office.pages[office.inner], "c-trusted-ca")
    page = office.menu(office.ucm, "Certificate Management")
    page.get_by_role("link", name="Add to tomcat-trust").click()
    page.wait_for_load_state()
    page.fill("#pem", core)
    press(page, "Upload")
    page = office.menu(office.ucm, "Control Center - Feature Services")
    page.get_by_role("link", name=f"Restart: Cisco CallManager, {NODE}").click()
    page.wait_for_load_state()
    press(page, "Restart")
    told = f"Cisco CallManager is restarted on {NODE}."
    office.expect(page, told in say(page), f"the restart: {say(page)}")

    page = office.menu(office.inner, "MRA access control")
    page.get_by_role("radio", name="UCM/LDAP basic authentication").check()
    page.select_option("#oauth", label="On")
    press(page, "Save")
    office.expect(page, "The settings are in force" in say(page), f"access control: {say(page)}")
    office.look(page, "c-access-control")
    page = office.menu(office.inner, "Traversal")
    links = "() => [...document.querySelectorAll('#links .state')].map(state => state.innerText).join() === 'Active,Active'"
    page.wait_for_function(links, timeout=PATIENT)
    page = office.menu(office.inner, "Unified CM servers")
    page.get_by_role("link", name="Add a server").click()
    page.wait_for_load_state()
    for field, value in (("publisher", NODE), ("username", AXL), ("password", password)):
        page.fill(f"#{field}", value)
    page.select_option("#verify", label="On")
    press(page, "Add and discover")
    page.get_by_text("Added. Its nodes have zones and search rules now.").wait_for(timeout=PATIENT)
    office.look(page, "c-discovery")
    page = office.menu(office.inner, "Unified CM servers")
    press(page, "Refresh servers")
    page = office.open(office.inner, f"/unified-cm-servers/discovery?publisher={NODE}")
    page.get_by_text("Refreshed.").wait_for(timeout=PATIENT)
    page = office.menu(office.inner, "Zones")
    active = "() => [...document.querySelectorAll('#zones .state')].map(state => state.innerText).join() === 'Active,Active'"
    page.wait_for_function(active, timeout=PATIENT)


def cells(row):
    return [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]


def four_checks(office):
    """The checks of the vendor's note, as the pages answer them."""
    page = office.menu(office.ucm, "Enterprise Parameters")
    mode = page.locator("#ClusterSIPOAuthMode option:checked").inner_text()
    office.expect(page, mode == "Enabled", f"Cluster SIPOAuth Mode is {mode}")
    office.look(page, "check-1-parameters")
    page = office.menu(office.ucm, "Expressway-Cs")
    names = [cells(row)[2] for row in page.locator("tbody tr").all()]
    office.expect(page, names == ["exp-c,127.0.76.2,exp-c.judged.test"], f"Device > Expressway-C has {names}")
    office.look(page, "check-2-expressway-c")
    page = office.menu(office.inner, "Zones")
    zones = {cells(row)[0]: cells(row)[-1] for row in page.locator("tbody tr").all()}
    office.expect(page, zones.get(f"CEOAuth-{NODE}") == "Active", f"the zones are {zones}")
    office.expect(page, set(zones.values()) == {"Active"}, f"the zones are {zones}")
    office.look(page, "check-3-zones")
    page = office.open(office.ucm, f"/ccmadmin/cisco-unified-cm/edit?name={NODE}")
    ports = {cells(row)[0]: cells(row)[1:] for row in page.locator("tbody tr").all()}
    for port, number in OAUTH_PORTS:
        office.expect(page, ports.get(port) == [number, number, "the same"], f"{port}: {ports.get(port)}")
    page = office.menu(office.ucm, "Open ports")
    ports = [cells(row) for row in page.locator("#settings tbody tr").all()][-2:]
    wanted = [[port, number, "listens"] for port, number in OAUTH_PORTS]
    office.expect(page, ports == wanted, f"the open ports are {ports}")
    office.look(page, "check-4-ports")
    page = office.menu(office.ucm, "Enable SIP OAuth")
    states = page.locator("h3 .state").all_inner_texts()
    office.expect(page, states == ["done"] * 5 + ["on Expressway-C", "done", "done"], f"the steps are {states}")
    office.look(page, "path-after")


def seen(office):
    """The phones, where the pages show who is registered."""
    page = office.menu(office.ucm, "Registrations")
    rows = {}
    for row in page.locator("#live table").first.locator("tbody tr").all():
        device, user, port = cells(row)[:3]
        rows[device.split()[0]] = [user, port.split(" TLS")[0]]
    office.look(page, "registrations")
    page.get_by_role("link", name="CSFBOB").first.click()
    page.wait_for_load_state()
    office.look(page, "ladder-outside")
    page = office.menu(office.inner, "Unified Communications")
    outside = [cells(row)[:2] for row in page.locator("#phones tbody tr").all()]
    office.look(page, "c-phones")
    page = office.menu(office.ucm, "Dashboard")
    office.look(page, "dashboard")
    page = office.menu(office.ucm, "Audit log")
    office.look(page, "audit")
    return {"registered": rows, "outside": outside}


def main():
    screenshots, part = sys.argv[1:3]
    bases, files = sys.argv[3:6], sys.argv[6:]
    user, password = account()
    with Judge(screenshots) as judge:
        office = Office(judge, bases)
        found = {}
        if part == "set-up":
            first_sign_ins(office, files, user, password)
            on_premises(office, password)
            remote_access(office, password)
        else:
            for base in bases:
                sign_in(office.pages[base], base, user, password)
            four_checks(office)
            found = seen(office)
        judge.report(**found)


main()
