//! Writes what fuzzing begins with: the small files of the tests, and beginnings of the real recordings that
//! `MOTRACE_DATA` names.
//!
//! `cargo run -p motrace-record --example fuzz_seeds -- fuzz/corpus`
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a tool for developers fails by panicking, and shares the tests' files"
)]

#[path = "../tests/recordings/build.rs"]
mod build;
#[path = "../tests/recordings/build_formats.rs"]
mod build_formats;

use std::path::{Path, PathBuf};

/// Real recordings are cut to this, so that many of them are tried in a second.
const MOST_BYTES: usize = 16_384;

fn main() {
    let Some(folder) = std::env::args_os().nth(1) else { panic!("give the folder of the corpus: fuzz/corpus") };
    let corpus = Corpus(folder.into());
    corpus.add("xdf", "tests", &build::xdf());
    corpus.add("edf", "continuous", &build::small_edf("EDF+C", ["+0", "+1"]));
    corpus.add("edf", "discontinuous", &build::small_edf("EDF+D", ["+0", "+7.5"]));
    let mut bdf = build::small_edf("BDF+C", ["+0", "+1"]);
    bdf[..8].copy_from_slice(b"\xffBIOSEMI");
    corpus.add("edf", "bdf", &bdf);
    for version in ["1.25", "2.10", "2.51"] {
        corpus.add("gdf", version, &build_formats::small_gdf(version));
    }
    corpus.add("bci2000", "tests", &build_formats::small_bci2000());
    for order in ["MULTIPLEXED", "VECTORIZED"] {
        let common = format!("DataOrientation={order}\r\nSamplingInterval=4000\r\nDataPoints=50");
        let header = build_formats::vhdr(&common, "INT_16", &["C3,,0.5,µV", "C4,,0.5,µV", "Cz,,0.5,µV"]);
        let markers = build_formats::vmrk(&["New Segment,,1,1,0,20240101120000000000", "Stimulus,S  1,10,1,0"]);
        corpus.add_three(order, header.as_bytes(), markers.as_bytes(), &[7; 300]);
    }
    for (name, line) in [
        ("marker", r#"{"marker":{"index":250,"time_secs":1.0,"text":"left","after":251}}"#),
        ("gap", r#"{"gap":{"index":250,"missing_samples":3,"length_secs":0.5}}"#),
        ("decision", r#"{"decision":{"value":0.5,"nested":[1,2,{"a":null}]}}"#),
        ("model", r#"{"model_set":{"first":7,"digest":"00"}}"#),
        ("adaptation", r#"{"adaptation":{"from":1,"bias_rate":0.05,"covariance_rate":0.1}}"#),
        ("left_out", r#"{"trial_left_out":{"trial":3,"why":"a gap"}}"#),
    ] {
        corpus.add("session_event", name, line.as_bytes());
    }
    match std::env::var_os("MOTRACE_DATA") {
        Some(data) => corpus.add_real(&PathBuf::from(data).join("format-vectors")),
        None => println!("MOTRACE_DATA is not set: no real recordings among the seeds"),
    }
}

struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, target: &str, name: &str, bytes: &[u8]) {
        let folder = self.0.join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        if !["brainvision", "session_event", "any"].contains(&target) {
            self.add("any", &format!("{target}-{name}"), bytes);
        }
    }

    /// As the target `brainvision` takes apart what it is given.
    fn add_three(&self, name: &str, header: &[u8], markers: &[u8], signals: &[u8]) {
        let [h, m] = [header, markers].map(|text| u16::try_from(text.len()).unwrap().to_le_bytes());
        self.add("brainvision", name, &[&h[..], &m, header, markers, signals].concat());
    }

    fn add_real(&self, vectors: &Path) {
        for (folder, ending, target) in [
            ("xdf", "xdf", "xdf"),
            ("xdf/labrecorder", "xdf", "xdf"),
            ("edf-bdf", "edf", "edf"),
            ("edf-bdf", "bdf", "edf"),
            ("gdf", "gdf", "gdf"),
            ("bci2000", "dat", "bci2000"),
        ] {
            for path in files(&vectors.join(folder), ending) {
                let bytes = std::fs::read(&path).unwrap();
                self.add(target, &name_of(&path), &bytes[..bytes.len().min(MOST_BYTES)]);
            }
        }
        for folder in ["mne", "mnetest", "mnetest_antio"] {
            for header in files(&vectors.join("brainvision").join(folder), "vhdr") {
                let or_nothing = |ending| std::fs::read(header.with_extension(ending)).unwrap_or_default();
                let (markers, signals) = (or_nothing("vmrk"), or_nothing("eeg"));
                let signals = &signals[..signals.len().min(MOST_BYTES / 4)];
                self.add_three(&name_of(&header), &std::fs::read(&header).unwrap(), &markers, signals);
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> =
        entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == ending)).collect();
    files.sort();
    files
}
