//! EEG-BIDS folders as input: `motrace info`, `motrace train`, `motrace replay`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_record::Recording;
use motrace_tests::{Run, motrace, repository};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn run(arguments: &[&str]) -> Run {
    motrace(PROGRAM, arguments, 300)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The simulated demo as a data set of one person: EDF+, events, and a channel marked as bad. The classes are called as in
/// no file of the program, so that only the table can have told them.
fn dataset(folder: &Path) -> PathBuf {
    let eeg = folder.join("sub-01/eeg");
    std::fs::create_dir_all(&eeg).unwrap();
    std::fs::write(folder.join("dataset_description.json"), "{\"Name\": \"demo\"}").unwrap();
    let demo = repository().join("recordings/demo.xdf");
    let edf = eeg.join("sub-01_task-mi_eeg.edf");
    run(&["convert", text(&demo), text(&edf)]).succeeded();
    let recording = Recording::open(&edf).unwrap();
    let signal = recording.streams.iter().find(|s| !s.info.is_text).unwrap();
    let mut events = "onset\tduration\ttrial_type\n".to_owned();
    for event in recording.events() {
        let name = match event.text.as_str() {
            "left" => "left_hand",
            "right" => "right_hand",
            _ => "other",
        };
        let _ = writeln!(events, "{:.6}\tn/a\t{name}", event.time_secs - signal.stamps_secs[0]);
    }
    std::fs::write(eeg.join("sub-01_task-mi_events.tsv"), events).unwrap();
    let mut channels = "name\ttype\tunits\tstatus\n".to_owned();
    for (number, channel) in signal.info.channels.iter().enumerate() {
        let status = if number == 0 { "bad" } else { "good" };
        let _ = writeln!(channels, "{}\tEEG\tuV\t{status}", channel.label);
    }
    std::fs::write(eeg.join("sub-01_task-mi_channels.tsv"), channels).unwrap();
    edf
}

#[test]
fn a_folder_is_shown_trained_on_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let edf = dataset(folder.path());
    let info = run(&["info", text(folder.path())]).succeeded().stdout;
    assert!(info.contains("left_hand") && info.contains("right_hand"), "{info}");
    let json = run(&["info", text(folder.path()), "--json"]).succeeded().json();
    assert_eq!(json.as_array().map(Vec::len), Some(1));

    let aside = tempfile::tempdir().unwrap();
    let config_path = configuration(aside.path());
    let model = aside.path().join("model.safetensors");
    let trained = run(&["train", text(folder.path()), "-c", text(&config_path), "-o", text(&model)]).succeeded();
    assert!(trained.stderr.contains("marked as bad"), "{trained:#?}");
    // One recording of a person's folder is that person's.
    let replayed =
        run(&["replay", text(&folder.path().join("sub-01")), "-m", text(&model), "--headless", "--json"]).succeeded();
    assert!(replayed.json()["trials"].as_u64() > Some(0), "{replayed:#?}");

    std::fs::copy(&edf, edf.with_file_name("sub-01_task-other_eeg.edf")).unwrap();
    run(&["replay", text(folder.path()), "-m", text(&model), "--headless"]).refused(1, "has 2 recordings; name one");
}

/// A configuration for [`dataset`], in a folder of its own.
fn configuration(folder: &Path) -> PathBuf {
    let config = std::fs::read_to_string(repository().join("configs/demo.toml")).unwrap();
    let config = config.replace("[\"left\"]", "[\"left_hand\"]").replace("[\"right\"]", "[\"right_hand\"]");
    let path = folder.join("config.toml");
    std::fs::write(&path, config).unwrap();
    path
}

#[test]
fn tasks_are_chosen_and_eeglab_files_named() {
    let folder = tempfile::tempdir().unwrap();
    let edf = dataset(folder.path());
    std::fs::copy(&edf, edf.with_file_name("sub-01_task-other_eeg.edf")).unwrap();
    let derived = folder.path().join("derivatives/sub-01/eeg");
    std::fs::create_dir_all(&derived).unwrap();
    std::fs::copy(&edf, derived.join("sub-01_task-mi_eeg.edf")).unwrap();
    let given = text(folder.path());
    let count = |arguments: &[&str]| {
        let all = [&["info", given, "--json"], arguments].concat();
        run(&all).succeeded().json().as_array().map(Vec::len)
    };
    assert_eq!((count(&[]), count(&["--task", "mi"]), count(&["--task", "mi,other"])), (Some(2), Some(1), Some(2)));
    run(&["info", given, "--task", "rest"]).refused(1, "in their names: mi, other");
    run(&["info", given, "--session", "1"]).refused(1, "none is given");

    let aside = tempfile::tempdir().unwrap();
    let config = configuration(aside.path());
    let demo = repository().join("recordings/demo.xdf");
    run(&["train", text(&demo), "-c", text(&config), "--task", "mi"]).refused(2, "--task chooses among recordings");
    let evaluated =
        run(&["evaluate", given, "--task", "mi", "-c", text(&config), "--decoder", "csp-lda", "--json"]).succeeded();
    let report = evaluated.json();
    assert_eq!(report["subjects"].as_array().map(Vec::len), Some(1), "what is derived is not evaluated: {report:#}");

    let eeglab = edf.with_file_name("sub-01_task-old_eeg.set");
    std::fs::write(&eeglab, "MATLAB 5.0 MAT-file").unwrap();
    let info = run(&["info", given]).succeeded();
    assert!(info.stderr.contains("sub-01_task-old_eeg.set is an EEGLAB data set"), "{info:#?}");
    run(&["info", text(&eeglab)]).refused(1, "write it as EDF, BDF or BrainVision first");
}

#[test]
fn what_tables_say_is_converted_too() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    let aside = tempfile::tempdir().unwrap();
    let xdf = aside.path().join("a.xdf");
    let done = run(&["convert", text(&folder.path().join("sub-01")), text(&xdf)]).succeeded();
    assert!(done.stdout.contains("_events.tsv") && done.stdout.contains("_channels.tsv"), "{done:#?}");
    let info = run(&["info", text(&xdf)]).succeeded().stdout;
    assert!(info.contains("left_hand") && info.contains("right_hand"), "{info}");
}

#[test]
fn folders_without_recordings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(&["info", text(folder.path())]).refused(1, "without recordings named as EEG-BIDS does");
    run(&["view", text(folder.path())]).refused(1, "without recordings named as EEG-BIDS does");
}
