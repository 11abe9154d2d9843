//! Which recordings there are, what they are called, and whose they are.

use crate::arguments::EvaluateArguments;
use crate::failure::Failure;
use crate::output;
use crate::recordings::retain_wanted;
use motrace_core::clean_text;
use motrace_evaluate::person_of;
use motrace_record::{RecordError, is_beside_bids, leads_back};
use std::path::{Path, PathBuf};

/// Folders are searched for files that end so.
const ENDINGS: [&str; 6] = ["xdf", "edf", "bdf", "gdf", "vhdr", "dat"];
/// No folder holds more recordings than this.
const MOST_FILES: usize = 100_000;
/// Folders within folders are searched as deep as this.
const DEEPEST: usize = 12;

/// A recording that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: PathBuf,
    /// What it is called: as much of its path as tells it from the others.
    pub name: String,
    pub subject: String,
    pub session: Option<String>,
    pub is_test: bool,
}

/// All recordings that the command line names, in their order.
pub fn files(arguments: &EvaluateArguments) -> Result<Vec<File>, Failure> {
    let mut paths: Vec<(PathBuf, bool)> = Vec::new();
    let named = arguments.subject.iter().flat_map(|(_, recordings)| recordings);
    for (given, is_test) in arguments
        .recordings
        .iter()
        .chain(named)
        .map(|path| (path, false))
        .chain(arguments.test.iter().map(|path| (path, true)))
    {
        let mut found = Vec::new();
        if given.is_dir() {
            let mut unreadable = Vec::new();
            search(given, 0, &mut found, &mut unreadable)?;
            if let (true, Some(first)) = (found.is_empty(), unreadable.first()) {
                return Err(RecordError::Eeglab { path: first.clone() }.into());
            }
            for path in unreadable {
                output::warn(&format!("left out: {}", RecordError::Eeglab { path }));
            }
            if found.is_empty() {
                return Err(Failure::failed(format_args!(
                    "{}: no recording (.{}) is in this folder",
                    given.display(),
                    ENDINGS.join(", .")
                )));
            }
        } else {
            found.push(given.clone());
        }
        for path in found {
            match paths.iter_mut().find(|(known, _)| same(known, &path)) {
                Some((_, known_test)) => *known_test |= is_test,
                None => paths.push((path, is_test)),
            }
        }
    }
    for (path, _) in &paths {
        let mut claims = arguments.subject.iter().filter(|(_, own)| own.iter().any(|o| holds(o, path)));
        if let (Some((first, _)), Some((second, _))) = (claims.next(), claims.next())
            && first != second
        {
            return Err(Failure::usage(format_args!(
                "--subject: {} cannot be of {first} and of {second}",
                path.display()
            )));
        }
    }
    retain_wanted(&mut paths, |(path, _)| path, &arguments.bids)?;
    let only: Vec<&Path> = paths.iter().map(|(path, _)| path.as_path()).collect();
    let names = names(&only);
    Ok(paths
        .iter()
        .zip(names)
        .map(|((path, is_test), name)| {
            let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let said = person_of(&whole);
            let given = arguments.subject.iter().find(|(_, own)| own.iter().any(|o| holds(o, path)));
            let folder = || whole.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
            let subject = given
                .map(|(name, _)| name.clone())
                .or(said.subject)
                .or_else(folder)
                .unwrap_or_else(|| "subject".to_owned());
            File {
                path: path.clone(),
                name,
                subject: clean_text(&subject, 60),
                session: said.session.map(|session| clean_text(&session, 60)),
                is_test: *is_test,
            }
        })
        .collect())
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

/// Whether what was given for a subject, a file or a folder, is or holds this recording.
fn holds(given: &Path, path: &Path) -> bool {
    same(given, path)
        || given.canonicalize().ok().zip(path.canonicalize().ok()).is_some_and(|(given, path)| path.starts_with(given))
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>, unreadable: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let read = std::fs::read_dir(folder).map_err(|e| Failure::failed(format_args!("{}: {e}", folder.display())))?;
    let mut entries: Vec<PathBuf> = read.filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            // What was derived from the recordings of a data set is not evaluated beside them.
            if depth < DEEPEST && !is_beside_bids(&path) && !leads_back(&path, folder) {
                search(&path, depth + 1, found, unreadable)?;
            }
        } else if ending.as_deref() == Some("set") && unreadable.len() < MOST_FILES {
            unreadable.push(path);
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            if found.len() == MOST_FILES {
                return Err(Failure::failed(format_args!(
                    "{} holds more than {MOST_FILES} recordings: give a part of them",
                    folder.display()
                )));
            }
            found.push(path);
        }
    }
    Ok(())
}

/// As many of the last parts of each path as tell all apart.
fn names(paths: &[&Path]) -> Vec<String> {
    let last = |path: &Path, count: usize| {
        let parts: Vec<String> =
            path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        clean_text(&parts[parts.len().saturating_sub(count)..].join("/"), 200)
    };
    (1..=6)
        .map(|count| paths.iter().map(|path| last(path, count)).collect::<Vec<String>>())
        .find(|names| {
            let mut sorted = names.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len() == names.len()
        })
        .unwrap_or_else(|| paths.iter().map(|path| clean_text(&path.display().to_string(), 400)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let paths = ["data/edf01/002/eeg.edf", "data/edf01/003/eeg.edf", "data/edf03/002/eeg.edf"].map(Path::new);
        assert_eq!(names(&paths), ["edf01/002/eeg.edf", "edf01/003/eeg.edf", "edf03/002/eeg.edf"]);
        assert_eq!(names(&["a/x.edf", "a/y.edf"].map(Path::new)), ["x.edf", "y.edf"]);
        assert!(names(&[]).is_empty());
    }
}
