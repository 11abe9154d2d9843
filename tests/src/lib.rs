//! A small harness that runs the whole program and looks at what it says.
#![forbid(unsafe_code)]

use motrace_record::{RecordedStream, Recording};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self:#?}"))
    }

    /// Checks that the run ended well.
    ///
    /// # Panics
    /// With everything it said, where it did not.
    #[expect(clippy::must_use_candidate, reason = "it is called for its check, too")]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Checks that the run failed politely: the exit code, one message that holds `part`, and no panic.
    ///
    /// # Panics
    /// With everything it said, where it did not.
    pub fn refused(&self, code: i32, part: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.stderr.to_lowercase().contains(&part.to_lowercase()), "expected {part:?} in {self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        assert!(self.stderr.lines().count() <= 12, "one clear message was expected: {self:#?}");
    }
}

/// Runs the program to its end; kills it after `limit_secs`.
///
/// # Panics
/// Where it cannot be started or does not end.
#[must_use]
pub fn motrace<S: AsRef<std::ffi::OsStr>>(program: &str, arguments: &[S], limit_secs: u64) -> Run {
    let (code, stdout, stderr) = wait(start(program, arguments), limit_secs);
    Run { code, stdout, stderr }
}

/// Starts the program in the background.
///
/// # Panics
/// Where it cannot be started.
#[must_use]
pub fn start<S: AsRef<std::ffi::OsStr>>(program: &str, arguments: &[S]) -> Child {
    start_on(&repository().join("tests/lsl_api.cfg"), program, arguments)
}

/// Starts the program in the background, with an LSL configuration of its own.
///
/// # Panics
/// Where it cannot be started.
#[must_use]
pub fn start_on<S: AsRef<std::ffi::OsStr>>(lsl: &Path, program: &str, arguments: &[S]) -> Child {
    Command::new(program)
        .args(arguments)
        .env("LSLAPICFG", lsl)
        .env("NO_COLOR", "1")
        .current_dir(repository())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}"))
}

/// An LSL network of one test: the loopback, in a session that no other test sees.
#[derive(Debug)]
pub struct Network {
    folder: tempfile::TempDir,
}

impl Network {
    /// A network of this name, made of letters, digits and hyphens.
    ///
    /// # Panics
    /// Where its configuration cannot be written.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let common = std::fs::read_to_string(repository().join("tests/lsl_api.cfg")).expect("the LSL configuration");
        let session = format!("{name}-{}", std::process::id());
        let text: Vec<String> = common
            .lines()
            .map(|line| if line.starts_with("SessionID") { format!("SessionID = {session}") } else { line.to_owned() })
            .collect();
        std::fs::write(folder.path().join("lsl_api.cfg"), text.join("\n")).expect("written");
        Self { folder }
    }

    /// The LSL configuration file, for `LSLAPICFG`.
    #[must_use]
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("lsl_api.cfg")
    }

    /// A folder that lasts as long as the network.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Waits for a program; kills it after `limit_secs`.
///
/// # Panics
/// Where it does not end in time.
#[must_use]
pub fn wait(mut child: Child, limit_secs: u64) -> (Option<i32>, String, String) {
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut stream) = stream {
                let _ = stream.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let stdout = read(child.stdout.take().map(|s| Box::new(s) as Box<dyn std::io::Read + Send>));
    let stderr = read(child.stderr.take().map(|s| Box::new(s) as Box<dyn std::io::Read + Send>));
    let begin = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if begin.elapsed() > Duration::from_secs(limit_secs) => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(e) => panic!("waiting: {e}"),
        }
    };
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    let Some(status) = status else { panic!("still running after {limit_secs} s\n{stdout}\n{stderr}") };
    (status.code(), stdout, stderr)
}

/// A program in the background whose lines are heard as they come; it is killed when this is dropped.
#[derive(Debug)]
pub struct Watched {
    child: Child,
    lines: Receiver<Line>,
    /// Everything it has said so far.
    pub heard: Vec<Line>,
}

/// Something that a program said.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whether on standard error.
    pub is_error: bool,
    /// What, without the end of the line.
    pub text: String,
}

impl Watched {
    /// Listens to a program that was just started.
    #[must_use]
    pub fn new(mut child: Child) -> Self {
        let (sender, lines) = channel();
        let streams: [(bool, Option<Box<dyn std::io::Read + Send>>); 2] = [
            (false, child.stdout.take().map(|s| Box::new(s) as _)),
            (true, child.stderr.take().map(|s| Box::new(s) as _)),
        ];
        for (is_error, stream) in streams {
            let Some(stream) = stream else { continue };
            let sender = sender.clone();
            std::thread::spawn(move || {
                for bytes in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let _ = sender.send(Line { is_error, text });
                }
            });
        }
        Self { child, lines, heard: Vec::new() }
    }

    /// Waits until it says something that holds `part`. What was heard before does not count.
    ///
    /// # Panics
    /// Where it does not within `limit_secs`.
    pub fn wait_for(&mut self, part: &str, limit_secs: u64) {
        let is_heard = self.hears(part, limit_secs);
        assert!(is_heard, "{part:?} was not said within {limit_secs} s: {:#?}", self.heard);
    }

    /// Whether it says something that holds `part` within `limit_secs`. What was heard before does not count.
    pub fn hears(&mut self, part: &str, limit_secs: u64) -> bool {
        let until = Instant::now() + Duration::from_secs(limit_secs);
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            let is_it = line.text.contains(part);
            self.heard.push(line);
            if is_it {
                return true;
            }
        }
        false
    }

    /// Sends a signal, such as `INT`.
    ///
    /// # Panics
    /// Where that is not possible.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|s| s.success()), "kill -{name}");
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// Where it does not come within `limit_secs`.
    #[must_use]
    pub fn finish(mut self, limit_secs: u64) -> Run {
        let until = Instant::now() + Duration::from_secs(limit_secs);
        // The lines end with the program.
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.heard.push(line);
        }
        assert!(Instant::now() < until, "still running after {limit_secs} s: {:#?}", self.heard);
        let code = self.child.wait().ok().and_then(|status| status.code());
        let all = |is_error| {
            let said = self.heard.iter().filter(|line| line.is_error == is_error);
            said.map(|line| format!("{}\n", line.text)).collect::<String>()
        };
        Run { code, stdout: all(false), stderr: all(true) }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until there is something, looking for it again and again, and gives it.
///
/// # Panics
/// Where there is nothing within three minutes: far longer than anything takes, however busy the machine is.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(180) {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not come to this: {what}")
}

/// So many samples of a stream are in a recording, which may still be written.
#[must_use]
pub fn recorded_samples(recording: &Path, stream: &str) -> usize {
    let Ok(recording) = Recording::open(recording) else { return 0 };
    recording.streams.iter().filter(|s| s.info.name == stream).map(RecordedStream::sample_count).sum()
}

/// So many lines are in a file, which may still be written.
#[must_use]
pub fn lines_in(file: &Path) -> usize {
    std::fs::read(file).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
}

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The folder of real recordings, or `None` (and a line that says so) where `MOTRACE_DATA` is not set.
#[must_use]
pub fn real_data() -> Option<PathBuf> {
    folder("MOTRACE_DATA", "the real recordings")
}

/// The Python interpreter of the reference environment, or `None` (and a line that says so) where
/// `MOTRACE_REFERENCE` is not set.
#[must_use]
pub fn reference_python() -> Option<PathBuf> {
    folder("MOTRACE_REFERENCE", "the reference environment").map(|folder| folder.join("bin/python"))
}

fn folder(variable: &str, what: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from);
    if found.is_none() {
        println!("SKIPPED: {variable} does not name the folder of {what}");
    }
    found.map(|f| if f.is_relative() { repository().join(f) } else { f })
}

/// Checks that two decision logs (`decisions.jsonl`) agree bit for bit: the same decisions, and for those that
/// were explained in both, the same relevance.
///
/// # Panics
/// With the first difference.
pub fn assert_same_decisions(a: &Path, b: &Path) {
    let read = |path: &Path| -> std::collections::BTreeMap<String, serde_json::Value> {
        std::fs::read_to_string(path)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
            .lines()
            .map(|line| {
                let json: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
                (format!("{} {} {}", json["kind"], json["trial"], json["end"]), json)
            })
            .collect()
    };
    let (a, b) = (read(a), read(b));
    assert!(a.len() > 10, "{} decisions", a.len());
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "other decisions");
    let mut explained = 0;
    for (key, ours) in &a {
        let theirs = &b[key];
        assert!(ours["value_bits"].is_string(), "{ours}");
        for part in ["value_bits", "class", "probabilities"] {
            assert_eq!(ours[part], theirs[part], "{part} of {key}");
        }
        if !ours["relevance_digest"].is_null() && !theirs["relevance_digest"].is_null() {
            assert_eq!(ours["relevance_digest"], theirs["relevance_digest"], "{key}");
            explained += 1;
        }
    }
    assert!(explained > a.len() / 2, "only {explained} of {} were explained in both", a.len());
}

/// A file system of a fixed size in memory, unmounted when dropped.
#[derive(Debug)]
pub struct TinyDisk(PathBuf);

impl TinyDisk {
    /// Makes the folder and mounts the file system there; `None`, with a line that says so, where that is not allowed.
    /// The size is as `mount` takes it: `200k`.
    ///
    /// # Panics
    /// Where the folder cannot be made.
    #[must_use]
    pub fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir(at).expect("a folder");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).output();
        if !mounted.as_ref().is_ok_and(|o| o.status.success()) {
            println!("SKIPPED: a file system cannot be mounted here: {mounted:?}");
            return None;
        }
        Some(Self(at.to_owned()))
    }

    /// Where it is.
    #[must_use]
    pub fn at(&self) -> &Path {
        &self.0
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
