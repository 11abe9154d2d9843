use crate::{RecordedStream, Recording, SESSION_EVENTS, SelectError, SessionEvent};
use motrace_core::{Gap, Marker, StreamInfo, clean_text};

/// Which stream of a recording is meant; what is left open is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamQuery {
    /// Its name, exactly.
    pub name: Option<String>,
    /// Its content type, whatever the case.
    pub kind: Option<String>,
}

impl StreamQuery {
    fn fits(&self, info: &StreamInfo) -> bool {
        self.name.as_ref().is_none_or(|n| *n == info.name)
            && self.kind.as_ref().is_none_or(|k| k.eq_ignore_ascii_case(&info.kind))
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
        let streams: Vec<_> = self.streams.iter().map(|s| (&s.info, s.sample_count())).collect();
        choose(&streams, query).map(|place| &self.streams[place])
    }

    /// All markers and annotations, in the order of their times, with the sample of `signal` they fall on:
    /// the first one that is not before them. Markers from before the signal's first sample are left out.
    ///
    /// Text streams hold markers, and so do irregular numeric streams of a type such as `Markers`. Where a
    /// session recorded its own events, those count alone, with the indices that the session gave them.
    #[must_use]
    pub fn markers(&self, signal: &RecordedStream) -> Vec<Marker> {
        let is_sorted = signal.stamps_secs.is_sorted();
        self.marks(signal.sample_count(), signal.info.rate_hz, signal.stamps_secs.first().copied(), |time_secs| {
            signal.index_of_time_if(time_secs, is_sorted)
        })
    }

    /// The same for a signal of so many samples, whose first is at this time.
    pub(crate) fn marks(
        &self,
        samples: usize,
        rate_hz: f64,
        first_secs: Option<f64>,
        index_of_time: impl Fn(f64) -> u64,
    ) -> Vec<Marker> {
        if let Some(marks) = self.session_marks(samples) {
            let mut markers: Vec<Marker> = marks.markers.into_iter().map(|(_, marker)| marker).collect();
            markers.sort_by_key(|m| m.index);
            return markers;
        }
        let Some(first) = first_secs else { return Vec::new() };
        let earliest = if rate_hz > 0.0 { first - 1.0 / rate_hz } else { first };
        let mut markers: Vec<Marker> = self
            .marker_texts()
            .filter(|(time, _)| *time > earliest)
            .map(|(time_secs, text)| Marker { index: index_of_time(time_secs), time_secs, text })
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
    pub(crate) fn session_marks(&self, samples: usize) -> Option<SessionMarks> {
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
        let last = samples as u64;
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
    !is_session_events(stream) && holds_markers(&stream.info)
}

/// Whether a stream holds markers, or events of a session.
pub(crate) fn holds_markers(info: &StreamInfo) -> bool {
    let kind = info.kind.to_ascii_lowercase();
    let is_numeric_marker =
        info.is_irregular() && ["marker", "event", "trigger", "stim"].iter().any(|k| kind.contains(k));
    info.is_text || is_numeric_marker
}

/// The place of the stream that [`Recording::signal`] finds among these, each with its number of samples.
pub(crate) fn choose(streams: &[(&StreamInfo, usize)], query: &StreamQuery) -> Result<usize, SelectError> {
    let fitting = |place: &usize| {
        let info = streams[*place].0;
        !info.is_text && !info.is_irregular() && query.fits(info)
    };
    let mut candidates: Vec<usize> = (0..streams.len()).filter(fitting).collect();
    let has_samples = |place: &usize| streams[*place].1 > 0;
    if candidates.iter().any(has_samples) {
        candidates.retain(has_samples);
    }
    if candidates.len() > 1 {
        let is_eeg = |place: &usize| streams[*place].0.kind.eq_ignore_ascii_case("eeg");
        let eeg: Vec<usize> = candidates.iter().copied().filter(is_eeg).collect();
        if !eeg.is_empty() {
            candidates = eeg;
        }
    }
    match candidates[..] {
        [one] => Ok(one),
        [] => Err(SelectError::None { wanted: query.describe(), available: list(streams) }),
        _ => {
            let candidates: Vec<_> = candidates.iter().map(|place| streams[*place]).collect();
            Err(SelectError::Ambiguous { wanted: query.describe(), candidates: list(&candidates) })
        }
    }
}

fn list(streams: &[(&StreamInfo, usize)]) -> String {
    if streams.is_empty() {
        return "nothing".into();
    }
    let describe = |(info, samples): &(&StreamInfo, usize)| {
        let rate = if info.is_irregular() { "irregular".into() } else { format!("{} Hz", info.rate_hz) };
        format!(
            "{:?} (type {:?}, {} channels, {rate}, {samples} samples)",
            clean_text(&info.name, 60),
            clean_text(&info.kind, 30),
            info.channels.len(),
        )
    };
    streams.iter().map(describe).collect::<Vec<_>>().join(", ")
}
