use super::{
    draw::{columns, put},
    look::Look,
};
use crate::palette::glyph;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// The colour bar: what blue and red say, the ends of the scale, and their unit. Of more than two classes they speak against one
/// class, and for it.
pub(super) fn draw(buffer: &mut Buffer, row: Rect, look: &Look<'_>, limit: f64, unit: &str) {
    let ink = look.ink;
    let number = number(limit);
    let (mut left, mut right) = if look.is_of_two() {
        let class = |class| look.session.class_name(class);
        (format!("{} −{number} ", class(0)), format!(" +{number} {}", class(1)))
    } else {
        let class = look.evidence().map_or("", |evidence| look.session.class_name(evidence.class));
        (format!("against −{number} "), format!(" +{number} for {class}"))
    };
    // "For" and "against" say little without the class they speak of: the unit goes before that does.
    let beside = if look.is_of_two() { columns(unit) + 8 } else { 7 };
    if columns(&left) + columns(&right) + beside > row.width {
        // The arrows stand for the classes here as they do beside the decision.
        let signs = if look.is_of_two() { ["▼", "▲"] } else { ["against", "for"] };
        left = format!("{} −{number} ", signs[0]);
        right = format!(" +{number} {}", signs[1]);
    }
    // A free column at both ends keeps it apart from what stands beside it.
    let row = Rect { x: row.x + 1, width: row.width.saturating_sub(2), ..row };
    let words = columns(&left) + columns(&right);
    if words + 5 > row.width {
        return;
    }
    let unit_width = columns(unit) + 2;
    let with_unit = words + 5 + unit_width <= row.width;
    let bar = (row.width - words - if with_unit { unit_width } else { 0 }).min(24);
    let total = words + bar + if with_unit { unit_width } else { 0 };
    let mut x = put(buffer, row.x + (row.width - total) / 2, row.y, row.width, &left, ink.class(0));
    for i in 0..bar {
        let value = |half: u16| f64::from(2 * i + half) / f64::from((2 * bar - 1).max(1)) * 2.0 - 1.0;
        let (symbol, style) = if ink.is_monochrome() {
            (glyph(value(0)).to_string(), Style::new())
        } else {
            ("▌".to_owned(), Style::new().fg(ink.map(value(0)).into()).bg(ink.map(value(1)).into()))
        };
        x = put(buffer, x, row.y, 1, &symbol, style).max(x + 1);
    }
    x = put(buffer, x, row.y, row.right().saturating_sub(x), &right, ink.class(1));
    if with_unit {
        put(buffer, x + 2, row.y, row.right().saturating_sub(x + 2), unit, ink.quiet());
    }
}

/// The end of a scale without needless digits.
fn number(limit: f64) -> String {
    if !(1e-3..1e5).contains(&limit) {
        return format!("{limit:.0e}");
    }
    let text = format!("{limit:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
