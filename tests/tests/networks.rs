//! A network as a person at the keyboard has it: trained, given to PyTorch and taken back, replayed, live, explained.

use motrace_record::Recording;
use motrace_tests::{Network, Watched, assert_same_decisions, motrace, repository, start_on};
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The configuration of the demo with a network that learns for a moment.
fn configuration(folder: &Path, kind: &str) -> PathBuf {
    let path = folder.join(format!("{kind}.toml"));
    let demo = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the demo's configuration");
    let decoder = format!("[decoder]\nkind = \"{kind}\"\n[decoder.training]\nepochs = 3\nseeds = [7]\n");
    std::fs::write(&path, format!("{demo}\n{decoder}")).expect("written");
    path
}

fn trained(folder: &Path, kind: &str) -> (PathBuf, PathBuf) {
    let configuration = configuration(folder, kind);
    let model = folder.join(format!("{kind}.safetensors"));
    let arguments = ["train", "recordings/demo.xdf", "-c", text(&configuration), "-o", text(&model), "--no-validation"];
    motrace(PROGRAM, &arguments, 600).succeeded();
    (configuration, model)
}

fn replayed(folder: &Path, recording: &str, model: &Path, name: &str) -> (Value, PathBuf) {
    let log = folder.join(name);
    let arguments = ["replay", recording, "-m", text(model), "--json", "--explain", "all", "--log", text(&log)];
    (motrace(PROGRAM, &arguments, 600).succeeded().json(), log)
}

#[test]
fn a_network_goes_to_pytorch_and_back_and_decides_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for kind in ["eegnet", "shallow"] {
        let (configuration, model) = trained(folder, kind);
        let told = motrace(PROGRAM, &["info", text(&model)], 600).succeeded().stdout;
        assert!(told.contains("temporal convolution"), "{told}");

        let weights = folder.join(format!("{kind}-weights.safetensors"));
        motrace(PROGRAM, &["export", text(&model), "-o", text(&weights)], 600).succeeded();
        motrace(PROGRAM, &["export", text(&model), "-o", text(&weights)], 600).refused(1, "exists already");
        let back = folder.join(format!("{kind}-back.safetensors"));
        let configuration = text(&configuration);
        let arguments =
            ["import", text(&weights), "-c", configuration, "-r", "recordings/demo.xdf", "-o", text(&back), "--json"];
        let told = motrace(PROGRAM, &arguments, 600).succeeded().json();
        assert_eq!(told["decoder"], kind);
        assert!(told["difference_from_pytorch"].as_f64().is_some_and(|d| d <= 1e-5), "{told:#}");
        assert!(told["trials"]["of"].as_u64().is_some_and(|n| n > 10), "{told:#}");

        let (_, log) = replayed(folder, "recordings/demo.xdf", &model, "ours.jsonl");
        let (_, again) = replayed(folder, "recordings/demo.xdf", &back, "back.jsonl");
        let read = |log: &Path| -> Vec<Value> {
            let lines = std::fs::read_to_string(log).expect("a log");
            lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["value"].clone()).collect()
        };
        assert_eq!(read(&log), read(&again), "the values of {kind}");
        for log in [log, again] {
            std::fs::remove_file(log).expect("removed");
        }
    }
    // CSP + LDA is no network, and what is no file of weights is not imported.
    let csp = folder.join("csp.safetensors");
    let arguments = ["train", "recordings/demo.xdf", "-c", "configs/demo.toml", "-o", text(&csp), "--no-validation"];
    motrace(PROGRAM, &arguments, 600).succeeded();
    let nothing = folder.join("nothing.safetensors");
    motrace(PROGRAM, &["export", text(&csp), "-o", text(&nothing)], 600).refused(1, "only networks");
    assert!(!nothing.exists());
    let arguments = ["import", text(&csp), "-c", "configs/demo.toml", "-o", text(&nothing)];
    motrace(PROGRAM, &arguments, 600).refused(1, "csp.safetensors");
}

#[test]
fn a_network_decodes_live_and_its_recording_replays_to_the_same_bits() {
    let network = Network::new("networks");
    let folder = network.folder();
    let (_, model) = trained(folder, "eegnet");
    let start = |arguments: &[&str]| Watched::new(start_on(&network.configuration(), PROGRAM, arguments));
    let arguments = ["stream", "recordings/demo.xdf", "--name", "net-eeg", "--wait"];
    let mut stream = start(&arguments);
    stream.wait_for("waiting for a listener", 120);
    let (recording, log) = (folder.join("live.xdf"), folder.join("live.jsonl"));
    let live = start(&[
        "live",
        "-m",
        text(&model),
        "--stream",
        "net-eeg",
        "--headless",
        "--wait",
        "60",
        "--seconds",
        "15",
        "--record",
        text(&recording),
        "--log",
        text(&log),
        "--json",
    ]);
    let told = live.finish(300).succeeded().json();
    stream.signal("INT");
    assert!(told["decisions"].as_u64().is_some_and(|n| n > 50), "{told:#}");
    assert!(Recording::open(&recording).is_ok());
    let (_, again) = replayed(folder, text(&recording), &model, "replayed.jsonl");
    assert_same_decisions(&log, &again);
}

#[test]
fn what_a_network_decided_is_explained_layer_by_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, model) = trained(folder.path(), "mlp");
    let arguments = ["explain", "recordings/demo.xdf", "-m", text(&model), "--trial", "3", "--json"];
    let told = motrace(PROGRAM, &arguments, 600).succeeded().json();
    let found = told.to_string();
    assert!(found.contains("\"dense\"") && found.contains("\"tanh\""), "{found:.600}");
    let figure = folder.path().join("trial.svg");
    let arguments = ["explain", "recordings/demo.xdf", "-m", text(&model), "--trial", "3", "--svg", text(&figure)];
    motrace(PROGRAM, &arguments, 600).succeeded();
    let drawn = std::fs::read_to_string(&figure).expect("a figure");
    assert!(drawn.contains("INPUT") && !drawn.contains("PATTERN"), "a network has one view");
}
