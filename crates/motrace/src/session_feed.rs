//! Feeds what a running session says into what is shown of it.

use crossbeam_channel::Receiver;
use motrace_core::{Decision, DecisionKind, StreamInfo, Trial, Unit};
use motrace_decode::metrics::{Confusion, chance_interval};
use motrace_engine::{ChannelMap, Collected, Explained, Live, LiveEvent, Preparation, SkipReason};
use motrace_lsl::StreamHealth as LslHealth;
use motrace_signal::QualityMeter;
use motrace_view::{Counters, Latency, Score, Session, SessionSetup, StreamHealth, StreamState, TrialRecord};
use std::time::{Duration, Instant};

/// No more events than this are taken between two frames.
const EVENTS_PER_TURN: usize = 4096;
/// How often figures that change slowly are renewed.
const RENEWAL: Duration = Duration::from_millis(250);

/// Something worth telling in words.
#[derive(Debug, Clone)]
pub enum Story {
    /// A calibration trial was collected or left out.
    Calibration(Collected),
    /// A trial was decided.
    Trial(TrialRecord),
    /// Another decision, as it was made.
    Decision(Decision),
    /// A decision was explained.
    Explained(Explained),
    /// A trial has no decision.
    Skipped(Trial, SkipReason),
    /// Samples are missing.
    Gap,
    /// Anything else.
    Message(String),
    /// The source ended or failed; the text says why where it failed.
    Over(Option<String>),
    /// A model decodes from this sample on.
    ModelSet(u64),
}

/// Translates between a live session and its picture.
pub struct SessionFeed {
    preparation: Preparation,
    info: StreamInfo,
    places: Vec<usize>,
    microvolts_per_unit: Vec<f32>,
    meter: QualityMeter,
    frame: Vec<f32>,
    traced: Vec<f32>,
    right: usize,
    decided: usize,
    confusion: Confusion,
    renewed: Instant,
    health: Option<Receiver<LslHealth>>,
    late_markers: u64,
    samples: u64,
    keeps_score: bool,
}

/// What a session of this preparation on this stream is set up with.
pub fn setup(title: &str, preparation: &Preparation) -> SessionSetup {
    SessionSetup {
        title: title.to_owned(),
        class_names: names_of(preparation),
        trace_labels: preparation.channels.labels().to_vec(),
        labels: preparation.channels.labels().to_vec(),
        rate_hz: preparation.rate_hz,
        window_secs: preparation.window_secs,
        ..SessionSetup::default()
    }
}

/// The names of the classes.
pub fn names_of(preparation: &Preparation) -> Vec<String> {
    preparation.class_names().into_iter().map(str::to_owned).collect()
}

impl SessionFeed {
    /// For a stream and what is made of it; `health` tells of the stream where it is live.
    pub fn new(
        preparation: &Preparation,
        info: &StreamInfo,
        health: Option<Receiver<LslHealth>>,
    ) -> Result<Self, crate::Failure> {
        let map = ChannelMap::resolve(preparation, info)?;
        let microvolts = map.scales_volts.iter().map(|s| (s * 1e6) as f32).collect();
        Ok(Self {
            meter: QualityMeter::new(&preparation.channels, &map.scales_volts, preparation.rate_hz),
            frame: vec![0.0; map.places.len()],
            traced: Vec::new(),
            microvolts_per_unit: microvolts,
            places: map.places,
            preparation: preparation.clone(),
            info: info.clone(),
            right: 0,
            decided: 0,
            confusion: Confusion::default(),
            renewed: Instant::now() - RENEWAL,
            health,
            late_markers: 0,
            samples: 0,
            keeps_score: true,
        })
    }

    /// From now on somebody else says what the score is, who knows which trials count.
    pub fn leave_score_to_others(&mut self) {
        self.keeps_score = false;
    }

    /// Another model's preparation, once there is one; the score begins anew.
    pub fn set_preparation(&mut self, preparation: &Preparation, session: &mut Session) -> Result<(), crate::Failure> {
        let health = self.health.take();
        let (samples, keeps_score) = (self.samples, self.keeps_score);
        *self = Self { samples, keeps_score, ..Self::new(preparation, &self.info, health)? };
        session.set_traces(preparation.channels.labels().to_vec(), preparation.rate_hz, samples);
        session.set_model(preparation.channels.labels().to_vec(), names_of(preparation), preparation.window_secs);
        Ok(())
    }

    /// What lies between the stream and the decoder.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// Takes what has happened since the last turn; `tell` hears of it.
    pub fn turn(&mut self, live: &Live, session: &mut Session, tell: &mut dyn FnMut(Story)) {
        for event in live.events().try_iter().take(EVENTS_PER_TURN) {
            self.event(event, session, tell);
        }
        for explained in live.explained().try_iter().take(EVENTS_PER_TURN) {
            self.explained(&explained, session);
            tell(Story::Explained(explained));
        }
        if self.renewed.elapsed() >= RENEWAL {
            self.renewed = Instant::now();
            self.renew(live, session);
        }
    }

    fn event(&mut self, event: LiveEvent, session: &mut Session, tell: &mut dyn FnMut(Story)) {
        match event {
            LiveEvent::Samples { first, samples } => self.samples(first, &samples, session),
            LiveEvent::Marker(marker) => {
                let class = self.preparation.class_of(&marker);
                session.on_marker(&marker, class);
            }
            LiveEvent::Gap(gap) => {
                session.on_gap(&gap);
                tell(Story::Gap);
                tell(Story::Message(format!(
                    "gap of {:.2} s before sample {}: {} samples are missing",
                    gap.length_secs, gap.index, gap.missing_samples
                )));
            }
            LiveEvent::Decision { decision, trial, .. } => {
                let Some(trial) = trial else {
                    session.on_decision(&decision);
                    return tell(Story::Decision(decision));
                };
                self.count(trial.class, decision.class());
                let record = TrialRecord {
                    number: trial.number,
                    cue: trial.cue,
                    text: self.preparation.class_names().get(trial.class).map_or("", |n| *n).to_owned(),
                    truth: Some(trial.class),
                    decision: Some(decision),
                    ..TrialRecord::default()
                };
                session.on_trial(record.clone());
                tell(Story::Trial(record));
            }
            LiveEvent::Skipped(trial, reason) => {
                self.late_markers += u64::from(reason == SkipReason::NotRetained);
                tell(Story::Skipped(trial.clone(), reason));
                tell(Story::Message(format!("trial {} has no decision: {reason}", trial.number)));
            }
            LiveEvent::Calibration(collected) => tell(Story::Calibration(collected)),
            LiveEvent::ModelSet { first, .. } => tell(Story::ModelSet(first)),
            LiveEvent::AdaptationSet { .. } | LiveEvent::Phase { .. } | LiveEvent::TrialLeftOut { .. } => {}
            LiveEvent::Paused(why) => tell(Story::Message(format!("decoding is paused: {why}"))),
            LiveEvent::Resumed => tell(Story::Message("decoding goes on".into())),
            LiveEvent::Lost { from, to } => {
                tell(Story::Message(format!("{} samples did not reach the decoder in time", to - from)));
            }
            LiveEvent::Failed(why) => tell(Story::Over(Some(why))),
            LiveEvent::Ended => tell(Story::Over(None)),
        }
    }

    fn samples(&mut self, first: u64, samples: &[f32], session: &mut Session) {
        let channels = self.info.channels.len().max(1);
        // Where a slow screen missed some, the picture begins anew.
        if first != self.samples && session.traces().end() != first {
            session.restart_traces(first);
        }
        self.traced.clear();
        for frame in samples.chunks_exact(channels) {
            for ((out, &place), scale) in self.frame.iter_mut().zip(&self.places).zip(&self.microvolts_per_unit) {
                *out = frame[place];
                self.traced.push(frame[place] * scale);
            }
            self.meter.push_frame(&self.frame);
        }
        self.samples = first + (samples.len() / channels) as u64;
        session.push_samples(&self.traced);
    }

    fn explained(&mut self, explained: &Explained, session: &mut Session) {
        let warnings = motrace_explain::warnings(&explained.relevance.ledger);
        match explained.decision.kind {
            DecisionKind::Sliding => session.on_relevance(&explained.relevance, &warnings),
            DecisionKind::Trial(number) => session.set_trial_relevance(number, &explained.relevance, &warnings),
        }
    }

    fn count(&mut self, truth: usize, decided: usize) {
        self.decided += 1;
        self.right += usize::from(truth == decided);
        self.confusion.add(truth, decided);
    }

    /// The share of trials decided right, over how many.
    pub fn score(&self) -> Option<Score> {
        (self.decided > 0).then(|| Score {
            accuracy: self.right as f64 / self.decided as f64,
            trials: self.decided,
            chance_upper: chance_interval(self.decided, self.confusion.guess()).high,
            kappa: self.confusion.kappa(),
        })
    }

    fn renew(&mut self, live: &Live, session: &mut Session) {
        session.set_quality(self.meter.read());
        let counters = live.counters();
        let health = self.health.as_ref().and_then(|h| h.try_iter().last());
        let dropped = health.as_ref().map_or(0, |h| h.counters.dropped);
        let late = health.as_ref().map_or(0, |h| h.counters.late_markers + h.counters.early_markers);
        session.set_counters(Counters {
            gaps: counters.gaps,
            dropped_samples: counters.samples_lost + dropped,
            dropped_relevances: counters.explanations_dropped,
            late_markers: self.late_markers + late,
            vetoed: counters.vetoed,
            deadline_misses: counters.deadline_missed,
        });
        if let Some(score) = self.score().filter(|_| self.keeps_score) {
            session.set_score(score);
        }
        if let Some(figures) = live.latency() {
            session.set_latency(Latency {
                p50_secs: figures.p50_micros * 1e-6,
                p99_secs: figures.p99_micros * 1e-6,
                max_secs: figures.max_micros * 1e-6,
                ..Latency::default()
            });
        }
        match health {
            Some(health) => session.set_stream(self.described(Some(&health))),
            None if self.health.is_none() => session.set_stream(self.described(None)),
            None => {}
        }
    }

    fn described(&self, health: Option<&LslHealth>) -> StreamHealth {
        let state = health.map_or(StreamState::File, |h| match &h.state {
            motrace_lsl::StreamState::Live | motrace_lsl::StreamState::Reconnected => StreamState::Live,
            motrace_lsl::StreamState::Stalled { .. } => StreamState::Stalled,
            motrace_lsl::StreamState::Lost => StreamState::Lost,
            motrace_lsl::StreamState::Refused(why) => StreamState::Refused(why.clone()),
        });
        StreamHealth {
            name: self.info.name.clone(),
            host: self.info.host.clone(),
            kind: self.info.kind.clone(),
            channels: self.info.channels.len(),
            rate_nominal_hz: self.info.rate_hz,
            rate_effective_hz: health.map(|h| h.rate_hz).filter(|rate| *rate > 0.0),
            // What to add to its stamps is the other way round from how far its clock is ahead.
            clock_offset_secs: health.and_then(|h| h.clock_offset_secs).map(|offset| -offset),
            clock_error_secs: health.and_then(|h| h.clock_error_secs),
            state,
            age_secs: health.and_then(|h| h.age_secs),
        }
    }
}

/// The unit of a stream's decoded channels, for messages.
pub fn unit_of(info: &StreamInfo) -> String {
    info.channels.first().map_or(Unit::Unspecified, |c| c.unit.clone()).to_string()
}
