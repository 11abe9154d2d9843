//! A recording that stays in its file plays to the bit as one in memory.

use crate::{build, build_formats};
use motrace_core::{Poll, Source};
use motrace_record::{Format, RecordedStream, Recording, Reel, Replay, ReplayOverrides, StreamQuery, XdfWriter};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// All that a source says, with the bits of its samples.
fn played(mut replay: Replay) -> (Vec<Poll>, Vec<u32>) {
    let (mut polls, mut samples) = (Vec::new(), Vec::new());
    loop {
        let poll = replay.poll(&mut samples).unwrap();
        let is_end = poll == Poll::End;
        polls.push(poll);
        if is_end {
            return (polls, samples.into_iter().map(f32::to_bits).collect());
        }
    }
}

/// A file that is read block by block, by several threads, is as it is in memory.
fn is_as_in_memory(opened: &Recording) {
    let name = opened.path.display();
    if opened.format == Format::BrainVision {
        return;
    }
    let parsed = Recording::parse(&opened.path, &std::fs::read(&opened.path).unwrap()).unwrap();
    assert_eq!((&opened.warnings, &opened.provenance), (&parsed.warnings, &parsed.provenance), "{name}");
    assert_eq!(opened.streams.len(), parsed.streams.len(), "{name}");
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    for (a, b) in opened.streams.iter().zip(&parsed.streams) {
        assert_eq!((&a.info, &a.gaps, a.samples.len()), (&b.info, &b.gaps, b.samples.len()), "{name}");
        assert_eq!(a.samples.text(), b.samples.text(), "{name}");
        assert_eq!(std::mem::discriminant(&a.samples), std::mem::discriminant(&b.samples), "{name}");
        let value = |s: &RecordedStream, at| s.samples.value(at).map(f64::to_bits);
        assert!((0..a.samples.len()).all(|at| value(a, at) == value(b, at)), "{name}: other samples");
        for (a, b) in [(&a.stamps_secs, &b.stamps_secs), (&a.arrival_secs, &b.arrival_secs)] {
            assert!(bits(a) == bits(b), "{name}: other stamps");
        }
    }
}

/// Reads a file in both ways, and compares all there is to compare; gives how many samples were played.
pub fn compare(path: &Path) -> usize {
    let name = path.display();
    let (whole, reel) = match (Recording::open(path), Reel::open(path)) {
        (Ok(whole), Ok(reel)) => {
            is_as_in_memory(&whole);
            (Arc::new(whole), Arc::new(reel))
        }
        (Err(whole), Err(reel)) => {
            assert_eq!(whole.to_string(), reel.to_string(), "{name}");
            return 0;
        }
        (whole, reel) => panic!("{name}: {:?} {:?}", whole.err(), reel.err()),
    };
    assert_eq!(reel.path(), path);
    assert_eq!((whole.format, &whole.warnings[..]), (reel.format(), reel.warnings()), "{name}");
    assert_eq!(whole.sha256, reel.sha256().unwrap(), "{name}");
    assert_eq!(whole.session_events(), reel.session_events(), "{name}");
    let names = whole.streams.iter().map(|s| Some(s.info.name.clone()));
    let mut count = 0;
    for name_wanted in std::iter::once(None).chain(names) {
        let query = StreamQuery { name: name_wanted, kind: None };
        let overrides = ReplayOverrides::default();
        match (whole.signal(&query), reel.signal(&query)) {
            (Ok(stream), Ok(signal)) => {
                let samples = stream.sample_count();
                assert_eq!(
                    (&stream.info, samples, &stream.gaps[..]),
                    (signal.info(), signal.sample_count(), signal.gaps())
                );
                assert_eq!(stream.rate_between_gaps_hz.to_bits(), signal.rate_between_gaps_hz().to_bits(), "{name}");
                assert_eq!(whole.markers(stream), signal.markers(), "{name}");
                for index in (0..samples).step_by(1 + samples / 200).chain([samples, samples + 7]) {
                    let index = index as u64;
                    assert_eq!(stream.time_of_index(index).to_bits(), signal.time_of_index(index).to_bits(), "{name}");
                }
                for chunk in [11, 5000] {
                    let in_memory = played(Replay::new(Arc::clone(&whole), &query, &overrides, chunk).unwrap());
                    let in_file = played(Replay::of(Arc::clone(&reel), &query, &overrides, chunk).unwrap());
                    assert!(in_memory == in_file, "{name}, {query:?}, chunks of {chunk}");
                }
                count += samples;
            }
            (Err(whole), Err(reel)) => assert_eq!(whole.to_string(), reel.to_string(), "{name}"),
            (whole, reel) => panic!("{name}: {:?} {:?}", whole.err(), reel.err()),
        }
    }
    count
}

/// Writes bytes to a file and compares.
fn compare_bytes(bytes: &[u8]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    std::fs::write(&path, bytes).unwrap();
    compare(&path)
}

fn compare_three([header, data, markers]: [&[u8]; 3]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (ending, bytes) in [("vhdr", header), ("eeg", data), ("vmrk", markers)] {
        std::fs::write(folder.path().join("a").with_extension(ending), bytes).unwrap();
    }
    compare(&folder.path().join("a.vhdr"))
}

/// Numbers that have nothing to do with each other.
fn noise(count: usize) -> Vec<u8> {
    (0..count).map(|i| ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect()
}

fn edf_signal(label: &'static str, samples: usize) -> build::EdfSignal {
    build::EdfSignal { label, unit: "uV", limits: [-3276.8, 3276.7, -32768.0, 32767.0], samples }
}

/// An EDF file with a trigger line, of several windows of records, or of records that are larger than a window.
fn large_edf(is_bdf: bool, records: usize, samples: usize) -> Vec<u8> {
    let signals =
        [edf_signal("C3", samples), edf_signal("C4", samples), edf_signal("Status", samples), edf_signal("slow", 2)];
    let width = if is_bdf { 3 } else { 2 };
    let mut data = noise(records * (3 * samples + 2) * width);
    // A trigger now and then.
    for (record, bytes) in data.chunks_exact_mut((3 * samples + 2) * width).enumerate() {
        let line = &mut bytes[2 * samples * width..3 * samples * width];
        line.fill(0);
        line[(record % samples) * width] = 1 + (record % 4) as u8;
    }
    let mut file = build::edf("", records as i64, samples as f64 / 500.0, &signals, &data);
    if is_bdf {
        file[..8].copy_from_slice(b"\xffBIOSEMI");
    }
    file
}

#[test]
fn small_files_of_all_formats() {
    assert_eq!(compare_bytes(&build::xdf()), 320);
    assert!(compare_bytes(&build::small_edf("EDF+C", ["+0.25", "+1.25"])) > 0);
    assert!(compare_bytes(&build::small_edf("EDF+D", ["+0", "+7.5"])) > 0);
    assert!(compare_bytes(&build::small_edf("EDF+D", ["+0", "+0.5"])) > 0);
    for version in ["1.25", "2.10", "2.51"] {
        assert!(compare_bytes(&build_formats::small_gdf(version)) > 0);
    }
    assert!(compare_bytes(&build_formats::small_bci2000()) > 0);
    assert_eq!(compare_bytes(b"XDF:"), 0);
    assert_eq!(compare_bytes(b"0       "), 0);
}

#[test]
fn files_of_several_windows() {
    for is_bdf in [false, true] {
        // 3 MB in records of half a second, and in records of 1.2 MB or more.
        assert!(compare_bytes(&large_edf(is_bdf, 2000, 250)) > 0);
        assert!(compare_bytes(&large_edf(is_bdf, 2, 200_000)) > 0);
    }
    let signal = |kind, samples| build_formats::GdfSignal {
        label: "C3",
        unit: ("uV", 4275),
        limits: [-100.0, 100.0, -30_000.0, 30_000.0],
        samples,
        kind,
    };
    // 16 bits, 32 bits, doubles; half a second, a sample, and 400 s in each record.
    for (records, samples) in [(1000, 125), (100_000, 1), (2, 100_000)] {
        let signals = [signal(3, samples), signal(5, samples), signal(17, samples), signal(3, samples)];
        let events = [(1, 768, 0, 0), (70_000, 769, 0, 4), (90_000, 32766, 0, 0)];
        let file = build_formats::gdf(&build_formats::GdfFile {
            version: "2.10",
            signals: &signals,
            records: i64::from(records),
            duration: [samples, 250],
            data: &noise(records as usize * samples as usize * 16),
            events: Some((3, 250.0, &events)),
            tagged: &[],
        });
        assert!(compare_bytes(&file) > 0);
    }
    let rows = 300_000;
    let file = build_formats::bci2000(
        Some("int32"),
        rows,
        &|row, channel| ((row * 7919 + channel) as i32).to_le_bytes().to_vec(),
        &build_formats::states,
    );
    assert!(compare_bytes(&file) > 0);
}

#[test]
fn brainvision_of_several_windows() {
    let markers = build_formats::vmrk(&[
        "New Segment,,1,1,0,20240101120000000000",
        "Stimulus,S  1,10,1,0",
        "New Segment,,200001,1,0,20240101122000000000",
        "Stimulus,S  2,200005,1,2",
    ]);
    for order in ["MULTIPLEXED", "VECTORIZED"] {
        for (format, width) in [("INT_16", 2), ("INT_32", 4), ("IEEE_FLOAT_32", 4)] {
            let common = format!("DataOrientation={order}\r\nSamplingInterval=4000\r\nDataPoints=250000");
            let header = build_formats::vhdr(&common, format, &["C3,,0.5,µV", "C4,,0.1,µV", "Cz,,0.3,nV"]);
            let data = noise(250_000 * 3 * width + 5);
            for cut in [0, 20_000] {
                let data = &data[..data.len() - cut];
                assert!(compare_three([header.as_bytes(), data, markers.as_bytes()]) > 0, "{order} {format}");
            }
        }
    }
}

#[test]
fn an_xdf_file_of_several_windows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    let info = |name: &str, channels, rate_hz| motrace_core::StreamInfo {
        name: name.into(),
        kind: "EEG".into(),
        rate_hz,
        channels: vec![motrace_core::Channel::default(); channels],
        ..motrace_core::StreamInfo::default()
    };
    let eeg = writer.add_stream(&info("amp", 9, 250.0)).unwrap();
    let other = writer.add_stream(&info("other", 2, 100.0)).unwrap();
    let cues = motrace_core::StreamInfo { is_text: true, ..info("cues", 1, 0.0) };
    let cues = writer.add_stream(&cues).unwrap();
    for second in 0..400_usize {
        // A drop-out of 3 s, and delivery that is late now and then.
        let lost = if second < 200 { 0.0 } else { 3.0 };
        let late = if second % 7 == 0 { 0.05 } else { 0.0 };
        let time = |i: usize, rate: f64| second as f64 + lost + late + i as f64 / rate;
        let stamps: Vec<f64> = (0..250).map(|i| time(i, 250.0)).collect();
        let samples: Vec<f32> = (0..250 * 9).map(|i| ((second * 977 + i) as f32).sin()).collect();
        writer.write_samples(eeg, &stamps, &samples).unwrap();
        let stamps: Vec<f64> = (0..100).map(|i| time(i, 100.0)).collect();
        writer.write_samples(other, &stamps, &vec![second as f32; 200]).unwrap();
        writer.write_text(cues, time(0, 1.0), &format!("cue {second}")).unwrap();
        writer.flush_if_due(second as f64).unwrap();
    }
    writer.finish().unwrap();
    assert!(compare(&path) >= 140_000);
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.len() > 3 << 20);
    // Killed while it was written; damaged in the middle; with a wrong length.
    assert!(compare_bytes(&bytes[..bytes.len() - 5000]) > 0);
    for (at, with) in [(bytes.len() / 2, 0xff), (bytes.len() / 3, 7)] {
        let mut damaged = bytes.clone();
        damaged[at..at + 40].fill(with);
        assert!(compare_bytes(&damaged) > 0);
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_played_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.edf");
    let file = large_edf(false, 2000, 250);
    std::fs::write(&path, &file).unwrap();
    let reel = Arc::new(Reel::open(&path).unwrap());
    let query = StreamQuery { name: Some("signals at 500 Hz".into()), kind: None };
    let mut replay = Replay::of(reel, &query, &ReplayOverrides::default(), 100).unwrap();
    std::fs::write(&path, &file[..file.len() / 2]).unwrap();
    let mut samples = Vec::new();
    let error = loop {
        match replay.poll(&mut samples) {
            Ok(Poll::End) => panic!("all of it was read"),
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("a.edf") && error.contains("has it changed"), "{error}");
    assert_eq!(samples.len() % replay.info().channels.len(), 0);
}

#[test]
fn real_files() {
    let Some(data) = crate::reference::data() else { return };
    let vectors = data.join("format-vectors");
    let mut files = crate::reference::files(&vectors, &["xdf", "edf", "bdf", "gdf", "dat", "vhdr", "ahdr"]);
    for (folder, ending, most) in [("tau-xdf", "xdf", 4), ("eegmmidb", "edf", 2), ("mi-openbci", "edf", 2)] {
        files.extend(crate::reference::files(&data.join(folder), &[ending]).into_iter().take(most));
    }
    assert!(files.len() > 60, "{}", files.len());
    let samples: usize = files.iter().map(|path| compare(path)).sum();
    assert!(samples > 1_000_000, "{samples}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files(
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 0..6),
        cut in 0.3..1.0_f64,
        which in 0..6_usize,
    ) {
        let mut bytes = match which {
            0 | 1 => build::xdf(),
            2 => build::small_edf("EDF+D", ["+0", "+7"]),
            3 => build_formats::small_gdf("1.25"),
            4 => build_formats::small_gdf("2.10"),
            _ => build_formats::small_bci2000(),
        };
        for (place, bit) in flips {
            let at = (place * bytes.len() as f64) as usize;
            bytes[at] ^= 1 << bit;
        }
        if which % 2 == 0 {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        compare_bytes(&bytes);
    }
}
