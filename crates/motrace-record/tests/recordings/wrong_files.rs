use crate::build;
use motrace_core::Unit;
use motrace_record::{Format, Recording, SelectError, StreamQuery};
use std::path::Path;

fn message(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.xdf");
    std::fs::write(&path, bytes).unwrap();
    let message = Recording::open(&path).unwrap_err().to_string();
    assert!(message.contains("some.xdf"), "{message}");
    message
}

#[test]
fn each_wrong_file_has_its_message() {
    for (bytes, expected) in [
        (&b""[..], "is empty"),
        (b"just some notes\n", "is a text file"),
        (b"\x1f\x8b\x08\0", "gzip-compressed"),
        (b"GDF 2.10", "ends inside its header"),
        (b"HeaderLen= 11565 SourceCh= 32", "StatevectorLen"),
        (b"Brain Vision Data Exchange Marker File", "open its header"),
        (b"Brain Vision Data Exchange Header File\n[Common Infos]\nDataFile=a.eeg", "a.eeg, which is not beside it"),
        (b"\x89PNG\r\n\x1a\n\0", "not known"),
        (b"XDF:", "no stream could be read"),
        (b"0       ", "ends inside its header"),
    ] {
        assert!(message(bytes).contains(expected), "{} lacks {expected:?}", message(bytes));
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(Recording::open(folder.path()).unwrap_err().to_string().contains("is a folder"));
    let missing = Recording::open(&folder.path().join("none.edf")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read") && missing.contains("none.edf"), "{missing}");
}

#[test]
fn no_stream_or_two_are_refused_with_a_list() {
    let parse = |bytes: &[u8]| Recording::parse(Path::new("x.xdf"), bytes).unwrap();
    let mut twice = b"XDF:".to_vec();
    for (id, name) in [(1, "left amp"), (2, "right amp"), (3, "notes")] {
        let format = if id == 3 { "string" } else { "float32" };
        let rate = if id == 3 { 0.0 } else { 250.0 };
        twice.extend(build::chunk(2, Some(id), build::header(name, "EEG", 2, rate, format).as_bytes()));
    }
    let recording = parse(&twice);
    let error = recording.signal(&StreamQuery::default()).unwrap_err();
    assert!(matches!(error, SelectError::Ambiguous { .. }));
    let text = error.to_string();
    assert!(text.contains("left amp") && text.contains("right amp") && !text.contains("notes"), "{text}");
    let by_name = |name: &str| StreamQuery { name: Some(name.into()), ..StreamQuery::default() };
    assert_eq!(recording.signal(&by_name("right amp")).unwrap().id, 2);
    let text = recording.signal(&by_name("notes")).unwrap_err().to_string();
    assert!(text.contains("left amp") && text.contains("irregular"), "{text}");
    let kind = StreamQuery { kind: Some("eeg".into()), name: Some("left amp".into()) };
    assert_eq!(recording.signal(&kind).unwrap().id, 1);
}

#[test]
fn edf_details_are_kept() {
    let parse = |bytes: &[u8]| Recording::parse(Path::new("x.edf"), bytes).unwrap();
    let recording = parse(&build::small_edf("EDF+C", ["+0.25", "+1.25"]));
    assert_eq!((recording.format, recording.start.as_deref()), (Format::Edf, Some("2009-08-12 16:15:00")));
    let [signal, slow, notes] = &recording.streams[..] else { panic!() };
    assert_eq!(signal.info.channels[0].label, "Fc5.");
    assert_eq!((&signal.info.channels[0].unit, &signal.info.channels[1].unit), (&Unit::Microvolts, &Unit::Unspecified));
    assert_eq!((signal.info.rate_hz, slow.info.rate_hz, slow.info.kind.as_str()), (4.0, 2.0, "Misc"));
    assert_eq!(signal.stamps_secs, [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]);
    // Digital 0 … 3 and 4 … 7 of the first record, scaled by 0.1 and by 10.
    let rows: Vec<f64> = (0..4).map(|i| signal.samples.value(i).unwrap()).collect();
    assert!(rows.iter().zip([0.0, 40.0, 0.1, 50.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{rows:?}");
    assert_eq!(notes.samples.text(), ["T1"]);
    assert_eq!((notes.stamps_secs[0], notes.durations_secs[0]), (0.5, 0.25));
    assert_eq!(recording.markers(signal)[0].index, 1);
    assert!(signal.gaps.is_empty() && recording.warnings.is_empty(), "{:?}", recording.warnings);
}

#[test]
fn discontinuous_edf_is_never_joined_silently() {
    let parse = |bytes: &[u8]| Recording::parse(Path::new("x.edf"), bytes).unwrap();
    let recording = parse(&build::small_edf("EDF+D", ["+0", "+7.5"]));
    let gap = recording.streams[0].gaps[0];
    assert_eq!((gap.index, gap.missing_samples, gap.length_secs), (4, 26, 6.5));
    assert_eq!(recording.streams[0].stamps_secs[4], 7.5);
    assert!(recording.warnings.iter().any(|w| w.contains("interrupted")));
}

#[test]
fn defective_edf_headers_are_read_with_a_remark() {
    let parse = |bytes: &[u8]| Recording::parse(Path::new("x.edf"), bytes).unwrap();
    let good = build::small_edf("EDF+C", ["+0", "+1"]);
    let with = |at: usize, text: &str| {
        let mut file = good.clone();
        file[at..at + 8].copy_from_slice(format!("{text:<8}").as_bytes());
        parse(&file)
    };
    for (recording, remark) in [
        (with(236, "-1"), "number of records is not given"),
        (with(236, "7"), "announces 7 records"),
        (with(244, "0"), "1 s is assumed"),
        (with(184, "9"), "own length is wrong"),
    ] {
        assert_eq!(recording.streams[0].sample_count(), 8);
        assert!(recording.warnings.iter().any(|w| w.contains(remark)), "{remark}: {:?}", recording.warnings);
    }
    // Digital minimum and maximum of the first channel are equal.
    let digital_max = 256 + 4 * (16 + 80 + 8 + 8 + 8 + 8);
    let recording = with(digital_max, "-32768");
    assert_eq!(recording.streams[0].info.channels[0].unit, Unit::Unspecified);
    assert!(recording.warnings.iter().any(|w| w.contains("scale cannot be computed")), "{:?}", recording.warnings);
    // Longer than announced.
    let mut longer = good.clone();
    longer.extend(&good[256 * 5..256 * 5 + 60]);
    assert_eq!(parse(&longer).streams[0].sample_count(), 12);
}

#[test]
fn triggers_of_plain_files_are_markers() {
    let signals = [
        build::EdfSignal { label: "C3", unit: "uV", limits: [-1.0, 1.0, -100.0, 100.0], samples: 8 },
        build::EdfSignal { label: "Status", unit: "Boolean", limits: [-8.0, 7.0, -8.0, 7.0], samples: 8 },
    ];
    // Resting at 4; then 1, 0, 769 for two samples, 0, 770 and 769 without a pause.
    let status: [i16; 16] = [4, 4, 1, 0, 0, 769, 769, 0, 0, 0, 770, 769, 0, 0, 0, 0];
    let data: Vec<u8> =
        status.chunks(8).flat_map(|line| [0; 8].iter().chain(line)).flat_map(|v: &i16| v.to_le_bytes()).collect();
    let parse = |kind| Recording::parse(Path::new("x.edf"), &build::edf(kind, 2, 1.0, &signals, &data)).unwrap();
    let recording = parse("");
    let found: Vec<_> = recording.markers(&recording.streams[0]).into_iter().map(|m| (m.index, m.text)).collect();
    let at = |index, text: &str| (index, text.to_owned());
    assert_eq!(found, [at(2, "1"), at(5, "769"), at(10, "770"), at(11, "769")]);
    assert_eq!(recording.provenance.version, "EDF");
    assert_eq!(recording.events()[1].detail.code, Some(769));
}
