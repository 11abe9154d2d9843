//! Where real data and the reference readers are, if they are there.

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

/// Doubles as numpy's `tofile` writes them.
pub fn doubles(path: &Path) -> Vec<f64> {
    std::fs::read(path).unwrap().as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}
