use super::{
    draw::{put, section},
    legend,
    look::Look,
};
use crate::{
    palette::{glyph, nice_limit},
    session::Evidence,
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Channel × time relevance of the decision that is looked at.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let labels = &look.session.setup().labels;
    let evidence = look.evidence().filter(|e| e.channels() == labels.len() && e.channels() > 0);
    let rows = usize::from(area.height.saturating_sub(3));
    let shown = evidence.map(|e| strongest(e, look, rows)).unwrap_or_default();
    let aside = match evidence {
        Some(e) if shown.len() < e.channels() => {
            format!("{} strongest of {}", shown.len(), e.channels())
        }
        _ => look.subject(),
    };
    let inner = section(buffer, area, ink, "Channel × time", &[(aside, ink.quiet())]);
    let gutter = 6;
    if inner.height < 4 || inner.width < gutter + 10 {
        return;
    }
    let plot = Rect { x: inner.x + gutter, width: inner.width - gutter, height: inner.height - 2, ..inner };
    let Some(evidence) = evidence else {
        put(buffer, plot.x, plot.y, plot.width, "no relevance to show", ink.quiet());
        return;
    };
    let limit = nice_limit(f64::from(evidence.time_peak(look.view)));
    // Channels get a whole number of rows each, so that labels stay beside their channel.
    let height = (usize::from(plot.height) / shown.len().max(1)).clamp(1, 3);
    for (lane, channel) in shown.iter().enumerate() {
        let label = labels.get(*channel).map_or("", String::as_str);
        let top = plot.y + (lane * height) as u16;
        put(buffer, inner.x + 1, top + (height / 2) as u16, gutter - 2, label, ink.plain());
        let values = evidence.over_time(look.view, *channel);
        for column in 0..plot.width {
            let bin = usize::from(column) * values.len() / usize::from(plot.width);
            let value = f64::from(values.get(bin).copied().unwrap_or(0.0)) / limit;
            for y in top..(top + height as u16).min(plot.bottom()) {
                let Some(cell) = buffer.cell_mut((plot.x + column, y)) else {
                    continue;
                };
                if ink.is_monochrome() {
                    cell.set_char(glyph(value));
                } else {
                    cell.set_char(' ').set_style(Style::new().bg(ink.map(value).into()));
                }
            }
        }
    }
    let used = ((shown.len() * height) as u16).min(plot.height);
    draw_times(buffer, Rect { y: plot.y + used, height: 1, ..plot }, look, evidence);
    let foot = Rect { y: (plot.y + used + 1).min(inner.bottom() - 1), height: 1, ..inner };
    legend::draw(buffer, foot, look, limit, "of f/100 ms");
}

/// The channels with the most relevance that fit, in the order of the montage.
fn strongest(evidence: &Evidence, look: &Look<'_>, rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..evidence.channels()).collect();
    if order.len() > rows {
        let strength: Vec<f32> =
            order.iter().map(|c| evidence.over_time(look.view, *c).iter().map(|v| v.abs()).sum()).collect();
        order.sort_by(|a, b| strength[*b].total_cmp(&strength[*a]).then(a.cmp(b)));
        order.truncate(rows);
        order.sort_unstable();
    }
    order
}

/// The window's seconds: after the cue for a trial, before now for the newest decision.
fn draw_times(buffer: &mut Buffer, row: Rect, look: &Look<'_>, evidence: &Evidence) {
    let rate_hz = look.session.setup().rate_hz;
    let length = evidence.end.saturating_sub(evidence.start) as f64 / rate_hz;
    let (first, zero) = match look.trial {
        Some(trial) => ((evidence.start as f64 - trial.cue as f64) / rate_hz, "cue"),
        None => (-length, "end"),
    };
    let text = |secs: f64| {
        let sign = if secs < -0.005 { '−' } else { '+' };
        if secs.abs() < 0.005 { zero.to_owned() } else { format!("{sign}{:.1} s", secs.abs()) }
    };
    let quiet = look.ink.quiet();
    let (left, middle, right) = (text(first), text(first + length / 2.0), text(first + length));
    put(buffer, row.x, row.y, row.width, &left, quiet);
    let width = |t: &str| t.chars().count() as u16;
    if row.width > width(&left) + width(&middle) + width(&right) + 4 {
        put(buffer, row.x + (row.width - width(&middle)) / 2, row.y, row.width, &middle, quiet);
        put(buffer, row.right() - width(&right), row.y, width(&right), &right, quiet);
    }
}
