use super::{
    draw::{duration, put, put_pieces, section, wrapped},
    look::Look,
};
use ratatui::{buffer::Buffer, layout::Rect};

/// Latency, and everything that was ever lost.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let inner = section(buffer, area, ink, "Latency and losses", &[]);
    let mut row = 0;
    match look.session.latency() {
        Some(l) => {
            let decide = [("median", l.p50_secs), ("99 %", l.p99_secs), ("max", l.max_secs)];
            row = figures(buffer, inner, row, look, "sample → decision", &decide);
            if let (Some(p50), Some(p99)) = (l.explain_p50_secs, l.explain_p99_secs) {
                row = figures(buffer, inner, row, look, "explaining one", &[("median", p50), ("99 %", p99)]);
            }
        }
        None => {
            put_pieces(buffer, inner, 0, &[("latency: no decision yet".into(), ink.quiet())]);
            row += 1;
        }
    }
    let c = look.session.counters();
    let counts = [
        ("gaps", c.gaps),
        ("lost samples", c.dropped_samples),
        ("late decisions", c.deadline_misses),
        ("vetoed", c.vetoed),
        ("not explained", c.dropped_relevances),
        ("late markers", c.late_markers),
    ];
    let across = (inner.width / 24).clamp(1, 3);
    for (i, (name, count)) in counts.iter().enumerate() {
        let i = i as u16;
        let (x, at) = (inner.x + i % across * 24, row + i / across);
        if at >= inner.height {
            break;
        }
        let style = if *count > 0 { ink.warn() } else { ink.plain() };
        put(buffer, x, inner.y + at, inner.right().saturating_sub(x), name, ink.quiet());
        if x + 23 <= inner.right() {
            put(buffer, x + 15, inner.y + at, 8, &format!("{count:>7}"), style);
        }
    }
}

fn figures(buffer: &mut Buffer, area: Rect, row: u16, look: &Look<'_>, name: &str, values: &[(&str, f64)]) -> u16 {
    if row < area.height {
        put(buffer, area.x, area.y + row, area.width, name, look.ink.quiet());
        let mut x = area.x + 19;
        for (what, secs) in values {
            let text = duration(*secs);
            let needed = what.chars().count() as u16 + 1 + 8;
            if x + needed > area.right() {
                break;
            }
            let after = put(buffer, x, area.y + row, needed, what, look.ink.quiet());
            put(buffer, after + 1, area.y + row, 9, &text, look.ink.plain());
            x += needed + 2;
        }
    }
    row + 1
}

/// The newest lines of the log.
pub(super) fn draw_log(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let inner = section(buffer, area, look.ink, "Log", &[]);
    let rows = usize::from(inner.height);
    let mut lines: Vec<String> = Vec::new();
    for message in look.session.messages().rev() {
        if lines.len() >= rows {
            break;
        }
        // What continues a message is set in, and the newest message stands last.
        let parts = wrapped(message, inner.width.saturating_sub(2));
        lines.extend(parts.iter().enumerate().map(|(i, p)| if i > 0 { format!("  {p}") } else { p.clone() }).rev());
    }
    lines.truncate(rows);
    lines.reverse();
    for (i, line) in lines.iter().enumerate() {
        put(buffer, inner.x, inner.y + i as u16, inner.width, line, look.ink.plain());
    }
    if lines.is_empty() && rows > 0 {
        put(buffer, inner.x, inner.y, inner.width, "nothing to report", look.ink.quiet());
    }
}
