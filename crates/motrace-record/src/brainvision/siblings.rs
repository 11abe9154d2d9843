//! The files that belong to a header.

use super::sections::{Section, Sections};
use crate::stored::Outline;
use crate::whole::Whence;
use crate::{Format, RecordError, Recording, field, hashing};
use motrace_core::clean_text;
use std::path::{Path, PathBuf};

/// Where the other files of a recording are.
struct Siblings {
    data: PathBuf,
    markers: Option<PathBuf>,
    remarks: Vec<String>,
}

/// The files of a recording, of which the small ones are read.
pub(crate) struct Opened {
    /// Header, signals and markers, as far as they are there.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) outline: Outline,
}

impl Opened {
    /// Opens the recording whose header is at `path`.
    pub(crate) fn of(path: &Path) -> Result<Self, RecordError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| RecordError::Io { doing: "read", path: path.to_owned(), source })
        };
        let header = read(path)?;
        let Siblings { data, markers, remarks } = Siblings::of(path, &header)?;
        let marker_bytes = markers.as_deref().map(read).transpose()?;
        let io = |source| RecordError::Io { doing: "read", path: data.clone(), source };
        let data_bytes = usize::try_from(std::fs::metadata(&data).map_err(io)?.len()).unwrap_or(usize::MAX);
        let mut outline = super::outline(&header, data_bytes, marker_bytes.as_deref())
            .map_err(|e| e.told_of(path, Format::BrainVision))?;
        outline.contents.warnings.put_first(remarks);
        Ok(Self { files: [path.to_owned(), data].into_iter().chain(markers).collect(), outline })
    }

    /// The file of the signals.
    pub(crate) fn data(&self) -> &Path {
        &self.files[1]
    }
}

/// Reads the recording whose header is at `path`.
pub(crate) fn open(path: &Path) -> Result<Recording, RecordError> {
    let opened = Opened::of(path)?;
    let data = opened.data().to_owned();
    let Opened { files, outline } = opened;
    let hash = || hashing::of_files(&files);
    Recording::assemble(path, Format::BrainVision, hash, || outline.into_whole(Whence::File(&data)))
}

impl Siblings {
    /// Finds those that a header names. They are looked for in its own folder only, whatever else their names say; files
    /// that were renamed together with the header are found, too.
    fn of(path: &Path, header: &[u8]) -> Result<Self, RecordError> {
        let text = field::decoded(header);
        let sections = Sections::parse(&text);
        let named = |key| sections.value(Section::CommonInfos, key);
        let mut remarks = Vec::new();
        let data_name = named("DataFile").unwrap_or("$b.eeg");
        let Some(data_path) = find(path, data_name, "eeg", &mut remarks) else {
            let what = format!("its signals are in {}, which is not beside it", clean_text(data_name, 80));
            return Err(RecordError::Damaged { path: path.to_owned(), format: "BrainVision", what });
        };
        let markers_path = named("MarkerFile").and_then(|name| {
            let found = find(path, name, "vmrk", &mut remarks);
            if found.is_none() {
                remarks.push(format!("its markers are in {}, which is not beside it", clean_text(name, 80)));
            }
            found
        });
        Ok(Self { data: data_path, markers: markers_path, remarks })
    }
}

/// The header beside a file of a BrainVision recording, if this is one.
pub(crate) fn header_beside(path: &Path) -> Option<PathBuf> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    if !["eeg", "vmrk", "amrk"].contains(&ending.as_str()) {
        return None;
    }
    ["vhdr", "ahdr"].iter().map(|e| path.with_extension(e)).find(|p| p.is_file())
}

fn find(header: &Path, name: &str, usual: &str, remarks: &mut Vec<String>) -> Option<PathBuf> {
    let stem = header.file_stem()?.to_string_lossy();
    // A name can have a folder of the computer on which the file was made.
    let own = name.rsplit(['/', '\\']).next().unwrap_or(name).replace("$b", &stem);
    let file_name = Path::new(&own).file_name()?;
    let direct = header.with_file_name(file_name);
    if direct.is_file() {
        return Some(direct);
    }
    let ending = Path::new(&own).extension().map_or_else(|| usual.into(), |e| e.to_string_lossy());
    let renamed = [header.with_extension(&*ending), header.with_extension(usual)].into_iter().find(|p| p.is_file())?;
    remarks.push(format!(
        "the header names {}, which is not there; {} was read instead",
        clean_text(&own, 80),
        clean_text(&renamed.file_name().unwrap_or_default().to_string_lossy(), 80)
    ));
    Some(renamed)
}
