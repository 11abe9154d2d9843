use crate::timeline::Timeline;
use crate::{EventDetail, Resolution, Samples};
use motrace_core::{Channel, Gap, Role, StreamInfo};

/// One measurement of how far a stream's clock is from the recorder's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockOffset {
    /// When it was measured, in the stream's clock.
    pub time_secs: f64,
    /// What has to be added to the stream's clock to get the recorder's.
    pub offset_secs: f64,
}

/// One stream of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedStream {
    /// What the file says about it.
    pub info: StreamInfo,
    /// Its number in the file.
    pub id: u32,
    /// Its samples, interleaved `[samples × channels]`, in the unit of each channel.
    pub samples: Samples,
    /// The time of each sample in the recording's clock, in seconds. In regular streams delivery jitter
    /// is taken out between gaps, so that these rise evenly from gap to gap.
    pub stamps_secs: Vec<f64>,
    /// The time of each sample in the recording's clock as it was stamped, jitter included; empty where
    /// that is no different (EDF).
    pub arrival_secs: Vec<f64>,
    /// How long each event lasts, for annotations; `NaN` where no duration is given, empty for other streams.
    pub durations_secs: Vec<f64>,
    /// Codes and names of events, one for each sample; empty where the format has none.
    pub event_details: Vec<EventDetail>,
    /// Where each channel's electrode is: to the right, to the front, up, from the centre of the head, in units of the
    /// file (BrainVision: radii of the head where they are 1, else millimetres). Empty where no position is given.
    pub positions: Vec<Option<[f64; 3]>>,
    /// How the file stores each channel, where it stores whole numbers that are scaled; empty where it stores none.
    pub resolutions: Vec<Option<Resolution>>,
    /// Where samples are missing.
    pub gaps: Vec<Gap>,
    /// Samples per second from the first to the last, gaps included, in hertz; 0 for irregular streams.
    pub effective_rate_hz: f64,
    /// The measured rate between gaps, which is the device's own, in hertz; 0 for irregular streams.
    pub rate_between_gaps_hz: f64,
    /// The clock offsets found in the file.
    pub clock_offsets: Vec<ClockOffset>,
}

impl RecordedStream {
    /// How many samples it has.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.stamps_secs.len()
    }

    /// The time of a sample in the recording's clock; extrapolated at the measured rate beyond the last one.
    #[must_use]
    pub fn time_of_index(&self, index: u64) -> f64 {
        let period = if self.rate_between_gaps_hz > 0.0 { 1.0 / self.rate_between_gaps_hz } else { 0.0 };
        match (usize::try_from(index).ok().and_then(|i| self.stamps_secs.get(i)), self.stamps_secs.last()) {
            (Some(time), _) => *time,
            (None, Some(last)) => last + (index - self.stamps_secs.len() as u64 + 1) as f64 * period,
            (None, None) => index as f64 * period,
        }
    }

    /// The first sample that is not before `time_secs`; the number of samples if all are.
    #[must_use]
    pub fn index_of_time(&self, time_secs: f64) -> u64 {
        self.index_of_time_if(time_secs, self.stamps_secs.is_sorted())
    }

    /// As [`index_of_time`](Self::index_of_time), for callers that know whether stamps never go back (they do
    /// where a clock was reset and the recorder did not measure it).
    pub(crate) fn index_of_time_if(&self, time_secs: f64, is_sorted: bool) -> u64 {
        let index = if is_sorted {
            self.stamps_secs.partition_point(|t| *t < time_secs)
        } else {
            self.stamps_secs.iter().position(|t| *t >= time_secs).unwrap_or(self.stamps_secs.len())
        };
        index as u64
    }

    /// The time between the first and the last sample, in seconds.
    #[must_use]
    pub fn duration_secs(&self) -> f64 {
        match (self.stamps_secs.first(), self.stamps_secs.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        }
    }
}

/// A stretch of samples without interruption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    /// Its first sample.
    pub(crate) first: usize,
    /// The time of that sample.
    pub(crate) start_secs: f64,
}

/// One event, as a reader found it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileEvent {
    pub(crate) time_secs: f64,
    pub(crate) duration_secs: Option<f64>,
    pub(crate) text: String,
    pub(crate) detail: EventDetail,
}

impl RecordedStream {
    /// A stream that was sampled at `info.rate_hz` within each stretch; between stretches time is missing, or an
    /// unknown one where the next begins no later than it would without a break. `stretches` begin at sample 0.
    ///
    /// Gives it without its samples and stamps, and when those are.
    pub(crate) fn sampled(id: u32, info: StreamInfo, stretches: &[Stretch], count: usize) -> (Self, Timeline) {
        let rate_hz = info.rate_hz;
        let (timeline, gaps) = Timeline::sampled(stretches, rate_hz, count);
        let effective_rate_hz = timeline.effective_rate_hz(rate_hz);
        (Self { id, gaps, rate_between_gaps_hz: rate_hz, effective_rate_hz, ..Self::empty(info) }, timeline)
    }

    /// A stream of events.
    pub(crate) fn of_events(id: u32, name: String, events: Vec<FileEvent>) -> Self {
        let info = StreamInfo {
            name,
            kind: "Markers".into(),
            channels: vec![Channel { role: Role::Trigger, ..Channel::default() }],
            is_text: true,
            ..StreamInfo::default()
        };
        let mut stream = Self { id, ..Self::empty(info) };
        let mut texts = Vec::with_capacity(events.len());
        for event in events {
            stream.stamps_secs.push(event.time_secs);
            stream.durations_secs.push(event.duration_secs.unwrap_or(f64::NAN));
            stream.event_details.push(event.detail);
            texts.push(event.text);
        }
        if stream.event_details.iter().all(|d| *d == EventDetail::default()) {
            stream.event_details = Vec::new();
        }
        stream.samples = Samples::Text(texts);
        stream
    }

    /// A stream without samples.
    pub(crate) fn empty(info: StreamInfo) -> Self {
        Self {
            info,
            id: 0,
            samples: Samples::Text(Vec::new()),
            stamps_secs: Vec::new(),
            arrival_secs: Vec::new(),
            durations_secs: Vec::new(),
            event_details: Vec::new(),
            positions: Vec::new(),
            resolutions: Vec::new(),
            gaps: Vec::new(),
            effective_rate_hz: 0.0,
            rate_between_gaps_hz: 0.0,
            clock_offsets: Vec::new(),
        }
    }

    /// The text of a value of a stream of markers; `None` for empty ones.
    pub(crate) fn marker_text(&self, at: usize) -> Option<String> {
        match self.samples.text().get(at) {
            Some(text) if text.is_empty() => None,
            Some(text) => Some(text.clone()),
            None => self.samples.value(at).map(|v| v.to_string()),
        }
    }
}
