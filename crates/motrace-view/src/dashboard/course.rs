//! The page of a session: its steps, checks and questions, and what the participant sees.

mod figures;
mod lists;

use super::{
    ColourDepth, Dashboard,
    draw::{columns, put, section, split_left, split_top},
    health,
    look::Look,
    scalp::ScalpMaps,
    traces, trials,
};
use crate::{palette::Ground, participant::Participant, session::Course};
use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

/// What the page keeps from one frame to the next.
#[derive(Debug)]
pub(super) struct CourseViews {
    participant: Participant,
    patterns: ScalpMaps,
    shadow: ScalpMaps,
}

impl CourseViews {
    pub(super) fn new(depth: ColourDepth, ground: Ground) -> Self {
        Self {
            participant: Participant::new(depth, ground),
            patterns: ScalpMaps::default(),
            shadow: ScalpMaps::default(),
        }
    }
}

/// Draws the page.
pub(super) fn draw(dashboard: &mut Dashboard, buffer: &mut Buffer, body: Rect, look: &Look<'_>) {
    let Some(course) = look.session.course() else { return };
    let asked = if course.prompt.is_some() { 3 } else { 0 };
    let (body, question) = split_top(body, body.height.saturating_sub(asked));
    draw_prompt(buffer, question, look, course);
    let views = &mut dashboard.course;
    if body.width < 66 {
        let listed = lists::step_rows(course).min(body.height);
        let (upper, lower) = split_top(body, listed);
        lists::draw_steps(buffer, upper, look, course);
        return lists::draw_checks(buffer, lower, look, course);
    }
    if body.width < 118 || body.height < 28 {
        let (left, right) = split_left(body, body.width * 48 / 100);
        draw_left(buffer, left, look, course);
        return draw_right(buffer, right, look, course, views);
    }
    let (left, right) = split_left(body, (body.width * 36 / 100).min(64));
    let (lists_area, log) = split_top(left, left.height.saturating_sub(7));
    let needed = lists::step_rows(course).saturating_add(lists::check_rows(course, lists_area.width));
    let (lists_area, list) = split_top(lists_area, needed.min(lists_area.height));
    draw_left(buffer, lists_area, look, course);
    if list.height >= 4 {
        trials::draw(buffer, list, look);
    }
    health::draw_log(buffer, log, look);
    let (upper, lower) = split_top(right, right.height / 2);
    let (stage, beside) = split_left(upper, upper.width * 62 / 100);
    draw_stage(buffer, stage, look, course, views);
    let (timing, shadow) = split_top(beside, figures::TIMING_ROWS + 1);
    figures::draw_timing(buffer, timing, look, course);
    if course.shadow.is_some() {
        figures::draw_shadow(buffer, shadow, look, course, &mut views.shadow);
    } else {
        super::quality::draw(buffer, shadow, look);
    }
    if course.trained.is_some() {
        figures::draw_trained(buffer, lower, look, course, &mut views.patterns);
    } else {
        traces::draw(buffer, lower, look, &mut dashboard.window);
    }
}

/// Steps, and the checks below them.
fn draw_left(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course) {
    if course.checks.is_empty() {
        return lists::draw_steps(buffer, area, look, course);
    }
    // Checks keep a third of the room where there are many steps.
    let rows = lists::step_rows(course).min((area.height * 2 / 3).max(4));
    let (upper, lower) = split_top(area, rows);
    lists::draw_steps(buffer, upper, look, course);
    lists::draw_checks(buffer, lower, look, course);
}

/// Beside the lists on a small terminal: what training came to while it is looked at, else the participant's picture.
fn draw_right(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course, views: &mut CourseViews) {
    if course.trained.is_some() {
        return figures::draw_trained(buffer, area, look, course, &mut views.patterns);
    }
    let timing = if course.timing.is_some() { figures::TIMING_ROWS } else { 0 };
    let shadow = if course.shadow.is_some() { (area.height / 3).clamp(4, 9) } else { 0 };
    let (stage, rest) = split_top(area, area.height.saturating_sub(timing + shadow));
    draw_stage(buffer, stage, look, course, views);
    let (shadow, timing) = split_top(rest, shadow);
    figures::draw_shadow(buffer, shadow, look, course, &mut views.shadow);
    figures::draw_timing(buffer, timing, look, course);
}

/// The participant's picture, small.
fn draw_stage(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course, views: &mut CourseViews) {
    let ink = look.ink;
    let screens = match course.screens {
        0 => ("no screen of its own".to_owned(), ink.quiet()),
        1 => ("on a screen of its own".to_owned(), ink.good()),
        n => (format!("on {n} screens"), ink.good()),
    };
    let inner = section(buffer, area, ink, "Participant sees", &[screens]);
    if inner.height < 2 {
        return;
    }
    match &course.stage {
        Some(frame) => views.participant.render(buffer, inner, frame),
        None => {
            put(buffer, inner.x, inner.y, inner.width, "nothing yet", ink.quiet());
        }
    }
}

/// The question to the operator, with its keys: at the bottom of the page, where the eye rests.
fn draw_prompt(buffer: &mut Buffer, area: Rect, look: &Look<'_>, course: &Course) {
    let Some(prompt) = &course.prompt else { return };
    if area.height < 2 {
        return;
    }
    let ink = look.ink;
    for x in area.left()..area.right() {
        put(buffer, x, area.y, 1, "━", ink.warn());
    }
    let y = area.y + 1;
    let x = put(buffer, area.x + 1, y, area.width.saturating_sub(1), &prompt.question, ink.strong()) + 3;
    let wanted: u16 = prompt.keys.iter().map(|(key, what)| columns(key) + columns(what) + 6).sum();
    // Beside the question where they fit, else below it.
    let (mut x, y) = if x + wanted <= area.right() + 3 { (x, y) } else { (area.x + 1, y + 1) };
    if y >= area.bottom() {
        return;
    }
    for (key, what) in &prompt.keys {
        if x + columns(key) + 2 > area.right() {
            break;
        }
        let cap = ink.strong().add_modifier(Modifier::REVERSED);
        x = put(buffer, x, y, area.right() - x, &format!(" {key} "), cap);
        x = put(buffer, x + 1, y, area.right().saturating_sub(x + 1), what, ink.plain()) + 3;
    }
}
