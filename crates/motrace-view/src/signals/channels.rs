use super::SignalBrowser;
use crate::dashboard::draw::{put, section, voltage};
use motrace_core::Condition;
use ratatui::{buffer::Buffer, layout::Rect};

/// All channels: which are drawn, what they are, and how good they are in the window.
pub(super) fn draw(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let ink = browser.ink();
    let shown = browser.is_shown.iter().filter(|s| **s).count();
    let aside = [(format!("{shown} of {} shown", browser.is_shown.len()), ink.quiet())];
    let inner = section(buffer, area, ink, "Channels", &aside);
    if inner.height < 2 {
        return;
    }
    for (x, text) in [(4, "label"), (16, "measures"), (26, "here"), (38, "rms"), (48, "offset")] {
        put(buffer, inner.x + x, inner.y, inner.width.saturating_sub(x), text, ink.quiet());
    }
    let rows = usize::from(inner.height - 1);
    let from = browser.cursor.saturating_sub(rows / 2).min(browser.info.channels.len().saturating_sub(rows));
    for (row, (number, channel)) in browser.info.channels.iter().enumerate().skip(from).take(rows).enumerate() {
        let y = inner.y + 1 + row as u16;
        let is_here = number == browser.cursor;
        let style = if browser.is_shown[number] { ink.plain() } else { ink.faint() };
        put(buffer, inner.x, y, 1, if is_here { "▸" } else { " " }, ink.strong());
        put(buffer, inner.x + 2, y, 1, if browser.is_shown[number] { "●" } else { "○" }, style);
        let room = |x: u16| inner.width.saturating_sub(x);
        put(buffer, inner.x + 4, y, room(4).min(11), &channel.label, if is_here { ink.strong() } else { style });
        put(buffer, inner.x + 16, y, room(16).min(9), channel.role.name(), style);
        let Some(quality) = browser.held.as_ref().and_then(|held| held.quality[number].as_ref()) else {
            put(buffer, inner.x + 26, y, room(26), "not judged", ink.faint());
            continue;
        };
        let condition = if quality.condition == Condition::Good { ink.good() } else { ink.warn() };
        put(buffer, inner.x + 26, y, room(26).min(11), quality.condition.name(), condition);
        put(buffer, inner.x + 38, y, room(38).min(9), &voltage(quality.rms_volts), style);
        put(buffer, inner.x + 48, y, room(48).min(10), &voltage(quality.mean_volts), style);
    }
}
