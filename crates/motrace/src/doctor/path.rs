//! From a sample to its decision, the way a session goes: a simulated person streams over LSL, and the engine decodes
//! and explains what comes.

use super::{Check, Spread};
use crate::config::{ClassConfig, Config};
use crate::failure::Failure;
use crate::setup;
use crate::simulated;
use crate::streaming::{Control, Player};
use crossbeam_channel::{Receiver, unbounded};
use motrace_core::{Source, StreamInfo};
use motrace_engine::{
    Live, LiveCounters, LiveEvent, LiveOptions, Model, Plan, RecordingStamp, Tape, TrainSettings, train,
};
use motrace_lsl::{LslOptions, LslSource};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The type of the doctor's own stream: nobody looks for it.
const KIND: &str = "motrace-doctor";
/// Who connects gets what has piled up first, and filters settle.
const WARM_UP: Duration = Duration::from_secs(1);
/// Trials of each class to train on: the decisions need not be good, only real.
const TRIALS_PER_CLASS: usize = 8;
/// Samples are sent one by one, the hardest case for the network.
const CHUNK_SAMPLES: usize = 1;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Path {
    /// Channels of the doctor's own stream.
    pub channels: usize,
    /// Its rate.
    pub rate_hz: f64,
    /// Decisions that were made.
    pub decisions: u64,
    /// From when the newest sample was due to when its decision was there.
    pub latency: Option<Spread>,
    /// From a decision to its explanation.
    pub explanation: Option<Spread>,
    /// Decisions that came later than 40 ms after their newest sample.
    pub late: u64,
    /// Decisions without an explanation.
    pub not_explained: u64,
    /// Samples that were sent and did not arrive at the decoder.
    pub lost_samples: u64,
}

/// Measures for so long; `None` where it could not be done, which is a finding.
pub fn measure(
    length: Duration,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(u64),
    checks: &mut Vec<Check>,
) -> Option<Path> {
    match run(length, stop, progress) {
        Ok(path) => {
            judge(&path, checks);
            Some(path)
        }
        Err(why) => {
            checks.push(Check::bad(
                "latency",
                format!("a stream of this machine could not be read by itself: {why}"),
                "see that a firewall lets LSL through on this machine (UDP 16571, TCP and UDP 16572–16604)",
            ));
            None
        }
    }
}

fn run(length: Duration, stop: &AtomicBool, progress: &mut dyn FnMut(u64)) -> Result<Path, Failure> {
    let config = configuration();
    let model = model(&config)?;
    let mut person = simulated::person(&config, CHUNK_SAMPLES, true)?;
    let name = format!("{KIND}-{}", std::process::id());
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let info = StreamInfo {
        kind: KIND.to_owned(),
        source_id: format!("{name}-{}", since.as_nanos()),
        ..person.info().clone()
    };
    let mut player = Player::announce_signal(&info, &name)?;
    let own = player.signal_info().clone();
    let (channels, rate_hz) = (own.channels.len(), own.rate_hz);

    let ended = Arc::new(AtomicBool::new(false));
    let sender = std::thread::Builder::new().name("motrace-doctor".into()).spawn({
        let ended = Arc::clone(&ended);
        move || {
            player.wait_for_listener(&ended, Duration::from_secs(10));
            let mut control = Control { stop: &ended, limit: None, progress: &mut |_| () };
            let played = player.play(&mut person, &|index| index as f64 / rate_hz, &mut control);
            played.map(|_| ()).map_err(|e| e.to_string())
        }
    })?;
    // By its uid: no other stream can be meant.
    let measured = receive(&own, model, length, stop, progress);
    ended.store(true, Ordering::Relaxed);
    let sent = sender.join();
    let Received { counters, decided, explained, stamps, lsl_lost } = measured?;
    if let Ok(Err(why)) = sent {
        return Err(Failure::failed(why));
    }
    let begin = stamps.iter().map(|(_, stamp)| *stamp).next().unwrap_or(0.0) + WARM_UP.as_secs_f64();
    let stamps: BTreeMap<u64, f64> = stamps.into_iter().collect();
    let warm = |end: u64| end.checked_sub(1).and_then(|last| stamps.get(&last)).filter(|stamp| **stamp >= begin);
    let latency = decided.iter().filter_map(|(end, at)| Some(at - warm(*end)?)).collect();
    let explanation = explained.iter().filter_map(|(end, at)| Some(at - decided.get(end)?)).collect();
    Ok(Path {
        channels,
        rate_hz,
        decisions: counters.decisions,
        latency: Spread::of(latency),
        explanation: Spread::of(explanation),
        late: counters.deadline_missed,
        not_explained: counters.explanations_dropped,
        lost_samples: counters.samples_lost + counters.missing_samples + lsl_lost,
    })
}

/// The defaults, and two classes.
fn configuration() -> Config {
    let mut config = Config::default();
    config.trials.classes =
        ["left", "right"].map(|name| ClassConfig { name: name.into(), markers: vec![name.into()] }).to_vec();
    config.simulation.trials_per_class = TRIALS_PER_CLASS;
    config
}

/// A model of a simulated person, as a calibration would give it.
fn model(config: &Config) -> Result<Model, Failure> {
    let mut person = simulated::person(config, 256, false)?;
    let tape = Tape::of(&mut person)?;
    let preparation = setup::preparation(config, tape.info(), &[])?;
    let settings = TrainSettings { folds: None, ..TrainSettings::default() };
    let stamp = RecordingStamp { name: "simulated".into(), sha256: String::new() };
    Ok(train(&[(stamp, &tape)], &preparation, &settings, &mut |_, _| ())?.model)
}

/// What came out at the other end, times on the LSL clock.
struct Received {
    counters: LiveCounters,
    /// When each decision was there, by the sample it ends with.
    decided: BTreeMap<u64, f64>,
    explained: Vec<(u64, f64)>,
    /// When each sample was due.
    stamps: Vec<(u64, f64)>,
    lsl_lost: u64,
}

fn receive(
    own: &StreamInfo,
    model: Model,
    length: Duration,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> Result<Received, Failure> {
    let source = LslSource::open(own, vec![], LslOptions::default())?;
    let (stamped, stamps): (_, Receiver<(u64, f64)>) = unbounded();
    let lost = Arc::new(AtomicU64::new(0));
    let (counted, mut index) = (Arc::clone(&lost), 0_u64);
    let observe = move |source: &mut LslSource| {
        for stamp in source.last_stamps() {
            let _ = stamped.send((index, *stamp));
            index += 1;
        }
        counted.store(source.counters().dropped, Ordering::Relaxed);
    };
    let live = Live::start(source, Plan::Decode(Box::new(model)), &LiveOptions::default(), false, observe)?;
    let mut decided = BTreeMap::new();
    let mut explained = Vec::new();
    let mut first: Option<Instant> = None;
    let begin = Instant::now();
    let limit = Duration::from_secs(10);
    while first.is_none_or(|at| at.elapsed() < length) && !stop.load(Ordering::Relaxed) {
        crossbeam_channel::select! {
            recv(live.events()) -> event => match event {
                Ok(LiveEvent::Decision { decision, .. }) => {
                    decided.insert(decision.end, motrace_lsl::clock());
                }
                Ok(LiveEvent::Samples { .. }) => {
                    let _ = first.get_or_insert_with(Instant::now);
                }
                Ok(LiveEvent::Failed(why) | LiveEvent::Paused(why)) => return Err(Failure::failed(why)),
                Ok(_) => {}
                Err(_) => return Err(Failure::failed("the stream ended")),
            },
            recv(live.explained()) -> event => if let Ok(event) = event {
                explained.push((event.decision.end, motrace_lsl::clock()));
            },
            default(Duration::from_millis(100)) => {}
        }
        if first.is_none() && begin.elapsed() > limit {
            return Err(Failure::failed(format_args!("nothing came within {} s", limit.as_secs())));
        }
        progress(first.map_or(0, |at| (at.elapsed().as_millis() / 100) as u64));
    }
    let (counters, _) = live.stop();
    Ok(Received {
        counters,
        decided,
        explained,
        stamps: stamps.try_iter().collect(),
        lsl_lost: lost.load(Ordering::Relaxed),
    })
}

fn judge(path: &Path, checks: &mut Vec<Check>) {
    let through = format!("{} channels at {} Hz, through LSL and the decoder", path.channels, path.rate_hz);
    match &path.latency {
        Some(latency) => checks.push(Check::graded(
            "latency",
            latency.p99_secs,
            [0.010, 0.040],
            format!("a decision is there {} after its newest sample ({through})", latency.in_words()),
            "close other programs, choose the power profile for performance, and do not run on battery",
        )),
        None => checks.push(Check::bad(
            "latency",
            format!("no decision came ({through})"),
            "measure longer: motrace doctor --seconds 20",
        )),
    }
    let share = path.late as f64 / path.decisions.max(1) as f64;
    checks.push(Check::graded(
        "decisions",
        share,
        [0.0, 0.01],
        format!("{} of {} decisions were later than 40 ms", path.late, path.decisions),
        "feedback would falter; close other programs",
    ));
    checks.push(Check::graded(
        "samples",
        path.lost_samples as f64,
        [0.0, 0.0],
        format!("{} samples were lost on the way", path.lost_samples),
        "decisions around them are void; close other programs, and see what else loads the network",
    ));
    let finding = match &path.explanation {
        Some(spread) => format!("a decision is explained {} later", spread.in_words()),
        None => "no decision was explained".to_owned(),
    };
    let missed = path.not_explained as f64 / path.decisions.max(1) as f64;
    checks.push(Check::graded(
        "explanations",
        if path.explanation.is_some() { missed } else { f64::INFINITY },
        [0.0, 0.05],
        format!("{finding}; {} were left out", path.not_explained),
        "the topography beside the feedback would lag; close other programs",
    ));
}
