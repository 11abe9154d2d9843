use super::{
    Page,
    draw::{Piece, columns, duration, percent, put, put_pieces, signed},
    look::Look,
};
use crate::session::{Phase, StreamState};
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

/// The two lines at the top: the session, and the stream.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>, is_paused: bool) {
    let ink = look.ink;
    let mut right = area.right();
    let mut score = score(look);
    // The phase and the title keep half of the line; what the score means goes before the score.
    while score.iter().map(|p| columns(&p.0) + 2).sum::<u16>() > area.width / 2 {
        score.pop();
    }
    for (text, style) in score.iter().rev() {
        right -= columns(text) + 2;
        put(buffer, right + 2, area.y, area.width, text, *style);
    }
    let mut pieces = vec![("motrace".to_owned(), ink.strong())];
    if is_paused {
        pieces.push(("PAUSED".into(), ink.warn().add_modifier(Modifier::REVERSED)));
    }
    pieces.push(phase(look));
    if !look.session.setup().title.is_empty() {
        pieces.push((look.session.setup().title.clone(), ink.plain()));
    }
    put_pieces(buffer, Rect { width: right - area.x, ..area }, 0, &pieces);

    let losses = losses(look);
    let mut right = area.right();
    if area.height > 1 {
        for piece in losses.iter().rev() {
            let wanted = columns(&piece.0) + 2;
            if right.saturating_sub(area.x) > wanted + 20 {
                right -= wanted;
                put(buffer, right + 2, area.y + 1, wanted, &piece.0, piece.1);
            }
        }
        put_pieces(buffer, Rect { width: right - area.x, ..area }, 1, &stream(look));
    }
}

/// What the session is doing.
pub(super) fn phase(look: &Look<'_>) -> Piece {
    let strong = look.ink.strong();
    match look.session.phase() {
        Phase::Connecting => ("connecting".into(), look.ink.warn()),
        Phase::Checking => ("checking".into(), strong),
        Phase::Baseline => ("baseline".into(), strong),
        Phase::Feedback { trial, of } => (format!("feedback, trial {trial} of {of}"), strong),
        Phase::Break => ("break".into(), strong),
        Phase::PausedByOperator => ("paused by the operator".into(), look.ink.warn()),
        Phase::Calibrating { trial, of } => (format!("calibrating, trial {trial} of {of}"), strong),
        Phase::Training => ("training".into(), strong),
        Phase::Deciding => ("deciding".into(), strong),
        Phase::Reviewing => ("reviewing".into(), strong),
        Phase::Finished(text) if text.is_empty() => ("finished".into(), strong),
        Phase::Finished(text) => (format!("finished: {text}"), strong),
    }
}

fn score(look: &Look<'_>) -> Vec<Piece> {
    let Some(score) = look.session.score() else {
        return Vec::new();
    };
    let beyond_chance = score.accuracy > score.chance_upper;
    let style = if beyond_chance { look.ink.good() } else { look.ink.plain() };
    vec![
        (format!("{} of {} trials right", percent(score.accuracy), score.trials), style),
        (format!("chance ≤ {}", percent(score.chance_upper)), look.ink.quiet()),
        (format!("κ {}", signed(score.kappa, 2).trim()), look.ink.quiet()),
    ]
}

/// The stream at a glance: a dot that is only green while samples come in.
pub(super) fn stream(look: &Look<'_>) -> Vec<Piece> {
    let ink = look.ink;
    let stream = look.session.stream();
    let age = stream.age_secs.map(|a| format!(" for {}", duration(a))).unwrap_or_default();
    let state = match &stream.state {
        StreamState::Connecting => ("○ looking for the stream".to_owned(), ink.warn()),
        StreamState::Live => ("● live".to_owned(), ink.good()),
        StreamState::Stalled => (format!("◐ stalled{age}"), ink.warn().add_modifier(Modifier::BOLD)),
        StreamState::Lost => (format!("○ lost{age}, looking for it"), ink.warn().add_modifier(Modifier::BOLD)),
        StreamState::Refused(why) => (format!("○ refused: {why}"), ink.warn().add_modifier(Modifier::BOLD)),
        StreamState::File => ("■ file".to_owned(), ink.plain()),
    };
    let mut pieces = vec![state];
    if !stream.name.is_empty() {
        let host = if stream.host.is_empty() { String::new() } else { format!(" on {}", stream.host) };
        pieces.push((format!("{}{host}", stream.name), ink.plain()));
    }
    if stream.channels > 0 {
        let measured = stream.rate_effective_hz.map(|r| format!(" ({r:.2} measured)")).unwrap_or_default();
        let kind = if stream.kind.is_empty() { String::new() } else { format!("{} ", stream.kind) };
        pieces.push((format!("{kind}{} ch × {} Hz{measured}", stream.channels, stream.rate_nominal_hz), ink.quiet()));
    }
    if let Some(offset) = stream.clock_offset_secs {
        let error = stream.clock_error_secs.map(|e| format!(" ± {}", duration(e))).unwrap_or_default();
        let sign = if offset < 0.0 { "−" } else { "+" };
        pieces.push((format!("clock {sign}{}{error}", duration(offset.abs())), ink.quiet()));
    }
    pieces
}

fn losses(look: &Look<'_>) -> Vec<Piece> {
    let c = look.session.counters();
    let mut pieces = Vec::new();
    for (count, one, many) in [
        (c.gaps, "gap", "gaps"),
        (c.dropped_samples, "sample lost", "samples lost"),
        (c.deadline_misses, "late decision", "late decisions"),
    ] {
        if count > 0 {
            pieces.push((format!("{count} {}", if count == 1 { one } else { many }), look.ink.warn()));
        }
    }
    if let Some(l) = look.session.latency() {
        pieces.push((format!("{} to decide", duration(l.p50_secs)), look.ink.quiet()));
    }
    pieces
}

/// The line at the bottom: pages and keys.
pub(super) fn draw_footer(buffer: &mut Buffer, area: Rect, look: &Look<'_>, page: Page) {
    let ink = look.ink;
    // On narrow terminals the keys that a session waits for need the room.
    let gap = if area.width < 100 { "" } else { " " };
    let mut x = area.x;
    for &p in Page::of(look.session) {
        let style = if p == page { ink.strong().add_modifier(Modifier::REVERSED) } else { ink.quiet() };
        let text = format!(" {}{gap}", p.name());
        if x + columns(&text) <= area.right() {
            x = put(buffer, x, area.y, area.right() - x, &text, style);
        }
    }
    let mut keys = if look.session.course().is_some() {
        vec!["? help", "Tab page", "s switch", "n next", "r repeat", "p pause", "Enter go on", "x abort"]
    } else {
        let back = if look.is_reviewing() || look.trial.is_none() { None } else { Some("End live") };
        let mut keys = vec!["? help", "Tab page", "v view", "↑↓ trials"];
        keys.extend(back);
        keys.push("q quit");
        keys
    };
    let rest = Rect { x: (x + 2).min(area.right()), width: area.right().saturating_sub(x + 2), ..area };
    let mut width = keys.iter().map(|k| columns(k) + 2).sum::<u16>().saturating_sub(2);
    // The help key says the rest; it goes last.
    while width > rest.width && keys.len() > 1 {
        let gone = keys.remove(1);
        width -= columns(gone) + 2;
    }
    if width <= rest.width {
        let mut x = rest.right() - width;
        for key in keys {
            let (name, what) = key.split_once(' ').unwrap_or((key, ""));
            x = put(buffer, x, area.y, area.right() - x, name, ink.plain());
            x = put(buffer, x + 1, area.y, area.right().saturating_sub(x + 1), what, ink.quiet()) + 2;
        }
    }
}
