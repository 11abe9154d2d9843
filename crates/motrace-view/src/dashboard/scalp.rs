use super::{
    decision,
    draw::{columns, put, put_pieces, section},
    ink::Ink,
    legend,
    look::Look,
};
use crate::{
    palette::{Ground, Rgb, glyph, nice_limit},
    topography::{HeadProjection, MapOptions, ScalpInterpolator},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

/// Half the side of the drawn square, in head radii: nose and ears just fit.
const EXTENT: f64 = 1.14;
/// The sizes worth drawing, in pixels.
const SMALLEST: usize = 10;
const LARGEST: usize = 160;

/// The interpolators of the montage and sizes drawn last, and the pixels they fill.
#[derive(Debug, Default)]
pub(crate) struct ScalpMaps {
    built: Vec<ScalpInterpolator>,
    labels: Vec<String>,
    values: Vec<f64>,
    pixels: Vec<f64>,
}

/// Which electrodes are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// The strongest, and all where there is room; the others are dots.
    ByRoom,
    /// None, and there are no dots.
    Nothing,
}

impl ScalpMaps {
    /// What [`draw_head`] draws: a value per channel; what is not finite counts as zero.
    pub(crate) fn set_values(&mut self, values: impl Iterator<Item = f64>) {
        self.values.clear();
        self.values.extend(values.map(|v| if v.is_finite() { v } else { 0.0 }));
    }

    /// The interpolator of this montage at `side × side` pixels; a few sizes are kept.
    fn prepare(&mut self, labels: &[String], side: usize) -> usize {
        if self.labels != labels {
            self.labels = labels.to_vec();
            self.built.clear();
        }
        if let Some(at) = self.built.iter().position(|b| b.width() == side) {
            return at;
        }
        if self.built.len() >= 4 {
            self.built.remove(0);
        }
        let options = MapOptions { extent: EXTENT, ..MapOptions::default() };
        self.built.push(ScalpInterpolator::with_options(labels, side, side, options));
        self.built.len() - 1
    }
}

/// The topography of the decision that is looked at.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, look: &Look<'_>, maps: &mut ScalpMaps) {
    let view = (look.view.name().to_owned(), look.ink.strong());
    let inner = section(buffer, area, look.ink, "Topography", &[view]);
    if inner.height < 7 || inner.width < 14 {
        put_pieces(buffer, inner, 0, &decision::verdict(look, look.explained()));
        return;
    }
    let mut caption = decision::verdict(look, look.explained());
    if let Some(trial) = look.trial {
        caption.insert(0, (format!("#{}", trial.number), look.ink.strong()));
    }
    put_pieces(buffer, inner, 0, &caption);
    let square = Rect { y: inner.y + 1, height: inner.height - 2, ..inner };
    let foot = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let labels = &look.session.setup().labels;

    let Some(evidence) = look.evidence().filter(|e| e.channels() == labels.len()) else {
        let reason = match (look.trial, look.decision()) {
            (Some(_), _) => "no map for this trial",
            (None, Some(_)) => "explaining",
            (None, None) => "maps follow the first decision",
        };
        draw_head(buffer, square, look.ink, labels, maps, None, Naming::ByRoom);
        let x = inner.x + inner.width.saturating_sub(columns(reason)) / 2;
        put(buffer, x, foot.y, inner.width, reason, look.ink.quiet());
        return;
    };
    maps.set_values(evidence.per_channel(look.view).iter().map(|v| f64::from(*v)));
    let limit = nice_limit(f64::from(evidence.channel_peak(look.view)));
    draw_head(buffer, square, look.ink, labels, maps, Some(limit), Naming::ByRoom);
    legend::draw(buffer, foot, look, limit, "of f");
}

/// Head, map and electrodes, as large as fits in the middle of `area`; an empty head without a limit.
pub(crate) fn draw_head(
    buffer: &mut Buffer,
    area: Rect,
    ink: Ink,
    labels: &[String],
    maps: &mut ScalpMaps,
    limit: Option<f64>,
    naming: Naming,
) {
    let side = usize::from(area.width).min(usize::from(area.height) * 2).min(LARGEST) & !1;
    if side < SMALLEST {
        return;
    }
    let at = maps.prepare(labels, side);
    let ScalpMaps { built, values, pixels, .. } = maps;
    let Some(interpolator) = built.get(at) else {
        return;
    };
    pixels.clear();
    pixels.resize(side * side, f64::NAN);
    if let Some(limit) = limit {
        interpolator.map_into(values, pixels);
        for (value, support) in pixels.iter_mut().zip(interpolator.support()) {
            // Far from every electrode the map is extrapolation, and fades.
            *value = *value / limit * if support.is_nan() { 1.0 } else { *support };
        }
    }
    let outline = outline(side, interpolator);
    let left = area.x + (area.width - side as u16) / 2;
    let top = area.y + (area.height - (side / 2) as u16) / 2;
    for row in 0..side / 2 {
        for column in 0..side {
            let (upper, lower) = ((2 * row) * side + column, (2 * row + 1) * side + column);
            let place = (left + column as u16, top + row as u16);
            let Some(cell) = buffer.cell_mut(place) else {
                continue;
            };
            if ink.is_monochrome() {
                let mean = mean_of(pixels[upper], pixels[lower]);
                if outline[upper] || outline[lower] {
                    cell.set_char('.');
                } else if !mean.is_nan() {
                    cell.set_char(glyph(mean));
                }
                continue;
            }
            let colour = |i: usize| {
                if outline[i] {
                    ink.faint().fg
                } else if pixels[i].is_nan() {
                    None
                } else {
                    Some(ink.map(pixels[i]).into())
                }
            };
            match (colour(upper), colour(lower)) {
                (Some(fg), Some(bg)) => cell.set_char('▀').set_style(Style::new().fg(fg).bg(bg)),
                (Some(fg), None) => cell.set_char('▀').set_style(Style::new().fg(fg)),
                (None, Some(fg)) => cell.set_char('▄').set_style(Style::new().fg(fg)),
                (None, None) => cell,
            };
        }
    }
    if naming == Naming::ByRoom {
        draw_electrodes(buffer, (left, top), ink, interpolator, values, pixels, limit);
    }
}

fn mean_of(a: f64, b: f64) -> f64 {
    match (a.is_nan(), b.is_nan()) {
        (true, _) => b,
        (_, true) => a,
        _ => (a + b) / 2.0,
    }
}

/// The pixels of head, nose and ears.
fn outline(side: usize, interpolator: &ScalpInterpolator) -> Vec<bool> {
    let mut set = vec![false; side * side];
    let mut mark = |x: f64, y: f64| {
        if let Some((column, row)) = interpolator.cell_of(x, y) {
            set[row * side + column] = true;
        }
    };
    let pixel = 2.0 * EXTENT / side as f64;
    let steps = side * 8;
    for i in 0..steps {
        let (sin, cos) = (i as f64 / steps as f64 * std::f64::consts::TAU).sin_cos();
        let radius = 1.0 + pixel * 0.5;
        mark(sin * radius, cos * radius);
    }
    let mut line = |points: &[(f64, f64)], mirror: f64| {
        for pair in points.windows(2) {
            for i in 0..=side {
                let t = i as f64 / side as f64;
                mark(mirror * (pair[0].0 + (pair[1].0 - pair[0].0) * t), pair[0].1 + (pair[1].1 - pair[0].1) * t);
            }
        }
    };
    line(&HeadProjection::NOSE, 1.0);
    line(&HeadProjection::EAR, 1.0);
    line(&HeadProjection::EAR, -1.0);
    set
}

/// A dot per electrode; the strongest, or all where there is room, by name.
fn draw_electrodes(
    buffer: &mut Buffer,
    (left, top): (u16, u16),
    ink: Ink,
    interpolator: &ScalpInterpolator,
    values: &[f64],
    pixels: &[f64],
    limit: Option<f64>,
) {
    let side = interpolator.width();
    let spots = interpolator.electrodes();
    let strength = |index: usize| limit.map_or(0.0, |_| values.get(index).map_or(0.0, |v| v.abs()));
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by(|a, b| strength(spots[*b].index).total_cmp(&strength(spots[*a].index)));
    let named = if spots.len() * 26 <= side * side / 2 { spots.len() } else { 3 };
    let mut taken: Vec<(u16, u16, u16)> = Vec::new();
    for (rank, spot) in order.iter().filter_map(|i| spots.get(*i)).enumerate() {
        let Some((column, row)) = interpolator.cell_of(spot.x, spot.y) else {
            continue;
        };
        let (x, y) = (left + column as u16, top + (row / 2) as u16);
        let by_name = rank < named && (limit.is_some() || named == spots.len());
        let text = if by_name { spot.label.as_str() } else { "·" };
        let width = columns(text).max(1);
        let start = x.saturating_sub((width - 1) / 2).clamp(left, left + (side as u16).saturating_sub(width));
        let clash = |margin: u16| {
            taken.iter().any(|(a, b, r)| *r == y && start < b.saturating_add(margin) && start + width + margin > *a)
        };
        if clash(u16::from(by_name)) || (ink.is_monochrome() && !by_name) {
            continue;
        }
        taken.push((start, start + width, y));
        for (i, letter) in text.chars().enumerate() {
            let at = (start + i as u16, y);
            let pixel = (row & !1) * side + usize::from(at.0 - left);
            let under = mean_of(
                pixels.get(pixel).copied().unwrap_or(f64::NAN),
                pixels.get(pixel + side).copied().unwrap_or(f64::NAN),
            );
            let Some(cell) = buffer.cell_mut(at) else {
                continue;
            };
            let mut style = Style::reset();
            if !under.is_nan() && !ink.is_monochrome() {
                let ground = ink.map(under);
                style = style.bg(ground.into()).fg(on(ground, ink.ground, by_name).into());
            } else if !by_name {
                style = ink.quiet();
            }
            if by_name {
                style = style.add_modifier(Modifier::BOLD);
            }
            cell.set_char(letter).set_style(style);
        }
    }
}

/// A colour that can be read on `ground`.
fn on(colour: Rgb, ground: Ground, strong: bool) -> Rgb {
    let (black, white) = (Rgb::new(0, 0, 0), Rgb::new(255, 255, 255));
    let contrast = match ground {
        _ if colour.luminance() > 0.25 => black,
        _ => white,
    };
    colour.mix(contrast, if strong { 1.0 } else { 0.55 })
}
