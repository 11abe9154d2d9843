//! Recordings as the commands use them: opened, the right stream chosen, described as the configuration says.

use crate::config::Config;
use crate::failure::Failure;
use crate::{output, setup};
use motrace_core::{Source, StreamInfo, clean_text};
use motrace_engine::{RecordingStamp, Tape};
use motrace_record::{RecordedStream, Recording, Replay, ReplayOverrides, StreamQuery, bids_recordings};
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

/// The recordings that are meant: files as they are, and in the place of an EEG-BIDS folder those in it.
pub fn in_folders(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut recordings = Vec::new();
    for path in paths {
        if !path.is_dir() {
            recordings.push(path.clone());
            continue;
        }
        let found = bids_recordings(path)?;
        if found.is_empty() {
            return Err(Failure::failed(format_args!(
                "{} is a folder without recordings named as EEG-BIDS does (sub-…_eeg.edf, .bdf or .vhdr)",
                path.display()
            )));
        }
        recordings.extend(found);
    }
    Ok(recordings)
}

/// The one recording that is meant.
fn only(path: &Path) -> Result<PathBuf, Failure> {
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
    /// The file.
    pub recording: Arc<Recording>,
    /// The stream to decode, described in full.
    pub info: StreamInfo,
    query: StreamQuery,
    overrides: ReplayOverrides,
}

impl Loaded {
    /// Opens a recording, chooses the stream to decode, and says on standard error what had to be repaired.
    pub fn open(path: &Path, config: &Config) -> Result<Self, Failure> {
        let loaded = Self::quietly(path, config)?;
        for warning in &loaded.recording.warnings {
            output::warn(&format!("{}: {warning}", loaded.name()));
        }
        Ok(loaded)
    }

    /// The same, for those who say themselves what had to be repaired.
    pub fn quietly(path: &Path, config: &Config) -> Result<Self, Failure> {
        let path = &only(path)?;
        let recording = Arc::new(Recording::open_with_tables(path)?);
        let query = StreamQuery { name: config.stream.name.clone(), kind: config.stream.kind.clone() };
        let overrides = setup::overrides(config);
        let replay = Replay::new(Arc::clone(&recording), &query, &overrides, 1)
            .map_err(|e| Failure::failed(format_args!("{}: {e}", path.display())))?;
        let info = replay.info().clone();
        Ok(Self { recording, info, query, overrides })
    }

    /// The recording as a source, in chunks of this many samples.
    pub fn replay(&self, chunk_samples: usize) -> Result<Replay, Failure> {
        Ok(Replay::new(Arc::clone(&self.recording), &self.query, &self.overrides, chunk_samples)?)
    }

    /// The recording in memory, for training.
    pub fn tape(&self) -> Result<Tape, Failure> {
        Ok(Tape::of(&mut self.replay(4096)?)?)
    }

    /// The stream to decode, as it is in the file.
    pub fn stream(&self) -> Result<&RecordedStream, Failure> {
        Ok(self.recording.signal(&self.query)?)
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        let path = &self.recording.path;
        path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
    }

    /// What identifies the recording.
    pub fn stamp(&self) -> RecordingStamp {
        RecordingStamp { name: self.name(), sha256: self.recording.sha256.clone() }
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
