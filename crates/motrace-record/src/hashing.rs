//! The hashes that identify a recording.

use crate::bytes::READ_BYTES;
use crate::provenance::SourceFile;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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
