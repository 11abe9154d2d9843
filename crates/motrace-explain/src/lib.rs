//! Traces a decision of CSP + log-power + LDA back to channels and time, exactly; and, in [`network`], those of networks.
//!
//! An explanation starts at the decoder's own root point, the class boundary: for each spatial filter the mean
//! log-power φ̄ of the two classes. What the decision says beyond that point, `f − f₀`, is handed to the filters
//! (`w_k log(p_k/p̄_k)`), from there to samples (by the secant of the logarithm between p̄ and p, the
//! Aumann–Shapley value in power space) and from there to channels, in three readings:
//!
//! | view | what is shared out to channels | question |
//! |---|---|---|
//! | INPUT | `W_kc x_ct s_kt`, less its value at the root | what does the model read? |
//! | PATTERN | the filter's relevance by `W_kc A_kc` | where is the signal that it reads? |
//! | SOURCE | the filter's relevance by `A_kc²` | where does the source show on the scalp? |
//!
//! All three sum to `f − f₀`. [`CspExplainer`] computes them, and a [`motrace_core::Ledger`] that says how far
//! they can be trusted; [`warnings`] puts that into words. [`checks`] holds what an explanation can be tested
//! with: flipping, ground truth, randomised parameters, noise, and two wrong explanations to compare with.
//!
//! Zero input is not neutral here (no power at all is the strongest evidence of a desynchronisation), so nothing
//! in this crate uses zeros as a baseline; and filters are not patterns, so `|W|` is never a map of the scalp
//! (Haufe et al. 2014, "On the interpretation of weight vectors of linear models in multivariate neuroimaging").
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

pub mod checks;
mod csp;
mod ledger;
pub mod network;
mod rows;
mod secant;
mod warning;

pub use csp::{ChannelRelevance, CspExplainer};
pub use ledger::is_on_rim;
pub use warning::{
    CANCELLATION_LIMIT, CONSERVATION_LIMIT, CORRELATION_LIMIT, KEPT_LIMIT, NETWORK_CONSERVATION_LIMIT,
    PATH_DIFFERENCE_LIMIT, RIM_SHARE_LIMIT, warnings,
};
