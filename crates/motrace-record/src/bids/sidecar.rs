use super::name::BidsName;
use super::table::Table;
use crate::provenance::SourceFile;
use crate::{RecordError, Recording};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Recordings lie this far below the folder of a data set: person, session, `eeg`.
const LEVELS: usize = 4;
/// A table is never larger than this.
const MOST_BYTES: u64 = 64 << 20;

/// The tables that hold for one recording.
pub(super) struct Sidecars<'a> {
    path: &'a Path,
    name: &'a BidsName,
}

/// A file beside a recording, read.
pub(super) struct Sidecar {
    pub(super) path: PathBuf,
    pub(super) text: String,
    source: SourceFile,
}

impl<'a> Sidecars<'a> {
    pub(super) fn new(path: &'a Path, name: &'a BidsName) -> Self {
        Self { path, name }
    }

    /// The file of this suffix and ending that holds: in the nearest folder, and there the one that says most of itself.
    pub(super) fn find(&self, suffix: &str, ending: &str) -> Result<Option<Sidecar>, RecordError> {
        for folder in self.path.ancestors().skip(1).take(LEVELS) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let mut candidates: Vec<(usize, PathBuf)> = Vec::new();
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let name = BidsName::of(&path).filter(|n| n.suffix == suffix && n.ending == ending);
                if let Some(name) = name.filter(|n| n.holds_for(self.name)) {
                    candidates.push((name.entities.len(), path));
                }
            }
            candidates.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            if let Some((_, path)) = candidates.into_iter().next() {
                return Sidecar::read(path).map(Some);
            }
            if folder.join("dataset_description.json").is_file() {
                break;
            }
        }
        Ok(None)
    }
}

impl Sidecar {
    fn read(path: PathBuf) -> Result<Self, RecordError> {
        let io = |source| RecordError::Io { doing: "read", path: path.clone(), source };
        let file = std::fs::File::open(&path).map_err(io)?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > MOST_BYTES {
            let what = format!("it is larger than {} MB", MOST_BYTES >> 20);
            return Err(RecordError::Damaged { path, format: "a BIDS table", what });
        }
        let sha256 = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        let text = String::from_utf8_lossy(&bytes);
        // Spreadsheets put a mark before the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        Ok(Self { source: SourceFile { path: path.clone(), bytes: bytes.len() as u64, sha256 }, path, text })
    }

    /// The table in it, with these columns at least.
    pub(super) fn table(&self, columns: &[&str]) -> Result<Table, RecordError> {
        Table::parse(&self.text, columns).map_err(|what| self.damaged(what))
    }

    pub(super) fn damaged(&self, what: String) -> RecordError {
        RecordError::Damaged { path: self.path.clone(), format: "a BIDS table", what }
    }

    /// The file's name, for messages.
    pub(super) fn shown(&self) -> String {
        let name = self.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        motrace_core::clean_text(&name, 100)
    }

    /// Notes in a recording that it comes from this file too.
    pub(super) fn note_in(self, recording: &mut Recording) {
        recording.provenance.files.push(self.source);
    }
}
