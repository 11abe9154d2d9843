use super::relevance::MeanRelevance;
use super::{Found, keeps_figures};
use crate::Protocol;
use crate::material::Material;
use crate::protocol::Split;
use crate::results::FoldFigures;
use crate::settings::{NetworkRecipe, Settings};
use motrace_core::{Decision, DecisionKind, Veto, View};
use motrace_engine::{
    DecoderSettings, EngineError, Logits, NetworkReader, Preparation, RecordingStamp, Tape, TrainSettings,
    TrainingCheckpoints, TrainingError, WindowExplainer, collect_epochs, stack_epochs, train_with,
};
use ndarray::{ArrayView2, Axis};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Trains a network on some trials, as `motrace train` does but from one seed, and gives the probabilities of the tested, and where
/// figures are kept, their relevance.
///
/// Where `stop` becomes true meanwhile, it is [`TrainingError::Interrupted`].
///
/// It sees nothing but the training trials: recordings are given to it with all other trials discarded, and those without
/// a training trial not at all.
pub(super) fn found(
    recipe: &NetworkRecipe,
    material: &Material,
    settings: &Settings,
    split: &Split,
    trained: &[usize],
    protocol: Protocol,
    stop: &AtomicBool,
) -> Result<Found, TrainingError> {
    let training = &settings.training;
    let keeps_figures = keeps_figures(protocol, settings);
    let preparation =
        Preparation { filter: recipe.filter.clone(), input: recipe.input, ..material.preparation.clone() };
    let mut network = recipe.network.clone();
    network.training.seeds.truncate(1);
    // Jobs run beside each other; the bits do not depend on it.
    network.training.threads = Some(1);
    let settings = TrainSettings {
        decoder: DecoderSettings::Network(Box::new(network)),
        folds: None,
        reject_artefacts: training.reject_artefacts,
        ..TrainSettings::default()
    };
    let mut tapes: Vec<(RecordingStamp, Tape)> = Vec::new();
    for (place, (recording, tape)) in material.recordings.iter().zip(&material.tapes).enumerate() {
        let wanted: Vec<usize> = trained
            .iter()
            .filter(|&&trial| material.trials[trial].recording == place)
            .map(|&trial| material.trials[trial].number)
            .collect();
        if !wanted.is_empty() {
            let mut own = Tape::clone(tape);
            let cues = own.markers().filter(|marker| preparation.class_of(marker).is_some()).count();
            own.discard((1..=cues).filter(|number| !wanted.contains(number)).collect());
            tapes.push((RecordingStamp { name: recording.name.clone(), sha256: recording.sha256.clone() }, own));
        }
    }
    let recordings: Vec<(RecordingStamp, &Tape)> = tapes.iter().map(|(stamp, tape)| (stamp.clone(), tape)).collect();
    let model =
        train_with(&recordings, &preparation, &settings, &mut TrainingCheckpoints::default(), &mut |_| match stop
            .load(Ordering::SeqCst)
        {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })?
        .model;
    let Some(decoder) = model.decoder.network() else {
        return Err(EngineError::Input.into());
    };
    let mut reader = NetworkReader::new(decoder, &model.preparation)?;
    // A network that cannot be explained has no maps, and can be scored all the same.
    let mut explainer = keeps_figures.then(|| WindowExplainer::new(&model).ok()).flatten();
    let mut mean = MeanRelevance::default();

    let classes = material.class_names.len();
    let mut found = vec![vec![1.0 / classes as f64; classes]; split.test.len()];
    for (place, tape) in material.tapes.iter().enumerate() {
        let tested: Vec<(usize, usize)> = split
            .test
            .iter()
            .enumerate()
            .filter(|(_, trial)| material.trials[**trial].recording == place)
            .map(|(position, &trial)| (position, material.trials[trial].number))
            .collect();
        if tested.is_empty() {
            continue;
        }
        let collector = collect_epochs(&mut tape.play(4096), &model.preparation).map_err(|source| {
            TrainingError::Recording { recording: material.recordings[place].name.clone(), source }
        })?;
        let epochs = stack_epochs(std::slice::from_ref(&collector), &model.preparation);
        for (position, number) in tested {
            // A trial in which this stage is still settling has no window: the decoder says nothing then, and every class is
            // as likely.
            let Some(window) = collector.kept().iter().position(|trial| trial.number == number) else { continue };
            let window = epochs.data.index_axis(Axis(0), window);
            if let Some(logits) = reader.logits(window) {
                found[position] = softmax(logits.all());
                if let Some(explainer) = &mut explainer {
                    let class = material.labels[split.test[position]];
                    explain(explainer, window, &logits, (number, class), &mut mean);
                }
            }
        }
    }
    let relevance = mean.finished();
    let figures = relevance.map(|relevance| FoldFigures { relevance: Some(relevance), ..FoldFigures::default() });
    Ok(Found { choice: None, probabilities: found, figures })
}

/// Adds the relevance of a trial: what the layers keep is not shared out to channels.
fn explain(
    explainer: &mut WindowExplainer,
    window: ArrayView2<f64>,
    logits: &Logits,
    (number, class): (usize, usize),
    mean: &mut MeanRelevance,
) {
    let decision = Decision {
        kind: DecisionKind::Trial(number),
        start: 0,
        end: window.ncols() as u64,
        value: logits.value(),
        probabilities: logits.probabilities(1.0),
        veto: Veto::NONE,
        frozen_value: None,
    };
    let mut relevance = explainer.empty_for(window.ncols());
    explainer.explain_into(window, &decision, &mut relevance);
    let per_channel = relevance.per_channel(View::Input);
    mean.add(class, [&per_channel, &[], &[]], relevance.ledger.value, relevance.ledger.kept_by_layers());
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let each: Vec<f64> = logits.iter().map(|z| (z - most).exp()).collect();
    let sum: f64 = each.iter().sum();
    each.into_iter().map(|e| e / sum).collect()
}
