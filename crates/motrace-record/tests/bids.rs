//! EEG-BIDS folders made here: which recordings they have, and what their tables say of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Channel, Role, StreamInfo, Unit};
use motrace_record::{
    BidsFolder, ConvertOptions, Format, Provenance, RecordedStream, Recording, Samples, bids_entity, bids_recordings,
    convert, is_beside_bids,
};
use std::path::{Path, PathBuf};

const LABELS: [&str; 4] = ["C3", "Cz", "C4", "EOG1"];

/// Ten seconds of four channels at 100 Hz, with a marker of its own.
fn recording(unit: &Unit) -> Recording {
    let channels: Vec<Channel> = LABELS.iter().map(|label| Channel::new(*label, unit.clone())).collect();
    let signal = RecordedStream {
        info: StreamInfo { name: "amp".into(), kind: "EEG".into(), rate_hz: 100.0, channels, ..StreamInfo::default() },
        id: 1,
        samples: Samples::F32((0..4000).map(|i| (i % 97) as f32 - 48.0).collect()),
        stamps_secs: (0..1000).map(|i| f64::from(i) / 100.0).collect(),
        arrival_secs: Vec::new(),
        durations_secs: Vec::new(),
        event_details: Vec::new(),
        positions: Vec::new(),
        resolutions: Vec::new(),
        gaps: Vec::new(),
        effective_rate_hz: 100.0,
        rate_between_gaps_hz: 100.0,
        clock_offsets: Vec::new(),
    };
    let mut own = RecordedStream {
        info: StreamInfo {
            name: "annotations".into(),
            kind: "Markers".into(),
            channels: vec![Channel { role: Role::Trigger, ..Channel::default() }],
            is_text: true,
            ..StreamInfo::default()
        },
        id: 2,
        samples: Samples::Text(vec!["of the file".into()]),
        stamps_secs: vec![5.0],
        ..signal.clone()
    };
    (own.effective_rate_hz, own.rate_between_gaps_hz) = (0.0, 0.0);
    Recording {
        path: "source".into(),
        format: Format::Xdf,
        streams: vec![signal, own],
        warnings: Vec::new(),
        sha256: String::new(),
        start: None,
        provenance: Provenance::default(),
    }
}

/// A data set of one person with one run as EDF+ or BrainVision, and these files beside.
fn dataset(ending: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let eeg = folder.path().join("sub-01/ses-a/eeg");
    std::fs::create_dir_all(&eeg).unwrap();
    std::fs::write(folder.path().join("dataset_description.json"), "{}").unwrap();
    let path = eeg.join(format!("sub-01_ses-a_task-mi_run-1_eeg.{ending}"));
    convert(&recording(&Unit::Microvolts), &path, &ConvertOptions::default()).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    (folder, path)
}

const EVENTS: &str = "sub-01/ses-a/eeg/sub-01_ses-a_task-mi_run-1_events.tsv";
const CHANNELS: &str = "sub-01/ses-a/eeg/sub-01_ses-a_task-mi_run-1_channels.tsv";

fn signal(recording: &Recording) -> &RecordedStream {
    recording.streams.iter().find(|s| !s.info.is_text).unwrap()
}

#[test]
fn events_are_those_of_the_table() {
    let table = "onset\tduration\ttrial_type\tvalue\n2.5\t4\tleft\t769\n0.5\tn/a\tn/a\t7\n7\t0\tright\tn/a\n8\t0\tn/a\tn/a\nn/a\t0\tleft\t769\n";
    for ending in ["edf", "vhdr"] {
        let (_folder, path) = dataset(ending, &[(EVENTS, table)]);
        let recording = Recording::open_with_tables(&path).unwrap();
        let start = signal(&recording).stamps_secs[0];
        let events = recording.events();
        let found: Vec<_> =
            events.iter().map(|e| ((e.time_secs - start, e.duration_secs), (e.text.as_str(), e.detail.code))).collect();
        assert_eq!(
            found,
            [
                ((0.5, None), ("7", Some(7))),
                ((2.5, Some(4.0)), ("left", Some(769))),
                ((7.0, Some(0.0)), ("right", None))
            ],
            "{ending}"
        );
        let warnings = recording.warnings.join("\n");
        assert!(warnings.contains("1 event(s) have neither"), "{warnings}");
        assert!(warnings.contains("1 event(s) have no onset"), "{warnings}");
        assert!(recording.provenance.files.iter().any(|f| f.path.ends_with(EVENTS)));
        // Without the tables the file's own marker is there.
        let own = Recording::open(&path).unwrap().events();
        assert!(own.iter().any(|e| e.text.contains("of the file")), "{own:?}");
    }
}

#[test]
fn channels_have_the_types_and_states_of_the_table() {
    let table = "name\ttype\tunits\tstatus\nC3\tEEG\tuV\tgood\nCz\tEEG\tuV\tbad\nC4\tMISC\tmV\tn/a\nEOG1\tVEOG\tuV\tgood\nTRIG\tTRIG\tn/a\tn/a\nX9\tEEG\tuV\tgood\n";
    let (_folder, path) = dataset("edf", &[(CHANNELS, table)]);
    let recording = Recording::open_with_tables(&path).unwrap();
    let channels = &signal(&recording).info.channels;
    let roles: Vec<Role> = channels.iter().map(|c| c.role).collect();
    assert_eq!(roles, [Role::Eeg, Role::Aux, Role::Aux, Role::Eog]);
    assert!(channels.iter().all(|c| c.unit == Unit::Microvolts), "the file's own units count");
    let warnings = recording.warnings.join("\n");
    for part in ["Cz: marked as bad", "C4: in other units", "X9: not in the recording"] {
        assert!(warnings.contains(part), "{part:?}: {warnings}");
    }
    assert!(!warnings.contains("TRIG"), "a trigger line is a marker, not a missing channel: {warnings}");
}

#[test]
fn labels_that_were_cut_follow_from_the_order() {
    let table = "name\ttype\tunits\nFC1\tEEG\tuV\nFCz\tEEG\tuV\nFC2\tEEG\tuV\nHEOG\tHEOG\tuV\n";
    let (_folder, path) = dataset("edf", &[(CHANNELS, table)]);
    let recording = Recording::open_with_tables(&path).unwrap();
    let labels: Vec<&str> = signal(&recording).info.channels.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["FC1", "FCz", "FC2", "HEOG"]);
}

#[test]
fn tables_further_up_hold_and_nearer_ones_hold_more() {
    let above = "onset\tduration\ttrial_type\n1\t0\tabove\n";
    let other = "onset\tduration\ttrial_type\n1\t0\tother\n";
    let near = "onset\tduration\ttrial_type\n1\t0\tnear\n";
    let (folder, path) = dataset("edf", &[("task-mi_events.tsv", above), ("task-rest_events.tsv", other)]);
    let text = |path: &Path| Recording::open_with_tables(path).unwrap().events()[0].text.clone();
    assert_eq!(text(&path), "above");
    std::fs::write(folder.path().join("sub-01/sub-01_events.tsv"), near).unwrap();
    assert_eq!(text(&path), "near");
    // Beyond the data set's own folder nothing is looked for.
    std::fs::remove_file(folder.path().join("task-mi_events.tsv")).unwrap();
    std::fs::remove_file(folder.path().join("sub-01/sub-01_events.tsv")).unwrap();
    assert_eq!(text(&path), "of the file");
}

#[test]
fn positions_lie_to_the_right_and_to_the_front() {
    let table = "name\tx\ty\tz\nC3\t1\t2\t3\nCz\tn/a\tn/a\tn/a\nC4\t4\t5\t6\n";
    let electrodes = "sub-01/ses-a/eeg/sub-01_ses-a_space-X_electrodes.tsv";
    let system = "sub-01/ses-a/eeg/sub-01_ses-a_space-X_coordsystem.json";
    for (name, wanted) in [
        ("CapTrak", vec![Some([1.0, 2.0, 3.0]), None, Some([4.0, 5.0, 6.0]), None]),
        ("CTF", vec![Some([-2.0, 1.0, 3.0]), None, Some([-5.0, 4.0, 6.0]), None]),
    ] {
        let json = format!("{{\"EEGCoordinateSystem\": \"{name}\", \"EEGCoordinateUnits\": \"mm\"}}");
        let (_folder, path) = dataset("edf", &[(electrodes, table), (system, &json)]);
        assert_eq!(signal(&Recording::open_with_tables(&path).unwrap()).positions, wanted, "{name}");
    }
    let (_folder, path) = dataset("edf", &[(electrodes, table)]);
    let recording = Recording::open_with_tables(&path).unwrap();
    assert!(signal(&recording).positions.iter().all(Option::is_none));
    assert!(recording.warnings.join("\n").contains("coordinate system (none given)"));
}

#[test]
fn tables_that_are_damaged_are_refused_with_their_name() {
    for (file, table, part) in [
        (EVENTS, "time\tlabel\n1\tleft\n", "no column \"onset\""),
        (EVENTS, "onset\tduration\n1\n", "line 2 has 1 columns"),
        (EVENTS, "onset\tduration\nsoon\t0\n", "event 1: \"soon\" in the column \"onset\" is no number"),
        (EVENTS, "", "it is empty"),
        (CHANNELS, "name\tunits\nC3\tuV\n", "no column \"type\""),
        (CHANNELS, "name\ttype\nA1\tEEG\n", "none of its 1 channels"),
    ] {
        let (_folder, path) = dataset("edf", &[(file, table)]);
        let error = Recording::open_with_tables(&path).unwrap_err().to_string();
        assert!(
            error.contains(part) && error.contains(Path::new(file).file_name().unwrap().to_str().unwrap()),
            "{error}"
        );
    }
}

#[test]
fn a_folder_gives_its_recordings_in_order() {
    let (folder, path) = dataset("vhdr", &[]);
    let second = path.with_file_name("sub-01_ses-a_task-mi_run-2_eeg.edf");
    convert(&recording(&Unit::Microvolts), &second, &ConvertOptions::default()).unwrap();
    let derived = folder.path().join("derivatives/sub-01/eeg");
    std::fs::create_dir_all(&derived).unwrap();
    std::fs::copy(&second, derived.join("sub-01_task-mi_eeg.edf")).unwrap();
    // The files of a BrainVision recording are one, and what was derived is not the recording.
    let found = bids_recordings(folder.path()).unwrap();
    assert_eq!(found.recordings, [path.clone(), second.clone()]);
    assert!(is_beside_bids(&folder.path().join("derivatives")) && !is_beside_bids(&derived));
    assert_eq!(bids_recordings(&folder.path().join("sub-01")).unwrap().recordings.len(), 2);
    let said = ["sub", "ses", "task", "run", "acq"].map(|key| bids_entity(&second, key));
    assert_eq!(said.map(Option::unwrap_or_default), ["01", "a", "mi", "2", ""]);
    assert_eq!(bids_entity(Path::new("S001R01.edf"), "sub"), None);
    // What cannot be read is told of, and by its name where there is nothing else.
    let eeglab = path.with_file_name("sub-01_ses-a_task-mi_run-3_eeg.set");
    std::fs::write(&eeglab, "MATLAB 5.0 MAT-file").unwrap();
    assert_eq!(bids_recordings(folder.path()).unwrap().unreadable, std::slice::from_ref(&eeglab));
    let error = Recording::open(&eeglab).unwrap_err().to_string();
    assert!(error.contains("run-3_eeg.set is an EEGLAB data set") && error.contains("run-3_eeg.edf"), "{error}");

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(bids_recordings(empty.path()).unwrap(), BidsFolder::default());
    std::fs::write(empty.path().join("sub-01_task-mi_eeg.set"), "").unwrap();
    let error = bids_recordings(empty.path()).unwrap_err().to_string();
    assert!(error.contains("sub-01_task-mi_eeg.set is an EEGLAB data set"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_back_brings_nothing_twice() {
    let (folder, _) = dataset("vhdr", &[]);
    let once = bids_recordings(folder.path()).unwrap().recordings;
    std::os::unix::fs::symlink(folder.path(), folder.path().join("sub-01/again")).unwrap();
    assert_eq!((once.len(), bids_recordings(folder.path()).unwrap().recordings), (1, once));
}

#[test]
fn recordings_elsewhere_open_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("S001R01.edf");
    convert(&recording(&Unit::Microvolts), &path, &ConvertOptions::default()).unwrap();
    std::fs::write(folder.path().join("events.tsv"), "nonsense").unwrap();
    assert_eq!(Recording::open_with_tables(&path).unwrap().events(), Recording::open(&path).unwrap().events());
}
