//! Live sessions, as a person at the keyboard has them: `motrace stream` on one side, `motrace live` on the other.

use motrace_core::{Channel, StreamInfo, Unit};
use motrace_record::{Recording, XdfWriter};
use motrace_tests::{
    Network, Run, TinyDisk, Watched, assert_same_decisions, eventually, lines_in, motrace, recorded_samples,
    reference_python, repository, start_on,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn demo() -> PathBuf {
    repository().join("recordings/demo.xdf")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A network with a model of the demo recording in its folder.
struct Session {
    network: Network,
    model: PathBuf,
}

impl Session {
    fn new(name: &str) -> Self {
        let network = Network::new(name);
        let model = network.folder().join("model.safetensors");
        let demo = demo();
        let arguments = ["train", text(&demo), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"];
        motrace(PROGRAM, &arguments, 240).succeeded();
        Self { network, model }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.network.folder().join(name)
    }

    fn file(&self, name: &str, body: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, body).expect("written");
        path
    }

    fn start(&self, arguments: &[&str]) -> Watched {
        Watched::new(start_on(&self.network.configuration(), PROGRAM, arguments))
    }

    /// A stream, announced when this returns; it begins when somebody listens, and lasts longer than anybody does who
    /// begins late.
    fn stream(&self, what: &str, name: &str, more: &[&str]) -> Watched {
        let mut child = self.start(&[&["stream", what, "--name", name, "--wait", "--seconds", "300"], more].concat());
        child.wait_for("waiting for a listener", 120);
        child
    }

    fn live(&self, stream: &str, more: &[&str]) -> Watched {
        let model = text(&self.model);
        self.start(&[&["live", "-m", model, "--stream", stream, "--headless", "--wait", "60"], more].concat())
    }

    /// A configuration that names the marker stream. Without one, a session takes the markers that answer when it looks
    /// around; with one, it waits for them.
    fn markers(&self, name: &str, more: &str) -> PathBuf {
        self.file(&format!("{name}.toml"), &format!("[stream]\nmarkers = \"{name}-markers\"\n{more}"))
    }

    /// The decision log of a replay, every decision explained.
    fn replayed(&self, recording: &Path, more: &[&str]) -> (Value, PathBuf) {
        let log = self.path(&format!("{}.jsonl", recording.file_stem().expect("a name").display()));
        let arguments =
            ["replay", text(recording), "-m", text(&self.model), "--json", "--explain", "all", "--log", text(&log)];
        (motrace(PROGRAM, &[&arguments, more].concat(), 240).succeeded().json(), log)
    }
}

fn parsed(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).expect("a log");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The demo recording's signal, its values times `factor`, in `unit`, with its markers.
fn demo_in(path: &Path, unit: &Unit, factor: f64) {
    let recording = Recording::open(&demo()).expect("the demo recording");
    let eeg = recording.streams.iter().find(|s| s.info.kind == "EEG").expect("an EEG stream");
    let channels = eeg.info.channels.iter().map(|c| Channel { unit: unit.clone(), ..c.clone() }).collect();
    let mut writer = XdfWriter::create(path).expect("a new file");
    let signal = writer.add_stream(&StreamInfo { channels, ..eeg.info.clone() }).expect("added");
    let cues = StreamInfo {
        name: "cues".into(),
        kind: "Markers".into(),
        channels: vec![Channel::new("marker", Unit::Unspecified)],
        is_text: true,
        ..StreamInfo::default()
    };
    let cues = writer.add_stream(&cues).expect("added");
    let mut values = Vec::new();
    eeg.samples.extend_f32(0..usize::MAX, &mut values);
    values.iter_mut().for_each(|v| *v = (f64::from(*v) * factor) as f32);
    let stamps: Vec<f64> = (0..eeg.sample_count() as u64).map(|i| eeg.time_of_index(i)).collect();
    writer.write_samples(signal, &stamps, &values).expect("written");
    for marker in recording.markers(eeg) {
        writer.write_text(cues, marker.time_secs, &marker.text).expect("written");
    }
    writer.finish().expect("finished");
}

/// Nothing that moves the cursor, rings or colours.
fn assert_clean(run: &Run) {
    let unclean = |c: char| c.is_control() && c != '\n';
    assert!(!run.stdout.contains(unclean) && !run.stderr.contains(unclean), "{run:?}");
}

#[test]
fn what_was_recorded_live_replays_to_the_same_bits() {
    let session = Session::new("bits");
    let stream = session.stream(text(&demo()), "bits", &["--chunk", "7"]);
    let (recording, log) = (session.path("session.xdf"), session.path("live.jsonl"));
    let markers = session.markers("bits", "");
    let files = ["-c", text(&markers), "--record", text(&recording), "--log", text(&log)];
    let live = session.live("bits", &[&files[..], &["--seconds", "14", "--json"]].concat());
    let live = live.finish(240).succeeded().json();
    drop(stream);
    let (replayed, replay_log) = session.replayed(&recording, &[]);
    assert_same_decisions(&log, &replay_log);
    for field in ["accuracy", "kappa", "confusion", "trials", "decisions", "chance_interval", "stream"] {
        assert!(!live[field].is_null(), "{field} in {live:#}");
        assert_eq!(live[field], replayed[field], "{field}");
    }
    assert!(live["trials"].as_u64().expect("trials") >= 2, "{live:#}");
    assert_eq!(live["dropped_samples"], 0, "{live:#}");
    assert!(live["error"].is_null(), "{live:#}");
    assert!(live["latency"]["p99_micros"].is_number(), "{live:#}");
}

#[test]
fn streams_that_do_not_fit_the_model_are_refused_by_name() {
    let session = Session::new("misfits");
    // Other channels: the fourth is called something else.
    let recording = Recording::open(&demo()).expect("the demo recording");
    let eeg = recording.streams.iter().find(|s| s.info.kind == "EEG").expect("an EEG stream");
    let mut labels: Vec<&str> = eeg.info.channels.iter().map(|c| c.label.as_str()).collect();
    let missing = std::mem::replace(&mut labels[3], "Xz9");
    let other = session.file("labels.toml", &format!("[stream]\nlabels = {labels:?}\n"));
    let _channels = session.stream(text(&demo()), "channels", &["-c", text(&other)]);
    // Another rate.
    let fast = session.file("fast.toml", "[simulation]\nrate_hz = 500.0\n");
    let _rate = session.stream("sim", "rate", &["-c", text(&fast)]);

    let [channels, rate] = ["channels", "rate"].map(|name| session.live(name, &["--seconds", "2"]));
    channels.finish(240).refused(1, missing);
    let rate = rate.finish(240);
    rate.refused(1, "500 Hz");
    rate.refused(1, "250 Hz");

    // Two that would do, and none is named.
    let arguments = ["live", "-m", text(&session.model), "--headless", "--wait", "5"];
    let ambiguous = eventually("both streams answer to one look around", || {
        // One that is not heard in time, on a busy machine, is not there: then the other one is taken, and refused.
        let run = session.start(&arguments).finish(240);
        run.refused(1, "");
        run.stderr.contains("2 streams").then_some(run)
    });
    ambiguous.refused(1, "`channels`");
    ambiguous.refused(1, "`rate`");
}

#[test]
fn units_are_scaled_and_never_guessed() {
    let session = Session::new("units");
    let (none, volts) = (session.path("none.xdf"), session.path("volts.xdf"));
    demo_in(&none, &Unit::Unspecified, 1.0);
    demo_in(&volts, &Unit::Volts, 1e-6);
    let _none = session.stream(text(&none), "none", &[]);
    let _blank = session.stream(text(&none), "blank", &[]);
    let _volts = session.stream(text(&volts), "volts", &[]);
    session.live("none", &["--seconds", "2"]).finish(240).refused(1, "[stream] unit");

    // Without a name, the markers of all three would be taken.
    let unit = session.markers("blank", "unit = \"microvolts\"\n");
    let markers = session.markers("volts", "");
    let (none_log, volts_log) = (session.path("none-live.jsonl"), session.path("volts-live.jsonl"));
    let (_, original) = session.replayed(&demo(), &[]);
    let lives = [
        session.live("blank", &["-c", text(&unit), "--seconds", "14", "--log", text(&none_log)]),
        session.live("volts", &["-c", text(&markers), "--seconds", "14", "--log", text(&volts_log)]),
    ];
    let [blank, volts] = lives.map(|live| live.finish(240).succeeded());
    println!("{}\n{}", blank.stdout, volts.stdout); // shown where this fails
    let expected = parsed(&original);
    for log in [none_log, volts_log] {
        // Filters that began shortly before a trial, or samples that are missing, give it other values; such trials are
        // marked.
        let unmarked = |d: &&Value| d["veto"].as_array().is_none_or(Vec::is_empty);
        let trials = |of: &[Value]| {
            let trials = of.iter().filter(|d| d["kind"] == "trial").filter(unmarked);
            trials.map(|d| d["value"].as_f64().expect("a value")).collect::<Vec<_>>()
        };
        let (ours, theirs) = (trials(&parsed(&log)), trials(&expected));
        // Who begins to listen late, or hears of a cue late, may miss a trial, and a cue between two samples may fall on
        // either; a wrong scale would shift every value by more than ten.
        let mut left = theirs.iter();
        let is_found = ours.iter().all(|a| left.any(|b| (a - b).abs() < 0.05));
        assert!(!ours.is_empty() && is_found, "{ours:?} is not part of {theirs:?}");
    }
}

#[test]
fn a_source_that_dies_and_comes_back_is_taken_up_again() {
    let session = Session::new("restart");
    let fast = session.file("fast.toml", "[simulation]\nrate_hz = 500.0\n");
    let (recording, log) = (session.path("session.xdf"), session.path("live.jsonl"));
    let first = session.stream("sim", "amp", &["--loop"]);
    // It lasts until it is told to end: how far it has come is seen in the recording.
    let mut live = session.live("amp", &["--record", text(&recording), "--log", text(&log)]);
    live.wait_for("decoding", 120);
    eventually("three seconds are recorded", || (recorded_samples(&recording, "amp") > 3 * 250).then_some(()));
    drop(first); // SIGKILL
    let other = session.start(&["stream", "sim", "-c", text(&fast), "--name", "amp", "--loop"]);
    live.wait_for("500 Hz instead of 250 Hz", 120);
    drop(other);
    let _right = session.start(&["stream", "sim", "--name", "amp", "--loop"]);
    live.wait_for("gap of", 120);
    let before = recorded_samples(&recording, "amp");
    let enough = || (recorded_samples(&recording, "amp") > before.max(3 * 250) + 5 * 250).then_some(());
    eventually("five more seconds are recorded", enough);
    live.signal("INT");
    let run = live.finish(120).succeeded();
    assert_clean(&run);
    let decisions = parsed(&log);
    let last = decisions.iter().filter_map(|d| d["end"].as_u64()).max().expect("decisions");
    assert!(last > 7 * 250, "decisions end with sample {last}: {}", run.stdout);
    let (replayed, replay_log) = session.replayed(&recording, &[]);
    assert!(replayed["stream"]["gaps"].as_u64() >= Some(1), "{replayed:#}");
    assert_same_decisions(&log, &replay_log);
}

#[test]
fn names_that_are_made_to_hurt_are_harmless() {
    let session = Session::new("names");
    let name = "it's a \"trap\" <b>&amp; \u{1b}[31mred\u{7}";
    let stream = session.stream(text(&demo()), name, &[]);
    let live = session.live(name, &["--seconds", "2"]).finish(240);
    assert_clean(&live);
    assert!(live.code == Some(0) || live.code == Some(1), "{live:#?}");
    assert!(!live.stderr.contains("panicked"), "{live:#?}");
    stream.signal("INT");
    let stream = stream.finish(240);
    assert_clean(&stream);
    assert!(!stream.stderr.contains("panicked"), "{stream:#?}");

    // Quotes and markup alone work, whatever the query language of the library.
    let plain = "it's a \"trap\" <b>&amp;";
    let _stream = session.stream(text(&demo()), plain, &[]);
    session.live(plain, &["--seconds", "2"]).finish(240).succeeded();
}

#[test]
fn a_full_disk_is_told_at_once_and_decoding_goes_on() {
    let session = Session::new("full");
    let Some(disk) = TinyDisk::mount(&session.path("disk"), "200k") else { return };
    let (recording, log) = (disk.at().join("session.xdf"), session.path("live.jsonl"));
    let _stream = session.stream(text(&demo()), "full", &["--loop"]);
    // It lasts until it is told to end, so what it says comes while it runs. How soon that is after the disk was full
    // cannot be asked of a machine that is busy with other things.
    let mut live = session.live("full", &["--record", text(&recording), "--log", text(&log)]);
    live.wait_for("decoding", 120);
    live.wait_for("recording is incomplete", 180);
    let told = lines_in(&log);
    eventually("a hundred more decisions", || (lines_in(&log) > told + 100).then_some(()));
    live.signal("INT");
    let run = live.finish(120);
    run.refused(1, "recording is incomplete");
    run.refused(1, "No space left");
    let decisions = parsed(&log);
    let explained = |d: &&Value| !d["relevance_digest"].is_null();
    assert!(decisions.iter().skip(told).filter(explained).count() > 50, "relevances go on, too");
    let info = motrace(PROGRAM, &["info", text(&recording), "--json"], 120).succeeded().json();
    let samples = info["streams"].as_array().expect("streams").iter().filter_map(|s| s["samples"].as_u64()).max();
    assert!(samples > Some(250), "{info:#}");
}

fn press_keys(session: &Session, seen: &str, keys: &str, deaf: &str, arguments: &[&str]) -> Option<Value> {
    let interpreter = reference_python()?;
    let output = Command::new(interpreter)
        .arg(repository().join("tests/scripts/press_keys.py"))
        .args([seen, keys, deaf, PROGRAM])
        .args(arguments)
        .env("LSLAPICFG", session.network.configuration())
        .current_dir(repository())
        .output()
        .expect("the reference interpreter");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for fact in ["seen", "raw", "restored", "left", "cursor"] {
        assert_eq!(seen[fact], true, "{arguments:?}: {fact} in {seen:#}");
    }
    assert_eq!(seen["status"], 0, "{arguments:?}: {seen:#}");
    Some(seen)
}

#[test]
fn dashboards_come_up_in_a_terminal_and_leave_it_as_it_was() {
    let session = Session::new("dashboards");
    let demo = demo();
    let model = text(&session.model);
    for (command, keys) in [("view", "\tq"), ("replay", "?qq")] {
        if press_keys(&session, "Overview", keys, "0", &[command, text(&demo), "-m", model]).is_none() {
            return;
        }
    }
}

#[test]
fn a_terminal_that_hangs_holds_nothing_up() {
    let session = Session::new("hanging");
    let log = session.path("live.jsonl");
    let _stream = session.stream(text(&demo()), "hanging", &[]);
    let arguments = ["live", "-m", text(&session.model), "--stream", "hanging", "--wait", "60", "--log", text(&log)];
    // The stream's name stands in the header once it is there. Nobody reads what the terminal says for 5 s and more,
    // until enough is decided all the same.
    let deaf = format!("5:100:{}", text(&log));
    if press_keys(&session, "hanging", "q", &deaf, &arguments).is_none() {
        return;
    }
    let decisions = parsed(&log);
    let ends: Vec<u64> =
        decisions.iter().filter(|d| d["kind"] == "sliding").filter_map(|d| d["end"].as_u64()).collect();
    assert!(ends.len() > 60, "{} decisions", ends.len());
    assert!(ends.windows(2).all(|w| w[1] == w[0] + 10), "no decision is left out: {ends:?}");
}
