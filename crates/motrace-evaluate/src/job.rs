mod courses;
mod figures;
mod network;
mod pseudo_online;
mod relevance;
mod selection;

pub(crate) use figures::keeps as keeps_figures;

use crate::material::Material;
use crate::pipelines::{Variant, variants};
use crate::protocol::{Split, splits};
use crate::results::{Choice, FoldFigures, FoldResult, Job, JobResult, Prediction};
use crate::settings::Settings;
use crate::{EvaluateError, Protocol};
use figures::{InFold, figures};
use motrace_decode::TrainError;
use motrace_engine::TrainingError;
use selection::{Contender, best};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Does one job; `None` where one that takes long stopped halfway, because `stop` became true.
pub(crate) fn run(
    job: &Job,
    key: &str,
    subject: usize,
    material: &Material,
    settings: &Settings,
    stop: &AtomicBool,
) -> Result<Option<JobResult>, EvaluateError> {
    let begin = Instant::now();
    let mut folds = Vec::new();
    let mut pseudo_online = None;
    if job.protocol == Protocol::PseudoOnline {
        let Some(found) = pseudo_online::replayed(job, material, settings, stop)? else { return Ok(None) };
        pseudo_online = Some(Box::new(found));
    }
    for split in splits(job.protocol, job.part, subject, material)? {
        if stop.load(Ordering::SeqCst) {
            return Ok(None);
        }
        match fold(job, &split, material, settings, stop) {
            Err(EvaluateError::Network { source, .. }) if matches!(*source, TrainingError::Interrupted) => {
                return Ok(None);
            }
            fold => folds.push(fold?),
        }
    }
    let summary = material.subjects.get(subject).map(|subject| subject.summary.clone());
    let subject = summary.ok_or_else(|| EvaluateError::Nothing(format!("subject {} is not there", job.subject)))?;
    for fold in &mut folds {
        fold.calibration_minutes = subject.trial_secs.map(|secs| fold.calibration_trials as f64 * secs / 60.0);
    }
    Ok(Some(JobResult {
        format: JobResult::FORMAT,
        key: key.to_owned(),
        job: job.clone(),
        subject,
        folds,
        pseudo_online,
        seconds: begin.elapsed().as_secs_f64(),
    }))
}

fn fold(
    job: &Job,
    split: &Split,
    material: &Material,
    settings: &Settings,
    stop: &AtomicBool,
) -> Result<FoldResult, EvaluateError> {
    let training = &settings.training;
    let apart = material.apart_from(&split.train, &split.test);
    let artefacts = if training.reject_artefacts { material.artefacts(&apart) } else { Vec::new() };
    let train: Vec<usize> = apart.iter().copied().filter(|t| artefacts.binary_search(t).is_err()).collect();
    let failed = |source: TrainError| EvaluateError::Decoder {
        subject: job.subject.clone(),
        decoder: job.decoder.to_string(),
        protocol: part_in_words(job),
        source: Box::new(source),
    };
    let Found { choice, probabilities, mut figures } = if split.test.is_empty() {
        Found::default()
    } else if let Some(recipe) = settings.networks.get(&job.decoder.kind) {
        network::found(recipe, material, settings, split, &train, job.protocol, stop).map_err(|source| {
            EvaluateError::Network {
                subject: job.subject.clone(),
                decoder: job.decoder.to_string(),
                protocol: part_in_words(job),
                source: Box::new(source),
            }
        })?
    } else {
        of_pipeline(job, material, settings, &train, &split.test).map_err(failed)?
    };
    figures::without_other_patterns(&mut figures, job);
    let predictions = split
        .test
        .iter()
        .zip(probabilities)
        .map(|(&trial, probabilities)| Prediction {
            recording: material.trials[trial].recording,
            trial: material.trials[trial].number,
            truth: material.labels[trial],
            probabilities,
        })
        .collect();
    Ok(FoldResult {
        repeat: split.repeat,
        fold: split.fold,
        calibration_trials: apart.len(),
        calibration_minutes: None,
        artefacts: artefacts.len(),
        choice,
        predictions,
        figures,
    })
}

/// What a decoder that was trained says of the test trials.
#[derive(Default)]
struct Found {
    choice: Option<Choice>,
    probabilities: Vec<Vec<f64>>,
    figures: Option<FoldFigures>,
}

fn of_pipeline(
    job: &Job,
    material: &Material,
    settings: &Settings,
    train: &[usize],
    test: &[usize],
) -> Result<Found, TrainError> {
    let decoder = job.decoder;
    let variants: Vec<Variant> = variants(decoder, &settings.training, material);
    let mut options: Vec<Contender<'_>> = material
        .candidates
        .iter()
        .filter(|candidate| !decoder.kind.reads_bank() || candidate.has_own_band)
        .flat_map(|candidate| variants.iter().map(move |variant| Contender { candidate, variant }))
        .collect();
    if !decoder.is_selected {
        // The first of each is the configured one.
        options.truncate(1);
    }
    let Some((place, inner_accuracy)) = best(&options, decoder, train)? else {
        return Err(TrainError::Shape(format!("{decoder} is made for nothing that is here")));
    };
    let Contender { candidate, variant } = &options[place];
    let set = candidate.set_for(decoder);
    let fitted = variant.pipeline.fit(set, train)?;
    let probabilities = test.iter().map(|&trial| fitted.probabilities(set, trial)).collect::<Result<_, _>>()?;
    let figures = keeps_figures(job.protocol, settings).then(|| {
        let fold = InFold { decoder, chosen: &options[place], fitted: fitted.as_ref(), train, test };
        figures(&fold, material)
    });
    let choice = inner_accuracy.map(|inner_accuracy| Choice {
        band_hz: if decoder.kind.reads_bank() { None } else { candidate.band_hz },
        window_secs: candidate.window_secs,
        setting: variant.setting.clone(),
        candidates: options.len(),
        inner_accuracy,
    });
    Ok(Found { choice, probabilities, figures })
}

fn part_in_words(job: &Job) -> String {
    if job.parts > 1 {
        format!("{}, part {} of {}", job.protocol, job.part + 1, job.parts)
    } else {
        job.protocol.to_string()
    }
}
