use crate::{RecordedStream, Recording, SESSION_EVENTS, SelectError, SessionEvent};
use motrace_core::{Gap, Marker, clean_text};

/// Which stream of a recording is meant; what is left open is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamQuery {
    /// Its name, exactly.
    pub name: Option<String>,
    /// Its content type, whatever the case.
    pub kind: Option<String>,
}

impl StreamQuery {
    fn fits(&self, stream: &RecordedStream) -> bool {
        self.name.as_ref().is_none_or(|n| *n == stream.info.name)
            && self.kind.as_ref().is_none_or(|k| k.eq_ignore_ascii_case(&stream.info.kind))
    }

    fn describe(&self) -> String {
        match (&self.name, &self.kind) {
            (None, None) => "is a regular signal".into(),
            (Some(name), None) => format!("is a regular signal named {name:?}"),
            (None, Some(kind)) => format!("is a regular signal of type {kind:?}"),
            (Some(name), Some(kind)) => format!("is a regular signal named {name:?} of type {kind:?}"),
        }
    }
}

impl Recording {
    /// The regular numeric stream that is to be decoded: the one that fits the query; among several, the
    /// one of type `EEG`. Streams without samples count only where there is no other.
    ///
    /// # Errors
    /// When none or more than one fits; the message lists what is there.
    pub fn signal(&self, query: &StreamQuery) -> Result<&RecordedStream, SelectError> {
        let fitting = |s: &&RecordedStream| !s.info.is_text && !s.info.is_irregular() && query.fits(s);
        let mut candidates: Vec<&RecordedStream> = self.streams.iter().filter(fitting).collect();
        if candidates.iter().any(|s| s.sample_count() > 0) {
            candidates.retain(|s| s.sample_count() > 0);
        }
        if candidates.len() > 1 {
            let eeg: Vec<_> = candidates.iter().copied().filter(|s| s.info.kind.eq_ignore_ascii_case("eeg")).collect();
            if !eeg.is_empty() {
                candidates = eeg;
            }
        }
        match candidates[..] {
            [one] => Ok(one),
            [] => {
                let available = list(&self.streams.iter().collect::<Vec<_>>());
                Err(SelectError::None { wanted: query.describe(), available })
            }
            _ => Err(SelectError::Ambiguous { wanted: query.describe(), candidates: list(&candidates) }),
        }
    }

    /// All markers and annotations, in the order of their times, with the sample of `signal` they fall on:
    /// the first one that is not before them. Markers from before the signal's first sample are left out.
    ///
    /// Text streams hold markers, and so do irregular numeric streams of a type such as `Markers`. Where a
    /// session recorded its own events, those count alone, with the indices that the session gave them.
    #[must_use]
    pub fn markers(&self, signal: &RecordedStream) -> Vec<Marker> {
        if let Some(marks) = self.session_marks(signal) {
            let mut markers: Vec<Marker> = marks.markers.into_iter().map(|(_, marker)| marker).collect();
            markers.sort_by_key(|m| m.index);
            return markers;
        }
        let Some(first) = signal.stamps_secs.first() else { return Vec::new() };
        let earliest = if signal.info.rate_hz > 0.0 { first - 1.0 / signal.info.rate_hz } else { *first };
        let is_sorted = signal.stamps_secs.is_sorted();
        let mut markers: Vec<Marker> = self
            .marker_texts()
            .filter(|(time, _)| *time > earliest)
            .map(|(time_secs, text)| Marker { index: signal.index_of_time_if(time_secs, is_sorted), time_secs, text })
            .collect();
        markers.sort_by(|a, b| a.index.cmp(&b.index).then(a.time_secs.total_cmp(&b.time_secs)));
        markers
    }

    /// Times and texts of all markers, stream by stream.
    pub(crate) fn marker_texts(&self) -> impl Iterator<Item = (f64, String)> {
        self.streams.iter().filter(|s| is_markers(s)).flat_map(|stream| {
            let channels = stream.info.channels.len().max(1);
            (0..stream.samples.len())
                .filter_map(move |i| Some((*stream.stamps_secs.get(i / channels)?, stream.marker_text(i)?)))
        })
    }

    /// What the session that made this recording wrote down, in its order; `None` if none did.
    #[must_use]
    pub fn session_events(&self) -> Option<Vec<SessionEvent>> {
        let events = self.streams.iter().find(|s| is_session_events(s) && s.sample_count() > 0)?;
        Some(events.samples.text().iter().filter_map(|line| SessionEvent::parse(line)).collect())
    }

    /// Markers and gaps as the session that made this recording wrote them, each with the number of samples that were
    /// there when it came; `None` if none did.
    pub(crate) fn session_marks(&self, signal: &RecordedStream) -> Option<SessionMarks> {
        let mut marks = SessionMarks::default();
        for event in self.session_events()? {
            match event {
                SessionEvent::Marker(marker) => {
                    let after = marker.after.unwrap_or(marker.index);
                    marks.markers.push((after, marker.into()));
                }
                SessionEvent::Gap(gap) => marks.gaps.push(gap.into()),
                _ => {}
            }
        }
        // A session that was killed can have written events for samples that never reached the file.
        let last = signal.sample_count() as u64;
        marks.markers.retain(|(after, m)| m.index <= last && *after <= last);
        marks.gaps.retain(|g| g.index <= last);
        marks.gaps.sort_by_key(|g| g.index);
        Some(marks)
    }
}

/// What a session wrote down of the stream itself.
#[derive(Debug, Default)]
pub(crate) struct SessionMarks {
    /// Each with the number of samples before it came, in the order in which they were written.
    pub(crate) markers: Vec<(u64, Marker)>,
    /// By index.
    pub(crate) gaps: Vec<Gap>,
}

pub(crate) fn is_session_events(stream: &RecordedStream) -> bool {
    stream.info.is_text && (stream.info.name == SESSION_EVENTS || stream.info.kind == SESSION_EVENTS)
}

pub(crate) fn is_markers(stream: &RecordedStream) -> bool {
    let kind = stream.info.kind.to_ascii_lowercase();
    let is_numeric_marker =
        stream.info.is_irregular() && ["marker", "event", "trigger", "stim"].iter().any(|k| kind.contains(k));
    !is_session_events(stream) && (stream.info.is_text || is_numeric_marker)
}

fn list(streams: &[&RecordedStream]) -> String {
    if streams.is_empty() {
        return "nothing".into();
    }
    let describe = |s: &&RecordedStream| {
        let rate = if s.info.is_irregular() { "irregular".into() } else { format!("{} Hz", s.info.rate_hz) };
        format!(
            "{:?} (type {:?}, {} channels, {rate}, {} samples)",
            clean_text(&s.info.name, 60),
            clean_text(&s.info.kind, 30),
            s.info.channels.len(),
            s.sample_count()
        )
    };
    streams.iter().map(describe).collect::<Vec<_>>().join(", ")
}
