//! Shapes as outlines in a square of side 1 around the middle, to be placed and scaled by whoever draws them.

use resvg::tiny_skia::{Path, PathBuilder, Rect};
use std::sync::OnceLock;

/// How far a round end of a capsule bulges, for a cubic curve that is nearly a quarter of a circle.
const ROUND: f32 = 0.552_285;

pub(super) fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect)
}

pub(super) fn circle(x: f32, y: f32, radius: f32) -> Option<Path> {
    PathBuilder::from_circle(x, y, radius)
}

pub(super) fn polygon(points: &[(f32, f32)]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        if i == 0 {
            builder.move_to(x, y);
        } else {
            builder.line_to(x, y);
        }
    }
    builder.close();
    builder.finish()
}

/// A line with round ends.
pub(super) fn capsule(from: (f32, f32), to: (f32, f32), width: f32) -> Option<Path> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let radius = width / 2.0;
    if length < 1e-6 {
        return circle(from.0, from.1, radius);
    }
    // Along the line, and across it.
    let (ax, ay) = (dx / length * radius, dy / length * radius);
    let (nx, ny) = (-ay, ax);
    let at = |p: (f32, f32), along: f32, across: f32| (p.0 + ax * along + nx * across, p.1 + ay * along + ny * across);
    let mut builder = PathBuilder::new();
    let start = at(from, 0.0, -1.0);
    builder.move_to(start.0, start.1);
    let line = at(to, 0.0, -1.0);
    builder.line_to(line.0, line.1);
    let mut curve = |p, c1: (f32, f32), c2: (f32, f32), end: (f32, f32)| {
        let (c1, c2, end) = (at(p, c1.0, c1.1), at(p, c2.0, c2.1), at(p, end.0, end.1));
        builder.cubic_to(c1.0, c1.1, c2.0, c2.1, end.0, end.1);
    };
    curve(to, (ROUND, -1.0), (1.0, -ROUND), (1.0, 0.0));
    curve(to, (1.0, ROUND), (ROUND, 1.0), (0.0, 1.0));
    let line = at(from, 0.0, 1.0);
    builder.line_to(line.0, line.1);
    let mut curve = |p, c1: (f32, f32), c2: (f32, f32), end: (f32, f32)| {
        let (c1, c2, end) = (at(p, c1.0, c1.1), at(p, c2.0, c2.1), at(p, end.0, end.1));
        builder.cubic_to(c1.0, c1.1, c2.0, c2.1, end.0, end.1);
    };
    curve(from, (-ROUND, 1.0), (-1.0, ROUND), (-1.0, 0.0));
    curve(from, (-1.0, -ROUND), (-ROUND, -1.0), (0.0, -1.0));
    builder.close();
    builder.finish()
}

/// A ring: the outer circle one way round, the inner one the other way.
pub(super) fn ring(x: f32, y: f32, outer: f32, inner: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    builder.push_circle(x, y, outer);
    let k = ROUND * inner;
    builder.move_to(x + inner, y);
    builder.cubic_to(x + inner, y - k, x + k, y - inner, x, y - inner);
    builder.cubic_to(x - k, y - inner, x - inner, y - k, x - inner, y);
    builder.cubic_to(x - inner, y + k, x - k, y + inner, x, y + inner);
    builder.cubic_to(x + k, y + inner, x + inner, y + k, x + inner, y);
    builder.close();
    builder.finish()
}

/// A left hand seen from its back, as its owner sees it: the thumb is on the right.
pub(super) fn left_hand() -> &'static [Path] {
    static SHAPE: OnceLock<Vec<Path>> = OnceLock::new();
    SHAPE.get_or_init(|| {
        let mut parts = Vec::new();
        // Little finger to index, from the knuckle to the tip.
        for (knuckle, tip, width) in [
            ((-0.305, 0.12), (-0.365, -0.17), 0.108),
            ((-0.155, 0.05), (-0.180, -0.345), 0.122),
            ((0.000, 0.04), (0.000, -0.415), 0.126),
            ((0.150, 0.07), (0.185, -0.345), 0.122),
            ((0.16, 0.30), (0.415, 0.00), 0.130),
        ] {
            parts.extend(capsule(knuckle, tip, width));
        }
        // The palm, with round corners.
        parts.extend(capsule((-0.245, 0.14), (-0.185, 0.37), 0.24));
        parts.extend(capsule((0.09, 0.13), (0.075, 0.37), 0.24));
        parts.extend(polygon(&[(-0.25, 0.03), (0.13, 0.03), (0.08, 0.485), (-0.19, 0.485)]));
        parts
    })
}

/// The print of a left foot: the big toe is on the right.
pub(super) fn left_foot() -> &'static [Path] {
    static SHAPE: OnceLock<Vec<Path>> = OnceLock::new();
    SHAPE.get_or_init(|| {
        let mut parts = Vec::new();
        for (x, y, radius) in [
            (0.125, -0.375, 0.088),
            (-0.02, -0.405, 0.060),
            (-0.12, -0.365, 0.053),
            (-0.20, -0.305, 0.048),
            (-0.262, -0.228, 0.043),
        ] {
            parts.extend(circle(x, y, radius));
        }
        let mut sole = PathBuilder::new();
        sole.move_to(0.05, -0.27);
        sole.cubic_to(0.22, -0.27, 0.25, -0.10, 0.19, 0.03);
        sole.cubic_to(0.14, 0.14, 0.14, 0.20, 0.15, 0.30);
        sole.cubic_to(0.16, 0.44, 0.08, 0.50, 0.00, 0.50);
        sole.cubic_to(-0.10, 0.50, -0.16, 0.42, -0.15, 0.30);
        sole.cubic_to(-0.14, 0.16, -0.23, 0.06, -0.25, -0.05);
        sole.cubic_to(-0.27, -0.20, -0.14, -0.27, 0.05, -0.27);
        sole.close();
        parts.extend(sole.finish());
        parts
    })
}

/// A tick.
pub(super) fn tick() -> &'static [Path] {
    static SHAPE: OnceLock<Vec<Path>> = OnceLock::new();
    SHAPE.get_or_init(|| {
        [capsule((-0.38, 0.04), (-0.11, 0.30), 0.14), capsule((-0.11, 0.30), (0.40, -0.32), 0.14)]
            .into_iter()
            .flatten()
            .collect()
    })
}

/// A cross that stands on its arms.
pub(super) fn wrong() -> &'static [Path] {
    static SHAPE: OnceLock<Vec<Path>> = OnceLock::new();
    SHAPE.get_or_init(|| {
        [capsule((-0.30, -0.30), (0.30, 0.30), 0.14), capsule((-0.30, 0.30), (0.30, -0.30), 0.14)]
            .into_iter()
            .flatten()
            .collect()
    })
}
