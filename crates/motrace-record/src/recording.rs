use crate::bytes::Unreadable;
use crate::provenance::{Provenance, SourceFile};
use crate::warnings::Warnings;
use crate::{Format, RecordError, RecordedStream, bci2000, brainvision, edf, gdf, xdf};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a reader of one format finds in a file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) streams: Vec<RecordedStream>,
    pub(crate) warnings: Warnings,
    pub(crate) start: Option<String>,
    /// The variant of the format, as the file names it.
    pub(crate) version: String,
    /// The program or the device that wrote the file.
    pub(crate) written_by: String,
}

/// A recording, read whole into memory.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Its streams, in the order in which the file announces them.
    pub streams: Vec<RecordedStream>,
    /// What was repaired, skipped or missing.
    pub warnings: Vec<String>,
    /// The SHA-256 of the whole file, in hexadecimal; of all its files behind each other where it has several.
    pub sha256: String,
    /// When it began, as the file says it.
    pub start: Option<String>,
    /// The files it was read from, and what wrote them.
    pub provenance: Provenance,
}

impl Recording {
    /// Reads a file, whatever its name ends in.
    ///
    /// The header of a BrainVision recording stands for all of its files: those it names are read from the same folder.
    ///
    /// # Errors
    /// When the file cannot be read, is not a recording, or holds nothing that can be read. A file that is
    /// merely cut off or damaged in places opens, with [`warnings`](Self::warnings).
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let io = |source| RecordError::Io { doing: "read", path: path.to_owned(), source };
        // Refuse foreign files by their first bytes, before a large one is read into memory.
        let (mut file, mut bytes, format) = Self::begin(path)?;
        let length = file.metadata().map_err(io)?.len();
        bytes.reserve_exact(usize::try_from(length).unwrap_or(0).saturating_sub(bytes.len()));
        file.read_to_end(&mut bytes).map_err(io)?;
        if format == Format::BrainVision {
            return brainvision::open(path, &bytes);
        }
        Self::parse(path, &bytes)
    }

    /// Opens a file, and gives its first bytes and the format that they announce.
    pub(crate) fn begin(path: &Path) -> Result<(File, Vec<u8>, Format), RecordError> {
        let io = |source| RecordError::Io { doing: "read", path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(RecordError::NotARecording { path: path.to_owned(), found: "a folder".into() });
        }
        let mut head = vec![0; 512.min(usize::try_from(metadata.len()).unwrap_or(512))];
        file.read_exact(&mut head).map_err(io)?;
        match Self::format_of(path, &head) {
            Err(_) if brainvision::header_beside(path).is_some() => {
                let found = "a part of a BrainVision recording (open its header, .vhdr)".into();
                Err(RecordError::NotARecording { path: path.to_owned(), found })
            }
            format => Ok((file, head, format?)),
        }
    }

    /// Reads a recording that is in memory; `path` is used in messages only.
    ///
    /// # Errors
    /// As [`open`](Self::open). A BrainVision recording has several files:
    /// [`parse_brainvision`](Self::parse_brainvision) reads them.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RecordError> {
        let format = Self::format_of(path, bytes)?;
        Self::assemble(path, format, &[(path, bytes)], || match format {
            Format::Xdf => Ok(xdf::read(bytes)?),
            Format::Edf | Format::Bdf => edf::read(bytes, format),
            Format::Gdf => gdf::read(bytes),
            Format::Bci2000 => bci2000::read(bytes),
            Format::BrainVision => Err("its signals are in a file of their own, which is not here".into()),
        })
    }

    /// Reads the files of a BrainVision recording that are in memory: its header, its signals and, where there are any,
    /// its markers. Paths are used in messages and in the provenance only.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn parse_brainvision(
        header: (&Path, &[u8]),
        signals: (&Path, &[u8]),
        markers: Option<(&Path, &[u8])>,
    ) -> Result<Self, RecordError> {
        let mut parts = vec![header, signals];
        parts.extend(markers);
        Self::assemble(header.0, Format::BrainVision, &parts, || {
            brainvision::read(header.1, signals.1, markers.map(|m| m.1))
        })
    }

    /// Reads and hashes; the hash takes about as long as the parsing, so they run side by side.
    fn assemble(
        path: &Path,
        format: Format,
        parts: &[(&Path, &[u8])],
        read: impl FnOnce() -> Result<Contents, Unreadable>,
    ) -> Result<Self, RecordError> {
        let (contents, hashes) = std::thread::scope(|scope| {
            let hashes = scope.spawn(|| hashes(parts));
            (read(), hashes.join())
        });
        let contents = contents.map_err(|e| e.told_of(path, format))?;
        let (sha256, files) =
            hashes.map_err(|_| Unreadable::Damaged("hashing it failed".into()).told_of(path, format))?;
        Ok(Self {
            path: path.to_owned(),
            format,
            streams: contents.streams,
            warnings: contents.warnings.into_list(),
            sha256,
            start: contents.start,
            provenance: Provenance { version: contents.version, written_by: contents.written_by, files },
        })
    }

    fn format_of(path: &Path, bytes: &[u8]) -> Result<Format, RecordError> {
        Format::detect(bytes).map_err(|found| RecordError::NotARecording { path: path.to_owned(), found })
    }
}

/// The hash of all files behind each other, and that of each.
fn hashes(parts: &[(&Path, &[u8])]) -> (String, Vec<SourceFile>) {
    let hash = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let files: Vec<_> = parts.iter().map(|(path, bytes)| SourceFile::new(path, bytes, hash(bytes))).collect();
    let whole = match &files[..] {
        [one] => one.sha256.clone(),
        _ => {
            let mut whole = Sha256::new();
            parts.iter().for_each(|(_, bytes)| whole.update(bytes));
            hex(&whole.finalize())
        }
    };
    (whole, files)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
