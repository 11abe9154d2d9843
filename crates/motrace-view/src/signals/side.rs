use super::{SignalBrowser, strip::moment};
use crate::dashboard::draw::{put, section, split_top, voltage};
use motrace_core::Condition;
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

/// The markers around what is in sight, and which channels are not good there.
pub(super) fn draw(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let (upper, lower) = split_top(area, area.height * 6 / 10);
    draw_markers(browser, buffer, upper);
    draw_quality(browser, buffer, lower);
}

fn draw_markers(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let ink = browser.ink();
    let markers = &browser.info.markers;
    let inner = section(buffer, area, ink, "Markers", &[(format!("{}", markers.len()), ink.quiet())]);
    if markers.is_empty() {
        put(buffer, inner.x, inner.y, inner.width, "none", ink.quiet());
        return;
    }
    let kinds = browser.kinds.len().min(usize::from(inner.height / 3));
    for (row, (kind, (text, count))) in browser.kinds.iter().enumerate().take(kinds).enumerate() {
        let is_chosen = browser.only.is_none_or(|only| only == kind);
        let style = if is_chosen { ink.category(kind) } else { ink.faint() };
        let y = inner.y + row as u16;
        put(buffer, inner.x, y, inner.width, &format!("{count:>5} × {text}"), style);
    }
    let (_, list) = split_top(inner, kinds as u16 + 1);
    let seen = browser.seen();
    let at = browser.focus.unwrap_or_else(|| markers.partition_point(|m| m.index < seen.start));
    let from =
        at.saturating_sub(usize::from(list.height) / 3).min(markers.len().saturating_sub(usize::from(list.height)));
    for (row, (number, marker)) in markers.iter().enumerate().skip(from).take(usize::from(list.height)).enumerate() {
        let y = list.y + row as u16;
        let is_focus = browser.focus == Some(number);
        let mut style = if seen.contains(&marker.index) { ink.category(browser.kind_of[number]) } else { ink.quiet() };
        if is_focus {
            style = style.add_modifier(Modifier::BOLD);
        }
        let sign = if is_focus {
            "▸"
        } else if seen.contains(&marker.index) {
            "│"
        } else {
            " "
        };
        put(buffer, list.x, y, 1, sign, style);
        put(buffer, list.x + 2, y, 11, &format!("{:>11}", moment(browser.secs(marker.index), 0.001)), ink.quiet());
        put(buffer, list.x + 15, y, list.width.saturating_sub(15), &marker.text, style);
    }
}

fn draw_quality(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let ink = browser.ink();
    let Some(held) = &browser.held else { return };
    let judged: Vec<_> = held.quality.iter().flatten().collect();
    let good = judged.iter().filter(|q| q.condition == Condition::Good).count();
    let inner =
        section(buffer, area, ink, "Quality here", &[(format!("{good} of {} good", judged.len()), ink.quiet())]);
    let mut order = judged;
    // What is not good comes first, then what is largest.
    order.sort_by(|a, b| {
        let key = |q: &motrace_core::ChannelQuality| q.condition == Condition::Good;
        key(a).cmp(&key(b)).then(b.rms_volts.total_cmp(&a.rms_volts))
    });
    for (row, quality) in order.iter().take(usize::from(inner.height)).enumerate() {
        let y = inner.y + row as u16;
        let is_good = quality.condition == Condition::Good;
        let style = if is_good { ink.plain() } else { ink.warn() };
        put(buffer, inner.x, y, 1, if is_good { " " } else { "!" }, style);
        put(buffer, inner.x + 2, y, 10, &quality.label, style);
        put(buffer, inner.x + 13, y, 10, quality.condition.name(), style);
        put(buffer, inner.x + 24, y, inner.width.saturating_sub(24), &voltage(quality.rms_volts), ink.quiet());
    }
}
