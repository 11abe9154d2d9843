use super::number::tick;
use super::svg::{Anchor, INK, MUTED, Svg, TextStyle, px};
use crate::palette::{Ground, diverging};

/// A vertical colour bar over −limit … limit with five ticks to its right and its unit beside them.
pub(super) fn draw(svg: &mut Svg, (x, y): (f64, f64), height: f64, limit: f64, unit: &str) {
    const WIDTH: f64 = 11.0;
    // The same gradient in every figure, so the same name does no harm where several share a page.
    let stops: String = (0..=32)
        .map(|i| {
            let t = f64::from(i) / 32.0;
            format!("<stop offset=\"{}\" stop-color=\"{}\"/>", px(t), diverging(1.0 - 2.0 * t, Ground::Light).hex())
        })
        .collect();
    svg.raw(&format!("<linearGradient id=\"diverging\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\">{stops}</linearGradient>"));
    svg.raw(&format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{WIDTH}\" height=\"{}\" fill=\"url(#diverging)\" stroke=\"{}\" stroke-width=\"0.8\"/>",
        px(x),
        px(y),
        px(height),
        MUTED.hex()
    ));
    for (share, text) in [
        (-1.0, tick(-limit)),
        (-0.5, tick(-limit / 2.0)),
        (0.0, tick(0.0)),
        (0.5, tick(limit / 2.0)),
        (1.0, tick(limit)),
    ] {
        let at = y + height * (1.0 - share) / 2.0;
        svg.line((x + WIDTH, at), (x + WIDTH + 4.0, at), INK, 0.8);
        svg.text((x + WIDTH + 7.0, at + 3.5), &text, TextStyle::new(10.0));
    }
    svg.upward_text((x - 6.0, y + height / 2.0), unit, TextStyle::new(9.5).colour(MUTED).anchor(Anchor::Middle));
}

/// A horizontal colour bar over −limit … limit around `x`, with five ticks and its unit below.
pub(super) fn draw_across(svg: &mut Svg, (x, y): (f64, f64), width: f64, limit: f64, unit: &str) {
    const HEIGHT: f64 = 10.0;
    let stops: String = (0..=32)
        .map(|i| {
            let t = f64::from(i) / 32.0;
            format!("<stop offset=\"{}\" stop-color=\"{}\"/>", px(t), diverging(2.0 * t - 1.0, Ground::Light).hex())
        })
        .collect();
    svg.raw(&format!("<linearGradient id=\"diverging-across\">{stops}</linearGradient>"));
    let left = x - width / 2.0;
    svg.raw(&format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\" fill=\"url(#diverging-across)\" stroke=\"{}\" stroke-width=\"0.8\"/>",
        px(left),
        px(y),
        px(width),
        MUTED.hex()
    ));
    for share in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let at = x + share * width / 2.0;
        svg.line((at, y + HEIGHT), (at, y + HEIGHT + 4.0), INK, 0.8);
        svg.text((at, y + HEIGHT + 15.0), &tick(share * limit), TextStyle::new(10.0).anchor(Anchor::Middle));
    }
    svg.text((x, y + HEIGHT + 30.0), unit, TextStyle::new(10.0).colour(MUTED).anchor(Anchor::Middle));
}
