use super::figures::InFold;
use crate::material::Material;
use crate::results::FoldCourse;
use motrace_decode::metrics::ClassPrediction;

/// What a decoder says of its test trials in windows that move through the trial. `None` where it reads what there are no such
/// windows of: recordings about their own centres, or a band that was left out.
pub(super) fn course(fold: &InFold<'_>, material: &Material) -> Option<FoldCourse> {
    if fold.decoder.is_recentred {
        return None;
    }
    let subject = material.trials.get(*fold.test.first()?)?.subject;
    let subject = material.subjects.get(subject)?;
    let courses = subject.courses.as_ref()?;
    let sets = courses.of_band(fold.chosen.candidate.band_hz)?;
    let mut decided = Vec::with_capacity(fold.test.len());
    for &trial in fold.test {
        let place = trial.checked_sub(subject.first_trial).and_then(|t| courses.places.get(t).copied().flatten());
        let Some(place) = place else {
            decided.push(Vec::new());
            continue;
        };
        let of_trial: Option<Vec<usize>> = sets
            .iter()
            .map(|set| {
                let probabilities = fold.fitted.probabilities(set, place).ok()?;
                Some(ClassPrediction { trial, fold: 0, truth: 0, probabilities }.decided())
            })
            .collect();
        decided.push(of_trial?);
    }
    Some(FoldCourse { sliding_secs: courses.sliding_secs, ends_secs: courses.ends_secs.clone(), decided })
}
