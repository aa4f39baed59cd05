"""What an administrator does with phones all day: find, add, copy, edit, delete, export, import; and two at once.

Usage: browser_objects.py SCREENSHOTS LAB UCM_URL; on standard input: user, password. Prints JSON: the findings.
"""

import csv
import io
import sys
from urllib.parse import quote

from browser import Judge, account, sign_in

PHONES = "/ccmadmin/phone"
HOW_MANY = 60


def save(page):
    with page.expect_navigation() as answer:
        page.locator("main").get_by_role("button", name="Save").click()
    return answer.value.status


def edit(page, base, name):
    page.goto(f"{base}{PHONES}/edit?name={quote(name)}")


def write_two_at_once(judge, first, second, base):
    """The second to save is told, sees both states, and nothing is lost."""
    for page in (first, second):
        edit(page, base, "CSFBOB")
    first.fill("#description", "by the first")
    judge.expect(save(first) == 200, PHONES, "the first cannot save")
    second.fill("#description", "by the second")
    status = save(second)
    judge.expect(status == 409, PHONES, f"the second gets {status}")
    states = second.locator("#conflict tbody tr").all_inner_texts()
    shown = [" ".join(row.split()) for row in states]
    judge.expect(shown == ["Description by the second by the first"], PHONES, f"the second sees {shown}")
    judge.expect(second.input_value("#description") == "by the second", PHONES, "what the second typed is lost")
    judge.look(second, "conflict")
    edit(first, base, "CSFBOB")
    judge.expect(first.input_value("#description") == "by the first", PHONES, "the second has overwritten the first")
    judge.expect(save(second) == 200, PHONES, "the second cannot decide")
    edit(first, base, "CSFBOB")
    judge.expect(first.input_value("#description") == "by the second", PHONES, "the second's decision is not kept")


def write_by_keyboard(judge, page, base):
    """A phone is described without a mouse."""
    edit(page, base, "CSFBOB")
    if judge.use_keyboard(page, "#description"):
        page.keyboard.press("Control+a")
        page.keyboard.type("typed")
    if judge.use_keyboard(page, "#object button.main"):
        with page.expect_navigation():
            page.keyboard.press("Enter")
    judge.expect(page.input_value("#description") == "typed", PHONES, "the keyboard does not save")


def import_many(judge, page, base):
    """A file is tried, refused when a line is wrong, and written as a whole."""
    page.goto(f"{base}{PHONES}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [row["Device Name"] for row in rows]
    judge.expect({"CSFALICE", "CSFBOB"} <= set(names), PHONES, f"the export has {names}")
    bob = next(row for row in rows if row["Device Name"] == "CSFBOB")
    blank = {column: "" for column in bob if column.endswith(" 1")}
    one = bob | blank | {"Owner User ID": "", "Digest User": "", "Users": ""}
    many = [one | {"Device Name": f"CSFMANY{number:02}"} for number in range(HOW_MANY)]
    try_import(page, base, many + [one | {"Device Name": "CSFWRONG", "Device Security Profile": "there is none"}])
    judge.expect(page.locator("#report .refused").inner_text() == "1", page.url, "the wrong line is not refused")
    judge.expect(page.get_by_role("button", name="Write it").count() == 0, page.url, "a wrong file can be written")
    judge.look(page, "import-refused")
    try_import(page, base, many)
    judge.expect(page.locator("#report .added").inner_text() == str(HOW_MANY), page.url, "not all lines are added")
    judge.look(page, "import-tried")
    page.get_by_role("button", name="Write it").click()
    page.wait_for_load_state()


def try_import(page, base, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    page.goto(f"{base}{PHONES}/import")
    page.fill("textarea#text", text.getvalue())
    page.get_by_role("button", name="Try it").click()
    page.wait_for_load_state()


def find(judge, page, base):
    """Filtered, sorted and cut into pages by the address alone."""
    page.goto(f"{base}{PHONES}?value=CSFMANY&rows=25")
    judge.expect(page.locator("tbody tr").count() == 25, page.url, "not a page of 25 rows")
    judge.expect(f"of {HOW_MANY}" in page.locator("caption").first.inner_text(), page.url, "not all are found")
    judge.look(page, "list-filtered")
    # What axe-core leaves behind would be taken over into the next page.
    page.reload()
    page.get_by_role("link", name="Page 3").click()
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 10")
    page.goto(f"{base}{PHONES}?field=name&how=ends&value=MANY07")
    judge.expect(page.locator("tbody th a").all_inner_texts() == ["CSFMANY07"], page.url, "one is not found")
    page.goto(f"{base}{PHONES}?sort=name&order=down&value=CSFMANY")
    first = page.locator("tbody th a").first.inner_text()
    judge.expect(first == f"CSFMANY{HOW_MANY - 1}", page.url, f"descending begins with {first}")


def copy_and_delete(judge, page, base):
    """A copy has everything but the name; what is in use cannot be deleted, and says by whom."""
    edit(page, base, "CSFMANY01")
    page.get_by_role("link", name="Copy").click()
    page.wait_for_load_state()
    judge.expect(page.input_value("#name") == "", page.url, "the copy has the name")
    page.fill("#name", "CSFMANYCOPY")
    judge.expect(save(page) == 200, page.url, "the copy is not saved")
    page.get_by_role("link", name="Delete").click()
    page.wait_for_load_state()
    page.locator("main").get_by_role("button", name="Delete").click()
    page.wait_for_load_state()
    edit_status = page.goto(f"{base}{PHONES}/edit?name=CSFMANYCOPY").status
    judge.expect(edit_status == 404, page.url, f"what was deleted is there: {edit_status}")
    page.goto(f"{base}/ccmadmin/device-pool/delete?name=Default")
    judge.expect("CSFBOB" in page.inner_text("#dependants"), page.url, "who needs the pool is not told")
    judge.look(page, "delete-in-use")


def main():
    screenshots, _, base = sys.argv[1:]
    user, password = account()
    with Judge(screenshots) as judge:
        first, second = (judge.page(judge.context()) for _ in range(2))
        for page in (first, second):
            sign_in(page, base, user, password)
        write_two_at_once(judge, first, second, base)
        write_by_keyboard(judge, first, base)
        import_many(judge, first, base)
        find(judge, first, base)
        copy_and_delete(judge, first, base)
        first.goto(f"{base}/ccmadmin/audit-log?value=CSFBOB")
        judge.expect_text(first, 'Phone "CSFBOB"')
        judge.look(first, "audit-log")
        judge.report()


main()
