use ratatui::{buffer::Buffer, layout::Rect, style::Style};

/// Dots of two by four per cell, drawn into a buffer when all are set.
pub(crate) struct Braille {
    area: Rect,
    dots: Vec<u8>,
    styles: Vec<Style>,
}

/// The bit of each dot in a braille character, `[row][column]`.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Braille {
    pub(crate) fn new(area: Rect) -> Self {
        let cells = usize::from(area.width) * usize::from(area.height);
        Self { area, dots: vec![0; cells], styles: vec![Style::new(); cells] }
    }

    /// Dots across.
    pub(crate) fn width(&self) -> usize {
        usize::from(self.area.width) * 2
    }

    /// Dots down.
    pub(crate) fn height(&self) -> usize {
        usize::from(self.area.height) * 4
    }

    /// Sets the dots from `from` to `to` in a column; what lies outside is left out.
    pub(crate) fn column(&mut self, x: usize, from: i64, to: i64, style: Style) {
        if x >= self.width() {
            return;
        }
        let last = self.height() as i64 - 1;
        for y in from.max(0)..=to.min(last) {
            let y = y as usize;
            let at = (y / 4) * usize::from(self.area.width) + x / 2;
            self.dots[at] |= BITS[y % 4][x % 2];
            self.styles[at] = style;
        }
    }

    /// Draws every cell that has a dot.
    pub(crate) fn blit(&self, buffer: &mut Buffer) {
        let width = usize::from(self.area.width.max(1));
        for (i, (dots, style)) in self.dots.iter().zip(&self.styles).enumerate().filter(|(_, (d, _))| **d != 0) {
            let place = (self.area.x + (i % width) as u16, self.area.y + (i / width) as u16);
            if let (Some(cell), Some(symbol)) = (buffer.cell_mut(place), char::from_u32(0x2800 + u32::from(*dots))) {
                cell.set_char(symbol).set_style(*style);
            }
        }
    }
}
