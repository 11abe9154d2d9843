//! One marker stream, with its own connection and its own clock.

use crate::LslError;
use crate::backend::Found;
use crate::connection::{Connection, Turn};
use crate::text_feed::{PATIENCE_SECS, TextFeed};
use motrace_core::StreamInfo;

/// A marker whose time is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimedMarker {
    /// By the clock of the stream that the markers belong to.
    pub(crate) time_secs: f64,
    pub(crate) text: String,
}

pub(crate) struct MarkerFeed {
    texts: TextFeed,
    pub(crate) unsynchronised: u64,
}

impl MarkerFeed {
    pub(crate) fn open(found: &Found, info: StreamInfo, reconnect: bool) -> Result<Self, LslError> {
        Ok(Self { texts: TextFeed::open(found, info, reconnect)?, unsynchronised: 0 })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.texts.connection
    }

    pub(crate) fn oversized(&self) -> u64 {
        self.texts.oversized
    }

    /// Throws away what was sent before the session.
    pub(crate) fn flush(&mut self) {
        self.texts.flush();
    }

    /// Takes in what has arrived and hands on what can be timed by the clock of `regular`, the stream that the
    /// markers belong to. Never blocks.
    pub(crate) fn poll(&mut self, now: f64, regular: &Connection, out: &mut Vec<TimedMarker>) -> Turn {
        let turn = self.texts.receive(now);
        let ours = &self.texts.connection;
        let known = ours.offsets.is_known();
        let ready = known && regular.offsets.is_known();
        let to_regular = -regular.offsets.at(now);
        // What to add to a marker's stamp. Streams of one computer whose offsets agree as well as they can be
        // measured share its clock: nothing is added, and no measurement noise either.
        let between = if ready && share_clock(ours, regular) { 0.0 } else { ours.offsets.at(now) + to_regular };
        for marker in self.texts.waiting.extract_if(.., |m| ready || now - m.arrival > PATIENCE_SECS) {
            let time_secs = marker.usable_stamp(known).map_or(marker.arrival + to_regular, |stamp| stamp + between);
            self.unsynchronised += u64::from(!ready);
            out.push(TimedMarker { time_secs, text: marker.text });
        }
        turn
    }
}

fn share_clock(one: &Connection, other: &Connection) -> bool {
    let host = &one.info().host;
    !host.is_empty() && *host == other.info().host && one.offsets.is_clock_of(&other.offsets)
}
