use super::header::{Header, State};
use crate::EventDetail;
use crate::bytes::Bytes;
use crate::stream::FileEvent;
use crate::warnings::Warnings;
use std::io;

/// States that are clocks of the system, not events.
const CLOCKS: [&str; 2] = ["SourceTime", "StimulusTime"];
/// A state that changes more often than this is a measurement, such as the position of a cursor.
const MOST_CHANGES_PER_SEC: f64 = 20.0;
/// So many changes are events in any case.
const FEW_CHANGES: usize = 64;

/// The changes of all states, in the order of time. A state that is not 0 at the first sample has changed there.
pub(crate) fn changes(
    header: &Header,
    bytes: &mut impl Bytes,
    rows: usize,
    warnings: &mut Warnings,
) -> io::Result<Vec<FileEvent>> {
    let states: Vec<&State> = header.states.iter().filter(|s| !CLOCKS.contains(&s.name.as_str())).collect();
    let secs = rows as f64 / header.rate_hz;
    let most = ((MOST_CHANGES_PER_SEC * secs) as usize).min(rows / 16).max(FEW_CHANGES);
    let mut events: Vec<(usize, usize, u64)> = Vec::new();
    let mut counts = vec![0_usize; states.len()];
    let mut before = vec![0; header.state_bytes];
    for sample in 0..rows {
        let begin = header.bytes + sample * header.row_bytes();
        let now = bytes.get(begin + header.signal_bytes()..begin + header.row_bytes())?;
        // Mostly nothing changes, or only a clock.
        if now == before {
            continue;
        }
        for (number, state) in states.iter().enumerate() {
            let value = state.value(now);
            if value != state.value(&before) {
                counts[number] += 1;
                if counts[number] <= most {
                    events.push((sample, number, value));
                }
            }
        }
        before.copy_from_slice(now);
    }
    let busy: Vec<&str> =
        states.iter().zip(&counts).filter(|(_, count)| **count > most).map(|(s, _)| s.name.as_str()).collect();
    if !busy.is_empty() {
        warnings.push(format!("states that change all the time are no markers and were not read: {}", busy.join(", ")));
    }
    events.retain(|(_, number, _)| counts[*number] <= most);
    let event = |(sample, number, value): (usize, usize, u64)| {
        let name = &states[number].name;
        FileEvent {
            time_secs: sample as f64 / header.rate_hz,
            duration_secs: None,
            text: format!("{name}={value}"),
            detail: EventDetail { code: i64::try_from(value).ok(), name: name.clone(), channel: None },
        }
    };
    Ok(events.into_iter().map(event).collect())
}
