use super::sidecar::Sidecars;
use crate::select::is_markers;
use crate::stream::FileEvent;
use crate::{EventDetail, RecordError, RecordedStream, Recording};

/// More events than this are not read.
const MOST_EVENTS: usize = 4 << 20;

/// Puts the events of `events.tsv` in the place of the markers in the file.
pub(super) fn apply(recording: &mut Recording, sidecars: &Sidecars<'_>) -> Result<(), RecordError> {
    let Some(file) = sidecars.find("events", "tsv")? else { return Ok(()) };
    let table = file.table(&["onset"])?;
    if table.len() > MOST_EVENTS {
        return Err(file.damaged(format!("it has {} events; at most {MOST_EVENTS} are read", table.len())));
    }
    // Onsets count from the first sample.
    let start_secs = recording
        .streams
        .iter()
        .filter(|s| !s.info.is_text && !s.info.is_irregular())
        .find_map(|s| s.stamps_secs.first().copied())
        .unwrap_or(0.0);
    let (mut events, mut nameless, mut timeless) = (Vec::new(), 0, 0);
    for (number, row) in table.rows().enumerate() {
        let in_row = |what| file.damaged(format!("event {}: {what}", number + 1));
        let Some(onset_secs) = row.number("onset").map_err(in_row)? else {
            timeless += 1;
            continue;
        };
        let duration_secs = row.number("duration").map_err(in_row)?;
        let Some(text) = row.text("trial_type").or_else(|| row.text("value")) else {
            nameless += 1;
            continue;
        };
        let code = row.text("value").and_then(|value| value.parse().ok());
        let detail = EventDetail { code, ..EventDetail::default() };
        events.push(FileEvent { time_secs: start_secs + onset_secs, duration_secs, text: text.to_owned(), detail });
    }
    events.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
    let shown = file.shown();
    for (count, what) in [(nameless, "neither trial_type nor value"), (timeless, "no onset")] {
        if count > 0 {
            recording.warnings.push(format!("{shown}: {count} event(s) have {what} and are left out"));
        }
    }
    recording.streams.retain(|s| !is_markers(s));
    let id = recording.streams.iter().map(|s| s.id).max().map_or(0, |id| id.saturating_add(1));
    recording.streams.push(RecordedStream::of_events(id, "events".into(), events));
    file.note_in(recording);
    Ok(())
}
