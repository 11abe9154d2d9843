//! What training decides by itself: band, window and artefacts, on recordings whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use motrace_core::{Marker, Montage, Source, Unit, electrode_position};
use motrace_decode::Folds;
use motrace_engine::{
    ClassSpec, InputStage, Preparation, RecordingStamp, SkipReason, Tape, TrainSettings, Trained, collect_epochs,
    stack_epochs, train,
};
use motrace_signal::{FilterSpec, Reference, StreamingFilter};
use motrace_sim::{Cues, Simulation, SimulationSettings};
use std::time::Instant;

/// A recording of somebody in whom nothing changes but one rhythm above each hand area.
struct Person {
    seed: u64,
    rhythm_hz: f64,
    /// When the rhythm above the opposite hand area is weak, in seconds after a cue.
    weak_secs: [f64; 2],
    /// What is left of its amplitude then.
    left: f64,
    rate_hz: f64,
    labels: Vec<String>,
    trials_per_class: usize,
}

impl Person {
    fn new(seed: u64, rhythm_hz: f64) -> Self {
        let labels = SimulationSettings::default().labels;
        Self { seed, rhythm_hz, weak_secs: [1.0, 3.0], left: 0.2, rate_hz: 250.0, labels, trials_per_class: 20 }
    }

    fn tape(&self) -> Tape {
        let mut simulation = Simulation::new(SimulationSettings {
            seed: self.seed,
            rate_hz: self.rate_hz,
            labels: self.labels.clone(),
            signal_strength: 0.0,
            cues: Cues::PerClass(self.trials_per_class),
            ..SimulationSettings::default()
        })
        .unwrap();
        let calm = Tape::of(&mut simulation).unwrap();
        let band_hz = Some([self.rhythm_hz - 1.0, self.rhythm_hz + 1.0]);
        let filter = FilterSpec { band_hz, order: 2, notch_hz: None }.design(self.rate_hz).unwrap();
        let mut rhythm = StreamingFilter::new(&filter, 2);
        let mut dice = self.seed ^ 0x9e37_79b9_7f4a_7c15;
        let mut noise = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        // A band of 2 Hz holds this share of white noise; uniform numbers have a variance of 1/12.
        let volts = 8.0 / (2.0 * 2.0 / self.rate_hz / 12.0_f64).sqrt();
        let gains: Vec<[f64; 2]> =
            self.labels.iter().map(|label| ["C3", "C4"].map(|hand| nearness(label, hand))).collect();
        let cues: Vec<Marker> = calm.markers().cloned().collect();
        let mut current = [0.0; 2];
        altered(&calm, move |sample, channel, value| {
            if channel == 0 {
                current = [noise() * volts, noise() * volts];
                rhythm.apply(&mut current);
                for cue in &cues {
                    let secs = (sample as f64 - cue.index as f64) / self.rate_hz;
                    if (self.weak_secs[0]..self.weak_secs[1]).contains(&secs) {
                        current[usize::from(cue.text == "left")] *= self.left;
                    }
                }
            }
            value + (gains[channel][0] * current[0] + gains[channel][1] * current[1]) as f32
        })
    }
}

/// 1 at the hand's electrode, less away from it.
fn nearness(label: &str, hand: &str) -> f64 {
    let (a, b) = (electrode_position(label).unwrap(), electrode_position(hand).unwrap());
    let angle = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0).acos().to_degrees();
    (-(angle / 25.0).powi(2)).exp()
}

/// A tape with other samples: `change` gets the sample, the channel and the value, in order.
fn altered(tape: &Tape, mut change: impl FnMut(u64, usize, f32) -> f32) -> Tape {
    let mut other = Tape::new(tape.info().clone());
    let channels = tape.info().channels.len();
    let (mut player, mut block) = (tape.play(1), Vec::new());
    loop {
        match player.poll(&mut block).unwrap() {
            motrace_core::Poll::Samples(_) => {
                let sample = other.len();
                let frame: Vec<f32> = block.drain(..).enumerate().map(|(c, x)| change(sample, c, x)).collect();
                assert_eq!(frame.len(), channels);
                other.push_samples(&frame);
            }
            motrace_core::Poll::Marker(marker) => other.push_marker(marker),
            motrace_core::Poll::Gap(gap) => other.push_gap(gap),
            _ => return other,
        }
    }
}

/// The tape with other cues, in order.
fn relabelled(tape: &Tape, texts: &[&str]) -> Tape {
    let mut other = Tape::new(tape.info().clone());
    let (mut player, mut block, mut next) = (tape.play(1000), Vec::new(), texts.iter());
    loop {
        match player.poll(&mut block).unwrap() {
            motrace_core::Poll::Samples(_) => {
                other.push_samples(&block);
                block.clear();
            }
            motrace_core::Poll::Marker(marker) => {
                other.push_marker(Marker { text: (*next.next().unwrap()).to_owned(), ..marker });
            }
            motrace_core::Poll::Gap(gap) => other.push_gap(gap),
            _ => return other,
        }
    }
}

fn preparation(tape: &Tape) -> Preparation {
    Preparation {
        channels: Montage::new(tape.info().channels.iter().map(|c| c.label.as_str())),
        unit: Unit::Microvolts,
        rate_hz: tape.info().rate_hz,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.04,
    }
}

fn choosing() -> TrainSettings {
    TrainSettings { choose_band: true, choose_window: Some([0.0, 4.0]), ..TrainSettings::default() }
}

fn trained(tape: &Tape, settings: &TrainSettings) -> Trained {
    train(&[(RecordingStamp::default(), tape)], &preparation(tape), settings, &mut |_, _| ()).unwrap()
}

#[test]
fn the_band_and_the_window_of_a_person_are_found() {
    for (rhythm_hz, others_hz) in [(11.0, 20.0), (20.0, 11.0)] {
        let tape = Person::new(3, rhythm_hz).tape();
        let before = Instant::now();
        let found = trained(&tape, &choosing());
        println!("{rhythm_hz} Hz: {:.2?} in {:.2?}", found.tuning, before.elapsed());
        println!("folds: {:.2?}", found.fold_tunings.iter().map(|t| (t.band_hz, t.window_secs)).collect::<Vec<_>>());
        assert_eq!(found.fold_tunings.len(), 5);
        for tuning in found.fold_tunings.iter().chain([&found.tuning]) {
            let [low, high] = tuning.band_hz.unwrap();
            assert!(tuning.band_is_chosen && low <= rhythm_hz && rhythm_hz <= high, "{tuning:?}");
            assert!(!(low..=high).contains(&others_hz), "{tuning:?}");
            // Smoothing and the causal filter spread it by a few tenths of a second.
            let [start, end] = tuning.window_secs;
            let within = (end.min(3.3) - start.max(1.0)) / (end - start);
            assert!(tuning.window_is_chosen && within >= 0.75 && end - start >= 1.0, "{tuning:?}");
        }
        let prepared = &found.model.preparation;
        assert_eq!((prepared.filter.band_hz, prepared.window_secs), (found.tuning.band_hz, found.tuning.window_secs));
        assert_eq!(found.model.about.validation, "chronological 5-fold (band and window chosen in each fold)");
        let accuracy = found.validation.as_ref().unwrap().accuracy;
        assert!(accuracy >= 0.85, "{accuracy}");
        let by_class = found.model.decoder.csp_lda().unwrap().components_by_class();
        println!("accuracy {accuracy:.3}, components {} and {}", by_class[0].len(), by_class[1].len());

        // Training saw what the live decoder will see, to the bit.
        let collected = collect_epochs(&mut tape.play(33), prepared).unwrap();
        let stacked = stack_epochs(std::slice::from_ref(&collected), prepared);
        for (trial, epoch) in found.trials.iter().zip(found.epochs.data.outer_iter()) {
            let place = collected.kept().iter().position(|kept| kept == trial).unwrap();
            assert_eq!(stacked.data.outer_iter().nth(place).unwrap(), epoch);
        }
    }
}

/// Whatever happens in the test trials of a fold, its band, its window and its decoder stay the same.
#[test]
fn a_fold_knows_nothing_of_its_test_trials() {
    let tape = Person { trials_per_class: 15, ..Person::new(5, 11.0) }.tape();
    let settings = TrainSettings { folds: Some(Folds::Chronological(3)), ..choosing() };
    let before = trained(&tape, &settings);
    let first_tested = before.tested[20].1.cue;
    let texts: Vec<String> = tape.markers().map(|m| m.text.clone()).collect();
    let turned: Vec<&str> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| match (i < 20, text.as_str()) {
            (true, text) => text,
            (false, "left") => "right",
            (false, _) => "left",
        })
        .collect();
    let other = Person { trials_per_class: 15, ..Person::new(77, 20.0) }.tape();
    let width = tape.info().channels.len();
    let spoilt = altered(&relabelled(&tape, &turned), |sample, channel, value| {
        let place = sample as usize * width + channel;
        if sample < first_tested { value } else { other.samples().get(place).map_or(value, |x| 3.0 * x) }
    });
    let after = trained(&spoilt, &settings);
    assert_eq!(before.fold_tunings[2], after.fold_tunings[2]);
    assert!(before.fold_tunings[2].band_is_chosen && before.fold_tunings[2].window_is_chosen);
    assert_ne!(before.tuning, after.tuning, "the final choice sees them");
}

#[test]
fn permuted_labels_give_chance() {
    let labels = ["FC3", "FC4", "C3", "C1", "Cz", "C2", "C4", "CP3", "CP4"].map(str::to_owned).to_vec();
    let person = Person { rate_hz: 100.0, labels, trials_per_class: 15, ..Person::new(11, 11.0) };
    let tape = person.tape();
    let own = trained(&tape, &choosing()).validation.unwrap().accuracy;
    assert!(own >= 0.8, "with the right labels: {own}");
    let mut dice = 1_u64;
    let runs = 24;
    let (mut mean, mut chosen) = (0.0, 0);
    for _ in 0..runs {
        let mut texts = [["left"; 15], ["right"; 15]].concat();
        for i in (1..texts.len()).rev() {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            texts.swap(i, (dice >> 33) as usize % (i + 1));
        }
        let found = trained(&relabelled(&tape, &texts), &choosing());
        mean += found.validation.unwrap().accuracy / f64::from(runs);
        chosen += found.fold_tunings.iter().filter(|t| t.band_is_chosen || t.window_is_chosen).count();
    }
    println!("permuted labels: {mean:.3}, chosen in {chosen} of {} folds", 5 * runs);
    // 24 runs of 30 trials: a standard error of 0.019, somewhat more as the runs share their data.
    assert!((mean - 0.5).abs() < 0.08, "{mean}");
}

#[test]
fn any_montage_and_too_few_trials_are_no_reason_to_fail() {
    let labels = ["C3", "C4"].map(str::to_owned).to_vec();
    let tape = Person { labels, ..Person::new(3, 11.0) }.tape();
    let prepared = Preparation { reference: Reference::None, ..preparation(&tape) };
    let found = train(&[(RecordingStamp::default(), &tape)], &prepared, &choosing(), &mut |_, _| ()).unwrap();
    assert!(found.validation.unwrap().accuracy >= 0.8);

    let few = Person { trials_per_class: 2, ..Person::new(3, 11.0) }.tape();
    let refused = train(&[(RecordingStamp::default(), &few)], &preparation(&few), &choosing(), &mut |_, _| ());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("has 2 trials and at least 4 are needed"), "{message}");
}

#[test]
fn artefacts_are_named_and_tested_but_not_trained_on() {
    let calm = Person::new(9, 11.0).tape();
    let cues: Vec<u64> = calm.markers().map(|m| m.index).collect();
    let (bad, labels) = (16, SimulationSettings::default().labels);
    let channels = ["C3", "FC3"].map(|wanted| labels.iter().position(|label| label == wanted).unwrap());
    let tape = altered(&calm, |sample, channel, value| {
        let is_within = (cues[bad] + 200..cues[bad] + 500).contains(&sample);
        // 13 Hz, loud.
        let burst = 400.0 * (sample as f64 * 13.0 / 250.0 * std::f64::consts::TAU).sin();
        if is_within && channels.contains(&channel) { value + burst as f32 } else { value }
    });
    let prepared = Preparation { reference: Reference::None, ..preparation(&tape) };
    let trained = |settings: TrainSettings| {
        train(&[(RecordingStamp::default(), &tape)], &prepared, &settings, &mut |_, _| ()).unwrap()
    };
    let found = trained(TrainSettings::default());
    let artefact = found.artefacts.iter().find(|a| a.trial.number == bad + 1).unwrap();
    let named: Vec<&str> = artefact.channels.iter().take(2).map(|(label, _)| label.as_str()).collect();
    println!("trial {}: {}", artefact.trial.number, artefact.described());
    assert!(named.contains(&"C3") && named.contains(&"FC3"), "{named:?}");
    assert!(artefact.channels.iter().take(2).all(|(_, ratio)| *ratio > 10.0));
    assert!(found.left_out.iter().any(|(_, t, reason)| t.number == bad + 1 && *reason == SkipReason::Artefact));
    assert!(found.trials.iter().all(|trial| trial.number != bad + 1));
    assert_eq!(found.trials.len() + found.artefacts.len(), 40);
    assert_eq!(found.validation.as_ref().unwrap().predictions.len(), 40, "every trial is tested");
    assert_eq!(found.tested.len(), 40);
    assert_eq!(found.model.about.left_out_trials, found.artefacts.len());

    let kept = trained(TrainSettings { reject_artefacts: false, ..TrainSettings::default() });
    assert_eq!((kept.trials.len(), kept.artefacts.len()), (40, 0));
}
