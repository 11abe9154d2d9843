#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::config::Config;
use crate::keeper::{Keeper, Keeping};
use crate::{setup, simulated};
use motrace_core::{Poll, Source, SourceError};
use motrace_decode::CspLdaSettings;
use motrace_engine::{
    Decoder, DecoderSettings, Event, Live, LiveEvent, LiveOptions, Plan, RecordingStamp, Tape, TrainSettings,
    run_replay, train,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// A window of this test, in samples.
const WINDOW: u64 = 250;

fn set(first: u64, digest: &str) -> SessionEvent {
    SessionEvent::ModelSet { first, digest: digest.into() }
}

#[test]
fn the_stretch_of_the_model_is_found() {
    let events = [
        SessionEvent::Adaptation { from: 50, bias_rate: 0.3, covariance_rate: 0.0 },
        set(100, "a"),
        SessionEvent::Adaptation { from: 120, bias_rate: 0.1, covariance_rate: 0.2 },
        SessionEvent::NotDecoded { from: 60, to: 90 },
        SessionEvent::NotDecoded { from: 150, to: 160 },
        SessionEvent::TrialLeftOut { trial: 7, why: "moved".into() },
        set(300, "b"),
        SessionEvent::AdaptationOff { from: 400 },
    ];
    let course = Course::read(&events, "a", 1000);
    assert_eq!((course.first, course.until), (100, Some(300)));
    let rates = Adaptation { bias_rate: 0.1, covariance_rate: 0.2 };
    let changes = [(120, Change::Adaptation(Some(rates))), (150, Change::NotDecoded { until: 160 })];
    assert_eq!(course.changes, changes);
    assert_eq!(course.left_out, [7]);
    let course = Course::read(&events, "b", 1000);
    assert_eq!((course.first, course.until), (300, None));
    assert_eq!(course.changes, [(400, Change::Adaptation(None))]);
    let course = Course::read(&events, "c", 1000);
    assert_eq!((course.first, course.until, course.changes.len()), (0, None, 0));
    assert!(course.agreement().is_none() && course.remark.is_some());
}

/// Everything that a source said, played again as far as it is let.
struct Played {
    info: StreamInfo,
    said: std::vec::IntoIter<(Poll, Vec<f32>)>,
    position: u64,
    gate: Arc<AtomicU64>,
}

impl Source for Played {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        if self.position >= self.gate.load(Ordering::Relaxed) {
            return Ok(Poll::Idle);
        }
        let Some((poll, samples)) = self.said.next() else { return Ok(Poll::End) };
        if let Poll::Samples(count) = poll {
            self.position += count as u64;
        }
        into.extend(samples);
        Ok(poll)
    }
}

/// A simulated person; every fifth cue is told three seconds late.
fn person(config: &Config) -> (StreamInfo, Vec<(Poll, Vec<f32>)>, u64) {
    let mut person = simulated::person(config, 10, false).unwrap();
    let info = person.info().clone();
    let late = (3.0 * info.rate_hz) as u64;
    let (mut said, mut held, mut position, mut cues) = (Vec::new(), Vec::new(), 0, 0);
    loop {
        let mut samples = Vec::new();
        let poll = person.poll(&mut samples).unwrap();
        while held.first().is_some_and(|(due, _)| *due <= position) {
            let (_, marker): (u64, Poll) = held.remove(0);
            said.push((marker, Vec::new()));
        }
        match poll {
            Poll::End => return (info, said, position),
            Poll::Samples(count) => position += count as u64,
            Poll::Marker(_) => {
                cues += 1;
                if cues % 5 == 0 {
                    held.push((position + late, poll));
                    continue;
                }
            }
            _ => {}
        }
        said.push((poll, samples));
    }
}

/// Lets the source go no further than everybody has come: a relevance that comes much later than its decision is not
/// kept beside it, and a request holds from where the decoder is.
struct Following<'a> {
    live: &'a Live,
    gate: &'a AtomicU64,
    /// Where the model begins, or one past the newest sample that was decided on.
    decoded: u64,
    /// Trials that were decided; each is explained.
    trials: u64,
}

impl Following<'_> {
    fn see(&mut self, event: &LiveEvent) {
        match event {
            LiveEvent::ModelSet { first, .. } => self.decoded = *first,
            LiveEvent::Decision { decision, trial, .. } => {
                self.decoded = self.decoded.max(decision.end);
                self.trials += u64::from(trial.is_some());
            }
            _ => {}
        }
    }

    fn wait_for(&mut self, wanted: impl Fn(&LiveEvent) -> bool) {
        loop {
            let event = self.live.events().recv_timeout(PATIENCE).unwrap();
            self.see(&event);
            if wanted(&event) {
                return;
            }
        }
    }

    /// Collects for calibration up to this sample, and gives what was collected.
    fn calibrate(&self, until: u64) -> Tape {
        self.gate.store(until, Ordering::Relaxed);
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A decoder that does not answer in time is asked again.
            if let Some(tape) = self.live.copy_tape().filter(|tape| tape.len() >= until) {
                return tape;
            }
            assert!(Instant::now() < deadline, "{:?}", self.live.counters());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Decodes up to about this sample.
    fn go_on(&mut self, until: u64) {
        let mut next = self.gate.load(Ordering::Relaxed);
        while next < until {
            next = until.min(next + WINDOW);
            self.gate.store(next, Ordering::Relaxed);
            // No decision is due before a window is full.
            while self.decoded + WINDOW + WINDOW / 5 < next {
                self.wait_for(|event| matches!(event, LiveEvent::Decision { .. }));
            }
            while let Ok(event) = self.live.events().try_recv() {
                self.see(&event);
            }
            let deadline = Instant::now() + PATIENCE;
            loop {
                let counters = self.live.counters();
                if counters.explained + counters.explanations_dropped >= self.trials {
                    break;
                }
                assert!(Instant::now() < deadline, "{} trials, {counters:?}", self.trials);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// Calibration, a model, adaptation, another model, adaptation at other rates: each model's stretch of the recording
/// is replayed to the same bits, in a session that was recorded as sessions are.
#[test]
fn a_session_with_two_models_is_replayed() {
    let mut config = Config::parse(include_str!("../../../../configs/demo.toml")).unwrap();
    config.decisions.window_secs = Some(1.0);
    config.simulation.trials_per_class = 20;
    let (info, said, samples) = person(&config);
    let gate = Arc::new(AtomicU64::new(0));
    let source = Played { info: info.clone(), said: said.into_iter(), position: 0, gate: Arc::clone(&gate) };
    let preparation = setup::preparation(&config, &info, &[]).unwrap();
    // Room for all of it, so that nothing is lost whoever is held up.
    let options = LiveOptions {
        buffer_secs: 600.0,
        view_capacity: 1 << 17,
        record_capacity: 1 << 17,
        explain: Explain::Trials,
        ..LiveOptions::default()
    };
    assert!((samples as f64) < options.buffer_secs * info.rate_hz);
    let live = Live::start(source, Plan::Calibrate(Box::new(preparation.clone())), &options, true, |_| ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording.xdf");
    let keeping = Keeping {
        info,
        class_names: crate::session_feed::names_of(&preparation),
        rate_hz: preparation.rate_hz,
        relevance_labels: preparation.channels.labels().to_vec(),
        all_streams: false,
        own_streams: Vec::new(),
        publication: None,
    };
    let (_, observed) = crossbeam_channel::bounded(1);
    let keeper = Keeper::start(keeping, Some(&recording), None, live.record().clone(), observed).unwrap();

    let part = |percent: u64| samples * percent / 100 / 10 * 10;
    let mut following = Following { live: &live, gate: &gate, decoded: 0, trials: 0 };
    let tape = following.calibrate(part(45));
    live.phase("training").unwrap();
    let stamp = RecordingStamp { name: "calibration".into(), sha256: String::new() };
    let trained = |patterns_per_side| {
        let decoder = CspLdaSettings { patterns_per_side };
        let settings =
            TrainSettings { decoder: DecoderSettings::CspLda(decoder), folds: None, ..TrainSettings::default() };
        train(&[(stamp.clone(), &tape)], &preparation, &settings, &mut |_, _| ()).unwrap().model
    };
    let models = [trained(3), trained(1)];
    let rates = [(0.05, 0.02), (0.3, 0.0)].map(|(b, c)| Adaptation { bias_rate: b, covariance_rate: c });
    for (model, rates, to) in [(&models[0], rates[0], [50, 70]), (&models[1], rates[1], [72, 90])] {
        live.set_model(model).unwrap();
        following.wait_for(|event| matches!(event, LiveEvent::ModelSet { .. }));
        following.go_on(part(to[0]));
        live.set_adaptation(Some(rates)).unwrap();
        following.go_on(part(to[1]));
    }
    live.set_adaptation(None).unwrap();
    live.leave_out(30, "a cough").unwrap();
    following.wait_for(|event| matches!(event, LiveEvent::TrialLeftOut { .. }));
    gate.store(u64::MAX, Ordering::Relaxed);
    let (counters, _) = live.wait();
    assert_eq!((counters.samples_lost, counters.record_dropped), (0, 0), "{counters:?}");
    let kept = keeper.finish();
    assert_eq!(kept.error, None);

    let loaded = Loaded::open(&recording, &Config::default()).unwrap();
    let (mut adapted, mut relevances) = (0, 0);
    for model in &models {
        let course = Course::of(&loaded, model).unwrap();
        assert!(course.first >= part(45) && course.left_out == [30]);
        let mut engine = course.engine(model, &loaded.info, Explain::Trials).unwrap();
        let mut agreement = course.agreement().unwrap();
        run_replay(&mut course.source(&loaded, 777).unwrap(), &mut engine, &mut |event| {
            let Event::Decision { decision, trial, relevance, .. } = event else { return };
            adapted += usize::from(decision.frozen_value.is_some_and(|frozen| frozen != decision.value));
            let record = DecisionRecord::new(&decision, trial.as_ref(), relevance, &["left", "right"], 250.0);
            course.compare(&record, trial.is_some(), &mut agreement);
        })
        .unwrap();
        assert!(agreement.is_whole(), "{agreement:?}");
        assert!(agreement.decisions > 500, "{agreement:?}");
        relevances += agreement.relevances;
    }
    assert!(adapted > 500 && relevances >= 5, "{adapted} {relevances}");
    let mut other = models[0].clone();
    match &mut other.decoder {
        Decoder::CspLda(decoder) => decoder.bias += 0.1,
        Decoder::Network(_) => unreachable!("trained above"),
    }
    let course = Course::of(&loaded, &other).unwrap();
    assert!(course.first == 0 && course.agreement().is_none() && !course.is_eventful());
}
