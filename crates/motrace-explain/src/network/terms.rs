use super::linear::Part;
use super::{Bias, Rule};
use motrace_net::Scalar;

/// What a term of a rule reads in place of the layer's input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reads<T> {
    Input,
    Positive,
    Negative,
    Constant(T),
}

impl<T: Scalar> Reads<T> {
    pub(super) fn of(self, x: T) -> T {
        match self {
            Self::Input => x,
            Self::Positive if x > T::zero() => x,
            Self::Negative if x < T::zero() => x,
            // Comparisons with what is no number are false; it has to show.
            Self::Positive | Self::Negative if x.is_nan() => x,
            Self::Positive | Self::Negative => T::zero(),
            Self::Constant(value) => value,
        }
    }

    pub(super) fn is_constant(self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// What it reads of all of the input.
    pub(super) fn read(self, x: &[T], read: &mut [T]) {
        read.iter_mut().zip(x).for_each(|(read, x)| *read = self.of(*x));
    }
}

/// One product of a rule: a part of the weights with what it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term<T> {
    pub reads: Reads<T>,
    pub weights: Part<T>,
    /// What of the bias is added; none where there is `None`.
    pub bias: Option<Part<T>>,
}

/// Which outputs a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    All,
    Positive,
    Negative,
}

/// Terms that share a denominator: `s = coefficient · R / st(Σ W'x' + b')`, `R_in = Σ x' ⊙ W'ᵀs`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group<T> {
    pub coefficient: T,
    pub gate: Gate,
    pub terms: Vec<Term<T>>,
}

/// The parts of the weights of which a rule takes products, beside `Wx + b`; each once.
pub(super) fn parts<T: Scalar>(rule: Rule, bias: Bias) -> Vec<Part<T>> {
    let mut parts: Vec<Part<T>> = Vec::new();
    for term in groups::<T>(rule, bias).iter().flat_map(|group| &group.terms) {
        // With the bias it is what the layer makes of its input anyway.
        let is_forward = term.reads == Reads::Input && term.weights.is_whole() && term.bias.is_some();
        if !is_forward && !parts.contains(&term.weights) {
            parts.push(term.weights);
        }
    }
    parts
}

/// A rule as sums of products: every rule is such a table, and one procedure carries out all of them.
pub(super) fn groups<T: Scalar>(rule: Rule, bias: Bias) -> Vec<Group<T>> {
    let (zero, one) = (T::zero(), T::one());
    let scaled = |positive: T, negative: T| Part::Scaled { positive, negative };
    let with = |reads: Reads<T>, weights: Part<T>, of_bias: Option<Part<T>>| Term {
        reads,
        weights,
        bias: of_bias.filter(|_| bias == Bias::InLedger),
    };
    let all = |terms: Vec<Term<T>>| Group { coefficient: one, gate: Gate::All, terms };
    // Positive inputs by the first, negative ones by the second; the bias counts as an input of 1.
    let pair = |on_positive: Part<T>, on_negative: Part<T>| {
        vec![with(Reads::Positive, on_positive, Some(on_positive)), with(Reads::Negative, on_negative, None)]
    };
    match rule {
        Rule::Zero | Rule::Epsilon { .. } | Rule::EpsilonRelative { .. } => {
            vec![all(vec![with(Reads::Input, Part::whole(), Some(Part::whole()))])]
        }
        Rule::ZPlus { .. } => vec![all(pair(scaled(one, zero), scaled(zero, one)))],
        Rule::AlphaBeta { alpha, beta, .. } => vec![
            Group { coefficient: T::of(alpha), ..all(pair(scaled(one, zero), scaled(zero, one))) },
            Group { coefficient: -T::of(beta), ..all(pair(scaled(zero, one), scaled(one, zero))) },
        ],
        Rule::Gamma { gamma, .. } => {
            let more = one + T::of(gamma);
            let (favours_positive, favours_negative) = (scaled(more, one), scaled(one, more));
            vec![
                Group { gate: Gate::Positive, ..all(pair(favours_positive, favours_negative)) },
                Group { gate: Gate::Negative, ..all(pair(favours_negative, favours_positive)) },
            ]
        }
        Rule::WSquare { .. } => vec![all(vec![with(Reads::Constant(one), Part::Squares, Some(Part::Squares))])],
        Rule::Flat { .. } => vec![all(vec![with(Reads::Constant(one), Part::Ones, None)])],
        Rule::Zb { low, high, .. } => vec![all(vec![
            with(Reads::Input, Part::whole(), None),
            // −l W⁺ and −h W⁻ in one.
            with(Reads::Constant(one), scaled(-T::of(low), -T::of(high)), None),
        ])],
    }
}
