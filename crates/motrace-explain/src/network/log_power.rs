use super::head::Head;
use super::linear::Linear;
use super::linear_step::total;
use super::plan::Plan;
use super::reference::log_power_of;
use super::step::{Elementwise, Step, passing};
use super::{Bias, ExplainNetworkError, NetworkReference};
use crate::secant::secant;
use motrace_core::LayerLedger;
use motrace_net::{Conv, Pool, Scalar, Shape};

/// A reference further than this from the middle between two class means, in their distances, is no reference any more.
const FURTHEST: f64 = 5.0;

/// Convolution → square → mean pool → log → dense, explained as one by the secant of the logarithm.
///
/// For filter k and pooling window j, with `g = ln(p/p̄)/(p − p̄)`, the class boundary `p̄` and the last layer's weights V:
/// `A_kt = Σ_{j∋t} V_kj g_kj/|pool|`, `R = x ⊙ Wᵀ(A ⊙ s) − Bᵀ(Σ_{j∋t} V_kj g_kj p̄_kj/|pool|)`. Of the power `s·(Wx + b)` the
/// second part has no input; with [`Bias::LeftOut`] it is shared out as the power at the boundary is, by B, and
/// `ΣR = f − f₀` to rounding; with [`Bias::InLedger`] the bias keeps it.
#[derive(Debug, Clone)]
pub(super) struct LogPowerBlock<T> {
    /// The step of the convolution; square, mean pool and log follow.
    pub first: usize,
    names: [&'static str; 4],
    conv: Linear<T>,
    shares: Linear<T>,
    biases: Option<Vec<f64>>,
    bias: Bias,
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
    /// A ⊙ s, and what the shares are given.
    sources: Vec<T>,
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
        bias: Bias,
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
        Ok(Some(Self {
            first,
            names: [step.name, *square, pool_step.name, *log],
            outside: outside(&shares, *input, *output),
            shares: Linear::Conv { conv: shares, input: *input, output: *output },
            biases: conv.bias.as_ref().map(|bias| bias.iter().map(|b| b.as_f64()).collect()),
            bias,
            output: *output,
            pool: *pool,
            pooled: *pooled,
            floor: *floor,
            roots: roots(&plan.head, &reference.log_means),
            slopes: vec![0.0; pooled.len()],
            at_root: vec![0.0; pooled.len()],
            sources: vec![T::zero(); output.len()],
            spread: vec![T::zero(); output.len()],
            back: vec![T::zero(); input.len()],
            conv: step.linear.clone(),
        }))
    }

    /// Hands what starts at the head down to what reaches the convolution.
    ///
    /// `values` are those of all steps from the convolution on. Ledgers are written from the head's to the convolution's.
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
        self.share_bias(s);
        let (of_samples, of_bias) = self.spread(s);

        relevance_in.fill(T::zero());
        self.conv.add_transposed(super::linear::Part::whole(), &self.sources, relevance_in);
        self.back.fill(T::zero());
        self.shares.add_transposed(super::linear::Part::whole(), &self.spread, &mut self.back);
        for ((r, x), back) in relevance_in.iter_mut().zip(x).zip(&self.back) {
            *r = *r * *x - *back;
        }
        let lost: f64 = self.spread.iter().zip(&self.outside).map(|(spread, outside)| spread.as_f64() * outside).sum();

        let [conv, square, pool, log] = self.names;
        let (bias, unassigned) = (if self.bias == Bias::InLedger { of_bias } else { 0.0 }, -lost);
        ledgers.extend([
            LayerLedger { bias: at_root.offset, ..passing("dense", beyond_root, aim.relevance) },
            passing(log, beyond_root, beyond_root),
            passing(pool, of_samples, beyond_root),
            passing(square, of_samples, of_samples),
            LayerLedger { bias, unassigned, ..passing(conv, total(relevance_in), of_samples) },
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

    /// Takes what the bias has in each pooled power out of what is shared as the power at the root.
    fn share_bias(&mut self, s: &[T]) {
        let (Bias::LeftOut, Some(biases)) = (self.bias, &self.biases) else { return };
        let per_map = self.pooled.rows * self.pooled.samples;
        let size = self.pool.window as f64;
        for (n, (at_root, slope)) in self.at_root.iter_mut().zip(&self.slopes).enumerate() {
            let (row, window) = (n / self.pooled.samples, n % self.pooled.samples);
            let first = row * self.output.samples + window * self.pool.stride;
            *at_root -= slope * biases[n / per_map] * total(&s[first..][..self.pool.window]) / size;
        }
    }

    /// From pooling windows to samples: fills in A ⊙ s and what the shares are given. Gives the relevance of all samples, and
    /// what of it the bias has.
    fn spread(&mut self, s: &[T]) -> (f64, f64) {
        let share = 1.0 / self.pool.window as f64;
        self.sources.fill(T::zero());
        self.spread.fill(T::zero());
        let samples = self.output.samples;
        let rows = self.sources.chunks_exact_mut(samples).zip(self.spread.chunks_exact_mut(samples));
        let pooled = self.slopes.chunks_exact(self.pooled.samples).zip(self.at_root.chunks_exact(self.pooled.samples));
        let (mut relevance, mut of_bias) = (0.0, 0.0);
        for (row, (((sources, spread), (slopes, at_root)), s)) in
            rows.zip(pooled).zip(s.chunks_exact(samples)).enumerate()
        {
            for (j, (slope, at_root)) in slopes.iter().zip(at_root).enumerate() {
                let window = j * self.pool.stride..j * self.pool.stride + self.pool.window;
                let (slope, at_root) = (T::of(slope * share), T::of(at_root * share));
                for (a, d) in sources[window.clone()].iter_mut().zip(&mut spread[window]) {
                    *a += slope;
                    *d += at_root;
                }
            }
            let bias = self.biases.as_ref().map_or(0.0, |biases| biases[row / self.output.rows]);
            let mut at_row = 0.0;
            for ((a, d), s) in sources.iter_mut().zip(&*spread).zip(s) {
                *a *= *s;
                relevance += (*a * *s).as_f64() - d.as_f64();
                at_row += a.as_f64();
            }
            of_bias += bias * at_row;
        }
        // What is shared out of the bias's part went from one to the other.
        if self.bias == Bias::LeftOut { (relevance - of_bias, of_bias) } else { (relevance, of_bias) }
    }
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
