use super::lateness::Lateness;
use super::{LiveEvent, RecordItem, Reporter};
use crossbeam_channel::{Sender, TrySendError};
use motrace_core::{Gap, Marker, Poll, Source, SourceError};
use ringbuf::HeapProd;
use ringbuf::traits::{Observer, Producer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// This many events can wait for the decoder.
pub(super) const EVENTS_WAITING: usize = 4096;
/// This many arrivals are remembered for the latency.
pub(super) const BATCHES_WAITING: usize = 8192;
/// A source whose stream does not fit any more is asked again after this long.
const PAUSE: Duration = Duration::from_millis(100);
/// A poll that took longer waited itself.
const WAITED: Duration = Duration::from_micros(100);

/// Something that happened between samples, after `after` of them.
#[derive(Debug)]
pub(super) struct Happened {
    pub after: u64,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Marker(Marker),
    Gap(Gap),
    /// The samples up to this one did not fit into the ring.
    LostUntil(u64),
}

/// The arrival of samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    /// One past the newest one.
    pub end: u64,
    pub acquired: Instant,
    /// How old they were then already.
    pub lateness_secs: f32,
}

/// Polls the source and hands on what it says, in its order, without ever waiting for who uses it.
pub(super) struct AcquireThread<S, O> {
    pub source: S,
    pub observe: O,
    pub channels: usize,
    pub rate_hz: f64,
    pub samples: HeapProd<f32>,
    pub batches: HeapProd<Batch>,
    pub happened: Sender<Happened>,
    pub wake: Thread,
    pub stop: Arc<AtomicBool>,
    pub acquired_all: Arc<AtomicBool>,
    pub idle_wait: Duration,
    pub reporter: Reporter,
}

impl<S: Source, O: FnMut(&mut S)> AcquireThread<S, O> {
    pub fn run(mut self) {
        let mut lateness = Lateness::new(self.rate_hz, Instant::now());
        let mut block = Vec::new();
        let mut next = 0_u64;
        // The first sample that did not fit into the ring, while that lasts.
        let mut lost_from: Option<u64> = None;
        let mut paused: Option<String> = None;
        while !self.stop.load(Ordering::Relaxed) {
            block.clear();
            let asked = Instant::now();
            let polled = self.source.poll(&mut block);
            (self.observe)(&mut self.source);
            if polled.as_ref().is_ok_and(|p| !matches!(p, Poll::Idle)) && paused.take().is_some() {
                self.reporter.view(LiveEvent::Resumed);
            }
            match polled {
                Ok(Poll::Samples(_)) => {
                    let count = (block.len() / self.channels) as u64;
                    let acquired = Instant::now();
                    let lateness_secs = lateness.arrive(next + count, acquired) as f32;
                    self.deliver(&block, next, Batch { end: next + count, acquired, lateness_secs }, &mut lost_from);
                    next += count;
                }
                Ok(Poll::Marker(marker)) => {
                    self.count_one(|c| &c.markers);
                    self.reporter.record(RecordItem::Marker { marker: marker.clone(), after: next });
                    self.reporter.view(LiveEvent::Marker(marker.clone()));
                    self.tell(next, What::Marker(marker), &mut lost_from);
                }
                Ok(Poll::Gap(gap)) => {
                    lateness.gap(gap.length_secs);
                    self.count_one(|c| &c.gaps);
                    self.reporter.counters.missing_samples.fetch_add(gap.missing_samples, Ordering::Relaxed);
                    self.reporter.record(RecordItem::Gap(gap));
                    self.reporter.view(LiveEvent::Gap(gap));
                    self.tell(next, What::Gap(gap), &mut lost_from);
                }
                Ok(Poll::Idle) => {
                    if asked.elapsed() < WAITED {
                        std::thread::sleep(self.idle_wait);
                    }
                }
                Ok(Poll::End) => {
                    self.reporter.view(LiveEvent::Ended);
                    break;
                }
                Err(SourceError::Changed(message)) => {
                    if paused.as_ref() != Some(&message) {
                        self.reporter.view(LiveEvent::Paused(message.clone()));
                        paused = Some(message);
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(SourceError::Read(message)) => {
                    self.reporter.view(LiveEvent::Failed(message));
                    break;
                }
            }
        }
        if let Some(from) = lost_from {
            self.report_loss(from, next);
        }
        self.acquired_all.store(true, Ordering::Release);
        self.wake.unpark();
    }

    fn deliver(&mut self, block: &[f32], first: u64, batch: Batch, lost_from: &mut Option<u64>) {
        let fits = self.samples.vacant_len() >= block.len();
        if fits {
            if let Some(from) = lost_from.take() {
                self.report_loss(from, first);
            }
            // Before the samples, so that it is there when they are.
            let _ = self.batches.try_push(batch);
            self.samples.push_slice(block);
            self.wake.unpark();
        } else {
            let _ = lost_from.get_or_insert(first);
            self.reporter.counters.samples_lost.fetch_add(batch.end - first, Ordering::Relaxed);
        }
        self.reporter.counters.samples.fetch_add(batch.end - first, Ordering::Relaxed);
        // After the decoder was woken: what is told to others may take its time.
        let samples: Arc<[f32]> = Arc::from(block);
        self.reporter.record(RecordItem::Samples { first, samples: Arc::clone(&samples), acquired: batch.acquired });
        self.reporter.view(LiveEvent::Samples { first, samples });
    }

    fn tell(&mut self, after: u64, what: What, lost_from: &mut Option<u64>) {
        if let Some(from) = lost_from.take() {
            self.report_loss(from, after);
        }
        self.send(Happened { after, what });
    }

    fn report_loss(&mut self, from: u64, to: u64) {
        self.reporter.record(RecordItem::Lost { from, to });
        self.reporter.view(LiveEvent::Lost { from, to });
        self.send(Happened { after: from, what: What::LostUntil(to) });
    }

    /// Events keep their order and none is lost: where thousands of them wait already, this waits too.
    fn send(&mut self, mut happened: Happened) {
        loop {
            match self.happened.try_send(happened) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => break,
                Err(TrySendError::Full(back)) => {
                    happened = back;
                    self.wake.unpark();
                    std::thread::sleep(self.idle_wait);
                }
            }
        }
        self.wake.unpark();
    }

    fn count_one(&self, counter: fn(&super::Counters) -> &std::sync::atomic::AtomicU64) {
        counter(&self.reporter.counters).fetch_add(1, Ordering::Relaxed);
    }
}
