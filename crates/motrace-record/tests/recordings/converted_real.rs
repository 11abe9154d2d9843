//! Every vector converted to every format, and read by the reference readers.

use crate::reference::{data, files};
use crate::{reference_edf, reference_formats, reference_xdf};
use motrace_record::{ConvertError, ConvertOptions, Format, Recording, StreamQuery, convert};
use std::path::{Path, PathBuf};

fn vectors(data: &Path) -> Vec<PathBuf> {
    let mut paths = files(&data.join("format-vectors"), &["xdf", "edf", "bdf", "gdf", "vhdr", "ahdr", "dat"]);
    paths.extend(files(&data.join("eegmmidb"), &["edf"]).into_iter().take(1));
    paths.extend(files(&data.join("mi-openbci"), &["edf"]).into_iter().take(1));
    paths.extend(files(&data.join("tau-xdf"), &["xdf"]).into_iter().step_by(9));
    paths
}

/// Converts every vector; gives the files that were written.
fn convert_all(data: &Path, folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut written = Vec::new();
    for (number, path) in vectors(data).iter().enumerate() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Ok(recording) = Recording::open(path) else { continue };
        let to = folder.join(format!("{number}.{ending}"));
        match convert(&recording, &to, &ConvertOptions::default()) {
            Ok(done) => {
                check(&recording, &to, &done.format, name);
                written.push(to);
            }
            // No signal, or pauses within records: said, and nothing is left behind.
            Err(ConvertError::Select(why)) => {
                assert!(
                    recording.signal(&StreamQuery::default()).is_err() || why.to_string().contains("no samples"),
                    "{name}: {why}"
                );
            }
            Err(ConvertError::Unfit { what, .. }) => {
                assert!(what.contains("pauses do not fall"), "{name}: {what}");
                println!("{name} → {ending}: {what}");
            }
            Err(e) => panic!("{name} → {ending}: {e}"),
        }
    }
    let left = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(left, written.len() * if ending == "vhdr" { 3 } else { 1 });
    written
}

/// What comes from EDF or BDF, and from whole numbers of 16 bits, loses nothing of its samples.
fn check(source: &Recording, to: &Path, format: &str, name: &str) {
    let read = Recording::open(to).unwrap();
    let Ok(signal) = source.signal(&StreamQuery::default()) else { return };
    let is_wide = source.format == Format::Bdf && format.starts_with("EDF");
    if matches!(source.format, Format::Edf | Format::Bdf) && !is_wide && signal.gaps.is_empty() {
        let found = read.signal(&StreamQuery::default()).unwrap();
        for i in 0..signal.samples.len() {
            let (ours, theirs) = (signal.samples.value(i).unwrap(), found.samples.value(i).unwrap());
            assert!((ours - theirs).abs() <= 3e-7 * ours.abs() + 1e-9, "{name} → {format} {i}: {ours} {theirs}");
        }
    }
}

fn by_pyedflib_or_mne(ending: &str) {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let written = convert_all(&data, folder.path(), ending);
    assert!(written.len() > 40, "{}", written.len());
    let compared = reference_edf::compare_all(&written);
    assert!(compared >= written.len(), "{compared} of {}", written.len());
}

#[test]
fn pyedflib_and_mne_read_every_edf_that_is_written() {
    by_pyedflib_or_mne("edf");
}

#[test]
fn pyedflib_and_mne_read_every_bdf_that_is_written() {
    by_pyedflib_or_mne("bdf");
}

#[test]
fn mne_reads_every_brainvision_that_is_written() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let written = convert_all(&data, folder.path(), "vhdr");
    assert!(written.len() > 40, "{}", written.len());
    assert!(reference_formats::compare_all(&written) >= written.len());
}

#[test]
fn pyxdf_reads_every_xdf_that_is_written() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let written = convert_all(&data, folder.path(), "xdf");
    assert!(written.len() > 40, "{}", written.len());
    assert!(reference_xdf::compare_all(&written) >= written.len());
}
