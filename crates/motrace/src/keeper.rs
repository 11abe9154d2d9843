//! Keeps what a live session produces: the recording, the decision log and the score, in a thread of its own.
//!
//! Nothing waits for it. When the disk fails it says so at once, decoding goes on, and the session's exit code
//! is not 0.

mod numbers;

use crate::publication::Publication;
use crate::recorder::{Happening, StreamRecorder, StreamTotal, is_same_source};
use crate::setup;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use motrace_core::{Decision, DecisionKind, StreamInfo, Trial};
use motrace_engine::{Adaptation, DecisionRecord, RecordItem, Score};
use motrace_lsl::LslError;
use motrace_record::{ClockOffset, RecordError, SESSION_EVENTS, SessionEvent, StreamHandle, XdfWriter};
use numbers::Numbers;
use std::collections::VecDeque;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The source ids of what a session publishes itself begin with this; it keeps that itself, too.
pub const OWN_SOURCE: &str = "motrace-session-";
/// Between two looks at the other streams.
const OTHERS_EVERY: Duration = Duration::from_millis(50);
/// More reasons than this are not kept.
const MOST_REFUSED: usize = 100;
/// A decision waits this long for its relevance before it is logged without, counted in decisions.
const WAITING_FOR_RELEVANCE: usize = 512;

/// What the acquiring side adds to what the engine says.
#[derive(Debug, Clone)]
pub enum Observation {
    /// The raw stamps of the samples from the one of this index on.
    Stamps {
        /// The first sample's index.
        first: u64,
        /// One stamp per sample, in seconds.
        stamps: Vec<f64>,
    },
    /// A new measurement of the source's clock.
    Offset(ClockOffset),
}

/// What was kept when the session was over.
pub struct Kept {
    /// Decisions against their truth, conservation, and the rest.
    pub score: Score,
    /// What was recorded of the other streams on the network.
    pub other_streams: Vec<StreamTotal>,
    /// Why some were not.
    pub refused_streams: Vec<String>,
    /// What went wrong with the recording or the log.
    pub error: Option<String>,
}

/// The thread that keeps.
pub struct Keeper {
    thread: JoinHandle<Kept>,
    error: Arc<OnceLock<String>>,
}

/// What the keeper needs to know of the session.
pub struct Keeping {
    /// The signal.
    pub info: StreamInfo,
    /// The names of the classes.
    pub class_names: Vec<String>,
    /// Sampling rate in hertz.
    pub rate_hz: f64,
    /// The channels that decisions are explained by.
    pub relevance_labels: Vec<String>,
    /// Whether every other stream on the network is recorded, too, as it is, from when it appears.
    pub all_streams: bool,
    /// What is not among those: the signal and the marker streams it is read with. What the session publishes
    /// itself ([`OWN_SOURCE`]) is not, either.
    pub own_streams: Vec<StreamInfo>,
    /// Where decisions and relevances are sent as they come, too.
    pub publication: Option<Publication>,
}

impl Keeper {
    /// Opens the files, which must not exist, and begins.
    pub fn start(
        keeping: Keeping,
        recording: Option<&Path>,
        log: Option<&Path>,
        items: Receiver<RecordItem>,
        observations: Receiver<Observation>,
    ) -> Result<Self, crate::Failure> {
        let recording = recording.map(|path| Recording::create(path, &keeping)).transpose()?;
        let others = (keeping.all_streams && recording.is_some()).then(|| others(&keeping)).transpose()?;
        let log = log.map(crate::output::create_new).transpose()?.map(BufWriter::new);
        let error = Arc::new(OnceLock::new());
        let worker = Worker {
            keeping,
            recording,
            others,
            others_looked: None,
            refused_streams: Vec::new(),
            log,
            observations,
            early: None,
            score: Score::new(),
            waiting: VecDeque::new(),
            error: Arc::clone(&error),
            begin: Instant::now(),
        };
        let thread = std::thread::Builder::new().name("motrace-record".into()).spawn(move || worker.run(&items))?;
        Ok(Self { thread, error })
    }

    /// What went wrong so far.
    pub fn error(&self) -> Option<&str> {
        self.error.get().map(String::as_str)
    }

    /// Waits until everything is kept. The session has to be over.
    pub fn finish(self) -> Kept {
        self.thread.join().unwrap_or_else(|_| Kept {
            score: Score::new(),
            other_streams: Vec::new(),
            refused_streams: Vec::new(),
            error: Some("the recorder failed".into()),
        })
    }
}

/// The file being written.
struct Recording {
    writer: XdfWriter,
    signal: StreamHandle,
    markers: StreamHandle,
    events: StreamHandle,
    numbers: Numbers,
    period_secs: f64,
    last_stamp: f64,
}

impl Recording {
    fn create(path: &Path, keeping: &Keeping) -> Result<Self, RecordError> {
        let info = &keeping.info;
        let mut writer = XdfWriter::create(path)?;
        let text = |name: &str, kind: &str| {
            setup::text_stream(name, kind, &format!("{}-{name}", info.source_id), &kind.to_lowercase())
        };
        let signal = writer.add_stream(info)?;
        let markers = writer.add_stream(&text(&format!("{}-markers", info.name), "Markers"))?;
        let events = writer.add_stream(&text(SESSION_EVENTS, SESSION_EVENTS))?;
        let numbers = Numbers::create(&mut writer, info, &keeping.class_names, &keeping.relevance_labels)?;
        let period_secs = if info.rate_hz > 0.0 { 1.0 / info.rate_hz } else { 0.0 };
        Ok(Self { writer, signal, markers, events, numbers, period_secs, last_stamp: 0.0 })
    }

    fn event(&mut self, event: &SessionEvent) -> Result<(), RecordError> {
        self.writer.write_text(self.events, self.last_stamp, &event.to_line())
    }
}

/// Looks for all streams but the session's own.
fn others(keeping: &Keeping) -> Result<StreamRecorder, LslError> {
    let own = keeping.own_streams.clone();
    StreamRecorder::start(move |stream| {
        !stream.source_id.starts_with(OWN_SOURCE) && !own.iter().any(|own| is_same_source(own, stream))
    })
}

struct Worker {
    keeping: Keeping,
    recording: Option<Recording>,
    /// The other streams on the network.
    others: Option<StreamRecorder>,
    others_looked: Option<Instant>,
    refused_streams: Vec<String>,
    log: Option<BufWriter<std::fs::File>>,
    observations: Receiver<Observation>,
    /// Stamps of samples that have not come yet.
    early: Option<Observation>,
    score: Score,
    /// Decisions whose relevance may still come, in order.
    waiting: VecDeque<(Decision, Option<Trial>, DecisionRecord)>,
    error: Arc<OnceLock<String>>,
    begin: Instant,
}

impl Worker {
    fn run(mut self, items: &Receiver<RecordItem>) -> Kept {
        loop {
            match items.recv_timeout(Duration::from_millis(100)) {
                Ok(item) => self.take(item),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let now = self.begin.elapsed().as_secs_f64();
            self.look_at_others(now);
            self.write(|recording| recording.writer.flush_if_due(now));
        }
        let mut other_streams = Vec::new();
        if let Some(others) = self.others.take() {
            let now = self.begin.elapsed().as_secs_f64();
            other_streams = others.totals();
            self.write(|recording| {
                other_streams = others.finish(&mut recording.writer, now)?;
                Ok(())
            });
        }
        while !self.waiting.is_empty() {
            self.settle_oldest();
        }
        if let Some(log) = &mut self.log
            && let Err(e) = log.flush()
        {
            let _ = self.error.set(format!("the decision log could not be written: {e}"));
        }
        if let Some(recording) = self.recording.take()
            && let Err(e) = recording.writer.finish()
        {
            let _ = self.error.set(e.to_string());
        }
        let error = self.error.get().cloned();
        Kept { score: self.score, other_streams, refused_streams: self.refused_streams, error }
    }

    /// Writes what has come of the other streams, every now and then.
    fn look_at_others(&mut self, now_secs: f64) {
        if self.others_looked.is_some_and(|at| at.elapsed() < OTHERS_EVERY) {
            return;
        }
        self.others_looked = Some(Instant::now());
        let Some(mut others) = self.others.take() else { return };
        let mut refused = std::mem::take(&mut self.refused_streams);
        self.write(|recording| {
            others.turn(&mut recording.writer, now_secs, &mut |happening| {
                if let Happening::Refused(why) = happening
                    && refused.len() < MOST_REFUSED
                {
                    refused.push(why);
                }
            })
        });
        self.refused_streams = refused;
        self.others = Some(others);
    }

    /// Writes to the recording; after a failure it goes on trying, so that the file continues once there is room.
    fn write(&mut self, action: impl FnOnce(&mut Recording) -> Result<(), RecordError>) {
        if let Some(recording) = &mut self.recording
            && let Err(e) = action(recording)
        {
            let _ = self.error.set(format!("the recording is incomplete: {e}"));
        }
    }

    fn take(&mut self, item: RecordItem) {
        match item {
            RecordItem::Samples { first, samples, .. } => self.samples(first, &samples),
            RecordItem::Marker { marker, after } => self.write(|recording| {
                recording.writer.write_text(recording.markers, marker.time_secs, &marker.text)?;
                let line = SessionEvent::marker(&marker, after).to_line();
                recording.writer.write_text(recording.events, marker.time_secs, &line)
            }),
            RecordItem::Gap(gap) => self.write(|recording| recording.event(&SessionEvent::from(&gap))),
            RecordItem::Decision { decision, trial, latency } => {
                self.score.decision(&decision, trial.as_ref());
                self.score.latency(latency);
                self.publish(|publication| publication.decision(&decision));
                self.write(|recording| recording.numbers.write_decision(&mut recording.writer, &decision));
                let names: Vec<&str> = self.keeping.class_names.iter().map(String::as_str).collect();
                let record = DecisionRecord::new(&decision, trial.as_ref(), None, &names, self.keeping.rate_hz);
                self.waiting.push_back((decision, trial, record));
                if self.waiting.len() > WAITING_FOR_RELEVANCE {
                    self.settle_oldest();
                }
            }
            RecordItem::Relevance { decision, digest, view, per_channel, ledger, frozen_per_channel } => {
                self.score.ledger(&ledger);
                self.publish(|publication| publication.explained(&per_channel));
                self.write(|r| r.numbers.write_relevance(&mut r.writer, &decision, &per_channel));
                if let Some(place) = self.waiting.iter().position(|(d, ..)| same(d, &decision)) {
                    // Relevances come in the order of decisions: the ones before it were not explained.
                    for _ in 0..place {
                        self.settle_oldest();
                    }
                    if let Some((.., record)) = self.waiting.front_mut() {
                        record.relevance_digest = Some(format!("{digest:016x}"));
                        record.set_per_channel(view, per_channel);
                        record.frozen_pattern_per_channel = frozen_per_channel;
                    }
                    self.settle_oldest();
                }
            }
            RecordItem::ModelSet { first, digest } => {
                self.event(SessionEvent::ModelSet { first, digest: digest.to_string() });
            }
            RecordItem::AdaptationSet { from, adaptation: Some(Adaptation { bias_rate, covariance_rate }) } => {
                self.event(SessionEvent::Adaptation { from, bias_rate, covariance_rate });
            }
            RecordItem::AdaptationSet { from, adaptation: None } => self.event(SessionEvent::AdaptationOff { from }),
            RecordItem::Lost { from, to } => self.event(SessionEvent::NotDecoded { from, to }),
            RecordItem::Phase { from, name } => self.event(SessionEvent::Phase { from, name: name.to_string() }),
            RecordItem::TrialLeftOut { trial, why } => {
                self.score.leave_out(trial);
                self.event(SessionEvent::TrialLeftOut { trial, why: why.to_string() });
            }
        }
    }

    /// Sends something to other programs. This thread does it because no terminal holds it up.
    fn publish(&mut self, send: impl FnOnce(&mut Publication) -> Result<(), LslError>) {
        if let Some(publication) = &mut self.keeping.publication
            && let Err(e) = send(publication)
        {
            let _ = self.error.set(format!("decisions could not be sent over LSL: {e}"));
        }
    }

    fn event(&mut self, event: SessionEvent) {
        self.write(|recording| recording.event(&event));
    }

    fn samples(&mut self, first: u64, samples: &[f32]) {
        let channels = self.keeping.info.channels.len().max(1);
        let count = samples.len() / channels;
        let mut stamps = self.stamps_of(first);
        self.write(|recording| {
            // Where the source has no stamps of its own, its samples follow each other at the nominal rate.
            while stamps.len() < count {
                let last = stamps.last().copied().unwrap_or(recording.last_stamp);
                stamps.push(last + recording.period_secs);
            }
            stamps.truncate(count);
            recording.last_stamp = stamps.last().copied().unwrap_or(recording.last_stamp);
            recording.numbers.note_stamps(first, &stamps);
            recording.writer.write_samples(recording.signal, &stamps, samples)
        });
    }

    /// The stamps of the samples from `first` on; none where they were lost. They were sent before the samples they
    /// belong to, and offsets come in between; the samples of some may have been lost, though.
    fn stamps_of(&mut self, first: u64) -> Vec<f64> {
        loop {
            let observation = match self.early.take() {
                Some(early) => early,
                None => match self.observations.try_recv() {
                    Ok(observation) => observation,
                    Err(_) => return Vec::new(),
                },
            };
            match observation {
                Observation::Stamps { first: at, stamps } if at == first => return stamps,
                Observation::Stamps { first: at, .. } if at < first => {}
                later @ Observation::Stamps { .. } => {
                    self.early = Some(later);
                    return Vec::new();
                }
                Observation::Offset(offset) => self.write(|recording| {
                    recording.writer.write_clock_offset(recording.signal, offset)?;
                    recording.writer.write_clock_offset(recording.markers, offset)?;
                    recording.writer.write_clock_offset(recording.events, offset)?;
                    recording.numbers.write_clock_offset(&mut recording.writer, offset)
                }),
            }
        }
    }

    fn settle_oldest(&mut self) {
        let Some((.., record)) = self.waiting.pop_front() else { return };
        if let Some(log) = &mut self.log
            && let Err(e) = serde_json::to_writer(&mut *log, &record)
                .map_err(std::io::Error::from)
                .and_then(|()| log.write_all(b"\n"))
        {
            let _ = self.error.set(format!("the decision log could not be written: {e}"));
        }
        if let Ok(value) = serde_json::to_value(&record) {
            self.write(|recording| recording.event(&SessionEvent::Decision(value)));
        }
    }
}

fn same(a: &Decision, b: &Decision) -> bool {
    let number = |d: &Decision| match d.kind {
        DecisionKind::Sliding => None,
        DecisionKind::Trial(number) => Some(number),
    };
    a.end == b.end && number(a) == number(b)
}

#[cfg(test)]
mod tests;
