use crate::select::SessionMarks;
use crate::stored::{Blocks, StoredSamples};
use crate::{Recording, Reel, SelectError, StreamQuery};
use motrace_core::{Channel, Poll, Role, Source, SourceError, StreamInfo, Unit, canonical_label};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// What a recording does not say about its channels, or says wrongly.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplayOverrides {
    /// The labels of all channels, in the file's order; empty for unused ones.
    pub labels: Option<Vec<String>>,
    /// The unit of all channels but those that declare something other than a voltage.
    pub unit: Option<Unit>,
    /// What the channels with these labels measure.
    pub roles: Vec<(String, Role)>,
}

impl ReplayOverrides {
    /// The stream's description with these changes.
    ///
    /// # Errors
    /// When the number of labels is wrong, or a role is given to a label that is not there.
    pub fn apply(&self, info: &StreamInfo) -> Result<StreamInfo, SelectError> {
        let unsuitable = |what| SelectError::Unsuitable { name: info.name.clone(), what };
        let mut info = info.clone();
        if let Some(labels) = &self.labels {
            if labels.len() != info.channels.len() {
                let what = format!(
                    "[stream] labels has {} entries, the stream has {} channels (give \"\" for unused ones)",
                    labels.len(),
                    info.channels.len()
                );
                return Err(unsuitable(what));
            }
            for (channel, label) in info.channels.iter_mut().zip(labels) {
                let named = Channel::new(label.clone(), Unit::Unspecified).role;
                let role = if named == Role::Eeg { channel.role } else { named };
                *channel = Channel { label: label.clone(), role, unit: channel.unit.clone() };
            }
        }
        if let Some(unit) = &self.unit {
            for channel in info.channels.iter_mut().filter(|c| !matches!(c.unit, Unit::Other(_))) {
                channel.unit = unit.clone();
            }
        }
        for (label, role) in &self.roles {
            let wanted = canonical_label(label);
            let mut found = false;
            for channel in info.channels.iter_mut().filter(|c| canonical_label(&c.label) == wanted) {
                channel.role = *role;
                found = true;
            }
            if !found {
                return Err(unsuitable(format!("a role is given for channel {label:?}, which it does not have")));
            }
        }
        Ok(info)
    }
}

/// Plays one stream of a recording, with its markers and gaps, as fast as it is asked.
///
/// Samples come in blocks of at most `chunk_samples` that end where a marker or a gap falls; a gap comes
/// before the markers of the same sample. If the recording holds a session's own events, those are
/// played with the indices they have and when they came, so that a replayed session takes the same decisions.
#[derive(Debug)]
pub struct Replay {
    signal: Signal,
    info: StreamInfo,
    /// Each with the number of samples before it.
    events: VecDeque<(u64, Poll)>,
    chunk_samples: usize,
    next: usize,
    end: usize,
}

/// Where the samples come from.
#[derive(Debug)]
enum Signal {
    /// A recording in memory, and the place of the played stream in it.
    InMemory { recording: Arc<Recording>, place: usize },
    /// A recording whose samples are in its file.
    InFile { reel: Arc<Reel>, place: usize, window: Window },
}

/// The block of a file from which samples are taken, and those that follow.
#[derive(Debug, Default)]
struct Window {
    blocks: Option<Box<dyn Blocks>>,
    block: Vec<f32>,
    /// How many values of the block have been taken.
    taken: usize,
}

impl Replay {
    /// A source that plays the stream which [`Recording::signal`] finds.
    ///
    /// # Errors
    /// When no single stream fits the query, or the overrides do not fit the stream.
    pub fn new(
        recording: Arc<Recording>,
        query: &StreamQuery,
        overrides: &ReplayOverrides,
        chunk_samples: usize,
    ) -> Result<Self, SelectError> {
        let signal = recording.signal(query)?;
        let info = overrides.apply(&signal.info)?;
        let end = signal.sample_count();
        let events = in_order(recording.session_marks(end).unwrap_or_else(|| SessionMarks {
            markers: recording.markers(signal).into_iter().map(|marker| (marker.index, marker)).collect(),
            gaps: signal.gaps.clone(),
        }));
        // Found by reference, so it is one of these.
        let place = recording.streams.iter().position(|s| std::ptr::eq(s, signal)).unwrap_or(0);
        let signal = Signal::InMemory { recording, place };
        Ok(Self { signal, info, events, chunk_samples: chunk_samples.max(1), next: 0, end })
    }

    /// The same of a recording whose samples are in its file: they are read as they are played, to the same bits.
    ///
    /// # Errors
    /// As [`new`](Self::new). That the file cannot be read shows when it is played.
    pub fn of(
        reel: Arc<Reel>,
        query: &StreamQuery,
        overrides: &ReplayOverrides,
        chunk_samples: usize,
    ) -> Result<Self, SelectError> {
        let signal = reel.signal(query)?;
        let info = overrides.apply(signal.info())?;
        let (end, place) = (signal.sample_count(), signal.place);
        let events = in_order(reel.outline().session_marks(end).unwrap_or_else(|| SessionMarks {
            markers: signal.markers().into_iter().map(|marker| (marker.index, marker)).collect(),
            gaps: signal.gaps().to_vec(),
        }));
        let signal = Signal::InFile { reel, place, window: Window::default() };
        Ok(Self { signal, info, events, chunk_samples: chunk_samples.max(1), next: 0, end })
    }

    /// Ends before the sample of this index, or where the recording does.
    #[must_use]
    pub fn ending_at(mut self, index: u64) -> Self {
        self.end = self.end.min(usize::try_from(index).unwrap_or(usize::MAX));
        self
    }

    /// The time of a sample in the recording's clock, in seconds.
    #[must_use]
    pub fn time_of_index(&self, index: u64) -> f64 {
        match &self.signal {
            Signal::InMemory { recording, place } => recording.streams[*place].time_of_index(index),
            Signal::InFile { reel, place, .. } => {
                let rate_hz = reel.outline().streams[*place].rate_between_gaps_hz;
                reel.stored(*place).map_or(0.0, |stored| stored.timeline.time_of_index(index, rate_hz))
            }
        }
    }

    /// How many samples are played in all.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.end
    }

    /// How many samples have been played.
    #[must_use]
    pub fn position(&self) -> usize {
        self.next
    }
}

impl Source for Replay {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let due = self.events.front().map(|(after, _)| *after);
        if due.is_some_and(|after| after <= self.next as u64)
            && let Some((_, event)) = self.events.pop_front()
        {
            return Ok(event);
        }
        let until_event = due.map_or(usize::MAX, |i| usize::try_from(i).unwrap_or(usize::MAX));
        let end = self.end.min(until_event).min(self.next.saturating_add(self.chunk_samples));
        if end <= self.next {
            return Ok(Poll::End);
        }
        let channels = self.info.channels.len();
        let count = end - self.next;
        match &mut self.signal {
            Signal::InMemory { recording, place } => {
                recording.streams[*place].samples.extend_f32(self.next * channels..end * channels, into);
            }
            Signal::InFile { reel, place, window } => {
                let Some(stored) = reel.stored(*place) else { return Ok(Poll::End) };
                let before = into.len();
                if let Err(error) = window.take(&stored.samples, count * channels, into) {
                    into.truncate(before);
                    let path = stored.samples.path().display();
                    return Err(SourceError::Read(format!(
                        "cannot read {path} on from sample {}: {error} (has it changed since it was opened?)",
                        self.next
                    )));
                }
            }
        }
        self.next = end;
        Ok(Poll::Samples(count))
    }
}

impl Window {
    /// Appends so many values.
    fn take(&mut self, samples: &StoredSamples, mut count: usize, into: &mut Vec<f32>) -> io::Result<()> {
        if self.blocks.is_none() {
            self.blocks = Some(samples.blocks()?);
        }
        while count > 0 {
            if self.taken == self.block.len() {
                self.block.clear();
                self.taken = 0;
                if let Some(blocks) = &mut self.blocks {
                    blocks.next(&mut self.block)?;
                }
                if self.block.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let end = self.block.len().min(self.taken + count);
            into.extend_from_slice(&self.block[self.taken..end]);
            count -= end - self.taken;
            self.taken = end;
        }
        Ok(())
    }
}

fn in_order(SessionMarks { markers, gaps }: SessionMarks) -> VecDeque<(u64, Poll)> {
    let gaps = gaps.into_iter().map(|gap| (gap.index, Poll::Gap(gap)));
    let markers = markers.into_iter().map(|(after, marker)| (after, Poll::Marker(marker)));
    let mut events: Vec<(u64, Poll)> = gaps.chain(markers).collect();
    // A stable sort: gaps stay before markers of the same sample, and markers in the order in which they came.
    events.sort_by_key(|(after, _)| *after);
    events.into()
}
