//! One stream, over any number of connections: opened, lost, looked for, checked again, taken up again.

mod successor;

use crate::backend::{Found, Inlet};
use crate::offsets::OffsetTrack;
use crate::{LslError, StreamState, backend};
use motrace_core::StreamInfo;
use std::time::Duration;
use successor::{Finding, Search};

const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// A source that is silent for so long may have been restarted without saying goodbye.
const SILENT_SECS: f64 = 5.0;
/// How long after a reconnection it is still called one.
const RECONNECTED_SECS: f64 = 2.0;

/// What changed while looking after the connection.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn {
    Nothing,
    /// A new connection stands; the next sample is the first of it.
    Resumed,
    /// Something answers in the stream's place that must not be used.
    Refused(String),
}

pub(crate) struct Connection {
    info: StreamInfo,
    buffer_samples: usize,
    inlet: Option<Inlet>,
    search: Option<Search>,
    pub(crate) offsets: OffsetTrack,
    state: StreamState,
    stall_after_secs: Option<f64>,
    /// Whether a stream that went away is looked for.
    reconnect: bool,
    last_data: f64,
    resumed_at: f64,
    /// Samples that earlier connections dropped.
    dropped_before: u64,
    pub(crate) stalls: u64,
    pub(crate) reconnections: u64,
}

impl Connection {
    /// Connects to a stream. Where `stall_after_secs` is given, silence for so long is a stall.
    pub(crate) fn open(
        found: &Found,
        info: StreamInfo,
        buffer_samples: usize,
        stall_after_secs: Option<f64>,
        reconnect: bool,
    ) -> Result<Self, LslError> {
        let inlet = Inlet::open(found, buffer_samples, OPEN_TIMEOUT)?;
        Ok(Self {
            info,
            buffer_samples,
            inlet: Some(inlet),
            search: None,
            offsets: OffsetTrack::default(),
            state: StreamState::Live,
            stall_after_secs,
            reconnect,
            last_data: backend::clock(),
            resumed_at: f64::NEG_INFINITY,
            dropped_before: 0,
            stalls: 0,
            reconnections: 0,
        })
    }

    pub(crate) fn info(&self) -> &StreamInfo {
        &self.info
    }

    pub(crate) fn state(&self) -> &StreamState {
        &self.state
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped_before + self.inlet.as_ref().map_or(0, Inlet::dropped)
    }

    pub(crate) fn inlet(&mut self) -> Option<&mut Inlet> {
        self.inlet.as_mut()
    }

    /// Data has just arrived.
    pub(crate) fn note_data(&mut self, now: f64) {
        self.last_data = now;
        self.search = self.search.take().filter(|_| self.inlet.is_none());
        let fresh = now - self.resumed_at < RECONNECTED_SECS;
        let state = if fresh { StreamState::Reconnected } else { StreamState::Live };
        if self.state != state {
            self.state = state;
        }
    }

    /// Looks after clock, watchdog, loss and return. Never blocks.
    pub(crate) fn tend(&mut self, now: f64) -> Turn {
        if let Some(inlet) = &self.inlet {
            if let Some(measured) = inlet.offset() {
                self.offsets.observe(measured, now);
            }
            if inlet.is_finished() {
                self.dropped_before += inlet.dropped();
                self.inlet = None;
                self.state = StreamState::Lost;
                self.search = self.reconnect.then(|| Search::start(self.info.clone(), false, self.buffer_samples));
                return Turn::Nothing;
            }
        }
        self.watch(now);
        match self.search.as_ref().and_then(Search::result) {
            Some(Finding::Back(inlet, info)) => {
                if let Some(old) = &self.inlet {
                    self.dropped_before += old.dropped();
                }
                self.info = info;
                self.inlet = Some(*inlet);
                self.search = None;
                self.reconnections += 1;
                self.resumed_at = now;
                self.last_data = now;
                self.state = StreamState::Reconnected;
                Turn::Resumed
            }
            Some(Finding::Refused(reason)) => {
                self.state = StreamState::Refused(reason.clone());
                Turn::Refused(reason)
            }
            None => Turn::Nothing,
        }
    }

    fn watch(&mut self, now: f64) {
        let Some(stall_after) = self.stall_after_secs else { return };
        let silent = now - self.last_data;
        if self.inlet.is_none() || silent < stall_after {
            return;
        }
        if matches!(self.state, StreamState::Live | StreamState::Reconnected) {
            self.state = StreamState::Stalled { since: self.last_data };
            self.stalls += 1;
        }
        if silent > SILENT_SECS && self.reconnect && self.search.is_none() {
            self.search = Some(Search::start(self.info.clone(), true, self.buffer_samples));
        }
    }
}

/// The first way in which a stream differs from what it is to be; `None` where it does not.
pub(crate) fn difference(expected: &StreamInfo, is: &StreamInfo) -> Option<String> {
    successor::difference(expected, is, true)
}
