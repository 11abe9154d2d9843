use crate::FetchError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of the lock file in a collection's folder.
const NAME: &str = "motrace-fetch.lock.json";
/// A lock file is never larger than this.
const MOST_BYTES: u64 = 16 << 20;

/// The checksums of first downloads, where the source publishes none.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// What this file is for, for those who find it.
    about: String,
    /// By path.
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    sha256: String,
    bytes: u64,
    url: String,
}

impl LockFile {
    /// The one in this folder; an empty one where there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, FetchError> {
        let path = folder.join(NAME);
        let content = match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Content::default(),
            Err(source) => return Err(FetchError::Io { doing: "reading", path, source }),
            Ok(metadata) if metadata.len() > MOST_BYTES => {
                return Err(FetchError::LockFile { path, what: "it is too large".into() });
            }
            Ok(_) => {
                let text = std::fs::read(&path);
                let text = text.map_err(|source| FetchError::Io { doing: "reading", path: path.clone(), source })?;
                let read = serde_json::from_slice(&text);
                read.map_err(|e| FetchError::LockFile { path: path.clone(), what: e.to_string() })?
            }
        };
        Ok(Self { path, content })
    }

    /// The checksum of the first download of a file.
    pub(crate) fn sha256(&self, file: &str) -> Option<&str> {
        self.content.files.get(file).map(|entry| entry.sha256.as_str())
    }

    /// Remembers a first download.
    pub(crate) fn trust(&mut self, file: &str, sha256: &str, bytes: u64, url: &str) -> Result<(), FetchError> {
        self.content.about =
            "SHA-256 of first downloads, which later ones are compared with: their source publishes none".into();
        let entry = Entry { sha256: sha256.into(), bytes, url: url.into() };
        self.content.files.insert(file.to_owned(), entry);
        let io = |source| FetchError::Io { doing: "writing", path: self.path.clone(), source };
        let text = serde_json::to_vec_pretty(&self.content).map_err(|e| io(e.into()))?;
        // Written beside and renamed, so that no half of it is ever found.
        let beside = self.path.with_extension("json.new");
        std::fs::write(&beside, text).map_err(io)?;
        std::fs::rename(&beside, &self.path).map_err(io)
    }
}
