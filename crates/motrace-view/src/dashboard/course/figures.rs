use crate::{
    dashboard::{
        draw::{columns, duration, percent, put, put_pieces, section, signed, split_left, wrapped},
        legend,
        look::Look,
        scalp::{Naming, ScalpMaps, draw_head},
    },
    palette::{max_abs, nice_limit},
    session::{Course, Shadow},
};
use ratatui::{buffer::Buffer, layout::Rect};
use std::cmp::Reverse;

/// Rows of the figures on timing, with their title.
pub(super) const TIMING_ROWS: u16 = 2;

/// How much later frames were drawn than they were due.
pub(super) fn draw_timing(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course) {
    let Some(timing) = &course.timing else { return };
    let ink = look.ink;
    let aside = [(format!("{} frames", timing.count), ink.quiet())];
    let inner = section(buffer, area, ink, "Drawn after due", &aside);
    let mut pieces = Vec::new();
    for (name, secs) in [("median", timing.p50_secs), ("99 %", timing.p99_secs), ("max", timing.max_secs)] {
        pieces.push((format!("{name} {}", millis(secs)), ink.plain()));
    }
    put_pieces(buffer, inner, 0, &pieces);
}

/// Milliseconds to a tenth; longer times in the unit that suits them.
fn millis(secs: f64) -> String {
    if secs.abs() < 0.9995 { format!("{:.1} ms", secs * 1e3) } else { duration(secs) }
}

/// What training came to: figures in words, and the patterns side by side.
pub(super) fn draw_trained(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course, maps: &mut ScalpMaps) {
    let Some(trained) = &course.trained else { return };
    let ink = look.ink;
    let inner =
        section(buffer, area, ink, "What was learned", &[("patterns, each on its own scale".into(), ink.quiet())]);
    let shown: Vec<_> = trained.maps.iter().filter(|(_, values)| values.len() == trained.labels.len()).collect();
    let widest =
        shown.iter().map(|(name, _)| columns(name)).max().unwrap_or(0).min((inner.width / 2).saturating_sub(1));
    let below = |rows: u16| Rect { y: inner.y + rows, height: inner.height - rows, ..inner };
    let mut lines = Vec::new();
    for text in &trained.lines {
        let parts = wrapped(text, inner.width.saturating_sub(2));
        lines.extend(parts.into_iter().enumerate().map(|(i, part)| if i > 0 { format!("  {part}") } else { part }));
    }
    // Words have half of the room at most, and less where the maps would not be seen.
    let most = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(inner.height / 2);
    let rows = (1..=most).rev().find(|rows| arrangement(below(*rows), shown.len(), widest).0 > 0).unwrap_or(most);
    for (y, line) in (inner.y..).zip(lines.iter().take(usize::from(rows))) {
        put(buffer, inner.x, y, inner.width, line, ink.plain());
    }
    let room = below(rows);
    let (across, side) = arrangement(room, shown.len(), widest);
    if across == 0 {
        return;
    }
    let down = (shown.len() as u16).div_ceil(across);
    let (width, height) = (room.width / across, room.height / down);
    for (i, (name, values)) in shown.iter().enumerate() {
        let (column, row) = (i as u16 % across, i as u16 / across);
        let place = Rect { x: room.x + column * width, y: room.y + row * height, width, height };
        let head = Rect { height: (side / 2).min(height), ..place };
        maps.set_values(values.iter().copied());
        let limit = nice_limit(max_abs(values.iter()));
        draw_head(buffer, head, ink, &trained.labels, maps, Some(limit), Naming::ByRoom);
        if head.bottom() < place.bottom() {
            let x = place.x + width.saturating_sub(columns(name)) / 2;
            put(buffer, x, head.bottom(), width.min(place.right().saturating_sub(x)), name, ink.quiet());
        }
    }
}

/// How many maps stand beside each other so that they become largest, and how wide one is; their names, at most
/// `widest` columns, have to fit below them.
fn arrangement(room: Rect, count: usize, widest: u16) -> (u16, u16) {
    let count = count.min(64) as u16;
    let size = |across: u16| {
        let down = count.div_ceil(across);
        // A row is the name's.
        (room.width / across).min((room.height / down).saturating_sub(1) * 2) & !1
    };
    // Of equally large ones, the one that leaves no gaps.
    let gaps = |across: u16| across * count.div_ceil(across) - count;
    (1..=count)
        .filter(|across| room.width / across > widest)
        .map(|across| (across, size(across)))
        .max_by_key(|(across, size)| (*size, Reverse(gaps(*across)), *across))
        .filter(|(_, size)| *size >= 10)
        .unwrap_or((0, 0))
}

/// The adapted decoder beside the frozen one, and where their reasons differ.
pub(super) fn draw_shadow(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course, maps: &mut ScalpMaps) {
    let Some(shadow) = &course.shadow else { return };
    let ink = look.ink;
    let inner = section(buffer, area, ink, "Adaptation", &[(format!("{} trials", shadow.trials), ink.quiet())]);
    let side = (inner.height * 2).min(inner.width / 2) & !1;
    let has_map = side >= 10 && !shadow.difference.is_empty() && shadow.difference.len() == shadow.labels.len();
    let tall = inner.height >= 14 && has_map;
    let (words, map) = match (has_map, tall) {
        (false, _) => (inner, Rect { width: 0, ..inner }),
        (true, true) => (Rect { height: 4, ..inner }, Rect { y: inner.y + 4, height: inner.height - 4, ..inner }),
        (true, false) => split_left(inner, inner.width - side - 1),
    };
    draw_shadow_words(buffer, words, look, shadow, has_map);
    if map.width == 0 {
        return;
    }
    let limit = nice_limit(max_abs(&shadow.difference));
    maps.set_values(shadow.difference.iter().copied());
    let (head, foot) = if tall {
        (Rect { height: map.height - 1, ..map }, Some(Rect { y: map.bottom() - 1, height: 1, ..map }))
    } else {
        (map, None)
    };
    draw_head(
        buffer,
        head,
        ink,
        &shadow.labels,
        maps,
        Some(limit),
        if tall { Naming::ByRoom } else { Naming::Nothing },
    );
    if let Some(foot) = foot {
        legend::draw(buffer, foot, look, limit, "of f");
    }
}

fn draw_shadow_words(buffer: &mut Buffer, area: Rect, look: &Look<'_>, shadow: &Shadow, has_map: bool) {
    let ink = look.ink;
    let gain = shadow.adapted - shadow.frozen;
    let difference = if gain.is_finite() { format!("{} points", signed(gain * 100.0, 0).trim()) } else { "–".into() };
    let rows = [
        ("adapted", percent(shadow.adapted), ink.strong()),
        ("frozen", percent(shadow.frozen), ink.plain()),
        ("difference", difference, if gain < 0.0 { ink.warn() } else { ink.plain() }),
    ];
    for (i, (name, value, style)) in rows.into_iter().enumerate() {
        if (i as u16) < area.height {
            let y = area.y + i as u16;
            put(buffer, area.x, y, area.width, name, ink.quiet());
            put(buffer, area.x + 12, y, area.width.saturating_sub(12), &value, style);
        }
    }
    if has_map && area.height > 3 {
        put(buffer, area.x, area.y + 3, area.width, "relevance, adapted − frozen", ink.quiet());
    }
}
