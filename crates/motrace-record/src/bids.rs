//! EEG-BIDS (Pernet et al. 2019, Scientific Data 6:103): which recordings a folder has, and what the tables beside a
//! recording say of it.

mod channels;
mod electrodes;
mod events;
mod name;
mod sidecar;
mod table;

use crate::{RecordError, Recording};
use name::BidsName;
use sidecar::Sidecars;
use std::path::{Path, PathBuf};

/// Folders deeper than this are not looked into.
const DEEPEST: usize = 8;
/// More recordings than this are not listed.
const MOST_RECORDINGS: usize = 100_000;
/// The endings of recordings that can be read, as BIDS names them.
const READABLE: [&str; 3] = ["edf", "bdf", "vhdr"];

impl Recording {
    /// Reads a recording as [`open`](Self::open) does; where it is part of an EEG-BIDS folder (its name is
    /// `sub-…_eeg.edf`, `.bdf` or `.vhdr`), together with the tables beside it.
    ///
    /// Markers are then those of `events.tsv` (`trial_type`, else `value`; with their durations), in place of those in the
    /// file. Types of channels, units that the file does not give, and which channels are bad come from `channels.tsv`
    /// (a bad channel gets the role [`Aux`](motrace_core::Role::Aux), so it is not decoded); positions come from
    /// `electrodes.tsv` where `coordsystem.json` says how they lie. Tables of folders further up hold for what is below
    /// them, as BIDS has it. What contradicts the file, or cannot be used, is in [`warnings`](Self::warnings).
    ///
    /// # Errors
    /// As [`open`](Self::open); and when a table is damaged, or is not one of this recording.
    pub fn open_with_tables(path: &Path) -> Result<Self, RecordError> {
        let mut recording = Self::open(path)?;
        if let Some(name) = name_of_recording(path) {
            let sidecars = Sidecars::new(path, &name);
            channels::apply(&mut recording, &sidecars)?;
            electrodes::apply(&mut recording, &sidecars)?;
            events::apply(&mut recording, &sidecars)?;
        }
        Ok(recording)
    }
}

/// Whether a recording is named as EEG-BIDS does, so that tables beside it speak of it.
#[must_use]
pub fn has_bids_tables(path: &Path) -> bool {
    name_of_recording(path).is_some()
}

fn name_of_recording(path: &Path) -> Option<BidsName> {
    BidsName::of(path).filter(|name| name.suffix == "eeg" && name.has("sub"))
}

/// What the name of an EEG-BIDS recording says: `imagery` for the key `task` of `sub-01_task-imagery_eeg.edf`. Keys are
/// `sub`, `ses`, `task`, `run`, `acq`. `None` where it does not say it, or the file is not named as EEG-BIDS does.
#[must_use]
pub fn bids_entity(path: &Path, key: &str) -> Option<String> {
    let name = name_of_recording(path)?;
    name.entities.into_iter().find(|(own, _)| own == key).map(|(_, value)| value)
}

/// The recordings of an EEG-BIDS folder, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BidsFolder {
    /// Those that can be read, in the order of their names.
    pub recordings: Vec<PathBuf>,
    /// Those of EEGLAB (`.set`), which motrace does not read.
    pub unreadable: Vec<PathBuf>,
}

/// Whether a folder within an EEG-BIDS data set holds what is no recording: what was derived from them, for example.
#[must_use]
pub fn is_beside_bids(folder: &Path) -> bool {
    let is_named = folder.file_name().is_some_and(|name| {
        matches!(name.to_string_lossy().as_ref(), "derivatives" | "sourcedata" | "code" | "stimuli")
    });
    is_named && folder.parent().is_some_and(|data_set| data_set.join("dataset_description.json").is_file())
}

/// The recordings of an EEG-BIDS folder or a part of it (a person, a session); nothing where there is none.
///
/// # Errors
/// When a folder cannot be read, or all there is are EEGLAB files (`.set`), which motrace does not read.
pub fn bids_recordings(folder: &Path) -> Result<BidsFolder, RecordError> {
    let mut found = BidsFolder::default();
    look_into(folder, 0, &mut found)?;
    found.recordings.sort();
    found.unreadable.sort();
    match found.unreadable.first() {
        Some(first) if found.recordings.is_empty() => Err(RecordError::Eeglab { path: first.clone() }),
        _ => Ok(found),
    }
}

/// Whether what is in a folder is a link to that folder or one around it: followed, it would bring every recording again and
/// again.
#[must_use]
pub fn leads_back(path: &Path, folder: &Path) -> bool {
    path.is_symlink()
        && path.canonicalize().is_ok_and(|to| folder.canonicalize().is_ok_and(|here| here.starts_with(to)))
}

fn look_into(folder: &Path, depth: usize, found: &mut BidsFolder) -> Result<(), RecordError> {
    let io = |source| RecordError::Io { doing: "read", path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let file_name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            // What was derived, and what is not BIDS, is not the recording.
            let is_aside = matches!(file_name.as_str(), "derivatives" | "sourcedata" | "code" | "stimuli");
            if !is_aside && !leads_back(&path, folder) && !file_name.starts_with('.') && depth < DEEPEST {
                look_into(&path, depth + 1, found)?;
            }
            continue;
        }
        if let Some(name) = name_of_recording(&path) {
            if READABLE.contains(&name.ending.as_str()) && found.recordings.len() < MOST_RECORDINGS {
                found.recordings.push(path);
            } else if name.ending == "set" && found.unreadable.len() < MOST_RECORDINGS {
                found.unreadable.push(path);
            }
        }
    }
    Ok(())
}
