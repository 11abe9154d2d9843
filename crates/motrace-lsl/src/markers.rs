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

/// Two measured offsets of one clock differ by no more than this, however long the way.
const SAME_CLOCK_SECS: f64 = 0.005;

/// A marker whose time is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimedMarker {
    /// By the clock of the stream that the markers belong to.
    pub(crate) time_secs: f64,
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

    /// Takes in what has arrived and hands on what can be timed by the clock of `regular`, the stream that the
    /// markers belong to. Never blocks.
    pub(crate) fn poll(&mut self, now: f64, regular: &Connection, out: &mut Vec<TimedMarker>) -> Turn {
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
                self.waiting.push(Arrived { stamp, arrival: now, text });
            }
        }
        let turn = self.connection.tend(now);
        let known = self.connection.offsets.is_known();
        let ready = known && regular.offsets.is_known();
        let to_regular = -regular.offsets.at(now);
        // What to add to a marker's stamp. Streams of one computer whose offsets agree as well as they can be
        // measured share its clock: nothing is added, and no measurement noise either.
        let between =
            if ready && self.shares_clock(regular, now) { 0.0 } else { self.connection.offsets.at(now) + to_regular };
        for marker in self.waiting.extract_if(.., |m| ready || now - m.arrival > PATIENCE_SECS) {
            let stamped = marker.stamp.is_finite() && marker.stamp != 0.0;
            // Without a common clock, a stamp that is near the local time is taken for one. An unstamped marker
            // happened when it came, as far as anybody knows.
            let plausible = known || (marker.stamp - marker.arrival).abs() < 60.0;
            let time_secs = if stamped && plausible { marker.stamp + between } else { marker.arrival + to_regular };
            self.unsynchronised += u64::from(!ready);
            out.push(TimedMarker { time_secs, text: marker.text });
        }
        turn
    }

    fn shares_clock(&self, regular: &Connection, now: f64) -> bool {
        let (ours, theirs) = (&self.connection.offsets, &regular.offsets);
        let error = ours.error_secs().unwrap_or(0.0) + theirs.error_secs().unwrap_or(0.0) + 200e-6;
        let host = &self.connection.info().host;
        !host.is_empty()
            && *host == regular.info().host
            && (ours.at(now) - theirs.at(now)).abs() <= error.min(SAME_CLOCK_SECS)
    }
}
