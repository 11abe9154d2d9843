"""Runs a program in a pseudo-terminal and presses keys: press_keys.py WAIT_FOR KEYS DEAF PROGRAM ARGUMENTS…

Waits until WAIT_FOR is on the screen, reads nothing for a while (a terminal that hangs), presses the keys half a second
apart for as long as the program runs, and prints as JSON how the program ended and whether the terminal is as it was.

DEAF is how long it reads nothing: seconds, or SECONDS:LINES:FILE, which is at least so long, and until FILE has that many
lines. A key that ends in `…` is pressed again and again.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

from emulated_terminal import Picture

LIMIT_SECS = 300
ROWS, COLUMNS = 24, 80

wait_for, keys, deaf, program, arguments = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
deaf_secs, deaf_lines, deaf_file = (deaf.split(":", 2) + ["0", ""])[:3] if ":" in deaf else (deaf, "0", "")
keeper, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
before = termios.tcgetattr(terminal)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(terminal, fd)
    os.environ["TERM"] = "xterm-256color"
    os.execv(program, [program, *arguments])


def lines_of(path):
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except FileNotFoundError:
        return 0


def stay_deaf():
    begin = time.monotonic()
    time.sleep(float(deaf_secs))
    while deaf_file and lines_of(deaf_file) < int(deaf_lines) and time.monotonic() - begin < LIMIT_SECS / 2:
        time.sleep(0.1)


def pressed():
    """The keys, one after the other."""
    for place, key in enumerate(keys):
        if key == "…":
            while True:
                yield keys[place - 1]
        yield key


out, status, seen, raw = b"", None, False, False
picture = Picture(ROWS, COLUMNS)
begin = time.monotonic()
due = None
left = pressed()
while time.monotonic() - begin < LIMIT_SECS:
    if select.select([keeper], [], [], 0.05)[0]:
        new = os.read(keeper, 65536)
        out += new
        picture.feed(new)
    if not seen and picture.shows(wait_for):
        seen = True
        raw = termios.tcgetattr(terminal)[3] & termios.ICANON == 0
        stay_deaf()
        due = time.monotonic() + 0.5
    if due is not None and time.monotonic() >= due:
        key = next(left, None)
        if key is not None:
            os.write(keeper, key.encode())
        due = time.monotonic() + 0.5
    done, wait_status = os.waitpid(pid, os.WNOHANG)
    if done:
        status = os.waitstatus_to_exitcode(wait_status)
        while select.select([keeper], [], [], 0.2)[0]:
            out += os.read(keeper, 65536)
        break
else:
    os.kill(pid, signal.SIGKILL)

print(
    json.dumps(
        {
            "seen": seen,
            "raw": raw,
            "status": status,
            "restored": termios.tcgetattr(terminal) == before,
            "left": out.rfind(b"\x1b[?1049l") > out.rfind(b"\x1b[?1049h") >= 0,
            "cursor": out.rfind(b"\x1b[?25h") > out.rfind(b"\x1b[?25l") >= 0,
            "after": out[out.rfind(b"\x1b[?1049l") :].decode(errors="replace"),
            "picture": "" if status == 0 else picture.text(),
            "end": "" if status == 0 else out[-2000:].decode(errors="replace"),
        }
    )
)
