//! Fetching from a server on this machine, whatever it does.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

mod server;

use motrace_fetch::{Checked, Dataset, FetchError, FetchPlan, Fetched, Patience, Progress, Selection, State, fetch};
use server::{Manner, Served, Server};
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

const ONE: &str = "S001/S001R01.edf";
const LIST: &str = "SHA256SUMS.txt";

/// Quick to try again, slow to despair: a silence that only a server that stalls reaches.
fn patience() -> Patience {
    Patience { silence: Duration::from_secs(20), tries: 3, pause: Duration::from_millis(1) }
}

fn content(seed: usize) -> Vec<u8> {
    (0..300_000).map(|i| ((i * 31 + seed * 7) % 251) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn served(content: &[u8], manners: &[Manner]) -> Served {
    Served { content: content.to_vec(), tag: Some(format!("\"{}\"", &sha256(content)[..8])), manners: manners.to_vec() }
}

fn list_of(content: &[u8]) -> Served {
    served(format!("{} {ONE}\n", sha256(content)).as_bytes(), &[])
}

/// A collection with published checksums, of which the first run of the first person is wanted.
fn physionet(base: &str, folder: &Path) -> FetchPlan {
    let dataset = Dataset::named("physionet-mi").unwrap();
    let files = dataset.files(&Selection { subjects: Some(vec![1]), runs: Some(vec![1]), is_all: false }).unwrap();
    FetchPlan::new(dataset, &files, Some(base), folder).unwrap()
}

/// A collection without checksums, of which one file is wanted.
fn bnci(base: &str, folder: &Path) -> FetchPlan {
    FetchPlan::new(Dataset::named("bnci-2a").unwrap(), &["A01T.mat".into()], Some(base), folder).unwrap()
}

fn go(plan: &FetchPlan) -> Result<Vec<Fetched>, FetchError> {
    fetch(plan, patience(), &mut |_| ControlFlow::Continue(()))
}

/// All files below a folder, but for the list of checksums and the lock file.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else if !path.ends_with(LIST) && !path.to_string_lossy().ends_with("lock.json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_file_is_fetched_checked_and_kept() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(1));
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, served(&content, &[]))]);
    let plan = physionet(&server.base, folder.path());
    let mut bytes = 0;
    let fetched = fetch(&plan, patience(), &mut |progress| {
        if let Progress::Bytes { have, total, url } = progress
            && url.ends_with(ONE)
        {
            assert_eq!(total, Some(content.len() as u64));
            bytes = have;
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(bytes, content.len() as u64);
    assert_eq!((fetched[0].state, fetched[0].checked), (State::Fetched, Checked::Published));
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), content);
    assert_eq!(fetched[0].path, folder.path().join("physionet-mi/S001/S001R01.edf"));
    assert_eq!(files_in(folder.path()), [fetched[0].path.clone()]);

    // Again: nothing is asked for, also where there is no network.
    let before = server.asked().len();
    drop(server);
    let again = go(&plan).unwrap();
    assert_eq!((again[0].state, again[0].checked), (State::Here, Checked::Published));
    assert_eq!(before, 2);
}

#[test]
fn what_broke_off_goes_on_where_it_stopped() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(2));
    let broken = served(&content, &[Manner::EndsAfter(100_000), Manner::EndsAfter(50_000)]);
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, broken)]);
    let fetched = go(&physionet(&server.base, folder.path())).unwrap();
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), content);
    let asked: Vec<_> = server.asked().into_iter().filter(|a| a.path == ONE).collect();
    let ranges: Vec<_> = asked.iter().map(|a| a.range.as_deref()).collect();
    assert_eq!(ranges, [None, Some("bytes=100000-"), Some("bytes=150000-")]);
    // The second half is asked for only of the same file.
    assert_eq!(asked[1].if_range, Some(format!("\"{}\"", &sha256(&content)[..8])));
    assert_eq!(files_in(folder.path()).len(), 1);
}

#[test]
fn a_run_that_was_stopped_is_completed_by_the_next() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(3));
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, served(&content, &[Manner::EndsAfter(120_000)]))]);
    let plan = physionet(&server.base, folder.path());
    let stopped = fetch(&plan, patience(), &mut |progress| match progress {
        Progress::Trying { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(FetchError::Stopped)), "{stopped:?}");
    assert!(!plan.files[0].path.exists());
    let fetched = go(&plan).unwrap();
    assert_eq!(fetched[0].state, State::Completed);
    assert_eq!(server.asked().last().unwrap().range.as_deref(), Some("bytes=120000-"));
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), content);
}

#[test]
fn a_server_without_ranges_begins_anew() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(4));
    let manners = [Manner::EndsAfter(100_000), Manner::IgnoresRange];
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, served(&content, &manners))]);
    let fetched = go(&physionet(&server.base, folder.path())).unwrap();
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), content);
}

#[test]
fn a_wrong_range_is_not_joined() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(5));
    let manners = [Manner::EndsAfter(100_000), Manner::WrongRange];
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, served(&content, &manners))]);
    let fetched = go(&physionet(&server.base, folder.path())).unwrap();
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), content);
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let (folder, old, new) = (tempfile::tempdir().unwrap(), content(6), content(7));
    let server = Server::start(vec![("A01T.mat", served(&old, &[Manner::EndsAfter(90_000)]))]);
    let plan = bnci(&server.base, folder.path());
    let stopped = fetch(&plan, patience(), &mut |progress| match progress {
        Progress::Trying { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert!(matches!(stopped, Err(FetchError::Stopped)));
    server.replace("A01T.mat", served(&new, &[]));
    let fetched = go(&plan).unwrap();
    assert_eq!(server.asked().last().unwrap().range.as_deref(), Some("bytes=90000-"));
    assert_eq!(std::fs::read(&fetched[0].path).unwrap(), new);
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(8));
    let server = Server::start(vec![(LIST, list_of(b"something else")), (ONE, served(&content, &[]))]);
    let error = go(&physionet(&server.base, folder.path())).unwrap_err();
    assert!(matches!(error, FetchError::WrongChecksum { .. }), "{error:?}");
    assert!(error.to_string().contains(&sha256(&content)), "{error}");
    assert_eq!(files_in(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_body_that_always_ends_early_is_given_up() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(9));
    let manners = [Manner::EndsAfter(100_000), Manner::EndsAfter(0), Manner::EndsAfter(0), Manner::EndsAfter(0)];
    let server = Server::start(vec![(LIST, list_of(&content)), (ONE, served(&content, &manners))]);
    let plan = physionet(&server.base, folder.path());
    let error = go(&plan).unwrap_err();
    assert!(matches!(error, FetchError::Truncated { have: 100_000, total: 300_000, .. }), "{error:?}");
    assert!(error.to_string().contains("100000 of 300000 bytes"), "{error}");
    assert!(!plan.files[0].path.exists(), "an incomplete file has a file's name");
    assert_eq!(std::fs::read(plan.files[0].path.with_extension("edf.part")).unwrap(), content[..100_000]);
}

#[test]
fn a_server_that_says_nothing_is_waited_for_and_left() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(10));
    let mut manners = vec![Manner::StallsAfter(50_000)];
    manners.extend([Manner::StallsAfter(0); 9]);
    let server = Server::start(vec![("A01T.mat", served(&content, &manners))]);
    let plan = bnci(&server.base, folder.path());
    let patience = Patience { silence: Duration::from_millis(400), tries: 2, pause: Duration::from_millis(1) };
    let error = fetch(&plan, patience, &mut |_| ControlFlow::Continue(())).unwrap_err();
    // On a machine that stood still so long itself, the connection may have come too late.
    assert!(matches!(error, FetchError::TimedOut { .. } | FetchError::Unreachable { .. }), "{error:?}");
    assert!(!plan.files[0].path.exists());
    // What came before the silence is kept.
    let part = std::fs::metadata(plan.files[0].path.with_extension("mat.part"));
    assert!(part.is_ok_and(|part| part.len() <= 50_000) || server.asked().len() > 1);
}

#[test]
fn what_is_not_there_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![]);
    let error = go(&bnci(&server.base, folder.path())).unwrap_err();
    assert!(matches!(error, FetchError::NotFound { status: 404, .. }), "{error:?}");
    assert!(error.to_string().contains("A01T.mat"), "{error}");
    assert_eq!(server.asked().len(), 1, "a file that is not there is not asked for again");
    assert_eq!(files_in(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn trouble_of_the_server_is_tried_again_and_refusal_is_not() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(11));
    let server = Server::start(vec![("A01T.mat", served(&content, &[Manner::Status(503), Manner::Status(500)]))]);
    assert_eq!(go(&bnci(&server.base, folder.path())).unwrap()[0].bytes, 300_000);
    let folder = tempfile::tempdir().unwrap();
    server.replace("A01T.mat", served(&content, &[Manner::Status(403)]));
    let error = go(&bnci(&server.base, folder.path())).unwrap_err();
    assert!(error.to_string().contains("403 (not allowed)"), "{error}");
}

#[test]
fn no_network_is_a_clear_message() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens at this port.
    let error = go(&bnci("http://127.0.0.1:1/data/", folder.path())).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("is there a network?"), "{error}");
    assert_eq!(files_in(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn without_published_checksums_the_first_download_is_trusted_and_holds() {
    let (folder, first, other) = (tempfile::tempdir().unwrap(), content(12), content(13));
    let server = Server::start(vec![("A01T.mat", served(&first, &[Manner::WithoutLength]))]);
    let plan = bnci(&server.base, folder.path());
    let mut notes = Vec::new();
    let fetched = fetch(&plan, patience(), &mut |progress| {
        if let Progress::Note(text) = progress {
            notes.push(text.to_owned());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(fetched.unwrap()[0].checked, Checked::FirstTime);
    assert!(notes[0].contains("publishes no checksums"), "{notes:?}");
    assert_eq!(go(&plan).unwrap()[0].checked, Checked::AsFirstTime);

    // Another content under the same address, later.
    std::fs::remove_file(&plan.files[0].path).unwrap();
    server.replace("A01T.mat", served(&other, &[]));
    let error = go(&plan).unwrap_err();
    assert!(matches!(error, FetchError::WrongChecksum { .. }), "{error:?}");
    assert!(error.to_string().contains("first download"), "{error}");
    assert_eq!(files_in(folder.path()), Vec::<PathBuf>::new());

    // A file that someone changed.
    std::fs::write(&plan.files[0].path, b"changed").unwrap();
    let error = go(&plan).unwrap_err();
    assert!(matches!(error, FetchError::AnotherFile { .. }), "{error:?}");
    assert_eq!(std::fs::read(&plan.files[0].path).unwrap(), b"changed", "what is not ours is not touched");
}

#[test]
fn a_page_instead_of_checksums_is_refused() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(14));
    let page = served(b"<html>please log in</html>", &[]);
    let server = Server::start(vec![(LIST, page), (ONE, served(&content, &[]))]);
    let error = go(&physionet(&server.base, folder.path())).unwrap_err();
    assert!(matches!(error, FetchError::NoChecksums { .. }), "{error:?}");
    assert!(!folder.path().join("physionet-mi").join(LIST).exists());
}

#[test]
fn damaged_notes_and_lock_files_do_no_harm() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(15));
    let server = Server::start(vec![("A01T.mat", served(&content, &[]))]);
    let plan = bnci(&server.base, folder.path());
    std::fs::create_dir_all(&plan.folder).unwrap();
    // A part of unknown origin is not gone on with.
    std::fs::write(plan.folder.join("A01T.mat.part"), b"from somewhere").unwrap();
    std::fs::write(plan.folder.join("A01T.mat.part.json"), b"{ nonsense").unwrap();
    assert_eq!(std::fs::read(&go(&plan).unwrap()[0].path).unwrap(), content);
    std::fs::write(plan.folder.join("motrace-fetch.lock.json"), b"[1, 2").unwrap();
    assert!(matches!(go(&plan).unwrap_err(), FetchError::LockFile { .. }));
}

#[test]
fn two_programs_do_not_write_into_one_file() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content(16));
    let server = Server::start(vec![("A01T.mat", served(&content, &[]))]);
    let plan = bnci(&server.base, folder.path());
    std::fs::create_dir_all(&plan.folder).unwrap();
    let other = std::fs::File::create(plan.folder.join("A01T.mat.part")).unwrap();
    other.lock().unwrap();
    assert!(matches!(go(&plan).unwrap_err(), FetchError::Busy { .. }));
    drop(other);
    go(&plan).unwrap();
}

#[test]
fn addresses_that_are_none_are_refused() {
    for base in ["", "ftp://host/", "host/data", "https://", "http://a b/"] {
        let dataset = Dataset::named("bnci-2a").unwrap();
        let plan = FetchPlan::new(dataset, &["A01T.mat".into()], Some(base), Path::new("nowhere"));
        assert!(matches!(plan, Err(FetchError::BadAddress { .. })), "{base:?}");
    }
}
