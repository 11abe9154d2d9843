use super::linear::{Linear, Part};
use super::terms::{Gate, Group, Reads, groups};
use super::{Bias, Rule};
use motrace_core::LayerLedger;
use motrace_net::Scalar;

/// A linear layer and the rule it takes.
#[derive(Debug, Clone)]
pub(super) struct LinearStep<T> {
    pub name: &'static str,
    pub linear: Linear<T>,
    groups: Vec<Group<T>>,
    /// For each group what of its denominators no input changes: those of biases and of constants; none for 0 and ε, which
    /// take them from the way forward.
    fixed: Vec<Vec<T>>,
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
    /// What a term adds to d.
    products: Vec<T>,
}

impl<T: Scalar> RuleScratch<T> {
    /// Room for a layer of this size.
    pub(super) fn make_room(&mut self, linear: &Linear<T>) {
        let inputs = self.read.len().max(linear.input_len());
        self.read.resize(inputs, T::zero());
        self.back.resize(inputs, T::zero());
        let outputs = self.shares.len().max(linear.output_len());
        self.shares.resize(outputs, T::zero());
        self.products.resize(outputs, T::zero());
    }
}

impl<T: Scalar> LinearStep<T> {
    pub(super) fn new(name: &'static str, linear: Linear<T>, rule: Rule, bias: Bias) -> Self {
        let (epsilon, is_relative) = rule.stabiliser();
        let groups = groups(rule, bias);
        let fixed = if is_plain(&groups) { Vec::new() } else { groups.iter().map(|g| fixed(&linear, g)).collect() };
        Self { name, linear, groups, fixed, epsilon: T::of(epsilon), is_relative }
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
        let RuleScratch { read, back, shares, products } = scratch;
        let (read, back) = (&mut read[..x.len()], &mut back[..x.len()]);
        let (shares, products) = (&mut shares[..z.len()], &mut products[..z.len()]);
        let mut ledger = LayerLedger {
            layer: self.name,
            relevance_in: 0.0,
            bias: 0.0,
            stabiliser: 0.0,
            unassigned: 0.0,
            relevance_out: sum_out,
        };
        if is_plain(&self.groups) {
            self.plain(x, z, relevance_out, relevance_in, shares, &mut ledger);
            ledger.relevance_in = total(relevance_in);
            return ledger;
        }
        relevance_in.fill(T::zero());
        for n in 0..self.groups.len() {
            self.denominators(n, x, read, products, shares);
            let Self { groups, linear, .. } = self;
            let group = &groups[n];
            divide(group, self.epsilon, z, relevance_out, shares, &mut ledger);
            for term in &group.terms {
                ledger.bias += kept_by_bias(linear, term.bias, shares);
                linear.transposed(term.weights, shares, back);
                add_read(term.reads, x, back, relevance_in);
            }
        }
        if self.groups.iter().all(|group| group.gate != Gate::All) {
            let of_none = z.iter().zip(relevance_out).filter(|(z, _)| **z == T::zero());
            ledger.unassigned += of_none.map(|(_, r)| r.as_f64()).sum::<f64>();
        }
        ledger.relevance_in = total(relevance_in);
        ledger
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
            self.linear.product(Part::whole(), x, shares);
        }
        let epsilon = if self.is_relative { self.epsilon * root_mean_square(shares) } else { self.epsilon };
        divide(group, epsilon, z, relevance_out, shares, ledger);
        ledger.bias = kept_by_bias(&self.linear, bias, shares);
        self.linear.transposed(Part::whole(), shares, relevance_in);
        relevance_in.iter_mut().zip(x).for_each(|(r, x)| *r *= *x);
    }

    /// `d = Σ W'x' + b'` of a group.
    fn denominators(&mut self, group: usize, x: &[T], read: &mut [T], products: &mut [T], d: &mut [T]) {
        d.copy_from_slice(&self.fixed[group]);
        for term in self.groups[group].terms.iter().filter(|term| !term.reads.is_constant()) {
            term.reads.read(x, read);
            self.linear.product(term.weights, read, products);
            d.iter_mut().zip(&*products).for_each(|(d, product)| *d += *product);
        }
    }
}

/// Whether it is LRP-0 or ε: one product of the input with the weights as they are.
fn is_plain<T: Scalar>(groups: &[Group<T>]) -> bool {
    let [Group { terms, gate: Gate::All, .. }] = groups else { return false };
    matches!(terms.as_slice(), [term] if term.reads == Reads::Input && term.weights.is_whole())
}

/// What of a group's denominators no input changes.
fn fixed<T: Scalar>(linear: &Linear<T>, group: &Group<T>) -> Vec<T> {
    let mut fixed = vec![T::zero(); linear.output_len()];
    for term in &group.terms {
        if let (Some(part), Some((bias, repeats))) = (term.bias, linear.bias()) {
            for (fixed, bias) in fixed.chunks_exact_mut(repeats).zip(bias) {
                let bias = part.of(*bias);
                fixed.iter_mut().for_each(|fixed| *fixed += bias);
            }
        }
        if let Reads::Constant(value) = term.reads {
            linear.add_product(term.weights, &vec![value; linear.input_len()], &mut fixed);
        }
    }
    fixed
}

/// Adds to the relevance what a term gives back, times what it reads.
fn add_read<T: Scalar>(reads: Reads<T>, x: &[T], back: &[T], relevance: &mut [T]) {
    let pairs = relevance.iter_mut().zip(back);
    match reads {
        Reads::Constant(value) => pairs.for_each(|(r, back)| *r += value * *back),
        reads => pairs.zip(x).for_each(|((r, back), x)| *r += reads.of(*x) * *back),
    }
}

/// Makes of `d` the shares `s = coefficient · R/st(d)`, 0 outside of the group's gate.
fn divide<T: Scalar>(group: &Group<T>, epsilon: T, z: &[T], relevance: &[T], d: &mut [T], ledger: &mut LayerLedger) {
    let coefficient = group.coefficient;
    if epsilon > T::zero() {
        ledger.stabiliser += match group.gate {
            Gate::All => divide_all(d, z, relevance, coefficient, epsilon, |_| true),
            Gate::Positive => divide_all(d, z, relevance, coefficient, epsilon, |z| z > T::zero() || z.is_nan()),
            Gate::Negative => divide_all(d, z, relevance, coefficient, epsilon, |z| z < T::zero() || z.is_nan()),
        };
        return;
    }
    for ((d, z), r) in d.iter_mut().zip(z).zip(relevance) {
        let is_out = match group.gate {
            Gate::All => false,
            Gate::Positive => *z <= T::zero(),
            Gate::Negative => *z >= T::zero(),
        };
        let r = coefficient * *r;
        if is_out {
            *d = T::zero();
        } else if *d == T::zero() {
            ledger.unassigned += r.as_f64();
        } else {
            *d = r / *d;
        }
    }
}

/// `Σ b' s`.
fn kept_by_bias<T: Scalar>(linear: &Linear<T>, part: Option<Part<T>>, shares: &[T]) -> f64 {
    let (Some(part), Some((bias, repeats))) = (part, linear.bias()) else { return 0.0 };
    shares.chunks_exact(repeats).zip(bias).map(|(shares, bias)| part.of(*bias).as_f64() * total(shares)).sum()
}

/// `d ← c·R/st(d)` for ε above 0, and 0 where an output is not let in; gives `Σ (st(d) − d) s`. Without a branch, so that
/// several run side by side.
fn divide_all<T: Scalar>(
    d: &mut [T],
    z: &[T],
    relevance: &[T],
    coefficient: T,
    epsilon: T,
    is_in: impl Fn(T) -> bool,
) -> f64 {
    let divide = |d: &mut T, z: &T, r: &T| {
        let stable = *d + if *d < T::zero() { -epsilon } else { epsilon };
        let added = stable - *d;
        let share = coefficient * *r / stable;
        *d = if is_in(*z) { share } else { T::zero() };
        *d * added
    };
    let mut all = 0.0;
    // The sums of a block are short enough for single precision.
    for ((d, z), r) in d.chunks_mut(BLOCK).zip(z.chunks(BLOCK)).zip(relevance.chunks(BLOCK)) {
        let (chunks, rest) = d.as_chunks_mut::<LANES>();
        let ((zs, z_rest), (of_chunks, of_rest)) = (z.as_chunks::<LANES>(), r.as_chunks::<LANES>());
        let mut kept = [T::zero(); LANES];
        for ((d, z), r) in chunks.iter_mut().zip(zs).zip(of_chunks) {
            for n in 0..LANES {
                kept[n] += divide(&mut d[n], &z[n], &r[n]);
            }
        }
        all += kept.iter().map(|kept| kept.as_f64()).sum::<f64>();
        let rest = rest.iter_mut().zip(z_rest).zip(of_rest);
        all += rest.map(|((d, z), r)| divide(d, z, r).as_f64()).sum::<f64>();
    }
    all
}

/// Values whose sums are taken together; a multiple of [`LANES`].
const BLOCK: usize = 256;

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
