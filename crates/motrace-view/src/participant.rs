//! What the participant sees: one thing at a time, large, in the middle, on a quiet ground.
//!
//! A [`Participant`] draws a [`Frame`] of a session into a part of a terminal. Shapes have smooth edges where there are
//! colours, and everything can be told apart by its shape or place alone. What a frame carries is not believed: texts are
//! cleaned and cut, numbers are brought to where they make sense.

mod canvas;
mod lettering;
mod scenes;
mod shapes;
mod symbols;
mod tints;
mod why;

use crate::{
    dashboard::{
        ColourDepth,
        draw::{columns, put},
        ink,
        scalp::ScalpMaps,
    },
    palette::{Ground, Rgb},
};
use canvas::Canvas;
use lettering::{FONT_SIZE, Letterings};
use motrace_core::clean_text;
use motrace_session::{Frame, Scene};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};
use resvg::tiny_skia::Transform;
use tints::Tints;

/// A title has at most so many characters, a line so many, and there are so many lines.
const TITLE_CHARS: usize = 48;
const LINE_CHARS: usize = 160;
const MOST_LINES: usize = 16;
/// Letters lower than this cannot be read as a picture; the terminal's own are drawn instead.
const SMALLEST_FONT: f32 = 9.0;

/// Draws what the participant sees; keeps what is costly to make from one frame to the next.
pub struct Participant {
    depth: ColourDepth,
    ground: Ground,
    tints: Tints,
    canvas: Canvas,
    letterings: Letterings,
    maps: ScalpMaps,
    /// The largest relevance seen lately: the scale of the map stays calm.
    peak: f64,
}

impl std::fmt::Debug for Participant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Participant").field("depth", &self.depth).field("ground", &self.ground).finish_non_exhaustive()
    }
}

impl Participant {
    /// A view for a terminal with these colours; [`Ground::Dark`] is black, whatever the terminal's own ground is.
    #[must_use]
    pub fn new(depth: ColourDepth, ground: Ground) -> Self {
        Self {
            depth,
            ground,
            tints: Tints::new(depth, ground),
            canvas: Canvas::default(),
            letterings: Letterings::default(),
            maps: ScalpMaps::default(),
            peak: 0.0,
        }
    }

    /// Whether the terminal's bell is to sound with this frame.
    #[must_use]
    pub fn bell(frame: &Frame) -> bool {
        frame.beep
    }

    /// Draws a frame into a part of a buffer; every cell of it is drawn, and none outside of it.
    pub fn render(&mut self, buffer: &mut Buffer, area: Rect, frame: &Frame) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        self.canvas.begin(area, self.tints.ground, self.depth == ColourDepth::Monochrome);
        let corner = frame.evidence.as_ref().and_then(|_| why::corner(area));
        // What moves keeps clear of the corner on both sides, so that its middle stays in the middle.
        let margin = corner.map_or(0.0, |c| f32::from(area.right() - c.left()) + 1.0);
        let mut words = Words::default();
        self.draw(&frame.scene, margin, &mut words);
        self.canvas.blit(buffer, area);
        words.put(buffer, area, &self.tints);
        if let Some([hits, attempts]) = frame.score {
            let text = format!("{hits} of {attempts}");
            put_centred(buffer, area, area.bottom() - 1, &text, self.style(self.tints.quiet));
        }
        if let (Some(evidence), Some(corner)) = (&frame.evidence, corner) {
            why::draw(self, buffer, corner, evidence);
        }
        ink::reduce(buffer, area, self.depth);
    }

    fn draw(&mut self, scene: &Scene, margin: f32, words: &mut Words) {
        match scene {
            Scene::Blank => {}
            Scene::Words { title, lines } => self.text(title, lines, words),
            Scene::Fixation => self.fixation(),
            Scene::Cue(symbol) => self.cue(symbol, words),
            Scene::Imagery(symbol) => self.imagery(symbol.as_ref(), words),
            Scene::Bar { target, symbol, value } => self.bar(*target, symbol.as_ref(), *value, margin, words),
            Scene::Cursor { target, symbol, position, edge, dwelt } => {
                self.cursor(*target, symbol.as_ref(), [*position, *edge, *dwelt], margin, words);
            }
            Scene::Pong(pong) => self.pong(pong, margin),
            Scene::Result(outcome) => self.result(*outcome, words),
        }
    }

    fn style(&self, colour: Rgb) -> Style {
        Style::new().fg(colour.into()).bg(self.tints.ground.into())
    }

    /// A title and lines below it.
    fn text(&mut self, title: &str, lines: &[String], words: &mut Words) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let title = clean_text(title, TITLE_CHARS);
        let lines: Vec<String> = lines.iter().take(MOST_LINES).map(|l| clean_text(l, LINE_CHARS)).collect();
        // A line and the free row below it take four units; the title stands a little above the middle.
        let below = 4.0 * lines.len() as f32;
        let room = [width * 0.84, (height * 0.16).clamp(12.0, 26.0)];
        let middle = (height - below) / 2.0 - if lines.is_empty() { 0.0 } else { 2.0 };
        let title_height = self.lettering(&title, [width / 2.0, middle], room, self.tints.ink, words);
        let first = middle + title_height / 2.0 + 4.0;
        let spread = if first + below <= height { 4.0 } else { 2.0 };
        for (i, line) in lines.into_iter().enumerate() {
            words.add(line, first + spread * i as f32, self.tints.quiet, false);
        }
    }

    /// Draws a text around `[x, y]` within `room`, `[width, height of a capital]`; gives the height it takes.
    ///
    /// Where it would be too small to be read it becomes a line of the terminal's own letters.
    fn lettering(&mut self, text: &str, at: [f32; 2], room: [f32; 2], colour: Rgb, words: &mut Words) -> f32 {
        if text.trim().is_empty() {
            return 0.0;
        }
        let lettering = self.letterings.of(text);
        if let Some(bounds) = lettering.bounds {
            let capital = 0.73 * FONT_SIZE;
            let scale = (room[0] / bounds.width().max(1.0)).min(room[1] / capital);
            if scale * FONT_SIZE >= SMALLEST_FONT {
                // Centred by what is seen across, and by the height of a capital up and down.
                let x = at[0] - scale * (bounds.left() + bounds.width() / 2.0);
                let y = at[1] + scale * capital / 2.0;
                let transform = Transform::from_row(scale, 0.0, 0.0, scale, x, y.round());
                self.canvas.fill(&lettering.paths, transform, colour);
                return scale * capital;
            }
        }
        words.add(text.to_owned(), at[1] - 1.0, colour, true);
        2.0
    }
}

/// Lines of the terminal's own letters, centred; drawn over the picture.
#[derive(Debug, Default)]
struct Words {
    lines: Vec<(String, f32, Rgb, bool)>,
}

impl Words {
    /// `top` is in units of the canvas.
    fn add(&mut self, text: String, top: f32, colour: Rgb, is_strong: bool) {
        self.lines.push((text, top, colour, is_strong));
    }

    fn put(&self, buffer: &mut Buffer, area: Rect, tints: &Tints) {
        for (text, top, colour, is_strong) in &self.lines {
            let row = (top / 2.0).round().max(0.0) as u16;
            if row < area.height {
                let mut style = Style::new().fg((*colour).into()).bg(tints.ground.into());
                if *is_strong {
                    style = style.add_modifier(Modifier::BOLD);
                }
                put_centred(buffer, area, area.y + row, text, style);
            }
        }
    }
}

fn put_centred(buffer: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) {
    let width = columns(text).min(area.width);
    put(buffer, area.x + (area.width - width) / 2, y, width, text, style);
}
