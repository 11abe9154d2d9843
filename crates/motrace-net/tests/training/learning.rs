use crate::simulated::{eegnet, rhythms, shallow};
use motrace_net::Architecture;
use motrace_net::training::{ClassWeights, Crops, Ended, TrainedNetwork, TrainingSettings, Trials, train};
use std::ops::ControlFlow;

fn settings() -> TrainingSettings {
    TrainingSettings {
        epochs: Some(30),
        batch_size: 16,
        learning_rate: Some(3e-3),
        seeds: vec![1],
        threads: Some(2),
        ..TrainingSettings::default()
    }
}

fn trained(architecture: &Architecture, trials: &Trials, settings: &TrainingSettings) -> TrainedNetwork {
    train(architecture, trials, settings, None, |_, _| ControlFlow::Continue(())).expect("trained")
}

fn accuracy(trained: &TrainedNetwork, trials: &Trials, settings: &TrainingSettings) -> f64 {
    let outputs = trained.outputs(trials, settings).expect("outputs");
    let right = outputs.each().zip(&trials.labels).filter(|(z, label)| usize::from(z[1] > z[0]) == **label).count();
    right as f64 / trials.labels.len() as f64
}

#[test]
fn networks_learn_what_there_is_to_learn() {
    let (known, new) = (rhythms(80, 150, 1), rhythms(100, 150, 2));
    for architecture in [eegnet(), shallow()] {
        let network = trained(&architecture, &known, &settings());
        let found = accuracy(&network, &new, &settings());
        assert!(found > 0.9, "{} finds {found}", architecture.title());
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut known = rhythms(60, 100, 1);
    // Labels that say nothing of the trials.
    known.labels = (0..60).map(|trial| (trial / 2) % 2).collect();
    let mut new = rhythms(100, 100, 2);
    new.labels = (0..100).map(|trial| (trial / 2) % 2).collect();
    let quick = TrainingSettings { epochs: Some(8), ..settings() };
    let found = accuracy(&trained(&shallow(), &known, &quick), &new, &quick);
    assert!((0.3..0.7).contains(&found), "{found}");
}

#[test]
fn crops_see_whole_trials_piece_by_piece() {
    let (known, new) = (rhythms(60, 200, 1), rhythms(60, 200, 2));
    let crops = Crops { length_secs: 1.2, stride_secs: 0.4 };
    let settings = TrainingSettings { crops: Some(crops), epochs: Some(15), ..settings() };
    let network = trained(&shallow(), &known, &settings);
    assert_eq!(network.network.input().samples, 120);
    let mut broken = new.clone();
    broken.labels.push(0);
    assert!(network.outputs(&broken, &settings).is_err());
    broken.windows.values.clear();
    assert!(network.outputs(&broken, &settings).is_err());
    let found = accuracy(&network, &new, &settings);
    assert!(found > 0.9, "{found}");
    // A trial is decided by the mean of its three windows.
    let window = |trial: usize, start: usize| -> Vec<f32> {
        let shape = new.windows.shape;
        (0..shape.rows)
            .flat_map(|row| new.windows.values[trial * shape.len() + row * 200 + start..][..120].to_vec())
            .collect()
    };
    let of_trial = network.outputs(&new, &settings).expect("outputs");
    for trial in [0, 7] {
        let parts: Vec<_> = [0, 40, 80]
            .map(|start| {
                network.network.outputs(&motrace_net::Batch::one(network.network.input(), &window(trial, start)))
            })
            .into();
        for class in 0..2 {
            let mean = parts.iter().map(|part| part.values[class]).sum::<f32>() / 3.0;
            assert!((mean - of_trial.values[trial * 2 + class]).abs() < 1e-4);
        }
    }
}

#[test]
fn augmented_trials_are_learnt_from() {
    let (mut known, new) = (rhythms(80, 150, 1), rhythms(60, 130, 2));
    known.margin_samples = 10;
    let mut settings = settings();
    settings.augmentations.time_shift_secs = 0.1;
    settings.augmentations.channel_dropout = 0.1;
    settings.augmentations.noise = 0.2;
    assert_eq!(settings.margin_samples(known.rate_hz), 10);
    let network = trained(&shallow(), &known, &settings);
    assert_eq!(network.network.input().samples, 130);
    let found = accuracy(&network, &new, &settings);
    assert!(found > 0.9, "{found}");
}

#[test]
fn a_rare_class_counts_as_much_as_others() {
    let mut known = rhythms(96, 100, 1);
    // Every eighth trial is of class 0, and all look alike: what is learnt is how often each class comes.
    let first = known.windows.values[..known.windows.shape.len()].to_vec();
    known.windows.each_mut().for_each(|window| window.copy_from_slice(&first));
    known.labels = (0..96).map(|trial| usize::from(trial % 8 != 0)).collect();
    let learnt = |class_weights| {
        let settings = TrainingSettings { class_weights, validation_share: 0.0, epochs: Some(25), ..settings() };
        let network = trained(&crate::simulated::mlp(), &known, &settings);
        let outputs = network.outputs(&known, &settings).expect("outputs");
        1.0 / (1.0 + (outputs.values[0] - outputs.values[1]).exp())
    };
    let (balanced, plain) = (learnt(ClassWeights::Balanced), learnt(ClassWeights::None));
    assert!((balanced - 0.5).abs() < 0.1, "{balanced}");
    assert!((plain - 0.875).abs() < 0.06, "{plain}");
}

#[test]
fn it_ends_where_validation_gets_no_better() {
    let mut known = rhythms(40, 100, 1);
    known.labels = (0..40).map(|trial| (trial / 2) % 2).collect();
    let settings = TrainingSettings { patience: Some(3), epochs: Some(200), ..settings() };
    let mut losses = Vec::new();
    let network = train(&shallow(), &known, &settings, None, |_, progress| {
        losses.push(progress.validation.expect("a validation part").loss);
        ControlFlow::Continue(())
    })
    .expect("trained");
    let report = network.reports[0];
    assert_eq!(report.ended, Ended::NoBetter);
    assert_eq!(report.epochs, report.best_epoch + 3);
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[report.best_epoch - 1], best);
    // These are the weights of that epoch.
    assert_eq!(report.validation.expect("a validation part").loss, best);
}

#[test]
fn the_best_of_several_seeds_is_kept() {
    let known = rhythms(40, 100, 1);
    let settings = TrainingSettings { seeds: vec![5, 6, 7], epochs: Some(4), ..settings() };
    let together = trained(&shallow(), &known, &settings);
    assert_eq!(together.reports.len(), 3);
    let mut best = (f64::INFINITY, 0);
    for (seed, report) in settings.seeds.iter().zip(&together.reports) {
        let alone = trained(&shallow(), &known, &TrainingSettings { seeds: vec![*seed], ..settings.clone() });
        assert_eq!(alone.reports[0], *report);
        let loss = report.validation.expect("a validation part").loss;
        if loss < best.0 {
            best = (loss, *seed);
        }
    }
    assert_eq!(together.seed, best.1);
}

#[test]
fn it_can_be_stopped_after_any_epoch() {
    let known = rhythms(40, 100, 1);
    let settings = TrainingSettings { seeds: vec![5, 6], epochs: Some(4), ..settings() };
    let mut told = Vec::new();
    let network = train(&shallow(), &known, &settings, None, |_, progress| {
        told.push((progress.seed, progress.epoch));
        if told.len() == 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .expect("trained");
    assert_eq!(told, [(5, 1), (5, 2), (5, 3), (5, 4), (6, 1), (6, 2)]);
    let ended: Vec<Ended> = network.reports.iter().map(|report| report.ended).collect();
    assert_eq!(ended, [Ended::AllEpochs, Ended::Stopped]);
}
