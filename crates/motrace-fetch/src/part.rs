use crate::FetchError;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// A file that is not whole yet: `name.part`, and `name.part.json` with what the server said of it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    note_path: PathBuf,
    /// Open and locked, so that no other program writes into it.
    pub(crate) file: File,
    pub(crate) note: Note,
}

/// What a server said of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) url: String,
    /// A strong entity tag, or when the file was last changed: what `If-Range` takes.
    pub(crate) validator: Option<String>,
    pub(crate) bytes: Option<u64>,
}

impl Part {
    /// Opens the part of a file, and makes it where there is none.
    pub(crate) fn open(target: &Path) -> Result<Self, FetchError> {
        let with = |ending: &str| {
            let mut name = target.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let (path, note_path) = (with(".part"), with(".part.json"));
        let io = |source| FetchError::Io { doing: "writing", path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path: target.to_owned() }),
            // File systems without locks are no reason to fail.
            Err(TryLockError::Error(_)) => {}
        }
        let note = std::fs::read(&note_path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Ok(Self { file, note: note.unwrap_or_default(), path, note_path })
    }

    /// How many bytes are here.
    pub(crate) fn len(&self) -> Result<u64, FetchError> {
        Ok(self.file.metadata().map_err(|e| self.io(e))?.len())
    }

    /// Begins anew, with what the server says now.
    pub(crate) fn restart(&mut self, note: Note) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|e| self.io(e))?;
        self.note = note;
        let text = serde_json::to_vec(&self.note).map_err(|e| self.io(e.into()))?;
        std::fs::write(&self.note_path, text).map_err(|e| self.io(e))
    }

    /// Gives the file its name: it is whole.
    pub(crate) fn finish(self, target: &Path) -> Result<(), FetchError> {
        self.file.sync_all().map_err(|e| self.io(e))?;
        std::fs::rename(&self.path, target).map_err(|e| self.io(e))?;
        let _ = std::fs::remove_file(&self.note_path);
        Ok(())
    }

    /// Throws it away: it is not what it should be.
    pub(crate) fn discard(self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(&self.note_path);
    }

    pub(crate) fn io(&self, source: std::io::Error) -> FetchError {
        FetchError::Io { doing: "writing", path: self.path.clone(), source }
    }
}
