//! How fast recordings are read, in bytes of the file per second.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use divan::counter::BytesCount;
use motrace_core::{Channel, StreamInfo, Unit};
use motrace_record::{Recording, XdfWriter};
use std::path::Path;

fn main() {
    divan::main();
}

/// 16 channels at 250 Hz for 15 min, in chunks of 32 samples: about 16 MB.
fn xdf() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.xdf");
    let mut writer = XdfWriter::create(&path).unwrap();
    let channels = (0..16).map(|i| Channel::new(format!("E{i}"), Unit::Microvolts)).collect();
    let info = StreamInfo { name: "amp".into(), kind: "EEG".into(), rate_hz: 250.0, channels, ..StreamInfo::default() };
    let stream = writer.add_stream(&info).unwrap();
    for chunk in 0..7031_usize {
        let stamps: Vec<f64> = (0..32).map(|i| (chunk * 32 + i) as f64 / 250.0).collect();
        let samples: Vec<f32> = (0..512).map(|i| ((chunk * 512 + i) as f32 * 0.37).sin()).collect();
        writer.write_samples(stream, &stamps, &samples).unwrap();
        writer.flush_if_due(stamps[0]).unwrap();
    }
    writer.finish().unwrap();
    std::fs::read(&path).unwrap()
}

/// 64 channels at 160 Hz for 12.5 min: about 15 MB.
fn edf() -> Vec<u8> {
    let (signals, records, samples) = (64_usize, 750_usize, 160_usize);
    let mut file = format!(
        "{:<8}{:<80}{:<80}{:<16}{:<8}{:<44}{records:<8}{:<8}{signals:<4}",
        "0",
        "X",
        "X",
        "12.08.0916.15.00",
        256 * (signals + 1),
        "",
        1
    );
    for (width, text) in [
        (16, "C3"),
        (80, ""),
        (8, "uV"),
        (8, "-3277"),
        (8, "3277"),
        (8, "-32768"),
        (8, "32767"),
        (80, ""),
        (8, "160"),
        (32, ""),
    ] {
        for _ in 0..signals {
            file.push_str(&format!("{text:<width$}"));
        }
    }
    let mut file = file.into_bytes();
    file.extend((0..signals * records * samples).flat_map(|i| ((i * 7919) as i16).to_le_bytes()));
    file
}

#[divan::bench(sample_count = 20)]
fn read_xdf(bencher: divan::Bencher) {
    let bytes = xdf();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| Recording::parse(Path::new("bench.xdf"), &bytes).unwrap());
}

#[divan::bench(sample_count = 20)]
fn read_edf(bencher: divan::Bencher) {
    let bytes = edf();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| Recording::parse(Path::new("bench.edf"), &bytes).unwrap());
}
