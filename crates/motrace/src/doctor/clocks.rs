//! The clocks of this computer: how fine they are, whether the wall clock jumps, whether a thread wakes on time.

use super::{Check, Spread};
use crate::failure::Failure;
use crate::output::duration;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the watching thread sleeps between two looks: as long as a sample at 250 Hz lasts.
const BEAT: Duration = Duration::from_millis(4);
/// A smaller step of the wall clock against the monotonic one is the look's own delay.
const JUMP_SECS: f64 = 0.05;

/// What was found about the clocks.
#[derive(Debug, Default, Serialize)]
pub struct Clocks {
    /// The smallest step of the LSL clock.
    pub lsl_resolution_secs: f64,
    /// The smallest step of the monotonic clock.
    pub monotonic_resolution_secs: f64,
    /// Whether one of them ever went backwards.
    pub went_backwards: bool,
    /// By how much the LSL clock and the monotonic clock differed over the time measured.
    pub lsl_against_monotonic_secs: f64,
    /// Steps of the wall clock by more than 50 ms, and the largest one.
    pub wall_clock_jumps: u32,
    /// The largest step.
    pub largest_jump_secs: f64,
    /// How much later than asked for a thread wakes.
    pub wake_up: Option<Spread>,
}

/// A thread that sleeps in short beats and looks at the clocks.
pub struct Watch {
    thread: JoinHandle<Clocks>,
}

impl Watch {
    /// Watches for so long, or until it is stopped.
    pub fn start(length: Duration, stop: &Arc<AtomicBool>) -> Result<Self, Failure> {
        let stop = Arc::clone(stop);
        let thread = std::thread::Builder::new().name("motrace-clocks".into()).spawn(move || watch(length, &stop))?;
        Ok(Self { thread })
    }

    /// Waits for its end, and judges.
    pub fn finish(self, checks: &mut Vec<Check>) -> Clocks {
        let clocks = self.thread.join().unwrap_or_default();
        judge(&clocks, checks);
        clocks
    }
}

fn watch(length: Duration, stop: &AtomicBool) -> Clocks {
    let (lsl, backwards) = resolution(motrace_lsl::clock);
    let start = Instant::now();
    let (monotonic, _) = resolution(|| start.elapsed().as_secs_f64());
    let mut clocks = Clocks {
        lsl_resolution_secs: lsl,
        monotonic_resolution_secs: monotonic,
        went_backwards: backwards,
        ..Clocks::default()
    };
    let wall = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
    let (begin, lsl_begin) = (Instant::now(), motrace_lsl::clock());
    let mut late = Vec::with_capacity(length.as_millis() as usize / BEAT.as_millis() as usize + 1);
    let mut last_difference = wall() - begin.elapsed().as_secs_f64();
    let mut last_lsl = lsl_begin;
    while begin.elapsed() < length && !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        std::thread::sleep(BEAT);
        late.push(asked.elapsed().saturating_sub(BEAT).as_secs_f64());
        let difference = wall() - begin.elapsed().as_secs_f64();
        let jump = (difference - last_difference).abs();
        // Being interrupted between the two clocks looks like a jump there and back; the next look tells.
        if jump > JUMP_SECS && (wall() - begin.elapsed().as_secs_f64() - difference).abs() < JUMP_SECS / 2.0 {
            clocks.wall_clock_jumps += 1;
            clocks.largest_jump_secs = clocks.largest_jump_secs.max(jump);
        }
        last_difference = difference;
        let now = motrace_lsl::clock();
        clocks.went_backwards |= now < last_lsl;
        last_lsl = now;
    }
    let (elapsed, lsl_elapsed) = (begin.elapsed().as_secs_f64(), motrace_lsl::clock() - lsl_begin);
    clocks.lsl_against_monotonic_secs = lsl_elapsed - elapsed;
    clocks.wake_up = Spread::of(late);
    clocks
}

/// The smallest step in many looks, and whether one went back.
fn resolution(clock: impl Fn() -> f64) -> (f64, bool) {
    let (mut smallest, mut backwards) = (f64::INFINITY, false);
    let mut last = clock();
    for _ in 0..20_000 {
        let now = clock();
        if now > last {
            smallest = smallest.min(now - last);
        }
        backwards |= now < last;
        last = now;
    }
    (if smallest.is_finite() { smallest } else { 0.0 }, backwards)
}

/// A resolution in words.
fn fine(secs: f64) -> String {
    if secs < 1e-7 { "0.1 µs or finer".to_owned() } else { duration(secs) }
}

fn judge(clocks: &Clocks, checks: &mut Vec<Check>) {
    if clocks.went_backwards {
        checks.push(Check::bad(
            "clocks",
            "the LSL clock went backwards",
            "another clock source may help; on a virtual machine, use the physical one",
        ));
    }
    let resolution = clocks.lsl_resolution_secs;
    checks.push(Check::graded(
        "clocks",
        if resolution > 0.0 { resolution } else { f64::NAN },
        [1e-4, 1e-3],
        format!(
            "the LSL clock is as fine as {}, the monotonic clock {}",
            fine(resolution),
            fine(clocks.monotonic_resolution_secs)
        ),
        "times of cues and samples cannot be finer than that",
    ));
    checks.push(Check::graded(
        "clocks",
        clocks.lsl_against_monotonic_secs.abs(),
        [2e-3, 20e-3],
        format!(
            "the LSL clock and the monotonic clock agree within {}",
            duration(clocks.lsl_against_monotonic_secs.abs())
        ),
        "the two should be one; something on this machine changes the rate of its clocks",
    ));
    if clocks.wall_clock_jumps > 0 {
        checks.push(Check::careful(
            "clocks",
            format!(
                "the wall clock jumped {} times, by {} at most",
                clocks.wall_clock_jumps,
                duration(clocks.largest_jump_secs)
            ),
            "no time in a session depends on it, but the date of the recording does; let the time service settle first",
        ));
    }
    match &clocks.wake_up {
        Some(late) => checks.push(Check::graded(
            "timers",
            late.p99_secs,
            [3e-3, 20e-3],
            format!("a thread wakes late by {}", late.in_words()),
            "cues and samples are late by as much; close other programs, and choose the power profile for performance",
        )),
        None => checks.push(Check::bad("timers", "a thread could not be timed", "run the doctor again")),
    }
}
