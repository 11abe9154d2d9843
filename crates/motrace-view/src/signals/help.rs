use super::SignalBrowser;
use crate::dashboard::draw::{put, section};
use ratatui::{buffer::Buffer, layout::Rect};

const KEYS: [(&str, &str); 14] = [
    ("← →  h l", "a quarter of the window back, on"),
    (", .", "a whole window back, on"),
    ("Home End", "to the start, to the end"),
    ("[ ]", "less time, more time"),
    ("+ − 0", "larger traces, smaller, automatic"),
    ("↑ ↓  k j", "one channel up, down"),
    ("PgUp PgDn", "a screen of channels"),
    ("n p", "to the next marker, to the one before"),
    ("m", "jump among markers of one kind only, the next kind, all"),
    ("f", "the signal as a decoder would read it, and as it was recorded"),
    ("c Tab", "choose channels; Space shows or hides one"),
    ("a e g", "there: all or none; only EEG; hide what is not good here"),
    ("?", "this help"),
    ("q Esc", "quit"),
];

/// Keys, and what is drawn.
pub(super) fn draw(browser: &SignalBrowser, buffer: &mut Buffer, area: Rect) {
    let ink = browser.ink();
    let inner = section(buffer, area, ink, "Help", &[]);
    let filter = match &browser.info.filter {
        Ok(band) => format!("f filters: {band}; what comes before the window settles it"),
        Err(why) => format!("no filter: {why}"),
    };
    let notes = [
        "drift below 0.5 Hz is taken out of unfiltered traces, and only of the traces",
        filter.as_str(),
        "! amber: a channel that is not good in this window; ░ samples are missing",
        "what is no voltage (triggers, aux) fills its own range, without a scale",
    ];
    let keys = KEYS.into_iter();
    let all = keys.chain(std::iter::once(("", ""))).chain(notes.into_iter().map(|note| ("", note)));
    for (row, (key, what)) in all.enumerate().take(usize::from(inner.height)) {
        let y = inner.y + row as u16;
        put(buffer, inner.x + 1, y, 11, key, ink.strong());
        let x = if key.is_empty() { inner.x + 1 } else { inner.x + 13 };
        let style = if key.is_empty() { ink.quiet() } else { ink.plain() };
        put(buffer, x, y, inner.right().saturating_sub(x), what, style);
    }
}
