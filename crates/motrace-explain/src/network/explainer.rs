use super::head::{Target, softmin};
use super::linear_step::{RuleScratch, magnitude, total};
use super::log_power::{Aim, LogPowerBlock};
use super::plan::Plan;
use super::step::{Step, passing};
use super::{Composite, ExplainNetworkError, NetworkReference, NetworkRelevance};
use motrace_core::{LayerLedger, Ledger};
use motrace_net::{Network, Scalar};
use ndarray::Array2;

/// Explains the decisions of one network by layer-wise relevance propagation (Bach et al. 2015).
///
/// A decision starts as the difference of two classes at the last layer, and each layer hands it down by the rule that a
/// [`Composite`] names for it. Elementwise functions pass it on, mean pools share it as a linear layer, of a max pool the
/// winner takes all (of equal ones, the first). What layers keep for themselves stands in the ledger of each explanation.
///
/// It holds all that it needs: [`explain`](Self::explain) allocates nothing.
#[derive(Debug, Clone)]
pub struct NetworkExplainer<T> {
    plan: Plan<T>,
    log_power: Option<LogPowerBlock<T>>,
    /// What reaches each step, and the head.
    values: Vec<Vec<T>>,
    /// The differences of the explained class to the others, π of them, and what starts with each.
    differences: Vec<T>,
    weights: Vec<f64>,
    seeds: Vec<T>,
    /// Relevance on its way down: of what comes out of a layer, and of what goes in.
    above: Vec<T>,
    below: Vec<T>,
    scratch: RuleScratch<T>,
    out: NetworkRelevance<T>,
}

impl<T: Scalar> NetworkExplainer<T> {
    /// An explainer of a network as it runs: merge it first ([`Network::merged`]).
    ///
    /// Networks of log-powers need the reference that [`NetworkReference::fit`] makes, unless the composite lets relevance
    /// pass there.
    ///
    /// # Errors
    /// Where a layer has no rule, a rule is not sound, or the reference is missing or belongs to another network.
    pub fn new(
        network: &Network<T>,
        composite: &Composite,
        reference: Option<&NetworkReference>,
    ) -> Result<Self, ExplainNetworkError> {
        let plan = Plan::new(network, composite)?;
        let log_power = LogPowerBlock::new(&plan, reference)?;
        let mut scratch = RuleScratch::default();
        let linears = plan.steps.iter().filter_map(|step| match step {
            Step::Linear(step) => Some(step),
            Step::Elementwise { .. } | Step::MaxPool { .. } => None,
        });
        linears.chain(&plan.head.differences).for_each(|step| scratch.make_room(&step.linear));
        let largest = plan.lengths.iter().copied().max().unwrap_or(0);
        let others = plan.head.classes.saturating_sub(1);
        Ok(Self {
            values: plan.room(),
            differences: vec![T::zero(); others],
            weights: vec![0.0; others],
            seeds: vec![T::zero(); others],
            above: vec![T::zero(); largest],
            below: vec![T::zero(); largest],
            out: NetworkRelevance {
                relevance: Array2::zeros((plan.input.rows, plan.input.samples)),
                class: 0,
                value: 0.0,
                offset: 0.0,
                total: 0.0,
                cancellation: 0.0,
                entropy: 0.0,
                is_reference_beyond_classes: false,
                // One for each step, the head and the target.
                layers: Vec::with_capacity(plan.steps.len() + 2),
            },
            scratch,
            log_power,
            plan,
        })
    }

    /// Explains what the network decides about one window, `[channels, samples]`, row after row.
    ///
    /// A window of another size, or a class that there is not, has no explanation: everything is then NaN.
    pub fn explain(&mut self, window: &[T], target: Target) -> &NetworkRelevance<T> {
        let explained = self.explained(window, target, None);
        self.finished(explained)
    }

    /// Explains the part of one window in a decision for `class` that is made by the mean of the outputs over several windows.
    ///
    /// `differences` are the means of [`Self::differences`] over those windows. What speaks for the class is
    /// `η = Σ h_j π_j − H(π)` with π of the mean differences, which is linear in h: with the same π for each window, the mean of
    /// the parts is η of the mean outputs, exactly.
    ///
    /// Where there is no such class, or another number of differences, everything is NaN.
    pub fn explain_part(&mut self, window: &[T], class: usize, differences: &[f64]) -> &NetworkRelevance<T> {
        let explained = self.explained(window, Target::Class(class), Some(differences));
        self.finished(explained)
    }

    /// `h_j = z_c − z_j` of a class c and each other class j, in their order; `None` where the window has another size or there
    /// is no such class.
    pub fn differences(&mut self, window: &[T], class: usize) -> Option<&[T]> {
        self.aim(window, Target::Class(class))?;
        Some(&self.differences)
    }

    /// How many classes the network tells apart.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.plan.head.classes
    }

    fn finished(&mut self, explained: Option<()>) -> &NetworkRelevance<T> {
        if explained.is_none() {
            self.out.relevance.fill(T::nan());
            for number in [
                &mut self.out.value,
                &mut self.out.offset,
                &mut self.out.total,
                &mut self.out.cancellation,
                &mut self.out.entropy,
            ] {
                *number = f64::NAN;
            }
        }
        &self.out
    }

    /// Runs the network; gives the class to explain, and fills in its differences to the others.
    fn aim(&mut self, window: &[T], target: Target) -> Option<usize> {
        if window.len() != self.plan.input.len() {
            return None;
        }
        self.values[0].copy_from_slice(window);
        match &mut self.log_power {
            Some(block) => block.forward(&mut self.plan, &mut self.values),
            None => self.plan.forward(&mut self.values),
        }
        self.plan.head.aim(target, self.values.last()?, &mut self.differences)
    }

    fn explained(&mut self, window: &[T], target: Target, mean: Option<&[f64]>) -> Option<()> {
        self.out.layers.clear();
        let class = self.aim(window, target)?;
        let (value, entropy) = match mean {
            None => softmin(&self.differences, &mut self.weights),
            Some(mean) if mean.len() == self.weights.len() => {
                let (_, entropy) = softmin(mean, &mut self.weights);
                let shared: f64 = self.differences.iter().zip(&self.weights).map(|(h, pi)| h.as_f64() * pi).sum();
                (shared - entropy, entropy)
            }
            Some(_) => return None,
        };
        for ((seed, h), pi) in self.seeds.iter_mut().zip(&self.differences).zip(&self.weights) {
            *seed = T::of(h.as_f64() * pi);
        }
        self.out.class = class;
        self.out.value = value;
        self.out.entropy = entropy;
        self.out.offset = 0.0;
        self.out.is_reference_beyond_classes = false;
        self.propagate(class)?;
        self.out.layers.reverse();
        if self.plan.head.classes > 2 {
            let started = total(&self.seeds);
            let unassigned = -entropy;
            self.out.layers.push(LayerLedger { unassigned, ..passing(Ledger::TARGET, started, value) });
        }
        let relevance = self.out.relevance.as_slice_mut()?;
        relevance.copy_from_slice(&self.above[..window.len()]);
        self.out.total = self.out.layers.first()?.relevance_in;
        self.out.cancellation = magnitude(relevance) / self.out.total.abs();
        Some(())
    }

    /// From the seeds to the input, in `above`; ledgers are written from above to below.
    fn propagate(&mut self, class: usize) -> Option<()> {
        let Self { plan, log_power, values, weights, seeds, above, below, scratch, out, .. } = self;
        let mut left = plan.steps.len();
        if let Some(block) = log_power {
            let aim = Aim { class, weights, relevance: total(seeds) };
            let into = &mut above[..plan.lengths[block.first]];
            let at_root = block.relevance(aim, &values[block.first..], into, &mut out.layers);
            out.offset = at_root.offset;
            out.is_reference_beyond_classes = at_root.is_beyond_classes;
            left = block.first;
        } else {
            let step = plan.head.differences.get_mut(class)?;
            let x = values.last()?;
            let z = &self.differences;
            out.layers.push(step.relevance(x, z, (seeds, total(seeds)), &mut above[..x.len()], scratch));
        }
        for n in (0..left).rev() {
            let (x, z) = (&values[n], &values[n + 1]);
            let (out_of, into) = (&above[..z.len()], &mut below[..x.len()]);
            let sum = out.layers.last().map_or(f64::NAN, |above| above.relevance_in);
            let (ledger, has_moved) = plan.steps[n].relevance(x, z, (out_of, sum), into, scratch);
            out.layers.push(ledger);
            if has_moved {
                std::mem::swap(above, below);
            }
        }
        Some(())
    }
}
