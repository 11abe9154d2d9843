use super::{
    draw::{put, section},
    look::Look,
};
use motrace_core::View;
use ratatui::{buffer::Buffer, layout::Rect};

const KEYS: [(&str, &str); 10] = [
    ("Tab", "next page (Shift-Tab: the one before)"),
    ("1 2 3  v", "relevance as INPUT, PATTERN, SOURCE; the next"),
    ("↑ ↓", "the trial before, the next"),
    ("End Enter", "back to the newest decision"),
    ("Home", "the first trial"),
    ("PgUp PgDn", "other channels"),
    ("+ − 0", "larger traces, smaller, automatic"),
    ("Space p", "hold the picture; the session goes on"),
    ("?", "this help"),
    ("q Esc", "quit"),
];

/// While a session has a course.
const SESSION_KEYS: [(&str, &str); 6] = [
    ("Enter", "accept what is shown, begin, go on"),
    ("p", "pause before the next trial; go on"),
    ("r", "do the trial (or the training) again"),
    ("n", "end a break early"),
    ("s", "show the participant's picture here; the dashboard again"),
    ("x q Esc", "end the session; you are asked again"),
];

/// Keys and what the colours mean.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>) {
    let ink = look.ink;
    let inner = section(buffer, area, ink, "Help", &[("any key closes".into(), ink.quiet())]);
    let mut y = inner.y;
    let mut line = |left: &str, left_style, right: &str| {
        if y < inner.bottom() {
            put(buffer, inner.x + 1, y, inner.width.saturating_sub(1), left, left_style);
            let x = inner.x + 13;
            put(buffer, x, y, inner.right().saturating_sub(x), right, ink.plain());
        }
        y = y.saturating_add(1);
    };
    if look.session.course().is_some() {
        let others = KEYS.iter().filter(|(key, _)| !key.starts_with(['q', 'P', '+'])).map(|(key, what)| match *key {
            "End Enter" => ("End", *what),
            "Space p" => ("Space", *what),
            key => (key, *what),
        });
        SESSION_KEYS.into_iter().chain(others).for_each(|(key, what)| line(key, ink.strong(), what));
    } else {
        KEYS.into_iter().for_each(|(key, what)| line(key, ink.strong(), what));
    }
    line("", ink.plain(), "");
    let is_of_two = look.is_of_two();
    for (class, word) in [(0, "below zero"), (1, "above zero")] {
        let (name, what) = match (is_of_two, class) {
            (true, 0) => ("▼ blue", look.session.class_name(0)),
            (true, _) => ("▲ red", look.session.class_name(1)),
            (false, 0) => ("blue", "the other classes"),
            (false, _) => ("red", "the class decided for"),
        };
        line(name, ink.class(class), &format!("{word}: speaks for {what}"));
    }
    line("! amber", ink.warn(), "wants attention");
    for view in View::ALL {
        line(view.name(), ink.strong(), view.meaning());
    }
    let value = if is_of_two { "class means of training at ±1" } else { "the log-odds of the class decided for" };
    line("f", ink.strong(), &format!("the decision value, {value}"));
    line("ΣR = f − f₀", ink.strong(), "a map adds up to the decision; f₀ is its value on no evidence");
}
