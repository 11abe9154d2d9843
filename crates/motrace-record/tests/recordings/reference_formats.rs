//! GDF, BrainVision and BCI2000 against what MNE reads.

use crate::reference::{data, doubles, files, python, same_unit};
use motrace_record::{RecordedStream, Recording};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where motrace deliberately reads something else than MNE, and why.
pub const DIFFERENCES: [(&str, Difference, &str); 2] = [
    (
        "Andy_101-raw.vhdr",
        Difference::MarkerAtZero,
        "positions count from 1; a marker at 0 is put on the first sample, MNE puts it one sample before",
    ),
    (
        "bcilab_DanielS001R01.dat",
        Difference::NoClocks,
        "states that are clocks (SourceTime, StimulusTime) are no markers; MNE makes none of any state",
    ),
];

#[derive(Clone, Copy, PartialEq)]
pub enum Difference {
    MarkerAtZero,
    NoClocks,
}

fn vectors() -> Option<Vec<PathBuf>> {
    Some(files(&data()?.join("format-vectors"), &["gdf", "vhdr", "ahdr", "dat"]))
}

#[test]
fn every_vector_is_read_as_mne_reads_it() {
    let Some(paths) = vectors() else { return };
    assert!(paths.len() > 20);
    let compared = compare_all(&paths);
    assert!(compared >= paths.len(), "{compared}");
}

/// Compares what is read from each file with what MNE reads; gives how many.
pub fn compare_all(paths: &[PathBuf]) -> usize {
    let out = tempfile::tempdir().unwrap();
    let mut arguments = vec![out.path()];
    arguments.extend(paths.iter().map(|p| p.as_path()));
    if python("dump_recording.py", &arguments).is_none() {
        return usize::MAX;
    }
    let mut compared = 0;
    for (number, path) in paths.iter().enumerate() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read(out.path().join(format!("{number}.json"))).unwrap();
        let theirs: Value = serde_json::from_slice(&text).unwrap();
        let difference = DIFFERENCES.iter().find(|(n, ..)| *n == name).map(|(_, d, why)| {
            println!("{name}: {why}");
            *d
        });
        assert!(theirs["error"].is_null(), "{name}: {theirs}");
        let ours = Recording::open(path).unwrap_or_else(|e| panic!("{e}"));
        compare(&ours, &theirs, &|i| out.path().join(format!("{number}-{i}.values")), difference, name);
        compared += 1;
    }
    compared
}

fn compare(
    ours: &Recording,
    theirs: &Value,
    values: &dyn Fn(usize) -> PathBuf,
    difference: Option<Difference>,
    name: &str,
) {
    let signal = &ours.streams[0];
    let channels = theirs["channels"].as_array().unwrap();
    assert_eq!(signal.info.channels.len(), channels.len(), "{name}");
    assert!((signal.info.rate_hz - theirs["rate"].as_f64().unwrap()).abs() < 1e-6, "{name}");
    assert_eq!(signal.sample_count() as u64, theirs["samples"].as_u64().unwrap(), "{name}");
    let count = signal.info.channels.len();
    for (c, channel) in signal.info.channels.iter().enumerate() {
        // MNE gives numbers to labels that are not unique.
        if signal.info.channels.iter().filter(|other| other.label == channel.label).count() == 1 {
            assert_eq!(channel.label, channels[c]["label"].as_str().unwrap(), "{name}");
        }
        same_unit(&channel.unit, &channels[c], &format!("{name} {}", channel.label));
        let step = channels[c]["step"].as_f64().unwrap();
        for (k, theirs) in doubles(&values(c)).iter().enumerate() {
            let ours = signal.samples.value(k * count + c).unwrap();
            let is_close = (ours - theirs).abs() <= step.min(1.0) * 1e-3 + 1e-6 * theirs.abs();
            // BioSig, not MNE, takes samples at the limits of a converter for missing.
            assert!(
                is_close || (ours.is_nan() && name.ends_with(".gdf")),
                "{name} {} {k}: {ours} {theirs}",
                channel.label
            );
        }
    }
    if let Some(positions) = theirs["positions"].as_array().filter(|_| !signal.positions.is_empty()) {
        for (ours, theirs) in signal.positions.iter().zip(positions).filter(|(o, _)| o.is_some()) {
            let ours = ours.unwrap();
            let length = |p: [f64; 3]| p.iter().map(|x| x * x).sum::<f64>().sqrt();
            let theirs = [0, 1, 2].map(|i| theirs[i].as_f64().unwrap());
            let scale = length(theirs) / length(ours);
            // MNE turns heads of radius 1 into metres.
            assert!(length([0, 1, 2].map(|i| ours[i] * scale - theirs[i])) < 1e-6 * length(theirs), "{name}");
        }
    }
    compare_events(ours, signal, theirs, difference, name);
}

fn compare_events(
    ours: &Recording,
    signal: &RecordedStream,
    theirs: &Value,
    difference: Option<Difference>,
    name: &str,
) {
    // MNE keeps silent about the segment that begins with the recording, and about markers behind the end of its
    // last sample.
    let mut events = ours.events();
    let last_secs = signal.stamps_secs.last().copied().unwrap_or(0.0) + 1.001 / signal.info.rate_hz;
    events.retain(|e| (e.text != "New Segment" || e.time_secs > 0.0) && e.time_secs <= last_secs);
    let mut theirs: Vec<(f64, f64, String)> = theirs["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e[0].as_f64().unwrap(), e[1].as_f64().unwrap(), e[2].as_str().unwrap().to_owned()))
        .collect();
    if difference == Some(Difference::NoClocks) {
        theirs.retain(|(.., text)| !text.starts_with("SourceTime=") && !text.starts_with("StimulusTime="));
    }
    theirs.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(events.len(), theirs.len(), "{name}: {events:?} {theirs:?}");
    let period = 1.0 / signal.info.rate_hz;
    let mut left = theirs;
    for event in &events {
        // MNE writes the type of a BrainVision marker before its description.
        let is_text = |theirs: &str| match event.detail.name.as_str() {
            _ if event.text == theirs => true,
            "" => theirs == format!("{}/", event.text),
            kind => theirs == format!("{kind}/{}", event.text),
        };
        let index = signal.index_of_time(event.time_secs) as f64;
        let tolerance = if difference == Some(Difference::MarkerAtZero) { 1.001 } else { 0.01 };
        // Times of MNE know no gaps, and are rounded to microseconds.
        let place = left
            .iter()
            .position(|(onset, _, text)| (onset / period - index).abs() <= tolerance && is_text(text))
            .unwrap_or_else(|| panic!("{name}: {event:?} at sample {index} is not among {left:?}"));
        let (_, duration, _) = left.swap_remove(place);
        let ours = event.duration_secs.unwrap_or(0.0);
        // MNE takes no duration for one sample.
        assert!((ours - duration).abs() <= period * 1.001, "{name}: {event:?} {duration}");
    }
}

#[test]
fn vectors_hold_what_their_table_says() {
    let Some(data) = data() else { return };
    let folder = data.join("format-vectors");
    let open = |name: &str| Recording::open(&folder.join(name)).unwrap();
    let ecg = open("gdf/mnetest_test_1ch.gdf");
    let signal = &ecg.streams[0];
    assert_eq!((signal.info.rate_hz, signal.sample_count(), ecg.streams.len()), (150.0, 4500, 1));
    assert_eq!((ecg.provenance.version.as_str(), ecg.warnings.len()), ("GDF 2.10", 0));
    let openvibe = open("gdf/openvibe_neurofeedback.gdf");
    assert_eq!(openvibe.provenance.version, "GDF 1.25");
    assert_eq!(openvibe.events().len(), 92);
    let renamed = open("brainvision/mne/test_units.vhdr");
    assert_eq!(renamed.provenance.files.len(), 3);
    assert_eq!(renamed.start.as_deref(), Some("2013-11-13 16:14:03"));
    let old = open("brainvision/mne/test_old_layout_latin1_software_filter.vhdr");
    assert_eq!(old.streams[0].gaps.len(), 1);
    let cursor = open("bci2000/bcilab_DanielS001R01.dat");
    assert_eq!(cursor.streams[0].info.channels[4].label, "C3");
    assert!(cursor.events().iter().any(|e| e.text == "TargetCode=2" && e.detail.code == Some(2)));
}

#[test]
fn files_beside_the_header_say_so() {
    let Some(data) = data() else { return };
    let folder = data.join("format-vectors/brainvision/mne");
    for name in ["test.eeg", "test.vmrk"] {
        let message = Recording::open(&folder.join(name)).unwrap_err().to_string();
        assert!(message.contains("open its header, .vhdr"), "{message}");
    }
    let alone = tempfile::tempdir().unwrap();
    let header = alone.path().join("moved.vhdr");
    std::fs::copy(folder.join("test.vhdr"), &header).unwrap();
    let message = Recording::open(&header).unwrap_err().to_string();
    assert!(message.contains("test.eeg, which is not beside it"), "{message}");
    std::fs::copy(folder.join("test.eeg"), Path::new(&header).with_extension("eeg")).unwrap();
    let recording = Recording::open(&header).unwrap();
    assert_eq!(recording.streams[0].sample_count(), 7900);
    let warnings = recording.warnings.join("\n");
    assert!(warnings.contains("moved.eeg was read instead") && warnings.contains("test.vmrk"), "{warnings}");
}
