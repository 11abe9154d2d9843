//! Reading recordings into memory: every sample, synchronised and scaled.

use crate::reference::number as said;
use crate::report::{Figure, Peer, Target};
use crate::subject::{Subject, samples};
use crate::timing::{Timings, number};
use crate::{Bench, Trouble, edf_file};
use motrace_record::{ClockOffset, Recording, XdfWriter};
use serde_json::json;
use std::path::Path;

const CHANNELS: usize = 64;
const RATE_HZ: usize = 1000;
const SECS: usize = 60;

/// 64 channels at 1 kHz for a minute, float32, a clock offset each 5 s, chunks of 20 samples.
pub fn xdf(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let path = bench.folder.path().join("figures.xdf");
    let subject = Subject::new(CHANNELS, RATE_HZ as f64)?;
    let data = samples(CHANNELS, RATE_HZ * SECS);
    let mut writer = XdfWriter::create(&path)?;
    let stream = writer.add_stream(&subject.info)?;
    for (number, chunk) in data.chunks(20 * CHANNELS).enumerate() {
        let stamp = |k: usize| 100.0 + (number * 20 + k) as f64 / RATE_HZ as f64;
        let stamps: Vec<f64> = (0..chunk.len() / CHANNELS).map(stamp).collect();
        if number % 250 == 0 {
            writer.write_clock_offset(stream, ClockOffset { time_secs: stamps[0], offset_secs: -0.01 })?;
        }
        writer.write_samples(stream, &stamps, chunk)?;
    }
    writer.finish()?;
    figure(bench, "xdf", "pyxdf", &path, 10.0)
}

/// 64 channels at 1 kHz for a minute, 16 bits, records of a second.
pub fn edf(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let path = bench.folder.path().join("figures.edf");
    let labels: Vec<String> = (0..CHANNELS).map(|c| format!("EEG E{c}")).collect();
    edf_file::write(&path, &labels, RATE_HZ, SECS, &samples(CHANNELS, RATE_HZ * 5))?;
    figure(bench, "edf", "mne", &path, 2.0)
}

fn figure(
    bench: &Bench,
    name: &'static str,
    peer: &str,
    path: &Path,
    wanted_ratio: f64,
) -> Result<Vec<Figure>, Trouble> {
    let megabytes = std::fs::metadata(path)?.len() as f64 / 1e6;
    let read = Recording::open(path)?;
    let count = read.streams.iter().map(|stream| stream.samples.len()).max().unwrap_or(0);
    if count != CHANNELS * RATE_HZ * SECS {
        return Err(format!("{count} values were read of {}", CHANNELS * RATE_HZ * SECS).into());
    }
    let timings = Timings::of(9, || {
        let _ = std::hint::black_box(Recording::open(path));
    });
    let speed = megabytes / timings.p50();
    let (peer, peer_speed) = match &bench.reference {
        None => (Peer::NotMeasured, None),
        Some(reference) => {
            let answer = reference.figures([name, &path.to_string_lossy()])?;
            let peer_speed = megabytes / said(&answer, &format!("{peer}_p50_secs"))?;
            let label = if peer == "mne" { "MNE" } else { peer };
            let words = format!("{label} {} MB/s; motrace {:.1} ×", number(peer_speed), speed / peer_speed);
            (Peer::Measured(words), Some(peer_speed))
        }
    };
    Ok(vec![Figure {
        name,
        what: format!(
            "reading {}, {megabytes:.0} MB, {CHANNELS} channels at {RATE_HZ} Hz, with its SHA-256",
            name.to_uppercase()
        ),
        measured: format!("{} MB/s", number(speed)),
        target: Some(Target {
            text: format!("≥ {wanted_ratio:.0} × the peer"),
            met: peer_speed.map(|peer_speed| speed >= wanted_ratio * peer_speed),
        }),
        peer,
        numbers: json!({ "bytes": megabytes * 1e6, "megabytes_per_sec": speed, "peer_megabytes_per_sec": peer_speed }),
    }])
}
