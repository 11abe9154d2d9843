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

/// 64 channels at 160 Hz for 12.5 min: about 15 MB in 16 bits (EDF), 23 MB in 24 bits (BDF).
fn edf(sample_bytes: usize) -> Vec<u8> {
    let (signals, records, samples) = (64_usize, 750_usize, 160_usize);
    let limit = 1_i64 << (8 * sample_bytes - 1);
    let mut file = format!(
        "{:<7}{:<80}{:<80}{:<16}{:<8}{:<44}{records:<8}{:<8}{signals:<4}",
        if sample_bytes == 3 { "BIOSEMI" } else { "       " },
        "X",
        "X",
        "12.08.0916.15.00",
        256 * (signals + 1),
        "",
        1
    );
    for (width, text) in [
        (16, "C3".to_owned()),
        (80, String::new()),
        (8, "uV".into()),
        (8, "-3277".into()),
        (8, "3277".into()),
        (8, (-limit).to_string()),
        (8, (limit - 1).to_string()),
        (80, String::new()),
        (8, "160".into()),
        (32, String::new()),
    ] {
        for _ in 0..signals {
            file.push_str(&format!("{text:<width$}"));
        }
    }
    let mut bytes = vec![if sample_bytes == 3 { 0xff } else { b'0' }];
    bytes.extend(file.into_bytes());
    bytes.extend(
        (0..signals * records * samples)
            .flat_map(move |i| (i as i32 * 7919).to_le_bytes().into_iter().take(sample_bytes)),
    );
    bytes
}

/// 64 channels at 160 Hz for 12.5 min in 16 bits, with this many samples in a record: about 15 MB.
fn gdf(samples: usize) -> Vec<u8> {
    let (signals, records) = (64_usize, 120_000 / samples);
    let mut file = b"GDF 2.10".to_vec();
    file.resize(184, 0);
    file.extend(((signals + 1) as u16).to_le_bytes());
    file.resize(236, 0);
    file.extend((records as i64).to_le_bytes());
    file.extend([samples as u32, 160, signals as u32].iter().flat_map(|n| n.to_le_bytes()));
    let mut column = |field: &[u8]| (0..signals).for_each(|_| file.extend_from_slice(field));
    column(format!("{:<96}", "C3").as_bytes());
    column(&[0; 6]);
    column(&4275_u16.to_le_bytes());
    for limit in [-3276.8_f64, 3276.7, -32768.0, 32767.0] {
        column(&limit.to_le_bytes());
    }
    column(&[0; 80]);
    column(&(samples as u32).to_le_bytes());
    column(&3_u32.to_le_bytes());
    column(&[0; 32]);
    file.extend((0..signals * records * samples).flat_map(|i| ((i * 7919) as i16).to_le_bytes()));
    file
}

/// 64 channels at 160 Hz for 12.5 min in 16 bits, sample by sample: about 15 MB.
fn brainvision() -> [Vec<u8>; 2] {
    let mut header = String::from(
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataOrientation=MULTIPLEXED\n\
         NumberOfChannels=64\nSamplingInterval=6250\n[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n",
    );
    for i in 1..=64 {
        header.push_str(&format!("Ch{i}=C{i},,0.1,\u{b5}V\n"));
    }
    let data = (0..64 * 120_000).flat_map(|i| ((i * 7919) as i16).to_le_bytes()).collect();
    [header.into_bytes(), data]
}

fn parse(bencher: divan::Bencher, bytes: &[u8]) {
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| Recording::parse(Path::new("bench"), bytes).unwrap());
}

#[divan::bench(sample_count = 20)]
fn read_xdf(bencher: divan::Bencher) {
    parse(bencher, &xdf());
}

#[divan::bench(sample_count = 20)]
fn read_edf(bencher: divan::Bencher) {
    parse(bencher, &edf(2));
}

#[divan::bench(sample_count = 20)]
fn read_bdf(bencher: divan::Bencher) {
    parse(bencher, &edf(3));
}

/// In records of a second, and sample by sample, as OpenViBE writes them.
#[divan::bench(sample_count = 20, args = [160, 1])]
fn read_gdf(bencher: divan::Bencher, samples_per_record: usize) {
    parse(bencher, &gdf(samples_per_record));
}

#[divan::bench(sample_count = 20)]
fn read_brainvision(bencher: divan::Bencher) {
    let [header, data] = brainvision();
    let path = Path::new("bench");
    bencher
        .counter(BytesCount::new(data.len()))
        .bench_local(|| Recording::parse_brainvision((path, &header), (path, &data), None).unwrap());
}
