"""What an attacker tries against the pages. Usage: browser_security.py SCREENSHOTS LAB UCM_URL EDGE_URL; on standard input: the administrator
and the password, which the user `reader`, who only reads, has too.

The attacker's own site is served from another loopback address. Prints JSON: the findings, and how much was tried.
"""

import http.server
import secrets
import socket
import ssl
import sys
import threading
from urllib.parse import urlsplit

from browser import Judge, account, is_page, links, path_of, shape, sign_in

READER = "reader"
SESSION = "__Host-ringbearer-session"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
# A name that would be a script, were it not escaped in text and in attributes.
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
# What Expressway-E's 8443 must not know.
INSIDE = ["/", "/sign-in", "/ccmadmin/", "/ccmservice/", "/cmplatform/", "/live/", "/sip-oauth", "/set-up", "/api/v1/phones"]


class Site:
    """The attacker's site: one document."""

    def __init__(self):
        site = self
        self.document = ""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = site.document.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.200", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.200:{self._server.server_address[1]}/"

    def show(self, page, document):
        self.document = f"<!doctype html><title>Another site</title>{document}"
        page.goto(self.url)


def signed_in(judge, base, user, password):
    context = judge.context()
    page = judge.page(context)
    judge.expect(sign_in(page, base, user, password), "/sign-in", f"{user} cannot sign in")
    return context, page


def is_signed_in(context, base):
    """Whether the browser profile can see the administration, in a new tab."""
    page = context.new_page()
    page.goto(f"{base}/ccmadmin/")
    found = not path_of(page.url).startswith("/sign-in")
    page.close()
    return found


def forge(judge, site, base, user, password):
    """A form of another site does nothing, even if it has the token of the session."""
    context, page = signed_in(judge, base, user, password)
    token = page.get_attribute("input[name=csrf]", "value")
    attacker = context.new_page()
    for words in ("", token):
        form = f'<form method="post" action="{base}/sign-out"><input name="csrf" value="{words}"><button>Win</button></form>'
        site.show(attacker, form)
        attacker.click("button")
        attacker.wait_for_load_state()
        judge.expect(is_signed_in(context, base), "/sign-out", "a form of another site signed somebody out")
    answer = page.request.post(f"{base}/sign-out", form={"csrf": token}, headers={"Origin": site.url.rstrip("/")})
    judge.expect(answer.status == 403, "/sign-out", f"another origin, with cookie and token: {answer.status}")
    answer = page.request.post(f"{base}/sign-out", form={"csrf": "0" * len(token)}, headers={"Origin": base})
    judge.expect(answer.status == 403, "/sign-out", f"a wrong token: {answer.status}")
    judge.expect(is_signed_in(context, base), "/sign-out", "a forged form signed somebody out")
    context.close()


def frame(judge, site, base, user, password):
    """Nobody frames a page, so nobody's click is stolen."""
    context, _ = signed_in(judge, base, user, password)
    attacker = context.new_page()
    for path in ("/ccmadmin/", "/sign-in"):
        site.show(attacker, f'<iframe src="{base}{path}"></iframe>')
        attacker.wait_for_load_state("networkidle")
        shown = [inner.url for inner in attacker.frames if inner.url.startswith(base)]
        judge.expect(not shown, path, f"another site frames {shown}")
    context.close()


def fix(judge, base, user, password):
    """A session that somebody chose is not the one that signing in begins; one that was left is over."""
    context = judge.context()
    page = judge.page(context)
    chosen = secrets.token_hex(32)
    context.add_cookies([{"name": SESSION, "value": chosen, "url": base, "secure": True, "httpOnly": True}])
    sign_in(page, base, user, password)
    cookie = session(context, base)
    judge.expect(cookie["value"] != chosen, "/sign-in", "the session is the one that the attacker chose")
    for name, wanted in {"secure": True, "httpOnly": True, "sameSite": "Strict", "path": "/", "expires": -1}.items():
        judge.expect(cookie[name] == wanted, SESSION, f"{name} is {cookie[name]}")
    judge.expect(not cookie["domain"].startswith("."), SESSION, f"is for all hosts of {cookie['domain']}")
    page.click("form.leave button")
    page.wait_for_load_state()
    context.add_cookies([{"name": SESSION, "value": cookie["value"], "url": base, "secure": True, "httpOnly": True}])
    judge.expect(not is_signed_in(context, base), "/sign-out", "the session goes on after signing out")
    context.close()


def session(context, base):
    return next(cookie for cookie in context.cookies(base) if cookie["name"] == SESSION)


def crawl(judge, page, base, most=3, limit=300):
    """Every path that links lead to, and every form in the pages' main part."""
    page.goto(f"{base}/")
    waiting, seen, counts, forms = links(page, base), {}, {}, set()
    while waiting and len(seen) < limit:
        path = waiting.pop(0)
        if path in seen or counts.get(shape(path), 0) >= most:
            continue
        counts[shape(path)] = counts.get(shape(path), 0) + 1
        answer = page.goto(base + path)
        seen[path] = answer
        if not is_page(answer):
            continue
        forms |= set(page.eval_on_selector_all("form[method=post]", "forms => forms.map(form => form.action)"))
        waiting.extend(links(page, base))
    return seen, {path_of(form) for form in forms}


def bypass(judge, base, user, password):
    """Who only reads can send none of the forms that an administrator has; who is not signed in sees nothing."""
    context, page = signed_in(judge, base, user, password)
    seen, forms = crawl(judge, page, base)
    for path, answer in seen.items():
        if is_page(answer):
            for name, value in HEADERS.items():
                judge.expect(answer.headers.get(name) == value, path, f"{name}: {answer.headers.get(name)}")
    context.close()
    changing = sorted(forms - {"/sign-out", "/language", "/sign-in"})
    context, page = signed_in(judge, base, READER, password)
    token = page.get_attribute("input[name=csrf]", "value")
    for path in changing:
        answer = page.request.post(base + path, form={"csrf": token}, headers={"Origin": base}, max_redirects=0)
        judge.expect(answer.status == 403, path, f"who only reads gets {answer.status}")
    for path in seen:
        page.goto(base + path)
        offered = page.eval_on_selector_all(
            "main form[method=post]", "forms => forms.filter(form => form.querySelector('button')).map(form => form.action)"
        )
        judge.expect(not offered, path, f"offers to who only reads: {[path_of(form) for form in offered]}")
    context.close()
    nobody = judge.context()
    for path in sorted(seen) + changing:
        answer = nobody.request.get(base + path, max_redirects=0)
        refused = answer.status == 303 and answer.headers["location"].startswith("/sign-in")
        judge.expect(refused or answer.status in (404, 405) or path == "/", path, f"nobody gets {answer.status}")
    nobody.close()
    return len(seen), len(changing)


def speak_sip(base):
    """A REGISTER whose names are scripts, with a token that is none."""
    host = urlsplit(base).hostname
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    lines = [
        f"REGISTER sip:{host} SIP/2.0",
        "Via: SIP/2.0/TLS 192.0.2.1:5060;branch=z9hG4bKscript",
        'From: "<script>alert(3)</script>" <sip:2001@lab.test>;tag=1<b>',
        'To: "<img src=x onerror=alert(4)>" <sip:2001@lab.test>',
        "Call-ID: <script>alert(5)</script>",
        "CSeq: 1 REGISTER",
        "Max-Forwards: 70",
        "User-Agent: <script>alert(6)</script>",
        'Contact: <sip:2001@192.0.2.1:5060;transport=tls>;+u.sip!devicename.ccm.cisco.com="<script>alert(7)</script>"',
        'Proxy-Authorization: Bearer token="<script>alert(8)</script>"',
        "Content-Length: 0",
    ]
    for text in ("\r\n".join(lines), "\r\n".join(lines).replace("tag=1<b>", "tag=1").replace("Call-ID: <script>", "Call-ID: x<script>")):
        with socket.create_connection((host, 5090), timeout=10) as plain, context.wrap_socket(plain) as flow:
            flow.sendall((text + "\r\n\r\n").encode())
            flow.settimeout(5)
            try:
                flow.recv(4096)
            except TimeoutError:
                pass


def inject(judge, base, user, password):
    """Names from devices and administrators are text: no script of theirs runs on any page. A dialog would be a finding."""
    speak_sip(base)
    context, page = signed_in(judge, base, user, password)
    seen, _ = crawl(judge, page, base, most=12)
    shown = 0
    for path in seen:
        page.goto(base + path)
        if page.locator("main script, main img[src=x]").count():
            judge.find(path, "a name is markup")
        shown += "alert(" in page.inner_text("main")
    context.close()
    return shown


def stand_outside(judge, edge):
    """Expressway-E shows nothing of the administration to the Internet."""
    context = judge.context()
    for path in INSIDE:
        answer = context.request.get(edge + path, max_redirects=0)
        judge.expect(answer.status in (401, 403, 404), edge + path, f"outside one gets {answer.status}")
    context.close()


def main():
    base, edge = sys.argv[3:5]
    user, password = account()
    site = Site()
    with Judge(sys.argv[1]) as judge:
        forge(judge, site, base, user, password)
        frame(judge, site, base, user, password)
        fix(judge, base, user, password)
        pages, forms = bypass(judge, base, user, password)
        shown = inject(judge, base, user, password)
        stand_outside(judge, edge)
        judge.report(pages=pages, forms=forms, shown=shown)


main()
