//! One marker stream, with its own connection and its own clock.

use crate::LslError;
use crate::backend::Found;
use crate::connection::{Connection, Turn};
use crate::description::MAX_TEXT_BYTES;
use motrace_core::StreamInfo;

/// Samples of an irregular stream that the library buffers for us.
const BUFFERED: usize = 4096;
/// More markers than this are not kept waiting for a clock.
const MOST_WAITING: usize = 4096;
/// How long a marker waits for the first measurement of its clock.
const PATIENCE_SECS: f64 = 3.0;

/// A marker whose time on the local LSL clock is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimedMarker {
    pub(crate) local_secs: f64,
    pub(crate) text: String,
}

struct Arrived {
    stamp: f64,
    arrival: f64,
    text: String,
}

pub(crate) struct MarkerFeed {
    pub(crate) connection: Connection,
    pulled: Vec<(f64, String)>,
    waiting: Vec<Arrived>,
    pub(crate) oversized: u64,
    pub(crate) unsynchronised: u64,
}

impl MarkerFeed {
    pub(crate) fn open(found: &Found, info: StreamInfo, reconnect: bool) -> Result<Self, LslError> {
        let connection = Connection::open(found, info, BUFFERED, None, reconnect)?;
        Ok(Self { connection, pulled: Vec::new(), waiting: Vec::new(), oversized: 0, unsynchronised: 0 })
    }

    /// Throws away what was sent before the session.
    pub(crate) fn flush(&mut self) {
        if let Some(inlet) = self.connection.inlet() {
            inlet.pull_texts(&mut self.pulled, BUFFERED);
        }
        self.pulled.clear();
    }

    /// Takes in what has arrived and hands on what can be timed; `eeg_synchronised` says whether the clock of the
    /// stream that the markers belong to is known. Never blocks.
    pub(crate) fn poll(&mut self, now: f64, eeg_synchronised: bool, out: &mut Vec<TimedMarker>) -> Turn {
        if let Some(inlet) = self.connection.inlet() {
            inlet.pull_texts(&mut self.pulled, BUFFERED);
        }
        if !self.pulled.is_empty() {
            self.connection.note_data(now);
        }
        for (stamp, text) in self.pulled.drain(..) {
            if text.len() > MAX_TEXT_BYTES || self.waiting.len() >= MOST_WAITING {
                self.oversized += 1;
            } else {
                // An unstamped marker happened when it came, as far as anybody knows.
                self.waiting.push(Arrived { stamp, arrival: now, text });
            }
        }
        let turn = self.connection.tend(now);
        let known = self.connection.offsets.is_known();
        let offset = self.connection.offsets.at(now);
        let ready = known && eeg_synchronised;
        for marker in self.waiting.extract_if(.., |m| ready || now - m.arrival > PATIENCE_SECS) {
            let stamped = marker.stamp.is_finite() && marker.stamp != 0.0;
            // Without a common clock, a stamp that is near the local time is taken for one.
            let plausible = known || (marker.stamp - marker.arrival).abs() < 60.0;
            let local_secs = if stamped && plausible { marker.stamp + offset } else { marker.arrival };
            self.unsynchronised += u64::from(!ready);
            out.push(TimedMarker { local_secs, text: marker.text });
        }
        turn
    }
}
