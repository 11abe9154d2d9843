//! Tables of an EEG-BIDS folder that are cut off, flipped and lying: a message or a recording, and the signals as they are
//! in their file.

use crate::build;
use motrace_record::{RecordError, Recording};
use proptest::prelude::*;
use std::path::PathBuf;

const EVENTS: &str = "onset\tduration\ttrial_type\tvalue\n0.25\t0.5\tleft\t769\n1\tn/a\tright\t770\n";
const CHANNELS: &str = "name\ttype\tunits\tstatus\nFc5.\tEEG\tuV\tgood\nC3..\tEOG\tuV\tbad\nTemp\tMISC\toC\tn/a\n";
const ELECTRODES: &str = "name\tx\ty\tz\nFc5.\t-0.1\t0.2\t0.3\nC3..\tn/a\tn/a\tn/a\n";
const SYSTEM: &str = "{\"EEGCoordinateSystem\": \"CapTrak\", \"EEGCoordinateUnits\": \"m\"}";

/// The tables of a recording, each of which can be replaced.
struct Folder {
    _folder: tempfile::TempDir,
    recording: PathBuf,
    tables: [(PathBuf, &'static str); 4],
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let beside = |ending: &str| folder.path().join(format!("sub-01_task-mi_{ending}"));
        // Further up nothing is looked for.
        std::fs::write(folder.path().join("dataset_description.json"), "{}").unwrap();
        let recording = beside("eeg.edf");
        std::fs::write(&recording, build::small_edf("EDF+C", ["+0", "+1"])).unwrap();
        let tables = [
            (beside("events.tsv"), EVENTS),
            (beside("channels.tsv"), CHANNELS),
            (folder.path().join("sub-01_electrodes.tsv"), ELECTRODES),
            (folder.path().join("sub-01_coordsystem.json"), SYSTEM),
        ];
        let made = Self { _folder: folder, recording, tables };
        made.tables.iter().for_each(|(path, text)| std::fs::write(path, text).unwrap());
        made
    }

    /// Reads the recording with one table in another state, and puts it back.
    fn with(&self, table: usize, bytes: &[u8]) -> Result<Recording, RecordError> {
        let (path, text) = &self.tables[table];
        std::fs::write(path, bytes).unwrap();
        let read = Recording::open_with_tables(&self.recording);
        std::fs::write(path, text).unwrap();
        read
    }

    /// Whatever the tables say, samples are those of the file; a message names the table.
    fn check(&self, table: usize, bytes: &[u8]) {
        match self.with(table, bytes) {
            Ok(recording) => {
                assert_eq!(recording.streams[0].sample_count(), 8);
                assert_eq!(recording.streams[0].samples.len(), 16);
                assert_eq!(recording.streams[0].info.channels.len(), 2);
                assert!(recording.events().len() <= bytes.len() + 4);
                assert!(recording.warnings.iter().all(|w| w.len() < 3000));
                let _ = motrace_record::Summary::of(&recording);
            }
            Err(error) => {
                let message = error.to_string();
                let name = self.tables[table].0.file_name().unwrap().to_string_lossy().into_owned();
                assert!(message.contains(&name) && message.len() < 3000, "{message}");
            }
        }
    }
}

#[test]
fn whole_tables_are_read() {
    let folder = Folder::new();
    let recording = Recording::open_with_tables(&folder.recording).unwrap();
    assert_eq!(recording.events().iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["left", "right"]);
    assert_eq!(recording.provenance.files.len(), 4);
}

#[test]
fn tables_are_cut_at_every_byte() {
    let folder = Folder::new();
    for (table, (_, text)) in folder.tables.iter().enumerate() {
        for cut in 0..text.len() {
            folder.check(table, &text.as_bytes()[..cut]);
        }
    }
    // Complete events are kept: those whose line is there.
    let first = EVENTS.lines().take(2).map(|line| line.len() + 1).sum::<usize>();
    let recording = folder.with(0, &EVENTS.as_bytes()[..first]).unwrap();
    assert_eq!(recording.events().len(), 1);
}

#[test]
fn lying_tables_take_no_memory() {
    let folder = Folder::new();
    for (table, lie) in [
        (0, "onset\tduration\n1e300\t1e300\n".to_owned()),
        (0, "onset\ttrial_type\nNaN\tleft\n".to_owned()),
        (0, "onset\ttrial_type\ninf\tleft\n".to_owned()),
        (0, format!("onset\ttrial_type\n1\t{}\n", "x".repeat(100_000))),
        (0, format!("onset{}\n", "\tonset".repeat(50_000))),
        (0, "\n".repeat(100_000)),
        (1, format!("name\ttype\n{}", "C3..\tEEG\n".repeat(20_000))),
        (1, format!("name\ttype\n{}\t{}\n", "x".repeat(100_000), "y".repeat(100_000))),
        (2, "name\tx\ty\tz\nFc5.\t1e308\t-1e308\t1e-308\n".to_owned()),
        (3, "[".repeat(100_000)),
        (3, format!("{{\"EEGCoordinateSystem\": \"{}\"}}", "x".repeat(100_000))),
        (3, "{\"EEGCoordinateSystem\": 7}".to_owned()),
    ] {
        folder.check(table, lie.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn flipped_bits_never_panic(
        table in 0..4_usize,
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 1..12),
    ) {
        let folder = Folder::new();
        let mut bytes = folder.tables[table].1.as_bytes().to_vec();
        for (place, bit) in flips {
            let at = (place * bytes.len() as f64) as usize;
            bytes[at] ^= 1 << bit;
        }
        folder.check(table, &bytes);
    }

    #[test]
    fn arbitrary_cells_never_panic(table in 0..3_usize, rows in prop::collection::vec("[ -~\t]{0,30}", 0..20)) {
        let folder = Folder::new();
        let first = folder.tables[table].1.lines().next().unwrap();
        folder.check(table, format!("{first}\n{}", rows.join("\n")).as_bytes());
    }
}
