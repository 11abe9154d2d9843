use super::head::Head;
use super::linear::{Linear, Part};
use super::linear_step::total;
use super::plan::Plan;
use super::reference::log_power_of;
use super::segments::Segments;
use super::share_steps::ShareSteps;
use super::step::{Elementwise, Step, passing};
use super::{ExplainNetworkError, NetworkReference};
use crate::secant::secant;
use motrace_core::LayerLedger;
use motrace_net::{Conv, Pool, Scalar, Shape};

/// A reference further than this from the middle between two class means, in their distances, is no reference any more.
const FURTHEST: f64 = 5.0;

/// Convolution → square → mean pool → log → dense, explained as one by the secant of the logarithm.
///
/// For filter k and pooling window j, with `g = ln(p/p̄)/(p − p̄)`, the class boundary `p̄` and the last layer's weights V:
/// `A_kt = Σ_{j∋t} V_kj g_kj/|pool|`, `R = x ⊙ Wᵀ(A ⊙ s) − Bᵀ(Σ_{j∋t} V_kj g_kj p̄_kj/|pool|)`. Of the power `s·(Wx + b)` the
/// second part has no input: it is shared out as the power at the boundary is, by B, so that `ΣR = f − f₀` to rounding.
#[derive(Debug, Clone)]
pub(super) struct LogPowerBlock<T> {
    /// The step of the convolution; square, mean pool and log follow.
    pub first: usize,
    names: [&'static str; 4],
    conv: Linear<T>,
    shares: Linear<T>,
    steps: Option<ShareSteps>,
    segments: Segments,
    biases: Option<Vec<f64>>,
    output: Shape,
    pool: Pool,
    pooled: Shape,
    floor: f64,
    /// What of the shares falls outside of the input, `[maps, samples]`; empty where nothing does.
    outside: Vec<f64>,
    /// For each class and each other class.
    roots: Vec<Vec<Root>>,
    /// `Σ V g` and `Σ V g p̄` of each log-power.
    slopes: Vec<f64>,
    at_root: Vec<f64>,
    /// Σ s, Σ s², and what the shares are given at each sample, of each segment.
    sums: Vec<f64>,
    squares: Vec<f64>,
    given: Vec<f64>,
    /// Of one row: sums up to each window or segment, sums over the segments of each window, and over the windows of each
    /// segment.
    running: Vec<f64>,
    of_windows: Vec<f64>,
    gains: Vec<f64>,
    roots_of_segments: Vec<f64>,
    /// A ⊙ s.
    sources: Vec<T>,
    /// What the shares are given, and what comes of it; used where the shares are no steps.
    spread: Vec<T>,
    back: Vec<T>,
}

/// Where the network is undecided between two classes.
#[derive(Debug, Clone)]
struct Root {
    /// p̄ of each log-power.
    powers: Vec<f64>,
    /// What the difference of the two classes is there.
    offset: f64,
    is_beyond_classes: bool,
}

/// What starts at the head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim<'a> {
    /// The class that is explained.
    pub class: usize,
    /// π of its differences to the others.
    pub weights: &'a [f64],
    /// Σ h π.
    pub relevance: f64,
}

/// What the block has to say beside relevance.
pub(super) struct AtRoot {
    pub offset: f64,
    pub is_beyond_classes: bool,
}

impl<T: Scalar> LogPowerBlock<T> {
    /// The block of a plan; `None` where it has none.
    pub(super) fn new(
        plan: &Plan<T>,
        reference: Option<&NetworkReference>,
    ) -> Result<Option<Self>, ExplainNetworkError> {
        let Some((first, conv)) = log_power_of(plan) else { return Ok(None) };
        let [Step::Linear(step), Step::Elementwise { name: square, .. }, Step::Linear(pool_step), log] =
            &plan.steps[first..]
        else {
            return Ok(None);
        };
        let (
            Linear::Conv { input, output, .. },
            Linear::MeanPool { pool, output: pooled, .. },
            Step::Elementwise { name: log, function: Elementwise::Log { floor } },
        ) = (&step.linear, &pool_step.linear, log)
        else {
            return Ok(None);
        };
        let reference = reference.ok_or(ExplainNetworkError::NoReference)?;
        reference.check(plan)?;
        let share_weights = reference.shares.iter().map(|share| T::of(*share)).collect();
        let shares = Conv { weights: share_weights, bias: None, ..conv.clone() };
        let segments = Segments::new(*pool, output.samples, pooled.samples);
        let all_segments = vec![0.0; segments.len() * output.maps * output.rows];
        Ok(Some(Self {
            first,
            names: [step.name, *square, pool_step.name, *log],
            outside: outside(&shares, *input, *output),
            steps: ShareSteps::new(&shares, *input, &segments),
            shares: Linear::Conv { conv: shares, input: *input, output: *output, kernels: None },
            biases: conv.bias.as_ref().map(|bias| bias.iter().map(|b| b.as_f64()).collect()),
            output: *output,
            pool: *pool,
            pooled: *pooled,
            floor: *floor,
            roots: roots(&plan.head, &reference.log_means),
            slopes: vec![0.0; pooled.len()],
            at_root: vec![0.0; pooled.len()],
            sums: all_segments.clone(),
            squares: all_segments.clone(),
            given: all_segments,
            running: vec![0.0; segments.len().max(pooled.samples) + 1],
            of_windows: vec![0.0; pooled.samples],
            gains: vec![0.0; segments.len()],
            roots_of_segments: vec![0.0; segments.len()],
            segments,
            sources: vec![T::zero(); output.len()],
            spread: vec![T::zero(); output.len()],
            back: vec![T::zero(); input.len()],
            conv: step.linear.clone(),
        }))
    }

    /// Fills in what reaches each step, but for the squares: their sums over segments are what relevance needs, and the pooled
    /// powers are sums of those.
    pub(super) fn forward(&mut self, plan: &mut Plan<T>, values: &mut [Vec<T>]) {
        plan.forward_through(0..self.first + 1, values);
        let [_, s, _, powers, ..] = &mut values[self.first..] else { return };
        self.sum_segments(s);
        let window = self.pool.window as f64;
        let rows = powers.chunks_exact_mut(self.pooled.samples).zip(self.squares.chunks_exact(self.segments.len()));
        for (powers, squares) in rows {
            self.segments.of_windows(squares, &mut self.running, &mut self.of_windows);
            for (power, sum) in powers.iter_mut().zip(&self.of_windows) {
                *power = T::of(*sum / window);
            }
        }
        plan.forward_through(self.first + 3..plan.steps.len(), values);
    }

    /// Hands what starts at the head down to what reaches the convolution.
    ///
    /// `values` are those of all steps from the convolution on, from [`forward`](Self::forward). Ledgers are written from the head's to the convolution's.
    pub(super) fn relevance(
        &mut self,
        head: &Head<T>,
        aim: Aim<'_>,
        values: &[Vec<T>],
        relevance_in: &mut [T],
        ledgers: &mut Vec<LayerLedger>,
    ) -> AtRoot {
        let [x, s, _, powers, ..] = values else { return AtRoot { offset: f64::NAN, is_beyond_classes: true } };
        let (beyond_root, at_root) = self.beyond_root(head, aim, powers);
        self.share_bias();
        let (of_samples, lost) = self.spread(s);
        self.conv.transposed(Part::whole(), &self.sources, relevance_in);
        relevance_in.iter_mut().zip(x).for_each(|(r, x)| *r *= *x);
        self.subtract_shares(relevance_in);

        let [conv, square, pool, log] = self.names;
        let unassigned = -lost;
        ledgers.extend([
            LayerLedger { bias: at_root.offset, ..passing("dense", beyond_root, aim.relevance) },
            passing(log, beyond_root, beyond_root),
            passing(pool, of_samples, beyond_root),
            passing(square, of_samples, of_samples),
            LayerLedger { unassigned, ..passing(conv, total(relevance_in), of_samples) },
        ]);
        at_root
    }

    /// Fills in the slopes, and `Σ V g p̄`; gives what the log-powers say beyond the root.
    fn beyond_root(&mut self, head: &Head<T>, aim: Aim<'_>, powers: &[T]) -> (f64, AtRoot) {
        self.slopes.fill(0.0);
        self.at_root.fill(0.0);
        let (mut beyond, mut offset, mut is_beyond_classes) = (0.0, 0.0, false);
        let (Some(rows), Some(roots)) = (head.rows(aim.class), self.roots.get(aim.class)) else {
            return (f64::NAN, AtRoot { offset: f64::NAN, is_beyond_classes: true });
        };
        for (row, (root, pi)) in roots.iter().zip(aim.weights).enumerate() {
            offset += pi * root.offset;
            is_beyond_classes |= root.is_beyond_classes;
            let weighed = rows.row(row).iter().zip(powers).zip(&root.powers);
            for (((v, p), root), (slope, at_root)) in weighed.zip(self.slopes.iter_mut().zip(&mut self.at_root)) {
                let power = p.as_f64();
                let gain = pi * v.as_f64() * secant_above(power, *root, self.floor);
                *slope += gain;
                *at_root += gain * root;
                beyond += gain * (power - root);
            }
        }
        (beyond, AtRoot { offset, is_beyond_classes })
    }

    fn sum_segments(&mut self, s: &[T]) {
        let sums = self.sums.chunks_exact_mut(self.segments.len());
        let sums = sums.zip(self.squares.chunks_exact_mut(self.segments.len()));
        for (s, (sums, squares)) in s.chunks_exact(self.output.samples).zip(sums) {
            for ((stretch, _), (sum, square)) in self.segments.each().zip(sums.iter_mut().zip(squares)) {
                (*sum, *square) = sums_of(&s[stretch]);
            }
        }
    }

    /// Takes what the bias has in each pooled power out of what is shared as the power at the root.
    fn share_bias(&mut self) {
        let Some(biases) = &self.biases else { return };
        let rows = self.at_root.chunks_exact_mut(self.pooled.samples);
        let rows =
            rows.zip(self.slopes.chunks_exact(self.pooled.samples)).zip(self.sums.chunks_exact(self.segments.len()));
        for (row, ((at_root, slopes), sums)) in rows.enumerate() {
            let of_sum = biases[row / self.output.rows] / self.pool.window as f64;
            self.segments.of_windows(sums, &mut self.running, &mut self.of_windows);
            for ((at_root, slope), sum) in at_root.iter_mut().zip(slopes).zip(&self.of_windows) {
                *at_root -= slope * of_sum * sum;
            }
        }
    }

    /// From pooling windows to samples: fills in A ⊙ s, and what the shares are given. Gives the relevance of all samples,
    /// and what the shares would give to the padding.
    fn spread(&mut self, s: &[T]) -> (f64, f64) {
        let (share, samples) = (1.0 / self.pool.window as f64, self.output.samples);
        let (mut relevance, mut of_bias, mut lost) = (0.0, 0.0, 0.0);
        for row in 0..self.output.maps * self.output.rows {
            let pooled = row * self.pooled.samples;
            let pooled = pooled..pooled + self.pooled.samples;
            self.segments.of_segments(&self.slopes[pooled.clone()], &mut self.running, &mut self.gains);
            self.segments.of_segments(&self.at_root[pooled], &mut self.running, &mut self.roots_of_segments);
            let bias = self.biases.as_ref().map_or(0.0, |biases| biases[row / self.output.rows]);
            for (n, (stretch, _)) in self.segments.each().enumerate() {
                let segment = row * self.segments.len() + n;
                let (slope, given) = (share * self.gains[n], share * self.roots_of_segments[n]);
                relevance += slope * self.squares[segment] - given * stretch.len() as f64;
                of_bias += slope * bias * self.sums[segment];
                self.given[segment] = given;
                let stretch = row * samples + stretch.start..row * samples + stretch.end;
                if !self.outside.is_empty() {
                    lost += given * self.outside[stretch.clone()].iter().sum::<f64>();
                }
                let slope = T::of(slope);
                self.sources[stretch.clone()].iter_mut().zip(&s[stretch]).for_each(|(a, s)| *a = slope * *s);
            }
        }
        // What is shared out of the bias's part went from one to the other.
        (relevance - of_bias, lost)
    }

    /// Takes from the relevance what the shares are given.
    fn subtract_shares(&mut self, relevance: &mut [T]) {
        if let Some(steps) = &mut self.steps
            && steps.subtract(&self.given, relevance)
        {
            return;
        }
        let rows = self.spread.chunks_exact_mut(self.output.samples).zip(self.given.chunks_exact(self.segments.len()));
        for (spread, given) in rows {
            for ((stretch, _), given) in self.segments.each().zip(given) {
                spread[stretch].fill(T::of(*given));
            }
        }
        self.shares.transposed(Part::whole(), &self.spread, &mut self.back);
        relevance.iter_mut().zip(&self.back).for_each(|(r, back)| *r -= *back);
    }
}

/// Σ s and Σ s², in four parts each that do not wait for one another.
fn sums_of<T: Scalar>(s: &[T]) -> (f64, f64) {
    let (mut sums, mut squares) = ([T::zero(); 4], [T::zero(); 4]);
    let (fours, rest) = s.as_chunks::<4>();
    for four in fours {
        for ((sum, square), s) in sums.iter_mut().zip(&mut squares).zip(four) {
            *sum += *s;
            *square += *s * *s;
        }
    }
    for ((sum, square), s) in sums.iter_mut().zip(&mut squares).zip(rest) {
        *sum += *s;
        *square += *s * *s;
    }
    let whole = |[a, b, c, d]: [T; 4]| ((a + c) + (b + d)).as_f64();
    (whole(sums), whole(squares))
}

/// The chord of `ln max(p, floor)` from the root to a power; the root is at or above the floor.
fn secant_above(power: f64, root: f64, floor: f64) -> f64 {
    if power < floor && power < root { (floor / root).ln() / (power - root) } else { secant(power, root) }
}

/// For each class and each other class the point between their means where the two are even: `L(a) = L_j + a (L_c − L_j)`.
fn roots<T: Scalar>(head: &Head<T>, log_means: &[Vec<f64>]) -> Vec<Vec<Root>> {
    let at = |class: usize| {
        let rows = head.rows(class);
        (0..head.classes).filter(move |other| *other != class).enumerate().map(move |(row, other)| {
            let (from, to) = (&log_means[other], &log_means[class]);
            let says = |logs: &[f64]| {
                rows.map_or(f64::NAN, |rows| {
                    rows.row(row).iter().zip(logs).map(|(w, log)| w.as_f64() * log).sum::<f64>()
                        + rows.bias_of(row).as_f64()
                })
            };
            let (at_from, at_to) = (says(from), says(to));
            let even = -at_from / (at_to - at_from);
            // Where the class means tell the network nothing, their middle has to do, and f₀ is what it says there.
            let place = if (even - 0.5).abs() <= FURTHEST { even } else { 0.5 };
            let logs: Vec<f64> = from.iter().zip(to).map(|(from, to)| from + place * (to - from)).collect();
            Root {
                offset: says(&logs),
                powers: logs.iter().map(|log| log.exp()).collect(),
                is_beyond_classes: !(0.0..=1.0).contains(&even),
            }
        })
    };
    (0..head.classes).map(|class| at(class).collect()).collect()
}

/// For each output the shares whose inputs lie in the padding; empty where there are none.
fn outside<T: Scalar>(shares: &Conv<T>, input: Shape, output: Shape) -> Vec<f64> {
    if shares.padding == [0, 0] {
        return Vec::new();
    }
    let mut outside = vec![1.0; output.len()];
    super::linear::each_tap(shares, input, output, |weight, _, to, count| {
        let share = shares.weights[weight].as_f64();
        outside[to..to + count].iter_mut().for_each(|outside| *outside -= share);
    });
    outside
}
