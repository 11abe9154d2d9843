//! A session folder made from a simulated person: what a session writes, without waiting for one.

use motrace::session_file::{
    AdaptationRecord, ChannelCheck, MessageRecord, PresentationTimes, QualityCheck, RejectedTrial, SessionFile,
    StepKind, StepRecord, StreamRecord, TrialResult, ValidationRecord,
};
use motrace_core::{Channel, DecisionKind, Gap, Marker, Montage, Poll, Source, StreamInfo, Unit, View};
use motrace_engine::{
    Adaptation, Change, ClassSpec, DecisionRecord, Engine, Event, Explain, InputStage, Latencies, LiveCounters, Model,
    Preparation, RecordingStamp, Tape, TrainSettings, train,
};
use motrace_record::{SESSION_EVENTS, SessionEvent, XdfWriter};
use motrace_session::{FeedbackKind, Outcome};
use motrace_signal::{FilterSpec, Reference};
use motrace_sim::{Cues, Simulation, SimulationSettings, TrialTiming};
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

pub const RATE_HZ: f64 = 250.0;
pub const MISSING: u64 = 40;
/// A channel that is not decoded, and that is noisy.
pub const NOISY: &str = "AF7";
/// The decoded channels that lie on the frontal and temporal rim.
pub const RIM: [&str; 4] = ["Fp1", "Fp2", "T7", "T8"];

const ADAPTATION: Adaptation = Adaptation { bias_rate: 0.05, covariance_rate: 0.02 };
const CALIBRATION_TRIALS: usize = 24;

/// What kind of session.
pub struct Wish {
    pub seed: u64,
    pub trials_per_class: usize,
    pub signal_strength: f64,
    pub adaptation: Adaptation,
}

impl Default for Wish {
    fn default() -> Self {
        Self { seed: 3, trials_per_class: 27, signal_strength: 1.0, adaptation: ADAPTATION }
    }
}

/// A decision as it was made.
pub struct Decided {
    pub number: usize,
    pub truth: usize,
    pub decided: usize,
    pub clear: bool,
    pub pattern: Vec<f64>,
    pub frozen: usize,
    pub frozen_pattern: Vec<f64>,
}

/// A folder, and what is true of it.
pub struct Made {
    pub folder: tempfile::TempDir,
    pub session: SessionFile,
    pub decided: Vec<Decided>,
    pub left_out: usize,
    pub gap_at: u64,
}

impl Made {
    pub fn new(wish: &Wish) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (tape, gap_at) = recorded(wish);
        let cues: Vec<Marker> = tape.markers().filter(|m| m.text == "left" || m.text == "right").cloned().collect();
        let first = cues[CALIBRATION_TRIALS].index - 200;
        let preparation = preparation(tape.info());
        let calibration = until(&tape, first);
        let stamp = RecordingStamp { name: "recording.xdf".into(), sha256: String::new() };
        let trained = train(&[(stamp, &calibration)], &preparation, &TrainSettings::default(), &mut |_, _| ()).unwrap();
        trained.model.save(&folder.path().join("model.safetensors")).unwrap();
        let decided = decide(&trained.model, &tape, first, wish.adaptation, folder.path());
        write_recording(&tape, first, wish.adaptation, &trained.model.digest(), folder.path());
        std::fs::write(folder.path().join("config.toml"), CONFIG).unwrap();
        let left_out = decided[5].number;
        let mut session = session(&tape, &cues, &decided, first);
        let validation = trained.validation.unwrap();
        session.validation = Some(ValidationRecord {
            accuracy: Some(validation.accuracy),
            accuracy_interval: Some(validation.accuracy_interval),
            chance_interval: Some([validation.chance.low, validation.chance.high]),
            trials: validation.predictions.len(),
            scheme: "chronological 5-fold".into(),
            fold_accuracies: validation.fold_accuracies.clone(),
            band_hz: Some([8.0, 30.0]),
            window_secs: Some([0.5, 2.5]),
            was_chosen: false,
            rejected: vec![RejectedTrial { number: 7, why: "variance beyond 5 times the median: Fp1, Fp2".into() }],
            excluded_channels: Vec::new(),
        });
        for trial in session.trials.iter_mut().filter(|t| t.number == Some(left_out)) {
            trial.left_out = Some("the amplifier was away during the trial".into());
        }
        session.save(&folder.path().join("session.json")).unwrap();
        Self { folder, session, decided, left_out, gap_at }
    }
}

const CONFIG: &str = r#"
[trials]
window_secs = [0.5, 2.5]
[[trials.classes]]
name = "left"
markers = ["left"]
[[trials.classes]]
name = "right"
markers = ["right"]
"#;

/// What a simulated person does, with a gap and a noisy channel.
fn recorded(wish: &Wish) -> (Tape, u64) {
    let mut settings = SimulationSettings {
        seed: wish.seed,
        rate_hz: RATE_HZ,
        signal_strength: wish.signal_strength,
        cues: Cues::PerClass(wish.trials_per_class),
        rhythm_volts: 8e-6,
        timing: TrialTiming {
            first_cue_secs: 2.0,
            imagery_secs: 3.0,
            pause_secs: [1.5, 2.5],
            ..TrialTiming::default()
        },
        ..SimulationSettings::default()
    };
    settings.labels.extend(["Fp1", "Fp2", "T7", "T8", NOISY].map(str::to_owned));
    let mut simulation = Simulation::new(settings).unwrap();
    let clean = Tape::of(&mut simulation).unwrap();
    let width = clean.info().channels.len();
    let noisy = clean.info().channel_index(NOISY).unwrap();
    let gap_at = clean.len() / 2;
    let mut tape = Tape::new(clean.info().clone());
    let mut player = clean.play(1);
    let mut frame = Vec::new();
    let mut state = 1_u64;
    loop {
        match player.poll(&mut frame).unwrap() {
            Poll::Samples(_) => {
                if tape.len() == gap_at {
                    let length_secs = (MISSING + 1) as f64 / RATE_HZ;
                    tape.push_gap(Gap { index: gap_at, missing_samples: MISSING, length_secs });
                }
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                frame[noisy] += ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * 2000.0;
                tape.push_samples(&frame[..width]);
                frame.clear();
            }
            Poll::Marker(marker) => tape.push_marker(marker),
            Poll::Gap(_) | Poll::Idle => {}
            Poll::End => return (tape, gap_at),
        }
    }
}

fn preparation(info: &StreamInfo) -> Preparation {
    Preparation {
        channels: Montage::new(info.channels.iter().map(|c| c.label.as_str()).filter(|l| *l != NOISY)),
        unit: Unit::Microvolts,
        rate_hz: RATE_HZ,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.04,
    }
}

/// The beginning of a tape.
fn until(tape: &Tape, end: u64) -> Tape {
    let mut part = Tape::new(tape.info().clone());
    let mut player = tape.play(1);
    let mut frame = Vec::new();
    while part.len() < end {
        match player.poll(&mut frame).unwrap() {
            Poll::Samples(_) => part.push_samples(&frame),
            Poll::Marker(marker) => part.push_marker(marker),
            Poll::Gap(gap) => part.push_gap(gap),
            _ => break,
        }
        frame.clear();
    }
    part
}

/// Decides as a session does, and writes the log.
fn decide(model: &Model, tape: &Tape, first: u64, adaptation: Adaptation, folder: &std::path::Path) -> Vec<Decided> {
    let mut engine = Engine::starting_at(model, tape.info(), Explain::Trials, first).unwrap();
    engine.schedule(first, Change::Adaptation(Some(adaptation)));
    let mut log = std::fs::File::create(folder.join("decisions.jsonl")).unwrap();
    let names = &model.preparation.class_names();
    let mut decided = Vec::new();
    motrace_engine::run_replay(&mut tape.play(10), &mut engine, &mut |event| {
        let Event::Decision { decision, trial, relevance, frozen } = event else { return };
        let record = DecisionRecord::new(&decision, trial.as_ref(), relevance, names, RATE_HZ).with_frozen(frozen);
        serde_json::to_writer(&mut log, &record).unwrap();
        log.write_all(b"\n").unwrap();
        if let (DecisionKind::Trial(number), Some(trial), Some(relevance)) = (decision.kind, trial, relevance) {
            decided.push(Decided {
                number,
                truth: trial.class,
                decided: decision.class(),
                clear: decision.veto.is_clear(),
                pattern: relevance.per_channel(View::Pattern),
                frozen: usize::from(decision.frozen_value.unwrap() > 0.0),
                frozen_pattern: frozen.unwrap().per_channel(View::Pattern),
            });
        }
    })
    .unwrap();
    decided
}

fn write_recording(tape: &Tape, first: u64, adaptation: Adaptation, digest: &str, folder: &std::path::Path) {
    let mut writer = XdfWriter::create_dated(&folder.join("recording.xdf"), UNIX_EPOCH).unwrap();
    let text = |name: &str, kind: &str| StreamInfo {
        name: name.into(),
        kind: kind.into(),
        channels: vec![Channel::new("text", Unit::Unspecified)],
        is_text: true,
        ..StreamInfo::default()
    };
    let signal = writer.add_stream(tape.info()).unwrap();
    let events = writer.add_stream(&text(SESSION_EVENTS, SESSION_EVENTS)).unwrap();
    let (mut index, mut lost) = (0_u64, 0.0);
    let mut player = tape.play(25);
    let mut samples = Vec::new();
    let Adaptation { bias_rate, covariance_rate } = adaptation;
    let set = SessionEvent::ModelSet { first, digest: digest.to_owned() };
    let adapts = SessionEvent::Adaptation { from: first, bias_rate, covariance_rate };
    for event in [set, adapts] {
        writer.write_text(events, 0.0, &event.to_line()).unwrap();
    }
    loop {
        let now = lost + index as f64 / RATE_HZ;
        match player.poll(&mut samples).unwrap() {
            Poll::Samples(count) => {
                let stamps: Vec<f64> = (0..count as u64).map(|i| lost + (index + i) as f64 / RATE_HZ).collect();
                writer.write_samples(signal, &stamps, &samples).unwrap();
                index += count as u64;
                samples.clear();
            }
            Poll::Marker(marker) => writer.write_text(events, now, &SessionEvent::from(&marker).to_line()).unwrap(),
            Poll::Gap(gap) => {
                lost += gap.missing_samples as f64 / RATE_HZ;
                writer.write_text(events, now, &SessionEvent::from(&gap).to_line()).unwrap();
            }
            Poll::Idle => {}
            Poll::End => break,
        }
    }
    writer.finish().unwrap();
}

/// What the session would have noted.
fn session(tape: &Tape, cues: &[Marker], decided: &[Decided], first: u64) -> SessionFile {
    let feedback = cues.len() - CALIBRATION_TRIALS;
    let starts = [CALIBRATION_TRIALS / 2, CALIBRATION_TRIALS, CALIBRATION_TRIALS + feedback / 2];
    let begin = |cue: usize| cues[cue].index.saturating_sub(300);
    let step = |name: &str, kind, feedback, run, start, end| StepRecord {
        name: name.into(),
        kind,
        feedback,
        run,
        start,
        end: Some(end),
        was_skipped: false,
    };
    let run_of = |i: usize| 1 + starts.iter().filter(|s| i >= **s).count();
    let trials = cues.iter().enumerate().map(|(i, cue)| {
        let found = decided.iter().find(|d| d.number == i + 1);
        let class = usize::from(cue.text == "right");
        TrialResult {
            number: Some(i + 1),
            run: run_of(i),
            class,
            cue: cue.index,
            decided: found.map(|d| d.decided),
            outcome: found.map(|d| if d.decided == class { Outcome::Hit } else { Outcome::Miss }),
            ..TrialResult::default()
        }
    });
    let mut presentation = PresentationTimes::default();
    for (i, cue) in cues.iter().enumerate() {
        let due = cue.index as f64 / RATE_HZ;
        for (what, offset) in [("fixation", -2.0), ("cue", 0.0), ("imagery", 1.25)] {
            let delay = 0.0008 + 0.0006 * ((i * 7 + what.len() * 3) % 13) as f64 + if i == 9 { 0.006 } else { 0.0 };
            let shown = (i != 20 || what != "imagery").then_some(due + offset + delay);
            presentation.push(what, due + offset, shown);
        }
    }
    let mut latencies = Latencies::new();
    for i in 0..9000_u64 {
        latencies.add(Duration::from_micros(180 + i * i % 700 + if i % 97 == 0 { 4000 } else { 0 }));
    }
    let good = |label: &str| ChannelCheck {
        label: label.into(),
        condition: if label == NOISY { "noisy" } else { "good" }.into(),
        rms_volts: Some(12e-6),
        mean_volts: Some(0.0),
    };
    let labels: Vec<String> = tape.info().channels.iter().map(|c| c.label.clone()).collect();
    SessionFile {
        name: "left-right-2026-11-23-1".into(),
        started: "2026-11-23T09:30:00Z".into(),
        ended: Some("2026-11-23T09:36:10Z".into()),
        config_name: "configs/left-right.toml".into(),
        seed: Some(41),
        class_names: vec!["left".into(), "right".into()],
        stream: Some(StreamRecord {
            name: tape.info().name.clone(),
            kind: "EEG".into(),
            host: "amplifier-pc".into(),
            rate_hz: RATE_HZ,
            unit: "\u{b5}V".into(),
            labels: labels.clone(),
            clock_error_secs: Some(0.00004),
            ..StreamRecord::default()
        }),
        steps: vec![
            step("Baseline", StepKind::Baseline, None, None, 0, begin(0)),
            step("Calibration, run 1 of 2", StepKind::Calibration, None, Some(1), begin(0), begin(starts[0]) - 50),
            step("Calibration, run 2 of 2", StepKind::Calibration, None, Some(2), begin(starts[0]), first - 180),
            step("Training", StepKind::Training, None, None, first - 180, first),
            step("Feedback 1, bar", StepKind::Feedback, Some(FeedbackKind::Bar), Some(3), first, begin(starts[2]) - 50),
            step(
                "Feedback 2, Brain Pong",
                StepKind::Feedback,
                Some(FeedbackKind::Pong),
                Some(4),
                begin(starts[2]),
                tape.len(),
            ),
        ],
        trials: trials.collect(),
        presentation,
        adaptation: Some(AdaptationRecord { enabled: true, bias_rate: 0.05, covariance_rate: 0.02 }),
        screens: vec!["this terminal".into(), "motrace screen on lab-2, 120 \u{d7} 40".into()],
        quality: vec![QualityCheck {
            what: "before the session".into(),
            at: 0,
            channels: labels.iter().map(|l| good(l)).collect(),
        }],
        latency: latencies.figures(),
        latency_bins: latencies.bins(),
        counters: Some(LiveCounters { decisions: 9000, explained: 30, ..LiveCounters::default() }),
        messages: vec![
            MessageRecord { at: 0, is_warning: false, text: "the operator accepts the signals".into() },
            MessageRecord {
                at: tape.len() / 2,
                is_warning: true,
                text: "gap of 0.16 s: 40 samples are missing".into(),
            },
        ],
        ..SessionFile::default()
    }
}
