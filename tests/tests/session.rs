//! Whole sessions with a simulated person: `motrace stream sim --follow`, `motrace live -c`, `motrace screen`.

use motrace_record::Recording;
use motrace_tests::{Network, Run, Watched, eventually, motrace, reference_python, repository, start_on};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

/// As short as a session can be that is still one: a run of calibration, a few trials of feedback, a few balls.
const SHORT: &str = r#"
[channels]
reference = "average"
[trials]
window_secs = [0.5, 2.0]
[[trials.classes]]
name = "left"
markers = ["left"]
[[trials.classes]]
name = "right"
markers = ["right"]
[decisions]
window_secs = 1.0
[session]
seed = 4
baseline_secs = 2.0
[session.calibration]
runs = 1
trials_per_class = 7
block_per_class = 2
[session.calibration.timing]
beep_at_secs = 0.1
cue_at_secs = 0.2
cue_secs = 0.5
end_at_secs = 2.1
pause_secs = [0.3, 0.4]
[[session.feedback]]
kind = "bar"
trials_per_class = 2
target_secs = 0.5
control_secs = 1.6
result_secs = 0.2
blank_secs = 0.3
[[session.feedback]]
kind = "pong"
trials_per_class = 2
pause_every = 0
result_secs = 0.2
blank_secs = 0.2
break_secs = 1.0
[simulation]
seed = 7
signal_strength = 1.3
blinks_per_minute = 4.0
"#;

struct Lab {
    network: Network,
    config: PathBuf,
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

impl Lab {
    fn new(name: &str, config: &str) -> Self {
        let network = Network::new(name);
        let path = network.folder().join("short.toml");
        std::fs::write(&path, config).expect("written");
        Self { network, config: path }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.network.folder().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Watched {
        Watched::new(start_on(&self.network.configuration(), PROGRAM, arguments))
    }

    /// A person under an amplifier, who follows whatever session there is.
    fn person(&self, more: &[&str]) -> Watched {
        self.start(&[&["stream", "sim", "--follow", "--name", "amp", "-c", text(&self.config)], more].concat())
    }

    fn session(&self, folder: &Path, more: &[&str]) -> Watched {
        let fixed = ["live", "-c", text(&self.config), "--headless", "--yes", "--wait", "90", "--folder", text(folder)];
        self.start(&[&fixed, more].concat())
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The same decisions and relevances when the session's folder is replayed.
fn assert_replays(folder: &Path) -> Run {
    let replayed = motrace(PROGRAM, &["replay", text(folder), "--headless", "--explain", "all"], 300).succeeded();
    assert!(replayed.stdout.contains("the same"), "{}", replayed.stdout);
    replayed
}

fn delays(session: &Value) -> Vec<f64> {
    let list = |key: &str| session["presentation"][key].as_array().expect("a list").clone();
    let pairs = list("due_secs").into_iter().zip(list("shown_secs"));
    pairs.filter_map(|(due, shown)| Some(shown.as_f64()? - due.as_f64()?)).collect()
}

fn assert_on_time(session: &Value) {
    let mut delays = delays(session);
    assert!(delays.len() > 40, "{} presentations", delays.len());
    delays.sort_by(f64::total_cmp);
    assert!(delays[0] > -1e-3, "something was shown {} s before it was due", -delays[0]);
    // A busy machine lets threads wait, now and then for seconds; half of all come soon all the same.
    let median = delays[delays.len() / 2];
    assert!(median < 0.2, "the median delay is {median} s");
}

#[test]
fn a_whole_session_runs_by_itself_and_replays_to_the_same_bits() {
    let lab = Lab::new("whole", SHORT);
    let folder = lab.path("first");
    let _person = lab.person(&[]);
    let run = lab.session(&folder, &["--json"]).finish(900).succeeded();
    let summary = run.json();
    assert!(summary["error"].is_null() && summary["broken_off"].is_null(), "{summary:#}");
    assert!(summary["calibration_accuracy"].as_f64() >= Some(0.6), "{summary:#}");
    assert!(summary["trials"].as_u64() >= Some(6), "{summary:#}");
    assert!(summary["accuracy"].as_f64() >= Some(0.6), "{summary:#}");
    for file in ["recording.xdf", "model.safetensors", "config.toml", "decisions.jsonl", "session.json", "report.html"]
    {
        assert!(folder.join(file).metadata().is_ok_and(|m| m.len() > 100), "{file} is missing");
    }
    let session = json(&folder.join("session.json"));
    let kinds: Vec<&str> =
        session["steps"].as_array().expect("steps").iter().filter_map(|s| s["kind"].as_str()).collect();
    assert_eq!(kinds, ["checks", "baseline", "calibration", "training", "feedback", "break", "feedback"]);
    let trials = session["trials"].as_array().expect("trials");
    // An amplifier that is silent for a moment, on a busy machine, costs a trial, and that comes again. What counts is as
    // many as were planned, whatever happened.
    let counted: Vec<&Value> = trials.iter().filter(|t| t["left_out"].is_null()).collect();
    assert_eq!(counted.len(), 14 + 4 + 4, "{trials:#?}");
    for class in [0, 1] {
        assert_eq!(counted.iter().filter(|t| t["class"] == class).count(), 11, "balanced");
    }
    assert!(counted[14..].iter().all(|t| !t["outcome"].is_null()), "{trials:#?}");
    assert_on_time(&session);
    assert_replays(&folder);

    // The markers of the recording are those of the session, in order, at the samples that the session says.
    let markers = motrace(PROGRAM, &["info", text(&folder.join("recording.xdf")), "--json"], 120).succeeded().json();
    let shown = markers.to_string();
    for name in ["session-start", "baseline-start", "left", "right", "session-end"] {
        assert!(shown.contains(name), "{name} in {markers:#}");
    }
    // What exists is never written over.
    lab.session(&folder, &[]).finish(240).refused(1, "exists already");
    // Everything is readable by others.
    let Some(python) = reference_python() else { return };
    let output = Command::new(python)
        .arg(repository().join("tests/scripts/read_session.py"))
        .arg(folder.join("recording.xdf"))
        .output()
        .expect("the reference interpreter");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read["cues"], trials.len(), "{read:#}");
    assert!(read["samples"].as_u64() > Some(50 * 250), "{read:#}");
    assert!(read["decisions"].as_u64() > Some(300) && read["relevances"].as_u64() > Some(300), "{read:#}");
    assert!(read["worst_cue_error_secs"].as_f64() < Some(0.005), "{read:#}");
}

#[test]
fn an_amplifier_that_vanishes_is_waited_for_and_the_trial_is_left_out() {
    // Trials that last, so that one is under way when the amplifier vanishes.
    let long = SHORT.replace("end_at_secs = 2.1", "end_at_secs = 25.0");
    let lab = Lab::new("vanish", &long);
    let folder = lab.path("vanish");
    let fast = lab.path("fast.toml");
    let faster = long.replace("[simulation]", "[simulation]\nrate_hz = 500.0");
    std::fs::write(&fast, faster).expect("written");
    let first = lab.person(&[]);
    let mut session = lab.session(&folder, &[]);
    session.wait_for("Calibration", 240);
    eventually("a cue was shown", || {
        let recording = Recording::open(&folder.join("recording.xdf")).ok()?;
        let markers = recording.streams.iter().find(|s| s.info.name == "amp-markers")?;
        let is_cue = |text: &String| text == "left" || text == "right";
        markers.samples.text().iter().any(is_cue).then_some(())
    });
    drop(first); // SIGKILL
    session.wait_for("the session waits", 120);
    let other = lab.start(&["stream", "sim", "--follow", "--name", "amp", "-c", text(&fast)]);
    session.wait_for("500 Hz instead of 250 Hz", 120);
    drop(other);
    let _right = lab.person(&[]);
    session.wait_for("the session goes on", 120);
    session.signal("INT");
    let run = session.finish(240).succeeded();
    assert!(run.stdout.contains("ended by the operator"), "{}", run.stdout);
    let session = json(&folder.join("session.json"));
    let left_out = session["trials"].as_array().expect("trials").iter().filter(|t| !t["left_out"].is_null()).count();
    assert!(left_out >= 1, "{session:#}");
    assert!(folder.join("report.html").exists(), "even a session that was broken off has a report");
}

#[test]
fn what_cannot_be_a_session_is_refused_before_it_begins() {
    let lab = Lab::new("refused", SHORT);
    let model = demo_model(&lab);
    let other = lab.path("feet.toml");
    std::fs::write(&other, SHORT.replace("\"right\"", "\"feet\"")).expect("written");
    // A model of other classes.
    let wrong = ["live", "-c", text(&other), "--feedback-with", text(&model), "--headless"];
    lab.start(&wrong).finish(120).refused(2, "left and right apart");
    // No stream at all.
    let folder = lab.path("none");
    let nobody =
        lab.start(&["live", "-c", text(&lab.config), "--headless", "--yes", "--wait", "1", "--folder", text(&folder)]);
    nobody.finish(240).refused(1, "no");
    assert!(!folder.exists(), "nothing is left behind where nothing began");
    // A protocol that cannot be.
    let impossible = lab.path("impossible.toml");
    std::fs::write(&impossible, SHORT.replace("end_at_secs = 2.1", "end_at_secs = 0.3")).expect("written");
    lab.start(&["live", "-c", text(&impossible), "--headless"]).finish(120).refused(2, "end_at_secs");
}

/// A model of the demo recording, which knows the channels of the simulated person.
fn demo_model(lab: &Lab) -> PathBuf {
    let model = lab.path("demo.safetensors");
    let demo = repository().join("recordings/demo.xdf");
    let trained = ["train", text(&demo), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"];
    motrace(PROGRAM, &trained, 240).succeeded();
    model
}

#[test]
fn a_terminal_that_hangs_delays_no_decision_and_the_operator_can_leave() {
    let Some(python) = reference_python() else { return };
    let lab = Lab::new("deaf", &SHORT.replace("baseline_secs = 2.0", "baseline_secs = 0.0"));
    let (folder, model) = (lab.path("deaf"), demo_model(&lab));
    let _person = lab.person(&[]);
    let output = Command::new(python)
        .arg(repository().join("tests/scripts/press_keys.py"))
        // Nobody reads what the terminal says for 5 s and more, until enough is decided all the same; then `x`, twice
        // within 5 s, ends the session. On a busy machine that can take more than two.
        .args(["Checks", "x…", &format!("5:100:{}", text(&folder.join("decisions.jsonl"))), PROGRAM])
        .args(["live", "-c", text(&lab.config), "--yes", "--wait", "90"])
        .args(["--feedback-with", text(&model), "--folder", text(&folder)])
        .env("LSLAPICFG", lab.network.configuration())
        .current_dir(repository())
        .output()
        .expect("the reference interpreter");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for fact in ["seen", "raw", "restored", "left", "cursor"] {
        assert_eq!(seen[fact], true, "{fact} in {seen:#}");
    }
    assert_eq!(seen["status"], 0, "{seen:#}");
    let log = std::fs::read_to_string(folder.join("decisions.jsonl")).expect("decisions");
    let decisions: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ends: Vec<u64> =
        decisions.iter().filter(|d| d["kind"] == "sliding").filter_map(|d| d["end"].as_u64()).collect();
    assert!(ends.len() > 60, "{} decisions", ends.len());
    assert!(ends.windows(2).all(|w| w[1] == w[0] + 10), "no decision is left out: {ends:?}");
    assert!(folder.join("report.html").exists());
}

#[test]
fn an_operator_who_closes_the_terminal_ends_the_session_in_order() {
    let Some(python) = reference_python() else { return };
    let lab = Lab::new("closed", &SHORT.replace("baseline_secs = 2.0", "baseline_secs = 0.0"));
    let folder = lab.path("closed");
    let _person = lab.person(&[]);
    let output = Command::new(python)
        .arg(repository().join("tests/scripts/hang_up.py"))
        .args(["Checks", "9", PROGRAM, "live", "-c", text(&lab.config), "--yes", "--wait", "90"])
        .args(["--folder", text(&folder)])
        .env("LSLAPICFG", lab.network.configuration())
        .current_dir(repository())
        .output()
        .expect("the reference interpreter");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ended: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(ended["seen"] == true && ended["status"].as_i64().is_some_and(|code| code >= 0), "{ended:#}");
    let session = json(&folder.join("session.json"));
    assert!(!session["broken_off"].is_null() && !session["ended"].is_null(), "{session:#}");
    assert!(folder.join("report.html").exists());
    // The recording has its footers: nothing had to be repaired. Samples that never came are no damage.
    let info = motrace(PROGRAM, &["info", text(&folder.join("recording.xdf")), "--json"], 120).succeeded();
    let warnings = info.json()["warnings"].as_array().cloned().unwrap_or_default();
    assert!(warnings.iter().all(|w| w.as_str().is_some_and(|w| w.contains(" gaps, "))), "{}", info.stdout);
}
