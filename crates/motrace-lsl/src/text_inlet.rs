use crate::connection::Turn;
use crate::description::check;
use crate::offsets::OffsetTrack;
use crate::text_feed::{PATIENCE_SECS, TextFeed};
use crate::{LslError, StreamQuery, StreamState, backend, discovery};
use motrace_core::StreamInfo;
use std::time::Duration;

const SHORTEST_BUFFER_SECS: f64 = 1.0;

/// A text of a stream, and when it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedText {
    /// The text as it was sent; it is from outside, and has to be cleaned before it is displayed.
    pub text: String,
    /// The stamp on this computer's LSL clock, in seconds. Where the sender shares that clock, it is the stamp itself.
    /// A text without a usable stamp has the time it came.
    pub local_secs: f64,
    /// The stamp as it was sent, by the sender's clock.
    pub stamp_secs: f64,
    /// Whether `local_secs` follows from the stamp and a measurement of the sender's clock.
    pub is_synchronised: bool,
}

/// One irregular stream of texts, read as it happens: messages or markers.
///
/// A stream that goes away is looked for in the background, and checked again from top to bottom when it is back.
/// Texts longer than 64 KiB are dropped and counted.
pub struct TextInlet {
    feed: TextFeed,
    /// Texts wait for the first measurement of the clock until then.
    patient_until: f64,
}

impl TextInlet {
    /// Finds and opens a stream of texts, within `wait`. A [`StreamInfo`] from [`discover`](crate::discover) can stand
    /// for the query; it pins that very outlet.
    ///
    /// # Errors
    /// Where the stream is not found, is ambiguous, is refused (one of numbers, or of a regular rate, too), or
    /// cannot be reached.
    pub fn open(query: impl Into<StreamQuery>, wait: Duration) -> Result<Self, LslError> {
        let (found, info) = discovery::find(&query.into(), wait)?;
        check(&found, SHORTEST_BUFFER_SECS)?;
        if !info.is_text || !info.is_irregular() {
            let reason = "irregular texts are needed; it is a stream of numbers, or has a rate".to_owned();
            return Err(LslError::Refused { stream: found.describe(), reason });
        }
        let feed = TextFeed::open(&found, info, true)?;
        Ok(Self { feed, patient_until: backend::clock() + PATIENCE_SECS })
    }

    /// Appends the texts that have come since, oldest first, and says what the stream is doing. Never blocks.
    ///
    /// The first texts wait for the first measurement of the sender's clock, for 3 s at most.
    pub fn poll(&mut self, out: &mut Vec<TimedText>) -> &StreamState {
        let now = backend::clock();
        if self.feed.receive(now) == Turn::Resumed {
            // Its computer may have been restarted, and its clock with it.
            self.feed.connection.offsets = OffsetTrack::default();
            self.patient_until = now + PATIENCE_SECS;
        }
        let offsets = &self.feed.connection.offsets;
        let known = offsets.is_known();
        if known || now > self.patient_until {
            let to_local = offsets.to_local(now);
            out.extend(self.feed.waiting.drain(..).map(|arrived| {
                let stamp = arrived.usable_stamp(known);
                TimedText {
                    local_secs: stamp.map_or(arrived.arrival, |stamp| stamp + to_local),
                    stamp_secs: arrived.stamp,
                    is_synchronised: known && stamp.is_some(),
                    text: arrived.text,
                }
            }));
        }
        self.feed.connection.state()
    }

    /// The stream, as it is connected now.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        self.feed.connection.info()
    }

    /// What the stream is doing, as of the last poll.
    #[must_use]
    pub fn state(&self) -> &StreamState {
        self.feed.connection.state()
    }

    /// A time by the sender's clock, such as one that a text speaks of, on this computer's LSL clock. The same time
    /// where the sender shares that clock; `None` until the sender's clock has been measured.
    #[must_use]
    pub fn local_time(&self, sender_secs: f64) -> Option<f64> {
        let offsets = &self.feed.connection.offsets;
        offsets.is_known().then(|| sender_secs + offsets.to_local(backend::clock()))
    }

    /// How far times on this computer's clock can be off, in seconds: half the shortest recent round trip. `None`
    /// until the sender's clock has been measured.
    #[must_use]
    pub fn clock_error_secs(&self) -> Option<f64> {
        self.feed.connection.offsets.error_secs()
    }

    /// Texts that were dropped: longer than 64 KiB, too many at once, or not polled in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.feed.oversized + self.feed.connection.dropped()
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::MeasuredOffset;
    use crate::offsets::OffsetTrack;

    #[test]
    fn times_of_another_clock_are_moved_and_those_of_this_one_are_not() {
        let mut offsets = OffsetTrack::default();
        offsets.observe(MeasuredOffset { offset_secs: -1e-4, round_trip_secs: 1e-4 }, 5.0);
        assert_eq!(offsets.to_local(5.0), 0.0);
        offsets.observe(MeasuredOffset { offset_secs: -86_400.5, round_trip_secs: 1e-4 }, 7.0);
        assert_eq!(offsets.to_local(7.0), -86_400.5);
    }
}
