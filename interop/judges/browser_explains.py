"""Goes through what the lab has reproduced, as an administrator who asks why; then through the four checks of the vendor's note.

Usage: browser_explains.py SCREENSHOTS LAB UCM_URL EXPRESSWAY_C_URL; on standard input: user, password. Prints JSON: the findings.
"""

import sys

from browser import Judge, account, path_of, sign_in

PROFILE = "Cisco Unified Client Services Framework - OAuth auth"
# The three causes of scenario 1: why, what puts it right, the link to there and where it leads, and the step that failed.
CAUSES = {
    "port-mismatch-mode-disabled": (
        "SIP OAuth mode is not enabled in the cluster, or the CallManager service was not restarted since",
        "Enable SIP OAuth mode in the cluster, then restart the CallManager service of every node.",
        ("Enable SIP OAuth", "/sip-oauth"),
        "Is SIP OAuth mode enabled in the cluster, and has this node taken it?",
    ),
    "port-mismatch-profile-without-oauth": (
        "the phone security profile of the device does not have OAuth authentication enabled",
        "Enable OAuth authentication in the phone security profile of the device, or give the device a profile that has it.",
        (f"System > Phone Security Profile: {PROFILE}", "/ccmadmin/phone-security-profile/edit?name=" + PROFILE.replace(" ", "+")),
        "Does the phone security profile of the device have OAuth authentication enabled?",
    ),
    "port-mismatch-wrong-transport": (
        "an OAuth device must come in over TLS on the OAuth port, and the edge over mutual TLS on its own",
        "Let the client fetch its configuration anew: a phone inside registers over TLS on the SIP Phone OAuth Port, one outside "
        "through Expressway-C with mutual TLS.",
        ("Device > Phone: CSFALICE", "/ccmadmin/phone/edit?name=CSFALICE"),
        "Is the device one that this port is for?",
    ),
}
# Scenarios 2 and 3 as Unified CM has seen them: why, who sent the alert, what puts it right, and the chain that breaks.
HANDSHAKES = {
    "peer-says-unknown-ca": (
        "The peer does not know the authority of our certificate.",
        "The peer sent the fatal alert unknown_ca (48).",
        "Add the signer of the tomcat certificate to the trusted CA list of the Expressway-C.",
        "CN=ucm-pub",
    ),
    "certificate-unknown-ca": (
        "The authority of the peer's certificate is not known here.",
        "This node sent the fatal alert unknown_ca (48).",
        "Upload the signer of its certificate to tomcat-trust.",
        "CN=exp-c",
    ),
}
# The same as Expressway-C has seen them.
ZONE_FAILURES = [
    "unknown_ca sent by us: add the CA that signed the certificate of ucm-pub to the trusted CA list of Expressway-C",
    "unknown_ca sent by ucm-pub: add the CA that signed the certificate of Expressway-C to tomcat-trust of Unified CM",
]


def words(locator):
    return " ".join(locator.inner_text().split())


def explain_refusals(judge, page, base):
    for reason, (why, remedy, (link, place), step) in CAUSES.items():
        page.goto(f"{base}/live/refusals")
        page.select_option("select[name=reason]", reason)
        page.get_by_role("button", name="Show").click()
        page.wait_for_load_state()
        rows = page.locator("tbody tr")
        judge.expect(rows.count() == 1, page.url, f"{rows.count()} refusals for {reason}")
        row = words(rows.first)
        judge.expect(why in row and "REGISTER 403 CSFALICE" in row, page.url, f"the list says {row}")
        rows.first.get_by_role("link", name="Why?").click()
        page.wait_for_load_state()
        judge.expect_text(page, "REGISTER CSFALICE: 403", why, remedy)
        steps = [words(one) for one in page.locator("ol li").all()]
        failed = [one for one in steps if "? failed" in one]
        judge.expect(failed == steps[-1:] and failed[0].startswith(step), page.url, f"the steps are {steps}")
        judge.look(page, f"why-{reason}")
        page.locator("main").get_by_role("link", name=link, exact=True).click()
        page.wait_for_load_state()
        judge.expect(path_of(page.url) == place, page.url, f"{link} does not lead to {place}")
        judge.expect(page.locator("h1").count() == 1, page.url, "is no page")


def explain_handshakes(judge, page, base):
    page.goto(f"{base}/live/handshakes?show=failed")
    judge.expect(page.locator("tbody tr").count() == len(HANDSHAKES), page.url, "not one failure for each scenario")
    for reason, (why, alert, remedy, subject) in HANDSHAKES.items():
        page.goto(f"{base}/live/handshakes?show=failed")
        page.locator("tbody tr", has_text=reason).get_by_role("link", name="Certificates").click()
        page.wait_for_load_state()
        judge.expect_text(page, why, alert, remedy)
        broken = page.locator("li.link.broken")
        judge.expect(broken.count() == 1 and broken.locator("h3").inner_text() == subject, page.url, "the wrong link is marked")
        judge.look(page, f"why-{reason}")


def explain_zones(judge, page, base):
    page.goto(f"{base}/handshakes")
    rows = [words(row) for row in page.locator("tbody tr", has_text="CEOAuth-ucm-pub").all()]
    for failure in ZONE_FAILURES:
        judge.expect(sum(failure in row for row in rows) == 1, page.url, f"{failure!r} is not there once: {rows}")


def check(judge, ucm, expressway, ucm_url, expressway_url):
    """SPEC: the four checks, each where an administrator looks."""
    ucm.goto(f"{ucm_url}/ccmadmin/enterprise-parameters")
    mode = ucm.get_by_label("Cluster SIPOAuth Mode").locator("option:checked").inner_text()
    judge.expect(mode == "Enabled", ucm.url, f"check 1: Cluster SIPOAuth Mode is {mode}")
    ucm.goto(f"{ucm_url}/ccmadmin/expressway-c")
    row = words(ucm.locator("tbody tr").first)
    judge.expect(row.startswith("exp-c this is added through axl exp-c,"), ucm.url, f"check 2: the row is {row}")
    expressway.goto(f"{expressway_url}/zones")
    zones = [words(row) for row in expressway.locator("tbody tr", has_text="CEOAuth-").all()]
    judge.expect(
        zones == ["CEOAuth-ucm-pub Neighbor ucm-pub:5091 1 Active", "CEOAuth-ucm-sub Neighbor ucm-sub:5091 0 Active"],
        expressway.url,
        f"check 3: the zones are {zones}",
    )
    ucm.goto(f"{ucm_url}/cmplatform/open-ports")
    ports = [words(row) for row in ucm.locator("#settings tbody tr").all()]
    wanted = ["SIP Phone OAuth Port 5090 listens", "SIP Mobile and Remote Access OAuth Port 5091 listens"]
    judge.expect(ports[-2:] == wanted, ucm.url, f"check 4: the ports are {ports}")
    judge.look(ucm, "open-ports")


def main():
    screenshots, _, ucm_url, expressway_url = sys.argv[1:]
    user, password = account()
    with Judge(screenshots) as judge:
        ucm, expressway = (judge.page(judge.context()) for _ in range(2))
        judge.expect(sign_in(ucm, ucm_url, user, password), ucm_url, "nobody can sign in")
        judge.expect(sign_in(expressway, expressway_url, user, password), expressway_url, "nobody can sign in")
        explain_refusals(judge, ucm, ucm_url)
        explain_handshakes(judge, ucm, ucm_url)
        explain_zones(judge, expressway, expressway_url)
        check(judge, ucm, expressway, ucm_url, expressway_url)
        judge.report()


main()
