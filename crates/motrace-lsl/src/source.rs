mod staging;

use crate::connection::{Connection, Turn};
use crate::description::check;
use crate::marker_sender::SentMarkers;
use crate::markers::{MarkerFeed, TimedMarker};
use crate::timeline::{Break, Timeline};
use crate::unstamped::Unstamped;
use crate::{
    Counters, LslError, MarkerSender, StateChange, StreamHealth, StreamQuery, StreamState, backend, discovery,
};
use motrace_core::{Marker, Poll, Source, SourceError, StreamInfo, clean_text};
use staging::Staging;
use std::collections::VecDeque;
use std::time::Duration;

/// Samples taken from the library at once.
const MOST_PULLED: usize = 4096;
const MOST_STATE_CHANGES: usize = 256;
const MOST_PENDING_MARKERS: usize = 4096;

/// How an [`LslSource`] behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct LslOptions {
    /// How much the library buffers while nobody polls, and how far back a late marker can reach, in seconds.
    pub buffer_secs: f64,
    /// Silence for so long is a stall. Sources that send rarer chunks than this show as stalled in between.
    pub stall_after: Duration,
    /// How long [`Source::poll`] waits for data at most; it returns as soon as some arrives.
    pub poll_wait: Duration,
    /// How long to look for the streams when opening.
    pub find_wait: Duration,
    /// Whether a stream that goes away is looked for. Otherwise its end is the end.
    pub reconnect: bool,
    /// Whether the first poll throws away what has piled up since opening, so that the session begins now.
    pub flush: bool,
    /// What the stream must be, where that is known already: channel count, rate, labels, types and units are
    /// compared, names and ids are not.
    pub expected: Option<StreamInfo>,
}

impl Default for LslOptions {
    fn default() -> Self {
        Self {
            buffer_secs: 30.0,
            stall_after: Duration::from_millis(400),
            poll_wait: Duration::from_millis(5),
            find_wait: Duration::from_secs(5),
            reconnect: true,
            flush: true,
            expected: None,
        }
    }
}

/// One regular stream, with any number of marker streams, read as it happens.
///
/// Samples are delivered as they arrive, in the order of their index, and so are gaps; a marker comes before its
/// sample, or late where it arrived late. A stream that goes away is looked for in the background: until it is
/// back, [`Source::poll`] says [`Poll::Idle`] and [`LslSource::state`] says why. One that comes back as something
/// else is a [`SourceError::Changed`], once; polling may go on, in the hope that the right one comes back too.
pub struct LslSource {
    options: LslOptions,
    connection: Connection,
    timeline: Timeline,
    staging: Staging,
    feeds: Vec<MarkerFeed>,
    sent: Option<SentMarkers>,
    timed: Vec<TimedMarker>,
    pending: Vec<TimedMarker>,
    breaks: Vec<Break>,
    changes: VecDeque<StateChange>,
    /// The states last reported, the regular stream's first.
    reported: Vec<StreamState>,
    counters: Counters,
    is_live: bool,
    after_loss: bool,
    unstamped: Unstamped,
    last_raw_stamp: Option<f64>,
    values: Vec<f32>,
    stamps: Vec<f64>,
}

impl LslSource {
    /// Finds and opens a regular stream and its marker streams. A [`StreamInfo`] from [`discovery`](crate::discover)
    /// can stand for the query; it pins that very outlet.
    ///
    /// # Errors
    /// Where a stream is not found, is ambiguous, is refused, or cannot be reached.
    pub fn open(
        stream: impl Into<StreamQuery>,
        markers: Vec<StreamQuery>,
        options: LslOptions,
    ) -> Result<Self, LslError> {
        let (found, info) = discovery::find(&stream.into(), options.find_wait)?;
        check(&found, options.buffer_secs)?;
        if info.is_text || info.is_irregular() {
            let reason = "samples at a regular rate are needed; it is a stream of events".to_owned();
            return Err(LslError::Refused { stream: found.describe(), reason });
        }
        if let Some(difference) = options.expected.as_ref().and_then(|e| crate::connection::difference(e, &info)) {
            return Err(LslError::Refused { stream: found.describe(), reason: difference });
        }
        let mut feeds = Vec::with_capacity(markers.len());
        for query in &markers {
            let (found, info) = discovery::find(query, options.find_wait)?;
            if !info.is_irregular() {
                let reason = "it is to give markers, but is a regular stream".to_owned();
                return Err(LslError::Refused { stream: found.describe(), reason });
            }
            feeds.push(MarkerFeed::open(&found, info, options.reconnect)?);
        }
        let buffer_samples = (info.rate_hz * options.buffer_secs).ceil().max(64.0) as usize;
        let (rate_hz, channels) = (info.rate_hz, info.channels.len());
        let stall_after_secs = Some(options.stall_after.as_secs_f64());
        let connection = Connection::open(&found, info, buffer_samples, stall_after_secs, options.reconnect)?;
        Ok(Self {
            timeline: Timeline::new(rate_hz, options.buffer_secs),
            staging: Staging::new(channels),
            reported: vec![StreamState::Live; 1 + feeds.len()],
            options,
            connection,
            feeds,
            sent: None,
            timed: Vec::new(),
            pending: Vec::new(),
            breaks: Vec::new(),
            changes: VecDeque::new(),
            counters: Counters::default(),
            is_live: false,
            after_loss: false,
            unstamped: Unstamped::new(),
            last_raw_stamp: None,
            values: Vec::with_capacity(channels * 1024),
            stamps: Vec::with_capacity(1024),
        })
    }

    /// What the stream is doing, as of the last poll.
    #[must_use]
    pub fn state(&self) -> &StreamState {
        self.connection.state()
    }

    /// The changes of state since the last call, of the marker streams too, oldest first.
    pub fn take_state_changes(&mut self) -> Vec<StateChange> {
        self.changes.drain(..).collect()
    }

    /// A snapshot for a display.
    #[must_use]
    pub fn health(&self) -> StreamHealth {
        let now = backend::clock();
        let offsets = &self.connection.offsets;
        let known = offsets.is_known();
        let (rate_hz, rate_error_hz) = self.timeline.rate_hz();
        let feeds_synchronised = self.feeds.iter().all(|f| f.connection().offsets.is_synchronised(now));
        StreamHealth {
            state: self.connection.state().clone(),
            clock_offset_secs: known.then(|| offsets.at(now)),
            clock_error_secs: offsets.error_secs(),
            clocks_synchronised: offsets.is_synchronised(now) && feeds_synchronised,
            rate_hz,
            rate_error_hz,
            jitter_secs: self.timeline.jitter_secs(),
            age_secs: self.timeline.newest_time().map(|t| now - (t + offsets.at(now))),
            counters: self.counters(),
        }
    }

    /// What has happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            dropped: self.connection.dropped(),
            duplicate_stamps: self.timeline.duplicate_stamps,
            backward_stamps: self.timeline.backward_stamps,
            stalls: self.connection.stalls,
            reconnections: self.connection.reconnections,
            oversized_markers: self.counters.oversized_markers + self.feeds.iter().map(|f| f.oversized()).sum::<u64>(),
            unsynchronised_markers: self.feeds.iter().map(|f| f.unsynchronised).sum::<u64>()
                + self.sent.as_ref().map_or(0, |s| s.unsynchronised),
            ..self.counters
        }
    }

    /// The raw stamps, by the source's clock, of the samples that the last poll delivered.
    #[must_use]
    pub fn last_stamps(&self) -> &[f64] {
        self.staging.last_stamps()
    }

    /// The raw stamp of the newest sample received.
    #[must_use]
    pub fn last_raw_stamp(&self) -> Option<f64> {
        self.last_raw_stamp
    }

    /// The marker streams, in the order they were asked for.
    pub fn marker_infos(&self) -> impl Iterator<Item = &StreamInfo> {
        self.feeds.iter().map(|f| f.connection().info())
    }

    /// A way to give this source markers from within the program; they are placed as those of the marker streams are,
    /// and delivered with them. Markers that are sent before the first poll are kept.
    pub fn marker_sender(&mut self) -> MarkerSender {
        self.sent.get_or_insert_with(SentMarkers::new).sender()
    }

    /// The fitted time of a sample by the source's clock, in seconds; `None` once it is forgotten.
    #[must_use]
    pub fn time_of_index(&self, index: u64) -> Option<f64> {
        self.timeline.time_of_index(index)
    }

    /// The first sample whose time, by the source's clock as it runs now, is not before `time_secs`. Can lie ahead
    /// of the newest sample; `None` once it is forgotten.
    #[must_use]
    pub fn index_of_time(&self, time_secs: f64) -> Option<u64> {
        let offset = self.connection.offsets.at(backend::clock());
        self.timeline.index_of_local_time(time_secs + offset, offset)
    }

    fn go_live(&mut self) {
        self.is_live = true;
        if !self.options.flush {
            return;
        }
        for feed in &mut self.feeds {
            feed.flush();
        }
        let Some(inlet) = self.connection.inlet() else { return };
        while inlet.pull_numbers(&mut self.values, &mut self.stamps, MOST_PULLED, Duration::ZERO) > 0 {
            self.counters.flushed += self.stamps.len() as u64;
            self.unstamped.is_past();
            self.values.clear();
            self.stamps.clear();
        }
    }

    /// Takes in what has arrived, waiting for it a little.
    fn receive(&mut self) -> Result<(), SourceError> {
        match self.connection.inlet() {
            Some(inlet) => {
                inlet.pull_numbers(&mut self.values, &mut self.stamps, MOST_PULLED, self.options.poll_wait);
            }
            None => std::thread::sleep(self.options.poll_wait),
        }
        let now = backend::clock();
        if self.stamps.is_empty() {
            self.timeline.settle(now, &mut self.breaks);
        } else {
            self.connection.note_data(now);
            self.stage(now);
        }
        self.note_breaks(now);
        let refusal = match self.connection.tend(now) {
            Turn::Nothing => None,
            Turn::Resumed => {
                self.after_loss = true;
                self.unstamped = Unstamped::new();
                None
            }
            Turn::Refused(reason) => Some(reason),
        };
        let marker_refusal = self.receive_markers(now);
        self.report_states(now);
        match refusal.or(marker_refusal) {
            Some(reason) => Err(SourceError::Changed(reason)),
            None => Ok(()),
        }
    }

    /// Moves what was pulled to where it waits for delivery.
    fn stage(&mut self, now: f64) {
        let channels = self.staging.channels();
        let skipped = self.unstamped.count(&self.stamps, self.connection.info().rate_hz);
        let offsets = &self.connection.offsets;
        self.timeline.set_offset(offsets.is_known().then(|| offsets.to_local(now)));
        for stamp in self.stamps.iter().skip(skipped) {
            if self.after_loss {
                self.after_loss = false;
                self.timeline.observe_after_loss(*stamp, now, &mut self.breaks);
            } else {
                self.timeline.observe(*stamp, now, &mut self.breaks);
            }
        }
        self.staging
            .extend(self.values.get(skipped * channels..).unwrap_or(&[]), self.stamps.get(skipped..).unwrap_or(&[]));
        self.counters.samples += (self.stamps.len() - skipped) as u64;
        self.last_raw_stamp = self.stamps.last().copied().or(self.last_raw_stamp);
        self.values.clear();
        self.stamps.clear();
    }

    fn note_breaks(&mut self, now: f64) {
        for found in self.breaks.drain(..) {
            let gap = match found {
                Break::Missing(gap) => gap,
                Break::ClockJump { gap, jump_secs } => {
                    self.timeline.fix_offset(self.connection.offsets.at(now));
                    self.connection.offsets.follow_jump(jump_secs);
                    for marker in &mut self.pending {
                        marker.time_secs += jump_secs;
                    }
                    gap
                }
            };
            self.counters.gaps += 1;
            self.counters.missing_samples += gap.missing_samples;
            self.staging.queue(gap.index, Poll::Gap(gap));
        }
    }

    fn receive_markers(&mut self, now: f64) -> Option<String> {
        let mut refusal = None;
        for feed in &mut self.feeds {
            if let Turn::Refused(reason) = feed.poll(now, &self.connection, &mut self.timed) {
                refusal = Some(reason);
            }
        }
        if let Some(sent) = &mut self.sent {
            sent.poll(now, &self.connection.offsets, &mut self.timed);
        }
        for marker in self.timed.drain(..) {
            if self.pending.len() < MOST_PENDING_MARKERS {
                let at = self.pending.partition_point(|p| p.time_secs <= marker.time_secs);
                self.pending.insert(at, marker);
            } else {
                self.counters.oversized_markers += 1;
            }
        }
        self.place_markers(now);
        refusal
    }

    /// Queues the markers whose samples have come, and drops those that no sample will ever fit.
    fn place_markers(&mut self, now: f64) {
        let released = self.timeline.released();
        if self.pending.is_empty() || released == 0 {
            return;
        }
        let offset = self.connection.offsets.at(now);
        let reach = (self.connection.info().rate_hz * self.options.buffer_secs) as u64;
        let (timeline, staging, counters) = (&self.timeline, &mut self.staging, &mut self.counters);
        self.pending.retain_mut(|marker| match timeline.index_of_local_time(marker.time_secs + offset, offset) {
            Some(index) if index >= released => {
                let too_far = index - released > reach;
                counters.early_markers += u64::from(too_far);
                !too_far
            }
            Some(index) if released - index <= reach.saturating_add(MOST_PULLED as u64) => {
                counters.markers += 1;
                let text = std::mem::take(&mut marker.text);
                staging.queue(index, Poll::Marker(Marker { index, time_secs: marker.time_secs, text }));
                false
            }
            _ => {
                counters.late_markers += 1;
                false
            }
        });
    }

    fn report_states(&mut self, now: f64) {
        let connections = std::iter::once(&self.connection).chain(self.feeds.iter().map(|f| f.connection()));
        for (connection, reported) in connections.zip(&mut self.reported) {
            if connection.state() != reported {
                reported.clone_from(connection.state());
                let stream = clean_text(&connection.info().name, 60);
                tracing::info!(stream, state = ?connection.state(), "LSL stream");
                if self.changes.len() == MOST_STATE_CHANGES {
                    self.changes.pop_front();
                }
                self.changes.push_back(StateChange { at_secs: now, stream, state: reported.clone() });
            }
        }
    }
}

impl Source for LslSource {
    fn info(&self) -> &StreamInfo {
        self.connection.info()
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        if !self.is_live {
            self.go_live();
        }
        if let Some(poll) = self.staging.deliver(self.timeline.released(), into) {
            return Ok(poll);
        }
        self.receive()?;
        if let Some(poll) = self.staging.deliver(self.timeline.released(), into) {
            return Ok(poll);
        }
        let is_over = !self.options.reconnect && *self.state() == StreamState::Lost;
        Ok(if is_over { Poll::End } else { Poll::Idle })
    }
}
