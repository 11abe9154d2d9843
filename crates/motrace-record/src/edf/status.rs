//! Trigger lines of plain EDF and BDF files, which have no annotations.

use super::header::{Header, Signal};
use super::onsets::Onsets;
use crate::bytes::Bytes;
use crate::stream::FileEvent;
use crate::warnings::Warnings;
use crate::{EventDetail, RecordedStream};
use std::io;

/// So many changes are triggers in any case; beyond them, no more than one in so many samples.
const FEW_CHANGES: usize = 64;
const SAMPLES_PER_CHANGE: usize = 16;

/// The markers of a signal called `Status` (as BioSemi calls it) or `Trigger`: wherever its lower 16 bits change to
/// something other than 0, their number. What they hold at the beginning is how the line rests.
pub(super) fn markers(
    id: u32,
    header: &Header,
    bytes: &mut impl Bytes,
    onsets: &Onsets,
    warnings: &mut Warnings,
) -> io::Result<Option<RecordedStream>> {
    let is_status = |s: &&Signal| ["status", "trigger"].contains(&s.label.to_ascii_lowercase().as_str());
    let Some(signal) = header.signals.iter().find(is_status) else { return Ok(None) };
    let rate_hz = signal.samples as f64 / header.record_secs;
    let most = FEW_CHANGES.max(onsets.records.saturating_mul(signal.samples) / SAMPLES_PER_CHANGE);
    let mut events = Vec::new();
    let mut before = None;
    for record in 0..onsets.records {
        let onset = onsets.secs(record);
        let samples = bytes.get(header.in_record(record, signal.bytes()))?.chunks_exact(header.sample_bytes);
        for (i, bytes) in samples.enumerate() {
            let code = u16::from_le_bytes([bytes[0], bytes[1]]);
            if before.replace(code).is_some_and(|b| b != code) && code != 0 {
                if events.len() == most {
                    warnings.push(format!("signal {} changes all the time; it holds no triggers", signal.label));
                    return Ok(None);
                }
                events.push(FileEvent {
                    time_secs: onset + i as f64 / rate_hz,
                    duration_secs: None,
                    text: code.to_string(),
                    detail: EventDetail { code: Some(i64::from(code)), ..EventDetail::default() },
                });
            }
        }
    }
    Ok((!events.is_empty()).then(|| RecordedStream::of_events(id, format!("{} triggers", signal.label), events)))
}
