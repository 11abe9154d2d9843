//! Pseudo-online evaluation of simulated recordings, whose truth is known: what there is, is found; what is not, is not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Montage, Unit};
use motrace_engine::{
    ClassSpec, DecisionStream, Engine, Explain, InputStage, Part, Preparation, PseudoOnline, PseudoOnlineError,
    PseudoOnlineSettings, RecordingStamp, Tape, ThresholdRule, TrainSettings, chronological_parts, pseudo_online,
    run_replay, train,
};
use motrace_signal::{FilterSpec, Reference};
use motrace_sim::{Cues, Simulation, SimulationSettings};
use std::ops::ControlFlow;

fn simulated(seed: u64, signal_strength: f64) -> (RecordingStamp, Tape) {
    let labels = ["FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CP4", "Pz"];
    let settings = SimulationSettings {
        seed,
        signal_strength,
        cues: Cues::PerClass(20),
        labels: labels.map(str::to_owned).to_vec(),
        ..SimulationSettings::default()
    };
    let tape = Tape::of(&mut Simulation::new(settings).unwrap()).unwrap();
    (RecordingStamp { name: format!("simulated {seed}"), sha256: String::new() }, tape)
}

fn preparation(tape: &Tape) -> Preparation {
    Preparation {
        channels: Montage::new(tape.info().channels.iter().map(|c| c.label.as_str())),
        unit: Unit::Microvolts,
        rate_hz: tape.info().rate_hz,
        reference: Reference::None,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.1,
    }
}

fn settings(threshold: ThresholdRule) -> PseudoOnlineSettings {
    let usual = PseudoOnlineSettings::usual(4.0, 1.0);
    PseudoOnlineSettings { threshold, folds: 3, ..usual }
}

fn evaluated(recordings: &[(RecordingStamp, Tape)], rule: ThresholdRule) -> PseudoOnline {
    let preparation = preparation(&recordings[0].1);
    let settings = settings(rule);
    let (first, rest) = chronological_parts(recordings, &preparation, 0.6, settings.events.timing).unwrap();
    pseudo_online(&first, &rest, &preparation, &TrainSettings::default(), &settings, &mut |_, _| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

#[test]
fn imagery_is_detected_where_there_is_some() {
    let recording = [simulated(3, 1.0)];
    let found = evaluated(&recording, ThresholdRule::Youden);
    println!("{}", serde_json::to_string_pretty(&found.score).unwrap());
    let score = &found.score;
    assert_eq!((score.trials + score.undecided_trials, &found.trained_on), (16, &found.scored_on));
    assert_eq!(found.trained_trials.iter().sum::<usize>() + 16, 40);
    let chance = score.chance.unwrap();
    assert!(score.hit_rate.value > score.wrong_rate.value, "{:?}", score.hit_rate);
    assert!(chance.shifted_hit_rate.mean < score.hit_rate.value);
    assert!(score.wolpaw_bits_per_minute.value > 0.0);
    assert!(found.chosen.unwrap().threshold == found.detector.threshold && found.curve.len() > 20);
    // More is detected at lower thresholds, in imagery and for nothing.
    let (lowest, highest) = (found.curve[0], found.curve.last().unwrap());
    assert!(lowest.false_alarms_per_minute > score.false_alarms_per_minute.unwrap().value - 1e-9);
    assert_eq!((highest.hit_rate, highest.false_alarms_per_minute), (0.0, 0.0));
    // The result outlives a file.
    let text = serde_json::to_string(&found).unwrap();
    let again: PseudoOnline = serde_json::from_str(&text).unwrap();
    assert_eq!(again.rule, found.rule);
    assert_eq!(again.score.outcomes, found.score.outcomes);
}

#[test]
fn nothing_is_told_where_there_is_nothing() {
    for seed in [11, 12, 13] {
        let recording = [simulated(seed, 0.0)];
        let found = evaluated(&recording, ThresholdRule::Youden);
        let (score, chance) = (&found.score, found.score.chance.unwrap());
        println!("{seed}: {:?}, by chance {:?}", score.hit_rate, chance.shifted_hit_rate);
        assert!(chance.shifted_hit_rate.p_value > 0.01 && chance.permuted_hit_rate.p_value > 0.01);
        assert!(score.hit_rate.value <= chance.shifted_hit_rate.interval[1] + 0.1);
    }
}

#[test]
fn other_recordings_are_scored_whole() {
    let (first, second) = ([simulated(3, 1.0)], [simulated(1_000_003, 1.0)]);
    let preparation = preparation(&first[0].1);
    let training = [Part::whole(&first[0].0, &first[0].1)];
    let test = [Part::whole(&second[0].0, &second[0].1)];
    let settings = settings(ThresholdRule::At(0.75));
    let mut steps = Vec::new();
    let found = pseudo_online(&training, &test, &preparation, &TrainSettings::default(), &settings, &mut |done, of| {
        steps.push((done, of));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((found.chosen, found.detector.threshold), (None, 0.75));
    assert_eq!(found.score.trials + found.score.undecided_trials, 40);
    assert!(steps.first() == Some(&(0, 2)) && steps.last() == Some(&(2, 2)));

    // The same from the decisions of a model that was trained as before.
    let model = train(&[(first[0].0.clone(), &first[0].1)], &preparation, &TrainSettings::default(), &mut |_, _| ());
    let model = model.unwrap().model;
    let mut engine = Engine::new(&model, second[0].1.info(), Explain::None).unwrap();
    let mut stream = DecisionStream::of(&model.preparation);
    run_replay(&mut second[0].1.play(77), &mut engine, &mut |event| stream.take(&event)).unwrap();
    let again = PseudoOnline::of_model(&model, "again", stream.clone(), &settings).unwrap();
    assert_eq!((&again.score, &again.curve), (&found.score, &found.curve));

    // Without a threshold the first half of the trials chooses it.
    let free = PseudoOnlineSettings { threshold: ThresholdRule::FalseAlarmsPerMinute(2.0), ..settings.clone() };
    let half = PseudoOnline::of_model(&model, "half", stream, &free).unwrap();
    assert!(
        half.score.trials + half.score.undecided_trials == 20 && half.chosen.unwrap().false_alarms_per_minute <= 2.0
    );

    let stopped = pseudo_online(&training, &test, &preparation, &TrainSettings::default(), &settings, &mut |_, _| {
        ControlFlow::Break(())
    });
    assert!(matches!(stopped, Err(PseudoOnlineError::Interrupted)));
}

#[test]
fn what_cannot_be_done_is_said() {
    let recording = [simulated(5, 1.0)];
    let preparation = preparation(&recording[0].1);
    let timing = settings(ThresholdRule::Youden).events.timing;
    for fraction in [0.0, 1.0, -1.0, f64::NAN] {
        assert!(matches!(
            chronological_parts(&recording, &preparation, fraction, timing),
            Err(PseudoOnlineError::Fraction(_))
        ));
    }
    let all_but_none = chronological_parts(&recording, &preparation, 0.999, timing);
    assert!(matches!(all_but_none, Err(PseudoOnlineError::TooFewTrials { trials: 40, least: 41 })));
    let (first, rest) = chronological_parts(&recording, &preparation, 0.5, timing).unwrap();
    let run = |settings: &PseudoOnlineSettings| {
        let go_on = &mut |_, _| ControlFlow::Continue(());
        pseudo_online(&first, &rest, &preparation, &TrainSettings::default(), settings, go_on).unwrap_err().to_string()
    };
    assert!(run(&settings(ThresholdRule::At(1.5))).contains("1.5"));
    assert!(run(&settings(ThresholdRule::FalseAlarmsPerMinute(-1.0))).contains("-1"));
    let mut long = settings(ThresholdRule::Youden);
    long.events.dwell_secs = f64::NAN;
    assert!(run(&long).contains("dwell"));
    let many = PseudoOnlineSettings { folds: 99, ..settings(ThresholdRule::Youden) };
    assert!(run(&many).contains("99"));
}

#[test]
fn few_trials_are_enough() {
    let recording = [simulated(5, 1.0)];
    let preparation = preparation(&recording[0].1);
    let settings = settings(ThresholdRule::Youden);
    let (first, rest) = chronological_parts(&recording, &preparation, 0.4, settings.events.timing).unwrap();
    let found = pseudo_online(&first, &rest, &preparation, &TrainSettings::default(), &settings, &mut |_, _| {
        ControlFlow::Continue(())
    });
    assert_eq!(found.unwrap().trained_trials.iter().sum::<usize>(), 16);
}
