//! Where real data and the reference readers are, if they are there.

use motrace_core::Unit;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of real recordings.
pub fn data() -> Option<PathBuf> {
    let data = std::env::var_os("MOTRACE_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("skipped: MOTRACE_DATA is not set");
    }
    data
}

/// Runs a script of the project in the reference environment; `None` where there is none.
pub fn python(script: &str, arguments: &[&Path]) -> Option<()> {
    let Some(environment) = std::env::var_os("MOTRACE_REFERENCE").map(PathBuf::from) else {
        println!("skipped: MOTRACE_REFERENCE is not set");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts").join(script);
    let output = Command::new(environment.join("bin/python")).arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// All files below a folder with one of these endings, sorted.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|e| path.extension().is_some_and(|x| x == *e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A unit is worth as many volts as a reference reader takes it for, where that takes it for a voltage.
pub fn same_unit(ours: &Unit, theirs: &Value, what: &str) {
    if let Some(volts) = theirs["volts"].as_f64() {
        // MNE takes the prefix of any unit, siemens too, for one of volts.
        let Some(ours) = ours.in_volts() else {
            return assert!(matches!(ours, Unit::Other(_)), "{what}: {ours:?} is no voltage; it is {volts} V");
        };
        assert!((ours / volts - 1.0).abs() < 1e-9, "{what}: {ours} V, {volts} V");
    }
}

/// Doubles as numpy's `tofile` writes them.
pub fn doubles(path: &Path) -> Vec<f64> {
    std::fs::read(path).unwrap().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

#[test]
fn users_can_read_about_every_difference() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reading-differences.md"));
    let page = page.unwrap();
    let formats = crate::reference_formats::DIFFERENCES.iter().map(|(name, ..)| *name);
    for name in crate::reference_xdf::DIFFERENCES.iter().map(|(name, _)| *name).chain(formats) {
        assert!(page.contains(name), "docs/reading-differences.md says nothing of {name}");
    }
}
