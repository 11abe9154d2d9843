//! Traces a decision of a network back to channels and time, layer by layer.
//!
//! Relevance starts at the difference of two classes, `f = z₁ − z₀`, and each layer hands it to what went into it by a
//! [`Rule`] that a [`Composite`] names for its type (layer-wise relevance propagation, Bach et al. 2015). What a layer keeps,
//! for its bias or to keep a division stable, is in the ledger of each [`NetworkRelevance`], and nothing falls back to the
//! gradient: a layer without a rule is an [`ExplainNetworkError`] when the explainer is made.
//!
//! Networks of log-powers (ShallowConvNet) are explained as CSP is: by what their powers say beyond those at the class boundary,
//! through the secant of the logarithm. That needs a [`NetworkReference`] of the windows the network was trained on.
//!
//! What takes part in the redistribution changes the map. So networks are merged first, as they run
//! ([`motrace_net::Network::merged`]), and whether biases take part is a setting with a name ([`Bias`]).

pub mod baselines;
mod composite;
mod error;
mod explainer;
mod head;
mod kernel;
mod linear;
mod linear_step;
mod log_power;
mod part_kernel;
mod plan;
mod reference;
mod relevance;
mod rule;
mod secants;
mod segments;
mod share_steps;
mod single;
mod sources;
mod step;
mod terms;

pub use composite::{Bias, Composite, LogPower};
pub use error::ExplainNetworkError;
pub use explainer::NetworkExplainer;
pub use head::Target;
pub use reference::NetworkReference;
pub use relevance::NetworkRelevance;
pub use rule::Rule;
pub use single::layer_relevance;
