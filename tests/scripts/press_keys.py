"""Runs a program in a pseudo-terminal and presses keys: press_keys.py WAIT_FOR KEYS DEAF_SECS PROGRAM ARGUMENTS…

Waits until WAIT_FOR is on the screen, reads nothing for DEAF_SECS (a terminal that hangs), presses the keys half a
second apart, and prints as JSON how the program ended and whether the terminal is as it was.
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

wait_for, keys, deaf_secs, program, arguments = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4], sys.argv[5:]
keeper, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(terminal)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(terminal, fd)
    os.environ["TERM"] = "xterm-256color"
    os.execv(program, [program, *arguments])

out, status, seen, raw = b"", None, False, False
begin = time.monotonic()
due = None
left = list(keys)
while time.monotonic() - begin < 45:
    if select.select([keeper], [], [], 0.05)[0]:
        out += os.read(keeper, 65536)
    now = time.monotonic()
    if not seen and wait_for.encode() in out:
        seen = True
        raw = termios.tcgetattr(terminal)[3] & termios.ICANON == 0
        time.sleep(deaf_secs)
        due = time.monotonic() + 0.5
    if due is not None and left and time.monotonic() >= due:
        os.write(keeper, left.pop(0).encode())
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
            "end": "" if status == 0 else out[-2000:].decode(errors="replace"),
        }
    )
)
