use super::segments::Segments;
use motrace_net::kernels::PackedConv;
use motrace_net::{Conv, Scalar, Shape};

/// `Bᵀd` for d that is constant along each segment, in single precision: only where d steps there is something to compute.
///
/// Where d steps, what comes out steps once for each tap: after the last by the sum of the channel's shares, and until then that
/// is too much by the shares of the taps to come. Both are sums over filters, for all bounds of segments and all shares at once:
/// shares go in as lines of samples, and the steps are the weights of a convolution one sample long.
#[derive(Debug, Clone)]
pub(super) struct ShareSteps {
    /// `[bounds, maps]`: by how much d steps.
    steps: Conv<f32>,
    sums: PackedConv,
    /// `[maps, channels, taps]`: the sum of the shares of all later taps, and in the place of the last tap that of all.
    later: Vec<f32>,
    /// `[bounds, channels, taps]`: the same of the steps.
    stepped: Vec<f32>,
    taps: usize,
    before: usize,
    bounds: Vec<usize>,
    samples: usize,
}

impl ShareSteps {
    /// For these shares; `None` where they are not such as this is for, or in another precision.
    pub(super) fn new<T: Scalar>(shares: &Conv<T>, input: Shape, segments: &Segments) -> Option<Self> {
        T::as_f32s(&shares.weights)?;
        if (input.maps, input.rows, shares.groups, shares.stride) != (1, shares.rows, 1, 1) {
            return None;
        }
        let (maps, kernel) = (shares.maps_out, shares.rows * shares.taps);
        let later = shares.weights.chunks_exact(shares.taps).flat_map(|taps| {
            let from = |tap: usize| taps[tap..].iter().map(|share| share.as_f64()).sum::<f64>() as f32;
            (1..taps.len()).map(from).chain([from(0)]).collect::<Vec<f32>>()
        });
        let bounds = segments.bounds.clone();
        let steps = Conv::zeros(bounds.len(), maps, 1, 1);
        Some(Self {
            sums: PackedConv::new(&steps, Shape::new(maps, 1, kernel))?,
            steps,
            later: later.collect(),
            stepped: vec![0.0; kernel * bounds.len()],
            taps: shares.taps,
            before: shares.padding[0],
            bounds,
            samples: input.samples,
        })
    }

    /// Takes `Bᵀd` from `relevance`, where `d` has a value for each segment of each map, `[segments, maps]`. Says whether it
    /// could.
    pub(super) fn subtract<T: Scalar>(&mut self, d: &[f64], relevance: &mut [T]) -> bool {
        let Some(relevance) = T::as_f32s_mut(relevance) else { return false };
        let maps = self.steps.maps_in;
        let (first, others) = self.steps.weights.split_at_mut(maps);
        first.iter_mut().zip(d).for_each(|(step, d)| *step = *d as f32);
        // Behind the last segment there is nothing.
        let after = d[maps..].iter().copied().chain(std::iter::repeat_n(0.0, maps));
        others.iter_mut().zip(after.zip(d)).for_each(|(step, (after, before))| *step = (after - before) as f32);
        self.sums.set(&self.steps);
        self.sums.run(&self.later, &mut self.stepped);
        for (channel, relevance) in relevance.chunks_exact_mut(self.samples).enumerate() {
            self.subtract_from(channel, relevance);
        }
        true
    }

    fn subtract_from(&self, channel: usize, relevance: &mut [f32]) {
        let kernel = self.stepped.len() / self.bounds.len();
        // Samples before the first are in the padding.
        let sample = |n: usize| n.saturating_sub(self.before).min(self.samples);
        let mut level = 0.0_f64;
        for (n, stepped) in self.stepped.chunks_exact(kernel).enumerate() {
            let Some((all, later)) = stepped[channel * self.taps..][..self.taps].split_last() else { return };
            let begin = self.bounds[n];
            let end = self.bounds.get(n + 1).copied().unwrap_or(usize::MAX);
            level += f64::from(*all);
            let below = level as f32;
            relevance[sample(begin)..sample(end)].iter_mut().for_each(|r| *r -= below);
            let first = self.before.saturating_sub(begin).min(later.len());
            let reached = &mut relevance[sample(begin)..];
            reached.iter_mut().zip(&later[first..]).for_each(|(r, later)| *r += *later);
        }
    }
}
