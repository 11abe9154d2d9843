//! The program itself: how soon its first screen is there, and how much memory a session takes.

use crate::reference::number as said;
use crate::report::{Figure, Peer, Target};
use crate::sender::{Sender, on_loopback, session};
use crate::subject::Subject;
use crate::timing::{Timings, duration};
use crate::{Bench, Trouble, latency};
use serde_json::json;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace");
/// What the terminal is told before the first screen is drawn.
const ALTERNATE_SCREEN: &[u8] = b"\x1b[?1049h";
/// Printed right before the program takes the terminal over.
const BEGIN: &[u8] = b"BEGIN";
const STARTS: usize = 12;
const SESSION_SECS: u32 = 10;

/// From the program's start to the first screen, drawn on a terminal.
pub fn start_up(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let subject = Subject::new(22, 250.0)?;
    let model = bench.folder.path().join("figures.safetensors");
    subject.model.save(&model)?;
    let model = model.to_string_lossy().into_owned();
    let info = Timings::of(STARTS, || {
        let _ = Command::new(PROGRAM).args(["info", &model]).stdout(Stdio::null()).status();
    });
    let first_screens = (0..STARTS).map(|_| first_screen("demo")).collect::<Result<Vec<f64>, _>>();
    let (measured, screens) = match first_screens {
        Ok(secs) => {
            let screens = Timings::new(secs);
            let words =
                format!("{}; `motrace info` from start to end p50 {}", screens.in_words(), duration(info.p50()));
            (words, Some(screens))
        }
        Err(why) => (format!("`motrace info` p50 {}; the first screen: {why}", duration(info.p50())), None),
    };
    let peer = match &bench.reference {
        None => Peer::NotMeasured,
        Some(reference) => {
            let imports = "import numpy, scipy.signal, mne, mne.decoding, sklearn.discriminant_analysis, pylsl";
            let timings = Timings::of(5, || {
                let _ = reference.python().args(["-c", imports]).status();
            });
            Peer::Measured(format!("importing numpy, SciPy, MNE, scikit-learn and pylsl {}", duration(timings.p50())))
        }
    };
    Ok(vec![Figure {
        name: "start-up",
        what: "start of the program → first screen of the demo, 160 × 50".into(),
        measured,
        target: Some(Target { text: "≤ 50 ms".into(), met: screens.as_ref().map(|s| s.p50() <= 50e-3) }),
        peer,
        numbers: json!({
            "first_screen_p50_secs": screens.as_ref().map(Timings::p50),
            "first_screen_p99_secs": screens.as_ref().map(Timings::p99),
            "info_p50_secs": info.p50(),
        }),
    }])
}

/// Starts the program in a terminal of its own and waits until the screen shows `text`.
fn first_screen(text: &str) -> Result<f64, Trouble> {
    let command = format!("stty rows 50 cols 160; printf BEGIN; exec '{PROGRAM}'");
    let mut terminal = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .env("TERM", "xterm-256color")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("the program `script` (util-linux), which makes a terminal, could not be run: {e}"))?;
    let result = watch(&mut terminal, text);
    // Asked to end, so that it leaves nothing behind.
    if let Some(keys) = terminal.stdin.as_mut() {
        let _ = keys.write_all(b"q");
    }
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(5) && terminal.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(10));
    }
    if terminal.try_wait()?.is_none() {
        terminal.kill()?;
        terminal.wait()?;
    }
    result
}

fn watch(terminal: &mut Child, text: &str) -> Result<f64, Trouble> {
    let mut output = terminal.stdout.take().ok_or("the terminal has no output")?;
    let (sender, pieces) = crossbeam_channel::unbounded();
    // It reads on until the program ends, lest that wait for its terminal.
    std::thread::spawn(move || {
        let mut piece = [0; 65_536];
        while let Ok(count @ 1..) = output.read(&mut piece) {
            let _ = sender.send((Instant::now(), piece[..count].to_vec()));
        }
    });
    let (mut seen, mut begin): (Vec<u8>, Option<Instant>) = (Vec::new(), None);
    loop {
        let (at, piece) = pieces.recv_timeout(Duration::from_secs(10)).map_err(|_| "no screen within 10 s")?;
        seen.extend(piece);
        if begin.is_none() && find(&seen, BEGIN).is_some() {
            begin = Some(at);
        }
        if let (Some(begin), Some(screen)) = (begin, find(&seen, ALTERNATE_SCREEN))
            && find(&seen[screen..], text.as_bytes()).is_some()
        {
            return Ok((at - begin).as_secs_f64());
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The most memory of a live session that records and explains, without a screen.
pub fn memory(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    on_loopback()?;
    let mut subject = Subject::new(22, 250.0)?;
    let path = |name: &str| bench.folder.path().join(name);
    let (model, config) = (path("memory.safetensors"), path("memory-lsl_api.cfg"));
    subject.model.save(&model)?;
    std::fs::write(&config, motrace_lsl::loopback_config(&session())?)?;
    subject.info.name += "-memory";
    let sender = Sender::start(&subject.info)?;
    let mut live = Command::new(PROGRAM)
        .args(["live", "--headless", "--json", "--stream", &subject.info.name])
        .args(["--seconds", &SESSION_SECS.to_string(), "-m"])
        .arg(&model)
        .arg("--record")
        .arg(path("memory.xdf"))
        .arg("--log")
        .arg(path("memory.jsonl"))
        .env("LSLAPICFG", &config)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut most_bytes = 0.0_f64;
    while live.try_wait()?.is_none() {
        most_bytes = most_bytes.max(peak_memory_bytes(live.id()).unwrap_or(0.0));
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(sender);
    let output = live.wait_with_output()?;
    let session: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let decisions = said(&session, "decisions").unwrap_or(0.0);
    if !output.status.success() || decisions < 100.0 || most_bytes == 0.0 {
        return Err(format!("the session ended with {decisions} decisions and {}", output.status).into());
    }
    let megabytes = most_bytes / 1e6;
    let peer = match &bench.reference {
        None => Peer::NotMeasured,
        Some(_) => {
            let answer = latency::peer(bench, &mut subject, 4.0, 1.0)?;
            let bytes = said(&answer, "memory_bytes")?;
            Peer::Measured(format!("pylsl + MNE + scikit-learn loop {:.0} MB", bytes / 1e6))
        }
    };
    Ok(vec![Figure {
        name: "memory",
        what: format!("most memory of a live session of {SESSION_SECS} s that explains, records and logs"),
        measured: format!("{megabytes:.1} MB"),
        target: Some(Target::new("≤ 50 MB", megabytes <= 50.0)),
        peer,
        numbers: json!({ "peak_bytes": most_bytes, "decisions": decisions }),
    }])
}

/// The most resident memory of a process so far; `None` where the system does not say.
fn peak_memory_bytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024.0)
}
