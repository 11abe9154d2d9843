//! Recordings as the commands use them: opened, the right stream chosen, described as the configuration says.

mod wanted;

pub use wanted::retain_wanted;

use crate::arguments::BidsArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, setup};
use motrace_core::{Source, StreamInfo, clean_text};
use motrace_engine::{RecordingStamp, Tape};
use motrace_record::{
    Format, RecordError, Recording, Reel, Replay, ReplayOverrides, SelectError, SessionEvent, StreamQuery,
    bids_recordings, has_bids_tables,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The recording and the model that are meant: where a session's folder is given, those in it, but for a model that is
/// named.
pub fn of_session(recording: &Path, model: Option<&Path>) -> Result<(PathBuf, PathBuf), Failure> {
    let (file, own) = if is_session(recording) {
        (recording.join("recording.xdf"), Some(recording.join("model.safetensors")))
    } else {
        (recording.to_owned(), None)
    };
    match model.map(Path::to_owned).or(own) {
        Some(model) => Ok((file, model)),
        None => Err(Failure::usage("a model is wanted: -m model.safetensors (or give the folder of a session)")),
    }
}

/// Whether a folder is that of a session, which has its recording in it.
pub fn is_session(path: &Path) -> bool {
    path.join("recording.xdf").is_file() || (path.is_dir() && path.join("model.safetensors").is_file())
}

/// The recordings that are meant: files as they are, and in the place of an EEG-BIDS folder those in it, as far as they are
/// wanted.
pub fn wanted_in_folders(paths: &[PathBuf], wanted: &BidsArguments) -> Result<Vec<PathBuf>, Failure> {
    let mut recordings = in_folders(paths)?;
    retain_wanted(&mut recordings, PathBuf::as_path, wanted)?;
    Ok(recordings)
}

/// The recordings that are meant: files as they are, and in the place of an EEG-BIDS folder those in it.
fn in_folders(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut recordings = Vec::new();
    for path in paths {
        if !path.is_dir() {
            recordings.push(path.clone());
            continue;
        }
        let found = bids_recordings(path)?;
        for path in found.unreadable {
            output::warn(&format!("left out: {}", RecordError::Eeglab { path }));
        }
        if found.recordings.is_empty() {
            return Err(Failure::failed(format_args!(
                "{} is a folder without recordings named as EEG-BIDS does (sub-…_eeg.edf, .bdf or .vhdr); name the files themselves",
                path.display()
            )));
        }
        recordings.extend(found.recordings);
    }
    Ok(recordings)
}

/// Refuses recordings that are there twice, under whatever names: trials that are tested must not be trained on.
pub fn refuse_twice<'a>(stamps: impl Iterator<Item = &'a RecordingStamp>) -> Result<(), Failure> {
    let mut known: Vec<&RecordingStamp> = Vec::new();
    for stamp in stamps {
        if let Some(same) = known.iter().find(|known| known.sha256 == stamp.sha256) {
            return Err(Failure::failed(format_args!(
                "{} has the content of {}, to the byte: its trials would be trained on and tested; leave one of them out",
                stamp.name, same.name
            )));
        }
        known.push(stamp);
    }
    Ok(())
}

/// The one recording that is meant.
pub fn only(path: &Path) -> Result<PathBuf, Failure> {
    let recordings = in_folders(&[path.to_owned()])?;
    match &recordings[..] {
        [one] => Ok(one.clone()),
        more => {
            let names = more.iter().take(4).map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
            let shown = clean_text(&names, 400);
            Err(Failure::failed(format_args!("{} has {} recordings; name one: {shown} …", path.display(), more.len())))
        }
    }
}

/// A recording that can be decoded.
pub struct Loaded {
    held: Held,
    /// The stream to decode, described in full.
    pub info: StreamInfo,
    query: StreamQuery,
    overrides: ReplayOverrides,
}

/// Where the samples are.
enum Held {
    /// In memory.
    Whole(Arc<Recording>),
    /// In the file, from which they are read as they are played.
    Reel(Arc<Reel>),
}

impl Loaded {
    /// Opens a recording, chooses the stream to decode, and says on standard error what had to be repaired.
    pub fn open(path: &Path, config: &Config) -> Result<Self, Failure> {
        Ok(Self::quietly(path, config)?.with_remarks())
    }

    /// The same for a recording that is played from its file, however large it is.
    pub fn to_play(path: &Path, config: &Config) -> Result<Self, Failure> {
        let path = &only(path)?;
        // What tables say of channels and markers is put into a recording that is held as a whole.
        if has_bids_tables(path) {
            return Self::open(path, config);
        }
        Ok(Self::of(Held::Reel(Arc::new(Reel::open(path)?)), path, config)?.with_remarks())
    }

    fn with_remarks(self) -> Self {
        for warning in self.warnings() {
            output::warn(&format!("{}: {warning}", self.name()));
        }
        self
    }

    /// The same, for those who say themselves what had to be repaired.
    pub fn quietly(path: &Path, config: &Config) -> Result<Self, Failure> {
        let path = &only(path)?;
        Self::of(Held::Whole(Arc::new(Recording::open_with_tables(path)?)), path, config)
    }

    fn of(held: Held, path: &Path, config: &Config) -> Result<Self, Failure> {
        let query = StreamQuery { name: config.stream.name.clone(), kind: config.stream.kind.clone() };
        let overrides = setup::overrides(config);
        let replay =
            held.replay(&query, &overrides, 1).map_err(|e| Failure::failed(format_args!("{}: {e}", path.display())))?;
        let info = replay.info().clone();
        Ok(Self { held, info, query, overrides })
    }

    /// The recording as a source, in chunks of this many samples.
    pub fn replay(&self, chunk_samples: usize) -> Result<Replay, Failure> {
        Ok(self.held.replay(&self.query, &self.overrides, chunk_samples)?)
    }

    /// The recording in memory, for training.
    pub fn tape(&self) -> Result<Tape, Failure> {
        Ok(Tape::of(&mut self.replay(4096)?)?)
    }

    /// How many samples the stream to decode has.
    pub fn sample_count(&self) -> Result<usize, Failure> {
        Ok(match &self.held {
            Held::Whole(recording) => recording.signal(&self.query)?.sample_count(),
            Held::Reel(reel) => reel.signal(&self.query)?.sample_count(),
        })
    }

    /// The measured rate of the stream to decode between its gaps, in hertz.
    pub fn rate_between_gaps_hz(&self) -> Result<f64, Failure> {
        Ok(match &self.held {
            Held::Whole(recording) => recording.signal(&self.query)?.rate_between_gaps_hz,
            Held::Reel(reel) => reel.signal(&self.query)?.rate_between_gaps_hz(),
        })
    }

    /// What was repaired, skipped or missing.
    pub fn warnings(&self) -> &[String] {
        match &self.held {
            Held::Whole(recording) => &recording.warnings,
            Held::Reel(reel) => reel.warnings(),
        }
    }

    /// What the session that made the recording wrote down; nothing if none did.
    pub fn session_events(&self) -> Vec<SessionEvent> {
        let events = match &self.held {
            Held::Whole(recording) => recording.session_events(),
            Held::Reel(reel) => reel.session_events(),
        };
        events.unwrap_or_default()
    }

    /// The file's format.
    pub fn format(&self) -> Format {
        match &self.held {
            Held::Whole(recording) => recording.format,
            Held::Reel(reel) => reel.format(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match &self.held {
            Held::Whole(recording) => &recording.path,
            Held::Reel(reel) => reel.path(),
        }
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        let path = self.path();
        path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
    }

    /// What identifies the recording.
    pub fn stamp(&self) -> Result<RecordingStamp, Failure> {
        let sha256 = match &self.held {
            Held::Whole(recording) => recording.sha256.clone(),
            Held::Reel(reel) => reel.sha256()?,
        };
        Ok(RecordingStamp { name: self.name(), sha256 })
    }
}

impl Held {
    fn replay(
        &self,
        query: &StreamQuery,
        overrides: &ReplayOverrides,
        chunk_samples: usize,
    ) -> Result<Replay, SelectError> {
        match self {
            Self::Whole(recording) => Replay::new(Arc::clone(recording), query, overrides, chunk_samples),
            Self::Reel(reel) => Replay::of(Arc::clone(reel), query, overrides, chunk_samples),
        }
    }
}

/// A source whose stream is described better than it describes itself.
pub struct Described<S> {
    /// The source.
    pub inner: S,
    info: StreamInfo,
}

impl<S: Source> Described<S> {
    /// Describes a source as the configuration says.
    pub fn new(inner: S, config: &Config) -> Result<Self, Failure> {
        let info = setup::overrides(config).apply(inner.info())?;
        Ok(Self { inner, info })
    }
}

impl<S: Source> Source for Described<S> {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<motrace_core::Poll, motrace_core::SourceError> {
        self.inner.poll(into)
    }
}
