use serde::Serialize;
use std::path::PathBuf;

/// Where a recording comes from: the files it was read from and what they say of themselves.
///
/// Names and dates of birth of patients, which several formats hold, are not read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Provenance {
    /// The variant of the format as the file names it, for example `GDF 2.10` or `EDF+D`; empty where it names none.
    pub version: String,
    /// The program or the device that wrote it; empty where the file does not say.
    pub written_by: String,
    /// Every file that was read, the one that was opened first.
    pub files: Vec<SourceFile>,
}

/// One file of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}
