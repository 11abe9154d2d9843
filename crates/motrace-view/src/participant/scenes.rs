use super::{Participant, Words, shapes};
use motrace_session::{Outcome, PongScene, Side, Symbol};
use resvg::tiny_skia::{Path, Transform};

const STILL: Transform = Transform { sx: 1.0, kx: 0.0, ky: 0.0, sy: 1.0, tx: 0.0, ty: 0.0 };

/// A number from outside between two bounds; what is not a number is `otherwise`.
fn within(value: f64, low: f64, high: f64, otherwise: f64) -> f32 {
    if value.is_nan() { otherwise as f32 } else { value.clamp(low, high) as f32 }
}

/// The outline of a rectangle, one line thick, inside of it.
fn frame(x: f32, y: f32, width: f32, height: f32, thickness: f32) -> Vec<Path> {
    [
        shapes::rectangle(x, y, width, thickness),
        shapes::rectangle(x, y + height - thickness, width, thickness),
        shapes::rectangle(x, y, thickness, height),
        shapes::rectangle(x + width - thickness, y, thickness, height),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Participant {
    fn fill_rectangle(&mut self, [x, y, width, height]: [f32; 4], colour: crate::palette::Rgb) {
        self.canvas.fill(shapes::rectangle(x, y, width, height).as_slice(), STILL, colour);
    }

    /// A bar from the middle to the side that is decided for; the target is the end of the track that stands out.
    pub(super) fn bar(
        &mut self,
        target: Option<Side>,
        symbol: Option<&Symbol>,
        value: f64,
        margin: f32,
        words: &mut Words,
    ) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let value = within(value, -1.0, 1.0, 0.0);
        let x = width / 2.0;
        let y = height / 2.0;
        // Both ends fall on the edges of cells.
        let reach = (width * 0.40).min(width / 2.0 - margin - 4.0).max(4.0).floor() + width % 2.0 / 2.0;
        let half = (height * 0.075).round().clamp(1.0, 9.0);
        if let Some(faint) = self.tints.faint {
            self.fill_rectangle([x - reach, y - half, 2.0 * reach, 2.0 * half], faint);
        } else {
            let outline = frame(x - reach, y - half, 2.0 * reach, 2.0 * half, 1.0);
            self.canvas.fill(&outline, STILL, self.tints.line);
        }
        let side = if value < 0.0 { Side::Left } else { Side::Right };
        let length = value.abs() * reach;
        let left = if value < 0.0 { x - length } else { x };
        if length > 0.0 {
            self.fill_rectangle([left, y - half, length, 2.0 * half], self.tints.side(side));
        }
        // The middle, where it begins.
        let thin = if width % 2.0 == 1.0 { 0.5 } else { 1.0 };
        self.fill_rectangle([x - thin, y - half - 2.0, 2.0 * thin, 2.0 * half + 4.0], self.tints.quiet);
        if let Some(target) = target {
            let thick = (width * 0.02).round().clamp(1.0, 4.0);
            let tall = half * 2.4 + 1.0;
            let at = if target == Side::Left { x - reach - thick } else { x + reach };
            let colour = self.tints.side(target);
            self.fill_rectangle([at, y - tall, thick, 2.0 * tall], colour);
            let size = (height * 0.22).clamp(7.0, 30.0).min(width * 0.2);
            let away = reach - size * 0.5;
            let above = y - tall - size * 0.5 - 2.0;
            if let Some(symbol) = symbol
                && above > size * 0.5
            {
                let at = if target == Side::Left { x - away } else { x + away };
                self.symbol(symbol, [at, above], size, colour, words);
            }
        }
    }

    /// A cursor between two targets; the one to reach is framed strongly, and fills up while the cursor stays on it.
    pub(super) fn cursor(
        &mut self,
        target: Side,
        symbol: Option<&Symbol>,
        [position, edge, dwelt]: [f64; 3],
        margin: f32,
        words: &mut Words,
    ) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let position = within(position, -1.0, 1.0, 0.0);
        let edge = within(edge, 0.1, 0.95, 0.7);
        let dwelt = within(dwelt, 0.0, 1.0, 0.0);
        let (x, y) = ((width / 2.0).floor(), height / 2.0);
        let reach = (width * 0.46).min(width / 2.0 - margin).max(5.0).floor();
        let tall = (height * 0.52).min(reach * 1.2).round();
        let top = (y - tall / 2.0).floor();
        // A line between the targets for the eye to follow.
        if let Some(faint) = self.tints.faint {
            self.fill_rectangle([x - reach * edge, y - 0.5, 2.0 * reach * edge, 1.0], faint);
        }
        let radius = (height * 0.07).min(reach * 0.12).max(1.5);
        for side in [Side::Left, Side::Right] {
            let inner = (reach * edge).round();
            let deep = (reach - inner).max(2.0);
            let left = if side == Side::Left { x - reach } else { x + inner };
            let is_target = side == target;
            let colour = if is_target { self.tints.side(side) } else { self.tints.line };
            if is_target && dwelt > 0.0 {
                let filled = dwelt * tall;
                let soft = self.tints.faint.map_or(colour, |_| self.tints.ground.mix(colour, 0.55));
                self.fill_rectangle([left, top + tall - filled, deep, filled], soft);
            }
            let thickness = if is_target && deep >= 6.0 { 2.0 } else { 1.0 };
            let outline = if is_target || self.tints.faint.is_some() {
                frame(left, top, deep, tall, thickness)
            } else {
                // With two tones, the other target is only its corners.
                frame(left, top, deep, tall, 1.0).into_iter().take(2).collect()
            };
            self.canvas.fill(&outline, STILL, colour);
            let size = (height * 0.16).clamp(6.0, 24.0).min(reach * 0.5);
            let above = top - size * 0.5 - 2.0;
            if let Some(symbol) = symbol
                && is_target
                && above >= size * 0.5
            {
                let at = (left + deep / 2.0).min(width - size * 0.5).max(size * 0.5);
                self.symbol(symbol, [at, above], size, colour, words);
            }
        }
        let at = x + position * (reach - radius);
        for (radius, colour) in [(radius + 1.2, self.tints.ground), (radius, self.tints.ink)] {
            self.canvas.fill(shapes::circle(at, y, radius).as_slice(), STILL, colour);
        }
    }

    /// Brain Pong: a field, a ball that comes down, a bar that has to be under it.
    pub(super) fn pong(&mut self, scene: &PongScene, margin: f32) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let share = |value: f64, otherwise: f64| within(value, 0.0, 1.0, otherwise);
        // The lowest row is the score's.
        let field_height = (height - 6.0).max(4.0);
        let field_width = (width - 2.0 * margin.max(2.0)).min(field_height * 1.5).max(8.0).floor();
        let left = ((width - field_width) / 2.0).floor();
        let top = 2.0;
        let line = self.tints.line;
        // Walls and ceiling; the ground is open.
        let walls: Vec<Path> = [
            shapes::rectangle(left - 1.0, top - 1.0, field_width + 2.0, 1.0),
            shapes::rectangle(left - 1.0, top - 1.0, 1.0, field_height),
            shapes::rectangle(left + field_width, top - 1.0, 1.0, field_height),
        ]
        .into_iter()
        .flatten()
        .collect();
        self.canvas.fill(&walls, STILL, line);

        let bar_width = within(scene.bar_width, 0.02, 1.0, 0.3) * field_width;
        let thick = (field_height * 0.045).round().clamp(1.0, 5.0);
        let floor = top + field_height - thick - 1.0;
        let middle = (share(scene.bar, 0.5) * field_width)
            .clamp(bar_width / 2.0, (field_width - bar_width / 2.0).max(bar_width / 2.0));
        let bar_left = left + middle - bar_width / 2.0;
        let colour = match scene.last {
            Some(Outcome::Hit) => self.tints.hit,
            Some(_) => self.tints.miss,
            None => self.tints.ink,
        };
        self.fill_rectangle([bar_left, floor, bar_width, thick], colour);

        let radius = (field_height * 0.05).clamp(1.5, 6.0);
        let x = left + radius + share(scene.ball[0], 0.5) * (field_width - 2.0 * radius).max(0.0);
        let y = top + radius + share(scene.ball[1], 0.0) * (floor - top - 2.0 * radius).max(0.0);
        self.canvas.fill(shapes::circle(x, y, radius).as_slice(), STILL, self.tints.ink);

        // Where the last ball came down: a tick or a cross in the middle of the field, for a moment.
        if let Some(last) = scene.last {
            let size = (field_height * 0.26).clamp(7.0, 26.0);
            let shape = if last == Outcome::Hit { shapes::tick() } else { shapes::wrong() };
            let at = Transform::from_row(size, 0.0, 0.0, size, left + field_width / 2.0, top + field_height * 0.45);
            self.canvas.fill(shape, at, colour);
        }
    }

    /// How the trial ended: a tick, a cross, or a dash, and a word.
    pub(super) fn result(&mut self, outcome: Outcome, words: &mut Words) {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        let (x, y) = ((width / 2.0).floor(), height / 2.0);
        let size = (height * 0.42).min(width * 0.4);
        let at = Transform::from_row(size, 0.0, 0.0, size, x, y - 2.0);
        let (word, colour) = match outcome {
            Outcome::Hit => {
                self.canvas.fill(shapes::tick(), at, self.tints.hit);
                ("hit", self.tints.hit)
            }
            Outcome::Miss => {
                self.canvas.fill(shapes::wrong(), at, self.tints.miss);
                ("miss", self.tints.miss)
            }
            Outcome::Timeout => {
                let dash = shapes::capsule((-0.3, 0.0), (0.3, 0.0), 0.14);
                self.canvas.fill(dash.as_slice(), at, self.tints.quiet);
                ("time is up", self.tints.quiet)
            }
        };
        words.add(word.to_owned(), y + size * 0.5 + 1.0, colour, false);
    }
}
