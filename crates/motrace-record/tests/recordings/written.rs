use crate::reference::{doubles, python};
use motrace_core::{Channel, Role, SampleFormat, SampleValues, StreamInfo, Unit};
use motrace_record::{ClockOffset, Recording, Samples, XdfWriter};
use serde_json::Value;
use std::path::Path;

fn amplifier() -> StreamInfo {
    StreamInfo {
        name: "amp <1> & \"co\"".into(),
        kind: "EEG".into(),
        source_id: "serial 7".into(),
        rate_hz: 250.0,
        channels: vec![
            Channel { label: "C3".into(), role: Role::Eeg, unit: Unit::Microvolts },
            Channel { label: "µ€".into(), role: Role::Eog, unit: Unit::Volts },
            Channel { label: String::new(), role: Role::Aux, unit: Unit::Unspecified },
        ],
        ..StreamInfo::default()
    }
}

fn cues() -> StreamInfo {
    StreamInfo {
        name: "cues".into(),
        kind: "Markers".into(),
        channels: vec![Channel::default()],
        is_text: true,
        ..StreamInfo::default()
    }
}

fn value(sample: usize, channel: usize) -> f32 {
    (sample as f32 * 0.1).sin() * 1e3 + channel as f32
}

const SAMPLES: usize = 5000;

fn write(path: &Path) {
    let mut writer = XdfWriter::create(path).unwrap();
    let signal = writer.add_stream(&amplifier()).unwrap();
    let markers = writer.add_stream(&cues()).unwrap();
    let mut at = 0;
    // Chunks of 1, 2, 3, … samples, longer than 255 included.
    for length in (1..400).step_by(7) {
        let end = SAMPLES.min(at + length);
        let stamps: Vec<f64> = (at..end).map(|i| 77.0 + i as f64 / 250.0).collect();
        let samples: Vec<f32> = (at..end).flat_map(|i| (0..3).map(move |c| value(i, c))).collect();
        writer.write_samples(signal, &stamps, &samples).unwrap();
        writer.write_text(markers, 77.0 + at as f64 / 250.0, &format!("cue {at} ä")).unwrap();
        if at % 5 == 0 {
            let offset = ClockOffset { time_secs: 77.0 + at as f64 / 250.0, offset_secs: -0.25 };
            writer.write_clock_offset(signal, offset).unwrap();
            writer.write_clock_offset(markers, offset).unwrap();
        }
        writer.flush_if_due(at as f64 / 250.0).unwrap();
        at = end;
    }
    assert_eq!(at, SAMPLES);
    writer.finish().unwrap();
}

#[test]
fn what_is_written_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    write(&path);
    let recording = Recording::open(&path).unwrap();
    assert!(recording.warnings.is_empty(), "{:?}", recording.warnings);
    assert!(recording.start.as_ref().is_some_and(|s| s.starts_with("20")));
    let [signal, markers] = &recording.streams[..] else { panic!() };
    assert_eq!((&signal.info, signal.gaps.len()), (&amplifier(), 0));
    let expected: Vec<f32> = (0..SAMPLES).flat_map(|i| (0..3).map(move |c| value(i, c))).collect();
    assert_eq!(signal.samples, Samples::F32(expected));
    for (i, stamp) in signal.stamps_secs.iter().enumerate() {
        assert!((stamp - 76.75 - i as f64 / 250.0).abs() < 1e-6);
    }
    assert_eq!(markers.samples.text()[2], "cue 9 ä");
    assert_eq!(recording.markers(signal)[2].index, 9);
    assert_eq!(recording.sha256.len(), 64);
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.windows(16).filter(|w| *w == crate::build::BOUNDARY).count() >= 2);
}

#[test]
fn pyxdf_reads_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    write(&path);
    if python("dump_xdf.py", &[folder.path(), &path]).is_none() {
        return;
    }
    let theirs: Value = serde_json::from_slice(&std::fs::read(folder.path().join("0.json")).unwrap()).unwrap();
    let streams = theirs["streams"].as_array().unwrap_or_else(|| panic!("{theirs}"));
    assert_eq!(streams[0]["name"], amplifier().name);
    assert_eq!(streams[1]["text"][2], "cue 9 ä");
    let samples = doubles(&folder.path().join("0-0.samples"));
    assert_eq!(samples.len(), SAMPLES * 3);
    assert!(samples.iter().enumerate().all(|(i, x)| *x == f64::from(value(i / 3, i % 3))));
    let stamps = doubles(&folder.path().join("0-0.arrival"));
    assert!(stamps.iter().enumerate().all(|(i, t)| (t - 76.75 - i as f64 / 250.0).abs() < 1e-6));
}

#[test]
fn killed_at_any_byte_only_complete_samples_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    write(&path);
    let bytes = std::fs::read(&path).unwrap();
    let mut before = 0;
    for cut in (0..bytes.len()).step_by(41).chain(bytes.len() - 1200..=bytes.len()) {
        let Ok(recording) = Recording::parse(&path, &bytes[..cut]) else { continue };
        let signal = &recording.streams[0];
        let Samples::F32(values) = &signal.samples else { panic!() };
        assert_eq!(values.len(), signal.sample_count() * 3);
        assert!(values.iter().enumerate().all(|(i, x)| *x == value(i / 3, i % 3)), "invented at {cut}");
        assert!(signal.sample_count() + 1 >= before);
        before = signal.sample_count();
    }
    assert_eq!(before, SAMPLES);
}

#[test]
fn a_writer_that_dies_leaves_what_was_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    let signal = writer.add_stream(&amplifier()).unwrap();
    for i in 0..1000 {
        writer.write_samples(signal, &[f64::from(i) / 250.0], &[1.0, 2.0, 3.0]).unwrap();
        writer.flush_if_due(f64::from(i) / 250.0).unwrap();
    }
    let recording = Recording::open(&path).unwrap();
    assert!(recording.streams[0].sample_count() >= 1000 - 125, "{}", recording.streams[0].sample_count());
    drop(writer);
}

#[test]
fn mistakes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    assert!(XdfWriter::create(&path).unwrap_err().to_string().starts_with("cannot create"));
    let signal = writer.add_stream(&amplifier()).unwrap();
    let markers = writer.add_stream(&cues()).unwrap();
    assert!(
        writer.write_samples(signal, &[1.0], &[1.0]).unwrap_err().to_string().contains("1 values are not 1 samples")
    );
    assert!(writer.write_samples(markers, &[1.0], &[1.0]).is_err());
    assert!(writer.write_text(signal, 1.0, "x").is_err());
    assert!(writer.add_stream(&StreamInfo::default()).unwrap_err().to_string().contains("0 channels"));
}

fn values(format: SampleFormat, rows: usize) -> SampleValues {
    let count = rows * 2;
    match format {
        SampleFormat::Float32 => SampleValues::Float32((0..count).map(|i| i as f32 * 0.1).collect()),
        SampleFormat::Double64 => SampleValues::Double64((0..count).map(|i| i as f64 / 7.0).collect()),
        SampleFormat::Int8 => SampleValues::Int8((0..count).map(|i| i as i8).collect()),
        SampleFormat::Int16 => SampleValues::Int16((0..count).map(|i| i as i16 - 50).collect()),
        SampleFormat::Int32 => SampleValues::Int32((0..count).map(|i| i as i32 * -70_000).collect()),
        SampleFormat::Int64 => SampleValues::Int64((0..count).map(|i| i as i64 - (1 << 40)).collect()),
        SampleFormat::Text => SampleValues::Text((0..count).map(|i| "ä".repeat(i * 3).into_bytes()).collect()),
    }
}

fn as_read(values: SampleValues) -> Samples {
    match values {
        SampleValues::Float32(v) => Samples::F32(v),
        SampleValues::Double64(v) => Samples::F64(v),
        SampleValues::Int8(v) => Samples::I8(v),
        SampleValues::Int16(v) => Samples::I16(v),
        SampleValues::Int32(v) => Samples::I32(v),
        SampleValues::Int64(v) => Samples::I64(v),
        SampleValues::Text(v) => Samples::Text(v.into_iter().map(|t| String::from_utf8(t).unwrap()).collect()),
    }
}

#[test]
fn every_format_is_written_under_the_header_it_came_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    let stamps: Vec<f64> = (0..40).map(|i| 5.0 + f64::from(i) * 0.37).collect();
    for format in SampleFormat::ALL {
        let info = StreamInfo {
            name: format.name().into(),
            kind: "anything".into(),
            channels: vec![Channel::new("a", Unit::Unspecified), Channel::new("b", Unit::Unspecified)],
            is_text: format == SampleFormat::Text,
            ..StreamInfo::default()
        };
        let header = format!(
            "<?xml version=\"1.0\"?>\n<info>\n\t<name>{0}</name>\n\t<type>anything</type>\n\t<channel_count>2</channel_count>\n\
             \t<channel_format>{0}</channel_format>\n\t<nominal_srate>0.000</nominal_srate>\n\
             \t<desc><maker>Müller</maker></desc>\n</info>\n",
            format.name()
        );
        let stream = writer.add_stream_raw(&info, format, &header).unwrap();
        writer.write_values(stream, &stamps, &values(format, 40)).unwrap();
        writer.write_values(stream, &[], &SampleValues::new(format)).unwrap();
        let other = if format == SampleFormat::Int8 { SampleFormat::Int16 } else { SampleFormat::Int8 };
        let refusal = writer.write_values(stream, &stamps, &values(other, 40)).unwrap_err().to_string();
        assert!(refusal.contains(other.name()) && refusal.contains(format.name()), "{refusal}");
        assert!(writer.write_values(stream, &stamps[1..], &values(format, 40)).is_err());
        assert!(writer.add_stream_raw(&info, format, &" ".repeat(5 << 20)).unwrap_err().to_string().contains("MiB"));
    }
    let text = StreamInfo { is_text: true, ..amplifier() };
    assert!(writer.add_stream_of(&text, SampleFormat::Float32, &[]).is_err());
    let metadata = [("classes", "0 left, 1 <right>"), ("not a name", "left out")];
    let numbers = writer.add_stream_of(&amplifier(), SampleFormat::Double64, &metadata).unwrap();
    writer.write_samples_f64(numbers, &[1.0], &[0.1, 1e300, f64::NAN]).unwrap();
    assert!(writer.write_samples(numbers, &[1.0], &[0.1, 0.2, 0.3]).is_err());
    writer.finish().unwrap();

    let bytes = std::fs::read(&path).unwrap();
    let contains = |part: &str| bytes.windows(part.len()).any(|w| w == part.as_bytes());
    assert!(contains("<desc><maker>Müller</maker></desc>") && contains("<classes>0 left, 1 &lt;right&gt;</classes>"));
    assert!(!contains("not a name"));
    let recording = Recording::open(&path).unwrap();
    assert_eq!(recording.streams.len(), 8);
    for (stream, format) in recording.streams.iter().zip(SampleFormat::ALL) {
        assert_eq!((stream.info.name.as_str(), &stream.arrival_secs), (format.name(), &stamps));
        assert_eq!(stream.samples, as_read(values(format, 40)));
    }
    let Samples::F64(row) = &recording.streams[7].samples else { panic!("doubles were expected") };
    assert!(row[..2] == [0.1, 1e300] && row[2].is_nan());
}
