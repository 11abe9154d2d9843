//! Markers from within the program, which take their place among those of marker streams.

use crate::description::MAX_TEXT_BYTES;
use crate::markers::TimedMarker;
use crate::offsets::OffsetTrack;
use crate::text_feed::PATIENCE_SECS;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Markers that wait for the next poll at most, and for the first measurement of the source's clock.
const MOST_WAITING: usize = 1024;

/// Gives markers to an [`LslSource`](crate::LslSource) from any thread of this program.
///
/// A marker takes its place in the stream exactly as one does that comes from a marker stream of this computer with
/// the same stamp. It needs no network, cannot be lost on one, and is there at the source's next poll.
#[derive(Debug, Clone)]
pub struct MarkerSender {
    sender: SyncSender<SentMarker>,
}

impl MarkerSender {
    /// Gives a marker that happened, or is going to happen, at `local_secs` on this computer's LSL clock
    /// ([`clock`](crate::clock)). Never blocks. `false` where the marker is dropped: when the source is gone, when it
    /// has not been polled for 1024 markers, when the text is longer than 64 KiB, or when the time is no number.
    #[must_use]
    pub fn send(&self, text: String, local_secs: f64) -> bool {
        local_secs.is_finite()
            && text.len() <= MAX_TEXT_BYTES
            && self.sender.try_send(SentMarker { local_secs, text }).is_ok()
    }
}

#[derive(Debug)]
struct SentMarker {
    local_secs: f64,
    text: String,
}

/// The end of it that the source holds.
pub(crate) struct SentMarkers {
    sender: SyncSender<SentMarker>,
    receiver: Receiver<SentMarker>,
    /// Each with the time it came.
    waiting: Vec<(f64, SentMarker)>,
    pub(crate) unsynchronised: u64,
}

impl SentMarkers {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        Self { sender, receiver, waiting: Vec::with_capacity(MOST_WAITING), unsynchronised: 0 }
    }

    pub(crate) fn sender(&self) -> MarkerSender {
        MarkerSender { sender: self.sender.clone() }
    }

    /// Hands on what was sent, timed by the clock of the stream that the markers belong to.
    pub(crate) fn poll(&mut self, now: f64, offsets: &OffsetTrack, out: &mut Vec<TimedMarker>) {
        let room = MOST_WAITING - self.waiting.len();
        self.waiting.extend(self.receiver.try_iter().take(room).map(|marker| (now, marker)));
        let ready = offsets.is_known();
        // A source on this computer's clock: nothing is added, and no measurement noise either.
        let to_regular = -offsets.to_local(now);
        for (_, marker) in self.waiting.extract_if(.., |(arrival, _)| ready || now - *arrival > PATIENCE_SECS) {
            self.unsynchronised += u64::from(!ready);
            out.push(TimedMarker { time_secs: marker.local_secs + to_regular, text: marker.text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::MeasuredOffset;

    fn times(sent: &mut SentMarkers, now: f64, offsets: &OffsetTrack) -> Vec<f64> {
        let mut out = Vec::new();
        sent.poll(now, offsets, &mut out);
        out.into_iter().map(|marker| marker.time_secs).collect()
    }

    #[test]
    fn markers_wait_for_the_clock_of_the_source_and_follow_it() {
        let mut sent = SentMarkers::new();
        let sender = sent.sender();
        let mut offsets = OffsetTrack::default();
        assert!(sender.send("first".into(), 1000.0));
        assert_eq!(times(&mut sent, 1000.0, &offsets), [0.0; 0]);
        // The source's clock is 3600 s behind.
        offsets.observe(MeasuredOffset { offset_secs: 3600.0, round_trip_secs: 1e-4 }, 1000.5);
        assert_eq!(times(&mut sent, 1000.6, &offsets), [1000.0 - 3600.0]);
        assert!(sender.send("second".into(), 1001.0));
        assert_eq!(times(&mut sent, 1001.0, &offsets), [1001.0 - 3600.0]);
        assert_eq!(sent.unsynchronised, 0);
    }

    #[test]
    fn a_clock_that_is_never_measured_holds_nothing_up_for_long() {
        let mut sent = SentMarkers::new();
        let offsets = OffsetTrack::default();
        assert!(sent.sender().send("blocked".into(), 10.0));
        assert_eq!(times(&mut sent, 10.0, &offsets), [0.0; 0]);
        assert_eq!(times(&mut sent, 10.1 + PATIENCE_SECS, &offsets), [10.0]);
        assert_eq!(sent.unsynchronised, 1);
    }

    #[test]
    fn measurement_noise_of_one_clock_is_not_added() {
        let mut sent = SentMarkers::new();
        let mut offsets = OffsetTrack::default();
        offsets.observe(MeasuredOffset { offset_secs: 1.7e-4, round_trip_secs: 2e-4 }, 5.0);
        assert!(sent.sender().send("here".into(), 5.0));
        assert_eq!(times(&mut sent, 5.0, &offsets), [5.0]);
    }

    #[test]
    fn more_than_fit_are_refused() {
        let mut sent = SentMarkers::new();
        let sender = sent.sender();
        let accepted = (0..3 * MOST_WAITING).filter(|_| sender.send("x".into(), 1.0)).count();
        assert_eq!(accepted, MOST_WAITING);
        assert_eq!(times(&mut sent, 1.0, &OffsetTrack::default()).len(), 0);
        assert!(sender.send("room again".into(), 1.0));
    }
}
