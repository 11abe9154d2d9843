//! GDF, BrainVision and BCI2000 files whose content is known.

use crate::build_formats::{self as build, GdfFile, GdfSignal};
use motrace_core::{Role, Unit};
use motrace_record::{Format, Recording, Samples};
use std::path::Path;

fn parse(bytes: &[u8]) -> Recording {
    Recording::parse(Path::new("x"), bytes).unwrap()
}

fn brainvision(header: &str, data: &[u8], markers: &str) -> Recording {
    let part = |name: &'static str| Path::new(name);
    Recording::parse_brainvision(
        (part("a.vhdr"), header.as_bytes()),
        (part("a.eeg"), data),
        Some((part("a.vmrk"), markers.as_bytes())),
    )
    .unwrap()
}

#[track_caller]
fn assert_values(samples: &Samples, expected: &[f64]) {
    assert_eq!(samples.len(), expected.len());
    for (i, expected) in expected.iter().enumerate() {
        let value = samples.value(i).unwrap();
        let is_close = (value - expected).abs() <= 1e-5 * expected.abs().max(1e-3);
        assert!(is_close || (value.is_nan() && expected.is_nan()), "value {i}: {value} {expected}");
    }
}

#[test]
fn gdf_of_all_versions_is_read() {
    for version in ["1.25", "2.10", "2.51"] {
        let recording = parse(&build::small_gdf(version));
        assert_eq!((recording.format, recording.start.as_deref()), (Format::Gdf, Some("2009-08-12 16:15:00")));
        assert_eq!(recording.provenance.version, format!("GDF {version}"));
        let [signal, slow, events] = &recording.streams[..] else { panic!("{version}") };
        assert_eq!((signal.info.rate_hz, slow.info.rate_hz), (4.0, 2.0));
        let channels = &signal.info.channels;
        assert_eq!((channels[0].label.as_str(), &channels[0].unit), ("C3", &Unit::Microvolts));
        assert_eq!((&channels[1].unit, slow.info.channels[0].role), (&Unit::Millivolts, Role::Aux));
        // Stored numbers 0 … 3 and 10 … 13 by 0.1 µV, their negatives by 0.01 mV; the last is at the converter's limit.
        let stored = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0];
        let mut expected: Vec<f64> = stored.iter().flat_map(|n| [n * 0.1, -n * 0.01]).collect();
        expected[15] = f64::NAN;
        assert_values(&signal.samples, &expected);
        assert_values(&slow.samples, &[-50.0, -49.0, -48.0, -47.0].map(|v| 25.0 + v * 0.25));
        let remarks = recording.warnings.join("\n");
        assert!(remarks.contains("1 samples are missing") && remarks.contains("(C4 1)"), "{remarks}");
        // A new run at sample 4, after a pause that is not told.
        assert_eq!(signal.gaps.iter().map(|g| (g.index, g.missing_samples)).collect::<Vec<_>>(), [(4, 0)]);
        assert_eq!(signal.stamps_secs, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
        assert_eq!(slow.gaps.len(), 1);
        assert_eq!(events.samples.text(), ["768", "769", "32766", "770"]);
        let found = recording.events();
        assert_eq!((found[1].time_secs, found[1].duration_secs, found[1].detail.code), (0.5, Some(1.0), Some(769)));
        assert_eq!(found[1].detail.name, "left (OVTK_GDF_Left)");
        assert_eq!((found[3].duration_secs, found[3].detail.channel), (None, Some(1)));
        assert_eq!(recording.markers(signal).iter().map(|m| m.index).collect::<Vec<_>>(), [0, 2, 4, 5]);
        let positions = if version == "1.25" { vec![] } else { vec![Some([0.0, 0.5, 0.25]), Some([1.0, 0.5, 0.25])] };
        assert_eq!(signal.positions, positions);
    }
}

#[test]
fn gdf_numbers_of_all_types_are_read() {
    let value = |i: usize| [-7.0, 0.0, 99.0][i];
    let bytes = |kind: u32, v: f64| -> Vec<u8> {
        match kind {
            1 => (v as i8).to_le_bytes().into(),
            3 => (v as i16).to_le_bytes().into(),
            5 => (v as i32).to_le_bytes().into(),
            7 => (v as i64).to_le_bytes().into(),
            16 => (v as f32).to_le_bytes().into(),
            17 => v.to_le_bytes().into(),
            279 => (v as i32).to_le_bytes()[..3].into(),
            // Without a sign, negative numbers become 0.
            0 | 2 => vec![v as u8],
            4 => (v as u16).to_le_bytes().into(),
            6 => (v as u32).to_le_bytes().into(),
            8 => (v as u64).to_le_bytes().into(),
            535 => (v as u32).to_le_bytes()[..3].into(),
            _ => unreachable!(),
        }
    };
    for kind in [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 279, 535] {
        let signal =
            GdfSignal { label: "Cz", unit: ("uV", 4275), limits: [-200.0, 200.0, -100.0, 100.0], samples: 1, kind };
        let data: Vec<u8> = (0..3).flat_map(|i| bytes(kind, value(i))).collect();
        let recording = parse(&build::gdf(&GdfFile {
            version: "2.20",
            signals: &[signal],
            records: 3,
            duration: [1, 250],
            data: &data,
            events: Some((1, 0.0, &[(2, 1, 0, 0), (3, 200, 0, 0)])),
            // Names for the codes 1 and 2.
            tagged: &[&[1, 9, 0, 0][..], b"squeeze\0\0", &[3, 8, 0, 0], b"Amp\0X\0\x32\0", &[0, 0, 0, 0]].concat(),
        }));
        let is_unsigned = matches!(kind, 0 | 2 | 4 | 6 | 8 | 535);
        let first = if is_unsigned { 0.0 } else { -14.0 };
        assert_values(&recording.streams[0].samples, &[first, 0.0, 198.0]);
        assert_eq!(recording.streams[0].info.rate_hz, 250.0);
        // Without a rate of their own, events are counted in samples of the signal.
        let found: Vec<_> = recording.events().into_iter().map(|e| (e.time_secs, e.text, e.detail.name)).collect();
        assert_eq!(found, [(0.004, "1".into(), "squeeze".into()), (0.008, "200".into(), String::new())]);
        assert_eq!(recording.provenance.written_by, "Amp X 2");
    }
    let odd = GdfSignal { label: "Cz", unit: ("uV", 4275), limits: [-1.0, 1.0, -1.0, 1.0], samples: 1, kind: 267 };
    let file = GdfFile {
        version: "2.20",
        signals: &[odd],
        records: 0,
        duration: [1, 1],
        data: &[],
        events: None,
        tagged: &[],
    };
    let message = Recording::parse(Path::new("x"), &build::gdf(&file)).unwrap_err().to_string();
    assert!(message.contains("data type 267 is not known"), "{message}");
}

#[test]
fn brainvision_of_all_orders_and_types_is_read() {
    let channels = ["C3,,0.5,µV", "C4,,2,mV", "HL,,1,C"];
    let stored = |row: usize, channel: usize| (row as f64 - 2.0) * 10.0 + channel as f64;
    let bytes = |format: &str, v: f64, is_big: bool| -> Vec<u8> {
        let mut bytes: Vec<u8> = match format {
            "INT_16" => (v as i16).to_le_bytes().into(),
            "INT_32" => (v as i32).to_le_bytes().into(),
            "IEEE_FLOAT_32" => (v as f32).to_le_bytes().into(),
            "IEEE_FLOAT_64" => v.to_le_bytes().into(),
            _ => unreachable!(),
        };
        if is_big {
            bytes.reverse();
        }
        bytes
    };
    let markers = build::vmrk(&["New Segment,,1,1,0,20240101120000000000", "Stimulus,S  1,3,1,0"]);
    for format in ["INT_16", "INT_32", "IEEE_FLOAT_32", "IEEE_FLOAT_64"] {
        for is_vectorised in [false, true] {
            for is_big in [false, true] {
                let places: Vec<(usize, usize)> = match is_vectorised {
                    true => (0..3).flat_map(|c| (0..5).map(move |r| (r, c))).collect(),
                    false => (0..5).flat_map(|r| (0..3).map(move |c| (r, c))).collect(),
                };
                let data: Vec<u8> = places.iter().flat_map(|(r, c)| bytes(format, stored(*r, *c), is_big)).collect();
                let order = if is_vectorised { "VECTORIZED" } else { "MULTIPLEXED" };
                let common = format!("DataOrientation={order}\r\nSamplingInterval=2000\r\nDataPoints=5");
                let mut header = build::vhdr(&common, format, &channels);
                if is_big {
                    header = header.replace("[Channel Infos]", "UseBigEndianOrder=YES\r\n[Channel Infos]");
                }
                let recording = brainvision(&header, &data, &markers);
                let signal = &recording.streams[0];
                let expected: Vec<f64> = (0..5)
                    .flat_map(|r| [0.5, 2.0, 1.0].iter().enumerate().map(move |(c, g)| g * stored(r, c)))
                    .collect();
                assert_values(&signal.samples, &expected);
                assert_eq!(signal.info.rate_hz, 500.0);
                let units: Vec<_> = signal.info.channels.iter().map(|c| c.unit.clone()).collect();
                assert_eq!(units, [Unit::Microvolts, Unit::Millivolts, Unit::Other("C".into())]);
                assert!(recording.warnings.is_empty(), "{:?}", recording.warnings);
                assert_eq!(
                    recording.markers(signal).iter().map(|m| (m.index, m.text.as_str())).collect::<Vec<_>>(),
                    [(0, "New Segment"), (2, "S  1")]
                );
                assert_eq!(recording.provenance.written_by, "a test");
                // A cut file: in order of time it loses its last samples, channel by channel only the last channel's.
                let cut = brainvision(&header, &data[..data.len() - 1], &markers);
                assert_values(&cut.streams[0].samples, &expected[..12]);
                assert!(cut.warnings.iter().any(|w| w.contains("announces 5 samples")), "{:?}", cut.warnings);
            }
        }
    }
}

#[test]
fn brainvision_segments_keep_the_time_between_them() {
    let header = build::vhdr("SamplingInterval=10000", "INT_16", &["Cz,,1,µV"]);
    let data: Vec<u8> = (0..40_i16).flat_map(i16::to_le_bytes).collect();
    let markers = build::vmrk(&[
        "New Segment,,1,1,0,20240101120000000000",
        "New Segment,,11,1,0,20240101120001000000",
        "Stimulus,S  1,11,1,0",
        "New Segment,,21,1,0",
        "Stimulus,S  2,22,1,0",
    ]);
    let recording = brainvision(&header, &data, &markers);
    let signal = &recording.streams[0];
    let gaps: Vec<_> = signal.gaps.iter().map(|g| (g.index, g.missing_samples)).collect();
    assert_eq!(gaps, [(10, 90), (20, 0)]);
    assert_eq!((signal.stamps_secs[9], signal.stamps_secs[10]), (0.09, 1.0));
    assert_eq!(recording.markers(signal).iter().map(|m| m.index).collect::<Vec<_>>(), [0, 10, 10, 20, 21]);
    assert!(recording.warnings.iter().any(|w| w.contains("interrupted 2 times")), "{:?}", recording.warnings);
}

/// How a number is stored.
type Bytes<'a> = &'a dyn Fn(i32) -> Vec<u8>;

#[test]
fn bci2000_of_all_versions_is_read() {
    let number = |row: usize, channel: usize| (row * 10 + channel) as i32 - 5;
    let formats: [(Option<&str>, Bytes); 4] = [
        (None, &|v| (v as i16).to_le_bytes().into()),
        (Some("int16"), &|v| (v as i16).to_le_bytes().into()),
        (Some("int32"), &|v| v.to_le_bytes().into()),
        (Some("float32"), &|v| (v as f32).to_le_bytes().into()),
    ];
    for (format, bytes) in formats {
        let recording = parse(&build::bci2000(format, 200, &|r, c| bytes(number(r, c)), &build::states));
        let signal = &recording.streams[0];
        assert_eq!((recording.format, signal.info.rate_hz), (Format::Bci2000, 256.0));
        assert_eq!(recording.provenance.version, if format.is_some() { "BCI2000 1.1" } else { "BCI2000 1.0" });
        let channels: Vec<_> = signal.info.channels.iter().map(|c| (c.label.as_str(), c.unit.clone())).collect();
        assert_eq!(channels, [("C3", Unit::Microvolts), ("Cz", Unit::Microvolts), ("C 4", Unit::Millivolts)]);
        let expected: Vec<f64> = (0..200)
            .flat_map(|r| {
                let v = |c| f64::from(number(r, c));
                [0.5 * v(0), 2.0 * (v(1) - 10.0), 0.001 * v(2)]
            })
            .collect();
        assert_values(&signal.samples, &expected);
        let found: Vec<_> = recording.markers(signal).into_iter().map(|m| (m.index, m.text)).collect();
        let at = |index, text: &str| (index, text.to_owned());
        assert_eq!(found, [at(0, "Running=1"), at(50, "TargetCode=2"), at(100, "TargetCode=0")]);
        assert_eq!(recording.start.as_deref(), Some("Thu Feb 12 2009"));
        let remarks = recording.warnings.join("\n");
        assert!(remarks.contains("1 states are defined outside"), "{remarks}");
    }
}

#[test]
fn measurements_among_the_states_are_no_markers() {
    // The target takes another value in every sample.
    let file = build::bci2000(None, 4000, &|_, _| vec![0, 0], &|row| [1 | ((row as u8 & 15) << 1), 0, 0]);
    let recording = parse(&file);
    assert_eq!(recording.events().into_iter().map(|e| e.text).collect::<Vec<_>>(), ["Running=1"]);
    assert!(recording.warnings.iter().any(|w| w.contains("TargetCode")), "{:?}", recording.warnings);
}
