//! The terminal is given back, however the dashboard ends: seen from the other side of a pseudo-terminal.
//!
//! Needs Python (`MOTRACE_REFERENCE`) for the pseudo-terminal.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

/// Runs the example in a pseudo-terminal of 80 × 24, sends `keys` once it has drawn, and prints what came out,
/// whether the terminal's settings are as before, and the exit status.
const HARNESS: &str = r#"
import os, pty, sys, time, termios, select, signal, fcntl, struct
program, keys = sys.argv[1], sys.argv[2]
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
    os.execv(program, [program] + (["--panic"] if keys == "panic" else []))
out, started, sent, status, raw = b"", time.time(), False, None, False
while time.time() - started < 120:
    if select.select([keeper], [], [], 0.1)[0]:
        out += os.read(keeper, 65536)
    if not sent and b"Overview" in out:
        raw = termios.tcgetattr(terminal)[3] & termios.ICANON == 0
        os.write(keeper, b"q" if keys == "panic" else keys.encode())
        sent = True
    done, s = os.waitpid(pid, os.WNOHANG)
    if done:
        status = os.waitstatus_to_exitcode(s)
        while select.select([keeper], [], [], 0.2)[0]:
            out += os.read(keeper, 65536)
        break
else:
    os.kill(pid, signal.SIGKILL)
print("raw", raw)
print("restored", termios.tcgetattr(terminal) == before)
print("left", out.rfind(b"\x1b[?1049l") > out.rfind(b"\x1b[?1049h") >= 0)
print("cursor", out.rfind(b"\x1b[?25h") > out.rfind(b"\x1b[?25l") >= 0)
print("message_after", out.find(b"asked to fail") > out.rfind(b"\x1b[?1049l") > 0)
print("status", status)
"#;

fn example() -> Option<PathBuf> {
    let tests = std::env::current_exe().ok()?;
    let path = tests.parent()?.parent()?.join("examples/dashboard");
    path.exists().then_some(path)
}

fn ends(keys: &str) -> Option<String> {
    let Ok(reference) = std::env::var("MOTRACE_REFERENCE") else {
        println!("skipped: MOTRACE_REFERENCE is not set");
        return None;
    };
    let Some(example) = example() else {
        println!("skipped: the example dashboard is not built");
        return None;
    };
    let output =
        Command::new(format!("{reference}/bin/python")).args(["-c", HARNESS]).arg(example).arg(keys).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}

#[test]
fn quitting_gives_the_terminal_back() {
    for keys in ["q", "\x03"] {
        let Some(text) = ends(keys) else { return };
        for fact in ["raw True", "restored True", "left True", "cursor True", "status 0"] {
            assert!(text.contains(fact), "{keys:?}: {fact} in\n{text}");
        }
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_printed() {
    let Some(text) = ends("panic") else { return };
    for fact in ["raw True", "restored True", "left True", "cursor True", "message_after True", "status 101"] {
        assert!(text.contains(fact), "{fact} in\n{text}");
    }
}
