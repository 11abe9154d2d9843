use std::path::PathBuf;
use thiserror::Error;

/// Why a recording cannot be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The operating system refused.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    Io {
        /// `read`, `create`, `write`, …
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is {found}; motrace reads XDF, EDF, EDF+, BDF, GDF, BrainVision and BCI2000 recordings", path = path.display())]
    NotARecording {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: String,
    },
    /// The file is a data set of EEGLAB.
    #[error(
        "{path} is an EEGLAB data set, which motrace does not read; write it as EDF, BDF or BrainVision first: in EEGLAB by \
         its menu File > Export, or in Python by mne.io.read_raw_eeglab(\"{name}\").export(\"{stem}.edf\")",
        path = path.display(),
        name = motrace_core::clean_text(&path.file_name().unwrap_or_default().to_string_lossy(), 100),
        stem = motrace_core::clean_text(&path.file_stem().unwrap_or_default().to_string_lossy(), 100)
    )]
    Eeglab {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a known format, but so damaged that nothing can be read.
    #[error("{path} cannot be read as {format}: {what}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The format it claims.
        format: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A stream that is to be written is refused.
    #[error("cannot record stream {name:?}: {what}")]
    Stream {
        /// The stream's name.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// Why no stream of a recording could be chosen, or not played as asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectError {
    /// Nothing fits.
    #[error("no stream {wanted} in the recording, which holds {available}; choose one with [stream] name or type")]
    None {
        /// What was asked for.
        wanted: String,
        /// What is there.
        available: String,
    },
    /// More than one fits.
    #[error("more than one stream {wanted}: {candidates}; choose one with [stream] name or type")]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// What fits.
        candidates: String,
    },
    /// The stream cannot be played as asked.
    #[error("stream {name:?}: {what}")]
    Unsuitable {
        /// The stream's name.
        name: String,
        /// What is wrong.
        what: String,
    },
}
