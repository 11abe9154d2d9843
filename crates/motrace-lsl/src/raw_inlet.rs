use crate::backend::{Found, Inlet, MeasuredOffset};
use crate::unstamped::Unstamped;
use crate::{LslError, StreamQuery, backend, connection, description, discovery};
use motrace_core::{SampleFormat, SampleValues, StreamInfo};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(3);
/// How much is buffered while nobody pulls, and how much memory that may take.
const BUFFER_SECS: f64 = 360.0;
const BUFFER_BYTES: f64 = 256.0 * 1024.0 * 1024.0;
/// What a value takes in the library's buffer.
const BYTES_PER_VALUE: f64 = 32.0;
/// As many of an irregular stream, which has no rate to reckon with.
const BUFFER_EVENTS: usize = 10_000;
/// Samples taken from the library at once.
const MOST_PULLED: usize = 4096;

/// One comparison of a stream's clock with this computer's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockMeasurement {
    /// When, by the stream's clock, in seconds.
    pub time_secs: f64,
    /// What has to be added to the stream's clock to get this computer's LSL clock, in seconds.
    pub offset_secs: f64,
}

/// One connection to one stream of any kind, read as it is: values in their own format, stamps as they were sent, the
/// description as it was written. For recording; nothing is fitted, joined or moved.
///
/// It ends with its stream. What comes in its place is another inlet; [`RawInlet::difference`] tells whether that
/// continues the same stream.
pub struct RawInlet {
    inner: Inlet,
    info: StreamInfo,
    format: SampleFormat,
    description: String,
    beginning: Unstamped,
    measured: Option<MeasuredOffset>,
}

impl RawInlet {
    /// Finds and opens a stream, within `wait`. A [`StreamInfo`] from [`discover`](crate::discover) can stand for the
    /// query; it pins that very outlet.
    ///
    /// # Errors
    /// Where the stream is not found, is ambiguous, is refused, or cannot be reached.
    pub fn open(query: impl Into<StreamQuery>, wait: Duration) -> Result<Self, LslError> {
        let (found, _) = discovery::find(&query.into(), wait)?;
        Self::connect(&found)
    }

    /// Checks everything that the stream says of itself, and connects.
    pub(crate) fn connect(found: &Found) -> Result<Self, LslError> {
        description::check(found, 1.0)?;
        let (info, description) = description::full_with_text(found, TIMEOUT)?;
        let inner = Inlet::open(found, buffer_samples(found), TIMEOUT)?;
        Ok(Self { inner, info, format: found.format, description, beginning: Unstamped::new(), measured: None })
    }

    /// What the stream says of itself.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// How its values are represented.
    #[must_use]
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// Its whole description, as XML, as its source wrote it: the header that a recording of it has. Characters that XML
    /// does not allow have become U+FFFD.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Takes what has come, up to some thousand samples, and says how many: the values interleaved
    /// `[samples × channels]`, the stamps in seconds by the stream's clock. What was in `values` and `stamps` before is
    /// gone. Never blocks.
    pub fn pull(&mut self, values: &mut SampleValues, stamps: &mut Vec<f64>) -> usize {
        if values.format() == self.format {
            values.clear();
        } else {
            *values = SampleValues::new(self.format);
        }
        stamps.clear();
        self.inner.pull_values(values, stamps, MOST_PULLED);
        if !self.info.is_irregular() {
            let skipped = self.beginning.count(stamps, self.info.rate_hz);
            values.discard(skipped * self.info.channels.len());
            stamps.drain(..skipped);
        }
        stamps.len()
    }

    /// A comparison of the clocks that has not been handed out yet. There is a new one every few seconds.
    pub fn new_clock_measurement(&mut self) -> Option<ClockMeasurement> {
        let measured = self.inner.offset().filter(|m| m.offset_secs.is_finite() && Some(*m) != self.measured)?;
        self.measured = Some(measured);
        let offset_secs = measured.offset_secs;
        Some(ClockMeasurement { time_secs: backend::clock() - offset_secs, offset_secs })
    }

    /// Whether the stream is over and everything of it has been pulled.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// Samples lost because nobody pulled in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inner.dropped()
    }

    /// The first way in which this connection is not to the stream that is described: format, channel count, rate,
    /// type, labels, units. `None` where it continues that stream.
    #[must_use]
    pub fn difference(&self, was: &StreamInfo, format: SampleFormat) -> Option<String> {
        if self.format != format {
            return Some(format!("{} samples instead of {}", self.format.name(), format.name()));
        }
        connection::difference(was, &self.info)
    }
}

fn buffer_samples(found: &Found) -> usize {
    if found.rate_hz <= 0.0 {
        return BUFFER_EVENTS;
    }
    let most = BUFFER_BYTES / (found.channel_count as f64 * BYTES_PER_VALUE);
    (found.rate_hz * BUFFER_SECS).min(most).max(1000.0) as usize
}
