//! What the simulated EEG looks like: the spectrum, where and when the rhythms fall, and where artefacts show.

use motrace_signal::{Spectrum, welch_psd};
use motrace_sim::{Area, Cues, Imagery, Simulation, SimulationSettings, Truth};

/// `[channel][sample]` in microvolts, and the truth.
fn record(settings: SimulationSettings) -> (Vec<Vec<f64>>, Truth) {
    let mut simulation = Simulation::new(settings).expect("valid settings");
    let channels = simulation.settings().labels.len();
    let mut data = vec![Vec::new(); channels];
    let mut frame = vec![0.0; channels];
    while simulation.next_frame(&mut frame).is_some() {
        for (channel, value) in data.iter_mut().zip(&frame) {
            channel.push(f64::from(*value));
        }
    }
    (data, simulation.truth().clone())
}

fn silent() -> SimulationSettings {
    SimulationSettings { rhythm_volts: 0.0, ..SimulationSettings::default().without_noise() }
}

fn with_labels(labels: &[&str], settings: SimulationSettings) -> SimulationSettings {
    SimulationSettings { labels: labels.iter().map(|l| (*l).to_owned()).collect(), ..settings }
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

#[test]
fn the_background_falls_off_as_one_over_f() {
    let (data, _) = record(SimulationSettings { background_volts: 10e-6, ..silent() });
    let mut mean_power = 0.0;
    for channel in &data {
        let spectrum = welch_psd(channel, 250.0, 1000);
        // A line through log density over log frequency.
        let points: Vec<(f64, f64)> = spectrum
            .freqs_hz
            .iter()
            .zip(&spectrum.density)
            .filter(|(hz, _)| (1.0..60.0).contains(*hz))
            .map(|(hz, density)| (hz.ln(), density.ln()))
            .collect();
        let count = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / count, y + p.1 / count));
        let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>()
            / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
        assert!((slope + 1.0).abs() < 0.1, "{slope}");
        mean_power += rms(channel).powi(2) / data.len() as f64;
    }
    assert!((mean_power.sqrt() - 10.0).abs() < 1.0, "{}", mean_power.sqrt());
}

#[test]
fn neighbours_share_the_background_and_far_channels_do_not() {
    let labels = ["C3", "C1", "C4", "O2"];
    let (data, _) = record(with_labels(&labels, SimulationSettings { background_volts: 10e-6, ..silent() }));
    let correlation = |i: usize, j: usize| {
        data[i].iter().zip(&data[j]).map(|(a, b)| a * b).sum::<f64>()
            / data[i].len() as f64
            / (rms(&data[i]) * rms(&data[j]))
    };
    assert!(correlation(0, 1) > 0.6, "{}", correlation(0, 1));
    assert!(correlation(0, 1) > correlation(0, 2) + 0.3);
    assert!(correlation(0, 3) < 0.2, "{}", correlation(0, 3));
}

/// The mean square of a channel while the imagery is at its height, and at rest before the cues.
fn imagined_and_rest(channel: &[f64], truth: &Truth, imagery: Imagery) -> (f64, f64) {
    let (mut imagined, mut rest) = (Vec::new(), Vec::new());
    for trial in truth.trials.iter().filter(|t| t.imagery == imagery) {
        // Four time constants in.
        let start = trial.imagined.start as usize + 150;
        imagined.extend_from_slice(&channel[start..trial.imagined.end as usize]);
        rest.extend_from_slice(&channel[trial.cue as usize - 125..trial.cue as usize]);
    }
    (rms(&imagined).powi(2), rms(&rest).powi(2))
}

#[test]
fn rhythms_fall_on_the_opposite_side_by_the_set_depth() {
    let settings = SimulationSettings {
        cues: Cues::PerClass(200),
        ..with_labels(&["C3", "C4"], SimulationSettings::default().without_noise())
    };
    let (data, truth) = record(settings);
    for (imagery, opposite) in [(Imagery::LeftHand, 1), (Imagery::RightHand, 0)] {
        // What is left on average: vigour is uniform within 0.7 to 1.1.
        let left_over = |depth: f64| {
            (0..=1000).map(|i| (1.0 - depth * (0.7 + 0.4 * f64::from(i) / 1000.0)).powi(2)).sum::<f64>() / 1001.0
        };
        let areas = [Area::LeftHemisphereHand, Area::RightHemisphereHand];
        let (imagined, rest) = imagined_and_rest(&data[opposite], &truth, imagery);
        let expected = left_over(imagery.depth(areas[opposite]));
        // The other areas' rhythms reach here a little too.
        assert!((imagined / rest - expected).abs() < 0.1, "{} {expected}", imagined / rest);
        let (imagined, rest) = imagined_and_rest(&data[1 - opposite], &truth, imagery);
        let expected = left_over(imagery.depth(areas[1 - opposite]));
        assert!((imagined / rest - expected).abs() < 0.15, "{} {expected}", imagined / rest);
    }
}

#[test]
fn imagery_begins_and_ends_after_a_reaction_time() {
    let (_, truth) = record(SimulationSettings::default());
    assert_eq!(truth.trials.len(), 40);
    for trial in &truth.trials {
        let begins_secs = (trial.imagined.start - trial.cue) as f64 / 250.0;
        let ends_secs = (trial.imagined.end - trial.cue) as f64 / 250.0;
        assert!((0.29..0.51).contains(&begins_secs), "{begins_secs}");
        assert!((4.29..4.51).contains(&ends_secs), "{ends_secs}");
    }
}

#[test]
fn without_strength_the_cues_change_nothing() {
    let base = SimulationSettings { cues: Cues::PerClass(3), ..SimulationSettings::default() };
    let (powerless, _) = record(SimulationSettings { signal_strength: 0.0, ..base.clone() });
    let (idle, _) = record(SimulationSettings { classes: vec![Imagery::Idle, Imagery::Idle], ..base.clone() });
    assert_eq!(powerless, idle, "bit for bit what a person at rest gives");
    let (able, _) = record(base);
    assert_ne!(powerless, able);
}

#[test]
fn a_cue_from_outside_is_followed() {
    let settings = SimulationSettings {
        cues: Cues::External,
        ..with_labels(&["C3"], SimulationSettings::default().without_noise())
    };
    let mut simulation = Simulation::new(settings).expect("valid settings");
    let mut data = Vec::new();
    let mut run = |simulation: &mut Simulation, secs: usize| {
        let mut frame = [0.0];
        data.clear();
        for _ in 0..250 * secs {
            let step = simulation.next_frame(&mut frame).expect("endless");
            assert!(step.cue.is_none());
            data.push(f64::from(frame[0]));
        }
        rms(&data)
    };
    let rest = run(&mut simulation, 60);
    simulation.set_imagery(Some(Imagery::RightHand));
    assert_eq!(simulation.imagining(), None, "not at once");
    run(&mut simulation, 1);
    assert_eq!(simulation.imagining(), Some(Imagery::RightHand));
    let imagined = run(&mut simulation, 60);
    simulation.set_imagery(None);
    run(&mut simulation, 2);
    assert_eq!(simulation.imagining(), None);
    let again = run(&mut simulation, 60);
    assert!(imagined < 0.75 * rest && imagined < 0.75 * again, "{rest} {imagined} {again}");
    let trial = &simulation.truth().trials[0];
    assert_eq!((trial.imagery, trial.cue), (Imagery::RightHand, 60 * 250));
    // A change of mind ends one and begins the other.
    simulation.set_imagery(Some(Imagery::LeftHand));
    run(&mut simulation, 1);
    simulation.set_imagery(Some(Imagery::Feet));
    run(&mut simulation, 1);
    assert_eq!(simulation.imagining(), Some(Imagery::Feet));
    assert_eq!(simulation.truth().trials.last().map(|t| t.imagery), Some(Imagery::LeftHand));
}

#[test]
fn blinks_are_frontal() {
    let settings = SimulationSettings { blinks_per_minute: 20.0, ..silent() };
    let (data, _) = record(with_labels(&["Fp1", "Fp2", "Fz", "Cz", "Oz"], settings));
    let peak: Vec<f64> = data.iter().map(|c| c.iter().fold(0.0_f64, |m, v| m.max(v.abs()))).collect();
    assert!((100.0..200.0).contains(&peak[0]), "{peak:?}");
    assert!((peak[0] - peak[1]).abs() < 1.0, "both sides alike");
    assert!(peak[2] < 0.6 * peak[0] && peak[3] < 0.5 * peak[2], "{peak:?}");
    // Counted at Fp1: about twenty a minute.
    let blinks = data[0].windows(2).filter(|w| w[0] < 50.0 && w[1] >= 50.0).count();
    let minutes = data[0].len() as f64 / 250.0 / 60.0;
    assert!((12.0..28.0).contains(&(blinks as f64 / minutes)), "{}", blinks as f64 / minutes);
}

#[test]
fn muscle_bursts_are_temporal_and_fast() {
    let settings = SimulationSettings { bursts_per_minute: 20.0, ..silent() };
    let (data, _) = record(with_labels(&["T7", "Cz"], settings));
    assert!(rms(&data[0]) > 5.0 * rms(&data[1]));
    let spectrum = welch_psd(&data[0], 250.0, 250);
    assert!(spectrum.band_power(30.0, 125.0) > 5.0 * spectrum.band_power(1.0, 30.0));
}

#[test]
fn the_mains_hum_at_their_frequency_alone() {
    let (data, _) = record(SimulationSettings { line_volts: 2e-6, ..silent() });
    let Spectrum { freqs_hz, density } = welch_psd(&data[0], 250.0, 500);
    let loudest = (0..density.len()).max_by(|&i, &j| density[i].total_cmp(&density[j])).expect("a spectrum");
    assert_eq!(freqs_hz[loudest], 50.0);
    assert!((0.5..3.5).contains(&(2.0_f64.sqrt() * rms(&data[0]))));
}

#[test]
fn alpha_is_occipital() {
    let settings = SimulationSettings { alpha_volts: 8e-6, ..silent() };
    let (data, _) = record(with_labels(&["O1", "Pz", "Cz", "Fz"], settings));
    let strength: Vec<f64> = data.iter().map(|c| rms(c)).collect();
    assert!((strength[0] - 8.0).abs() < 1.5, "{strength:?}");
    assert!(strength[0] > strength[1] && strength[1] > strength[2], "{strength:?}");
    let spectrum = welch_psd(&data[0], 250.0, 1000);
    assert!(spectrum.band_power(8.0, 12.0) > 0.8 * spectrum.band_power(0.0, 125.0));
}

#[test]
fn electrode_offsets_stay_and_are_bounded() {
    let (data, _) = record(SimulationSettings { offset_volts: 0.08, cues: Cues::PerClass(1), ..silent() });
    for channel in &data {
        assert!(channel[0].abs() <= 80_000.0);
        assert!(channel.iter().all(|v| *v == channel[0]));
    }
    assert!(data.iter().any(|c| c[0].abs() > 10_000.0));
}
