//! Four classes as a person at the keyboard has them: simulated, learnt by a network, replayed, live, explained; and refused where
//! two are needed.

use motrace_record::Recording;
use motrace_tests::{Network, Watched, assert_same_decisions, motrace, repository, start_on};
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");
const NAMES: [&str; 4] = ["left", "right", "feet", "tongue"];

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The shipped configuration with a network of a `kind` that learns for a moment, on few channels.
fn configuration(folder: &Path, kind: &str) -> PathBuf {
    let path = folder.join("four.toml");
    let shipped = std::fs::read_to_string(repository().join("configs/four-classes.toml")).expect("the configuration");
    let quick = shipped
        .replace("kind = \"eegnet\"", &format!("kind = \"{kind}\""))
        .replace("seeds = [1, 2, 3]", "seeds = [7]\nepochs = 30\nlearning_rate = 0.005")
        .replace("folds = 5", "folds = 2")
        .replace("trials_per_class = 40", "trials_per_class = 20\nlabels = [\"FC3\", \"FC4\", \"C5\", \"C3\", \"C1\", \"Cz\", \"C2\", \"C4\", \"C6\", \"CP3\", \"CPz\", \"CP4\"]\nrate_hz = 125.0");
    assert!(quick.contains("epochs = 30") && quick.contains("rate_hz = 125.0"));
    std::fs::write(&path, quick).expect("written");
    path
}

/// A simulated recording, and a model that was trained on it.
fn made(folder: &Path, kind: &str) -> (PathBuf, PathBuf, PathBuf) {
    let configuration = configuration(folder, kind);
    let (recording, model) = (folder.join("four.xdf"), folder.join("four.safetensors"));
    motrace(PROGRAM, &["simulate", "-c", text(&configuration), "-o", text(&recording)], 120).succeeded();
    let arguments = ["train", text(&recording), "-c", text(&configuration), "-o", text(&model), "--json"];
    let told = motrace(PROGRAM, &arguments, 300).succeeded().json();
    assert_eq!(told["classes"], serde_json::json!(NAMES));
    assert_eq!(told["trials"].as_array().map(Vec::len), Some(4), "{told:#}");
    let counts = table(&told["validation"]["confusion"]);
    let total: u64 = counts.iter().flatten().sum();
    let right: u64 = (0..4).map(|class| counts[class][class]).sum();
    let accuracy = told["validation"]["accuracy"].as_f64().expect("an accuracy");
    assert!((accuracy - right as f64 / total as f64).abs() < 1e-12, "{told:#}");
    let level = counts.iter().map(|row| row.iter().sum::<u64>()).max().expect("classes") as f64 / total as f64;
    let interval: Vec<f64> = serde_json::from_value(told["validation"]["chance_interval"].clone()).expect("two");
    assert!(interval[0] < level && level < interval[1] && interval[1] < 0.6, "a fourth or so: {interval:?}");
    (configuration, recording, model)
}

fn table(counts: &Value) -> [[u64; 4]; 4] {
    serde_json::from_value(counts.clone()).expect("four rows of four")
}

fn replayed(recording: &Path, model: &Path, explain: &str, log: &Path) -> Value {
    let arguments = ["replay", text(recording), "-m", text(model), "--json", "--explain", explain, "--log", text(log)];
    motrace(PROGRAM, &arguments, 300).succeeded().json()
}

#[test]
fn four_classes_are_learnt_replayed_and_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (configuration, recording, model) = made(folder, "mlp");

    let told = motrace(PROGRAM, &["info", text(&model)], 60).succeeded().stdout;
    assert!(told.contains("left, right, feet, tongue"), "{told}");
    let told = motrace(PROGRAM, &["info", text(&model), "--json"], 60).succeeded().json();
    assert_eq!(told["trained_trials"].as_array().map(Vec::len), Some(4));

    // The decision log says what the summary adds up.
    let log = folder.join("replay.jsonl");
    let summary = replayed(&recording, &model, "trials", &log);
    assert_eq!(summary["classes"], serde_json::json!(NAMES));
    let mut counts = [[0_u64; 4]; 4];
    let place = |name: &Value| NAMES.iter().position(|n| *n == name).unwrap_or_else(|| panic!("{name}"));
    for line in std::fs::read_to_string(&log).expect("a log").lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let all: Vec<f64> = serde_json::from_value(line["probabilities"].clone()).expect("probabilities");
        assert_eq!(all.len(), 4);
        assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let class = place(&line["class"]);
        assert_eq!(line["probability"].as_f64(), Some(all[class]));
        assert!(all.iter().all(|p| *p <= all[class] + 1e-12), "the most probable one: {line}");
        if line["kind"] == "trial" {
            counts[place(&line["truth"])][class] += 1;
        }
    }
    assert_eq!(table(&summary["confusion"]), counts);
    // It was trained on these trials: a class that is taken for another on the way would show.
    let accuracy = summary["accuracy"].as_f64().expect("an accuracy");
    assert!(accuracy > 0.7, "{summary:#}");
    let plain = motrace(PROGRAM, &["replay", text(&recording), "-m", text(&model), "--headless"], 300).succeeded();
    assert!(plain.stdout.contains("tongue decided left"), "the table: {}", plain.stdout);

    // Relevance and what the layers keep make up the log-odds of the class.
    let arguments = ["explain", text(&recording), "-m", text(&model), "--trial", "3", "--json"];
    let told = motrace(PROGRAM, &arguments, 120).succeeded().json();
    let trial = &told["trials"][0];
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value}"));
    let ledger = &trial["ledger"];
    let layers = ledger["layers"].as_array().expect("layers");
    assert_eq!(layers.last().map(|layer| &layer["layer"]), Some(&serde_json::json!("target")));
    let kept: f64 = layers.iter().flat_map(|l| ["bias", "stabiliser", "unassigned"].map(|key| number(&l[key]))).sum();
    let value = number(&trial["decision"]["value"]);
    let apart = number(&ledger["total"]["INPUT"]) + kept - value;
    assert!(apart.abs() < 1e-3 * value.abs().max(1.0), "{apart} in {ledger:#}");
    let figure = folder.join("trial.svg");
    let arguments = ["explain", text(&recording), "-m", text(&model), "--trial", "3", "--svg", text(&figure)];
    let said = motrace(PROGRAM, &arguments, 120).succeeded().stdout;
    assert!(said.contains("f and relevance speak for"), "{said}");
    let drawn = std::fs::read_to_string(&figure).expect("a figure");
    assert!(drawn.contains("speaks against") && drawn.contains("probability of"), "{drawn:.400}");
    let picture = folder.join("screen.svg");
    let arguments = ["replay", text(&recording), "-m", text(&model), "--picture", text(&picture), "--at", "20"];
    motrace(PROGRAM, &arguments, 120).succeeded();
    let drawn = std::fs::read_to_string(&picture).expect("a picture");
    assert!(NAMES.iter().all(|name| drawn.contains(name)), "each class has a bar");

    // What is for two classes says so.
    let nothing = folder.join("nothing.safetensors");
    let arguments =
        ["train", text(&recording), "-c", text(&configuration), "--decoder", "csp-lda", "-o", text(&nothing)];
    motrace(PROGRAM, &arguments, 60).refused(2, "CSP + LDA tells two apart");
    assert!(!nothing.exists());
    let arguments = ["live", "-c", text(&configuration), "--headless"];
    motrace(PROGRAM, &arguments, 60).refused(2, "names 4 classes, and sessions with cues");
    let two = folder.join("two.safetensors");
    let arguments = ["train", "recordings/demo.xdf", "-c", "configs/demo.toml", "-o", text(&two), "--no-validation"];
    motrace(PROGRAM, &arguments, 60).succeeded();
    let arguments = ["view", text(&recording), "-m", text(&model), "-m", text(&two)];
    motrace(PROGRAM, &arguments, 60).refused(2, "4 classes apart and the second 2");
}

#[test]
fn four_classes_decode_live_and_the_recording_replays_to_the_same_bits() {
    let network = Network::new("classes");
    let folder = network.folder();
    let (_, recording, model) = made(folder, "eegnet");
    let start = |arguments: &[&str]| Watched::new(start_on(&network.configuration(), PROGRAM, arguments));
    let mut stream = start(&["stream", text(&recording), "--name", "four-eeg", "--wait"]);
    stream.wait_for("waiting for a listener", 120);
    let (kept, log) = (folder.join("live.xdf"), folder.join("live.jsonl"));
    let live = start(&[
        "live",
        "-m",
        text(&model),
        "--stream",
        "four-eeg",
        "--headless",
        "--wait",
        "100",
        "--seconds",
        "15",
        "--record",
        text(&kept),
        "--log",
        text(&log),
        "--json",
    ]);
    let told = live.finish(240).succeeded().json();
    stream.signal("INT");
    assert!(told["decisions"].as_u64().is_some_and(|n| n > 50), "{told:#}");
    assert_eq!(told["classes"], serde_json::json!(NAMES));

    // The recording has the probability of each class as numbers, too.
    let recorded = Recording::open(&kept).expect("a recording");
    let decisions = recorded.streams.iter().find(|s| s.info.name == "motrace-decisions").expect("decisions");
    let labels: Vec<&str> = decisions.info.channels.iter().map(|channel| channel.label.as_str()).collect();
    let last = ["class", "probability left", "probability right", "probability feet", "probability tongue"];
    assert_eq!(labels[labels.len() - 5..], last);
    let again = folder.join("replayed.jsonl");
    replayed(&kept, &model, "all", &again);
    assert_same_decisions(&log, &again);
}
