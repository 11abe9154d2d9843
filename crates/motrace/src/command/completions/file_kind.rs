use clap::{Arg, ValueHint};

/// What a file on the command line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A recording, or anything else a command reads.
    Endings(&'static [&'static str]),
    /// A file of any kind.
    Any,
    /// A folder.
    Folder,
}

const RECORDINGS: &[&str] = &["xdf", "xdfz", "edf", "bdf", "gdf", "vhdr", "dat"];
const MODELS: &[&str] = &["safetensors"];
const CONFIGURATIONS: &[&str] = &["toml"];
/// What `motrace info` describes.
const DESCRIBED: &[&str] = &["xdf", "xdfz", "edf", "bdf", "gdf", "vhdr", "dat", "safetensors", "toml"];

impl FileKind {
    /// The kind that follows from what the value is called in `--help`; `None` where it is no file.
    pub fn of(argument: &Arg) -> Option<Self> {
        let name = argument.get_value_names()?.first()?.as_str();
        match name {
            "REC" | "REC|sim" | "IN" | "OUT" => Some(Self::Endings(RECORDINGS)),
            "MODEL" | "WEIGHTS" => Some(Self::Endings(MODELS)),
            "CONFIG" => Some(Self::Endings(CONFIGURATIONS)),
            "REC|MODEL|CONFIG" => Some(Self::Endings(DESCRIBED)),
            "FILE" | "NAME=REC,REC" => Some(Self::Any),
            "FOLDER" => Some(Self::Folder),
            _ => None,
        }
    }

    /// The same in the words of `clap`, for shells that are given no endings.
    pub fn hint(self) -> ValueHint {
        match self {
            Self::Endings(_) | Self::Any => ValueHint::FilePath,
            Self::Folder => ValueHint::DirPath,
        }
    }
}
