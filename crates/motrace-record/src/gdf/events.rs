use super::codes::{self, NEW_RUN};
use crate::EventDetail;
use crate::stream::FileEvent;
use crate::warnings::Warnings;
use std::collections::BTreeMap;

/// What the table at the end of the file holds.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) events: Vec<FileEvent>,
    /// Where new runs begin, in seconds.
    pub(crate) new_runs_secs: Vec<f64>,
}

/// The code of an entry that is one sample of a channel without regular samples.
const SPARSE_SAMPLE: u16 = 0x7fff;

/// How long the table is that begins so, in bytes; as long as its beginning, where it holds nothing that can be read.
pub(crate) fn length(begin: &[u8], version: f64) -> usize {
    let Some([mode, a, b, c, rest @ ..]) = begin.first_chunk::<8>() else { return begin.len() };
    let count = if version < 1.94 { u32::from_le_bytes(*rest) } else { u32::from_le_bytes([*a, *b, *c, 0]) } as usize;
    let entry = if mode & 2 == 0 { 6 } else { 12 };
    count.saturating_mul(entry).saturating_add(8)
}

/// Reads the event table. Its columns lie behind each other: positions, codes and, in mode 3, channels and durations.
/// `texts` are the names that the file gives to codes. A table that is cut off gives the events that are complete.
pub(crate) fn read(
    bytes: &[u8],
    version: f64,
    fastest_hz: f64,
    texts: &BTreeMap<u16, String>,
    warnings: &mut Warnings,
) -> Table {
    let mut table = Table::default();
    let Some([mode, a, b, c, rest @ ..]) = bytes.first_chunk::<8>() else {
        if !bytes.is_empty() {
            warnings.push("the event table is cut off");
        }
        return table;
    };
    let short = u32::from_le_bytes([*a, *b, *c, 0]);
    let (count, declared_hz) = if version < 1.94 {
        (u32::from_le_bytes(*rest), f64::from(short))
    } else {
        (short, f64::from(f32::from_le_bytes(*rest)))
    };
    if mode & 1 == 0 {
        warnings.push(format!("the event table is of mode {mode}; 1 and 3 are known"));
        return table;
    }
    let rate_hz = if declared_hz.is_finite() && declared_hz > 0.0 { declared_hz } else { fastest_hz };
    if rate_hz <= 0.0 {
        warnings.push("the event table has no sampling rate; its events have no times and were not read");
        return table;
    }
    let body = &bytes[8..];
    let announced = count as usize;
    let column = |before: usize, width: usize| {
        let begin = announced.saturating_mul(before).min(body.len());
        let end = announced.saturating_mul(before + width).min(body.len());
        &body[begin..end]
    };
    let (positions, kinds) = (column(0, 4).as_chunks::<4>().0, column(4, 2).as_chunks::<2>().0);
    let (channels, durations) = match mode & 2 {
        0 => (&[][..], &[][..]),
        _ => (column(6, 2).as_chunks::<2>().0, column(8, 4).as_chunks::<4>().0),
    };
    let mut sparse = 0_usize;
    for (i, (position, kind)) in positions.iter().zip(kinds).enumerate() {
        let (position, code) = (u32::from_le_bytes(*position), u16::from_le_bytes(*kind));
        // The first sample is number 1; some programs write 0 for it.
        let time_secs = f64::from(position.saturating_sub(1)) / rate_hz;
        match code {
            SPARSE_SAMPLE => sparse += 1,
            NEW_RUN => table.new_runs_secs.push(time_secs),
            _ => {}
        }
        if code == SPARSE_SAMPLE {
            continue;
        }
        let duration = durations.get(i).map(|d| u32::from_le_bytes(*d)).filter(|d| *d > 0);
        let channel = channels.get(i).map(|c| u16::from_le_bytes(*c)).filter(|c| *c > 0);
        let name = texts.get(&code).cloned().or_else(|| codes::event_name(code)).unwrap_or_default();
        table.events.push(FileEvent {
            time_secs,
            duration_secs: duration.map(|d| f64::from(d) / rate_hz),
            text: code.to_string(),
            detail: EventDetail { code: Some(i64::from(code)), name, channel: channel.map(|c| usize::from(c) - 1) },
        });
    }
    if kinds.len() < announced {
        warnings.push(format!("the event table announces {announced} events; {} are there and were read", kinds.len()));
    }
    if sparse > 0 {
        warnings.push(format!("{sparse} samples in the event table belong to no regular channel and were not read"));
    }
    table.events.sort_by(|a, b| a.time_secs.total_cmp(&b.time_secs));
    table
}
