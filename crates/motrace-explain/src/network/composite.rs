use super::Rule;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Whether a bias keeps its share of relevance.
///
/// This is no detail: on the same network the maps of the two can have little in common, where biases are large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// It is one of the things that made the output: it keeps its share, which the ledger shows.
    #[default]
    InLedger,
    /// It is left out of the denominators, so that the inputs share all of the relevance.
    LeftOut,
}

/// What becomes of square → mean pool → log, the log-power of a ShallowConvNet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogPower {
    /// What the powers say beyond those at the class boundary, by the secant of the logarithm; needs a
    /// [`NetworkReference`](super::NetworkReference). Biases keep nothing here, whatever [`Bias`] says: what they have in a
    /// power is shared out as the power at the boundary is.
    #[default]
    Secant,
    /// Relevance passes square and log as they are. It is there for comparison: the result depends on the unit of the data,
    /// and puts the evidence of a desynchronisation where power is left over.
    Pass,
}

/// Which rule each type of layer takes.
///
/// In a configuration file it is a name of [`Composite::NAMES`], or a table with the fields below, each of them a rule by its
/// name or as a table: `dense = "z_plus"`, `dense = { rule = "epsilon", epsilon = 1e-6 }`. What is left out is as in
/// `epsilon`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Composite {
    /// For the first layer that has weights, whatever its type; `None` where it takes that of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Rule>,
    /// For convolutions along time.
    pub temporal_conv: Rule,
    /// For convolutions across channels.
    pub spatial_conv: Rule,
    /// For convolutions over channels and time at once.
    pub fused_conv: Rule,
    /// For either part of separable convolutions.
    pub separable_conv: Rule,
    /// For dense layers.
    pub dense: Rule,
    /// For mean pools.
    pub mean_pool: Rule,
    /// What biases keep.
    pub bias: Bias,
    /// For square → mean pool → log.
    pub log_power: LogPower,
}

impl Default for Composite {
    fn default() -> Self {
        Self::of(Rule::EpsilonRelative { epsilon: 0.01 })
    }
}

impl Composite {
    /// The composites that have a name.
    ///
    /// - `epsilon`: ε = 0.01 of each layer's root mean square, everywhere; the default.
    /// - `epsilon_left_out`: the same, with biases left out of the denominators.
    /// - `zero`: LRP-0 everywhere.
    /// - `gamma`: γ = 0.25 in convolutions, ε in dense layers.
    /// - `epsilon_plus`: z⁺ in convolutions, ε = 1e-6 in dense layers; usual for images, and not made for signed EEG.
    /// - `epsilon_plus_flat`: the same, with the flat rule in the first layer.
    /// - `alpha2_beta1`: αβ with α = 2 in convolutions, ε = 1e-6 in dense layers.
    /// - `w_square`: w² in the first layer, ε above it.
    pub const NAMES: [&'static str; 8] = [
        "epsilon",
        "epsilon_left_out",
        "zero",
        "gamma",
        "epsilon_plus",
        "epsilon_plus_flat",
        "alpha2_beta1",
        "w_square",
    ];

    /// One rule for all layers.
    #[must_use]
    pub fn of(rule: Rule) -> Self {
        Self {
            first: None,
            temporal_conv: rule,
            spatial_conv: rule,
            fused_conv: rule,
            separable_conv: rule,
            dense: rule,
            mean_pool: rule,
            bias: Bias::InLedger,
            log_power: LogPower::Secant,
        }
    }

    /// One rule for convolutions, another for dense layers and pools.
    fn of_two(convolutions: Rule, others: Rule) -> Self {
        Self { dense: others, mean_pool: others, ..Self::of(convolutions) }
    }

    /// The composite of this name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let epsilon = 1e-6;
        let absolute = Rule::Epsilon { epsilon };
        let usual = Rule::EpsilonRelative { epsilon: 0.01 };
        Some(match name {
            "epsilon" => Self::default(),
            "epsilon_left_out" => Self { bias: Bias::LeftOut, ..Self::default() },
            "zero" => Self::of(Rule::Zero),
            "gamma" => Self::of_two(Rule::Gamma { gamma: 0.25, epsilon }, usual),
            "epsilon_plus" => Self::of_two(Rule::ZPlus { epsilon }, absolute),
            "epsilon_plus_flat" => {
                Self { first: Some(Rule::Flat { epsilon }), ..Self::of_two(Rule::ZPlus { epsilon }, absolute) }
            }
            "alpha2_beta1" => Self::of_two(Rule::AlphaBeta { alpha: 2.0, beta: 1.0, epsilon }, absolute),
            "w_square" => Self { first: Some(Rule::WSquare { epsilon }), ..Self::default() },
            _ => return None,
        })
    }

    /// The name of this composite; `None` where it has none.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Self::NAMES.into_iter().find(|name| Self::named(name).as_ref() == Some(self))
    }
}

/// A composite as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    first: Option<Rule>,
    temporal_conv: Option<Rule>,
    spatial_conv: Option<Rule>,
    fused_conv: Option<Rule>,
    separable_conv: Option<Rule>,
    dense: Option<Rule>,
    mean_pool: Option<Rule>,
    bias: Option<Bias>,
    log_power: Option<LogPower>,
}

impl From<Table> for Composite {
    fn from(table: Table) -> Self {
        let usual = Self::default();
        Self {
            first: table.first,
            temporal_conv: table.temporal_conv.unwrap_or(usual.temporal_conv),
            spatial_conv: table.spatial_conv.unwrap_or(usual.spatial_conv),
            fused_conv: table.fused_conv.unwrap_or(usual.fused_conv),
            separable_conv: table.separable_conv.unwrap_or(usual.separable_conv),
            dense: table.dense.unwrap_or(usual.dense),
            mean_pool: table.mean_pool.unwrap_or(usual.mean_pool),
            bias: table.bias.unwrap_or(usual.bias),
            log_power: table.log_power.unwrap_or(usual.log_power),
        }
    }
}

impl<'de> Deserialize<'de> for Composite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = Composite;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a composite, or a table of rules by type of layer")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Composite, E> {
                Composite::named(name).ok_or_else(|| {
                    let name = motrace_core::clean_text(name, 40);
                    E::custom(format!("no composite `{name}`: there are {}", Composite::NAMES.join(", ")))
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Composite, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(Composite::from)
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}
