use super::linear::{Linear, each_tap};
use super::plan::Plan;
use super::step::Step;
use super::{Composite, ExplainNetworkError};
use motrace_net::{Batch, Conv, Network, Scalar};

/// Shares that add up to less than this part of their sum of magnitudes say nothing: the filter sees no signal.
const LEAST_SUM: f64 = 1e-6;

/// What the log-powers of a network are measured against, from the windows that it was trained on.
///
/// Zero input is not neutral to a network of log-powers, so its reference comes from data: the mean log-powers of each class,
/// between which the class boundary is found, and how the power of each filter comes from its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkReference {
    /// The mean of each log-power in the windows of each class, `[classes, log-powers]`.
    pub log_means: Vec<Vec<f64>>,
    /// `B_kcτ ∝ W_kcτ · E[x_{c,t+τ} s_kt]`, the share of each weight of the convolution in the power of its filter; in the
    /// convolution's own shape, `[maps, maps in, rows, samples]`. The shares of each map add up to 1.
    pub shares: Vec<f64>,
}

impl NetworkReference {
    /// The reference of a merged network; `None` where it takes no log-powers and needs none.
    ///
    /// `windows` are those it was trained on, `labels` their classes, counted from 0.
    ///
    /// # Errors
    /// Where the windows do not fit the network or the labels, a class has none, or a layer has no rule.
    pub fn fit<T: Scalar>(
        network: &Network<T>,
        windows: &Batch<T>,
        labels: &[usize],
    ) -> Result<Option<Self>, ExplainNetworkError> {
        let mut plan = Plan::new(network, &Composite::default())?;
        let Some((at, conv)) = log_power_of(&plan) else { return Ok(None) };
        let conv = conv.clone();
        if windows.shape != plan.input {
            return Err(ExplainNetworkError::Windows { found: windows.shape, expected: plan.input });
        }
        if labels.len() != windows.windows() {
            return Err(ExplainNetworkError::Labels { labels: labels.len(), windows: windows.windows() });
        }
        let classes = plan.head.classes;
        let mut log_means = vec![vec![0.0; plan.lengths[at + 4]]; classes];
        let mut counts = vec![0_usize; classes];
        let mut shares = vec![0.0; conv.weights.len()];
        let mut values = plan.room();
        for (window, label) in windows.each().zip(labels) {
            let (Some(mean), Some(count)) = (log_means.get_mut(*label), counts.get_mut(*label)) else {
                return Err(ExplainNetworkError::Reference {
                    what: "classes",
                    found: label.saturating_add(1),
                    expected: classes,
                });
            };
            values[0].copy_from_slice(window);
            plan.forward(&mut values);
            *count += 1;
            mean.iter_mut().zip(&values[at + 4]).for_each(|(mean, log)| *mean += log.as_f64());
            if let Step::Linear(step) = &plan.steps[at]
                && let Linear::Conv { input, output, .. } = &step.linear
            {
                let (x, s) = (&values[at], &values[at + 1]);
                each_tap(&conv, *input, *output, |weight, from, to, count| {
                    shares[weight] += product_sum(&s[to..to + count], &x[from..], conv.stride);
                });
            }
        }
        if let Some(class) = counts.iter().position(|count| *count == 0) {
            return Err(ExplainNetworkError::EmptyClass { class });
        }
        for (mean, count) in log_means.iter_mut().zip(counts) {
            mean.iter_mut().for_each(|log| *log /= count as f64);
        }
        for (shares, kernel) in shares.chunks_exact_mut(conv.kernel_len()).zip(conv.weights.chunks(conv.kernel_len())) {
            normalise(shares, kernel);
        }
        let reference = Self { log_means, shares };
        reference.check(&plan)?;
        Ok(Some(reference))
    }

    /// Whether it belongs to this plan's network.
    pub(super) fn check<T: Scalar>(&self, plan: &Plan<T>) -> Result<(), ExplainNetworkError> {
        let (log_powers, weights) = match log_power_of(plan) {
            Some((at, conv)) => (plan.lengths[at + 4], conv.weights.len()),
            None => (0, 0),
        };
        let same = |what, found: usize, expected: usize| {
            if found == expected { Ok(()) } else { Err(ExplainNetworkError::Reference { what, found, expected }) }
        };
        same("classes", self.log_means.len(), plan.head.classes)?;
        for mean in &self.log_means {
            same("log-powers", mean.len(), log_powers)?;
        }
        same("shares", self.shares.len(), weights)?;
        if self.log_means.iter().flatten().chain(&self.shares).all(|number| number.is_finite()) {
            Ok(())
        } else {
            Err(ExplainNetworkError::ReferenceNotFinite)
        }
    }
}

/// The step of a plan whose output is squared, pooled and taken the logarithm of.
pub(super) fn log_power_of<T: Scalar>(plan: &Plan<T>) -> Option<(usize, &Conv<T>)> {
    let at = plan.log_power?;
    match plan.steps.get(at)? {
        Step::Linear(step) => match &step.linear {
            Linear::Conv { conv, .. } => Some((at, conv)),
            Linear::Dense(_) | Linear::MeanPool { .. } => None,
        },
        Step::Elementwise { .. } | Step::MaxPool { .. } => None,
    }
}

/// Makes `E[x s]` the shares `W E[x s]`, with the sum 1.
fn normalise<T: Scalar>(shares: &mut [f64], kernel: &[T]) {
    shares.iter_mut().zip(kernel).for_each(|(share, w)| *share *= w.as_f64());
    let (sum, magnitude) = shares.iter().fold((0.0, 0.0), |(sum, all), share| (sum + share, all + share.abs()));
    if sum > LEAST_SUM * magnitude && sum.is_finite() {
        return shares.iter_mut().for_each(|share| *share /= sum);
    }
    // A filter that sees no signal has a power of its own bias: its inputs are all alike, but for their weights.
    let squares: f64 = kernel.iter().map(|w| w.as_f64() * w.as_f64()).sum();
    let equal = 1.0 / kernel.len().max(1) as f64;
    for (share, w) in shares.iter_mut().zip(kernel) {
        *share = if squares > 0.0 { w.as_f64() * w.as_f64() / squares } else { equal };
    }
}

/// `Σ s_t x_{t·stride}`, in several partial sums, so that they can run side by side.
fn product_sum<T: Scalar>(s: &[T], x: &[T], stride: usize) -> f64 {
    const LANES: usize = 16;
    let mut sums = [T::zero(); LANES];
    if stride == 1 {
        let (s, x) = (s.chunks_exact(LANES), x[..s.len()].chunks_exact(LANES));
        let rest = s.remainder().iter().zip(x.remainder());
        rest.zip(&mut sums).for_each(|((s, x), sum)| *sum += *s * *x);
        for (s, x) in s.zip(x) {
            for n in 0..LANES {
                sums[n] += s[n] * x[n];
            }
        }
    } else {
        sums[0] = s.iter().zip(x.iter().step_by(stride)).map(|(s, x)| *s * *x).sum();
    }
    sums.iter().map(|sum| sum.as_f64()).sum()
}
