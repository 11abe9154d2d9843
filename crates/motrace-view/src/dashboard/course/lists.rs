use crate::{
    dashboard::{
        draw::{Piece, columns, put, put_pieces, section, wrapped},
        look::Look,
    },
    session::{Check, Course, StepState, Verdict},
};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// As wide as the names of steps and of checks at least.
const NARROWEST_NAME: u16 = 15;

/// As wide as the longest name, as long as half of the room is left for the details.
fn name_width<'a>(names: impl Iterator<Item = &'a String>, width: u16) -> u16 {
    let longest = names.map(|name| columns(name)).max().unwrap_or(0);
    longest.min(width / 2).max(NARROWEST_NAME)
}

/// Rows that all steps take, with the title and the running step's progress.
pub(super) fn step_rows(course: &Course) -> u16 {
    let progress = u16::from(course.progress.is_some()) + 1;
    (course.steps.len() as u16).saturating_add(1 + progress)
}

/// The steps in their order; the running one in view, with how much of it is done.
pub(super) fn draw_steps(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course) {
    let ink = look.ink;
    let aside: Vec<Piece> =
        course.remaining_secs.and_then(remaining).map(|text| (text, ink.quiet())).into_iter().collect();
    let inner = section(buffer, area, ink, "Session", &aside);
    let name_width = name_width(course.steps.iter().map(|s| &s.name), inner.width);
    let now = course.steps.iter().position(|s| s.state == StepState::Now);
    let rows = usize::from(inner.height).saturating_sub(usize::from(course.progress.is_some() && now.is_some()));
    let first = now.map_or(0, |at| at.saturating_sub(rows / 2)).min(course.steps.len().saturating_sub(rows));
    let mut y = inner.y;
    for step in course.steps.iter().skip(first).take(rows) {
        let (mark, style, name) = match step.state {
            StepState::Done => ("✓", ink.good(), ink.plain()),
            StepState::Now => ("▶", ink.strong(), ink.strong()),
            StepState::Ahead => ("·", ink.quiet(), ink.quiet()),
            StepState::Failed => ("✕", ink.warn(), ink.warn()),
        };
        line(buffer, inner, y, (mark, style), (&step.name, name, name_width), (&step.detail, ink.quiet()));
        y += 1;
        if let (StepState::Now, Some((done, of))) = (step.state, course.progress)
            && y < inner.bottom()
        {
            draw_progress(
                buffer,
                Rect { x: inner.x + 2, y, width: inner.width.saturating_sub(2), height: 1 },
                look,
                done,
                of,
            );
            y += 1;
        }
    }
}

/// "about 5 min left"
fn remaining(secs: f64) -> Option<String> {
    if !secs.is_finite() || secs < 0.0 {
        return None;
    }
    Some(match secs {
        s if s < 55.0 => format!("about {:.0} s left", (s / 5.0).ceil() * 5.0),
        s if s < 5940.0 => format!("about {:.0} min left", (s / 60.0).ceil()),
        s => format!("about {:.1} h left", s / 3600.0),
    })
}

fn draw_progress(buffer: &mut Buffer, row: Rect, look: &Look<'_>, done: usize, of: usize) {
    let text = format!(" {} of {of}", done.min(of));
    let room = row.width.saturating_sub(columns(&text)).min(30);
    let filled = if of == 0 { 0 } else { (done.min(of) as u128 * u128::from(room) / of as u128) as u16 };
    for i in 0..room {
        let (mark, style) = if i < filled { ("━", look.ink.good()) } else { ("─", look.ink.faint()) };
        put(buffer, row.x + i, row.y, 1, mark, style);
    }
    put(buffer, row.x + room, row.y, row.width - room, &text, look.ink.plain());
}

/// Rows of a check whose reason has `width` columns: two at most, and where it is short of room only for what needs
/// attention.
fn rows_of(check: &Check, width: u16, is_roomy: bool) -> usize {
    let is_remarkable = matches!(check.verdict, Verdict::Careful | Verdict::Bad);
    if is_roomy || is_remarkable { wrapped(&check.detail, width).len().clamp(1, 2) } else { 1 }
}

/// The columns of the names, and those left for the reasons.
fn check_columns(course: &Course, columns: u16) -> (u16, u16) {
    let name = name_width(course.checks.iter().map(|c| &c.what), columns);
    (name, columns.saturating_sub(name + 3))
}

fn all_rows(course: &Course, width: u16) -> usize {
    course.checks.iter().map(|c| rows_of(c, width, true)).sum()
}

/// Rows that all checks take in so many columns, with the title; none where nothing was checked.
pub(super) fn check_rows(course: &Course, columns: u16) -> u16 {
    let rows = all_rows(course, check_columns(course, columns).1);
    if rows == 0 { 0 } else { u16::try_from(rows + 2).unwrap_or(u16::MAX) }
}

/// What was checked. Where there is no room for all, what is as it should be goes first.
pub(super) fn draw_checks(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course) {
    let ink = look.ink;
    let count = |verdict| course.checks.iter().filter(|c| c.verdict == verdict).count();
    let aside: Vec<Piece> = [
        (Verdict::Good, "good", ink.good()),
        (Verdict::Waiting, "to come", ink.quiet()),
        (Verdict::Careful, "careful", ink.warn()),
        (Verdict::Bad, "bad", ink.warn()),
    ]
    .into_iter()
    .filter(|(verdict, ..)| count(*verdict) > 0)
    .map(|(verdict, word, style)| (format!("{} {word}", count(verdict)), style))
    .collect();
    let inner = section(buffer, area, ink, "Checks", &aside);
    let mut order: Vec<_> = course.checks.iter().collect();
    let room = usize::from(inner.height);
    let (name_width, width) = check_columns(course, inner.width);
    let is_roomy = all_rows(course, width) <= room;
    let needed: usize = order.iter().map(|c| rows_of(c, width, is_roomy)).sum();
    if needed > room {
        order.sort_by_key(|c| match c.verdict {
            Verdict::Bad => 0,
            Verdict::Careful => 1,
            Verdict::Waiting => 2,
            Verdict::Good => 3,
        });
    }
    let mut y = inner.y;
    for (i, check) in order.iter().enumerate() {
        let left = order.len() - i;
        if y >= inner.bottom() {
            break;
        }
        if y + 1 == inner.bottom() && left > 1 {
            put_pieces(buffer, inner, y - inner.y, &[(format!("  and {left} more"), ink.quiet())]);
            break;
        }
        let (mark, style) = match check.verdict {
            Verdict::Good => ("●", ink.good()),
            Verdict::Careful => ("◐", ink.warn()),
            Verdict::Bad => ("✕", ink.warn()),
            Verdict::Waiting => ("○", ink.quiet()),
        };
        let detail = if matches!(check.verdict, Verdict::Bad | Verdict::Careful) { ink.plain() } else { ink.quiet() };
        let lines = if rows_of(check, width, is_roomy) > 1 { wrapped(&check.detail, width) } else { Vec::new() };
        let first = lines.first().map_or(check.detail.as_str(), String::as_str);
        line(buffer, inner, y, (mark, style), (&check.what, ink.plain(), name_width), (first, detail));
        y += 1;
        if let Some(second) = lines.get(1)
            && y < inner.bottom()
        {
            let x = inner.x + name_width + 3;
            put(buffer, x, y, inner.right().saturating_sub(x), second, detail);
            y += 1;
        }
    }
}

/// A mark, a name in its columns, and what there is to say about it.
fn line(buffer: &mut Buffer, area: Rect, y: u16, mark: (&str, Style), name: (&str, Style, u16), detail: (&str, Style)) {
    put(buffer, area.x, y, area.width, mark.0, mark.1);
    let room = |x: u16| area.right().saturating_sub(x);
    let x = area.x + 2;
    // A name that is longer takes the room of its detail.
    let after = put(buffer, x, y, room(x), name.0, name.1);
    let x = (x + name.2).max(after) + 1;
    put(buffer, x, y, room(x), detail.0, detail.1);
}
