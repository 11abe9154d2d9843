//! The streams on the network: what they say of themselves, and what they do while one listens.

mod problems;

use super::Check;
use crate::config::Config;
use crate::failure::Failure;
use crate::setup;
use motrace_core::{Source, StreamInfo, Unit, clean_text};
use motrace_lsl::{LslOptions, LslSource, StreamHealth, StreamState, Survey, TextInlet};
use problems::{Behaviour, of_behaviour, of_description, of_neighbours};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// More streams than these are listed, but not listened to.
const MOST_HEARD: usize = 12;
/// How long a stream may take to be opened.
const OPEN: Duration = Duration::from_secs(2);
/// Bytes of a stamp in a recording.
const STAMP_BYTES: f64 = 9.0;
const VALUE_BYTES: f64 = 4.0;

/// What is on the network.
#[derive(Debug, Serialize)]
pub struct Streams {
    /// Those that can be opened.
    pub found: Vec<StreamFigures>,
    /// Those that are refused, each with the reason.
    pub refused: Vec<String>,
}

/// One stream. Its texts are cleaned for display.
#[derive(Debug, Serialize)]
pub struct StreamFigures {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The device behind it.
    pub source_id: String,
    /// The computer it comes from.
    pub host: String,
    /// How many channels.
    pub channels: usize,
    /// How many of them have a label.
    pub labelled_channels: usize,
    /// The unit of the first one.
    pub unit: String,
    /// The rate it declares; 0 where it has none.
    pub nominal_rate_hz: f64,
    /// The rate that was measured, and its standard error.
    pub rate_hz: Option<[f64; 2]>,
    /// Samples or texts that came.
    pub received: u64,
    /// Gaps in between.
    pub gaps: u64,
    /// Samples missing there.
    pub missing_samples: u64,
    /// The standard deviation of the stamps about a regular spacing.
    pub jitter_secs: Option<f64>,
    /// What to add to its stamps to get this computer's clock.
    pub clock_offset_secs: Option<f64>,
    /// How far that can be off.
    pub clock_error_secs: Option<f64>,
    /// Why it was not listened to.
    pub error: Option<String>,
    #[serde(skip)]
    checks: Vec<Check>,
}

impl Streams {
    /// What a recording of all regular streams takes; that of 22 channels at 250 Hz where there are none.
    pub fn bytes_per_sec(&self) -> f64 {
        let of = |rate_hz: f64, channels: usize| rate_hz * (VALUE_BYTES * channels as f64 + STAMP_BYTES);
        let sum: f64 = self.found.iter().map(|s| of(s.nominal_rate_hz, s.channels)).sum();
        if sum > 0.0 { sum } else { of(250.0, 22) }
    }
}

/// Threads that listen to one stream each.
pub struct Listening {
    threads: Vec<JoinHandle<StreamFigures>>,
    refused: Vec<String>,
}

/// Begins to listen to everything that was found, for so long, or until it is stopped.
pub fn listen(config: &Config, survey: Survey, length: Duration, stop: &Arc<AtomicBool>) -> Result<Listening, Failure> {
    let all = survey.streams;
    let mut threads = Vec::new();
    for (number, stream) in all.iter().enumerate() {
        let neighbours = of_neighbours(stream, &all);
        let (stream, config, heard) = (stream.clone(), config.clone(), number < MOST_HEARD);
        let stop = Arc::clone(stop);
        threads.push(std::thread::Builder::new().name("motrace-listen".into()).spawn(move || {
            let is_over = |begin: Instant| begin.elapsed() >= length || stop.load(Ordering::Relaxed);
            let mut figures = hear(&config, &stream, &is_over, heard);
            figures.checks.extend(neighbours);
            figures
        })?);
    }
    Ok(Listening { threads, refused: survey.refused.iter().map(ToString::to_string).collect() })
}

impl Listening {
    /// Waits until all have listened long enough, and judges.
    pub fn finish(self, checks: &mut Vec<Check>) -> Streams {
        let found: Vec<StreamFigures> = self.threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
        for stream in &found {
            checks.push(Check::good("streams", in_words(stream)));
            checks.extend(stream.checks.iter().cloned());
        }
        for why in &self.refused {
            checks.push(Check::careful("streams", why.clone(), "motrace leaves it alone; see what its program sends"));
        }
        if !found.iter().any(|s| s.nominal_rate_hz > 0.0 && s.kind.eq_ignore_ascii_case("EEG")) {
            checks.push(Check::careful(
                "streams",
                "there is no EEG stream on the network",
                "switch the amplifier on, start its LSL program, and see that both are in one LSL session and scope",
            ));
        }
        Streams { found, refused: self.refused }
    }
}

fn in_words(stream: &StreamFigures) -> String {
    let rate = match (stream.nominal_rate_hz, stream.rate_hz) {
        (0.0, _) => "irregular".to_owned(),
        (nominal, None) => format!("{nominal} Hz"),
        (nominal, Some([measured, _])) => format!("{nominal} Hz, measured {measured:.3} Hz"),
    };
    let clock = match (stream.clock_offset_secs, stream.clock_error_secs) {
        (Some(offset), Some(error)) => format!("; clock {:+.3} ms ± {:.3} ms", offset * 1e3, error * 1e3),
        (None, Some(error)) => format!("; clock known to ± {:.3} ms", error * 1e3),
        _ => String::new(),
    };
    let unit = if stream.unit.is_empty() { "no unit" } else { &stream.unit };
    format!(
        "`{}` on {}: {}, {} channels, {unit}, {rate}, {} gaps{clock}",
        stream.name, stream.host, stream.kind, stream.channels, stream.gaps
    )
}

/// What a stream says of itself, and what it does.
fn hear(config: &Config, stream: &StreamInfo, is_over: &dyn Fn(Instant) -> bool, heard: bool) -> StreamFigures {
    let mut figures = described(stream);
    let is_regular = !stream.is_text && !stream.is_irregular();
    if !heard {
        figures.error = Some(format!("only the first {MOST_HEARD} streams are listened to"));
    } else if is_regular {
        regular(config, stream, is_over, &mut figures);
    } else if stream.is_text {
        texts(stream, is_over, &mut figures);
    } else {
        figures.checks.extend(of_description(stream, stream));
    }
    figures
}

fn described(stream: &StreamInfo) -> StreamFigures {
    let shown = |text: &str| clean_text(text, 60);
    StreamFigures {
        name: shown(&stream.name),
        kind: shown(&stream.kind),
        source_id: shown(&stream.source_id),
        host: shown(&stream.host),
        channels: stream.channels.len(),
        labelled_channels: stream.channels.iter().filter(|c| !c.label.trim().is_empty()).count(),
        unit: stream.channels.first().map_or_else(String::new, |c| match &c.unit {
            Unit::Unspecified => String::new(),
            unit => shown(&unit.to_string()),
        }),
        nominal_rate_hz: stream.rate_hz,
        rate_hz: None,
        received: 0,
        gaps: 0,
        missing_samples: 0,
        jitter_secs: None,
        clock_offset_secs: None,
        clock_error_secs: None,
        error: None,
        checks: Vec::new(),
    }
}

fn regular(config: &Config, stream: &StreamInfo, is_over: &dyn Fn(Instant) -> bool, figures: &mut StreamFigures) {
    let begin = Instant::now();
    // A short buffer: many streams may be listened to at once.
    let options = LslOptions { find_wait: OPEN, buffer_secs: 10.0, ..LslOptions::default() };
    let mut source = match LslSource::open(stream, vec![], options) {
        Ok(source) => source,
        Err(error) => {
            let why = error.to_string();
            figures.checks.push(Check::bad(
                "streams",
                format!("`{}` cannot be read: {why}", figures.name),
                "see that a firewall lets LSL through between the two computers, and that its program still runs",
            ));
            figures.error = Some(why);
            return;
        }
    };
    let own = source.info().clone();
    // What the configuration says of the stream counts as said; where it does not fit, the session will say so.
    let complete = setup::overrides(config).apply(&own).unwrap_or_else(|_| own.clone());
    let checks = of_description(&own, &complete);
    *figures = StreamFigures { checks, ..described(&complete) };
    let mut values = Vec::new();
    let mut failed = None;
    while !is_over(begin) && failed.is_none() {
        failed = source.poll(&mut values).err().map(|error| clean_text(&error.to_string(), 300));
        values.clear();
    }
    let health: StreamHealth = source.health();
    let is_gone = matches!(health.state, StreamState::Lost | StreamState::Refused(_));
    let StreamHealth { counters, .. } = health;
    figures.received = counters.samples;
    figures.gaps = counters.gaps;
    figures.missing_samples = counters.missing_samples;
    figures.clock_offset_secs = health.clock_offset_secs;
    figures.clock_error_secs = health.clock_error_secs;
    if counters.samples > 0 {
        figures.rate_hz = Some([health.rate_hz, health.rate_error_hz]);
        figures.jitter_secs = Some(health.jitter_secs);
    }
    let behaviour = Behaviour {
        nominal_hz: own.rate_hz,
        rate_hz: health.rate_hz,
        rate_error_hz: health.rate_error_hz,
        samples: counters.samples,
        gaps: counters.gaps,
        missing_samples: counters.missing_samples,
        disordered: counters.backward_stamps,
        stalls: counters.stalls,
        is_gone,
        clock_error_secs: health.clock_error_secs,
    };
    figures.checks.extend(of_behaviour(&figures.name, &behaviour));
    figures.error = failed;
}

fn texts(stream: &StreamInfo, is_over: &dyn Fn(Instant) -> bool, figures: &mut StreamFigures) {
    let begin = Instant::now();
    let mut inlet = match TextInlet::open(stream, OPEN) {
        Ok(inlet) => inlet,
        Err(error) => {
            let why = error.to_string();
            let finding = format!("`{}` cannot be read: {why}", figures.name);
            figures.checks.push(Check::careful("streams", finding, "its markers would be missing in a session"));
            figures.error = Some(why);
            return;
        }
    };
    let mut said = Vec::new();
    while !is_over(begin) {
        inlet.poll(&mut said);
        figures.received += said.len() as u64;
        said.clear();
        std::thread::sleep(Duration::from_millis(20));
    }
    figures.clock_error_secs = inlet.clock_error_secs();
    figures.clock_offset_secs = inlet.local_time(0.0);
    figures.checks.extend(of_description(inlet.info(), inlet.info()));
}
