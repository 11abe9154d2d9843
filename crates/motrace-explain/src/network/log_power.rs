use super::head::Head;
use super::linear::{Linear, Part};
use super::linear_step::total;
use super::plan::Plan;
use super::reference::log_power_of;
use super::secants::secants;
use super::segments::Segments;
use super::share_steps::ShareSteps;
use super::sources::Sources;
use super::step::{Elementwise, Step, passing};
use super::{ExplainNetworkError, NetworkReference};
use motrace_core::LayerLedger;
use motrace_net::{Conv, Scalar, Shape};

/// A reference further than this from the middle between two class means, in their distances, is no reference any more.
const FURTHEST: f64 = 5.0;

/// Convolution → square → mean pool → log → dense, explained as one by the secant of the logarithm.
///
/// For filter k and pooling window j, with `g = ln(p/p̄)/(p − p̄)`, the class boundary `p̄` and the last layer's weights V:
/// `A_kt = Σ_{j∋t} V_kj g_kj/|pool|`, `R = x ⊙ Wᵀ(A ⊙ s) − Bᵀ(Σ_{j∋t} V_kj g_kj p̄_kj/|pool|)`. Of the power `s·(Wx + b)` the
/// second part has no input: it is shared out as the power at the boundary is, by B, so that `ΣR = f − f₀` to rounding.
///
/// What belongs to pooling windows is laid out as `[windows, rows]`, what belongs to segments as `[segments, rows]`: rows, of
/// which each map has as many as the convolution's output, are worked on side by side.
#[derive(Debug, Clone)]
pub(super) struct LogPowerBlock<T> {
    /// The step of the convolution; square, mean pool and log follow.
    pub first: usize,
    names: [&'static str; 4],
    sources: Sources<T>,
    shares: Linear<T>,
    steps: Option<ShareSteps>,
    segments: Segments,
    /// Of each row; empty where there is none.
    biases: Vec<f64>,
    output: Shape,
    window: f64,
    floor: f64,
    /// What of the shares falls outside of the input, of each segment; empty where nothing does.
    outside: Vec<f64>,
    /// For each class and each other class.
    roots: Vec<Vec<Root>>,
    /// Of each window: its power, `Σ V g` and `Σ V g p̄`, and what is summed up for it.
    powers: Vec<f64>,
    slopes: Vec<f64>,
    at_root: Vec<f64>,
    of_windows: Vec<f64>,
    /// Of each segment: Σ s, Σ s², A, and what the shares are given at each sample.
    sums: Vec<f64>,
    squares: Vec<f64>,
    gains: Vec<f64>,
    given: Vec<f64>,
    /// Sums up to each window or segment.
    running: Vec<f64>,
    /// Of each row: its relevance, and that of its bias.
    of_rows: Vec<[f64; 2]>,
    /// What the shares are given, and what comes of it; used where the shares are no steps.
    spread: Vec<T>,
    back: Vec<T>,
}

/// Where the network is undecided between two classes.
#[derive(Debug, Clone)]
struct Root {
    /// V of each log-power.
    weights: Vec<f64>,
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
        let rows = output.maps * output.rows;
        let (all_segments, all_windows) = (vec![0.0; segments.len() * rows], vec![0.0; pooled.samples * rows]);
        let of_rows = |bias: &Vec<T>| bias.iter().flat_map(|b| vec![b.as_f64(); output.rows]).collect();
        Ok(Some(Self {
            first,
            names: [step.name, *square, pool_step.name, *log],
            sources: Sources::new(&step.linear, &segments),
            outside: outside(&shares, *input, *output, &segments),
            steps: ShareSteps::new(&shares, *input, &segments),
            shares: Linear::Conv { conv: shares, input: *input, output: *output, kernels: None },
            biases: conv.bias.as_ref().map(of_rows).unwrap_or_default(),
            output: *output,
            window: pool.window as f64,
            floor: *floor,
            roots: roots(&plan.head, &reference.log_means, pooled.samples),
            powers: all_windows.clone(),
            slopes: all_windows.clone(),
            at_root: all_windows.clone(),
            of_windows: all_windows,
            sums: all_segments.clone(),
            squares: all_segments.clone(),
            gains: all_segments.clone(),
            given: all_segments,
            running: vec![0.0; (segments.len().max(pooled.samples) + 1) * rows],
            of_rows: vec![[0.0; 2]; rows],
            segments,
            spread: vec![T::zero(); output.len()],
            back: vec![T::zero(); input.len()],
        }))
    }

    fn rows(&self) -> usize {
        self.of_rows.len()
    }

    /// Fills in what reaches each step, but for the squares and, where they stay inside, the outputs of the convolution: their
    /// sums over segments are what relevance needs, and the pooled powers are sums of those.
    pub(super) fn forward(&mut self, plan: &mut Plan<T>, values: &mut [Vec<T>]) {
        plan.forward_through(0..self.first, values);
        let [x, s, _, powers, ..] = &mut values[self.first..] else { return };
        self.sources.forward(x, s);
        self.sources.sums(s, &self.segments, &mut self.sums, &mut self.squares);
        let (rows, windows) = (self.rows(), self.powers.len() / self.rows());
        self.segments.of_windows(rows, &self.squares, &mut self.running, &mut self.powers);
        for (window, of_rows) in self.powers.chunks_exact_mut(rows).enumerate() {
            for (power, out) in of_rows.iter_mut().zip(powers[window..].iter_mut().step_by(windows)) {
                *out = T::of(*power / self.window);
                *power = out.as_f64();
            }
        }
        plan.forward_through(self.first + 3..plan.steps.len(), values);
    }

    /// Hands what starts at the head down to what reaches the convolution.
    ///
    /// `values` are those of all steps from the convolution on, from [`forward`](Self::forward), once for each time that it ran.
    /// Ledgers are written from the head's to the convolution's.
    pub(super) fn relevance(
        &mut self,
        aim: Aim<'_>,
        values: &[Vec<T>],
        relevance_in: &mut [T],
        ledgers: &mut Vec<LayerLedger>,
    ) -> AtRoot {
        let [x, s, ..] = values else { return AtRoot { offset: f64::NAN, is_beyond_classes: true } };
        let (beyond_root, at_root) = self.beyond_root(aim);
        self.share_bias();
        let (of_samples, lost) = self.spread();
        self.sources.hand_back(s, &self.segments, &self.gains, relevance_in);
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
    fn beyond_root(&mut self, aim: Aim<'_>) -> (f64, AtRoot) {
        self.slopes.fill(0.0);
        self.at_root.fill(0.0);
        let (mut beyond, mut offset, mut is_beyond_classes) = (0.0, 0.0, false);
        let Some(roots) = self.roots.get(aim.class) else {
            return (f64::NAN, AtRoot { offset: f64::NAN, is_beyond_classes: true });
        };
        for (root, pi) in roots.iter().zip(aim.weights) {
            offset += pi * root.offset;
            is_beyond_classes |= root.is_beyond_classes;
            secants(&self.powers, &root.powers, self.floor, &mut self.of_windows);
            let weighed = root.weights.iter().zip(&self.of_windows).zip(self.powers.iter().zip(&root.powers));
            for (((v, secant), (power, root)), (slope, at_root)) in
                weighed.zip(self.slopes.iter_mut().zip(&mut self.at_root))
            {
                let gain = pi * v * secant;
                *slope += gain;
                *at_root += gain * root;
                beyond += gain * (power - root);
            }
        }
        (beyond, AtRoot { offset, is_beyond_classes })
    }

    /// Takes what the bias has in each pooled power out of what is shared as the power at the root.
    fn share_bias(&mut self) {
        if self.biases.is_empty() {
            return;
        }
        let rows = self.rows();
        self.segments.of_windows(rows, &self.sums, &mut self.running, &mut self.of_windows);
        let windows = self.at_root.chunks_exact_mut(rows).zip(self.slopes.chunks_exact(rows));
        for ((at_root, slopes), sums) in windows.zip(self.of_windows.chunks_exact(rows)) {
            for (((at_root, slope), sum), bias) in at_root.iter_mut().zip(slopes).zip(sums).zip(&self.biases) {
                *at_root -= slope * (bias / self.window) * sum;
            }
        }
    }

    /// From pooling windows to samples: fills in A, and what the shares are given. Gives the relevance of all samples, and
    /// what the shares would give to the padding.
    fn spread(&mut self) -> (f64, f64) {
        let (rows, share) = (self.rows(), 1.0 / self.window);
        let Self { segments, running, gains, given, of_rows, .. } = self;
        segments.of_segments(rows, &self.slopes, running, gains);
        segments.of_segments(rows, &self.at_root, running, given);
        gains.iter_mut().chain(given.iter_mut()).for_each(|value| *value *= share);
        of_rows.fill([0.0; 2]);
        let each = gains.chunks_exact(rows).zip(given.chunks_exact(rows)).zip(segments.each());
        for (((gains, given), (stretch, _)), squares) in each.zip(self.squares.chunks_exact(rows)) {
            let samples = stretch.len() as f64;
            for (([of_row, _], gain), (given, square)) in of_rows.iter_mut().zip(gains).zip(given.iter().zip(squares)) {
                *of_row += gain * square - given * samples;
            }
        }
        if !self.biases.is_empty() {
            for (gains, sums) in gains.chunks_exact(rows).zip(self.sums.chunks_exact(rows)) {
                for (([_, of_bias], gain), sum) in of_rows.iter_mut().zip(gains).zip(sums) {
                    *of_bias += gain * sum;
                }
            }
        }
        let relevance: f64 = of_rows.iter().map(|[of_row, _]| of_row).sum();
        let of_bias: f64 = of_rows.iter().zip(&self.biases).map(|([_, of_row], bias)| of_row * bias).sum();
        let lost = self.outside.iter().zip(given).map(|(outside, given)| outside * *given).sum();
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
        let rows = self.rows();
        for (row, spread) in self.spread.chunks_exact_mut(self.output.samples).enumerate() {
            for ((stretch, _), given) in self.segments.each().zip(self.given.chunks_exact(rows)) {
                spread[stretch].fill(T::of(given[row]));
            }
        }
        self.shares.transposed(Part::whole(), &self.spread, &mut self.back);
        relevance.iter_mut().zip(&self.back).for_each(|(r, back)| *r -= *back);
    }
}

/// For each class and each other class the point between their means where the two are even: `L(a) = L_j + a (L_c − L_j)`.
/// There are so many windows.
fn roots<T: Scalar>(head: &Head<T>, log_means: &[Vec<f64>], windows: usize) -> Vec<Vec<Root>> {
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
            let says_of: Vec<f64> = rows.into_iter().flat_map(|rows| rows.row(row)).map(|w| w.as_f64()).collect();
            Root {
                offset: says(&logs),
                weights: by_window(&says_of, windows),
                powers: by_window(&logs, windows).iter().map(|log| log.exp()).collect(),
                is_beyond_classes: !(0.0..=1.0).contains(&even),
            }
        })
    };
    (0..head.classes).map(|class| at(class).collect()).collect()
}

/// Of `[rows, windows]` makes `[windows, rows]`.
fn by_window(values: &[f64], windows: usize) -> Vec<f64> {
    (0..windows).flat_map(|window| values[window..].iter().step_by(windows).copied()).collect()
}

/// For each segment and row the shares of its outputs whose inputs lie in the padding; empty where there are none.
fn outside<T: Scalar>(shares: &Conv<T>, input: Shape, output: Shape, segments: &Segments) -> Vec<f64> {
    if shares.padding == [0, 0] {
        return Vec::new();
    }
    let mut outside = vec![1.0; output.len()];
    super::linear::each_tap(shares, input, output, |weight, _, to, count| {
        let share = shares.weights[weight].as_f64();
        outside[to..to + count].iter_mut().for_each(|outside| *outside -= share);
    });
    let of_segment = |(stretch, _): (std::ops::Range<usize>, _)| {
        outside
            .chunks_exact(output.samples)
            .map(move |row| row[stretch.clone()].iter().sum::<f64>())
            .collect::<Vec<_>>()
    };
    segments.each().flat_map(of_segment).collect()
}
