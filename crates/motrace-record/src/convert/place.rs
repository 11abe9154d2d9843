//! Where files are written before they are put in place.

use super::ConvertError;
use crate::{Format, RecordError};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder beside the target, removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(super) struct Workshop {
    folder: PathBuf,
}

/// The files of a recording in this format whose first is called so.
pub(super) fn files(to: &Path, format: Format) -> Vec<PathBuf> {
    match format {
        // The header comes last: a recording is there when it is.
        Format::BrainVision => vec![to.with_extension("eeg"), to.with_extension("vmrk"), to.to_owned()],
        _ => vec![to.to_owned()],
    }
}

/// The folder in which this process writes what will be `to`; a program that is ended has to remove it.
#[must_use]
pub fn unfinished_folder(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

impl Workshop {
    /// Makes the folder.
    pub(super) fn beside(to: &Path) -> Result<Self, ConvertError> {
        let folder = unfinished_folder(to);
        fs::create_dir(&folder).map_err(|source| io("create", &folder, source))?;
        Ok(Self { folder })
    }

    /// Where a file is written that will be `to`.
    pub(super) fn path(&self, to: &Path) -> PathBuf {
        self.folder.join(to.file_name().unwrap_or_default())
    }

    /// Moves the files to where they belong.
    pub(super) fn put_in_place(self, files: &[PathBuf], force: bool) -> Result<(), ConvertError> {
        for file in files {
            // It may have come meanwhile.
            if !force && file.exists() {
                return Err(ConvertError::Exists { path: file.clone() });
            }
        }
        for file in files {
            fs::rename(self.path(file), file).map_err(|source| io("write", file, source))?;
        }
        Ok(())
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn io(doing: &'static str, path: &Path, source: std::io::Error) -> ConvertError {
    RecordError::Io { doing, path: path.to_owned(), source }.into()
}
