use crate::bytes::{FileBytes, Unreadable};
use crate::recording::{Contents, outline};
use crate::select::choose;
use crate::stored::Stored;
use crate::{
    Format, Provenance, RecordError, Recording, SelectError, SessionEvent, StreamQuery, brainvision, hashing, xdf,
};
use motrace_core::{Gap, Marker, StreamInfo};
use std::path::{Path, PathBuf};

/// A recording whose signals stay in their file.
///
/// Everything but the samples is read: streams, markers, gaps, remarks, all as [`Recording::open`] finds them.
/// [`Replay::of`](crate::Replay::of) then reads the samples through a window of about a megabyte, and gives the bits
/// that it gives of a recording in memory. So a file may be larger than the memory.
///
/// An XDF file's gaps follow from all of its stamps, so those are in memory while it is opened (40 bytes a sample,
/// however many channels there are); a damaged one is read whole from the damage on.
#[derive(Debug)]
pub struct Reel {
    /// Without the samples and stamps of the signals.
    outline: Recording,
    /// Where the samples of each stream are; `None` for markers, which are in the outline.
    stored: Vec<Option<Stored>>,
    /// The files it consists of.
    files: Vec<PathBuf>,
}

impl Reel {
    /// Opens a file, whatever its name ends in; of a BrainVision recording, its header.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let (_, _, format) = Recording::begin(path)?;
        let told = |e: Unreadable| e.told_of(path, format);
        let signals_first =
            |(contents, stored): (Contents, Vec<Stored>)| (contents, stored.into_iter().map(Some).collect::<Vec<_>>());
        let mut files = vec![path.to_owned()];
        let (mut contents, mut stored) = match format {
            Format::Xdf => xdf::outline_of(path).map_err(told)?,
            Format::Edf | Format::Bdf | Format::Gdf | Format::Bci2000 => {
                let mut bytes = FileBytes::open(path).map_err(|e| told(e.into()))?;
                signals_first(outline(&mut bytes, format).and_then(|o| o.into_stored(path)).map_err(told)?)
            }
            Format::BrainVision => {
                let opened = brainvision::Opened::of(path)?;
                let data = opened.data().to_owned();
                files = opened.files;
                signals_first(opened.outline.into_stored(&data).map_err(told)?)
            }
        };
        stored.resize_with(contents.streams.len(), || None);
        let outline = Recording {
            path: path.to_owned(),
            format,
            streams: std::mem::take(&mut contents.streams),
            warnings: contents.warnings.into_list(),
            sha256: String::new(),
            start: contents.start,
            provenance: Provenance { version: contents.version, written_by: contents.written_by, files: Vec::new() },
        };
        Ok(Self { outline, stored, files })
    }

    /// Where it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.outline.path
    }

    /// Its format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.outline.format
    }

    /// What was repaired, skipped or missing.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.outline.warnings
    }

    /// What the session that made this recording wrote down, in its order; `None` if none did.
    #[must_use]
    pub fn session_events(&self) -> Option<Vec<SessionEvent>> {
        self.outline.session_events()
    }

    /// The SHA-256 of the whole file, in hexadecimal; of all its files behind each other where it has several. They are
    /// read for it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn sha256(&self) -> Result<String, RecordError> {
        let io = |source| RecordError::Io { doing: "read", path: self.path().to_owned(), source };
        Ok(hashing::of_files(&self.files).map_err(io)?.whole)
    }

    /// The stream that is to be decoded, as [`Recording::signal`] finds it.
    ///
    /// # Errors
    /// When none or more than one fits; the message lists what is there.
    pub fn signal(&self, query: &StreamQuery) -> Result<ReelSignal<'_>, SelectError> {
        let count = |place: usize| match self.stored.get(place) {
            Some(Some(stored)) => stored.timeline.count(),
            _ => self.outline.streams[place].sample_count(),
        };
        let streams: Vec<_> =
            self.outline.streams.iter().enumerate().map(|(place, s)| (&s.info, count(place))).collect();
        let place = choose(&streams, query)?;
        match self.stored.get(place) {
            Some(Some(stored)) => Ok(ReelSignal { reel: self, place, stored }),
            // Markers are not signals.
            _ => Err(SelectError::Unsuitable {
                name: self.outline.streams[place].info.name.clone(),
                what: "it holds markers".into(),
            }),
        }
    }

    pub(crate) fn outline(&self) -> &Recording {
        &self.outline
    }

    pub(crate) fn stored(&self, place: usize) -> Option<&Stored> {
        self.stored.get(place).and_then(Option::as_ref)
    }
}

/// One signal of a [`Reel`].
#[derive(Debug, Clone, Copy)]
pub struct ReelSignal<'a> {
    reel: &'a Reel,
    pub(crate) place: usize,
    stored: &'a Stored,
}

impl<'a> ReelSignal<'a> {
    /// What the file says about it.
    #[must_use]
    pub fn info(&self) -> &'a StreamInfo {
        &self.reel.outline.streams[self.place].info
    }

    /// How many samples it has.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.stored.timeline.count()
    }

    /// Where samples are missing.
    #[must_use]
    pub fn gaps(&self) -> &'a [Gap] {
        &self.reel.outline.streams[self.place].gaps
    }

    /// The measured rate between gaps, which is the device's own, in hertz.
    #[must_use]
    pub fn rate_between_gaps_hz(&self) -> f64 {
        self.reel.outline.streams[self.place].rate_between_gaps_hz
    }

    /// The time of a sample in the recording's clock, in seconds; extrapolated at the measured rate beyond the last one.
    #[must_use]
    pub fn time_of_index(&self, index: u64) -> f64 {
        self.stored.timeline.time_of_index(index, self.rate_between_gaps_hz())
    }

    /// All markers and annotations with the sample they fall on, as [`Recording::markers`] gives them.
    #[must_use]
    pub fn markers(&self) -> Vec<Marker> {
        let timeline = &self.stored.timeline;
        let is_sorted = timeline.is_sorted();
        self.reel.outline.marks(timeline.count(), self.info().rate_hz, timeline.first(), |time_secs| {
            timeline.index_of_time(time_secs, is_sorted)
        })
    }
}
