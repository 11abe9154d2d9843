use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// No more sessions of one name on one day than this.
const MOST_A_DAY: usize = 999;

/// The folder of a session: everything about it is in here, under fixed names.
#[derive(Debug, Clone)]
pub struct SessionFolder {
    path: PathBuf,
}

impl SessionFolder {
    /// Makes the folder; one that exists is never written into.
    pub fn create(wanted: Option<&Path>, config: &Config, name: &str) -> Result<Self, Failure> {
        match wanted {
            Some(path) => {
                if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
                    make_parents(parent)?;
                }
                match std::fs::create_dir(path) {
                    Ok(()) => Ok(Self { path: path.to_owned() }),
                    Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::failed(format_args!(
                        "the folder {} exists already; a session is never written over another, so give another name",
                        path.display()
                    ))),
                    Err(e) => Err(not_made(path, &e)),
                }
            }
            None => Self::numbered(Path::new(&config.recording.folder), name),
        }
    }

    /// `NAME-2026-11-23-1`, with the first number that is free.
    fn numbered(parent: &Path, name: &str) -> Result<Self, Failure> {
        make_parents(parent)?;
        let today = motrace_record::utc_text(SystemTime::now());
        let day = today.split('T').next().unwrap_or_default();
        for number in 1..=MOST_A_DAY {
            let path = parent.join(format!("{}-{day}-{number}", file_name(name)));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(not_made(&path, &e)),
            }
        }
        Err(Failure::failed(format_args!(
            "there are {MOST_A_DAY} sessions called {name:?} of {day} in {} already; give another --name",
            parent.display()
        )))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything that was streamed, and what was made of it.
    pub fn recording(&self) -> PathBuf {
        self.path.join("recording.xdf")
    }

    /// Every decision, a line each.
    pub fn decisions(&self) -> PathBuf {
        self.path.join("decisions.jsonl")
    }

    /// The model that gave feedback.
    pub fn model(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// Keeps the configuration as it was run, defaults filled in.
    pub fn write_config(&self, config: &Config) -> Result<(), Failure> {
        let text = toml::to_string_pretty(config)?;
        output::write_new(&self.path.join("config.toml"), text.as_bytes())
    }
}

/// A name as part of a file name: letters, digits, `-` and `_`, and nothing else.
pub fn file_name(name: &str) -> String {
    let kept: String =
        name.chars().take(60).map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect();
    let trimmed = kept.trim_matches('-');
    if trimmed.is_empty() { "session".to_owned() } else { trimmed.to_owned() }
}

fn make_parents(parent: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(parent).map_err(|e| not_made(parent, &e))
}

fn not_made(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format_args!("the folder {} cannot be made: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_stay_in_their_folder() {
        for (name, kept) in [
            ("left-right", "left-right"),
            ("../../etc", "etc"),
            ("a/b\\c", "a-b-c"),
            ("\u{1b}[31m", "31m"),
            ("..", "session"),
        ] {
            assert_eq!(file_name(name), kept, "{name:?}");
        }
    }

    #[test]
    fn a_session_is_never_written_over_another() {
        let parent = tempfile::tempdir().expect("a folder");
        let config = Config {
            recording: crate::config::RecordingConfig {
                folder: parent.path().join("sessions").to_string_lossy().into_owned(),
                ..Default::default()
            },
            ..Config::default()
        };
        let first = SessionFolder::create(None, &config, "p1").expect("made");
        let second = SessionFolder::create(None, &config, "p1").expect("made");
        assert_ne!(first.path(), second.path());
        let again = SessionFolder::create(Some(first.path()), &config, "p1").expect_err("refused");
        assert!(again.to_string().contains("exists already"), "{again}");
    }
}
