//! Bad input gets one clear message and exit code 1 or 2, never a panic, and nothing is lost.

use motrace_tests::{Run, motrace, repository};
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn run(arguments: &[&str]) -> Run {
    motrace(PROGRAM, arguments, 240)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn demo() -> String {
    text(&repository().join("recordings/demo.xdf")).to_owned()
}

/// A model trained on the demo recording.
fn model(folder: &Path) -> PathBuf {
    let path = folder.join("model.safetensors");
    run(&["train", &demo(), "-c", "configs/demo.toml", "-o", text(&path), "--no-validation"]).succeeded();
    path
}

#[test]
fn files_that_are_no_recordings() {
    let folder = folder();
    let missing = folder.path().join("missing.xdf");
    run(&["info", text(&missing)]).refused(1, "missing.xdf");

    let empty = folder.path().join("empty.xdf");
    std::fs::write(&empty, "").expect("written");
    run(&["info", text(&empty)]).refused(1, "empty");

    let prose = folder.path().join("prose.xdf");
    std::fs::write(&prose, "Dear diary, today I wore a cap.\n".repeat(100)).expect("written");
    run(&["info", text(&prose)]).refused(1, "prose.xdf");

    let foreign = folder.path().join("picture.edf");
    std::fs::write(&foreign, b"\x89PNG\r\n\x1a\n and so on").expect("written");
    run(&["info", text(&foreign)]).refused(1, "picture.edf");

    run(&["info", text(folder.path())]).refused(1, "folder");
}

#[test]
fn a_truncated_recording_keeps_every_complete_sample() {
    let folder = folder();
    let whole = std::fs::read(demo()).expect("the demo recording");
    let cut = folder.path().join("cut.xdf");
    std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).expect("written");
    let json = run(&["info", text(&cut), "--json"]).succeeded().json();
    let count = |json: &serde_json::Value| {
        json["streams"]
            .as_array()
            .expect("streams")
            .iter()
            .map(|s| s["samples"].as_u64().expect("samples"))
            .max()
            .expect("one stream")
    };
    let all = count(&run(&["info", &demo(), "--json"]).succeeded().json());
    assert!(count(&json) > all / 2 && count(&json) < all, "{} of {all}", count(&json));
    assert!(!json["warnings"].as_array().expect("warnings").is_empty(), "{json}");
}

#[test]
fn arguments_that_make_no_sense() {
    run(&["trian"]).refused(2, "trian");
    run(&["replay"]).refused(2, "REC");
    run(&["replay", "x.xdf", "-m", "y", "--speed", "0"]).refused(2, "speed");
    run(&["explain", "x.xdf", "-m", "y"]).refused(2, "--trial");
    run(&["train", &demo()]).refused(2, "--config");
    run(&["train", &demo(), "-c", "no-such.toml"]).refused(2, "no-such.toml");
}

#[test]
fn configurations_that_do_not_fit_the_recording() {
    let folder = folder();
    let write = |name: &str, body: &str| {
        let path = folder.path().join(name);
        let classes = "\n[[trials.classes]]\nname = \"left\"\nmarkers = [\"left\"]\n[[trials.classes]]\nname = \"right\"\nmarkers = [\"right\"]\n";
        std::fs::write(&path, format!("{body}{classes}")).expect("written");
        path
    };
    let train = |path: &Path| run(&["train", &demo(), "-c", text(path), "--no-validation"]);
    train(&write("nyquist.toml", "[filter]\nband_hz = [8.0, 300.0]\n")).refused(1, "half the sampling rate");
    train(&write("channel.toml", "[channels]\nuse = [\"C3\", \"C4\", \"Xz9\"]\n")).refused(1, "Xz9");
    train(&write("exclude.toml", "[channels]\nexclude = [\"Xz9\"]\n")).refused(1, "Xz9");
    train(&write("labels.toml", "[stream]\nlabels = [\"C3\", \"C4\"]\n")).refused(1, "labels");
    train(&write("name.toml", "[stream]\nname = \"another amplifier\"\n")).refused(1, "another amplifier");
    let no_classes = folder.path().join("none.toml");
    std::fs::write(&no_classes, "[filter]\norder = 4\n").expect("written");
    train(&no_classes).refused(2, "classes");
    let other_markers = folder.path().join("markers.toml");
    std::fs::write(
        &other_markers,
        "[[trials.classes]]\nname = \"a\"\nmarkers = [\"x1\"]\n[[trials.classes]]\nname = \"b\"\nmarkers = [\"x2\"]\n",
    )
    .expect("written");
    train(&other_markers).refused(1, "x1");
}

#[test]
fn models_that_do_not_fit() {
    let folder = folder();
    let model = model(folder.path());
    let bytes = std::fs::read(&model).expect("the model");

    run(&["replay", &demo(), "-m", text(&folder.path().join("none.safetensors")), "--headless"])
        .refused(1, "none.safetensors");
    let cut = folder.path().join("cut.safetensors");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");
    run(&["replay", &demo(), "-m", text(&cut), "--headless"]).refused(1, "cut.safetensors");
    run(&["replay", &demo(), "-m", &demo(), "--headless"]).refused(1, "demo.xdf");

    // The same recording, called something else: another montage.
    let other = folder.path().join("other.toml");
    let labels: Vec<String> = (1..=22).map(|i| format!("\"X{i}\"")).collect();
    std::fs::write(&other, format!("[stream]\nlabels = [{}]\n", labels.join(", "))).expect("written");
    run(&["replay", &demo(), "-m", text(&model), "-c", text(&other), "--headless"]).refused(1, "missing");

    // Another unit than the model's is scaled, but no unit is refused.
    run(&["explain", &demo(), "-m", text(&model), "--trial", "9999"]).refused(1, "9999");
    run(&["explain", &demo(), "-m", text(&model), "--trial", "0"]).refused(1, "trial");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = folder();
    let model = model(folder.path());
    let before = std::fs::read(&model).expect("the model");
    run(&["train", &demo(), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"]).refused(1, "exists");
    assert_eq!(before, std::fs::read(&model).expect("the model"));
    run(&["train", &demo(), "-c", "configs/demo.toml", "-o", text(&model), "--no-validation", "--force"]).succeeded();
}

#[test]
fn a_terminal_that_is_none() {
    let folder = folder();
    let model = model(folder.path());
    run(&["view", &demo(), "-m", text(&model)]).refused(1, "terminal");
    run(&["replay", &demo(), "-m", text(&model)]).refused(1, "terminal");
    run(&[]).refused(1, "terminal");
}

#[test]
fn a_stream_that_is_not_there() {
    let folder = folder();
    let model = model(folder.path());
    run(&["live", "-m", text(&model), "--stream", "no such amplifier", "--headless", "--wait", "1"])
        .refused(1, "no such amplifier");
}
