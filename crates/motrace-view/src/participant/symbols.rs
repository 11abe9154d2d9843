use super::{Participant, Words, shapes};
use crate::palette::Rgb;
use motrace_core::clean_text;
use motrace_session::Symbol;
use resvg::tiny_skia::{Path, Transform};

const WORD_CHARS: usize = 24;

impl Participant {
    /// The arm and the thickness of the cross, in whole units so that its edges are sharp.
    fn cross_size(&self) -> (f32, f32) {
        let unit = self.canvas.height().min(self.canvas.width() * 0.75);
        let thickness = (unit * 0.05 / 2.0).round().max(1.0) * 2.0;
        let arm = (unit * 0.17 / 2.0).round().max(2.0) * 2.0;
        (arm, thickness)
    }

    /// The middle of the screen, on the edge or the middle of a cell.
    fn middle(&self) -> (f32, f32) {
        ((self.canvas.width() / 2.0).floor(), self.canvas.height() / 2.0)
    }

    /// A cross in the middle, its arms `size` times as long as usual.
    fn cross(&mut self, colour: Rgb, size: f32) {
        let (x, y) = self.middle();
        let (arm, thickness) = self.cross_size();
        let arm = (arm * size).round().max(2.0);
        let thickness = (thickness * size.sqrt()).round().max(1.0);
        // Short arms are thin ones: it must not become a blob.
        let thickness = if arm < 2.0 * thickness { (thickness - 1.0).max(1.0) } else { thickness };
        // An odd thickness has its middle in the middle of a pixel, which is half a unit high.
        let y = if thickness % 2.0 == 1.0 { y - 0.5 } else { y };
        let (half, arm) = (thickness / 2.0, arm + thickness % 2.0 / 2.0);
        let paths: Vec<Path> = [
            shapes::rectangle(x - arm, y - half, 2.0 * arm, thickness),
            shapes::rectangle(x - half, y - arm, thickness, 2.0 * arm),
        ]
        .into_iter()
        .flatten()
        .collect();
        self.canvas.fill(&paths, Transform::identity(), colour);
    }

    /// An arrow around `[x, y]`, `size` long; `along` points where it points. Its edges fall on whole units.
    fn arrow(&mut self, [x, y]: [f32; 2], size: f32, along: (f32, f32), colour: Rgb) {
        let whole = |share: f32| (share * size).round().max(1.0);
        let (half, neck, shaft, head) = (whole(0.5), (0.06 * size).round(), whole(0.15), whole(0.36));
        let points =
            [(-half, -shaft), (neck, -shaft), (neck, -head), (half, 0.0), (neck, head), (neck, shaft), (-half, shaft)];
        let (dx, dy) = along;
        let turned = points.map(|(a, b)| (x.round() + a * dx - b * dy, y.round() + a * dy + b * dx));
        self.canvas.fill(shapes::polygon(&turned).as_slice(), Transform::identity(), colour);
    }

    pub(super) fn fixation(&mut self) {
        self.cross(self.tints.quiet, 1.0);
    }

    /// The cue in the middle. The cross stays to be seen: in it, or between its halves.
    pub(super) fn cue(&mut self, symbol: &Symbol, words: &mut Words) {
        let (x, y) = self.middle();
        let colour = self.tints.symbol(symbol);
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let size = (height * 0.62).min(width * 0.62);
        let pair = (height * 0.56).min(width * 0.38);
        match symbol {
            Symbol::ArrowLeft | Symbol::ArrowRight | Symbol::ArrowUp | Symbol::ArrowDown => {
                self.symbol(symbol, [x, y], (height * 0.8).min(width * 0.56), colour, words);
                self.cross(self.tints.ground, 0.6);
            }
            Symbol::LeftHand | Symbol::RightHand | Symbol::BothHands => {
                let (arm, _) = self.cross_size();
                let away = arm * 0.6 + pair * 0.5 + 1.0;
                let faint = self.tints.faint;
                let hand = |is_left: bool| {
                    let is_asked_for = match symbol {
                        Symbol::LeftHand => is_left,
                        Symbol::RightHand => !is_left,
                        _ => true,
                    };
                    if is_asked_for { Some(colour) } else { faint }
                };
                for (is_left, side, kind) in [(true, -1.0, Symbol::LeftHand), (false, 1.0, Symbol::RightHand)] {
                    if let Some(colour) = hand(is_left) {
                        self.symbol(&kind, [x + side * away, y], pair, colour, words);
                    }
                }
                self.cross(self.tints.quiet, 0.6);
            }
            Symbol::Feet => {
                let (arm, _) = self.cross_size();
                for (is_left, side) in [(true, -1.0), (false, 1.0)] {
                    self.place(shapes::left_foot(), [x + side * (arm * 0.6 + pair * 0.30), y], pair, !is_left, colour);
                }
                self.cross(self.tints.quiet, 0.6);
            }
            Symbol::Rest => {
                self.symbol(symbol, [x, y], size, colour, words);
                self.cross(self.tints.quiet, 0.6);
            }
            Symbol::Word(word) => {
                let word = clean_text(word, WORD_CHARS);
                self.lettering(&word, [x, y], [width * 0.8, (height * 0.3).min(40.0)], colour, words);
            }
        }
    }

    /// The cross, and the cue small beside it on the side it speaks of.
    pub(super) fn imagery(&mut self, symbol: Option<&Symbol>, words: &mut Words) {
        self.fixation();
        let Some(symbol) = symbol else { return };
        let (x, y) = self.middle();
        let (arm, _) = self.cross_size();
        let size = (arm * 1.3).max(6.0);
        let away = arm + size * 0.5 + (arm * 0.5).max(2.0);
        let at = match symbol {
            Symbol::ArrowLeft | Symbol::LeftHand => [x - away, y],
            Symbol::ArrowRight | Symbol::RightHand => [x + away, y],
            Symbol::ArrowUp => [x, y - away],
            _ => [x, y + away],
        };
        let colour = self.tints.symbol(symbol);
        self.symbol(symbol, at, size, colour, words);
    }

    /// A symbol by itself around `[x, y]`, `size` high and as wide as it comes out.
    pub(super) fn symbol(&mut self, symbol: &Symbol, at: [f32; 2], size: f32, colour: Rgb, words: &mut Words) {
        let [x, y] = at;
        match symbol {
            Symbol::ArrowRight => self.arrow(at, size, (1.0, 0.0), colour),
            Symbol::ArrowLeft => self.arrow(at, size, (-1.0, 0.0), colour),
            Symbol::ArrowUp => self.arrow(at, size, (0.0, -1.0), colour),
            Symbol::ArrowDown => self.arrow(at, size, (0.0, 1.0), colour),
            Symbol::LeftHand => self.place(shapes::left_hand(), at, size, false, colour),
            Symbol::RightHand => self.place(shapes::left_hand(), at, size, true, colour),
            Symbol::BothHands => {
                let half = size * 0.8;
                self.place(shapes::left_hand(), [x - half * 0.58, y], half, false, colour);
                self.place(shapes::left_hand(), [x + half * 0.58, y], half, true, colour);
            }
            Symbol::Feet => {
                self.place(shapes::left_foot(), [x - size * 0.30, y], size, false, colour);
                self.place(shapes::left_foot(), [x + size * 0.30, y], size, true, colour);
            }
            Symbol::Rest => {
                let thickness = (size * 0.1).max(1.6);
                let ring = shapes::ring(x, y, size / 2.0, size / 2.0 - thickness);
                self.canvas.fill(ring.as_slice(), Transform::identity(), colour);
            }
            Symbol::Word(word) => {
                let word = clean_text(word, WORD_CHARS);
                self.lettering(&word, at, [size * 3.0, size * 0.6], colour, words);
            }
        }
    }

    fn place(&mut self, shape: &[Path], [x, y]: [f32; 2], size: f32, is_mirrored: bool, colour: Rgb) {
        let across = if is_mirrored { -size } else { size };
        self.canvas.fill(shape, Transform::from_row(across, 0.0, 0.0, size, x, y), colour);
    }
}
