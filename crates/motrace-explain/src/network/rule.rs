use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// What keeps a division stable where nothing else is said.
const EPSILON: f64 = 1e-6;

/// How a linear layer hands the relevance of what comes out of it to what goes in.
///
/// With `z = Wx + b`, `st(d) = d + ε·sgn(d)` and `sgn(0) = +1`; `⁺` and `⁻` are the positive and the negative part:
///
/// | | |
/// |---|---|
/// | zero, ε | `s = R/st(z)`, `R_in = x ⊙ Wᵀs`; ε = 0 is LRP-0 (Bach et al. 2015) |
/// | z⁺ | `s = R/st(W⁺x⁺ + b⁺ + W⁻x⁻)`, `R_in = x⁺⊙W⁺ᵀs + x⁻⊙W⁻ᵀs` (Montavon et al. 2017) |
/// | αβ | α times z⁺, less β times the same of all that is negative; α − β = 1 |
/// | γ | z⁺ and ε in one: what agrees with the sign of z counts 1 + γ times (Andéol et al. 2021) |
/// | w² | `s = R/st(W²·1 + b²)`, `R_in = (W²)ᵀs`: by the weights alone |
/// | flat | the same with weights of 1, without bias |
/// | zB | `s = R/st(Wx − W⁺l − W⁻h)`, `R_in = x⊙Wᵀs − l⊙W⁺ᵀs − h⊙W⁻ᵀs`: inputs lie within l and h |
///
/// `W²·1` and the like do not reach into padding. EEG is signed and has no bounds, so z⁺, αβ and zB are offered and are no
/// default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// In proportion to what each input adds; nothing keeps the division stable. Outputs of exactly 0 keep their relevance.
    Zero,
    /// The same with ε, in the unit of the layer's output.
    Epsilon {
        /// ε.
        epsilon: f64,
    },
    /// The same with ε in proportion to the layer's output on this window.
    EpsilonRelative {
        /// ε over the root mean square of z.
        epsilon: f64,
    },
    /// What agrees with the sign of an output counts for more.
    Gamma {
        /// How much more.
        gamma: f64,
        /// ε.
        epsilon: f64,
    },
    /// Only what adds to an output.
    ZPlus {
        /// ε.
        epsilon: f64,
    },
    /// What adds to an output and what takes from it, weighed.
    AlphaBeta {
        /// The weight of what adds.
        alpha: f64,
        /// The weight of what takes; α − 1.
        beta: f64,
        /// ε.
        epsilon: f64,
    },
    /// By the square of the weights, whatever the input.
    WSquare {
        /// ε.
        epsilon: f64,
    },
    /// The same to all, whatever the input and the weights.
    Flat {
        /// ε.
        epsilon: f64,
    },
    /// For inputs that lie within bounds.
    Zb {
        /// The lowest an input can be; not above 0.
        low: f64,
        /// The highest an input can be; not below 0.
        high: f64,
        /// ε.
        epsilon: f64,
    },
}

impl Rule {
    /// Its name in configuration files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Epsilon { .. } => "epsilon",
            Self::EpsilonRelative { .. } => "epsilon_relative",
            Self::Gamma { .. } => "gamma",
            Self::ZPlus { .. } => "z_plus",
            Self::AlphaBeta { .. } => "alpha_beta",
            Self::WSquare { .. } => "w_square",
            Self::Flat { .. } => "flat",
            Self::Zb { .. } => "zb",
        }
    }

    /// ε, and whether it counts in the layer's own root mean square.
    pub(super) fn stabiliser(self) -> (f64, bool) {
        match self {
            Self::Zero => (0.0, false),
            Self::EpsilonRelative { epsilon } => (epsilon, true),
            Self::Epsilon { epsilon }
            | Self::Gamma { epsilon, .. }
            | Self::ZPlus { epsilon }
            | Self::AlphaBeta { epsilon, .. }
            | Self::WSquare { epsilon }
            | Self::Flat { epsilon }
            | Self::Zb { epsilon, .. } => (epsilon, false),
        }
    }

    /// What is wrong with its numbers, if anything.
    pub(super) fn fault(self) -> Option<String> {
        let (epsilon, _) = self.stabiliser();
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            return Some(format!("`epsilon` is {epsilon}: it has to be 0 or more"));
        }
        match self {
            Self::Gamma { gamma, .. } if !(gamma.is_finite() && gamma >= 0.0) => {
                Some(format!("`gamma` is {gamma}: it has to be 0 or more"))
            }
            Self::AlphaBeta { alpha, beta, .. }
                if !(alpha.is_finite() && beta >= 0.0 && (alpha - beta - 1.0).abs() <= 1e-12) =>
            {
                Some(format!("`alpha` is {alpha} and `beta` {beta}: beta has to be 0 or more, and alpha − beta 1"))
            }
            Self::Zb { low, high, .. } if !(low.is_finite() && high.is_finite() && low <= 0.0 && high >= 0.0) => {
                Some(format!("`low` is {low} and `high` {high}: 0 has to lie between them"))
            }
            _ => None,
        }
    }
}

/// A rule as it is written: its name alone, or a table with its numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: String,
    epsilon: Option<f64>,
    gamma: Option<f64>,
    alpha: Option<f64>,
    beta: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl Written {
    fn rule(mut self) -> Result<Rule, String> {
        let name = std::mem::take(&mut self.rule);
        let needed = |value: Option<f64>, key: &str| value.ok_or(format!("the rule `{name}` needs `{key}`"));
        let epsilon = |written: &mut Self, usual: f64| written.epsilon.take().unwrap_or(usual);
        let rule = match name.as_str() {
            "zero" => Rule::Zero,
            "epsilon" => Rule::Epsilon { epsilon: epsilon(&mut self, EPSILON) },
            "epsilon_relative" => Rule::EpsilonRelative { epsilon: epsilon(&mut self, 0.01) },
            "gamma" => Rule::Gamma { gamma: self.gamma.take().unwrap_or(0.25), epsilon: epsilon(&mut self, EPSILON) },
            "z_plus" => Rule::ZPlus { epsilon: epsilon(&mut self, EPSILON) },
            "alpha_beta" => Rule::AlphaBeta {
                alpha: self.alpha.take().unwrap_or(2.0),
                beta: self.beta.take().unwrap_or(1.0),
                epsilon: epsilon(&mut self, EPSILON),
            },
            "w_square" => Rule::WSquare { epsilon: epsilon(&mut self, EPSILON) },
            "flat" => Rule::Flat { epsilon: epsilon(&mut self, EPSILON) },
            "zb" => Rule::Zb {
                low: needed(self.low.take(), "low")?,
                high: needed(self.high.take(), "high")?,
                epsilon: epsilon(&mut self, EPSILON),
            },
            other => {
                return Err(format!(
                    "no rule `{}`: there are zero, epsilon, epsilon_relative, gamma, z_plus, alpha_beta, w_square, \
                     flat and zb",
                    motrace_core::clean_text(other, 40)
                ));
            }
        };
        let left = [
            ("epsilon", self.epsilon),
            ("gamma", self.gamma),
            ("alpha", self.alpha),
            ("beta", self.beta),
            ("low", self.low),
            ("high", self.high),
        ];
        if let Some((key, _)) = left.iter().find(|(_, value)| value.is_some()) {
            return Err(format!("the rule `{name}` takes no `{key}`"));
        }
        match rule.fault() {
            Some(fault) => Err(format!("the rule `{name}`: {fault}")),
            None => Ok(rule),
        }
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = Rule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a rule, or a table with `rule` and its numbers")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Rule, E> {
                let nothing = Written {
                    rule: name.to_owned(),
                    epsilon: None,
                    gamma: None,
                    alpha: None,
                    beta: None,
                    low: None,
                    high: None,
                };
                nothing.rule().map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rule, A::Error> {
                Written::deserialize(MapAccessDeserializer::new(map))?.rule().map_err(serde::de::Error::custom)
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}
