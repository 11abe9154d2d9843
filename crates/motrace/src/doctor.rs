//! `motrace doctor`: what is looked at, and what it means.

mod clocks;
mod findings;
mod folder;
mod machine;
mod path;
mod screen;
mod settings;
mod streams;

pub use findings::{Check, Verdict, overall};

use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the network is searched; several waves of queries, so that lost answers do no harm.
const SEARCH: Duration = Duration::from_millis(2500);

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// How LSL is set up.
    pub lsl: settings::LslSettings,
    /// The streams on the network.
    pub streams: streams::Streams,
    /// The clocks of this computer.
    pub clocks: clocks::Clocks,
    /// From a sample to its decision, over LSL.
    pub path: Option<path::Path>,
    /// Where sessions are kept.
    pub folder: folder::Folder,
    /// Processors and memory.
    pub machine: machine::Machine,
    /// The terminal.
    pub terminal: screen::Terminal,
}

/// What the doctor says.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `good`, `careful` or `bad`.
    pub verdict: Verdict,
    /// The same in words.
    pub summary: String,
    /// What was looked at, and what it means.
    pub checks: Vec<Check>,
    /// What was measured.
    pub figures: Figures,
}

/// Looks at everything; measures for `seconds`. `may_draw` allows to draw on the terminal.
pub fn examine(config: &Config, seconds: u32, may_draw: bool, stop: &Arc<AtomicBool>) -> Result<Report, Failure> {
    let mut checks = Vec::new();
    let lsl = settings::look(config, &mut checks);
    let bar = output::progress("looking for streams", SEARCH.as_millis() as u64);
    let survey = {
        let _ticking = Ticking::start(&bar, SEARCH);
        motrace_lsl::survey(SEARCH)?
    };
    bar.finish_and_clear();
    let terminal = screen::look(may_draw, &mut checks);

    let length = Duration::from_secs(seconds.into());
    let watch = clocks::Watch::start(length, stop)?;
    let listening = streams::listen(config, survey, length, stop)?;
    let bar = output::progress("measuring latency", u64::from(seconds) * 10);
    let path = path::measure(length, stop, &mut |tenths| bar.set_position(tenths), &mut checks);
    bar.finish_and_clear();
    let streams = listening.finish(&mut checks);
    let clocks = watch.finish(&mut checks);
    let folder = folder::look(&config.recording.folder, streams.bytes_per_sec(), &mut checks);
    let machine = machine::look(&mut checks);
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::failed("stopped before the end"));
    }
    let (verdict, summary) = overall(&checks);
    let figures = Figures { lsl, streams, clocks, path, folder, machine, terminal };
    Ok(Report { verdict, summary, checks, figures })
}

/// Moves a progress bar with the time, until it is dropped.
struct Ticking {
    stop: Arc<AtomicBool>,
}

impl Ticking {
    fn start(bar: &indicatif::ProgressBar, length: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, bar, begin) = (Arc::clone(&stop), bar.clone(), Instant::now());
        std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) && begin.elapsed() < length {
                bar.set_position(begin.elapsed().as_millis() as u64);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { stop }
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The value below which a share of the sorted values lies; not a number where there are none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

/// Middle, 99th percentile and maximum, in seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spread {
    /// How many values.
    pub count: usize,
    /// The median.
    pub p50_secs: f64,
    /// The 99th percentile.
    pub p99_secs: f64,
    /// The largest.
    pub max_secs: f64,
}

impl Spread {
    /// Of these values; `None` where there are none.
    pub fn of(mut secs: Vec<f64>) -> Option<Self> {
        secs.sort_by(f64::total_cmp);
        let max_secs = *secs.last()?;
        Some(Self { count: secs.len(), p50_secs: quantile(&secs, 0.5), p99_secs: quantile(&secs, 0.99), max_secs })
    }

    /// In words: `p50 120.0 µs, p99 1.20 ms, at most 3.40 ms`.
    pub fn in_words(&self) -> String {
        let [p50, p99, max] = [self.p50_secs, self.p99_secs, self.max_secs].map(output::duration);
        format!("p50 {p50}, p99 {p99}, at most {max}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let spread = Spread::of((1..=200).rev().map(f64::from).collect()).expect("values");
        assert_eq!((spread.count, spread.p50_secs, spread.p99_secs, spread.max_secs), (200, 100.0, 198.0, 200.0));
        let one = Spread::of(vec![0.5]).expect("a value");
        assert_eq!((one.p50_secs, one.p99_secs), (0.5, 0.5));
        assert!(Spread::of(Vec::new()).is_none());
    }
}
