use super::glyphs;
use super::svg::{MONO, Svg, escape, px};
use crate::palette::Rgb;
use motrace_core::clean_text;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// One cell, in pixels; DejaVu Sans Mono is 0.602 em wide.
const CELL_WIDTH: f64 = 9.0;
const CELL_HEIGHT: f64 = 18.0;
const FONT_SIZE: f64 = CELL_WIDTH / 0.602_05;
const BASELINE: f64 = 13.6;
const MARGIN: f64 = 12.0;
const TITLE_BAR: f64 = 32.0;

const FOREGROUND: Rgb = Rgb::new(0xd6, 0xda, 0xe1);
const BACKGROUND: Rgb = Rgb::new(0x12, 0x14, 0x19);
const FRAME: Rgb = Rgb::new(0x1d, 0x20, 0x27);

/// The sixteen named colours, in the order of their ANSI numbers.
const ANSI: [Rgb; 16] = [
    Rgb::new(0x1c, 0x1f, 0x26),
    Rgb::new(0xd8, 0x5a, 0x58),
    Rgb::new(0x6d, 0xb1, 0x6e),
    Rgb::new(0xd3, 0xa4, 0x4b),
    Rgb::new(0x5b, 0x93, 0xd6),
    Rgb::new(0xb3, 0x7f, 0xcb),
    Rgb::new(0x4e, 0xb0, 0xb5),
    Rgb::new(0xb8, 0xbd, 0xc6),
    Rgb::new(0x6b, 0x72, 0x7e),
    Rgb::new(0xf0, 0x7b, 0x77),
    Rgb::new(0x8f, 0xd1, 0x8f),
    Rgb::new(0xef, 0xc4, 0x6e),
    Rgb::new(0x82, 0xb4, 0xf0),
    Rgb::new(0xd0, 0xa2, 0xe6),
    Rgb::new(0x76, 0xd0, 0xd4),
    Rgb::new(0xf2, 0xf4, 0xf7),
];

/// A terminal screen as SVG, as a dark terminal would show it: every cell's character, colours and modifiers.
///
/// Backgrounds are drawn in runs; block elements, braille and lines are drawn as shapes, so that they meet
/// without gaps whatever font the viewer has.
#[must_use]
pub fn screen_svg(buffer: &Buffer, title: &str) -> String {
    let area = buffer.area;
    let width = f64::from(area.width) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f64::from(area.height) * CELL_HEIGHT + MARGIN + TITLE_BAR;
    let title = clean_text(title, 120);
    let mut svg = Svg::new(width, height);
    svg.raw(&format!("<rect width=\"{}\" height=\"{}\" rx=\"9\" fill=\"{}\"/>", px(width), px(height), FRAME.hex()));
    for (i, colour) in ["#e0655f", "#dcae4f", "#6fb573"].into_iter().enumerate() {
        svg.circle((18.0 + 19.0 * i as f64, TITLE_BAR / 2.0), 5.5, &format!("fill=\"{colour}\""));
    }
    svg.raw(&format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"13\" fill=\"#9aa1ad\" text-anchor=\"middle\">{}</text>",
        px(width / 2.0),
        px(TITLE_BAR / 2.0 + 4.5),
        escape(&title)
    ));
    svg.rect([MARGIN - 6.0, TITLE_BAR, width - 2.0 * MARGIN + 12.0, height - TITLE_BAR - MARGIN + 6.0], BACKGROUND);
    svg.raw(&format!("<g font-family=\"{MONO}\" font-size=\"{}\" xml:space=\"preserve\">", px(FONT_SIZE)));
    for row in 0..area.height {
        let y = TITLE_BAR + f64::from(row) * CELL_HEIGHT;
        let cells: Vec<Look> =
            (0..area.width).filter_map(|column| buffer.cell((area.x + column, area.y + row))).map(Look::of).collect();
        backgrounds(&mut svg, y, &cells);
        characters(&mut svg, y, &cells);
    }
    svg.raw("</g>");
    svg.finish(&title)
}

/// What a cell looks like once modifiers and defaults are worked in.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    symbol: String,
    foreground: Rgb,
    background: Rgb,
    bold: bool,
    underlined: bool,
    crossed_out: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let mut foreground = rgb(cell.fg, FOREGROUND);
        let mut background = rgb(cell.bg, BACKGROUND);
        let has = |modifier| cell.modifier.contains(modifier);
        if has(Modifier::REVERSED) {
            std::mem::swap(&mut foreground, &mut background);
        }
        if has(Modifier::DIM) {
            foreground = foreground.mix(background, 0.45);
        }
        let symbol = if has(Modifier::HIDDEN) { " " } else { cell.symbol() };
        Self {
            symbol: symbol.to_owned(),
            foreground,
            background,
            bold: has(Modifier::BOLD),
            underlined: has(Modifier::UNDERLINED),
            crossed_out: has(Modifier::CROSSED_OUT),
        }
    }

    fn is_blank(&self) -> bool {
        self.symbol.trim().is_empty()
    }

    /// Whether `other` continues a run of text that starts with this cell.
    fn runs_on_to(&self, other: &Self) -> bool {
        (self.foreground, self.bold) == (other.foreground, other.bold) && other.is_plain()
    }

    /// One printable ASCII character, which every monospaced font draws one cell wide.
    fn is_plain(&self) -> bool {
        self.symbol.len() == 1 && self.symbol.bytes().all(|b| (0x20..0x7f).contains(&b))
    }
}

fn left_of(column: usize) -> f64 {
    MARGIN + column as f64 * CELL_WIDTH
}

fn backgrounds(svg: &mut Svg, y: f64, cells: &[Look]) {
    let mut start = 0;
    for run in cells.chunk_by(|a, b| a.background == b.background) {
        if run[0].background != BACKGROUND {
            svg.raw(&format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
                px(left_of(start)),
                px(y),
                px(run.len() as f64 * CELL_WIDTH),
                px(CELL_HEIGHT),
                run[0].background.hex()
            ));
        }
        start += run.len();
    }
}

fn characters(svg: &mut Svg, y: f64, cells: &[Look]) {
    let mut column = 0;
    while column < cells.len() {
        let first = &cells[column];
        let mut length = 1;
        if !first.is_blank() {
            let x = left_of(column);
            let shape = only_char(&first.symbol)
                .and_then(|c| glyphs::draw(c, [x, y, CELL_WIDTH, CELL_HEIGHT], &first.foreground.hex()));
            if let Some(shape) = shape {
                svg.raw(&shape);
            } else {
                if first.is_plain() {
                    length += cells[column + 1..].iter().take_while(|c| first.runs_on_to(c)).count();
                    while cells[column + length - 1].is_blank() {
                        length -= 1;
                    }
                }
                text(svg, (x, y), &cells[column..column + length]);
            }
        }
        lines(svg, y, column, &cells[column..column + length]);
        column += length;
    }
}

fn text(svg: &mut Svg, (x, y): (f64, f64), run: &[Look]) {
    let text: String = run.iter().map(|c| c.symbol.as_str()).collect();
    // The length holds the run on the grid in viewers that have another monospaced font.
    let length =
        if run.len() > 1 { format!(" textLength=\"{}\"", px(run.len() as f64 * CELL_WIDTH)) } else { String::new() };
    let weight = if run[0].bold { " font-weight=\"bold\"" } else { "" };
    svg.raw(&format!(
        "<text x=\"{}\" y=\"{}\" fill=\"{}\"{weight}{length}>{}</text>",
        px(x),
        px(y + BASELINE),
        run[0].foreground.hex(),
        escape(&text)
    ));
}

/// Underlines and strike-throughs.
fn lines(svg: &mut Svg, y: f64, column: usize, run: &[Look]) {
    for (i, cell) in run.iter().enumerate() {
        let x = left_of(column + i);
        for (wanted, offset) in [(cell.underlined, CELL_HEIGHT - 2.0), (cell.crossed_out, CELL_HEIGHT / 2.0)] {
            if wanted {
                svg.line((x, y + offset), (x + CELL_WIDTH, y + offset), cell.foreground, 1.0);
            }
        }
    }
}

fn only_char(symbol: &str) -> Option<char> {
    let mut chars = symbol.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// A terminal colour as a dark terminal shows it.
fn rgb(colour: Color, default: Rgb) -> Rgb {
    match colour {
        Color::Reset => default,
        Color::Black => ANSI[0],
        Color::Red => ANSI[1],
        Color::Green => ANSI[2],
        Color::Yellow => ANSI[3],
        Color::Blue => ANSI[4],
        Color::Magenta => ANSI[5],
        Color::Cyan => ANSI[6],
        Color::Gray => ANSI[7],
        Color::DarkGray => ANSI[8],
        Color::LightRed => ANSI[9],
        Color::LightGreen => ANSI[10],
        Color::LightYellow => ANSI[11],
        Color::LightBlue => ANSI[12],
        Color::LightMagenta => ANSI[13],
        Color::LightCyan => ANSI[14],
        Color::White => ANSI[15],
        Color::Rgb(r, g, b) => Rgb::new(r, g, b),
        Color::Indexed(i) => match i {
            0..=15 => ANSI[usize::from(i)],
            16..=231 => {
                const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
                let i = usize::from(i) - 16;
                Rgb::new(LEVELS[i / 36], LEVELS[i / 6 % 6], LEVELS[i % 6])
            }
            grey => {
                let level = 8 + 10 * (grey - 232);
                Rgb::new(level, level, level)
            }
        },
    }
}
