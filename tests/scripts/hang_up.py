"""Runs a program in a pseudo-terminal and closes the terminal: hang_up.py WAIT_FOR SECS PROGRAM ARGUMENTS…

Waits until WAIT_FOR is on the screen, then for SECS, closes the terminal as a window is closed, and prints as JSON how
the program ended and how long that took.
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

ROWS, COLUMNS = 24, 80

wait_for, secs, program, arguments = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4:]
keeper, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(terminal, fd)
    os.close(keeper)
    os.environ["TERM"] = "xterm-256color"
    os.execv(program, [program, *arguments])
os.close(terminal)

picture, seen_at = Picture(ROWS, COLUMNS), None
begin = time.monotonic()
while time.monotonic() - begin < 180:
    if select.select([keeper], [], [], 0.05)[0]:
        picture.feed(os.read(keeper, 65536))
    if seen_at is None and picture.shows(wait_for):
        seen_at = time.monotonic()
    if seen_at is not None and time.monotonic() - seen_at > secs:
        break
os.close(keeper)
closed, status = time.monotonic(), None
while time.monotonic() - closed < 180:
    done, wait_status = os.waitpid(pid, os.WNOHANG)
    if done:
        status = os.waitstatus_to_exitcode(wait_status)
        break
    time.sleep(0.05)
else:
    os.kill(pid, signal.SIGKILL)
print(json.dumps({"seen": seen_at is not None, "status": status, "secs": time.monotonic() - closed}))
