//! The hashes that identify a recording.

use crate::bytes::READ_BYTES;
use crate::provenance::SourceFile;
use crate::xdf::Feed;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// So many blocks can be hashed before they are wanted.
const BLOCKS: usize = 8;

/// The hash of all files behind each other, and that of each.
#[derive(Debug)]
pub(crate) struct Hashes {
    pub(crate) whole: String,
    pub(crate) files: Vec<SourceFile>,
}

/// Hashes files in memory.
pub(crate) fn of_parts(parts: &[(&Path, &[u8])]) -> io::Result<Hashes> {
    of_readers(parts.iter().map(|(path, bytes)| Ok((*path, *bytes))))
}

/// Reads and hashes files.
pub(crate) fn of_files(paths: &[PathBuf]) -> io::Result<Hashes> {
    of_readers(paths.iter().map(|path| Ok((path.as_path(), File::open(path)?))))
}

fn of_readers<'a, R: Read>(parts: impl ExactSizeIterator<Item = io::Result<(&'a Path, R)>>) -> io::Result<Hashes> {
    let is_one = parts.len() == 1;
    let mut whole = Sha256::new();
    let mut files = Vec::with_capacity(parts.len());
    let mut block = vec![0; READ_BYTES];
    for part in parts {
        let (path, mut reader) = part?;
        let (mut own, mut bytes) = (Sha256::new(), 0);
        loop {
            let count = match reader.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            own.update(&block[..count]);
            if !is_one {
                whole.update(&block[..count]);
            }
            bytes += count as u64;
        }
        files.push(SourceFile { path: path.to_owned(), bytes, sha256: hex(&own.finalize()) });
    }
    let whole = match &files[..] {
        [one] => one.sha256.clone(),
        _ => hex(&whole.finalize()),
    };
    Ok(Hashes { whole, files })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads a file once for two: it is hashed in one thread, and goes on to another that parses it.
#[derive(Debug)]
pub(crate) struct Hasher {
    file: File,
    path: PathBuf,
    filled: SyncSender<io::Result<Vec<u8>>>,
    emptied: Receiver<Vec<u8>>,
}

/// What comes from a [`Hasher`].
#[derive(Debug)]
pub(crate) struct Hashed {
    filled: Receiver<io::Result<Vec<u8>>>,
    emptied: SyncSender<Vec<u8>>,
}

impl Hasher {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Hashed)> {
        let file = File::open(path)?;
        let (filled, to_parse) = sync_channel(BLOCKS);
        let (back, emptied) = sync_channel(BLOCKS + 2);
        Ok((Self { file, path: path.to_owned(), filled, emptied }, Hashed { filled: to_parse, emptied: back }))
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// When it cannot be read, or nobody wants it any more.
    pub(crate) fn run(mut self) -> io::Result<Hashes> {
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        loop {
            let mut block = self.emptied.try_recv().unwrap_or_default();
            block.resize(READ_BYTES, 0);
            match self.file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => block.truncate(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let kind = error.kind();
                    let _ = self.filled.send(Err(error));
                    return Err(kind.into());
                }
            }
            hash.update(&block);
            bytes += block.len() as u64;
            self.filled.send(Ok(block)).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        let sha256 = hex(&hash.finalize());
        Ok(Hashes { whole: sha256.clone(), files: vec![SourceFile { path: self.path, bytes, sha256 }] })
    }
}

impl Feed for Hashed {
    fn feed(&mut self, wanted: usize, into: &mut Vec<u8>) -> io::Result<bool> {
        let enough = into.len().saturating_add(wanted);
        while into.len() < enough {
            let Ok(block) = self.filled.recv() else { return Ok(false) };
            let block = block?;
            into.extend_from_slice(&block);
            // A block that finds no place is given back to the system.
            let _ = self.emptied.try_send(block);
        }
        Ok(true)
    }
}
