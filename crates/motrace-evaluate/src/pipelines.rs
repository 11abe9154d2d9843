use crate::material::Material;
use crate::settings::Training;
use crate::{DecoderId, DecoderKind};
use motrace_decode::pipeline::{
    CspKind, CspPipeline, FilterBankCsp, FilterBankTangent, LogVariance, MinimumDistance, Pipeline, TangentClassifier,
    TangentSpace,
};
use ndarray::Array2;

/// Numbers of patterns on each side that are chosen among.
const PATTERNS: [usize; 5] = [1, 2, 3, 4, 6];
/// Numbers of features of filter-bank CSP that are chosen among.
const FEATURES: [usize; 4] = [2, 4, 6, 8];
/// Weights of the trials' loss against the penalty of logistic regression that are chosen among.
const LOSS_WEIGHTS: [f64; 4] = [1.0, 0.01, 0.1, 10.0];

/// A decoder that can be trained, and what distinguishes it from others of its kind.
pub(crate) struct Variant {
    pub pipeline: Box<dyn Pipeline>,
    pub setting: String,
    /// Patterns on each side, where these are all that there is to choose.
    pub patterns_per_side: Option<usize>,
}

/// The decoder as configured first, and where that is to be chosen, with other numbers of patterns.
pub(crate) fn variants(decoder: DecoderId, training: &Training, material: &Material) -> Vec<Variant> {
    let with = |pipeline: Box<dyn Pipeline>, setting: String| Variant { pipeline, setting, patterns_per_side: None };
    let chooses = training.selection.patterns;
    let patterns = || {
        let own = training.patterns_per_side;
        let others = PATTERNS.into_iter().filter(move |count| chooses && *count != own);
        std::iter::once(own).chain(others)
    };
    let weights = || LOSS_WEIGHTS.into_iter().take(if chooses { LOSS_WEIGHTS.len() } else { 1 });
    let csp = |kind| {
        patterns()
            .map(|patterns_per_side| {
                let pipeline = CspPipeline { patterns_per_side, kind };
                let setting = format!("{patterns_per_side} pattern(s) per side");
                Variant { patterns_per_side: Some(patterns_per_side), ..with(Box::new(pipeline), setting) }
            })
            .collect()
    };
    match decoder.kind {
        DecoderKind::CspLda => csp(CspKind::OneAgainstRest),
        DecoderKind::CspJoint => csp(CspKind::JointDiagonalisation),
        DecoderKind::FilterBankCsp => {
            let own = FilterBankCsp::default();
            let others = FEATURES.into_iter().filter(|count| chooses && *count != own.features);
            std::iter::once(own.features)
                .chain(others)
                .map(|features| with(Box::new(FilterBankCsp { features, ..own }), format!("{features} features")))
                .collect()
        }
        DecoderKind::LogVariance => {
            let channels = material.preparation.channels.len();
            let derivations = material.derivations.clone().unwrap_or_else(|| Array2::eye(channels));
            vec![with(Box::new(LogVariance { derivations }), String::new())]
        }
        DecoderKind::MinimumDistance => vec![with(Box::<MinimumDistance>::default(), String::new())],
        DecoderKind::TangentLogistic => weights()
            .map(|loss_weight| {
                let classifier = TangentClassifier::Logistic { loss_weight };
                with(Box::new(TangentSpace { classifier, ..TangentSpace::default() }), format!("C = {loss_weight}"))
            })
            .collect(),
        DecoderKind::TangentLda => {
            let classifier = TangentClassifier::Lda;
            vec![with(Box::new(TangentSpace { classifier, ..TangentSpace::default() }), String::new())]
        }
        DecoderKind::FilterBankTangent => weights()
            .map(|loss_weight| {
                let classifier = TangentClassifier::Logistic { loss_weight };
                with(
                    Box::new(FilterBankTangent { classifier, ..FilterBankTangent::default() }),
                    format!("C = {loss_weight}"),
                )
            })
            .collect(),
        // They are trained on recordings, not on moments.
        DecoderKind::EegNet | DecoderKind::Shallow | DecoderKind::Mlp => Vec::new(),
    }
}
