use super::courses::course;
use super::relevance::{MeanRelevance, csp_lda};
use super::selection::Contender;
use crate::material::Material;
use crate::results::{FoldFigures, FoldPattern};
use crate::{DecoderId, Job, Protocol, Settings, headline};
use motrace_decode::pipeline::FittedPipeline;
use motrace_explain::CspExplainer;

/// More patterns than this are not kept, of each class as many.
const MOST_PATTERNS: usize = 6;

/// Whether a job keeps what figures are drawn from.
pub(crate) fn keeps(protocol: Protocol, settings: &Settings) -> bool {
    settings.keeps_figures && headline(&settings.protocols) == Some(protocol)
}

/// A decoder that was trained in a fold.
pub(super) struct InFold<'a> {
    pub decoder: DecoderId,
    pub chosen: &'a Contender<'a>,
    pub fitted: &'a dyn FittedPipeline,
    pub train: &'a [usize],
    pub test: &'a [usize],
}

/// What there is to show of a decoder. What it does not give is left out: that is no reason for a job to fail.
pub(super) fn figures(fold: &InFold<'_>, material: &Material) -> FoldFigures {
    let course = course(fold, material);
    let Some(decoder) = csp_lda(fold, material) else { return FoldFigures { course, ..FoldFigures::default() } };
    let explainer = CspExplainer::new(&decoder, material.preparation.channels.labels(), 1);
    let set = fold.chosen.candidate.set_for(fold.decoder);
    let mut mean = MeanRelevance::default();
    for &trial in fold.test {
        if let Some(second) = set.second_moments(trial) {
            let found = explainer.explain_moments(second);
            let [input, pattern, source] = &found.views;
            mean.add(set.labels()[trial], [input, pattern, source], found.value, found.offset);
        }
    }
    let patterns = decoder.components_by_class().into_iter().flat_map(|of_class| {
        of_class.into_iter().take(MOST_PATTERNS / 2).map(|component| FoldPattern {
            pattern: component.pattern,
            eigenvalue: component.eigenvalue,
            stronger_in: component.stronger_in,
            weight: component.weight,
            speaks_for: component.speaks_for,
        })
    });
    FoldFigures { course, relevance: mean.finished(), patterns: patterns.collect() }
}

/// Patterns are those of the first fold: each has others, and one is as good as the next.
pub(super) fn without_other_patterns(figures: &mut Option<FoldFigures>, job: &Job) {
    if let Some(figures) = figures.as_mut().filter(|_| job.part > 0) {
        figures.patterns.clear();
    }
}
