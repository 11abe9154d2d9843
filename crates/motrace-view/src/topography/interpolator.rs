use super::bounds::Bounds;
use super::{ElectrodeSpot, HeadProjection, idw, splines};
use motrace_core::electrode_position;

/// How a scalp map is computed; the default is right for drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapOptions {
    /// Added to the diagonal of the spline kernel; 0 passes through every electrode exactly. The default is close to
    /// that: a colour at an electrode is its value. (MNE repairs channels with 1e-5, which halves a narrow peak of
    /// a dense montage.)
    pub regularisation: f64,
    /// The grid covers −extent … extent in both directions, in head radii.
    pub extent: f64,
    /// Cells farther from the middle than this, in head radii, are not computed.
    pub radius: f64,
    /// Full support reaches this far from an electrode, in degrees on the sphere; see [`ScalpInterpolator::support`].
    /// `None` takes nine tenths of the usual distance between neighbours.
    pub reach_degrees: Option<f64>,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self { regularisation: 1e-8, extent: 1.0, radius: 1.0, reach_degrees: None }
    }
}

/// A montage's smooth map on a fixed grid of cells, built once; drawing it is one matrix–vector product.
///
/// Spherical splines (Perrin et al. 1989) for four electrodes and more, inverse distance below that.
/// Channels that share a place count as one electrode with their mean value.
#[derive(Debug, Clone)]
pub struct ScalpInterpolator {
    width: usize,
    height: usize,
    channels: usize,
    extent: f64,
    /// Indices of the cells inside the head, ascending.
    cells: Vec<usize>,
    /// `[cells, channels]` in row order.
    weights: Vec<f64>,
    support: Vec<f64>,
    bounds: Bounds,
    electrodes: Vec<ElectrodeSpot>,
    /// For each distinct place the channels that sit there.
    sitters: Vec<Vec<usize>>,
    unplaced: Vec<String>,
}

impl ScalpInterpolator {
    /// A map of `width × height` cells for these channels, with the default options.
    ///
    /// The grid covers the square around the head circle; choose `width` and `height` so that the square
    /// is square on your screen. Row 0 is at the nose, column 0 on the left.
    #[must_use]
    pub fn new<S: AsRef<str>>(labels: &[S], width: usize, height: usize) -> Self {
        Self::with_options(labels, width, height, MapOptions::default())
    }

    /// A map with options of your own.
    #[must_use]
    pub fn with_options<S: AsRef<str>>(labels: &[S], width: usize, height: usize, options: MapOptions) -> Self {
        let mut electrodes = Vec::new();
        let mut unplaced = Vec::new();
        // One node per distinct place, with the channels that sit there.
        let mut nodes: Vec<[f64; 3]> = Vec::new();
        let mut sitters: Vec<Vec<usize>> = Vec::new();
        for (index, label) in labels.iter().map(AsRef::as_ref).enumerate() {
            let Some(position) = electrode_position(label) else {
                unplaced.push(label.to_owned());
                continue;
            };
            let (x, y) = HeadProjection::project(position);
            electrodes.push(ElectrodeSpot { label: label.to_owned(), x, y, index });
            match nodes.iter().position(|n| squared_distance(*n, position) < 1e-12) {
                Some(node) => sitters[node].push(index),
                None => {
                    nodes.push(position);
                    sitters.push(vec![index]);
                }
            }
        }

        let mut cells = Vec::new();
        let mut points = Vec::new();
        for row in 0..height {
            for column in 0..width {
                let (x, y) = cell_centre(width, height, options.extent, column, row);
                if x.hypot(y) <= options.radius && !nodes.is_empty() {
                    cells.push(row * width + column);
                    points.push(HeadProjection::lift(x, y));
                }
            }
        }

        let splined = if nodes.len() >= 4 { splines::weights(&nodes, &points, options.regularisation) } else { None };
        let by_node = splined.unwrap_or_else(|| idw::weights(&nodes, &points));
        let mut weights = vec![0.0; cells.len() * labels.len()];
        if !nodes.is_empty() && !labels.is_empty() {
            for (row, from) in weights.chunks_exact_mut(labels.len()).zip(by_node.chunks_exact(nodes.len())) {
                for (weight, channels) in from.iter().zip(&sitters) {
                    for &channel in channels {
                        row[channel] = weight / channels.len() as f64;
                    }
                }
            }
        }

        let spacing_degrees = usual_spacing_degrees(&nodes);
        let bounds = Bounds::new(&nodes, &points, spacing_degrees);
        let reach_degrees = options.reach_degrees.unwrap_or_else(|| (0.9 * spacing_degrees).clamp(16.0, 32.0));
        let mut support = vec![f64::NAN; width * height];
        for (&cell, &point) in cells.iter().zip(&points) {
            support[cell] = support_at(point, &nodes, reach_degrees);
        }
        Self {
            width,
            height,
            channels: labels.len(),
            extent: options.extent,
            cells,
            weights,
            support,
            bounds,
            electrodes,
            sitters,
            unplaced,
        }
    }

    /// Writes the map of `values` (one per channel, in the order of the labels) into `out` (`height × width`,
    /// row by row from the nose), NaN outside the head. Allocates nothing.
    ///
    /// Where no electrode has a place, where `values` is not one per channel, or where one of them is not
    /// finite, the whole map is NaN. Cells beyond the grid's size are NaN, and a shorter `out` is filled as far as it goes.
    pub fn map_into(&self, values: &[f64], out: &mut [f64]) {
        out.fill(f64::NAN);
        if values.len() != self.channels || self.channels == 0 {
            return;
        }
        let at = |node: usize| {
            let channels = self.sitters.get(node).map_or(&[][..], Vec::as_slice);
            channels.iter().filter_map(|c| values.get(*c)).sum::<f64>() / channels.len().max(1) as f64
        };
        let rows = self.cells.iter().zip(self.weights.chunks_exact(self.channels)).zip(self.bounds.of(at));
        for ((&cell, weights), (low, high)) in rows {
            if let Some(slot) = out.get_mut(cell) {
                let value = dot(weights, values);
                // Not `clamp`: a value that is not a number stays one.
                *slot = if value < low {
                    low
                } else if value > high {
                    high
                } else {
                    value
                };
            }
        }
    }

    /// The map of `values` as a new vector; see [`map_into`](Self::map_into).
    #[must_use]
    pub fn map(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; self.width * self.height];
        self.map_into(values, &mut out);
        out
    }

    /// How far each cell is backed by electrodes, `height × width`: 1 near one, falling to 0 far from all
    /// of them, where the map is extrapolation; NaN outside the head. Fade the map with it.
    #[must_use]
    pub fn support(&self) -> &[f64] {
        &self.support
    }

    /// The electrodes that have a place, in channel order.
    #[must_use]
    pub fn electrodes(&self) -> &[ElectrodeSpot] {
        &self.electrodes
    }

    /// Labels of channels without a place; they do not take part in the map.
    #[must_use]
    pub fn unplaced(&self) -> &[String] {
        &self.unplaced
    }

    /// Columns of the grid.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows of the grid.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Half the side of the square that the grid covers, in head radii.
    #[must_use]
    pub fn extent(&self) -> f64 {
        self.extent
    }

    /// The cell `(column, row)` that holds the drawing-plane point `(x, y)`; `None` off the grid.
    #[must_use]
    pub fn cell_of(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let column = (x / self.extent + 1.0) / 2.0 * self.width as f64;
        let row = (1.0 - y / self.extent) / 2.0 * self.height as f64;
        let inside = (0.0..self.width as f64).contains(&column) && (0.0..self.height as f64).contains(&row);
        inside.then_some((column as usize, row as usize))
    }
}

/// The drawing-plane point in the middle of a cell.
fn cell_centre(width: usize, height: usize, extent: f64, column: usize, row: usize) -> (f64, f64) {
    let x = ((2 * column + 1) as f64 / width as f64 - 1.0) * extent;
    let y = (1.0 - (2 * row + 1) as f64 / height as f64) * extent;
    (x, y)
}

pub(super) fn squared_distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum()
}

/// The angle of a squared chord of the unit sphere.
pub(super) fn chord_degrees(squared: f64) -> f64 {
    (2.0 * (squared.sqrt() / 2.0).clamp(0.0, 1.0).asin()).to_degrees()
}

/// The median distance to the nearest neighbour; 45° where there is none.
fn usual_spacing_degrees(nodes: &[[f64; 3]]) -> f64 {
    let mut nearest: Vec<f64> = nodes
        .iter()
        .map(|a| nodes.iter().map(|b| squared_distance(*a, *b)).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min))
        .filter(|d| d.is_finite())
        .collect();
    nearest.sort_by(f64::total_cmp);
    nearest.get(nearest.len() / 2).map_or(45.0, |d| chord_degrees(*d))
}

/// 1 within `reach_degrees` of an electrode, and a smooth fall to 0 over half as much again.
fn support_at(point: [f64; 3], nodes: &[[f64; 3]], reach_degrees: f64) -> f64 {
    let nearest = nodes.iter().map(|n| squared_distance(point, *n)).fold(f64::INFINITY, f64::min);
    let degrees = chord_degrees(nearest);
    let t = ((degrees - reach_degrees) / (0.5 * reach_degrees).max(1e-9)).clamp(0.0, 1.0);
    1.0 - t * t * (3.0 - 2.0 * t)
}

/// A dot product in eight running sums, which the compiler turns into vector instructions.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..8 {
            lanes[i] += x[i] * y[i];
        }
    }
    lanes.iter().sum::<f64>() + rest
}
