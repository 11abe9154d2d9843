//! What the terminal can do.

use super::{Check, Spread};
use motrace_view::dashboard::ColourDepth;
use motrace_view::terminal::Screen;
use ratatui::crossterm::terminal;
use ratatui::style::Color;
use serde::Serialize;
use std::io::IsTerminal;
use std::time::Instant;

/// Smaller terminals do not show a whole dashboard.
const LEAST: [u16; 2] = [80, 24];
/// In which it shows best.
const BEST: [u16; 2] = [160, 50];
/// So many frames are drawn to time them.
const FRAMES: u32 = 15;
/// So many cells side by side have one colour.
const COLOUR_RUN: u32 = 16;

/// What was found about the terminal.
#[derive(Debug, Default, Serialize)]
pub struct Terminal {
    /// Whether there is one.
    pub is_terminal: bool,
    /// Columns and rows.
    pub size: Option<[u16; 2]>,
    /// `true`, `indexed` or `monochrome`.
    pub colours: &'static str,
    /// Whether the locale says that texts are UTF-8.
    pub is_utf8: bool,
    /// The time to draw a frame in which every cell changes; not measured without a terminal.
    pub full_frame: Option<Spread>,
}

/// Looks, and judges.
pub fn look(may_draw: bool, checks: &mut Vec<Check>) -> Terminal {
    let is_terminal = std::io::stdout().is_terminal();
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = read("LC_ALL").or_else(|| read("LC_CTYPE")).or_else(|| read("LANG"));
    let found = Terminal {
        is_terminal,
        size: is_terminal.then(|| terminal::size().ok()).flatten().map(|(columns, rows)| [columns, rows]),
        colours: match ColourDepth::detect() {
            ColourDepth::True => "true",
            ColourDepth::Indexed => "indexed",
            ColourDepth::Monochrome => "monochrome",
        },
        is_utf8: cfg!(windows) || locale.is_some_and(|name| says_utf8(&name)),
        full_frame: if is_terminal && may_draw { draw() } else { None },
    };
    judge(&found, checks);
    found
}

fn says_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Draws frames of which every cell changes, in as many colours as a page of maps has.
fn draw() -> Option<Spread> {
    let mut screen = Screen::enter().ok()?;
    let mut timed = Vec::new();
    for number in 0..FRAMES {
        let begin = Instant::now();
        let drawn = screen.draw(|frame| {
            let area = frame.area();
            let buffer = frame.buffer_mut();
            for (place, position) in area.positions().enumerate() {
                let shade = ((place as u32 / COLOUR_RUN * 7 + number * 11) % 60 + 20) as u8;
                if let Some(cell) = buffer.cell_mut(position) {
                    let glyph = if number % 2 == 0 { '▀' } else { '▄' };
                    cell.set_char(glyph).set_fg(Color::Rgb(shade, shade, shade)).set_bg(Color::Rgb(
                        shade / 2,
                        20,
                        shade,
                    ));
                }
            }
        });
        if drawn.is_err() {
            break;
        }
        timed.push(begin.elapsed().as_secs_f64());
    }
    Spread::of(timed)
}

fn judge(terminal: &Terminal, checks: &mut Vec<Check>) {
    if !terminal.is_terminal {
        checks.push(Check::good("terminal", "the output is none, so it was not looked at"));
        return;
    }
    match terminal.size {
        Some([columns, rows]) => {
            let finding = format!("{columns}×{rows} characters, {} colours", terminal.colours);
            let fits = |size: [u16; 2]| columns >= size[0] && rows >= size[1];
            checks.push(if !fits(LEAST) {
                Check::careful("terminal", finding, "parts of the dashboard are left out below 80×24; make it larger")
            } else if !fits(BEST) {
                Check::good("terminal", format!("{finding}; 160×50 shows the whole dashboard at its best"))
            } else {
                Check::good("terminal", finding)
            });
        }
        None => checks.push(Check::careful("terminal", "it does not tell its size", "use another one")),
    }
    if terminal.colours == "monochrome" {
        checks.push(Check::careful(
            "terminal",
            "without colours, maps are drawn with letters",
            "unset NO_COLOR, or use a terminal with colours",
        ));
    }
    if !terminal.is_utf8 {
        checks.push(Check::careful(
            "terminal",
            "the locale does not say that texts are UTF-8",
            "set LANG, for example to en_GB.UTF-8, or arrows and maps may look odd",
        ));
    }
    if let Some(frame) = &terminal.full_frame {
        checks.push(Check::graded(
            "terminal",
            frame.p50_secs,
            [0.02, 0.04],
            format!("a whole frame is drawn within {}", frame.in_words()),
            "cues are shown late by as much; use a local terminal, a faster one, or a smaller window",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn small_and_slow_terminals_are_named() {
        let verdicts = |terminal: &Terminal| {
            let mut checks = Vec::new();
            judge(terminal, &mut checks);
            checks.iter().map(|c| c.verdict).collect::<Vec<_>>()
        };
        let fine = || Terminal {
            is_terminal: true,
            size: Some([160, 50]),
            colours: "true",
            is_utf8: true,
            full_frame: Spread::of(vec![0.002]),
        };
        assert_eq!(verdicts(&fine()), [Verdict::Good, Verdict::Good]);
        assert_eq!(verdicts(&Terminal { size: Some([60, 20]), ..fine() })[0], Verdict::Careful);
        assert_eq!(verdicts(&Terminal { full_frame: Spread::of(vec![0.1]), ..fine() })[1], Verdict::Bad);
        assert_eq!(verdicts(&Terminal { is_utf8: false, full_frame: None, ..fine() })[1], Verdict::Careful);
        assert_eq!(verdicts(&Terminal::default()), [Verdict::Good]);
        assert!(says_utf8("C.UTF-8") && says_utf8("de_DE.utf8") && !says_utf8("C"));
    }
}
