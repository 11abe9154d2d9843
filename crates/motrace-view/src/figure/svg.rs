use crate::palette::Rgb;
use std::fmt::Write;

/// Proportional text.
pub(super) const SANS: &str = "DejaVu Sans, Helvetica, Arial, sans-serif";
/// Text in cells.
pub(super) const MONO: &str = "DejaVu Sans Mono, Menlo, Consolas, monospace";

/// Text, lines and frames.
pub(super) const INK: Rgb = Rgb::new(0x1f, 0x24, 0x2c);
/// Secondary text.
pub(super) const MUTED: Rgb = Rgb::new(0x5f, 0x68, 0x74);
/// Rules and the frames of maps.
pub(super) const RULE: Rgb = Rgb::new(0xc9, 0xce, 0xd6);
/// Where a map has no data to stand on.
pub(super) const NO_DATA: Rgb = Rgb::new(0xe6, 0xe8, 0xeb);
/// Warnings.
pub(super) const AMBER: Rgb = Rgb::new(0x9a, 0x5b, 0x00);

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle {
    pub size: f64,
    pub colour: Rgb,
    pub bold: bool,
    pub anchor: Anchor,
}

impl TextStyle {
    pub(super) const fn new(size: f64) -> Self {
        Self { size, colour: INK, bold: false, anchor: Anchor::Start }
    }

    pub(super) const fn colour(mut self, colour: Rgb) -> Self {
        self.colour = colour;
        self
    }

    pub(super) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub(super) const fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }
}

/// An SVG document under construction. Coordinates are pixels, y downwards.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { body: String::new(), width, height }
    }

    /// The whole document.
    pub(super) fn finish(self, title: &str) -> String {
        let (w, h) = (px(self.width), px(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
             font-family=\"{SANS}\">\n<title>{}</title>\n{}</svg>\n",
            escape(title),
            self.body
        )
    }

    /// The whole document, with a description for those who cannot see it.
    pub(super) fn finish_described(mut self, title: &str, description: &str) -> String {
        if !description.is_empty() {
            self.body.insert_str(0, &format!("<desc>{}</desc>\n", escape(description)));
        }
        self.finish(title)
    }

    /// Adds markup that is already well formed.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
        self.body.push('\n');
    }

    pub(super) fn rect(&mut self, [x, y, w, h]: [f64; 4], fill: Rgb) {
        self.raw(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            px(x),
            px(y),
            px(w),
            px(h),
            fill.hex()
        ));
    }

    pub(super) fn frame(&mut self, [x, y, w, h]: [f64; 4], stroke: Rgb) {
        self.raw(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\"/>",
            px(x),
            px(y),
            px(w),
            px(h),
            stroke.hex()
        ));
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: Rgb, width: f64) {
        self.raw(&format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
            px(x1),
            px(y1),
            px(x2),
            px(y2),
            stroke.hex(),
            px(width)
        ));
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, paint: &str) {
        self.raw(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {paint}/>", px(x), px(y), px(radius)));
    }

    /// A line through points; `paint` are its attributes.
    pub(super) fn polyline(&mut self, points: impl IntoIterator<Item = (f64, f64)>, paint: &str) {
        let mut list = String::new();
        for (x, y) in points {
            let _ = write!(list, "{},{} ", px(x), px(y));
        }
        self.raw(&format!("<polyline points=\"{}\" {paint}/>", list.trim_end()));
    }

    /// One line of text on its baseline at `(x, y)`.
    pub(super) fn text(&mut self, (x, y): (f64, f64), text: &str, style: TextStyle) {
        self.placed_text(&format!("x=\"{}\" y=\"{}\"", px(x), px(y)), text, style);
    }

    /// One line of text that reads upwards, on its baseline at `(x, y)`.
    pub(super) fn upward_text(&mut self, (x, y): (f64, f64), text: &str, style: TextStyle) {
        self.placed_text(&format!("transform=\"translate({} {}) rotate(-90)\"", px(x), px(y)), text, style);
    }

    fn placed_text(&mut self, place: &str, text: &str, style: TextStyle) {
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
        self.raw(&format!(
            "<text {place} font-size=\"{}\" fill=\"{}\"{anchor}{weight}>{}</text>",
            px(style.size),
            style.colour.hex(),
            escape(text)
        ));
    }
}

/// A length with at most two decimals, so that files stay small; what is not finite becomes 0.
pub(super) fn px(v: f64) -> String {
    if !v.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{v:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text as XML content or attribute; characters that XML cannot hold at all become `·`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('·'),
            c if c.is_control() => out.push('·'),
            c => out.push(c),
        }
    }
    out
}

/// About how wide a text is in the proportional face, in pixels; never much too small.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '·' | ' ' => 0.33,
            'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
            '+' | '−' | '=' | '±' | '<' | '>' | '≈' => 0.84,
            'A'..='Z' | 'Σ' => 0.70,
            c if u32::from(c) > 0x2e80 => 1.0,
            _ => 0.62,
        })
        .sum();
    em * size
}

/// The text cut with `…` so that it fits into `width` pixels.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept, size) + 0.9 * size > width {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// The text broken at spaces into lines of at most `width` pixels; a word that is too long is cut.
pub(super) fn wrap(text: &str, size: f64, width: f64, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_full = lines.len() >= max_lines;
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + 0.33 * size <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) if is_full => {
                *line = fit(&format!("{line} {word}"), size, width);
                return lines;
            }
            _ => lines.push(fit(word, size, width)),
        }
    }
    lines
}
