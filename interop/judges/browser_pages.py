"""Looks at every page of the lab's members. Usage: browser_pages.py SCREENSHOTS LAB (MEMBER URL)...; on standard input: user, password.

Where there is no administrator yet, the user becomes the first, by the set-up code in the folder LAB.

Prints JSON: the findings, and the pages that were seen of each member.
"""

import pathlib
import sys

from browser import Judge, account, is_page, set_up, sign_in, walk


def without_scripts(judge, base, user, password, paths):
    """Every page can be read without JavaScript."""
    context = judge.context(java_script_enabled=False)
    page = judge.page(context)
    judge.expect(sign_in(page, base, user, password), base, "nobody can sign in without scripts")
    for path in paths:
        answer = page.goto(base + path)
        if is_page(answer):
            judge.expect(page.locator("h1").count() == 1, path, "is not readable without scripts")
            judge.expect(page.inner_text("main").strip(), path, "is empty without scripts")
    context.close()


def main():
    screenshots, lab = sys.argv[1], pathlib.Path(sys.argv[2])
    user, password = account()
    pages = {}
    with Judge(screenshots) as judge:
        for member, base in zip(sys.argv[3::2], sys.argv[4::2]):
            context = judge.context()
            page = judge.page(context)
            page.goto(f"{base}/sign-in")
            if page.locator("#code").count():
                judge.look(page, f"{member}-set-up")
                set_up(page, base, (lab / member / "setup-code").read_text().strip(), user, password)
                page.click("form.leave button")
                page.wait_for_load_state()
            judge.look(page, f"{member}-sign-in")
            judge.use_keyboard(page, "button.main")
            if not judge.expect(sign_in(page, base, user, password), base, f"{user} cannot sign in"):
                continue
            pages[member] = walk(judge, page, base, member)
            context.close()
            without_scripts(judge, base, user, password, pages[member])
        judge.report(pages=pages)


main()
