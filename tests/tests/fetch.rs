//! `motrace fetch`, from a server on this machine.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../crates/motrace-fetch/tests/fetching/server.rs"]
#[allow(dead_code, reason = "not every test needs every manner")]
mod server;

use motrace_tests::{Run, motrace};
use server::{Manner, Served, Server};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn run(arguments: &[&str]) -> Run {
    motrace(PROGRAM, arguments, 120)
}

#[test]
fn what_there_is_comes_with_licence_citation_and_format() {
    let list = run(&["fetch", "--list"]).succeeded().stdout;
    for part in ["physionet-mi", "bnci-2a", "bnci-2b", "ODC-By", "CC BY-ND 4.0", "Schalk", "motrace does not read it"] {
        assert!(list.contains(part), "{part:?}: {list}");
    }
    let json = run(&["fetch", "--list", "--json"]).succeeded().json();
    assert_eq!(json[0]["name"], "physionet-mi");
    assert_eq!(json[1]["is_readable"], false);
}

#[test]
fn a_file_is_fetched_once_and_its_terms_are_shown() {
    let (folder, content) = (tempfile::tempdir().unwrap(), vec![7; 200_000]);
    let served = Served { content, tag: Some("\"a\"".into()), manners: vec![Manner::EndsAfter(50_000)] };
    let server =
        Server::start(vec![("A01T.mat", served.clone()), ("A01E.mat", Served { manners: Vec::new(), ..served })]);
    let folder = folder.path().to_string_lossy().into_owned();
    let arguments = ["fetch", "bnci-2a", "--subjects", "1", "--folder", &folder, "--mirror", &server.base];

    let planned = run(&[&arguments[..], &["--dry-run"]].concat()).succeeded().stdout;
    assert!(planned.contains("2 to fetch, 0 here; nothing was fetched"), "{planned}");
    assert!(server.asked().is_empty());

    let first = run(&arguments).succeeded();
    for part in [
        "licence     CC BY-ND 4.0",
        "cite        Tangermann",
        "2 fetched, 0 completed, 0 were here",
        "trusted at this first",
    ] {
        assert!(first.stdout.contains(part), "{part:?}: {first:#?}");
    }
    assert!(first.stderr.contains("publishes no checksums") && first.stderr.contains("50000 of 200000"), "{first:#?}");
    let again = run(&[&arguments[..], &["--json"]].concat()).succeeded().json();
    assert_eq!(again["files"][0]["state"], "here");
    assert_eq!(again["files"][0]["checked"], "as-first-time");
    assert_eq!(again["files"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_makes_no_sense_is_refused() {
    run(&["fetch"]).refused(2, "dataset");
    run(&["fetch", "physionet"]).refused(2, "physionet-mi");
    run(&["fetch", "physionet-mi"]).refused(2, "--subjects 1-109");
    run(&["fetch", "physionet-mi", "--subjects", "110"]).refused(2, "no subject 110");
    run(&["fetch", "physionet-mi", "--subjects", "one"]).refused(2, "1-5,9");
    run(&["fetch", "bnci-2a", "--subjects", "1", "--runs", "1"]).refused(2, "no files by run");
    run(&["fetch", "bnci-2a", "--subjects", "1", "--mirror", "ftp://x/"]).refused(2, "no address");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_string_lossy();
    let nobody = ["fetch", "bnci-2a", "--subjects", "1", "--folder", &folder, "--mirror", "http://127.0.0.1:1/"];
    run(&nobody).refused(1, "is there a network?");
}
