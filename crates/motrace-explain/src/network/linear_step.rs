use super::linear::Linear;
use super::terms::{Gate, Group, Reads, groups};
use super::{Bias, Rule};
use motrace_core::LayerLedger;
use motrace_net::Scalar;

/// A linear layer and the rule it takes.
#[derive(Debug, Clone)]
pub(super) struct LinearStep<T> {
    pub name: &'static str,
    pub linear: Linear<T>,
    pub groups: Vec<Group<T>>,
    epsilon: T,
    is_relative: bool,
}

/// What carrying out a rule writes on its way; made once, for the largest layer.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleScratch<T> {
    /// What a term reads.
    read: Vec<T>,
    /// What a term gives back.
    back: Vec<T>,
    /// d, and then s.
    shares: Vec<T>,
}

impl<T: Scalar> RuleScratch<T> {
    /// Room for a layer of this size.
    pub(super) fn make_room(&mut self, linear: &Linear<T>) {
        let inputs = self.read.len().max(linear.input_len());
        self.read.resize(inputs, T::zero());
        self.back.resize(inputs, T::zero());
        self.shares.resize(self.shares.len().max(linear.output_len()), T::zero());
    }
}

impl<T: Scalar> LinearStep<T> {
    pub(super) fn new(name: &'static str, linear: Linear<T>, rule: Rule, bias: Bias) -> Self {
        let (epsilon, is_relative) = rule.stabiliser();
        Self { name, linear, groups: groups(rule, bias), epsilon: T::of(epsilon), is_relative }
    }

    /// Hands the relevance of the outputs to the inputs.
    ///
    /// `x` and `z` are what went in and came out on the way forward; the sum of the relevance comes with it. What is in `relevance_in` before does not matter.
    pub(super) fn relevance(
        &mut self,
        x: &[T],
        z: &[T],
        (relevance_out, sum_out): (&[T], f64),
        relevance_in: &mut [T],
        scratch: &mut RuleScratch<T>,
    ) -> LayerLedger {
        let RuleScratch { read, back, shares } = scratch;
        let (read, back, shares) = (&mut read[..x.len()], &mut back[..x.len()], &mut shares[..z.len()]);
        let mut ledger = LayerLedger {
            layer: self.name,
            relevance_in: 0.0,
            bias: 0.0,
            stabiliser: 0.0,
            unassigned: 0.0,
            relevance_out: sum_out,
        };
        if self.is_plain() {
            self.plain(x, z, relevance_out, relevance_in, shares, &mut ledger);
            ledger.relevance_in = total(relevance_in);
            return ledger;
        }
        relevance_in.fill(T::zero());
        for group in &self.groups {
            self.denominators(group, x, read, shares);
            self.divide(group, z, relevance_out, shares, &mut ledger);
            for term in &group.terms {
                ledger.bias += self.kept_by_bias(term.bias, shares);
                back.fill(T::zero());
                self.linear.add_transposed(term.weights, shares, back);
                for ((r, x), back) in relevance_in.iter_mut().zip(x).zip(&*back) {
                    *r += term.reads.of(*x) * *back;
                }
            }
        }
        if self.groups.iter().all(|group| group.gate != Gate::All) {
            let of_none = z.iter().zip(relevance_out).filter(|(z, _)| **z == T::zero());
            ledger.unassigned += of_none.map(|(_, r)| r.as_f64()).sum::<f64>();
        }
        ledger.relevance_in = total(relevance_in);
        ledger
    }

    /// Whether it is LRP-0 or ε: one product of the input with the weights as they are.
    fn is_plain(&self) -> bool {
        let [Group { terms, gate: Gate::All, .. }] = self.groups.as_slice() else { return false };
        matches!(terms.as_slice(), [term] if term.reads == Reads::Input && term.weights.is_whole())
    }

    /// `R_in = x ⊙ Wᵀ(R/st(z))`, by the kernels of the way forward.
    fn plain(
        &mut self,
        x: &[T],
        z: &[T],
        relevance_out: &[T],
        relevance_in: &mut [T],
        shares: &mut [T],
        ledger: &mut LayerLedger,
    ) {
        let [group] = self.groups.as_slice() else { return };
        let bias = group.terms.first().and_then(|term| term.bias);
        if bias.is_some() || self.linear.bias().is_none() {
            shares.copy_from_slice(z);
        } else {
            // Taking the bias off z would lose digits where little is left.
            self.linear.product(x, shares);
        }
        self.divide(group, z, relevance_out, shares, ledger);
        ledger.bias = self.kept_by_bias(bias, shares);
        self.linear.transposed(shares, relevance_in);
        relevance_in.iter_mut().zip(x).for_each(|(r, x)| *r *= *x);
    }

    /// `d = Σ W'x' + b'` of a group.
    fn denominators(&self, group: &Group<T>, x: &[T], read: &mut [T], d: &mut [T]) {
        d.fill(T::zero());
        for term in &group.terms {
            if let (Some(part), Some((bias, repeats))) = (term.bias, self.linear.bias()) {
                for (d, bias) in d.chunks_exact_mut(repeats).zip(bias) {
                    let bias = part.of(*bias);
                    d.iter_mut().for_each(|d| *d += bias);
                }
            }
            read.iter_mut().zip(x).for_each(|(read, x)| *read = term.reads.of(*x));
            self.linear.add_product(term.weights, read, d);
        }
    }

    /// Makes of `d` the shares `s = coefficient · R/st(d)`, 0 outside of the group's gate.
    fn divide(&self, group: &Group<T>, z: &[T], relevance: &[T], d: &mut [T], ledger: &mut LayerLedger) {
        let epsilon = if self.is_relative { self.epsilon * root_mean_square(d) } else { self.epsilon };
        if group.gate == Gate::All && epsilon > T::zero() {
            ledger.stabiliser += divide_all(d, relevance, group.coefficient, epsilon);
            return;
        }
        let (mut kept, mut unassigned) = (0.0, 0.0);
        for ((d, z), r) in d.iter_mut().zip(z).zip(relevance) {
            let is_out = match group.gate {
                Gate::All => false,
                Gate::Positive => *z <= T::zero(),
                Gate::Negative => *z >= T::zero(),
            };
            if is_out {
                *d = T::zero();
                continue;
            }
            let stable = if *d < T::zero() { *d - epsilon } else { *d + epsilon };
            let r = group.coefficient * *r;
            if stable == T::zero() {
                unassigned += r.as_f64();
                *d = T::zero();
                continue;
            }
            let share = r / stable;
            kept += share.as_f64() * (stable.as_f64() - d.as_f64());
            *d = share;
        }
        ledger.stabiliser += kept;
        ledger.unassigned += unassigned;
    }

    /// `Σ b' s`.
    fn kept_by_bias(&self, part: Option<super::linear::Part<T>>, shares: &[T]) -> f64 {
        let (Some(part), Some((bias, repeats))) = (part, self.linear.bias()) else { return 0.0 };
        shares.chunks_exact(repeats).zip(bias).map(|(shares, bias)| part.of(*bias).as_f64() * total(shares)).sum()
    }
}

/// `d ← c·R/st(d)` for ε above 0; gives `Σ (st(d) − d) s`. Without a branch, so that several run side by side.
fn divide_all<T: Scalar>(d: &mut [T], relevance: &[T], coefficient: T, epsilon: T) -> f64 {
    let divide = |d: &mut T, r: &T| {
        let stable = *d + if *d < T::zero() { -epsilon } else { epsilon };
        let added = stable.as_f64() - d.as_f64();
        *d = coefficient * *r / stable;
        d.as_f64() * added
    };
    let (chunks, rest) = d.as_chunks_mut::<LANES>();
    let (of_chunks, of_rest) = relevance.as_chunks::<LANES>();
    let mut kept = [0.0; LANES];
    for (d, r) in chunks.iter_mut().zip(of_chunks) {
        for n in 0..LANES {
            kept[n] += divide(&mut d[n], &r[n]);
        }
    }
    kept.iter().sum::<f64>() + rest.iter_mut().zip(of_rest).map(|(d, r)| divide(d, r)).sum::<f64>()
}

/// Sums that run side by side.
const LANES: usize = 8;

/// Σ, in double precision whatever the numbers.
pub(super) fn total<T: Scalar>(values: &[T]) -> f64 {
    summed(values, |value| value)
}

/// Σ|·|.
pub(super) fn magnitude<T: Scalar>(values: &[T]) -> f64 {
    summed(values, f64::abs)
}

fn summed<T: Scalar>(values: &[T], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(value.as_f64());
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|value| of(value.as_f64())).sum::<f64>()
}

fn root_mean_square<T: Scalar>(values: &[T]) -> T {
    T::of((summed(values, |value| value * value) / values.len().max(1) as f64).sqrt())
}
