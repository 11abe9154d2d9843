use crate::Recording;
use crate::select::is_markers;

/// What is known of an event beyond its time and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventDetail {
    /// Its number, in formats that number events: the event code of GDF, the trigger of BDF, the value that a state of
    /// BCI2000 takes, the number in a BrainVision marker such as `S  7`.
    pub code: Option<i64>,
    /// What it is called, where that is not its text: the meaning of a GDF code, the type of a BrainVision marker, the
    /// state of BCI2000.
    pub name: String,
    /// The channel it concerns, counted from 0; `None` where it concerns all.
    pub channel: Option<usize>,
}

/// One marker or annotation of a recording, with all that its file says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// When it is, in the recording's clock, in seconds.
    pub time_secs: f64,
    /// How long it lasts, in seconds, where that is given.
    pub duration_secs: Option<f64>,
    /// What it says; classes are found by this.
    pub text: String,
    /// Its code, name and channel.
    pub detail: EventDetail,
}

impl Recording {
    /// All markers and annotations in the order of their times, with codes, names and durations where the file has
    /// them. What a live session wrote of itself is not among them.
    #[must_use]
    pub fn events(&self) -> Vec<RecordedEvent> {
        let mut events = Vec::new();
        for stream in self.streams.iter().filter(|s| is_markers(s)) {
            let channels = stream.info.channels.len().max(1);
            for i in 0..stream.samples.len() {
                let (Some(text), Some(time_secs)) = (stream.marker_text(i), stream.stamps_secs.get(i / channels))
                else {
                    continue;
                };
                events.push(RecordedEvent {
                    time_secs: *time_secs,
                    duration_secs: stream.durations_secs.get(i).copied().filter(|d| d.is_finite()),
                    text,
                    detail: stream.event_details.get(i).cloned().unwrap_or_default(),
                });
            }
        }
        events.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
        events
    }
}
