use crate::plan::Plan;
use crate::results::{ClassRelevance, FoldPattern, FoldResult, JobResult};
use crate::{DecoderId, Protocol, headline};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Where a decoder's decisions on trials that it had not seen come from, in the mean of each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relevance {
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// The subject; `None` for the mean over subjects, each counting the same.
    pub subject: Option<String>,
    /// How many subjects are in it.
    pub subjects: usize,
    /// The channels; of a mean, those that all subjects have.
    pub channels: Vec<String>,
    /// One for each class.
    pub classes: Vec<MeanRelevance>,
    /// |ΣR − (f − f₀)| of the worst view of the worst trial.
    pub largest_error: f64,
}

/// The mean relevance of the trials of a class per channel, summed over time, in units of the decoder's output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanRelevance {
    /// Class and maps.
    #[serde(flatten)]
    pub of_class: ClassRelevance,
    /// ΣR of each view that is there: INPUT, PATTERN, SOURCE. It is the mean of f − f₀, but for a mean over subjects that do not
    /// have all channels in common.
    pub total: Vec<f64>,
}

/// Patterns of a subject's decoder, that of the first fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patterns {
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// The subject.
    pub subject: String,
    /// The channels.
    pub channels: Vec<String>,
    /// How many trials it was trained on.
    pub trained_on: usize,
    /// The most telling of each class in which they are stronger.
    pub patterns: Vec<FoldPattern>,
}

/// The results of a decoder under the headline, by the plan.
fn of_decoder<'a>(
    plan: &'a Plan,
    by_key: &'a HashMap<&str, &'a JobResult>,
    decoder: DecoderId,
) -> impl Iterator<Item = &'a JobResult> {
    let protocol = headline(&plan.protocols);
    let jobs = plan.jobs.iter().filter(move |p| Some(p.job.protocol) == protocol && p.job.decoder == decoder);
    jobs.filter_map(|planned| by_key.get(planned.key.as_str()).copied())
}

/// For each decoder that can be explained the relevance of each subject, and where there are several, their mean.
pub(super) fn relevance(plan: &Plan, results: &[JobResult]) -> Vec<Relevance> {
    let Some(protocol) = headline(&plan.protocols) else { return Vec::new() };
    let by_key: HashMap<&str, &JobResult> = results.iter().map(|result| (result.key.as_str(), result)).collect();
    let mut found = Vec::new();
    for &decoder in &plan.decoders {
        let mut subjects: Vec<Relevance> = Vec::new();
        for result in of_decoder(plan, &by_key, decoder) {
            for of_fold in result.folds.iter().filter_map(|fold| fold.figures.as_ref()?.relevance.as_ref()) {
                let name = &result.job.subject;
                let known = subjects.iter().position(|known| known.subject.as_ref() == Some(name));
                let place = known.unwrap_or_else(|| {
                    subjects.push(Relevance {
                        protocol,
                        decoder,
                        subject: Some(name.clone()),
                        subjects: 1,
                        channels: result.subject.channels.clone(),
                        classes: Vec::new(),
                        largest_error: 0.0,
                    });
                    subjects.len() - 1
                });
                let of_subject = &mut subjects[place];
                of_subject.largest_error = of_subject.largest_error.max(of_fold.largest_error);
                of_fold.classes.iter().for_each(|own| add(&mut of_subject.classes, own));
            }
        }
        subjects.iter_mut().for_each(finish);
        let mean = (subjects.len() > 1).then(|| over_subjects(&subjects)).flatten();
        found.extend(subjects);
        found.extend(mean);
    }
    found
}

/// Adds the mean of some trials to that of others, each trial counting the same.
fn add(classes: &mut Vec<MeanRelevance>, own: &ClassRelevance) {
    let Some(mean) = classes.iter_mut().find(|known| known.of_class.class == own.class) else {
        classes.push(MeanRelevance { of_class: own.clone(), total: Vec::new() });
        return;
    };
    let mean = &mut mean.of_class;
    let all = mean.trials + own.trials;
    let share = own.trials as f64 / all.max(1) as f64;
    mean.trials = all;
    let views = [(&mut mean.input, &own.input), (&mut mean.pattern, &own.pattern), (&mut mean.source, &own.source)];
    for (to, from) in views {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += share * (from - *to));
    }
    mean.value += share * (own.value - mean.value);
    mean.offset += share * (own.offset - mean.offset);
}

fn finish(relevance: &mut Relevance) {
    relevance.classes.sort_by_key(|mean| mean.of_class.class);
    for mean in &mut relevance.classes {
        let own = &mean.of_class;
        let views = [&own.input, &own.pattern, &own.source];
        mean.total = views.iter().filter(|view| !view.is_empty()).map(|view| view.iter().sum()).collect();
    }
}

/// The mean over subjects on the channels that all have; `None` where there is none.
fn over_subjects(subjects: &[Relevance]) -> Option<Relevance> {
    let first = subjects.first()?;
    let has = |label: &String| subjects.iter().all(|subject| subject.channels.contains(label));
    let channels: Vec<String> = first.channels.iter().filter(|label| has(label)).cloned().collect();
    if channels.is_empty() {
        return None;
    }
    let mut classes: Vec<MeanRelevance> = Vec::new();
    for class in first.classes.iter().map(|mean| mean.of_class.class) {
        let mut sum: Option<ClassRelevance> = None;
        let mut count = 0.0;
        for subject in subjects {
            let Some(own) = subject.classes.iter().find(|mean| mean.of_class.class == class) else { continue };
            let own = on(&own.of_class, &subject.channels, &channels);
            count += 1.0;
            match &mut sum {
                None => sum = Some(own),
                Some(sum) => {
                    let pairs = [
                        (&mut sum.input, &own.input),
                        (&mut sum.pattern, &own.pattern),
                        (&mut sum.source, &own.source),
                    ];
                    for (to, from) in pairs {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    }
                    sum.trials += own.trials;
                    sum.value += own.value;
                    sum.offset += own.offset;
                }
            }
        }
        if let Some(mut mean) = sum {
            for view in [&mut mean.input, &mut mean.pattern, &mut mean.source] {
                view.iter_mut().for_each(|r| *r /= count);
            }
            mean.value /= count;
            mean.offset /= count;
            classes.push(MeanRelevance { of_class: mean, total: Vec::new() });
        }
    }
    let mut found = Relevance {
        protocol: first.protocol,
        decoder: first.decoder,
        subject: None,
        subjects: subjects.len(),
        channels,
        classes,
        largest_error: subjects.iter().map(|subject| subject.largest_error).fold(0.0, f64::max),
    };
    finish(&mut found);
    Some(found)
}

/// The maps on some of their channels.
fn on(own: &ClassRelevance, channels: &[String], wanted: &[String]) -> ClassRelevance {
    let taken = |view: &Vec<f64>| -> Vec<f64> {
        if view.is_empty() {
            return Vec::new();
        }
        let at = |label: &String| channels.iter().position(|c| c == label).and_then(|place| view.get(place)).copied();
        wanted.iter().map(|label| at(label).unwrap_or(0.0)).collect()
    };
    ClassRelevance { input: taken(&own.input), pattern: taken(&own.pattern), source: taken(&own.source), ..own.clone() }
}

/// The patterns that were kept, by decoder and subject.
pub(super) fn patterns(plan: &Plan, results: &[JobResult]) -> Vec<Patterns> {
    let Some(protocol) = headline(&plan.protocols) else { return Vec::new() };
    let by_key: HashMap<&str, &JobResult> = results.iter().map(|result| (result.key.as_str(), result)).collect();
    let mut found: Vec<Patterns> = Vec::new();
    for &decoder in &plan.decoders {
        for result in of_decoder(plan, &by_key, decoder) {
            let has = |fold: &&FoldResult| fold.figures.as_ref().is_some_and(|figures| !figures.patterns.is_empty());
            let is_known = found.iter().any(|known| known.decoder == decoder && known.subject == result.job.subject);
            let Some(fold) = result.folds.iter().find(has).filter(|_| !is_known) else { continue };
            found.push(Patterns {
                protocol,
                decoder,
                subject: result.job.subject.clone(),
                channels: result.subject.channels.clone(),
                trained_on: fold.calibration_trials - fold.artefacts.min(fold.calibration_trials),
                patterns: fold.figures.as_ref().map(|figures| figures.patterns.clone()).unwrap_or_default(),
            });
        }
    }
    found
}
