use crate::dashboard::{
    axis::TimeAxis,
    draw::{percent, put, section},
    look::Look,
    traces,
};
use motrace_core::Decision;
use ratatui::{buffer::Buffer, layout::Rect};

/// Eighths of a cell, from its foot up and from its left edge on.
const RISING: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const GROWING: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
/// Columns of a class's name, of its bar at most, and of its percentage.
const NAME: u16 = 11;
const BAR: u16 = 10;
const NUMBER: u16 = 6;

/// The probability of each of more than two classes: a bar for what is decided now, and its course on the same time axis as the
/// traces above.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let chance = format!("chance {}", percent(1.0 / look.session.classes().max(1) as f64));
    let inner = section(buffer, area, ink, "Decision", &[(chance, ink.quiet())]);
    if inner.height == 0 || inner.width < NAME + NUMBER + 2 {
        return;
    }
    let decision = look.decision().filter(|decision| decision.probabilities.classes() == look.session.classes());
    let course = course_of(inner, look);
    let bars = Rect { width: course.from.saturating_sub(inner.x + 1), ..inner };
    for (row, class) in shown(look, decision, usize::from(inner.height)).into_iter().enumerate() {
        let y = inner.y + row as u16;
        draw_bar(buffer, Rect { y, height: 1, ..bars }, look, class, decision);
        draw_course(buffer, course, y, look, class);
    }
    if decision.is_none() {
        put(buffer, bars.x + NAME, bars.y, inner.width.saturating_sub(NAME), " no decision yet ", ink.quiet());
    }
}

/// Where the course is drawn: in as much of the traces' own plot as the bars leave; nowhere where that is little.
fn course_of(inner: Rect, look: &Look<'_>) -> Course {
    let gutter = traces::gutter(look).min(inner.width);
    let plot = Rect { x: inner.x + gutter, width: inner.width - gutter, ..inner };
    let bars = (NAME + BAR + NUMBER + 1).min(inner.width);
    let from = (inner.x + bars).max(plot.x);
    Course { plot, from: if inner.right() >= from + 8 { from } else { inner.right() } }
}

/// The plot of the traces, and the first column of it that is free.
#[derive(Clone, Copy)]
struct Course {
    plot: Rect,
    from: u16,
}

/// All classes in their order, or as many of the most probable ones as there are rows.
fn shown(look: &Look<'_>, decision: Option<&Decision>, rows: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..look.session.classes()).collect();
    if let Some(decision) = decision {
        let of = |class: &usize| decision.probabilities.of(*class).unwrap_or(0.0);
        classes.sort_by(|a, b| of(b).total_cmp(&of(a)));
    }
    classes.truncate(rows);
    classes.sort_unstable();
    classes
}

fn draw_bar(buffer: &mut Buffer, row: Rect, look: &Look<'_>, class: usize, decision: Option<&Decision>) {
    let is_decided = decision.is_some_and(|decision| decision.class() == class);
    let style = look.class_style(class);
    let (name, number) = if is_decided { (style, look.ink.strong()) } else { (style, look.ink.plain()) };
    let mark = if is_decided { "▸" } else { " " };
    put(buffer, row.x, row.y, 1, mark, look.ink.strong());
    put(buffer, row.x + 1, row.y, NAME - 2, look.session.class_name(class), name);
    let Some(p) = decision.and_then(|decision| decision.probabilities.of(class)).filter(|p| p.is_finite()) else {
        return;
    };
    let room = row.width.saturating_sub(NAME + NUMBER);
    put(buffer, row.right().saturating_sub(NUMBER - 1), row.y, NUMBER - 1, &format!("{:>5}", percent(p)), number);
    let style = if decision.is_some_and(|decision| decision.veto.is_clear()) { style } else { look.ink.quiet() };
    let eighths = (p.clamp(0.0, 1.0) * f64::from(room) * 8.0).round() as u16;
    for column in 0..room {
        let filled = eighths.saturating_sub(column * 8).min(8);
        let (symbol, style) = match filled {
            0 => ("·", look.ink.faint()),
            filled => (GROWING[usize::from(filled) - 1], style),
        };
        put(buffer, row.x + NAME + column, row.y, 1, symbol, style);
    }
}

/// The mean probability of a class in each column, held until the next decision.
fn draw_course(buffer: &mut Buffer, course: Course, y: u16, look: &Look<'_>, class: usize) {
    let Course { plot, from } = course;
    let columns = usize::from(plot.width);
    let axis = TimeAxis::of(look, plot.width);
    let mut sums = vec![(0.0, 0_u32, true); columns];
    for decision in look.session.decisions() {
        let place = decision.end.checked_sub(1).and_then(|end| axis.column(end, columns));
        let Some(sum) = place.and_then(|place| sums.get_mut(place)) else { continue };
        if let Some(p) = decision.probabilities.of(class).filter(|p| p.is_finite()) {
            *sum = (sum.0 + p, sum.1 + 1, sum.2 && decision.veto.is_clear());
        }
    }
    let mut last: Option<(usize, &str, bool)> = None;
    for (column, (sum, count, is_clear)) in sums.into_iter().enumerate() {
        if count > 0 {
            let level = (sum / f64::from(count) * 8.0).round().clamp(1.0, 8.0) as usize;
            last = Some((column, RISING[level - 1], is_clear));
        }
        let x = plot.x + column as u16;
        let held = last.filter(|(place, ..)| column - place <= columns / 24 + 1);
        if let Some((_, symbol, is_clear)) = held.filter(|_| x >= from) {
            let style = if is_clear { look.class_style(class) } else { look.ink.quiet() };
            put(buffer, x, y, 1, symbol, style);
        }
    }
}
