use super::ink::Ink;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Writes text at a place, at most `max` columns of it and never beyond the buffer; gives the column after it.
pub(crate) fn put(buffer: &mut Buffer, x: u16, y: u16, max: u16, text: &str, style: Style) -> u16 {
    let area = buffer.area;
    if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
        return x;
    }
    let max = max.min(area.right() - x);
    buffer.set_stringn(x, y, text, usize::from(max), style).0
}

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> u16 {
    u16::try_from(ratatui::text::Span::raw(text).width()).unwrap_or(u16::MAX)
}

/// One styled piece of a line.
pub(crate) type Piece = (String, Style);

/// Writes pieces one after the other, two spaces apart, as long as they fit whole; the first is cut if need be.
pub(crate) fn put_pieces(buffer: &mut Buffer, area: Rect, row: u16, pieces: &[Piece]) -> u16 {
    let y = area.y.saturating_add(row);
    if row >= area.height {
        return area.x;
    }
    let mut x = area.x;
    for (i, (text, style)) in pieces.iter().enumerate() {
        let gap = if i == 0 { 0 } else { 2 };
        let room = area.right().saturating_sub(x.saturating_add(gap));
        if room == 0 || (i > 0 && columns(text) > room) {
            break;
        }
        x = put(buffer, x + gap, y, room, text, *style);
    }
    x
}

/// Draws a section's title and rule, and gives the room below it.
pub(crate) fn section(buffer: &mut Buffer, area: Rect, ink: Ink, title: &str, aside: &[Piece]) -> Rect {
    let area = area.intersection(buffer.area);
    if area.width < 3 || area.height == 0 {
        return Rect { height: 0, ..area };
    }
    for x in area.left()..area.right() {
        put(buffer, x, area.y, 1, "─", ink.faint());
    }
    let mut x = put(buffer, area.x, area.y, area.width, title, ink.strong());
    x = put(buffer, x, area.y, area.right() - x, " ", ink.plain());
    // Pieces are set from the right, the last one first, while they leave the rule visible.
    let mut right = area.right();
    for (text, style) in aside.iter().rev() {
        let wanted = columns(text) + 2;
        if x + wanted > right {
            continue;
        }
        let start = right - wanted + 1;
        put(buffer, start - 1, area.y, 1, " ", ink.plain());
        put(buffer, start, area.y, wanted - 2, text, *style);
        if right < area.right() || wanted > 1 {
            put(buffer, right - 1, area.y, 1, " ", ink.plain());
        }
        right = start - 1;
    }
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// Splits off the leftmost columns and leaves a free column between the parts.
pub(crate) fn split_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let rest = area.width.saturating_sub(width + 1);
    (Rect { width, ..area }, Rect { x: area.right() - rest, width: rest, ..area })
}

/// Splits off the topmost rows.
pub(crate) fn split_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let rest = area.height - height;
    (Rect { height, ..area }, Rect { y: area.y + height, height: rest, ..area })
}

/// Breaks a text at spaces into lines of at most `width` columns; longer words are left for [`put`] to cut.
pub(crate) fn wrapped(text: &str, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line).saturating_add(columns(word)) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A number with its sign and a true minus, `–` where it is not a number.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let sign = if is_zero {
        ' '
    } else if value < 0.0 {
        '−'
    } else {
        '+'
    };
    format!("{sign}{text}")
}

/// A voltage in the unit that suits it.
pub(crate) fn voltage(volts: f64) -> String {
    let size = volts.abs();
    if !volts.is_finite() {
        return "–".into();
    }
    let (value, unit) = match size {
        s if s >= 0.9995 => (volts, "V"),
        s if s >= 0.999_5e-3 => (volts * 1e3, "mV"),
        _ => (volts * 1e6, "µV"),
    };
    let decimals = if value.abs() < 9.95 { 1 } else { 0 };
    let text = format!("{:.decimals$}", value.abs());
    let minus = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "−" } else { "" };
    format!("{minus}{text} {unit}")
}

/// A duration in the unit that suits it.
pub(crate) fn duration(secs: f64) -> String {
    if !secs.is_finite() {
        return "–".into();
    }
    match secs.abs() {
        s if s < 0.999_5e-6 => format!("{:.0} ns", secs * 1e9),
        s if s < 0.999_5e-3 => format!("{:.1} µs", secs * 1e6),
        s if s < 0.9995 => format!("{:.2} ms", secs * 1e3),
        s if s < 120.0 => format!("{secs:.1} s"),
        _ => format!("{:.0} min", secs / 60.0),
    }
}

/// A share as whole percent.
pub(crate) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0} %", share * 100.0) } else { "–".into() }
}
