use crate::reference::{data, doubles, files, python};
use motrace_record::{RecordedStream, Recording};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where motrace deliberately reads something else than pyxdf, and why.
pub const DIFFERENCES: [(&str, &str); 3] = [
    ("xdfrs_chunk_length_lie.xdf", "no stream can be read; motrace says so, pyxdf fails inside a read"),
    ("xdfrs_out_of_order_clock_offsets.xdf", "pyxdf fails; motrace reads the header and reports the damage"),
    (
        "xdfrs_out_of_order_sample_chunk.xdf",
        "a stream declares 0 channels; motrace leaves it out, pyxdf fails or returns it empty",
    ),
];

#[test]
fn every_real_file_is_read_as_pyxdf_reads_it() {
    let Some(data) = data() else { return };
    let paths = files(&data, &["xdf"]);
    assert!(paths.len() > 25);
    let compared = compare_all(&paths);
    assert!(compared > 50, "{compared}");
}

/// Compares what is read from each file with what pyxdf reads; gives how many streams.
pub fn compare_all(paths: &[PathBuf]) -> usize {
    let out = tempfile::tempdir().unwrap();
    let mut arguments = vec![out.path()];
    arguments.extend(paths.iter().map(|p| p.as_path()));
    if python("dump_xdf.py", &arguments).is_none() {
        return usize::MAX;
    }
    let mut compared = 0;
    for (number, path) in paths.iter().enumerate() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let ours = Recording::open(path);
        let theirs: Value =
            serde_json::from_slice(&std::fs::read(out.path().join(format!("{number}.json"))).unwrap()).unwrap();
        if let Some((_, why)) = DIFFERENCES.iter().find(|(n, _)| *n == name) {
            println!("{name}: not compared: {why}");
            continue;
        }
        let streams = theirs["streams"].as_array().unwrap_or_else(|| panic!("{name}: pyxdf fails: {theirs}"));
        let ours = ours.unwrap();
        assert_eq!(ours.streams.len(), streams.len(), "{name}");
        for (place, (ours, theirs)) in ours.streams.iter().zip(streams).enumerate() {
            compare(ours, theirs, &out.path().join(format!("{number}-{place}")), name);
            compared += 1;
        }
    }
    compared
}

fn compare(ours: &RecordedStream, theirs: &Value, stem: &Path, name: &str) {
    assert_eq!(u64::from(ours.id), theirs["id"].as_u64().unwrap(), "{name}");
    assert_eq!(ours.info.name, theirs["name"].as_str().unwrap(), "{name}");
    assert_eq!(ours.info.channels.len() as u64, theirs["channels"].as_u64().unwrap(), "{name}");
    assert_eq!(ours.clock_offsets.len() as u64, theirs["offsets"].as_u64().unwrap(), "{name}");
    if ours.info.is_text {
        let text: Vec<&str> = theirs["text"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        assert_eq!(ours.samples.text(), text, "{name}");
    } else {
        let samples = doubles(&stem.with_extension("samples"));
        assert_eq!(ours.samples.len(), samples.len(), "{name}");
        for (i, theirs) in samples.iter().enumerate() {
            let ours = ours.samples.value(i).unwrap();
            assert!(ours == *theirs || (ours.is_nan() && theirs.is_nan()), "{name} value {i}: {ours} {theirs}");
        }
    }
    close(&ours.arrival_secs, &doubles(&stem.with_extension("arrival")), &format!("{name}, as stamped"));
    // pyxdf draws its lines across gaps shorter than 500 samples, and so moves stamps by up to 25 s; its
    // evened stamps are comparable where we find no gap that it does not find.
    if ours.gaps.is_empty() {
        close(&ours.stamps_secs, &doubles(&stem.with_extension("even")), &format!("{name}, evened"));
    }
}

fn close(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-3, "{what}: {worst} s apart");
}

fn open(name: &str) -> Option<Recording> {
    Some(Recording::open(&data()?.join("format-vectors/xdf").join(name)).unwrap())
}

#[test]
fn minimal_is_as_published() {
    let Some(recording) = open("xdfmodules_minimal.xdf") else { return };
    let [signal, text] = &recording.streams[..] else { panic!() };
    assert_eq!((signal.id, text.id), (0, 46_202_862));
    assert_eq!((signal.sample_count(), signal.samples.len(), text.sample_count()), (9, 27, 9));
    assert_eq!([0, 1, 2].map(|i| signal.samples.value(i).unwrap()), [192.0, 255.0, 238.0]);
    for (stamps, first, last) in [(&signal.stamps_secs, 5.0, 5.8), (&text.stamps_secs, 5.1, 5.9)] {
        assert!((stamps[0] - first).abs() < 1e-9 && (stamps[8] - last).abs() < 1e-9);
    }
    assert_eq!(text.samples.text()[1..4], ["Hello", "World", "from"]);
}

#[test]
fn clock_resets_are_two_segments() {
    let Some(recording) = open("xdfmodules_clock_resets.xdf") else { return };
    let [text, signal] = &recording.streams[..] else { panic!() };
    assert_eq!((text.sample_count(), signal.sample_count(), signal.info.channels.len()), (175, 27_815, 8));
    assert_eq!((text.clock_offsets.len(), signal.clock_offsets.len()), (115, 115));
    assert!((signal.arrival_secs[0] - 810.094_847_4).abs() < 1e-3, "{}", signal.arrival_secs[0]);
    assert!((signal.arrival_secs[27_814] - 1_383.092_325_8).abs() < 1e-3, "{}", signal.arrival_secs[27_814]);
    assert_eq!(signal.gaps.iter().map(|g| g.index).collect::<Vec<_>>(), [12_876]);
}

#[test]
fn empty_streams_keep_their_order() {
    let Some(recording) = open("xdfmodules_empty_streams.xdf") else { return };
    let found: Vec<_> = recording.streams.iter().map(|s| (s.id, s.sample_count())).collect();
    assert_eq!(found, [(3, 0), (4, 10), (1, 1), (2, 0)]);
}

#[test]
fn labrecorders_files_are_complete() {
    let (Some(normal), Some(killed)) = (open("labrecorder/normal.xdf"), open("labrecorder/killed.xdf")) else { return };
    assert_eq!(normal.streams.iter().map(RecordedStream::sample_count).collect::<Vec<_>>(), [3130, 125]);
    assert_eq!(normal.streams[0].info.channels[1].label, "A1");
    assert!(normal.warnings.is_empty(), "{:?}", normal.warnings);
    assert_eq!(killed.streams[0].sample_count(), 3252);
    assert!(killed.warnings.iter().any(|w| w.contains("no footer")));
    let restarted = open("labrecorder/source_restarted.xdf").unwrap();
    assert_eq!(restarted.streams[0].gaps.iter().map(|g| g.index).collect::<Vec<_>>(), [1490]);
    assert!((restarted.streams[0].gaps[0].length_secs - 4.06).abs() < 0.02);
}

#[test]
fn drop_outs_are_found_where_they_are_and_late_delivery_is_not_one() {
    let Some(data) = data() else { return };
    let missing = |name: &str| {
        let recording = Recording::open(&data.join("tau-xdf").join(name)).unwrap();
        let signal = recording.signal(&motrace_record::StreamQuery::default()).unwrap();
        assert!(signal.stamps_secs.is_sorted(), "{name}");
        // Between gaps the device keeps its 125 Hz.
        assert!((signal.rate_between_gaps_hz - 125.0).abs() < 1.5, "{name} {}", signal.rate_between_gaps_hz);
        signal.gaps.iter().fold(0.0, |sum, g| sum + g.length_secs)
    };
    // From first to last stamp, less the samples at 125 Hz: 65.7, 11.4 and 13.6 s.
    assert!((missing("P1/rec02.xdf") - 65.7).abs() < 4.0);
    assert!((missing("P1/rec14.xdf") - 11.4).abs() < 1.5);
    assert!((missing("P2/rec14.xdf") - 13.6).abs() < 5.0);
    for name in
        ["P1/rec01", "P1/rec03", "P1/rec12", "P1/rec15", "P2/rec01", "P2/rec02", "P2/rec03", "P2/rec07", "P2/rec09"]
    {
        assert_eq!(missing(&format!("{name}.xdf")), 0.0, "{name}");
    }
    for name in ["P1/rec05", "P1/rec08", "P2/rec04", "P2/rec05", "P2/rec06", "P2/rec08"] {
        assert!(missing(&format!("{name}.xdf")) < 0.5, "{name}");
    }
}
