use crate::client::{Client, Patience};
use crate::dataset::{Dataset, Published};
use crate::download::{Expected, download};
use crate::lock_file::LockFile;
use crate::{FetchError, checksums};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A list of checksums is never larger than this.
const MOST_LIST_BYTES: u64 = 16 << 20;

/// What is to be fetched, and into which folder.
#[derive(Debug, Clone)]
pub struct FetchPlan {
    /// The collection.
    pub dataset: Dataset,
    /// The address its files lie under; that of a mirror, or its own.
    pub base: String,
    /// The collection's folder.
    pub folder: PathBuf,
    /// Its files, in order.
    pub files: Vec<PlannedFile>,
}

/// One file that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedFile {
    /// Where it is within the collection.
    pub file: String,
    /// Where it comes from.
    pub url: String,
    /// Where it goes.
    pub path: PathBuf,
    /// Whether a file is there already.
    pub is_here: bool,
}

/// How a file's integrity is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// By the checksum that its source publishes.
    Published,
    /// By that of its first download, which was trusted.
    AsFirstTime,
    /// Not at all: this is the first download, and its source publishes no checksum.
    FirstTime,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was here, and it is right.
    Here,
    /// It was fetched.
    Fetched,
    /// A part of it was here, and the rest was fetched.
    Completed,
}

/// A file that is here and right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Where it is within the collection.
    pub file: String,
    /// Where it came from.
    pub url: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// How that is known to be right.
    pub checked: Checked,
    /// What became of it.
    pub state: State,
}

/// What goes on, for those who watch; whoever breaks stops it, and a new run goes on from there.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Bytes of a file came.
    Bytes {
        /// The file's address.
        url: &'a str,
        /// Bytes that are here.
        have: u64,
        /// Bytes there will be, where the server says so.
        total: Option<u64>,
    },
    /// Something went wrong, and is tried again.
    Trying {
        /// The file's address.
        url: &'a str,
        /// Which try comes next.
        tries: u32,
        /// What went wrong.
        why: &'a FetchError,
    },
    /// A file is here and right; so many of all are.
    File {
        /// The file.
        file: &'a Fetched,
        /// How many are done.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// Good to know.
    Note(&'a str),
}

impl FetchPlan {
    /// A plan for these files of a collection (see [`Dataset::files`]), from its own address or a mirror's.
    ///
    /// # Errors
    /// When the mirror's address does not begin with `http://` or `https://`.
    pub fn new(dataset: Dataset, files: &[String], mirror: Option<&str>, folder: &Path) -> Result<Self, FetchError> {
        let mut base = mirror.unwrap_or(dataset.base).trim().to_owned();
        let address = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://"));
        if address.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
            return Err(FetchError::BadAddress { url: motrace_core::clean_text(&base, 200) });
        }
        if !base.ends_with('/') {
            base.push('/');
        }
        let folder = folder.join(dataset.name);
        let planned = files.iter().map(|file| {
            let path = file.split('/').fold(folder.clone(), |path, part| path.join(part));
            PlannedFile { file: file.clone(), url: format!("{base}{file}"), is_here: path.is_file(), path }
        });
        Ok(Self { files: planned.collect(), base, folder: folder.clone(), dataset })
    }
}

/// Fetches what a plan says. Files that are here already are checked and kept.
///
/// # Errors
/// With the first file that cannot be had; what was fetched before stays.
pub fn fetch(
    plan: &FetchPlan,
    patience: Patience,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Vec<Fetched>, FetchError> {
    let io = |path: &Path, source| FetchError::Io { doing: "creating", path: path.to_owned(), source };
    std::fs::create_dir_all(&plan.folder).map_err(|e| io(&plan.folder, e))?;
    let client = Client::new(&plan.base, patience)?;
    let sums = published(plan, &client, watch)?;
    let mut lock = LockFile::open(&plan.folder)?;
    let mut done = Vec::with_capacity(plan.files.len());
    for wanted in &plan.files {
        let (expected, checked) = match (sums.get(&wanted.file), lock.sha256(&wanted.file)) {
            (Some(sum), _) => (Some((sum.clone(), "its source")), Checked::Published),
            (None, Some(sum)) => (Some((sum.to_owned(), "the lock file of the first download")), Checked::AsFirstTime),
            (None, None) => (None, Checked::FirstTime),
        };
        let expected = expected.as_ref().map(|(sha256, source_of)| Expected { sha256, source_of });
        let fetched = if wanted.path.is_file() {
            here(wanted, expected, checked)?
        } else {
            if let Some(parent) = wanted.path.parent() {
                std::fs::create_dir_all(parent).map_err(|e| io(parent, e))?;
            }
            let came = download(&client, &wanted.url, &wanted.path, expected, watch)?;
            Fetched {
                file: wanted.file.clone(),
                url: wanted.url.clone(),
                path: wanted.path.clone(),
                bytes: came.bytes,
                sha256: came.sha256,
                checked,
                state: if came.resumed_from > 0 { State::Completed } else { State::Fetched },
            }
        };
        if checked == Checked::FirstTime {
            lock.trust(&fetched.file, &fetched.sha256, fetched.bytes, &fetched.url)?;
        }
        let flow = watch(Progress::File { file: &fetched, done: done.len() + 1, of: plan.files.len() });
        done.push(fetched);
        if flow.is_break() && done.len() < plan.files.len() {
            return Err(FetchError::Stopped);
        }
    }
    Ok(done)
}

/// A file that is here already; it has to be the right one.
fn here(wanted: &PlannedFile, expected: Option<Expected<'_>>, checked: Checked) -> Result<Fetched, FetchError> {
    let sha256 = checksums::of_file(&wanted.path)?;
    if let Some(expected) = expected.filter(|e| !e.sha256.eq_ignore_ascii_case(&sha256)) {
        return Err(FetchError::AnotherFile {
            path: wanted.path.clone(),
            expected: expected.sha256.to_owned(),
            found: sha256,
            source_of: expected.source_of.to_owned(),
        });
    }
    let bytes = std::fs::metadata(&wanted.path).map_or(0, |m| m.len());
    Ok(Fetched {
        file: wanted.file.clone(),
        url: wanted.url.clone(),
        path: wanted.path.clone(),
        bytes,
        sha256,
        checked,
        state: State::Here,
    })
}

/// The checksums that the source publishes. The list of an earlier run is used again, unless it lacks a file.
fn published(
    plan: &FetchPlan,
    client: &Client,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<BTreeMap<String, String>, FetchError> {
    let Published::Sha256List(name) = plan.dataset.published else {
        let text = format!(
            "{} publishes no checksums: those of the first download are trusted and written into a lock file",
            plan.dataset.name
        );
        let _ = watch(Progress::Note(&text));
        return Ok(BTreeMap::new());
    };
    let (url, path) = (format!("{}{name}", plan.base), plan.folder.join(name));
    let has_all = |sums: &BTreeMap<_, _>| plan.files.iter().all(|f| sums.contains_key(&f.file));
    if let Some(sums) = read_list(&path).filter(has_all) {
        return Ok(sums);
    }
    let _ = std::fs::remove_file(&path);
    let came = download(client, &url, &path, None, watch)?;
    let sums = if came.bytes <= MOST_LIST_BYTES { read_list(&path) } else { None };
    let Some(sums) = sums else {
        let _ = std::fs::remove_file(&path);
        return Err(FetchError::NoChecksums { url });
    };
    let lacking = plan.files.iter().filter(|f| !sums.contains_key(&f.file)).count();
    if lacking > 0 {
        let text =
            format!("the published list of checksums lacks {lacking} of the files; their first download is trusted");
        let _ = watch(Progress::Note(&text));
    }
    Ok(sums)
}

fn read_list(path: &Path) -> Option<BTreeMap<String, String>> {
    let is_small = std::fs::metadata(path).is_ok_and(|m| m.len() <= MOST_LIST_BYTES);
    let text = std::fs::read(path).ok().filter(|_| is_small)?;
    checksums::parse_list(&String::from_utf8_lossy(&text))
}
