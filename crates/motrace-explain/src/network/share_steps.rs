use super::segments::Segments;
use motrace_net::kernels::PackedConv;
use motrace_net::{Conv, Scalar, Shape};

/// Channels that are summed up at once: each sum waits for the one before it.
const AT_ONCE: usize = 8;

/// `Bᵀd` for d that is constant along each segment, in single precision: only where d steps there is something to compute.
///
/// The sum over filters is taken at the few bounds of segments, for all shares at once: shares go in as lines of samples, and the
/// steps are the weights of a convolution one sample long. Each step of d then steps what comes out, a tap later for each tap.
#[derive(Debug, Clone)]
pub(super) struct ShareSteps {
    /// `[bounds, maps]`: by how much d steps.
    steps: Conv<f32>,
    sums: PackedConv,
    /// `[maps, channels × taps]`.
    shares: Vec<f32>,
    /// `[bounds, channels × taps]`.
    stepped: Vec<f32>,
    taps: usize,
    before: usize,
    bounds: Vec<usize>,
    samples: usize,
    /// By how much some channels step at each sample; as many samples more at the end as a step may reach.
    changes: Vec<f32>,
}

impl ShareSteps {
    /// For these shares; `None` where they are not such as this is for, or in another precision.
    pub(super) fn new<T: Scalar>(shares: &Conv<T>, input: Shape, segments: &Segments) -> Option<Self> {
        let weights = T::as_f32s(&shares.weights)?;
        if (input.maps, input.rows, shares.groups, shares.stride) != (1, shares.rows, 1, 1) {
            return None;
        }
        let (maps, kernel) = (shares.maps_out, shares.rows * shares.taps);
        let bounds = segments.bounds.clone();
        let steps = Conv::zeros(bounds.len(), maps, 1, 1);
        Some(Self {
            sums: PackedConv::new(&steps, Shape::new(maps, 1, kernel))?,
            steps,
            shares: weights.to_vec(),
            stepped: vec![0.0; kernel * bounds.len()],
            taps: shares.taps,
            before: shares.padding[0],
            bounds,
            samples: input.samples,
            changes: vec![0.0; AT_ONCE * (shares.padding[0] + input.samples + shares.taps)],
        })
    }

    /// Takes `Bᵀd` from `relevance`, where `d` has a value for each segment of each map. Says whether it could.
    pub(super) fn subtract<T: Scalar>(&mut self, d: &[f64], relevance: &mut [T]) -> bool {
        let Some(relevance) = T::as_f32s_mut(relevance) else { return false };
        let (segments, maps) = (self.bounds.len() - 1, self.steps.maps_in);
        for (map, d) in d.chunks_exact(segments).enumerate() {
            let mut last = 0.0;
            for (bound, d) in d.iter().chain(&[0.0]).enumerate() {
                self.steps.weights[bound * maps + map] = (d - last) as f32;
                last = *d;
            }
        }
        self.sums.set(&self.steps);
        self.sums.run(&self.shares, &mut self.stepped);
        let (taps, reach) = (self.taps, self.changes.len() / AT_ONCE);
        let kernel = self.stepped.len() / self.bounds.len();
        for (first, relevance) in relevance.chunks_mut(AT_ONCE * self.samples).enumerate() {
            self.changes.fill(0.0);
            for (channel, changes) in self.changes.chunks_exact_mut(reach).enumerate() {
                let Some(place) = Some((first * AT_ONCE + channel) * taps).filter(|place| *place < kernel) else {
                    break;
                };
                for (stepped, bound) in self.stepped.chunks_exact(kernel).zip(&self.bounds) {
                    let changes = &mut changes[*bound..bound + taps];
                    changes.iter_mut().zip(&stepped[place..place + taps]).for_each(|(sum, step)| *sum += *step);
                }
            }
            self.subtract_levels(relevance);
        }
        true
    }

    /// Adds up changes to levels, of some channels at once, and takes those from their relevance.
    fn subtract_levels(&self, relevance: &mut [f32]) {
        let reach = self.changes.len() / AT_ONCE;
        let mut levels = [0.0_f64; AT_ONCE];
        for (channel, level) in levels.iter_mut().enumerate() {
            // What begins in the padding has begun at the first sample.
            *level = self.changes[channel * reach..][..self.before].iter().map(|change| f64::from(*change)).sum();
        }
        let mut changes = [&self.changes[..0]; AT_ONCE];
        for (channel, changes) in changes.iter_mut().enumerate() {
            *changes = &self.changes[channel * reach + self.before..][..self.samples];
        }
        let channels = relevance.len() / self.samples;
        for sample in 0..self.samples {
            for (channel, (level, changes)) in levels.iter_mut().zip(changes).enumerate() {
                *level += f64::from(changes[sample]);
                if channel < channels {
                    relevance[channel * self.samples + sample] -= *level as f32;
                }
            }
        }
    }
}
