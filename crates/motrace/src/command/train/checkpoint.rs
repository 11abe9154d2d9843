//! The file of a training that is not done: beside the model, by its name and `.checkpoint`.

use crate::failure::Failure;
use crate::new_file;
use motrace_engine::TrainingCheckpoints;
use std::path::{Path, PathBuf};

/// A larger file is no checkpoint.
const MOST_BYTES: u64 = 2 << 30;

/// Where the checkpoints of a training go that makes this model.
pub fn path(model: &Path) -> PathBuf {
    let mut name = model.file_name().unwrap_or_default().to_owned();
    name.push(".checkpoint");
    model.with_file_name(name)
}

/// Reads one.
///
/// # Errors
/// Where it is none, or not whole.
pub fn read(path: &Path) -> Result<TrainingCheckpoints, Failure> {
    let failed =
        |why: String| Failure::failed(format_args!("checkpoint {}: {why}; remove it to begin anew", path.display()));
    if std::fs::metadata(path)?.len() > MOST_BYTES {
        return Err(failed("it is too large".to_owned()));
    }
    TrainingCheckpoints::from_bytes(&std::fs::read(path)?).map_err(failed)
}

/// Writes one in the place of the one before, in one step: whenever the machine fails, there is a whole one.
///
/// # Errors
/// Why it cannot be written, in words.
pub fn write(path: &Path, checkpoints: &TrainingCheckpoints) -> Result<(), String> {
    let bytes = checkpoints.to_bytes()?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it would have {} bytes, and at most {MOST_BYTES} are read again", bytes.len()));
    }
    new_file::write(path, &bytes, true).map_err(|e| e.to_string())
}
