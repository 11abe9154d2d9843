/// Line segments of the level set `value = level` on a grid (marching squares), in grid coordinates
/// where cell centres are whole numbers. Squares that touch a cell that is not finite are left out.
pub(super) fn segments(grid: &[f64], width: usize, height: usize, level: f64) -> Vec<[(f64, f64); 2]> {
    let mut out = Vec::new();
    for row in 0..height.saturating_sub(1) {
        for column in 0..width.saturating_sub(1) {
            let at = |dx: usize, dy: usize| grid[(row + dy) * width + column + dx];
            let corners = [at(0, 0), at(1, 0), at(1, 1), at(0, 1)];
            if corners.iter().any(|v| !v.is_finite()) {
                continue;
            }
            let (x, y) = (column as f64, row as f64);
            let places = [(x, y), (x + 1.0, y), (x + 1.0, y + 1.0), (x, y + 1.0)];
            let mut crossings = Vec::with_capacity(4);
            for i in 0..4 {
                let j = (i + 1) % 4;
                if (corners[i] < level) != (corners[j] < level) {
                    let t = (level - corners[i]) / (corners[j] - corners[i]);
                    let (a, b) = (places[i], places[j]);
                    crossings.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
                }
            }
            match crossings[..] {
                [a, b] => out.push([a, b]),
                // A saddle: the mean of the corners says which pairs belong together.
                [a, b, c, d] => {
                    let middle_is_low = corners.iter().sum::<f64>() / 4.0 < level;
                    if middle_is_low == (corners[0] < level) {
                        out.extend([[a, b], [c, d]]);
                    } else {
                        out.extend([[a, d], [b, c]]);
                    }
                }
                _ => {}
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cone_has_circular_contours() {
        let n = 41;
        let grid: Vec<f64> = (0..n * n).map(|i| ((i % n) as f64 - 20.0).hypot((i / n) as f64 - 20.0)).collect();
        let lines = segments(&grid, n, n, 10.0);
        let length: f64 = lines.iter().map(|[a, b]| (a.0 - b.0).hypot(a.1 - b.1)).sum();
        assert!((length - 2.0 * std::f64::consts::PI * 10.0).abs() < 0.3, "{length}");
        for point in lines.iter().flatten() {
            assert!(((point.0 - 20.0).hypot(point.1 - 20.0) - 10.0).abs() < 0.05);
        }
        assert!(segments(&grid, n, n, 100.0).is_empty());
    }
}
