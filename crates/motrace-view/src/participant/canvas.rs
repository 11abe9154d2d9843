use crate::palette::Rgb;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use resvg::tiny_skia::{FillRule, Mask, Path, Transform};

/// Cells beyond this many are left to the ground: no terminal has them.
const MOST_CELLS: usize = 1 << 20;

/// Pixels that a shape barely covers stay as they are, and those that it nearly covers are covered: specks draw the eye.
const BARELY: u8 = 32;
const WHOLLY: u8 = 224;

/// A picture of two by two pixels per cell, with smooth edges.
///
/// Lengths are in units that are as wide as high: a cell is one unit wide and two high. A cell can show two colours;
/// those and the quadrants they fill are chosen so that they come nearest to its four pixels.
#[derive(Default)]
pub(super) struct Canvas {
    columns: usize,
    rows: usize,
    ground: Rgb,
    pixels: Vec<Rgb>,
    mask: Option<Mask>,
    /// Whether there are two tones only.
    is_two_tone: bool,
}

impl Canvas {
    /// Clears it, at the size of `area`.
    pub(super) fn begin(&mut self, area: Rect, ground: Rgb, is_two_tone: bool) {
        let (columns, rows) = (usize::from(area.width), usize::from(area.height));
        let fits = columns * rows <= MOST_CELLS;
        let (columns, rows) = if fits { (columns, rows) } else { (0, 0) };
        if (columns, rows) != (self.columns, self.rows) {
            self.mask = Mask::new(2 * columns as u32, 2 * rows as u32);
        }
        (self.columns, self.rows, self.ground, self.is_two_tone) = (columns, rows, ground, is_two_tone);
        self.pixels.clear();
        self.pixels.resize(4 * columns * rows, ground);
    }

    pub(super) fn width(&self) -> f32 {
        self.columns as f32
    }

    pub(super) fn height(&self) -> f32 {
        2.0 * self.rows as f32
    }

    /// Fills all of `paths` together, so that where they overlap nothing is drawn twice.
    pub(super) fn fill(&mut self, paths: &[Path], transform: Transform, colour: Rgb) {
        let Some(mask) = &mut self.mask else { return };
        mask.clear();
        let to_pixels = transform.post_scale(2.0, 1.0);
        let mut bounds: Option<[f32; 4]> = None;
        for path in paths {
            let Some(moved) = path.bounds().transform(to_pixels) else { continue };
            mask.fill_path(path, FillRule::Winding, true, to_pixels);
            let b = bounds.unwrap_or([f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY]);
            bounds = Some([
                b[0].min(moved.left()),
                b[1].min(moved.top()),
                b[2].max(moved.right()),
                b[3].max(moved.bottom()),
            ]);
        }
        let Some([left, top, right, bottom]) = bounds else { return };
        let width = 2 * self.columns;
        // `as` saturates, so that what lies outside is cut off.
        let columns = (left.floor() as usize).min(width)..(right.ceil() as usize).saturating_add(1).min(width);
        let height = 2 * self.rows;
        let rows = (top.floor() as usize).min(height)..(bottom.ceil() as usize).saturating_add(1).min(height);
        for row in rows {
            let line = row * width;
            let (Some(cover), Some(pixels)) = (
                mask.data().get(line + columns.start..line + columns.end),
                self.pixels.get_mut(line + columns.start..line + columns.end),
            ) else {
                continue;
            };
            for (pixel, cover) in pixels.iter_mut().zip(cover) {
                match cover {
                    0..BARELY => {}
                    WHOLLY.. => *pixel = colour,
                    _ if self.is_two_tone => {
                        if *cover >= 112 {
                            *pixel = colour;
                        }
                    }
                    cover => *pixel = pixel.mix(colour, f64::from(*cover) / 255.0),
                }
            }
        }
    }

    /// Draws every cell of `area`.
    pub(super) fn blit(&self, buffer: &mut Buffer, area: Rect) {
        let width = 2 * self.columns;
        let empty = [self.ground; 4];
        for (row, y) in (area.top()..area.bottom()).enumerate() {
            for (column, x) in (area.left()..area.right()).enumerate() {
                let Some(cell) = buffer.cell_mut((x, y)) else { continue };
                cell.reset();
                let at = 2 * row * width + 2 * column;
                let four = match (self.pixels.get(at..at + 2), self.pixels.get(at + width..at + width + 2)) {
                    (Some(&[a, b]), Some(&[c, d])) if column < self.columns => [a, b, c, d],
                    _ => empty,
                };
                let (symbol, fore, back) =
                    if four == empty { (' ', self.ground, self.ground) } else { quadrants(four, self.ground) };
                cell.set_char(symbol).set_style(Style::new().fg(fore.into()).bg(back.into()));
            }
        }
    }
}

/// The block element whose quadrants (upper left, upper right, lower left, lower right, as bits 1, 2, 4, 8) are filled.
const BLOCKS: [char; 16] = [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];
/// Every way to part four pixels in two, halves first: they are drawn well by every font.
const PARTS: [usize; 7] = [3, 5, 1, 2, 4, 8, 6];

/// The block element and the two colours nearest to four pixels; the first colour is the one that is not the ground's.
fn quadrants(four: [Rgb; 4], ground: Rgb) -> (char, Rgb, Rgb) {
    if four[1..] == [four[0]; 3] {
        return ('█', four[0], four[0]);
    }
    let mut best = (u32::MAX, 3, four[0], four[3]);
    for part in PARTS {
        let (inner, inner_error) = mean(&four, part);
        let (outer, outer_error) = mean(&four, 15 - part);
        if inner_error + outer_error < best.0 {
            best = (inner_error + outer_error, part, inner, outer);
        }
    }
    let (_, part, inner, outer) = best;
    if distance(inner, ground) >= distance(outer, ground) {
        (BLOCKS[part], inner, outer)
    } else {
        (BLOCKS[15 - part], outer, inner)
    }
}

/// The mean colour of the chosen pixels, and how far they are from it altogether.
fn mean(four: &[Rgb; 4], chosen: usize) -> (Rgb, u32) {
    let (mut sum, mut count) = ([0_u32; 3], 0);
    for (_, pixel) in four.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1) {
        for (total, part) in sum.iter_mut().zip([pixel.r, pixel.g, pixel.b]) {
            *total += u32::from(part);
        }
        count += 1;
    }
    let [r, g, b] = sum.map(|total| (total / u32::max(count, 1)) as u8);
    let middle = Rgb::new(r, g, b);
    let error = four.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1).map(|(_, p)| distance(*p, middle)).sum();
    (middle, error)
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    square(a.r, b.r) + square(a.g, b.g) + square(a.b, b.b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Rgb = Rgb::new(0, 0, 0);
    const WHITE: Rgb = Rgb::new(255, 255, 255);

    #[test]
    fn two_colours_are_drawn_as_they_are() {
        for (bits, block) in BLOCKS.into_iter().enumerate().take(15).skip(1) {
            let four: [Rgb; 4] = std::array::from_fn(|i| if bits >> i & 1 == 1 { WHITE } else { BLACK });
            assert_eq!(quadrants(four, BLACK), (block, WHITE, BLACK), "{bits}");
        }
        assert_eq!(quadrants([WHITE; 4], BLACK).0, '█');
    }

    #[test]
    fn more_colours_are_brought_together_with_their_nearest() {
        let grey = Rgb::new(20, 20, 20);
        let (symbol, fore, back) = quadrants([WHITE, WHITE, BLACK, grey], BLACK);
        assert_eq!((symbol, fore, back), ('▀', WHITE, Rgb::new(10, 10, 10)));
    }
}
