use super::segments::Segments;
use motrace_net::kernels::PackedConv;
use motrace_net::{Conv, Scalar, Shape};

/// `Bᵀd` for d that is constant along each segment, in single precision: only where d steps there is something to compute.
///
/// The sum over filters is taken at the few bounds of segments and for all weights at once, as a convolution one sample long;
/// each step of d then steps what comes out, a tap later for each tap.
#[derive(Debug, Clone)]
pub(super) struct ShareSteps {
    sums: PackedConv,
    taps: usize,
    before: usize,
    bounds: Vec<usize>,
    /// `[maps, bounds]`: by how much d steps.
    steps: Vec<f32>,
    /// `[channels, taps, bounds]`.
    stepped: Vec<f32>,
    /// By how much a channel steps at each sample.
    changes: Vec<f64>,
}

impl ShareSteps {
    /// For these shares; `None` where they are not such as this is for, or in another precision.
    pub(super) fn new<T: Scalar>(shares: &Conv<T>, input: Shape, segments: &Segments) -> Option<Self> {
        let weights = T::as_f32s(&shares.weights)?;
        if (input.maps, input.rows, shares.groups, shares.stride) != (1, shares.rows, 1, 1) {
            return None;
        }
        let (maps, kernel) = (shares.maps_out, shares.rows * shares.taps);
        let mut across = Conv::zeros(kernel, maps, 1, 1);
        for (map, shares) in weights.chunks_exact(kernel).enumerate() {
            for (place, share) in shares.iter().enumerate() {
                across.weights[place * maps + map] = *share;
            }
        }
        let bounds = segments.bounds.clone();
        Some(Self {
            sums: PackedConv::new(&across, Shape::new(maps, 1, bounds.len()))?,
            taps: shares.taps,
            before: shares.padding[0],
            steps: vec![0.0; maps * bounds.len()],
            stepped: vec![0.0; kernel * bounds.len()],
            changes: vec![0.0; input.samples],
            bounds,
        })
    }

    /// Takes `Bᵀd` from `relevance`, where `d` has a value for each segment of each map. Says whether it could.
    pub(super) fn subtract<T: Scalar>(&mut self, d: &[f64], relevance: &mut [T]) -> bool {
        let Some(relevance) = T::as_f32s_mut(relevance) else { return false };
        let segments = self.bounds.len() - 1;
        for (steps, d) in self.steps.chunks_exact_mut(segments + 1).zip(d.chunks_exact(segments)) {
            let mut last = 0.0;
            for (step, d) in steps.iter_mut().zip(d.iter().chain(&[0.0])) {
                *step = (d - last) as f32;
                last = *d;
            }
        }
        self.sums.run(&self.steps, &mut self.stepped);
        let samples = self.changes.len();
        let channels = self.stepped.chunks_exact(self.taps * (segments + 1)).zip(relevance.chunks_exact_mut(samples));
        for (stepped, relevance) in channels {
            self.changes.fill(0.0);
            for (tap, stepped) in stepped.chunks_exact(segments + 1).enumerate() {
                for (bound, step) in self.bounds.iter().zip(stepped) {
                    // What begins in the padding has begun at the first sample.
                    if let Some(change) = self.changes.get_mut((bound + tap).saturating_sub(self.before)) {
                        *change += f64::from(*step);
                    }
                }
            }
            let mut level = 0.0;
            for (r, change) in relevance.iter_mut().zip(&self.changes) {
                level += change;
                *r -= level as f32;
            }
        }
        true
    }
}
