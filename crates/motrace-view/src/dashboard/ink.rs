use crate::palette::{Ground, Rgb, category, diverging};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColourDepth {
    /// 24 bits.
    #[default]
    True,
    /// The 256 colours of xterm.
    Indexed,
    /// None: maps become glyphs.
    Monochrome,
}

impl ColourDepth {
    /// Reads what the terminal says of itself: `NO_COLOR`, `TERM` and `COLORTERM`.
    #[must_use]
    pub fn detect() -> Self {
        let read = |name: &str| std::env::var(name).unwrap_or_default();
        Self::of(&read("NO_COLOR"), &read("TERM"), &read("COLORTERM"))
    }

    pub(crate) fn of(no_color: &str, term: &str, colorterm: &str) -> Self {
        if !no_color.is_empty() || matches!(term, "dumb" | "vt100" | "vt220") || term.ends_with("-m") {
            Self::Monochrome
        } else if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else {
            Self::Indexed
        }
    }
}

/// Whether the terminal says (in `COLORFGBG`) that its background is light; most say nothing and are dark.
#[must_use]
pub fn detect_ground() -> Ground {
    ground_of(&std::env::var("COLORFGBG").unwrap_or_default())
}

pub(crate) fn ground_of(colorfgbg: &str) -> Ground {
    match colorfgbg.rsplit(';').next().and_then(|n| n.parse::<u8>().ok()) {
        Some(7 | 9..=15) => Ground::Light,
        _ => Ground::Dark,
    }
}

/// The few colours there are, each with one meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ink {
    pub depth: ColourDepth,
    pub ground: Ground,
}

impl Ink {
    fn pick(self, dark: Rgb, light: Rgb) -> Color {
        if self.ground == Ground::Dark { dark.into() } else { light.into() }
    }

    /// A colour for each of more than two classes, none of them that of a map.
    pub(crate) fn category(self, class: usize) -> Style {
        Style::new().fg(category(class, self.ground).into())
    }

    /// Of two classes 0 is blue and 1 red, as in the maps.
    pub(crate) fn class(self, class: usize) -> Style {
        let value = if class == 0 { -0.85 } else { 0.85 };
        Style::new().fg(diverging(value, self.ground).into())
    }

    /// Wants attention.
    pub(crate) fn warn(self) -> Style {
        Style::new().fg(self.pick(Rgb::new(232, 176, 72), Rgb::new(150, 95, 0)))
    }

    /// As it should be.
    pub(crate) fn good(self) -> Style {
        Style::new().fg(self.pick(Rgb::new(112, 190, 130), Rgb::new(30, 120, 60)))
    }

    /// Units, captions, rules.
    pub(crate) fn quiet(self) -> Style {
        Style::new().fg(self.pick(Rgb::new(128, 134, 144), Rgb::new(110, 115, 122)))
    }

    /// Grid lines and the outline of the head.
    pub(crate) fn faint(self) -> Style {
        Style::new().fg(self.pick(Rgb::new(74, 79, 88), Rgb::new(190, 194, 200)))
    }

    /// The traces.
    pub(crate) fn trace(self) -> Style {
        Style::new().fg(self.pick(Rgb::new(178, 186, 196), Rgb::new(60, 65, 72)))
    }

    /// Values and names.
    pub(crate) fn plain(self) -> Style {
        Style::new().fg(Color::Reset)
    }

    /// Titles and what is selected.
    pub(crate) fn strong(self) -> Style {
        Style::new().fg(Color::Reset).add_modifier(Modifier::BOLD)
    }

    /// The ground of a selected row; `None` where there are no colours.
    pub(crate) fn selection(self) -> Option<Style> {
        let ground = self.pick(Rgb::new(52, 58, 70), Rgb::new(218, 223, 231));
        (!self.is_monochrome()).then(|| Style::new().bg(ground).add_modifier(Modifier::BOLD))
    }

    /// A value of a map, −1 to 1.
    pub(crate) fn map(self, value: f64) -> Rgb {
        diverging(value, self.ground)
    }

    pub(crate) fn is_monochrome(self) -> bool {
        self.depth == ColourDepth::Monochrome
    }
}

/// Brings a buffer drawn in 24-bit colour down to what the terminal shows.
pub(crate) fn reduce(buffer: &mut Buffer, area: Rect, depth: ColourDepth) {
    let reduced = |colour: Color| match (depth, colour) {
        (ColourDepth::True, c) => c,
        (ColourDepth::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(Rgb::new(r, g, b).xterm_256()),
        (ColourDepth::Indexed, c) => c,
        (ColourDepth::Monochrome, _) => Color::Reset,
    };
    if depth == ColourDepth::True {
        return;
    }
    for place in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(place) {
            cell.fg = reduced(cell.fg);
            cell.bg = reduced(cell.bg);
        }
    }
}
