use super::{
    draw::{Piece, columns, percent, put, put_pieces, section, signed, wrapped},
    look::Look,
};
use crate::session::view_index;
use motrace_core::View;
use ratatui::{buffer::Buffer, layout::Rect};

/// Conservation errors above this are shown as broken; below it they are rounding.
const CONSERVATION_LIMIT: f64 = 1e-9;
/// The same for networks, which compute in single precision.
const NETWORK_LIMIT: f64 = 1e-4;

/// What is said of all of it before its parts: eight lines at most, and three of the views.
const MOST_LINES: usize = 11;

/// Where all of the relevance went, and what to be careful about: that first, where room is short.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    draw_with(buffer, area, look, 0);
}

/// The same where all layers or spatial filters are to be seen; warnings have what is left.
pub(super) fn draw_whole(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let parts = look.evidence().map_or(0, |evidence| match evidence.ledger.layers.len() {
        0 => evidence.components.len(),
        layers => layers + 1,
    });
    draw_with(buffer, area, look, parts);
}

/// At least `parts` lines are for layers or spatial filters.
fn draw_with(buffer: &mut Buffer, area: Rect, look: &Look<'_>, parts: usize) {
    let ink = look.ink;
    let mut inner = section(buffer, area, ink, "Ledger", &[(look.subject(), ink.quiet())]);
    let Some(evidence) = look.evidence() else {
        put_pieces(buffer, inner, 0, &[("no relevance to account for".into(), ink.quiet())]);
        return;
    };
    // Warnings come first where room is short: they are what must not be missed.
    let mut lines: Vec<String> = Vec::new();
    for warning in &evidence.warnings {
        let parts = wrapped(warning, inner.width.saturating_sub(2));
        lines.extend(parts.iter().enumerate().map(|(i, p)| format!("{} {p}", if i == 0 { '!' } else { ' ' })));
    }
    let of_parts = if parts > 0 { parts + MOST_LINES } else { 0 };
    let left = usize::from(inner.height).saturating_sub(of_parts).min(usize::from(inner.height) / 2);
    let warnings = lines.len().min(left) as u16;
    let full = inner;
    inner.height -= warnings;
    let ledger = &evidence.ledger;
    let is_network = !ledger.layers.is_empty();
    let meaning = match (look.is_of_two(), is_network) {
        (false, _) => format!("log-odds of {}", look.session.class_name(evidence.class)),
        (true, true) => "difference of the outputs".to_owned(),
        (true, false) => "class means at ±1".to_owned(),
    };
    let value: [(&str, String, Vec<Piece>); 3] = [
        ("decision f", signed(ledger.value, 3), vec![(meaning, ink.quiet())]),
        ("offset f₀", signed(ledger.offset, 3), vec![("on no evidence at all".into(), ink.quiet())]),
        ("path difference", small(ledger.path_difference), vec![("deciding path against this".into(), ink.quiet())]),
    ];
    let error = ledger.conservation_error();
    let limit = if is_network { NETWORK_LIMIT } else { CONSERVATION_LIMIT };
    let holds = error <= limit * ledger.value.abs().max(1.0);
    let conserved = if holds { ("holds".into(), ink.good()) } else { ("BROKEN".into(), ink.warn()) };
    let mut rows: Vec<(&str, String, Vec<Piece>)> = Vec::new();
    let [f, offset, path] = value;
    rows.push(f);
    rows.push(offset);
    rows.push((if is_network { "ledger error" } else { "|ΣR − (f − f₀)|" }, small(error), vec![conserved]));
    if is_network {
        let kept = ledger.kept_by_layers() + ledger.entropy().unwrap_or(0.0);
        rows.push(("kept by layers", signed(kept, 3), vec![("by biases and stabilisers".into(), ink.quiet())]));
    }
    if let Some(entropy) = ledger.entropy() {
        rows.push(("entropy", signed(-entropy, 3), vec![("of the other classes".into(), ink.quiet())]));
    }
    rows.push(("rim share", percent(ledger.rim_share), vec![("eyes and muscles show there".into(), ink.quiet())]));
    if let Some(correlation) = ledger.input_source_correlation {
        rows.push(("INPUT ~ SOURCE", signed(correlation, 2), vec![("correlation over channels".into(), ink.quiet())]));
    }
    rows.push(path);

    let mut row = 0;
    let table_rows = if inner.height >= 6 { 3 } else { 0 };
    for (name, value, more) in rows {
        if row + table_rows >= inner.height {
            break;
        }
        line(buffer, inner, row, look, name, &value, &more);
        row += 1;
    }
    if table_rows > 0 {
        draw_views(buffer, Rect { y: inner.y + row, height: inner.height - row, ..inner }, look);
        row += table_rows;
        if row < inner.height {
            let rest = Rect { y: inner.y + row, height: inner.height - row, ..inner };
            if is_network {
                draw_layers(buffer, rest, look);
            } else {
                draw_components(buffer, rest, look);
            }
        }
    }
    for (i, warning) in lines.into_iter().take(usize::from(warnings)).enumerate() {
        let at = full.height - warnings + i as u16;
        put_pieces(buffer, full, at, &[(warning, ink.warn())]);
    }
}

fn line(buffer: &mut Buffer, area: Rect, row: u16, look: &Look<'_>, name: &str, value: &str, more: &[Piece]) {
    let y = area.y + row;
    put(buffer, area.x, y, area.width.min(16), name, look.ink.quiet());
    if area.width > 18 {
        let room = area.width - 17;
        put(buffer, area.x + 17, y, room, &format!("{value:>8}"), look.ink.plain());
        if more.first().is_some_and(|(text, _)| columns(text) + 11 <= room) {
            put_pieces(buffer, Rect { x: area.x + 28, y, width: room.saturating_sub(11), height: 1 }, 0, more);
        }
    }
}

/// Sum and cancellation of the three views side by side, the one that is looked at in bold.
fn draw_views(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let Some(evidence) = look.evidence() else {
        return;
    };
    // Where three columns do not fit, the view that is looked at has the only one.
    let fits_all = area.width >= 17 + 3 * 9;
    let column = |i: usize| if fits_all { 17 + 9 * i as u16 } else { 17 };
    let cell = |buffer: &mut Buffer, row: u16, i: usize, text: &str| {
        let style = if i == view_index(look.view) { look.ink.strong() } else { look.ink.quiet() };
        let is_shown = fits_all || i == view_index(look.view);
        if is_shown && column(i) + 8 <= area.width && row < area.height {
            put(buffer, area.x + column(i), area.y + row, 8, &format!("{text:>8}"), style);
        }
    };
    for (i, view) in View::ALL.iter().enumerate() {
        if let (Some(total), Some(cancellation)) = (evidence.ledger.total[i], evidence.ledger.cancellation[i]) {
            cell(buffer, 0, i, view.name());
            cell(buffer, 1, i, &signed(total, 3));
            cell(buffer, 2, i, &times(cancellation));
        }
    }
    for (row, name) in [(1, "ΣR"), (2, "Σ|R| / |ΣR|")] {
        if row < area.height {
            put(buffer, area.x, area.y + row, 16.min(area.width), name, look.ink.quiet());
        }
    }
}

/// What reaches the inputs of each layer of a network, from its output down, and what the layer keeps.
fn draw_layers(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let Some(evidence) = look.evidence() else {
        return;
    };
    let ink = look.ink;
    let columns = [(17, "R in"), (26, "bias"), (35, "stabiliser"), (46, "unassigned")];
    let fits = |at: u16, width: u16| at + width <= area.width;
    for (at, name) in columns {
        if fits(at, 10) {
            put(buffer, area.x + at, area.y, 10, &format!("{name:>8}"), ink.quiet());
        }
    }
    // One line is for the names of the columns.
    let rows = usize::from(area.height.saturating_sub(1));
    let layers = evidence.ledger.layers.len();
    // The last line says how many there is no room for.
    let shown = if layers > rows { rows.saturating_sub(1) } else { layers };
    if layers > rows && rows > 0 {
        let more = format!("… {} more layers", layers - shown);
        put(buffer, area.x, area.y + area.height - 1, area.width, &more, ink.quiet());
    }
    for (row, layer) in evidence.ledger.layers.iter().rev().take(shown).enumerate() {
        let y = area.y + 1 + row as u16;
        put(buffer, area.x, y, area.width.min(16), layer.layer, ink.quiet());
        for ((at, _), value) in
            columns.into_iter().zip([layer.relevance_in, layer.bias, layer.stabiliser, layer.unassigned])
        {
            if fits(at, 10) {
                put(buffer, area.x + at, y, 9, &format!("{:>8}", signed(value, 3)), ink.plain());
            }
        }
    }
}

/// Relevance of each spatial filter as a signed bar.
fn draw_components(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let Some(evidence) = look.evidence() else {
        return;
    };
    let largest = evidence.components.iter().filter(|v| v.is_finite()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let room = area.width.saturating_sub(26).min(32) / 2;
    for (i, value) in evidence.components.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + i as u16;
        let class = usize::from(*value > 0.0);
        put(buffer, area.x, y, area.width, &format!("filter {}", i + 1), look.ink.quiet());
        if area.width > 26 {
            put(buffer, area.x + 17, y, 8, &format!("{:>8}", signed(*value, 3)), look.ink.plain());
            let length = if largest > 0.0 { (value.abs() / largest * f64::from(room)).round() as u16 } else { 0 };
            let middle = area.x + 26 + room;
            let start = if class == 0 { middle - length.min(room) } else { middle };
            for x in start..start + length.min(room) {
                put(buffer, x, y, 1, "▬", look.ink.class(class));
            }
        }
    }
}

fn small(value: f64) -> String {
    match value {
        v if !v.is_finite() => "–".into(),
        0.0 => "0".into(),
        v if v.abs() < 1e-3 => format!("{v:.0e}"),
        v => format!("{v:.3}"),
    }
}

fn times(value: f64) -> String {
    if value.is_finite() { format!("{value:.1} ×") } else { "–".into() }
}
