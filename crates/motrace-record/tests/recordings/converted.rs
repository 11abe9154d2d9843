//! Recordings made here, converted, and read again.

use motrace_core::{Channel, Gap, Role, StreamInfo, Unit};
use motrace_record::{
    Conversion, ConvertError, ConvertOptions, EventDetail, Format, Provenance, RecordedStream, Recording, Samples,
    StreamQuery, convert,
};
use proptest::prelude::*;
use std::path::Path;

const ENDINGS: [&str; 4] = ["xdf", "edf", "bdf", "vhdr"];

fn stream(rate_hz: f64, channels: Vec<Channel>, samples: Samples) -> RecordedStream {
    let count = samples.len() / channels.len();
    RecordedStream {
        info: StreamInfo { name: "amp".into(), kind: "EEG".into(), rate_hz, channels, ..StreamInfo::default() },
        id: 1,
        samples,
        stamps_secs: (0..count).map(|i| 100.0 + i as f64 / rate_hz).collect(),
        arrival_secs: Vec::new(),
        durations_secs: Vec::new(),
        event_details: Vec::new(),
        positions: Vec::new(),
        resolutions: Vec::new(),
        gaps: Vec::new(),
        effective_rate_hz: rate_hz,
        rate_between_gaps_hz: rate_hz,
        clock_offsets: Vec::new(),
    }
}

fn markers(events: &[(f64, f64, &str)]) -> RecordedStream {
    let channels = vec![Channel { role: Role::Trigger, ..Channel::default() }];
    let texts = events.iter().map(|e| e.2.to_owned()).collect();
    let mut stream = stream(0.0, channels, Samples::Text(texts));
    stream.info = StreamInfo { name: "cues".into(), kind: "Markers".into(), is_text: true, ..stream.info };
    stream.id = 2;
    stream.stamps_secs = events.iter().map(|e| 100.0 + e.0).collect();
    stream.durations_secs = events.iter().map(|e| e.1).collect();
    stream
}

fn recording(streams: Vec<RecordedStream>) -> Recording {
    Recording {
        path: "source".into(),
        format: Format::Xdf,
        streams,
        warnings: Vec::new(),
        sha256: String::new(),
        start: Some("2026-11-22T20:40:30+0000".into()),
        provenance: Provenance::default(),
    }
}

fn channel(label: &str, unit: Unit) -> Channel {
    Channel::new(label, unit)
}

/// Puts pauses before samples.
fn pause(stream: &mut RecordedStream, pauses: &[(usize, f64)]) {
    for (index, length_secs) in pauses {
        stream.stamps_secs[*index..].iter_mut().for_each(|t| *t += length_secs);
        let missing_samples = (length_secs * stream.info.rate_hz).round() as u64;
        stream.gaps.push(Gap { index: *index as u64, missing_samples, length_secs: *length_secs });
    }
}

fn to(folder: &Path, ending: &str) -> std::path::PathBuf {
    folder.join("out").with_extension(ending)
}

fn again(recording: &Recording, ending: &str) -> Result<(Conversion, Recording), ConvertError> {
    let folder = tempfile::tempdir().unwrap();
    let path = to(folder.path(), ending);
    let done = convert(recording, &path, &ConvertOptions::default());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    let expected = if done.is_err() {
        0
    } else if ending == "vhdr" {
        3
    } else {
        1
    };
    assert_eq!(left.len(), expected, "{left:?}");
    Ok((done?, Recording::open(&path).unwrap()))
}

/// A slow oscillation on an offset, with noise.
fn wave(count: usize, channels: usize) -> Vec<f32> {
    (0..count * channels).map(|i| -800.0 + (i as f32 * 0.37).sin() * 40.0 + (i % 13) as f32 * 0.31).collect()
}

fn usual() -> Recording {
    let channels =
        vec![channel("C3", Unit::Microvolts), channel("Cz", Unit::Microvolts), channel("EOG1", Unit::Microvolts)];
    let events = [
        (0.5, f64::NAN, "left"),
        (1.0, 0.25, "S  7"),
        (1.503, f64::NAN, "right, then\nrest"),
        (2.0, f64::NAN, "ü \u{1f9e0}"),
    ];
    recording(vec![stream(250.0, channels, Samples::F32(wave(750, 3))), markers(&events)])
}

#[test]
fn samples_and_markers_come_back_in_every_format() {
    let source = usual();
    for ending in ENDINGS {
        let (done, read) = again(&source, ending).unwrap();
        let signal = read.signal(&StreamQuery::default()).unwrap();
        assert_eq!((signal.info.rate_hz, signal.sample_count()), (250.0, 750), "{ending}");
        let labels: Vec<&str> = signal.info.channels.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(labels, ["C3", "Cz", "EOG1"], "{ending}");
        let mut found: Vec<_> = read.markers(signal).into_iter().map(|m| (m.index, m.text)).collect();
        found.retain(|(_, text)| text != "New Segment");
        let cleaned = if ending == "xdf" { "right, then\nrest" } else { "right, then rest" };
        let expected = [(125, "left"), (250, "S  7"), (376, cleaned), (500, "ü \u{1f9e0}")];
        assert_eq!(found, expected.map(|(i, t)| (i, t.to_owned())), "{ending}");
        // EDF: 16 bits over 84 µV and eight characters for each limit.
        let half = match ending {
            "edf" => 0.5 * 90.0 / 65_535.0 + 1e-4,
            "bdf" => 1e-4,
            _ => 0.0,
        };
        for i in 0..2250 {
            let (ours, theirs) = (source.streams[0].samples.value(i).unwrap(), signal.samples.value(i).unwrap());
            assert!((ours - theirs).abs() <= half, "{ending} {i}: {ours} {theirs}");
        }
        assert_eq!(done.markers, 4);
        match ending {
            "edf" => {
                let step = done.streams[0].channels[0].step_volts.unwrap();
                assert!(step > 1e-9 && step < 2e-9, "{step}");
                assert!(done.lost.iter().any(|l| l.contains("rounded to steps")), "{:?}", done.lost);
                assert_eq!(read.start.as_deref(), Some("2026-11-22 20:40:30"));
                assert_eq!(read.events()[1].duration_secs, Some(0.25));
            }
            "vhdr" => {
                assert!(done.kept[0].contains("all 2250 values, exactly"), "{:?}", done.kept);
                assert_eq!(read.events().iter().filter_map(|e| e.detail.code).collect::<Vec<_>>(), [7]);
            }
            "xdf" => assert!(done.lost.iter().any(|l| l.contains("1 durations")), "{:?}", done.lost),
            _ => {}
        }
    }
}

#[test]
fn whole_numbers_of_the_source_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    // An EDF as others write it: 0.1 µV a step, 16 bits; and a BDF made of it, and an EDF of that.
    let mut data = Vec::new();
    let number = |i: usize, c: usize| ((i * 7919 + c * 31) % 65_536) as i64 - 32_768;
    for record in 0..4 {
        for c in 0..2 {
            for i in 0..100 {
                data.extend((number(record * 100 + i, c) as i16).to_le_bytes());
            }
        }
    }
    let signals = [
        crate::build::EdfSignal { label: "C3", unit: "uV", limits: [-3276.8, 3276.7, -32768.0, 32767.0], samples: 100 },
        crate::build::EdfSignal { label: "C4", unit: "mV", limits: [-200.0, 200.0, -32768.0, 32767.0], samples: 100 },
    ];
    let first = folder.path().join("first.edf");
    std::fs::write(&first, crate::build::edf("", 4, 1.0, &signals, &data)).unwrap();
    let source = Recording::open(&first).unwrap();
    let mut before = source.clone();
    for name in ["a.bdf", "b.edf", "c.xdf", "d.vhdr"] {
        let path = folder.path().join(name);
        let done = convert(&before, &path, &ConvertOptions::default()).unwrap();
        assert_eq!(done.compared.changed, 0, "{name}: {done:?}");
        before = Recording::open(&path).unwrap();
        assert_eq!(before.streams[0].samples, source.streams[0].samples, "{name}");
    }
}

#[test]
fn pauses_are_never_joined() {
    let mut source = usual();
    pause(&mut source.streams[0], &[(100, 2.5), (300, 0.02)]);
    for ending in ENDINGS {
        let (_, read) = again(&source, ending).unwrap();
        let signal = &read.streams[0];
        let gaps: Vec<(u64, u64)> = signal.gaps.iter().map(|g| (g.index, g.missing_samples)).collect();
        assert_eq!(gaps, [(100, 625), (300, 5)], "{ending}");
        let version = &read.provenance.version;
        assert!(!version.contains('+') || version.ends_with("+D"), "{version}");
    }
    // A pause of which only the place is known stays one.
    let mut source = usual();
    source.streams[0].gaps.push(Gap { index: 250, missing_samples: 0, length_secs: 0.0 });
    for ending in ["edf", "bdf", "vhdr"] {
        let (done, read) = again(&source, ending).unwrap();
        assert_eq!(read.streams[0].gaps.iter().map(|g| g.index).collect::<Vec<_>>(), [250], "{ending}");
        assert!(done.lost.iter().any(|l| l.contains("pauses")), "{:?}", done.lost);
    }
    // At 256 Hz no record of EDF begins before sample 101.
    let mut odd = usual();
    odd.streams[0] = stream(256.0, odd.streams[0].info.channels.clone(), Samples::F32(wave(750, 3)));
    pause(&mut odd.streams[0], &[(101, 1.0)]);
    let refused = again(&odd, "edf").map(|(done, _)| done).unwrap_err().to_string();
    assert!(refused.contains("pauses do not fall between whole records"), "{refused}");
    assert!(again(&odd, "vhdr").is_ok());
}

#[test]
fn rails_and_what_is_no_number_are_counted() {
    let mut values = wave(750, 3);
    for i in 200..260 {
        values[i * 3] = -187_500.0;
    }
    values[3 * 400 + 1] = f32::NAN;
    values[3 * 401 + 1] = f32::INFINITY;
    let mut source = usual();
    source.streams[0].samples = Samples::F32(values);
    let (done, read) = again(&source, "edf").unwrap();
    let [rail, broken, good] = &done.streams[0].channels[..] else { panic!() };
    assert_eq!((rail.clipped, broken.not_numbers, good.clipped + good.not_numbers), (60, 2, 0));
    assert!(rail.step_volts.unwrap() < 2e-9, "the rail costs no resolution: {rail:?}");
    // It stands at the limit, outside of what is measured.
    assert!(read.streams[0].samples.value(220 * 3).unwrap() < -839.0);
    // 24 bits hold both; floating point holds everything.
    let (done, _) = again(&source, "bdf").unwrap();
    assert_eq!(done.streams[0].channels[0].clipped, 0);
    let (done, read) = again(&source, "vhdr").unwrap();
    assert!(read.streams[0].samples.value(3 * 400 + 1).unwrap().is_nan());
    assert!(done.kept[0].contains("exactly"), "{done:?}");
}

#[test]
fn several_rates_share_a_file_where_they_begin_together() {
    let mut source = usual();
    let mut slow = stream(25.0, vec![channel("Temp", Unit::Other("degC".into()))], Samples::F32(vec![36.5; 75]));
    slow.info.kind = "Misc".into();
    let mut late = slow.clone();
    late.info.name = "late".into();
    late.stamps_secs.iter_mut().for_each(|t| *t += 0.5);
    source.streams.extend([slow, late]);
    let (done, read) = again(&source, "edf").unwrap();
    assert_eq!(done.streams.iter().map(|s| s.rate_hz).collect::<Vec<_>>(), [250.0, 25.0]);
    assert_eq!(read.streams[1].sample_count(), 75);
    assert!(done.lost.iter().any(|l| l.contains("\"late\" is left out")), "{:?}", done.lost);
    let (done, _) = again(&source, "vhdr").unwrap();
    assert_eq!((done.streams.len(), done.lost.iter().filter(|l| l.contains("one rate")).count()), (1, 2));
    let (done, read) = again(&source, "xdf").unwrap();
    assert_eq!((done.streams.len(), read.streams.len()), (4, 4));
}

#[test]
fn parts_keep_their_times() {
    let source = usual().between(101.0, 102.0);
    for ending in ENDINGS {
        let (_, read) = again(&source, ending).unwrap();
        let signal = read.signal(&StreamQuery::default()).unwrap();
        assert_eq!(signal.sample_count(), 250, "{ending}");
        let found = read.markers(signal);
        let found: Vec<u64> = found.iter().filter(|m| m.text != "New Segment").map(|m| m.index).collect();
        assert_eq!(found, [0, 126], "{ending}");
        if ending == "edf" {
            assert_eq!(read.start.as_deref(), Some("2026-11-22 20:40:31"));
        }
    }
    assert!(matches!(again(&usual().between(500.0, 600.0), "edf"), Err(ConvertError::Select(_))));
}

#[test]
fn nothing_is_overwritten_by_accident() {
    let folder = tempfile::tempdir().unwrap();
    let path = to(folder.path(), "edf");
    let once = |source: &Recording, path: &Path, force| {
        convert(source, path, &ConvertOptions { force, ..ConvertOptions::default() })
    };
    once(&usual(), &path, false).unwrap();
    let first = std::fs::read(&path).unwrap();
    assert!(matches!(once(&usual(), &path, false), Err(ConvertError::Exists { .. })));
    let itself = Recording::open(&path).unwrap();
    assert!(matches!(once(&itself, &path, true), Err(ConvertError::Itself { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), first);
    once(&usual().between(100.0, 101.0), &path, true).unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), first);
    // Any of the three files of BrainVision counts.
    std::fs::write(folder.path().join("out.vmrk"), "mine").unwrap();
    assert!(matches!(once(&usual(), &to(folder.path(), "vhdr"), false), Err(ConvertError::Exists { .. })));
    assert!(matches!(once(&usual(), &to(folder.path(), "gdf"), false), Err(ConvertError::Ending { .. })));
    let nowhere = folder.path().join("nowhere").join("a.edf");
    assert!(matches!(once(&usual(), &nowhere, false), Err(ConvertError::Record(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Volts),
        Just(Unit::Millivolts),
        Just(Unit::Microvolts),
        Just(Unit::Nanovolts),
        Just(Unit::Unspecified),
        "[a-zA-Z°µ,]{1,12}".prop_map(|t| Unit::parse(&t)),
    ]
}

fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        6 => -200.0..200.0_f32,
        2 => -190_000.0..190_000.0_f32,
        1 => any::<f32>(),
        1 => Just(f32::NAN),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[SR] {1,2}[0-9]{1,3}", "[a-c,\\\\1\n\r\t\u{14}\u{15}=;\\[\\]]{0,20}"]
}

prop_compose! {
    fn any_recording()(
        rate_hz in prop::sample::select(vec![100.0, 125.0, 128.0, 160.0, 249.5, 250.0, 256.0, 512.0, 512.032_8, 1000.0, 2048.0]),
        channels in prop::collection::vec((any_text(), any_unit()), 1..5),
        count in 1..300_usize,
        is_wild in any::<bool>(),
    )(
        values in prop::collection::vec(any_value(), count * channels.len()),
        events in prop::collection::vec((-1.0..4.0_f64, prop::option::of(0.0..2.0_f64), any_text()), 0..12),
        pauses in prop::collection::btree_map(1..300_usize, 0.05..5.0_f64, 0..3),
        (rate_hz, channels, count, is_wild) in Just((rate_hz, channels, count, is_wild)),
    ) -> Recording {
        let channels: Vec<Channel> = channels.into_iter().map(|(label, unit)| channel(&label, unit)).collect();
        let mut signal = stream(rate_hz, channels, Samples::F32(values));
        if is_wild {
            let pauses: Vec<_> = pauses.into_iter().filter(|(index, _)| *index < count).collect();
            pause(&mut signal, &pauses);
        }
        let mut cues = markers(&[]);
        for (time, duration, text) in events {
            cues.stamps_secs.push(100.0 + time);
            cues.durations_secs.push(duration.unwrap_or(f64::NAN));
            cues.event_details.push(EventDetail::default());
            match &mut cues.samples {
                Samples::Text(texts) => texts.push(text),
                _ => unreachable!(),
            }
        }
        recording(vec![signal, cues])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_recorded_comes_back_or_is_refused(source in any_recording()) {
        for ending in ENDINGS {
            let signal = &source.streams[0];
            let (done, read) = match again(&source, ending) {
                Ok(found) => found,
                Err(ConvertError::Unfit { what, .. }) => {
                    prop_assert!(!signal.gaps.is_empty() && what.contains("pauses"), "{ending}: {what}");
                    continue;
                }
                Err(e) => return Err(TestCaseError::fail(format!("{ending}: {e}"))),
            };
            let found = &read.streams[0];
            let channels = signal.info.channels.len();
            prop_assert_eq!(found.info.channels.len(), channels);
            prop_assert!((found.info.rate_hz / signal.info.rate_hz - 1.0).abs() < 1e-6);
            let filled = found.sample_count() - signal.sample_count();
            prop_assert_eq!(filled, done.streams[0].filled_samples);
            // Every value, but those that are said to be lost, is within half a step in volts.
            let mut beyond = vec![0_u64; channels];
            for i in 0..signal.samples.len() {
                let c = i % channels;
                let (before, after) = (signal.samples.value(i).unwrap(), found.samples.value(i).unwrap());
                let described = &done.streams[0].channels[c];
                let in_volts = |unit: &Unit| unit.in_volts().unwrap_or(1.0);
                let to_written = in_volts(&signal.info.channels[c].unit) / in_volts(&found.info.channels[c].unit);
                let expected = before * to_written;
                let close = (after - expected).abs() <= described.step.unwrap_or(0.0) * 0.53 + 4e-7 * expected.abs();
                if !(close || before.is_nan() && after.is_nan() || before == after) {
                    beyond[c] += 1;
                }
            }
            for (count, channel) in beyond.iter().zip(&done.streams[0].channels) {
                prop_assert!(*count <= channel.clipped + channel.not_numbers, "{ending} {count} {channel:?}");
            }
            if ending != "xdf" {
                prop_assert_eq!(found.gaps.len(), signal.gaps.len());
                prop_assert_eq!(read.events().iter().filter(|e| e.text != "New Segment").count(), done.markers);
            } else {
                prop_assert_eq!(read.streams[1].samples.text(), source.streams[1].samples.text());
            }
        }
    }

    #[test]
    fn damage_to_what_was_written_never_panics(
        source in any_recording(),
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 1..20),
        cut in 0.5..1.5_f64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        for ending in ENDINGS {
            let path = to(folder.path(), ending);
            if convert(&source, &path, &ConvertOptions::default()).is_err() {
                continue;
            }
            let mut parts: Vec<Vec<u8>> = match ending {
                "vhdr" => ["vhdr", "eeg", "vmrk"].map(|e| std::fs::read(to(folder.path(), e)).unwrap()).to_vec(),
                _ => vec![std::fs::read(&path).unwrap()],
            };
            for (number, (place, bit)) in flips.iter().enumerate() {
                let count = parts.len();
                let part = &mut parts[number % count];
                if !part.is_empty() {
                    let at = (place * part.len() as f64) as usize;
                    part[at] ^= 1 << bit;
                }
            }
            let length = (parts[0].len() as f64 * cut) as usize;
            parts[0].truncate(length);
            let bytes: usize = parts.iter().map(Vec::len).sum();
            let read = match &parts[..] {
                [header, data, markers] => {
                    Recording::parse_brainvision((&path, header), (&path, data), Some((&path, markers)))
                }
                one => Recording::parse(&path, &one[0]),
            };
            if let Ok(read) = read {
                prop_assert!(crate::damaged::held(&read) < 64 * bytes + (8 << 20));
            }
        }
    }
}
