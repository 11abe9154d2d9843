use super::sidecar::Sidecars;
use super::table::Row;
use crate::{RecordError, Recording};
use motrace_core::{Role, Unit, canonical_label, clean_text};

/// Takes over what `channels.tsv` says: labels, types, units that the file does not give, and which channels are bad.
pub(super) fn apply(recording: &mut Recording, sidecars: &Sidecars<'_>) -> Result<(), RecordError> {
    let Some(file) = sidecars.find("channels", "tsv")? else { return Ok(()) };
    let table = file.table(&["name", "type"])?;
    let shown = file.shown();
    let Some(signal) = recording.streams.iter_mut().find(|s| !s.info.is_text && !s.info.is_irregular()) else {
        return Ok(());
    };
    let channels = &mut signal.info.channels;
    let rows: Vec<Row<'_>> = table.rows().collect();
    let place = |row: &Row<'_>| {
        let name = row.text("name").unwrap_or_default();
        let exact = channels.iter().position(|c| c.label == name);
        exact.or_else(|| channels.iter().position(|c| canonical_label(&c.label) == canonical_label(name)))
    };
    let mut places: Vec<Option<usize>> = rows.iter().map(place).collect();
    // Formats cut labels short; the order is the same.
    let is_by_order = places.iter().all(Option::is_none) && rows.len() == channels.len();
    if is_by_order {
        places = (0..rows.len()).map(Some).collect();
    }
    if places.iter().all(Option::is_none) {
        return Err(file.damaged(format!(
            "none of its {} channels is among the {} of the recording; is it that of another?",
            rows.len(),
            channels.len()
        )));
    }
    let (mut bad, mut other_units, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (row, place) in rows.iter().zip(&places) {
        let name = row.text("name").unwrap_or_default();
        let Some(channel) = place.and_then(|p| channels.get_mut(p)) else {
            // Trigger lines become markers where a recording is read, and are channels no more.
            if role(row.text("type")) != Some(Role::Trigger) {
                unknown.push(clean_text(name, 20));
            }
            continue;
        };
        if is_by_order && !name.is_empty() {
            channel.label = name.to_owned();
        }
        if let Some(role) = role(row.text("type")) {
            channel.role = role;
        }
        let unit = Unit::parse(row.text("units").unwrap_or_default());
        if channel.unit == Unit::Unspecified {
            channel.unit = unit;
        } else if unit != Unit::Unspecified && unit != channel.unit {
            other_units.push(clean_text(name, 20));
        }
        if row.text("status").is_some_and(|s| s.eq_ignore_ascii_case("bad")) {
            channel.role = Role::Aux;
            bad.push(clean_text(name, 20));
        }
    }
    for (names, what) in [
        (bad, "marked as bad, so not decoded"),
        (other_units, "in other units than in the file, whose own are used"),
        (unknown, "not in the recording"),
    ] {
        if !names.is_empty() {
            recording.warnings.push(format!("{shown}: {}: {what}", clean_text(&names.join(" "), 300)));
        }
    }
    file.note_in(recording);
    Ok(())
}

/// The role of a channel type of BIDS; what is no biosignal motrace knows is something else (`MISC`, `RESP`, …).
fn role(declared: Option<&str>) -> Option<Role> {
    Some(match declared?.to_ascii_uppercase().as_str() {
        "EEG" => Role::Eeg,
        "EOG" | "HEOG" | "VEOG" => Role::Eog,
        "EMG" => Role::Emg,
        "ECG" => Role::Ecg,
        "TRIG" => Role::Trigger,
        _ => Role::Aux,
    })
}
