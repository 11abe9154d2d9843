use super::svg::{Anchor, INK, NO_DATA, Svg, TextStyle, px, text_width};
use super::{contour, mosaic};
use crate::palette::{Ground, Rgb, diverging};
use crate::topography::{HeadProjection, MapOptions, ScalpInterpolator};
use std::fmt::Write;

/// Cells of the spline grid on a side; finer detail than a scalp map has.
const GRID: usize = 80;
/// Coloured cells on a side at most, and for each pixel of the radius: what no eye resolves only makes files large.
const PIXELS: usize = 144;
const PIXELS_PER_RADIUS: f64 = 1.4;
/// The grid reaches a little beyond the head, so that the picture is full up to the clipping circle.
const EXTENT: f64 = 1.06;

/// The interpolator that [`draw`] needs for a montage; build it once for many maps.
pub(super) fn interpolator(labels: &[String]) -> ScalpInterpolator {
    let options = MapOptions { extent: EXTENT, radius: EXTENT * 1.5, ..MapOptions::default() };
    ScalpInterpolator::with_options(labels, GRID, GRID, options)
}

/// Where electrodes are closer than this on average, in pixels, only landmarks are named.
const CROWDED: f64 = 18.0;
/// They tell where one is.
const LANDMARKS: [&str; 6] = ["Fz", "C3", "Cz", "C4", "Pz", "Oz"];

/// Coloured cells on a side of a small map.
const SMALL_PIXELS: usize = 44;

/// A small scalp map of `values`: outline and colours only, so that many of them make no huge file.
pub(super) fn draw_small(
    svg: &mut Svg,
    (cx, cy): (f64, f64),
    radius: f64,
    map: &ScalpInterpolator,
    values: &[f64],
    limit: f64,
) {
    fill(svg, (cx, cy), radius, map, &map.map(values), limit, SMALL_PIXELS);
    let paint = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1\" stroke-linejoin=\"round\"", INK.hex());
    svg.circle((cx, cy), radius, &paint);
    svg.polyline(HeadProjection::NOSE.map(|(x, y)| (cx + x * radius, cy - y * radius)), &paint);
}

/// A scalp map of `values` with outline, contours, electrodes and as many labels as there is room for.
pub(super) fn draw(
    svg: &mut Svg,
    (cx, cy): (f64, f64),
    radius: f64,
    map: &ScalpInterpolator,
    values: &[f64],
    limit: f64,
) {
    let grid = map.map(values);
    let pixels = PIXELS.min((PIXELS_PER_RADIUS * radius).ceil() as usize).max(SMALL_PIXELS);
    let clip = fill(svg, (cx, cy), radius, map, &grid, limit, pixels);
    contours(svg, (cx, cy), radius, map, &grid, limit, &clip);
    outline(svg, (cx, cy), radius);
    electrodes(svg, (cx, cy), radius, map, values, limit);
}

/// The colours of a map within its circle; returns the name of the circle's clipping path.
fn fill(
    svg: &mut Svg,
    (cx, cy): (f64, f64),
    radius: f64,
    map: &ScalpInterpolator,
    grid: &[f64],
    limit: f64,
    pixels: usize,
) -> String {
    let clip = format!("head-{}-{}-{}", px(cx), px(cy), px(radius)).replace('.', "_");
    svg.raw(&format!(
        "<clipPath id=\"{clip}\"><circle cx=\"{}\" cy=\"{}\" r=\"{}\"/></clipPath>",
        px(cx),
        px(cy),
        px(radius)
    ));
    svg.circle((cx, cy), radius, &format!("fill=\"{}\"", NO_DATA.hex()));
    if !map.electrodes().is_empty() {
        let reach = EXTENT * radius;
        let place = [cx - reach, cy - reach, 2.0 * reach, 2.0 * reach];
        let colours = colours(map, grid, limit, pixels);
        mosaic::draw(svg, place, pixels, &colours, &format!("clip-path=\"url(#{clip})\""));
    }
    clip
}

fn outline(svg: &mut Svg, (cx, cy): (f64, f64), radius: f64) {
    let paint = format!("fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\" stroke-linejoin=\"round\"", INK.hex());
    let place = |(x, y): (f64, f64)| (cx + x * radius, cy - y * radius);
    svg.circle((cx, cy), radius, &paint);
    svg.polyline(HeadProjection::NOSE.map(place), &paint);
    svg.polyline(HeadProjection::EAR.map(place), &paint);
    svg.polyline(HeadProjection::EAR.map(|(x, y)| place((-x, y))), &paint);
}

/// The map's colours, paler where no electrode is near. Steps of 1/64 of the scale keep the file small.
fn colours(map: &ScalpInterpolator, grid: &[f64], limit: f64, side: usize) -> Vec<Rgb> {
    let mut pixels = Vec::with_capacity(side * side);
    for row in 0..side {
        for column in 0..side {
            let at = |i: usize| (i as f64 + 0.5) * GRID as f64 / side as f64 - 0.5;
            let value = between_cells(grid, at(column), at(row));
            let support = between_cells(map.support(), at(column), at(row));
            let colour = if value.is_nan() {
                NO_DATA
            } else {
                let level = (value / limit * 64.0).round() / 64.0;
                NO_DATA.mix(diverging(level, Ground::Light), (support * 12.0).round() / 12.0)
            };
            pixels.push(colour);
        }
    }
    pixels
}

/// Bilinear between the four cells around a point in grid coordinates, clamped at the border.
fn between_cells(grid: &[f64], x: f64, y: f64) -> f64 {
    let last = (GRID - 1) as f64;
    let (x, y) = (x.clamp(0.0, last), y.clamp(0.0, last));
    let (i, j) = ((x as usize).min(GRID - 2), (y as usize).min(GRID - 2));
    let (s, t) = (x - i as f64, y - j as f64);
    let at = |di: usize, dj: usize| grid[(j + dj) * GRID + i + di];
    (at(0, 0) * (1.0 - s) + at(1, 0) * s) * (1.0 - t) + (at(0, 1) * (1.0 - s) + at(1, 1) * s) * t
}

/// Thin lines at quarters of the scale, where electrodes back the map.
fn contours(
    svg: &mut Svg,
    (cx, cy): (f64, f64),
    radius: f64,
    map: &ScalpInterpolator,
    grid: &[f64],
    limit: f64,
    clip: &str,
) {
    let backed: Vec<f64> = grid.iter().zip(map.support()).map(|(v, s)| if *s > 0.5 { *v } else { f64::NAN }).collect();
    let place = |(x, y): (f64, f64)| {
        let scale = 2.0 * EXTENT / GRID as f64;
        (cx + ((x + 0.5) * scale - EXTENT) * radius, cy + ((y + 0.5) * scale - EXTENT) * radius)
    };
    let mut path = String::new();
    for quarter in [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0] {
        for segment in contour::segments(&backed, GRID, GRID, quarter / 4.0 * limit) {
            let [(x1, y1), (x2, y2)] = segment.map(place);
            let _ = write!(path, "M{} {}L{} {}", px(x1), px(y1), px(x2), px(y2));
        }
    }
    if !path.is_empty() {
        svg.raw(&format!(
            "<path d=\"{path}\" clip-path=\"url(#{clip})\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"0.28\" \
             stroke-width=\"0.8\" stroke-linecap=\"round\"/>",
            INK.hex()
        ));
    }
}

/// Dots, and labels that touch neither dots nor each other; the largest values choose first.
fn electrodes(svg: &mut Svg, (cx, cy): (f64, f64), radius: f64, map: &ScalpInterpolator, values: &[f64], limit: f64) {
    let spots = map.electrodes();
    let dot = (radius / 62.0).clamp(1.2, 2.4);
    let size = (radius / 15.0).clamp(7.0, 11.0);
    let is_crowded = 2.0 * radius < CROWDED * (spots.len() as f64).sqrt();
    let value_of = |index: usize| values.get(index).copied().unwrap_or(0.0);
    let mut taken: Vec<[f64; 4]> = spots
        .iter()
        .map(|s| {
            let (x, y) = (cx + s.x * radius, cy - s.y * radius);
            [x - dot, y - dot, x + dot, y + dot]
        })
        .collect();
    let mut order: Vec<usize> = (0..spots.len()).collect();
    order.sort_by(|&a, &b| {
        let size_of = |i: usize| value_of(spots[i].index).abs();
        size_of(b).total_cmp(&size_of(a))
    });
    for i in order {
        let spot = &spots[i];
        let (x, y) = (cx + spot.x * radius, cy - spot.y * radius);
        let inside = spot.x.hypot(spot.y) <= 1.0;
        let colour = if inside { ink_on(value_of(spot.index) / limit) } else { INK };
        svg.circle((x, y), dot, &format!("fill=\"{}\"", colour.hex()));
        if is_crowded && !LANDMARKS.contains(&spot.label.as_str()) {
            continue;
        }
        let width = text_width(&spot.label, size);
        let (above, below) = (y - dot - 1.0 - 0.75 * size, y + dot + 1.0);
        let vertical = |top: f64| [x - width / 2.0, top, x + width / 2.0, top + 0.75 * size];
        let sideways = |left: f64| [left, y - 0.375 * size, left + width, y + 0.375 * size];
        let inwards = sideways(if spot.x < 0.0 { x + dot + 1.5 } else { x - dot - 1.5 - width });
        // Labels on the ring go inside, away from outline and ears.
        let on_ring = (0.9..1.05).contains(&spot.x.hypot(spot.y));
        let place = match (on_ring, spot.x.abs() > 0.4, spot.y > 0.0) {
            (true, true, _) => [inwards, vertical(above), vertical(below)],
            (true, false, true) => [vertical(below), inwards, vertical(above)],
            _ => [vertical(above), vertical(below), inwards],
        }
        .into_iter()
        .find(|place| !taken.iter().any(|other| overlap(*place, *other)));
        if let Some(place) = place {
            let middle = (place[0] + place[2]) / 2.0;
            let style = TextStyle::new(size).colour(colour).anchor(Anchor::Middle);
            svg.text((middle, place[3]), &spot.label, style);
            taken.push(place);
        }
    }
}

/// Black or white, whichever reads better on the colour of a value.
fn ink_on(value: f64) -> Rgb {
    if diverging(value, Ground::Light).luminance() > 0.22 { INK } else { Rgb::new(255, 255, 255) }
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
