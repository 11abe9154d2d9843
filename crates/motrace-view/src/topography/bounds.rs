use super::interpolator::{chord_degrees, squared_distance};

/// Full say up to this many usual distances between neighbours.
const NEAR: f64 = 1.2;
/// None from this many on.
const FAR: f64 = 2.2;
/// What a map may go beyond its neighbours' values, as a share of the value and of their range: never across zero.
const MARGIN: f64 = 0.1;

/// Which electrodes bound the map at each of its cells.
///
/// Splines swing: beside a narrow peak they go below zero where no electrode measured anything below it, and beyond the
/// outermost electrodes they run off. A reader would take either for relevance of the other sign. So a cell's value stays
/// among those of the electrodes around it; their say fades with distance, so that no seams show.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    /// The end of each cell's electrodes among `near`.
    ends: Vec<usize>,
    near: Vec<Near>,
}

#[derive(Debug, Clone, Copy)]
struct Near {
    node: usize,
    /// Its say, 0 to 1.
    say: f64,
    /// Its share in the mean of those around; they sum to 1.
    share: f64,
}

impl Bounds {
    /// For cells at these points of the sphere, `spacing_degrees` being the usual distance between neighbours.
    pub fn new(nodes: &[[f64; 3]], points: &[[f64; 3]], spacing_degrees: f64) -> Self {
        let mut bounds = Self::default();
        for point in points {
            let degrees: Vec<f64> = nodes.iter().map(|node| chord_degrees(squared_distance(*point, *node))).collect();
            let nearest = degrees.iter().copied().fold(f64::INFINITY, f64::min);
            // Far from all electrodes the nearest ones still have something to say.
            let unit = spacing_degrees.max(nearest / NEAR).max(1e-9);
            let first = bounds.near.len();
            for (node, degrees) in degrees.iter().enumerate().filter(|(_, degrees)| **degrees < FAR * unit) {
                let t = ((degrees / unit - NEAR) / (FAR - NEAR)).clamp(0.0, 1.0);
                let say = 1.0 - t * t * (3.0 - 2.0 * t);
                bounds.near.push(Near { node, say, share: say / (degrees / unit).powi(2).max(1e-6) });
            }
            let sum: f64 = bounds.near[first..].iter().map(|near| near.share).sum();
            bounds.near[first..].iter_mut().for_each(|near| near.share /= sum);
            bounds.ends.push(bounds.near.len());
        }
        bounds
    }

    /// The lowest and the highest value at each cell, in their order; `at` is the value of a node.
    pub fn of<'a>(&'a self, at: impl Fn(usize) -> f64 + 'a) -> impl Iterator<Item = (f64, f64)> + 'a {
        let mut first = 0;
        self.ends.iter().map(move |&end| {
            let near = &self.near[first..end];
            first = end;
            let mean: f64 = near.iter().map(|n| n.share * at(n.node)).sum();
            let (low, high) = near.iter().fold((mean, mean), |(low, high), n| {
                let value = mean + n.say * (at(n.node) - mean);
                (low.min(value), high.max(value))
            });
            let beyond = |value: f64| MARGIN * value.abs().min(high - low);
            (low - beyond(low), high + beyond(high))
        })
    }
}
