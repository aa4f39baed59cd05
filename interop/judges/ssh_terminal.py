"""A person at a terminal: the arguments are ssh with its arguments, or `--local` and the local shell.

Types, reads the screen, resizes the window.

Prints "ok" when the shell behaved; the first thing that was otherwise ends it with what was on the screen.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 30
MORE = "--More-- (<space> next page, <enter> next line, <q> no more)"


class Terminal:
    def __init__(self, arguments, rows, columns):
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.execvp(arguments[0], arguments)
        self.resize(rows, columns)
        self.screen = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.process, signal.SIGWINCH)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def until(self, text):
        """What is shown up to a text, with that; without the sequences that move the cursor."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.screen:
            if time.monotonic() > deadline:
                sys.exit(f"waited for {text!r}, and saw {self.screen!r}")
            readable, _, _ = select.select([self.master], [], [], 1)
            if readable:
                try:
                    piece = os.read(self.master, 65536)
                except OSError:
                    sys.exit(f"the connection ended; waited for {text!r}, and saw {self.screen!r}")
                self.screen += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", piece.decode()).replace("\r", "")
        seen, self.screen = self.screen.split(text, 1)
        return seen + text

    def end(self):
        _, status = os.waitpid(self.process, 0)
        return os.waitstatus_to_exitcode(status)


def rows(text, columns=80):
    """The rows that whole lines take on the screen."""
    return sum(max(1, -(-len(line) // columns)) for line in text.split("\n")[:-1])


def expect(seen, *texts):
    for text in texts:
        if text not in seen:
            sys.exit(f"{text!r} is missing in {seen!r}")


def main():
    arguments = sys.argv[1:]
    is_local = arguments[0] == "--local"
    terminal = Terminal(arguments[1:] if is_local else arguments, rows=10, columns=80)
    greeting = terminal.until("admin:")
    if not is_local:
        expect(greeting, "command line interface.", "Unified CM node judged", "help lists the commands")

    # Tab completes as the command is spelt; a second one lists.
    terminal.type("utils sipo\t")
    expect(terminal.until("utils sipOAuth-mode "))
    terminal.type("\t")
    listed = terminal.until("status\n")
    expect(listed, "disable", "enable")
    # ? shows what can follow, and the line is still there.
    terminal.type("?")
    expect(terminal.until("Whether devices may register with access tokens\n"), "utils sipOAuth-mode enable")
    terminal.type("status\r")
    expect(terminal.until("SIP OAuth mode is enabled."))
    terminal.until(MORE)
    terminal.type("q")
    terminal.until("admin:")

    # History and editing.
    terminal.type("shwo version active\x1b[A")
    terminal.type("\x1b[B\x01\x1b[C\x1b[C\x04\x04ow\r")
    expect(terminal.until("Active Master Version: "))
    terminal.until("admin:")

    # A page is as long as the window; enter shows a line, space a page, q no more.
    terminal.type("help\r")
    page = terminal.until(MORE).removeprefix("help\n")
    if rows(page) not in (8, 9):
        sys.exit(f"the first page has {rows(page)} rows: {page!r}")
    terminal.type("\r")
    seen = terminal.until(MORE)
    if seen.count("\n") != 1:
        sys.exit(f"enter shows more or less than a line: {seen!r}")
    # A larger window has larger pages.
    terminal.resize(20, 80)
    time.sleep(0.5)
    terminal.type(" ")
    page = terminal.until(MORE)
    if rows(page) not in (18, 19):
        sys.exit(f"the window grew to 20 rows, and the page has {rows(page)}: {page!r}")
    terminal.type("q")
    terminal.until("admin:")

    # Ctrl-C gives a line up, a page, and a question.
    terminal.type("half a line\x03")
    expect(terminal.until("^C\nadmin:"))
    terminal.type("help\r")
    terminal.until(MORE)
    terminal.type("\x03")
    expect(terminal.until("^C\nadmin:"))
    terminal.type("set cert regen tomcat\r")
    terminal.until("(yes|no)? ")
    terminal.type("\x03")
    expect(terminal.until("^C\nadmin:"))

    # A password is asked for twice and never shown.
    terminal.type("set user password bob\r")
    terminal.until("Password of bob: ")
    terminal.type("first-password-of-bob\r")
    terminal.until("Again: ")
    terminal.type("first-password-of-bob\r")
    seen = terminal.until("Password of bob set.\n")
    if "first-password" in seen:
        sys.exit(f"a password was shown: {seen!r}")
    terminal.until("admin:")

    terminal.type("exit\r")
    terminal_code = terminal.end()
    if terminal_code != 0:
        sys.exit(f"exit leaves with {terminal_code}")
    print("ok")


main()
