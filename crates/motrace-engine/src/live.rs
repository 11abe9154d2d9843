use crate::{Decider, EngineError, EpochCollector, Explain, Latencies, LatencyFigures, Model, Preparation};
use crate::{Tape, Tracer};
use crossbeam_channel::{Receiver, Sender, bounded};
use motrace_core::{Source, StreamInfo};
use motrace_decode::Adaptation;
use ringbuf::traits::Split;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

mod acquire;
mod counters;
mod decode;
mod event;
mod explain;
mod lateness;

use counters::Counters;
pub use counters::LiveCounters;
pub use event::{Explained, LiveEvent, RecordItem};

/// This many requests can wait for the decoder.
const CONTROLS_WAITING: usize = 64;
/// The decoder is given this long to take a request, and to answer one that a view can do without.
const CONTROL_WAIT: Duration = Duration::from_secs(1);
/// And this long to hand over what a calibration cannot be trained without.
const TAPE_WAIT: Duration = Duration::from_secs(60);

/// How a live session is run.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveOptions {
    /// Which decisions are explained.
    pub explain: Explain,
    /// How much the decoder and the explainer may fall behind before samples are lost, in seconds.
    pub buffer_secs: f64,
    /// Decisions from data older than this are marked stale.
    pub latency_budget: Duration,
    /// A decision that comes later than this after its newest sample was acquired missed its deadline.
    pub deadline: Duration,
    /// How many events wait for a view that is slow; then they are dropped and counted.
    pub view_capacity: usize,
    /// How many items wait for a recorder that is slow; then they are dropped and counted.
    pub record_capacity: usize,
    /// How long to wait before a source that had nothing, and did not wait itself, is asked again.
    pub idle_wait: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            explain: Explain::All,
            buffer_secs: 20.0,
            latency_budget: Duration::from_millis(200),
            deadline: Duration::from_millis(40),
            view_capacity: 4096,
            record_capacity: 16_384,
            idle_wait: Duration::from_micros(200),
        }
    }
}

/// What a session starts with.
#[derive(Debug, Clone)]
pub enum Plan {
    /// A model: it decodes from the first sample on.
    Decode(Box<Model>),
    /// None yet: samples and cues are collected until [`Live::take_tape`] and [`Live::set_model`].
    Calibrate(Box<Preparation>),
}

impl Plan {
    /// What lies between the stream and the decoder.
    #[must_use]
    pub fn preparation(&self) -> &Preparation {
        match self {
            Self::Decode(model) => &model.preparation,
            Self::Calibrate(preparation) => preparation,
        }
    }
}

/// What is asked of the decoding thread.
enum Control {
    Model { pair: Box<(Decider, Tracer)>, digest: Arc<str> },
    Adaptation(Option<Adaptation>),
    Phase(Arc<str>),
    LeaveOut { trial: usize, why: Arc<str> },
    Tape(Sender<Option<Tape>>),
    CopyTape(Sender<Option<Tape>>),
    Latency(Sender<Option<LatencyFigures>>),
}

/// A running session: threads that acquire, decode and explain.
///
/// The decoder is the same as in a replay, and is given everything in the same order: its decisions and
/// relevances are those of a replay of what was recorded, bit for bit. What could not be is counted.
pub struct Live {
    info: StreamInfo,
    events: Receiver<LiveEvent>,
    explained: Receiver<Explained>,
    record: Receiver<RecordItem>,
    control: Sender<Control>,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
    acquire: Option<JoinHandle<()>>,
    decode: Option<JoinHandle<Latencies>>,
    explain: Option<JoinHandle<()>>,
}

/// Where the threads tell what happened; full queues drop and count.
#[derive(Clone)]
struct Reporter {
    view: Sender<LiveEvent>,
    record: Sender<RecordItem>,
    counters: Arc<Counters>,
    recording: bool,
}

impl Reporter {
    fn view(&self, event: LiveEvent) {
        if self.view.try_send(event).is_err() {
            self.counters.view_dropped.fetch_add(1, Relaxed);
        }
    }

    fn record(&self, item: RecordItem) {
        if self.recording && self.record.try_send(item).is_err() {
            self.counters.record_dropped.fetch_add(1, Relaxed);
        }
    }
}

impl Live {
    /// Starts a session. Nothing is recorded until the receiver of [`Self::record`] is read: pass
    /// `recording` as false where nobody will.
    ///
    /// `observe` is called after each poll, on the acquiring thread, with the source itself, for what
    /// a [`Source`] does not say in general (stamps, the state of a connection).
    ///
    /// # Errors
    /// Where the stream does not fit the plan, or a thread cannot be started.
    pub fn start<S: Source + Send + 'static>(
        source: S,
        plan: Plan,
        options: &LiveOptions,
        recording: bool,
        observe: impl FnMut(&mut S) + Send + 'static,
    ) -> Result<Self, EngineError> {
        let info = source.info().clone();
        let channels = info.channels.len().max(1);
        let preparation = plan.preparation();
        let rate_hz = preparation.rate_hz;
        let frames = (options.buffer_secs.clamp(1.0, 600.0) * rate_hz).ceil() as usize + 1;
        StreamInfo::check_limits(channels, info.rate_hz, options.buffer_secs)
            .map_err(|e| EngineError::Start(e.to_string()))?;
        let (explainer, decoding) = match &plan {
            Plan::Decode(model) => (
                Some(Box::new(Tracer::new(model, &info)?)),
                decode::Decoding::Decider(Box::new(Decider::new(model, &info)?)),
            ),
            Plan::Calibrate(preparation) => (
                None,
                decode::Decoding::Calibration {
                    collector: Box::new(EpochCollector::new(preparation, &info)?),
                    tape: Some(Box::new(Tape::new(info.clone()))),
                },
            ),
        };
        let (view_sender, events) = bounded(options.view_capacity.max(1));
        let (record_sender, record) = bounded(options.record_capacity.max(1));
        let (explained_sender, explained) = bounded(explain::RELEVANCES_WAITING);
        let (control, controls) = bounded(CONTROLS_WAITING);
        let (happened_sender, happened) = bounded(acquire::EVENTS_WAITING);
        let (job_sender, jobs) = bounded(explain::JOBS_WAITING);
        let (samples_in, samples_out) = ringbuf::HeapRb::<f32>::new(frames * channels).split();
        let (batches_in, batches_out) = ringbuf::HeapRb::<acquire::Batch>::new(acquire::BATCHES_WAITING).split();
        let (explain_in, explain_out) = ringbuf::HeapRb::<f32>::new(frames * channels).split();
        let counters = Arc::new(Counters::default());
        let stop = Arc::new(AtomicBool::new(false));
        let acquired_all = Arc::new(AtomicBool::new(false));
        let decoded = Arc::new(AtomicU64::new(0));
        let decoded_all = Arc::new(AtomicBool::new(false));
        let reporter =
            Reporter { view: view_sender, record: record_sender, counters: Arc::clone(&counters), recording };

        if let Plan::Decode(model) = &plan {
            let digest: Arc<str> = model.digest().into();
            reporter.record(RecordItem::ModelSet { first: 0, digest: Arc::clone(&digest) });
            reporter.view(LiveEvent::ModelSet { first: 0, digest });
        }

        let explain = spawn("motrace-explain", {
            let worker = explain::ExplainThread {
                tracer: explainer,
                channels,
                samples: explain_out,
                jobs,
                decoded: Arc::clone(&decoded),
                decoded_all: Arc::clone(&decoded_all),
                explained: explained_sender,
                reporter: reporter.clone(),
            };
            move || worker.run()
        })?;
        let decode = spawn("motrace-decode", {
            let worker = decode::DecodeThread {
                decoding,
                info: info.clone(),
                samples: samples_out,
                batches: batches_out,
                happened,
                controls,
                explain: options.explain,
                explain_samples: explain_in,
                jobs: job_sender,
                decoded,
                decoded_all,
                acquired_all: Arc::clone(&acquired_all),
                latency_budget: options.latency_budget,
                deadline: options.deadline,
                reporter: reporter.clone(),
            };
            move || worker.run()
        })?;
        let acquire = spawn("motrace-acquire", {
            let worker = acquire::AcquireThread {
                source,
                observe,
                channels,
                rate_hz,
                samples: samples_in,
                batches: batches_in,
                happened: happened_sender,
                wake: decode.thread().clone(),
                stop: Arc::clone(&stop),
                acquired_all,
                idle_wait: options.idle_wait,
                reporter,
            };
            move || worker.run()
        })?;
        Ok(Self {
            info,
            events,
            explained,
            record,
            control,
            counters,
            stop,
            acquire: Some(acquire),
            decode: Some(decode),
            explain: Some(explain),
        })
    }

    /// The stream.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// What happens, for a view.
    #[must_use]
    pub fn events(&self) -> &Receiver<LiveEvent> {
        &self.events
    }

    /// Explained decisions, for a view: all trials, and the newest of the others.
    #[must_use]
    pub fn explained(&self) -> &Receiver<Explained> {
        &self.explained
    }

    /// Everything, for a recorder. It disconnects when the session is over and all was taken.
    #[must_use]
    pub fn record(&self) -> &Receiver<RecordItem> {
        &self.record
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> LiveCounters {
        self.counters.read()
    }

    /// The latencies so far, from the arrival of the newest sample to the decision; `None` where there is no
    /// decision yet, or the decoder does not answer in time.
    #[must_use]
    pub fn latency(&self) -> Option<LatencyFigures> {
        self.ask(Control::Latency, CONTROL_WAIT)?
    }

    /// Ends the collection of calibration data and gives what was collected; `None` without calibration,
    /// or where it was taken already. Cues go on being counted.
    #[must_use]
    pub fn take_tape(&self) -> Option<Tape> {
        self.ask(Control::Tape, TAPE_WAIT)?
    }

    /// A copy of what was collected so far for calibration, which goes on; `None` as for [`Self::take_tape`].
    #[must_use]
    pub fn copy_tape(&self) -> Option<Tape> {
        self.ask(Control::CopyTape, TAPE_WAIT)?
    }

    /// Lets a model decode from the next sample on. A [`LiveEvent::ModelSet`] says which one that is.
    ///
    /// Its filters start there, as they do in [`crate::Engine::starting_at`]: until they have settled, decisions are
    /// marked so.
    ///
    /// # Errors
    /// Where the stream does not fit the model.
    pub fn set_model(&self, model: &Model) -> Result<(), EngineError> {
        let pair = Box::new((Decider::new(model, &self.info)?, Tracer::new(model, &self.info)?));
        self.tell(Control::Model { pair, digest: model.digest().into() })
    }

    /// Lets the decoder adapt at these rates from the next sample on, or lets the calibration model decide again. A
    /// [`LiveEvent::AdaptationSet`] says which sample that is and which rates hold, see [`Decider::set_adaptation`].
    ///
    /// A new model begins without adaptation. Before there is a model, this waits for it.
    ///
    /// # Errors
    /// Where the session is over, or the decoder does not answer.
    pub fn set_adaptation(&self, adaptation: Option<Adaptation>) -> Result<(), EngineError> {
        self.tell(Control::Adaptation(adaptation))
    }

    /// Says that a part of the session begins with the next sample, such as a run. A [`LiveEvent::Phase`] says which
    /// one that is, and the recorder is told.
    ///
    /// # Errors
    /// Where the session is over, or the decoder does not answer.
    pub fn phase(&self, name: &str) -> Result<(), EngineError> {
        self.tell(Control::Phase(name.into()))
    }

    /// Says that a trial does not count, by its number, and why; the recorder is told. It is decided all the same.
    ///
    /// # Errors
    /// Where the session is over, or the decoder does not answer.
    pub fn leave_out(&self, trial: usize, why: &str) -> Result<(), EngineError> {
        self.tell(Control::LeaveOut { trial, why: why.into() })
    }

    fn tell(&self, control: Control) -> Result<(), EngineError> {
        let told = self.control.send_timeout(control, CONTROL_WAIT);
        if let Some(decode) = &self.decode {
            decode.thread().unpark();
        }
        told.map_err(|e| {
            let why = if e.is_timeout() { "the decoder does not answer" } else { "the session is over" };
            EngineError::Start(why.to_owned())
        })
    }

    /// Whether the source has ended or failed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.explain.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the session: what was acquired is still decoded and explained. Gives the counters and latencies.
    #[must_use]
    pub fn stop(mut self) -> (LiveCounters, Option<LatencyFigures>) {
        let latencies = self.join();
        (self.counters.read(), latencies.and_then(|l| l.figures()))
    }

    /// Waits for the source's end, then does as [`Self::stop`].
    #[must_use]
    pub fn wait(mut self) -> (LiveCounters, Option<LatencyFigures>) {
        if let Some(acquire) = self.acquire.take() {
            let _ = acquire.join();
        }
        let latencies = self.join();
        (self.counters.read(), latencies.and_then(|l| l.figures()))
    }

    fn join(&mut self) -> Option<Latencies> {
        self.stop.store(true, Relaxed);
        if let Some(acquire) = self.acquire.take() {
            let _ = acquire.join();
        }
        let latencies = self.decode.take().and_then(|thread| thread.join().ok());
        if let Some(explain) = self.explain.take() {
            let _ = explain.join();
        }
        latencies
    }

    fn ask<T>(&self, question: impl FnOnce(Sender<T>) -> Control, wait: Duration) -> Option<T> {
        let (sender, answer) = bounded(1);
        self.control.try_send(question(sender)).ok()?;
        if let Some(decode) = &self.decode {
            decode.thread().unpark();
        }
        answer.recv_timeout(wait).ok()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.join();
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, EngineError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(|e| EngineError::Start(e.to_string()))
}
