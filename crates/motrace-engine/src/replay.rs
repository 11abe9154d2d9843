use crate::{Engine, Event};
use motrace_core::{Poll, Source, SourceError};
use std::time::{Duration, Instant};

/// What a source delivered.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct StreamCount {
    /// Samples received.
    pub samples: u64,
    /// Markers of all kinds.
    pub markers: u64,
    /// Places where samples are missing.
    pub gaps: u64,
    /// Samples missing there.
    pub missing_samples: u64,
}

/// Pulls a source to its end through an engine, and calls `sink` with everything that the engine says.
///
/// # Errors
/// When the source cannot go on; what it delivered before was decoded.
pub fn run_replay(
    source: &mut dyn Source,
    engine: &mut Engine,
    sink: &mut impl FnMut(Event),
) -> Result<StreamCount, SourceError> {
    run_replay_timed(source, engine, sink, &mut |_, _| ())
}

/// As [`run_replay`]; `pushed` hears, after each piece of the stream, what was received so far and how long the engine
/// took for the piece.
///
/// # Errors
/// As [`run_replay`].
pub fn run_replay_timed(
    source: &mut dyn Source,
    engine: &mut Engine,
    sink: &mut impl FnMut(Event),
    pushed: &mut dyn FnMut(&StreamCount, Duration),
) -> Result<StreamCount, SourceError> {
    let mut count = StreamCount::default();
    let mut samples = Vec::new();
    loop {
        match source.poll(&mut samples)? {
            Poll::Samples(received) => {
                count.samples += received as u64;
                let begin = Instant::now();
                engine.push(&samples, sink);
                pushed(&count, begin.elapsed());
                samples.clear();
            }
            Poll::Marker(marker) => {
                count.markers += 1;
                engine.marker(&marker, sink);
            }
            Poll::Gap(gap) => {
                count.gaps += 1;
                count.missing_samples += gap.missing_samples;
                engine.gap(&gap, sink);
            }
            Poll::Idle => std::thread::sleep(Duration::from_micros(200)),
            Poll::End => {
                engine.finish(sink);
                return Ok(count);
            }
        }
    }
}
