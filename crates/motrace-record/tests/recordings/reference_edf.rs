use crate::reference::{data, doubles, files, python, same_unit};
use motrace_record::{RecordedStream, Recording};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Compares what is read from each file with what the reference readers read; gives how many.
pub fn compare_all(paths: &[PathBuf]) -> usize {
    let out = tempfile::tempdir().unwrap();
    let mut arguments = vec![out.path()];
    arguments.extend(paths.iter().map(|p| p.as_path()));
    if python("dump_edf.py", &arguments).is_none() {
        return usize::MAX;
    }
    let mut compared = 0;
    for (number, path) in paths.iter().enumerate() {
        let text = std::fs::read(out.path().join(format!("{number}.json"))).unwrap();
        let theirs: Value = serde_json::from_slice(&text).unwrap();
        let ours = Recording::open(path).unwrap();
        if let Some(error) = theirs["error"].as_str() {
            println!("{}: not compared: the reference readers fail: {error}", path.display());
            continue;
        }
        compare(&ours, &theirs, &|i| out.path().join(format!("{number}-{i}.values")), path);
        compared += 1;
    }
    compared
}

fn compare(ours: &Recording, theirs: &Value, values: &dyn Fn(usize) -> PathBuf, path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let is_mne = theirs["reader"] == "mne";
    let signals = theirs["signals"].as_array().unwrap();
    let mut taken = vec![0; ours.streams.len()];
    for (i, signal) in signals.iter().enumerate() {
        let (rate, step) = (signal["rate"].as_f64().unwrap(), signal["step"].as_f64().unwrap());
        let label = signal["label"].as_str().unwrap();
        // The file's order is kept within each rate.
        let (place, stream) = ours
            .streams
            .iter()
            .enumerate()
            .find(|(_, s)| !s.info.is_text && (s.info.rate_hz - rate).abs() < 1e-6)
            .unwrap_or_else(|| panic!("{name}: no stream at {rate} Hz"));
        let channel = taken[place];
        taken[place] += 1;
        same_unit(&stream.info.channels[channel].unit, signal, &format!("{name} {label}"));
        let own = &stream.info.channels[channel].label;
        // MNE gives numbers to labels that are not unique.
        if !is_mne || stream.info.channels.iter().filter(|c| c.label == *own).count() == 1 {
            assert_eq!(own, label.trim(), "{name}");
        }
        let theirs = doubles(&values(i));
        let channels = stream.info.channels.len();
        assert_eq!(stream.sample_count(), theirs.len(), "{name} {label}");
        for (k, theirs) in theirs.iter().enumerate() {
            let ours = stream.samples.value(k * channels + channel).unwrap();
            assert!((ours - theirs).abs() <= step * 1.001 + 1e-6 * theirs.abs(), "{name} {label} {k}: {ours} {theirs}");
        }
    }
    let notes = theirs["annotations"].as_array().unwrap();
    let (texts, onsets): (&[String], &[f64]) = ours
        .streams
        .iter()
        .find(|s| s.info.name.ends_with("Annotations"))
        .map_or((&[], &[]), |s: &RecordedStream| (s.samples.text(), s.stamps_secs.as_slice()));
    if let Some(triggers) = theirs["triggers"].as_array() {
        let found: Vec<(u64, String)> = ours.markers(&ours.streams[0]).into_iter().map(|m| (m.index, m.text)).collect();
        let expected: Vec<(u64, String)> =
            triggers.iter().map(|t| (t[0].as_u64().unwrap(), t[1].as_str().unwrap().to_owned())).collect();
        assert_eq!(found, expected, "{name}");
        println!("{name}: {} triggers", found.len());
        return;
    }
    if is_mne && ours.streams.iter().all(|s| !s.info.is_text) {
        return;
    }
    // The reference readers count from the first sample, motrace from the start that the header gives.
    let first =
        ours.streams.iter().find(|s| !s.info.is_text).and_then(|s| s.stamps_secs.first()).copied().unwrap_or(0.0);
    if is_mne && ours.streams.iter().any(|s| !s.gaps.is_empty()) {
        // MNE joins what was interrupted, and leaves out the annotations that then lie behind the end.
        let mut rest = onsets.iter().zip(texts);
        for note in notes {
            let (onset, text) = (note[0].as_f64().unwrap(), note[2].as_str().unwrap());
            assert!(rest.any(|(o, t)| (o - first - onset).abs() < 1e-3 && t == text), "{name}: {note}");
        }
        return;
    }
    assert_eq!(texts.len(), notes.len(), "{name}");
    // pyedflib keeps the order of the file, in which events that overlap can be out of time.
    let mut notes: Vec<&Value> = notes.iter().collect();
    notes.sort_by(|a, b| a[0].as_f64().unwrap().total_cmp(&b[0].as_f64().unwrap()));
    let sample_secs = ours.streams.iter().map(|s| 1.0 / s.info.rate_hz).fold(1e-3, f64::min);
    let durations = ours.streams.iter().find(|s| s.info.name.ends_with("Annotations")).map(|s| &s.durations_secs);
    for (i, note) in notes.iter().enumerate() {
        let (onset, duration) = (note[0].as_f64().unwrap(), note[1].as_f64().unwrap());
        assert!((onsets[i] - first - onset).abs() < sample_secs, "{name} {i}: {} {onset}", onsets[i] - first);
        // pyedflib says -1 where no duration is given, MNE 0.
        let own = durations.unwrap()[i];
        assert!((own - duration).abs() < 1e-3 || (own.is_nan() && duration <= 0.0), "{name} {i}: {own} {duration}");
        assert_eq!(texts[i], note[2].as_str().unwrap(), "{name} annotation {i}");
    }
}

#[test]
fn real_edf_and_bdf_files_are_read_as_by_the_reference_readers() {
    let Some(data) = data() else { return };
    let mut paths = files(&data.join("format-vectors/edf-bdf"), &["edf", "bdf"]);
    paths.extend(files(&data.join("eegmmidb"), &["edf"]));
    paths.extend(files(&data.join("mi-openbci"), &["edf"]));
    assert!(compare_all(&paths) >= paths.len(), "each of {} files is compared", paths.len());
}

#[test]
fn vectors_hold_what_their_table_says() {
    let Some(data) = data() else { return };
    let folder = data.join("format-vectors/edf-bdf");
    for (name, rate, channels, samples, annotations) in [
        ("pyedflib_test_generator.edf", 200.0, 11, 120_000, 2),
        ("pyedflib_test_generator.bdf", 1000.0, 1, 30_000, 0),
        ("pyedflib_test_generator_datarec_generator_0_5.bdf", 2000.0, 1, 60_000, 0),
        ("pyedflib_test_generator_datarec_generator_2.bdf", 500.0, 1, 15_000, 0),
        ("pyedflib_test_utf8.edf", 128.0, 1, 89_344, 5),
        ("pyedflib_test_subsecond.edf", 128.0, 1, 89_344, 4),
        ("mnetest_test_edf_overlapping_annotations.edf", 128.0, 64, 15_872, 38),
    ] {
        let recording = Recording::open(&folder.join(name)).unwrap();
        let first = &recording.streams[0];
        let notes =
            recording.streams.iter().filter(|s| s.info.is_text).map(RecordedStream::sample_count).sum::<usize>();
        assert_eq!((first.info.rate_hz, first.info.channels.len()), (rate, channels), "{name}");
        assert_eq!((first.sample_count(), notes), (samples, annotations), "{name}");
        assert!(recording.warnings.is_empty(), "{name} {:?}", recording.warnings);
    }
    // Five channels in all, each at its own rate.
    let uneven = Recording::open(&folder.join("pyedflib_test_generator.bdf")).unwrap();
    assert_eq!(uneven.streams.iter().filter(|s| !s.info.is_text).map(|s| s.info.channels.len()).sum::<usize>(), 5);
}
