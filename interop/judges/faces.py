"""Writes one object through each face of the product, and reads it through all of them.

Usage: faces.py SCREENSHOTS < JSON with `url`, `host`, `authority`, `user`, `password`, `token`, and the commands `shell` and `ssh`,
each a list of words to which a line of the admin shell is added.

A face is a way to write the description of a phone, and a way to read it. Prints JSON: the findings, and of each change the line
of the audit log.
"""

import json
import os
import subprocess
import sys

# The library trusts what is named when it is loaded.
ASKED = json.load(sys.stdin)
os.environ["REQUESTS_CA_BUNDLE"] = ASKED["authority"]

import requests  # noqa: E402
from browser import Judge, sign_in  # noqa: E402
from ciscoaxl import axl  # noqa: E402

PHONE = "CSFALICE"
EDIT = f"{ASKED['url']}/ccmadmin/phone/edit?name={PHONE}"
RESOURCE = f"{ASKED['url']}/api/v1/phones/{PHONE}"
# Who the log names for each face, and through what.
WHO = {"shell": "uid 0 cli", "ssh": "admin cli", "web": "admin web", "axl": "admin axl", "rest": "admin rest"}


def said(words, line):
    """What a shell says to a line."""
    done = subprocess.run([*words, line], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


class Shell:
    """The admin shell, on the node or over SSH."""

    def __init__(self, words):
        self.words = words

    def write(self, text):
        said(self.words, f'set phone {PHONE} description "{text}"')

    def read(self):
        shown = said(self.words, f"show phone {PHONE}")
        (line,) = (line for line in shown.splitlines() if line.lower().startswith("description"))
        return line.partition(":")[2].strip()


class Sql(Shell):
    """The documented SQL. It reads."""

    def read(self):
        shown = said(self.words, f"run sql select description from device where name = '{PHONE}'")
        return shown.splitlines()[2].strip()


class Web:
    """A browser."""

    def __init__(self, page):
        self.page = page

    def write(self, text):
        self.page.goto(EDIT)
        self.page.fill("#description", text)
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name="Save").click()

    def read(self):
        self.page.goto(EDIT)
        return self.page.input_value("#description")


class Soap:
    """AXL, by ciscoaxl."""

    def __init__(self):
        self.client = axl(ASKED["user"], ASKED["password"], ASKED["host"], "12.5", strict_ssl=True).client

    def write(self, text):
        self.client.updatePhone(name=PHONE, description=text)

    def read(self):
        return self.client.getPhone(name=PHONE)["return"]["phone"]["description"]


class Rest:
    """REST, with the version that was read."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = ASKED["authority"]
        self.session.headers["Authorization"] = f"Bearer {ASKED['token']}"

    def write(self, text):
        headers = {"If-Match": self.session.get(RESOURCE).headers["ETag"], "Content-Type": "application/merge-patch+json"}
        answer = self.session.patch(RESOURCE, data=json.dumps({"description": text}), headers=headers)
        assert answer.status_code == 200, answer.text

    def read(self):
        return self.session.get(RESOURCE).json()["description"]


def be_late(judge, faces):
    """Who writes what somebody else has changed in another face is told, and nothing is lost."""
    web, rest, shell = faces["web"], faces["rest"], faces["shell"]
    web.page.goto(EDIT)
    version = rest.session.get(RESOURCE).headers["ETag"]
    shell.write("first of three")
    web.page.fill("#description", "late in the browser")
    with web.page.expect_navigation() as answer:
        web.page.locator("main").get_by_role("button", name="Save").click()
    judge.expect(answer.value.status == 409, "web", f"who is late gets {answer.value.status}")
    states = [" ".join(row.split()) for row in web.page.locator("#conflict tbody tr").all_inner_texts()]
    judge.expect(states == ["Description late in the browser first of three"], "web", f"who is late sees {states}")
    headers = {"If-Match": version, "Content-Type": "application/merge-patch+json"}
    answer = rest.session.patch(RESOURCE, data=json.dumps({"description": "late over REST"}), headers=headers)
    judge.expect(answer.status_code == 412, "rest", f"who is late gets {answer.status_code}")
    # AXL knows no versions: it writes the fields that it is given, and leaves the others as they are.
    faces["axl"].client.updatePhone(name=PHONE, ownerUserName="bob")
    judge.expect(rest.session.get(RESOURCE).json()["owner"] == "bob", "axl", "the owner is not written")
    judge.expect(shell.read() == "first of three", "shell", f"what was first is lost: {shell.read()}")


def main():
    with Judge(sys.argv[1]) as judge:
        page = judge.page(judge.context())
        judge.expect(sign_in(page, ASKED["url"], ASKED["user"], ASKED["password"]), "/sign-in", "nobody can sign in")
        faces = {"shell": Shell(ASKED["shell"]), "ssh": Shell(ASKED["ssh"]), "web": Web(page), "axl": Soap(), "rest": Rest()}
        audit = {}
        for name, face in faces.items():
            text = f"written by {name}"
            face.write(text)
            audit[name] = said(ASKED["shell"], "show audit 1").splitlines()[-1]
            page.goto(f"{ASKED['url']}/ccmadmin/audit-log")
            row = " ".join(page.locator("tbody tr").first.inner_text().split())
            wanted = f'{WHO[name]} put Phone "{PHONE}" changed'
            judge.expect(row.endswith(f" {wanted}"), page.url, f"the log of the web ends with {row}")
            for reader, other in {**faces, "sql": Sql(ASKED["shell"])}.items():
                shown = other.read()
                judge.expect(shown == text, reader, f"shows {shown!r} and not {text!r}")
        be_late(judge, faces)
        judge.report(audit=audit)


main()
