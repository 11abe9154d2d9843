//! Times the reading of whole recordings, for comparisons with other programs: a file name on each line of standard
//! input, a line of JSON for each on standard output.
//!
//! `tests/scripts/reading_speed.py` drives it and the reference readers in turn.

use motrace_record::{Recording, Samples};
use std::io::BufRead;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::FAILURE };
        let begin = Instant::now();
        let opened = Recording::open(Path::new(line.trim_end()));
        let seconds = begin.elapsed().as_secs_f64();
        let recording = match opened {
            Ok(recording) => recording,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        };
        let signal = recording.streams.iter().find(|s| !s.info.is_text);
        let (channels, samples) = signal.map_or((0, 0), |s| (s.info.channels.len(), s.sample_count()));
        // The last value shows that both sides read the same.
        let last = signal.and_then(|s| s.samples.value(s.samples.len().saturating_sub(1)));
        let kind = match signal.map(|s| &s.samples) {
            Some(Samples::F32(_)) => "f32",
            Some(Samples::F64(_)) => "f64",
            _ => "other",
        };
        println!(
            "{}",
            serde_json::json!({
                "seconds": seconds, "channels": channels, "samples": samples, "last": last, "held_as": kind,
                "warnings": recording.warnings,
            })
        );
    }
    ExitCode::SUCCESS
}
