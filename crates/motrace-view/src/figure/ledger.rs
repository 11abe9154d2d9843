use super::number::{number, signed};
use super::svg::{AMBER, Anchor, INK, MUTED, RULE, Svg, TextStyle, fit, wrap};
use crate::palette::{Ground, diverging, max_abs};
use motrace_core::{Ledger, Relevance, View};

/// Height of the three blocks under the maps.
pub(super) const HEIGHT: f64 = 150.0;
const LINE: f64 = 19.0;

/// Where all of the relevance went, per view.
pub(super) fn sums(svg: &mut Svg, (x, y): (f64, f64), width: f64, ledger: &Ledger) {
    heading(svg, (x, y), width, "Ledger", "in decision units");
    let columns = [x + width - 160.0, x + width - 80.0, x + width];
    let right = TextStyle::new(12.0).anchor(Anchor::End);
    let is_there = |place: usize| ledger.total[place].is_some();
    for ((place, view), column) in View::ALL.iter().enumerate().zip(columns) {
        if !is_there(place) {
            continue;
        }
        svg.text((column, y + LINE + 4.0), view.name(), TextStyle::new(10.5).colour(MUTED).anchor(Anchor::End));
    }
    let rows = [
        ("ΣR, relevance", texts(ledger.total, signed)),
        ("Σ|R| / |ΣR|, cancellation", texts(ledger.cancellation, number)),
    ];
    let mut at = y + 2.0 * LINE + 4.0;
    for (name, cells) in rows {
        svg.text((x, at), name, TextStyle::new(12.0));
        for (cell, column) in cells.iter().zip(columns) {
            svg.text((column, at), cell, right);
        }
        at += LINE;
    }
    at += 5.0;
    for (name, value) in [
        ("f, decision value", ledger.value),
        ("f₀, on no evidence", ledger.offset),
        if ledger.layers.is_empty() {
            ("f − f₀, which ΣR must equal", ledger.value - ledger.offset)
        } else {
            ("kept by the layers, so that all is f", ledger.kept_by_layers())
        },
    ] {
        svg.text((x, at), name, TextStyle::new(12.0));
        svg.text((columns[2], at), &signed(value), right);
        at += LINE;
    }
}

/// What there is in figures, and nothing for what there is not.
fn texts(values: [Option<f64>; 3], text: fn(f64) -> String) -> [String; 3] {
    values.map(|value| value.map(text).unwrap_or_default())
}

/// What the numbers are checked by, and each spatial filter's share.
pub(super) fn checks(svg: &mut Svg, (x, y): (f64, f64), width: f64, relevance: &Relevance) {
    let ledger = &relevance.ledger;
    let is_network = !ledger.layers.is_empty();
    let name = if is_network { "Checks, and what reaches each layer" } else { "Checks and spatial filters" };
    heading(svg, (x, y), width, name, "");
    let column = x + width * 0.53;
    let mut at = y + LINE + 6.0;
    let rows = [
        ("conservation error", Some(number(ledger.conservation_error()))),
        ("path difference", Some(number(ledger.path_difference))),
        ("INPUT · SOURCE corr.", ledger.input_source_correlation.map(number)),
        ("share on the rim", Some(percent(ledger.rim_share))),
    ];
    for (name, value) in rows.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        svg.text((x, at), name, TextStyle::new(12.0));
        svg.text((column, at), &value, TextStyle::new(12.0).anchor(Anchor::End));
        at += LINE;
    }
    let place = [column + 24.0, y + LINE - 8.0, x + width - column - 24.0, HEIGHT - LINE - 8.0];
    if is_network {
        layers(svg, place, ledger);
    } else {
        filters(svg, place, &relevance.components);
    }
}

/// A line per layer from the output down: what reaches its inputs.
fn layers(svg: &mut Svg, [x, y, w, h]: [f64; 4], ledger: &Ledger) {
    const MOST: usize = 14;
    let count = ledger.layers.len().min(MOST);
    let row = (h / count.max(1) as f64).min(LINE);
    let size = (row - 3.0).clamp(7.0, 11.0);
    for (i, layer) in ledger.layers.iter().rev().take(MOST).enumerate() {
        let baseline = y + (i as f64 + 0.5) * row + 0.36 * size;
        svg.text((x, baseline), &fit(layer.layer, size, w - 50.0), TextStyle::new(size).colour(MUTED));
        svg.text((x + w, baseline), &signed(layer.relevance_in), TextStyle::new(size).anchor(Anchor::End));
    }
}

/// A bar per spatial filter, to the left for class 0 and to the right for class 1.
fn filters(svg: &mut Svg, [x, y, w, h]: [f64; 4], components: &[f64]) {
    const MOST: usize = 12;
    let shown = &components[..components.len().min(MOST)];
    if shown.is_empty() {
        return;
    }
    let limit = max_abs(shown).max(f64::MIN_POSITIVE);
    let row = (h / shown.len() as f64).min(LINE);
    let size = (row - 3.0).clamp(7.0, 11.0);
    let (left, right) = (x + 22.0, x + w - 44.0);
    let (middle, reach) = ((left + right) / 2.0, (right - left) / 2.0);
    svg.line((middle, y), (middle, y + row * shown.len() as f64), RULE, 0.8);
    for (i, value) in shown.iter().enumerate() {
        let top = y + i as f64 * row;
        let length = if value.is_finite() { value / limit * reach } else { 0.0 };
        svg.rect(
            [middle.min(middle + length), top + 0.16 * row, length.abs(), 0.68 * row],
            diverging(0.62 * value.signum(), Ground::Light),
        );
        let baseline = top + row / 2.0 + 0.36 * size;
        svg.text((x, baseline), &format!("{}", i + 1), TextStyle::new(size).colour(MUTED));
        svg.text((x + w, baseline), &signed(*value), TextStyle::new(size).anchor(Anchor::End));
    }
}

/// What to be careful about, or that there is nothing.
pub(super) fn warnings(svg: &mut Svg, (x, y): (f64, f64), width: f64, warnings: &[String]) {
    heading(svg, (x, y), width, "Warnings", "");
    let mut at = y + LINE + 6.0;
    let bottom = y + HEIGHT;
    if warnings.is_empty() {
        svg.text((x, at), "none", TextStyle::new(12.0).colour(MUTED));
    }
    for (i, warning) in warnings.iter().enumerate() {
        let lines = wrap(warning, 12.0, width - 16.0, 3);
        let left = warnings.len() - i;
        if at + (lines.len().saturating_sub(1)) as f64 * 16.0 > bottom - if left > 1 { 16.0 } else { 0.0 } {
            svg.text((x, at), &format!("and {left} more"), TextStyle::new(12.0).colour(MUTED));
            return;
        }
        svg.circle((x + 4.0, at - 4.0), 3.0, &format!("fill=\"{}\"", AMBER.hex()));
        for line in lines {
            svg.text((x + 16.0, at), &line, TextStyle::new(12.0).colour(AMBER));
            at += 16.0;
        }
        at += 4.0;
    }
}

fn heading(svg: &mut Svg, (x, y): (f64, f64), width: f64, name: &str, note: &str) {
    svg.text((x, y), name, TextStyle::new(13.0).bold());
    svg.text((x + width, y), &fit(note, 10.5, width / 2.0), TextStyle::new(10.5).colour(MUTED).anchor(Anchor::End));
    svg.line((x, y + 5.0), (x + width, y + 5.0), INK, 0.8);
}

fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0} %", share * 100.0) } else { "–".to_owned() }
}
