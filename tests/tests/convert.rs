//! `motrace convert`: the same recording in every format, parts of it, and what is refused.

use motrace_tests::{Run, motrace, repository};
use std::path::Path;

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn run(arguments: &[&str]) -> Run {
    motrace(PROGRAM, arguments, 120)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn demo() -> String {
    text(&repository().join("recordings/demo.xdf")).to_owned()
}

#[test]
fn the_demo_recording_goes_through_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut before = demo();
    let source = run(&["info", &before, "--json"]).succeeded().json();
    for name in ["a.edf", "b.bdf", "c.vhdr", "d.xdf"] {
        let path = folder.path().join(name);
        let done = run(&["convert", &before, text(&path), "--json"]).succeeded().json();
        assert!(done["compared"]["values"].as_u64().is_some_and(|n| n > 10_000), "{done}");
        assert!(done["lost"].is_array() && done["kept"][0].is_string(), "{done}");
        let info = run(&["info", text(&path), "--json"]).succeeded().json();
        assert_eq!(info["streams"][0]["samples"], source["streams"][0]["samples"], "{name}");
        let count = |info: &serde_json::Value, text: &str| {
            let all = info["markers"].as_array().expect("markers");
            all.iter().find(|m| m["text"] == text).map(|m| m["count"].clone())
        };
        for marker in source["markers"].as_array().expect("markers") {
            let text = marker["text"].as_str().expect("a text");
            assert_eq!(count(&info, text), count(&source, text), "{name} {text}");
        }
        before = text(&path).to_owned();
    }
    // From the second format on nothing more is lost of the values.
    let again = run(&["convert", text(&folder.path().join("a.edf")), text(&folder.path().join("e.edf"))]).succeeded();
    assert!(again.stdout.contains("values, exactly"), "{again:#?}");
}

#[test]
fn parts_are_cut_by_time_and_by_trial() {
    let folder = tempfile::tempdir().expect("a folder");
    let minute = folder.path().join("part.edf");
    let done = run(&["convert", &demo(), text(&minute), "--from", "10", "--to", "20", "--json"]).succeeded().json();
    let stream = &done["streams"][0];
    let samples = stream["samples"].as_f64().expect("a number");
    assert!((samples - 10.0 * stream["rate_hz"].as_f64().expect("a rate")).abs() < 2.0, "{stream}");

    let trials = folder.path().join("trials.xdf");
    run(&[
        "convert",
        &demo(),
        text(&trials),
        "--trials",
        "2-3",
        "-c",
        "configs/demo.toml",
        "--before",
        "1",
        "--after",
        "1",
    ])
    .succeeded();
    let tenth = run(&[
        "convert",
        text(&trials),
        text(&folder.path().join("b.vhdr")),
        "--trials",
        "3",
        "-c",
        "configs/demo.toml",
    ]);
    // Two cues are in it, and no third.
    tenth.refused(1, "trials 3 to 3 are wanted; there are 2");
    run(&["convert", &demo(), text(&folder.path().join("c.edf")), "--trials", "1-9999", "--cue", "no such marker"])
        .refused(1, "there are 0");
    run(&["convert", &demo(), text(&folder.path().join("c.edf")), "--trials", "1"]).refused(2, "--cue");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = |name: &str| text(&folder.path().join(name)).to_owned();
    run(&["convert", &demo(), &out("a.gdf")]).refused(2, ".xdf, .edf, .bdf and .vhdr");
    run(&["convert", &demo(), &out("a.edf"), "--from", "20", "--to", "10"]).refused(2, "--to has to be later");
    run(&["convert", &demo(), &out("a.edf"), "--from", "100000"]).refused(1, "behind the end");
    run(&["convert", &demo(), &out("a.edf"), "--from", "x"]).refused(2, "seconds are wanted");
    run(&["convert", &demo(), &out("a.edf"), "--stream", "nobody"]).refused(1, "nobody");
    run(&["convert", &out("missing.edf"), &out("a.edf")]).refused(1, "missing.edf");
    run(&["convert", &demo(), &out("no/such/folder/a.edf")]).refused(1, "a.edf");
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0);

    std::fs::write(out("there.edf"), "mine").expect("written");
    run(&["convert", &demo(), &out("there.edf")]).refused(1, "--force");
    assert_eq!(std::fs::read(out("there.edf")).expect("there"), b"mine");
    run(&["convert", &demo(), &out("there.edf"), "--force"]).succeeded();
    run(&["convert", &out("there.edf"), &out("there.edf"), "--force"]).refused(1, "is the recording itself");
}
