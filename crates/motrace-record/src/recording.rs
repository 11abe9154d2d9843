use crate::bytes::{Bytes, FileBytes, Unreadable};
use crate::hashing::{self, Hashes};
use crate::provenance::Provenance;
use crate::stored::Outline;
use crate::warnings::Warnings;
use crate::whole::Whence;
use crate::{Format, RecordError, RecordedStream, bci2000, brainvision, edf, gdf, xdf};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What is no larger, in bytes, is hashed without a thread of its own.
const LEAST_BYTES_ASIDE: usize = 1 << 17;

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
        // Refuse foreign files by their first bytes, before a large one is read into memory.
        let (file, _, format) = Self::begin(path)?;
        drop(file);
        let files = [path.to_owned()];
        match format {
            Format::BrainVision => brainvision::open(path),
            Format::Xdf => Self::assemble(
                path,
                format,
                || hashing::of_files(&files),
                || match xdf::read_straight(path)? {
                    Some(contents) => Ok(contents),
                    None => xdf::read_from(path),
                },
            ),
            Format::Edf | Format::Bdf | Format::Gdf | Format::Bci2000 => Self::assemble(
                path,
                format,
                || hashing::of_files(&files),
                || {
                    let mut bytes = FileBytes::open(path)?;
                    outline(&mut bytes, format)?.into_whole(Whence::File(path))
                },
            ),
        }
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
            Err(_) if is_eeglab(path) => Err(RecordError::Eeglab { path: path.to_owned() }),
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
        Self::assemble_in_memory(path, format, &[(path, bytes)], || match format {
            Format::Xdf => Ok(xdf::read(bytes)?),
            _ => outline(&mut { bytes }, format)?.into_whole(Whence::Memory(bytes)),
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
        Self::assemble_in_memory(header.0, Format::BrainVision, &parts, || {
            brainvision::outline(header.1, signals.1.len(), markers.map(|m| m.1))?.into_whole(Whence::Memory(signals.1))
        })
    }

    /// As [`assemble`](Self::assemble), for contents in memory; small ones are hashed before a thread would have begun to.
    fn assemble_in_memory(
        path: &Path,
        format: Format,
        parts: &[(&Path, &[u8])],
        read: impl FnOnce() -> Result<Contents, Unreadable>,
    ) -> Result<Self, RecordError> {
        if parts.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > LEAST_BYTES_ASIDE {
            return Self::assemble(path, format, || hashing::of_parts(parts), read);
        }
        let told = |e: Unreadable| e.told_of(path, format);
        let contents = read().map_err(told)?;
        Ok(Self::of(path, format, contents, hashing::of_parts(parts).map_err(|e| told(e.into()))?))
    }

    /// Reads and hashes; the hash takes about as long as the parsing, so they run side by side.
    pub(crate) fn assemble(
        path: &Path,
        format: Format,
        hash: impl FnOnce() -> io::Result<Hashes> + Send,
        read: impl FnOnce() -> Result<Contents, Unreadable>,
    ) -> Result<Self, RecordError> {
        let (contents, hashes) = std::thread::scope(|scope| {
            let hashes = scope.spawn(hash);
            (read(), hashes.join())
        });
        let told = |e: Unreadable| e.told_of(path, format);
        let contents = contents.map_err(told)?;
        let hashes = hashes.map_err(|_| told("hashing it failed".into()))?.map_err(|e| told(e.into()))?;
        Ok(Self::of(path, format, contents, hashes))
    }

    fn of(path: &Path, format: Format, contents: Contents, hashes: Hashes) -> Self {
        let Contents { streams, warnings, start, version, written_by } = contents;
        Self {
            path: path.to_owned(),
            format,
            streams,
            warnings: warnings.into_list(),
            sha256: hashes.whole,
            start,
            provenance: Provenance { version, written_by, files: hashes.files },
        }
    }

    fn format_of(path: &Path, bytes: &[u8]) -> Result<Format, RecordError> {
        Format::detect(bytes).map_err(|found| RecordError::NotARecording { path: path.to_owned(), found })
    }
}

/// Whether a file is called as EEGLAB calls its data sets, which are files of MATLAB.
pub(crate) fn is_eeglab(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("set"))
}

/// Everything but the samples of a file of these formats, and where those are.
pub(crate) fn outline(bytes: &mut impl Bytes, format: Format) -> Result<Outline, Unreadable> {
    match format {
        Format::Edf | Format::Bdf => edf::outline(bytes, format),
        Format::Gdf => gdf::outline(bytes),
        Format::Bci2000 => bci2000::outline(bytes),
        Format::BrainVision => Err("its signals are in a file of their own, which is not here".into()),
        Format::Xdf => Err("its samples have no fixed places".into()),
    }
}
