use crate::simulated::{eegnet, rhythms, shallow};
use motrace_net::training::{ConstantChannels, Crops, TrainingError, TrainingSettings, TrainingWarning, Trials, train};
use std::ops::ControlFlow;

fn settings() -> TrainingSettings {
    TrainingSettings {
        epochs: Some(1),
        seeds: vec![1],
        batch_size: 16,
        threads: Some(1),
        ..TrainingSettings::default()
    }
}

fn refused(trials: &Trials, settings: &TrainingSettings) -> TrainingError {
    train(&shallow(), trials, settings, None, |_, _| ControlFlow::Continue(())).expect_err("refused")
}

fn changed(change: impl Fn(&mut Trials)) -> Trials {
    let mut trials = rhythms(20, 90, 1);
    change(&mut trials);
    trials
}

#[test]
fn trials_that_cannot_be_learnt_from_are_refused_by_name() {
    let told = |change: &dyn Fn(&mut Trials)| refused(&changed(change), &settings());
    let error = told(&|t| t.labels.fill(1));
    assert_eq!(error, TrainingError::OneClass { class: 1, trials: 16 });
    let error = told(&|t| {
        t.labels.fill(1);
        t.labels[3] = 0;
    });
    assert_eq!(error, TrainingError::FewTrials { class: 0, trials: 1, needed: 2 });
    // Those at the end are not learnt from.
    let error = told(&|t| {
        t.labels.fill(1);
        t.labels[17..].fill(0);
    });
    assert_eq!(error, TrainingError::OneClass { class: 1, trials: 16 });
    let error = told(&|t| t.classes = usize::MAX);
    assert_eq!(error, TrainingError::FewTrials { class: 2, trials: 0, needed: 2 });
    assert!(matches!(told(&|t| t.margin_samples = usize::MAX), TrainingError::Trials(_)));
    let error = told(&|t| t.classes = 3);
    assert_eq!(error, TrainingError::FewTrials { class: 2, trials: 0, needed: 2 });
    let error = told(&|t| t.labels[5] = 2);
    assert_eq!(error, TrainingError::LabelRange { trial: 5, label: 2, classes: 2 });
    let error = told(&|t| {
        t.labels.pop();
    });
    assert_eq!(error, TrainingError::Labels { labels: 19, trials: 20 });
    let place = (3 * 5 + 4) * 90 + 7;
    for value in [f32::NAN, f32::INFINITY] {
        let error = told(&|t| t.windows.values[place] = value);
        let text = error.to_string();
        assert!(text.starts_with(&format!("channel 4 of trial 3 holds {value} at sample 7")), "{text}");
    }
    let error = told(&|t| t.windows.each_mut().for_each(|window| window[90..180].fill(2.5)));
    assert_eq!(error, TrainingError::ConstantChannel { channel: 1, trials: 20 });
    let error = told(&|t| t.windows = motrace_net::Batch::zeros(t.windows.shape, 0));
    assert_eq!(error, TrainingError::Labels { labels: 20, trials: 0 });
    assert!(matches!(told(&|t| t.rate_hz = f64::NAN), TrainingError::Trials(_)));
    assert!(matches!(told(&|t| t.margin_samples = 45), TrainingError::Trials(_)));
    let error = told(&|t| {
        t.labels.clear();
        t.windows.values.clear();
    });
    assert!(matches!(error, TrainingError::FewTrials { .. }), "{error}");
}

#[test]
fn a_constant_channel_can_be_let_in_with_a_warning() {
    let trials = changed(|t| t.windows.each_mut().for_each(|window| window[90..180].fill(2.5)));
    let settings = TrainingSettings { constant_channels: ConstantChannels::Warn, ..settings() };
    for architecture in [eegnet(), shallow()] {
        let trained =
            train(&architecture, &trials, &settings, None, |_, _| ControlFlow::Continue(())).expect("trained");
        assert_eq!(trained.warnings, [TrainingWarning::ConstantChannel { channel: 1 }]);
        assert_eq!(trained.network.check(), Ok(()));
    }
}

#[test]
fn a_class_missing_from_validation_is_told() {
    let mut trials = rhythms(20, 90, 1);
    trials.labels[16..].fill(0);
    let trained = train(&shallow(), &trials, &settings(), None, |_, _| ControlFlow::Continue(())).expect("trained");
    assert_eq!(trained.warnings, [TrainingWarning::NotValidated { class: 1 }]);
}

#[test]
fn impossible_settings_are_refused_by_name() {
    let trials = rhythms(20, 90, 1);
    let name = |change: &dyn Fn(&mut TrainingSettings)| {
        let mut settings = settings();
        change(&mut settings);
        match refused(&trials, &settings) {
            TrainingError::Setting { name, .. } => name,
            other => panic!("{other}"),
        }
    };
    assert_eq!(name(&|s| s.epochs = Some(0)), "epochs");
    assert_eq!(name(&|s| s.patience = Some(0)), "patience");
    assert_eq!(name(&|s| s.batch_size = 0), "batch_size");
    assert_eq!(name(&|s| s.learning_rate = Some(-1.0)), "learning_rate");
    assert_eq!(name(&|s| s.weight_decay = Some(f64::NAN)), "weight_decay");
    assert_eq!(name(&|s| s.validation_share = 1.0), "validation_share");
    assert_eq!(name(&|s| s.seeds.clear()), "seeds");
    assert_eq!(name(&|s| s.seeds = vec![1, 2, 1]), "seeds");
    assert_eq!(name(&|s| s.threads = Some(0)), "threads");
    assert_eq!(name(&|s| s.augmentations.channel_dropout = 1.0), "augmentations.channel_dropout");
    assert_eq!(name(&|s| s.augmentations.noise = f64::INFINITY), "augmentations.noise");
    // The trials have no margin.
    assert_eq!(name(&|s| s.augmentations.time_shift_secs = 0.1), "augmentations.time_shift_secs");
    assert_eq!(name(&|s| s.crops = Some(Crops { length_secs: 1.0, stride_secs: 0.1 })), "crops.length_secs");
    assert_eq!(name(&|s| s.crops = Some(Crops { length_secs: 0.8, stride_secs: 0.001 })), "crops.stride_secs");
}

#[test]
fn a_loss_that_diverges_at_once_is_an_error() {
    let trials = rhythms(40, 90, 1);
    let wild = TrainingSettings { learning_rate: Some(1e30), epochs: Some(20), seeds: vec![1, 2], ..settings() };
    let mlp = crate::simulated::mlp();
    let error = train(&mlp, &trials, &wild, None, |_, _| ControlFlow::Continue(())).expect_err("diverges");
    assert_eq!(error, TrainingError::Diverged { seed: 2, epoch: 1, learning_rate: 1e30 });
    let told = error.to_string();
    assert!(told.contains("nothing is saved") && told.contains("The learning rate was 1e30: 0.001 is usual"), "{told}");
}
