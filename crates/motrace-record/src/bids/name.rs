use std::path::Path;

/// A file name of BIDS: `sub-01_task-imagery_run-2_eeg.edf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BidsName {
    /// `sub` = `01`, `task` = `imagery`, `run` = `2`
    pub(super) entities: Vec<(String, String)>,
    /// `eeg`, `events`, `channels`, …
    pub(super) suffix: String,
    /// In small letters, without its dot.
    pub(super) ending: String,
}

impl BidsName {
    /// Takes a file name apart; `None` where it is not made like this.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (stem, ending) = name.rsplit_once('.')?;
        let mut parts: Vec<&str> = stem.split('_').collect();
        let suffix = parts.pop()?.to_owned();
        let entity = |part: &str| {
            let (key, value) = part.split_once('-')?;
            (!key.is_empty() && !value.is_empty()).then(|| (key.to_owned(), value.to_owned()))
        };
        let entities = parts.into_iter().map(entity).collect::<Option<Vec<_>>>()?;
        Some(Self { entities, suffix, ending: ending.to_ascii_lowercase() })
    }

    /// Whether it has an entity.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entities.iter().any(|(k, _)| k == key)
    }

    /// Whether a table of this name holds for a recording: it says nothing of itself that the recording does not
    /// (but for the coordinate system, `space`, which only positions have).
    pub(super) fn holds_for(&self, recording: &Self) -> bool {
        self.entities.iter().filter(|(key, _)| key != "space").all(|entity| recording.entities.contains(entity))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<BidsName> {
        BidsName::of(Path::new(text))
    }

    #[test]
    fn names_are_taken_apart() {
        let recording = name("/d/sub-01/eeg/sub-01_task-mi_run-2_eeg.EDF").unwrap();
        assert_eq!((recording.suffix.as_str(), recording.ending.as_str()), ("eeg", "edf"));
        assert!(recording.has("task") && !recording.has("ses"));
        for (table, holds) in [
            ("events.tsv", true),
            ("task-mi_events.tsv", true),
            ("sub-01_space-CapTrak_electrodes.tsv", true),
            ("sub-01_task-mi_run-2_events.tsv", true),
            ("sub-01_task-mi_run-3_events.tsv", false),
            ("sub-02_events.tsv", false),
            ("sub-01_ses-1_events.tsv", false),
        ] {
            assert_eq!(name(table).unwrap().holds_for(&recording), holds, "{table}");
        }
        for foreign in ["S001R01.x_y.edf", "sub_eeg.edf", "sub-_eeg.edf", "noending"] {
            assert!(name(foreign).is_none_or(|n| n.suffix != "eeg"), "{foreign}");
        }
    }
}
