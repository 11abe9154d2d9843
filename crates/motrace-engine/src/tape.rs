use motrace_core::{Gap, Marker, Poll, Source, SourceError, StreamInfo};
use std::sync::Arc;

/// What was between samples, and after how many of them.
#[derive(Debug, Clone, PartialEq)]
enum Mark {
    Marker(Marker),
    Gap(Gap),
}

/// A stretch of a stream kept in memory: its samples, markers and gaps in the order they came.
///
/// It is what a model is trained on, whether it was read from a file or collected during calibration. A copy shares the
/// samples until one of the two grows.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    info: StreamInfo,
    samples: Arc<Vec<f32>>,
    /// Each with the number of samples before it.
    marks: Vec<(u64, Mark)>,
    discarded: Vec<usize>,
}

impl Tape {
    /// An empty tape of this stream, whose first sample will have the index 0.
    #[must_use]
    pub fn new(info: StreamInfo) -> Self {
        Self { info, samples: Arc::default(), marks: Vec::new(), discarded: Vec::new() }
    }

    /// Reads a source to its end.
    ///
    /// # Errors
    /// What the source cannot read.
    pub fn of(source: &mut dyn Source) -> Result<Self, SourceError> {
        let mut tape = Self::new(source.info().clone());
        loop {
            match source.poll(Arc::make_mut(&mut tape.samples))? {
                Poll::Samples(_) => {}
                Poll::Marker(marker) => tape.push_marker(marker),
                Poll::Gap(gap) => tape.push_gap(gap),
                Poll::Idle => std::thread::sleep(std::time::Duration::from_micros(200)),
                Poll::End => return Ok(tape),
            }
        }
    }

    /// The stream it is from.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// How many samples are on it.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.samples.len() / self.info.channels.len().max(1)) as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The samples, interleaved `[samples, channels]`, in the stream's units.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The markers.
    pub fn markers(&self) -> impl Iterator<Item = &Marker> {
        self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::Marker(marker) => Some(marker),
            Mark::Gap(_) => None,
        })
    }

    /// The gaps.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.marks.iter().filter_map(|(_, mark)| match mark {
            Mark::Gap(gap) => Some(gap),
            Mark::Marker(_) => None,
        })
    }

    /// After how many samples each gap is.
    pub(crate) fn gap_places(&self) -> impl Iterator<Item = u64> {
        self.marks.iter().filter(|(_, mark)| matches!(mark, Mark::Gap(_))).map(|(after, _)| *after)
    }

    /// Appends samples, interleaved.
    pub fn push_samples(&mut self, samples: &[f32]) {
        Arc::make_mut(&mut self.samples).extend_from_slice(samples);
    }

    /// Appends a marker after the samples so far.
    pub fn push_marker(&mut self, marker: Marker) {
        self.marks.push((self.len(), Mark::Marker(marker)));
    }

    /// Appends a gap after the samples so far.
    pub fn push_gap(&mut self, gap: Gap) {
        self.marks.push((self.len(), Mark::Gap(gap)));
    }

    /// The first samples, with the markers and gaps among them: what there was when `end` samples had come.
    #[must_use]
    pub fn until(&self, end: u64) -> Self {
        if end >= self.len() {
            return self.clone();
        }
        let values = self.samples.get(..end as usize * self.info.channels.len()).unwrap_or_default();
        Self {
            info: self.info.clone(),
            samples: Arc::new(values.to_vec()),
            marks: self.marks.iter().filter(|(after, _)| *after <= end).cloned().collect(),
            discarded: self.discarded.clone(),
        }
    }

    /// Says which trials are not to be trained on, by their numbers: who ran the session knows that they count not.
    pub fn discard(&mut self, numbers: Vec<usize>) {
        self.discarded = numbers;
    }

    /// The trials that are not to be trained on.
    #[must_use]
    pub fn discarded(&self) -> &[usize] {
        &self.discarded
    }

    /// Plays the tape from its start, in chunks of at most this many samples.
    #[must_use]
    pub fn play(&self, chunk_samples: usize) -> TapePlayer<'_> {
        TapePlayer { tape: self, chunk: chunk_samples.max(1) as u64, position: 0, mark: 0 }
    }
}

/// A [`Source`] that plays a [`Tape`].
#[derive(Debug, Clone)]
pub struct TapePlayer<'a> {
    tape: &'a Tape,
    chunk: u64,
    position: u64,
    mark: usize,
}

impl Source for TapePlayer<'_> {
    fn info(&self) -> &StreamInfo {
        &self.tape.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let mut end = self.tape.len();
        if let Some((after, mark)) = self.tape.marks.get(self.mark) {
            if *after <= self.position {
                self.mark += 1;
                return Ok(match mark {
                    Mark::Marker(marker) => Poll::Marker(marker.clone()),
                    Mark::Gap(gap) => Poll::Gap(*gap),
                });
            }
            end = end.min(*after);
        }
        let count = (end - self.position).min(self.chunk);
        if count == 0 {
            return Ok(Poll::End);
        }
        let channels = self.tape.info.channels.len();
        let begin = self.position as usize * channels;
        into.extend_from_slice(&self.tape.samples[begin..begin + count as usize * channels]);
        self.position += count;
        Ok(Poll::Samples(count as usize))
    }
}
