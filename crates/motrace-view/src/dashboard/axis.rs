use super::{draw::put, look::Look};
use ratatui::{buffer::Buffer, layout::Rect};

/// Fewer dots than this do not show a rhythm of 10 Hz as more than a band.
const DOTS_PER_SEC: f64 = 24.0;
/// Shorter strips do not show how a decision came about.
const SHORTEST_SECS: f64 = 4.0;

/// The samples a strip shows, and what its time is counted from.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAxis {
    pub start: u64,
    pub end: u64,
    /// The sample at 0 s.
    pub zero: u64,
    pub rate_hz: f64,
    /// What is at 0 s.
    pub zero_name: &'static str,
}

impl TimeAxis {
    /// The newest seconds of a session, as many as can be read in `columns`; counted from the cue where a trial of a recording is shown.
    pub(super) fn of(look: &Look<'_>, columns: u16) -> Self {
        let traces = look.session.traces();
        let end = traces.end();
        let rate_hz = look.session.setup().rate_hz;
        if look.is_reviewing()
            && let Some(trial) = look.trial
        {
            return Self { start: traces.first(), end, zero: trial.cue, rate_hz, zero_name: "cue" };
        }
        let readable = (f64::from(columns) * 2.0 / DOTS_PER_SEC).max(SHORTEST_SECS) * rate_hz;
        let start = end.saturating_sub(traces.history_samples().min(readable as u64));
        Self { start, end, zero: end, rate_hz, zero_name: "now" }
    }

    pub(super) fn samples(&self) -> u64 {
        (self.end - self.start).max(1)
    }

    /// The place of a sample among `width` columns.
    pub(super) fn column(&self, index: u64, width: usize) -> Option<usize> {
        if index < self.start || index >= self.end {
            return None;
        }
        Some(((index - self.start) as u128 * width as u128 / u128::from(self.samples())) as usize)
    }

    /// The samples of one of `width` columns.
    pub(super) fn span(&self, column: usize, width: usize) -> (u64, u64) {
        let at = |c: usize| self.start + (u128::from(self.samples()) * c as u128 / width.max(1) as u128) as u64;
        (at(column), at(column + 1).max(at(column) + 1))
    }

    /// Writes the seconds into a row.
    pub(super) fn draw(&self, buffer: &mut Buffer, row: Rect, look: &Look<'_>) {
        if row.width < 8 || row.height == 0 {
            return;
        }
        let secs = self.samples() as f64 / self.rate_hz;
        let wanted = f64::from(row.width) / 12.0;
        let step = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0]
            .into_iter()
            .find(|s| secs / s <= wanted)
            .unwrap_or(secs.max(0.1));
        let first = (self.start as f64 - self.zero as f64) / self.rate_hz;
        let mut tick = (first / step).ceil() as i64;
        let mut free_from = row.x;
        loop {
            let at = tick as f64 * step;
            let share = (at - first) / secs;
            if !(0.0..=1.0 + 1e-9).contains(&share) {
                break;
            }
            let text = if tick == 0 {
                self.zero_name.to_owned()
            } else {
                let sign = if at < 0.0 { '−' } else { '+' };
                let decimals = if step < 1.0 { 1 } else { 0 };
                format!("{sign}{:.decimals$} s", at.abs())
            };
            let width = text.chars().count() as u16;
            let centre = row.x + (share * f64::from(row.width.saturating_sub(1))) as u16;
            let x = centre.saturating_sub(width / 2).min(row.right().saturating_sub(width));
            if x >= free_from {
                put(buffer, x, row.y, row.right().saturating_sub(x), &text, look.ink.quiet());
                free_from = x + width + 2;
            }
            tick += 1;
        }
    }
}
