//! One irregular stream of texts: its connection, and what has arrived and waits to be timed.

use crate::LslError;
use crate::backend::Found;
use crate::connection::{Connection, Turn};
use crate::description::MAX_TEXT_BYTES;
use motrace_core::StreamInfo;

/// Samples of an irregular stream that the library buffers for us.
const BUFFERED: usize = 4096;
/// More texts than this are not kept waiting for a clock.
const MOST_WAITING: usize = 4096;
/// How long a text waits for the first measurement of its clock.
pub(crate) const PATIENCE_SECS: f64 = 3.0;
/// Without a common clock, a stamp that is this near to the local time is taken for one.
const PLAUSIBLE_SECS: f64 = 60.0;

/// A text as it came.
pub(crate) struct Arrived {
    /// By the sender's clock.
    pub(crate) stamp: f64,
    /// By this computer's.
    pub(crate) arrival: f64,
    pub(crate) text: String,
}

impl Arrived {
    /// The stamp, where it can be used: a text that is not stamped happened when it came, as far as anybody knows, and
    /// so did one whose clock is neither known nor likely to be this computer's.
    pub(crate) fn usable_stamp(&self, clock_is_known: bool) -> Option<f64> {
        let stamped = self.stamp.is_finite() && self.stamp != 0.0;
        let plausible = clock_is_known || (self.stamp - self.arrival).abs() < PLAUSIBLE_SECS;
        (stamped && plausible).then_some(self.stamp)
    }
}

pub(crate) struct TextFeed {
    pub(crate) connection: Connection,
    pulled: Vec<(f64, String)>,
    pub(crate) waiting: Vec<Arrived>,
    /// Texts dropped because they were longer than 64 KiB, or too many waited.
    pub(crate) oversized: u64,
}

impl TextFeed {
    pub(crate) fn open(found: &Found, info: StreamInfo, reconnect: bool) -> Result<Self, LslError> {
        let connection = Connection::open(found, info, BUFFERED, None, reconnect)?;
        Ok(Self { connection, pulled: Vec::new(), waiting: Vec::new(), oversized: 0 })
    }

    /// Throws away what has come so far.
    pub(crate) fn flush(&mut self) {
        if let Some(inlet) = self.connection.inlet() {
            inlet.pull_texts(&mut self.pulled, BUFFERED);
        }
        self.pulled.clear();
    }

    /// Takes in what has arrived and looks after the connection. Never blocks.
    pub(crate) fn receive(&mut self, now: f64) -> Turn {
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
        self.connection.tend(now)
    }
}
