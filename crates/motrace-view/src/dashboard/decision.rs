mod classes;

use super::{
    axis::TimeAxis,
    braille::Braille,
    draw::{percent, put, section, signed},
    look::Look,
    traces,
};
use crate::palette::nice_limit;
use motrace_core::Decision;
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

/// The decision over time, on the same time axis as the traces above it.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    if !look.is_of_two() {
        return classes::draw(buffer, area, look);
    }
    let ink = look.ink;
    let session = look.session;
    let classes = [
        (format!("▼ {}", session.class_name(0)), ink.class(0)),
        (format!("▲ {}", session.class_name(1)), ink.class(1)),
    ];
    let inner = section(buffer, area, ink, "Decision", &classes);
    let gutter = traces::gutter(look);
    if inner.height < 3 || inner.width < gutter + 8 {
        return;
    }
    let plot = Rect { x: inner.x + gutter, width: inner.width - gutter, ..inner };
    let axis = TimeAxis::of(look, plot.width);
    let seen = || session.decisions().filter(|d| d.end > axis.start && d.end <= axis.end && d.value.is_finite());
    let limit = nice_limit(seen().map(|d| d.value.abs()).fold(2.0, f64::max));

    let mut braille = Braille::new(plot);
    let height = braille.height() as f64;
    let dot = |value: f64| ((0.5 - value / limit / 2.0) * (height - 1.0)).round() as i64;
    let row = |value: f64| plot.y + (dot(value) / 4) as u16;

    for (value, line) in [(1.0, "·"), (-1.0, "·"), (0.0, "─")] {
        for x in plot.left()..plot.right() {
            put(buffer, x, row(value), 1, line, ink.faint());
        }
    }
    traces::draw_events(buffer, plot, look, &axis);
    put(buffer, inner.x, row(0.0), gutter, "   0", ink.quiet());
    for (value, class) in [(1.0, 1), (-1.0, 0)] {
        if row(value) != row(0.0) {
            put(buffer, inner.x, row(value), gutter, &format!("  {}", signed(value, 0)), ink.class(class));
        }
    }

    let width = braille.width();
    let mut last: Option<(usize, i64)> = None;
    for decision in seen() {
        let Some(x) = axis.column(decision.end - 1, width) else {
            continue;
        };
        let y = dot(decision.value.clamp(-limit, limit));
        let style = if decision.veto.is_clear() { ink.class(decision.class()) } else { ink.quiet() };
        match last {
            Some((x_before, y_before)) if x > x_before && x - x_before <= width / 12 + 2 => {
                for step in 1..=(x - x_before) {
                    let share = |s: usize| y_before + (y - y_before) * s as i64 / (x - x_before) as i64;
                    let (a, b) = (share(step - 1), share(step));
                    braille.column(x_before + step, a.min(b), a.max(b), style);
                }
            }
            _ => braille.column(x, y, y, style),
        }
        last = Some((x, y));
    }
    braille.blit(buffer);
    if last.is_none() {
        let text = " no decision yet ";
        put(buffer, plot.x + 1, row(0.0), plot.width.saturating_sub(1), text, ink.quiet());
    }
}

/// What a decision is, in words: class, value, probability, whether it was right, and what speaks against it.
pub(super) fn verdict(look: &Look<'_>, decision: Option<&Decision>) -> Vec<(String, ratatui::style::Style)> {
    let Some(decision) = decision else {
        return vec![("no decision".into(), look.ink.quiet())];
    };
    let class = decision.class();
    let arrow = match (look.is_of_two(), class) {
        (true, 0) => "▼ ",
        (true, _) => "▲ ",
        (false, _) => "",
    };
    let mut pieces = vec![
        (
            format!("{arrow}{} {}", look.session.class_name(class), signed(decision.value, 2)),
            look.class_style(class).add_modifier(Modifier::BOLD),
        ),
        (format!("p {}", percent(decision.confidence())), look.ink.plain()),
    ];
    if let Some(trial) = look.trial
        && let Some(truth) = trial.truth
    {
        let (word, style) = if truth == class { ("right", look.ink.good()) } else { ("wrong", look.ink.warn()) };
        pieces.push((format!("{word}, cue {}", look.session.class_name(truth)), style));
    }
    let reasons = decision.veto.reasons();
    if !reasons.is_empty() {
        pieces.push((format!("! {}", reasons.join(", ")), look.ink.warn()));
    }
    pieces
}
