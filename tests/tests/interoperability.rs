//! motrace and the programs of others on one network: pylsl, LabRecorder and pyxdf.

use motrace_record::Recording;
use motrace_tests::{Network, Watched, eventually, motrace, reference_python, repository, start_on, wait};
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn demo() -> std::path::PathBuf {
    repository().join("recordings/demo.xdf")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn python(network: &Network, interpreter: &Path, script: &str, arguments: &[&str]) -> Child {
    Command::new(interpreter)
        .arg(repository().join("tests/scripts").join(script))
        .args(arguments)
        .env("LSLAPICFG", network.configuration())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the reference interpreter")
}

/// A stream that plays the demo recording from its beginning on, once somebody listens.
fn stream(network: &Network, name: &str) -> Watched {
    let demo = demo();
    let arguments = ["stream", text(&demo), "--name", name, "--wait"];
    Watched::new(start_on(&network.configuration(), PROGRAM, &arguments))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the peer's answer")).expect("JSON")
}

/// The demo recording's signal: interleaved samples, channel count, labels.
fn original() -> (Vec<f32>, usize, Vec<String>) {
    signal_of(&demo())
}

fn signal_of(path: &Path) -> (Vec<f32>, usize, Vec<String>) {
    let recording = Recording::open(path).expect("a recording");
    let stream = recording.streams.iter().find(|s| s.info.kind == "EEG").expect("an EEG stream");
    let labels = stream.info.channels.iter().map(|c| c.label.clone()).collect::<Vec<_>>();
    let mut samples = Vec::new();
    stream.samples.extend_f32(0..usize::MAX, &mut samples);
    (samples, labels.len(), labels)
}

/// Where the rows of `part` begin within `whole`, both interleaved; all of `part` must be there, unbroken.
fn found_at(whole: &[f32], part: &[f32], channels: usize) -> Option<usize> {
    let (rows, wanted) = (whole.len() / channels, part.len() / channels);
    (0..=rows.checked_sub(wanted)?).find(|&row| whole[row * channels..(row + wanted) * channels] == *part)
}

#[test]
fn pylsl_reads_what_motrace_streams() {
    let Some(interpreter) = reference_python() else { return };
    let network = Network::new("pylsl-reads");
    let out = network.folder().join("read.json");
    // It begins when somebody listens, lasts a minute, and is over when this ends.
    let mut streamer = stream(&network, "to-pylsl");
    streamer.wait_for("waiting for a listener", 120);
    let (code, _, error) = wait(
        python(&network, &interpreter, "peer_read_stream.py", &["to-pylsl", "to-pylsl-markers", "2000", text(&out)]),
        300,
    );
    assert_eq!(code, Some(0), "{error}");
    drop(streamer);

    let read = json(&out);
    let (samples, channels, labels) = original();
    let labels_read: Vec<_> =
        read["channels"].as_array().expect("channels").iter().map(|c| c["label"].clone()).collect();
    assert_eq!(labels_read, labels);
    assert!(
        read["channels"].as_array().expect("channels").iter().all(|c| c["unit"] == "microvolts"),
        "{}",
        read["channels"]
    );
    assert_eq!(read["type"], "EEG");
    assert_eq!(read["rate_hz"], 250.0);
    let values: Vec<f32> = read["samples"]
        .as_array()
        .expect("samples")
        .iter()
        .flat_map(|row| row.as_array().expect("row").iter().map(|v| v.as_f64().expect("number") as f32))
        .collect();
    assert!(values.len() >= 2000 * channels);
    assert!(found_at(&samples, &values, channels).is_some(), "the values are not those of the recording");
    let stamps: Vec<f64> = read["stamps"].as_array().expect("stamps").iter().filter_map(Value::as_f64).collect();
    assert!(stamps.windows(2).all(|w| w[1] > w[0]), "stamps go backwards");
    // The original timing: 4 ms from sample to sample.
    let span = (stamps[stamps.len() - 1] - stamps[0]) / (stamps.len() - 1) as f64;
    assert!((span - 0.004).abs() < 4e-6, "{span} s a sample");
    assert!(!read["markers"].as_array().expect("markers").is_empty(), "no marker arrived");
}

#[test]
fn motrace_decodes_and_records_what_pylsl_sends() {
    let Some(interpreter) = reference_python() else { return };
    let network = Network::new("pylsl-sends");
    let model = network.folder().join("model.safetensors");
    let recorded = network.folder().join("recorded.xdf");
    let (live_log, replay_log) = (network.folder().join("live.jsonl"), network.folder().join("replay.jsonl"));
    motrace(PROGRAM, &["train", text(&demo()), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"], 240)
        .succeeded();
    let mut sender = python(
        &network,
        &interpreter,
        "peer_send_stream.py",
        &[text(&demo()), "from-pylsl", "from-pylsl-markers", "60"],
    );
    let live = start_on(
        &network.configuration(),
        PROGRAM,
        &[
            "live",
            "-m",
            text(&model),
            "--stream",
            "from-pylsl",
            "--wait",
            "90",
            "--headless",
            "--seconds",
            "12",
            "--record",
            text(&recorded),
            "--log",
            text(&live_log),
            "--json",
        ],
    );
    let (code, out, error) = wait(live, 300);
    // The recording lasts longer than anybody does who begins late; it has not to be sent to its end.
    let _ = sender.kill();
    let _ = sender.wait();
    assert_eq!(code, Some(0), "{out}{error}");
    let summary: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(summary["dropped_samples"], 0, "{summary}");
    assert!(summary["decisions"].as_u64().expect("decisions") > 100, "{summary}");

    let (samples, channels, labels) = original();
    let (received, _, labels_received) = signal_of(&recorded);
    assert_eq!(labels, labels_received);
    assert!(received.len() >= 12 * 250 * channels, "{} samples", received.len() / channels);
    assert!(found_at(&samples, &received, channels).is_some(), "the recorded values are not those that were sent");

    motrace(
        PROGRAM,
        &["replay", text(&recorded), "-m", text(&model), "--headless", "--explain", "all", "--log", text(&replay_log)],
        240,
    )
    .succeeded();
    motrace_tests::assert_same_decisions(&live_log, &replay_log);
}

#[test]
fn labrecorder_records_a_motrace_stream() {
    let Some(interpreter) = reference_python() else { return };
    let network = Network::new("labrecorder");
    let environment = interpreter.parent().and_then(Path::parent).expect("an environment");
    let recorder = walk(environment, "LabRecorderCLI").expect("LabRecorder");
    let (file, answer) = (network.folder().join("lab.xdf"), network.folder().join("lab.json"));
    // It begins when somebody listens.
    let mut streamer = stream(&network, "to-labrecorder");
    streamer.wait_for("waiting for a listener", 120);
    let mut lab = eventually("LabRecorder reads the stream", || {
        // It looks around once, and misses what answers late.
        let lab = Command::new(&recorder)
            .arg(&file)
            .arg("name='to-labrecorder' or name='to-labrecorder-markers'")
            .env("LSLAPICFG", network.configuration())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut lab = lab.expect("LabRecorder");
        if streamer.hears("a listener has connected", 30) {
            return Some(lab);
        }
        let _ = lab.kill();
        let _ = lab.wait();
        let _ = std::fs::remove_file(&file);
        None
    });
    eventually("LabRecorder has written six seconds", || {
        (motrace_tests::recorded_samples(&file, "to-labrecorder") > 6 * 250).then_some(())
    });
    lab.stdin.take().expect("its input").write_all(b"\n").expect("told to stop");
    drop(wait(lab, 120));
    drop(streamer);
    let (code, _, error) = wait(python(&network, &interpreter, "peer_read_xdf.py", &[text(&file), text(&answer)]), 240);
    assert_eq!(code, Some(0), "{error}");

    let streams = json(&answer);
    let eeg = streams.as_array().expect("streams").iter().find(|s| s["type"] == "EEG").expect("the EEG stream");
    let (samples, channels, labels) = original();
    assert_eq!(eeg["labels"], serde_json::json!(labels));
    let values: Vec<f32> = eeg["samples"]
        .as_array()
        .expect("samples")
        .iter()
        .flat_map(|row| row.as_array().expect("row").iter().map(|v| v.as_f64().expect("number") as f32))
        .collect();
    assert!(values.len() > 4 * 250 * channels, "{} samples", values.len() / channels);
    assert!(found_at(&samples, &values, channels).is_some(), "pyxdf reads other values than were sent");
    let (ours, ..) = signal_of(&file);
    assert_eq!(ours, values, "motrace and pyxdf read the file differently");
}

fn walk(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            walk(&path, name)
        } else {
            (entry.file_name() == name).then_some(path)
        }
    })
}
