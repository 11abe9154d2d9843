//! Which recordings of EEG-BIDS folders are meant.

use crate::arguments::BidsArguments;
use crate::failure::Failure;
use motrace_core::clean_text;
use motrace_record::bids_entity;
use std::collections::BTreeSet;
use std::path::Path;

/// Of recordings that are named as EEG-BIDS does, only those of the tasks and sessions that are asked for. Others stay.
pub fn retain_wanted<T>(
    recordings: &mut Vec<T>,
    path: impl Fn(&T) -> &Path,
    wanted: &BidsArguments,
) -> Result<(), Failure> {
    for (option, key, values) in [("--task", "task", &wanted.tasks), ("--session", "ses", &wanted.sessions)] {
        if values.is_empty() {
            continue;
        }
        if !recordings.iter().any(|recording| bids_entity(path(recording), "sub").is_some()) {
            return Err(Failure::usage(format_args!(
                "{option} chooses among recordings that are named as EEG-BIDS does (sub-…_eeg.edf); there are none"
            )));
        }
        let mut there = BTreeSet::new();
        let mut found = BTreeSet::new();
        recordings.retain(|recording| {
            let path = path(recording);
            if bids_entity(path, "sub").is_none() {
                return true;
            }
            let Some(own) = bids_entity(path, key) else { return false };
            let is_wanted =
                values.iter().any(|value| *value == own || value.strip_prefix(key) == Some(&format!("-{own}")));
            if is_wanted {
                found.insert(own.clone());
            }
            there.insert(own);
            is_wanted
        });
        if found.is_empty() {
            let there: Vec<String> = there.iter().take(20).map(|value| clean_text(value, 40)).collect();
            let there = if there.is_empty() { "none is given".to_owned() } else { there.join(", ") };
            let asked = clean_text(&values.join(", "), 200);
            return Err(Failure::failed(format_args!("no recording is of {option} {asked}; in their names: {there}")));
        }
    }
    Ok(())
}
