//! Filtered trials of a simulated person, and where their truth lies.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_core::{Decision, DecisionKind, Relevance, Veto};
use motrace_decode::{CspLda, CspLdaSettings, Epochs};
use motrace_explain::CspExplainer;
use motrace_signal::{Envelope, StreamingFilter, butterworth_bandpass};
use motrace_sim::{Cues, Imagery, Simulation, SimulationSettings, TrialTiming, Truth};
use ndarray::{Array2, Array3, Axis};

/// After its cue a person of these simulations always begins and stops this much later.
const REACTION_SECS: f64 = 0.4;
const IMAGERY_SECS: f64 = 1.0;
/// The rhythms fall and rise with a time constant of 0.15 s; after two of them little is left.
const RECOVERY_SECS: f64 = 0.3;
/// The group delay of the causal band-pass 8–30 Hz around 11 Hz, and that of 9–13 Hz with the envelope's low-pass.
const FILTER_DELAY_SECS: f64 = 0.05;
const ENVELOPE_DELAY_SECS: f64 = 0.26;
/// Samples that a value of an envelope stands for.
const ENVELOPE_SAMPLES: usize = 5;

pub struct Simulated {
    pub epochs: Epochs,
    pub rate_hz: f64,
    pub truth: Truth,
    /// The samples of a window during which the rhythms are weakened.
    pub times: Vec<bool>,
}

/// Windows of 2 s from the cue on, with 1 s of imagery in each, 22 channels at 250 Hz, filtered 8–30 Hz causally.
///
/// The rhythms are a little stronger than in the average person.
pub fn simulate(seed: u64, classes: [Imagery; 2], per_class: usize, signal_strength: f64) -> Simulated {
    simulated(seed, classes, per_class, signal_strength, false)
}

/// The same as amplitudes of the rhythm at 9–13 Hz, 50 values in a second, which perceptrons read.
pub fn simulate_envelopes(seed: u64, classes: [Imagery; 2], per_class: usize, signal_strength: f64) -> Simulated {
    let data = simulated(seed, classes, per_class, signal_strength, true);
    let (trials, channels, samples) = data.epochs.data.dim();
    let values = samples / ENVELOPE_SAMPLES;
    let mean = |i: usize, c: usize, v: usize| {
        (0..ENVELOPE_SAMPLES).map(|n| data.epochs.data[(i, c, v * ENVELOPE_SAMPLES + n)]).sum::<f64>()
            / ENVELOPE_SAMPLES as f64
    };
    Simulated {
        rate_hz: data.rate_hz / ENVELOPE_SAMPLES as f64,
        times: bins_of(&data.times, ENVELOPE_SAMPLES),
        epochs: Epochs {
            data: Array3::from_shape_fn((trials, channels, values), |(i, c, v)| mean(i, c, v)),
            ..data.epochs
        },
        truth: data.truth,
    }
}

/// The bins of which at least half is true.
pub fn bins_of(times: &[bool], bin_samples: usize) -> Vec<bool> {
    times.chunks(bin_samples).map(|bin| 2 * bin.iter().filter(|is_true| **is_true).count() >= bin.len()).collect()
}

fn simulated(seed: u64, classes: [Imagery; 2], per_class: usize, signal_strength: f64, is_envelope: bool) -> Simulated {
    let settings = SimulationSettings {
        seed,
        classes: classes.to_vec(),
        cues: Cues::PerClass(per_class),
        timing: TrialTiming {
            imagery_secs: IMAGERY_SECS,
            reaction_secs: [REACTION_SECS; 2],
            pause_secs: [1.5, 2.5],
            ..TrialTiming::default()
        },
        rhythm_volts: 6e-6,
        signal_strength,
        ..SimulationSettings::default()
    };
    let (rate_hz, channels) = (settings.rate_hz, settings.labels.len());
    let samples = (2.0 * rate_hz) as usize;
    let mut simulation = Simulation::new(settings).unwrap();
    let (low_hz, high_hz, delay_secs) =
        if is_envelope { (9.0, 13.0, ENVELOPE_DELAY_SECS) } else { (8.0, 30.0, FILTER_DELAY_SECS) };
    let mut filter = StreamingFilter::new(&butterworth_bandpass(4, low_hz, high_hz, rate_hz).unwrap(), channels);
    let mut envelope = is_envelope.then(|| Envelope::new(4.0, rate_hz, channels).unwrap());
    let (mut frame, mut filtered, mut cues) = (vec![0.0_f32; channels], Vec::new(), Vec::new());
    while let Some(step) = simulation.next_frame(&mut frame) {
        let mut volts: Vec<f64> = frame.iter().map(|microvolts| f64::from(*microvolts) * 1e-6).collect();
        filter.apply(&mut volts);
        if let Some(envelope) = &mut envelope {
            envelope.apply(&mut volts);
        }
        filtered.extend(volts);
        if let Some((imagery, marker)) = step.cue {
            cues.push((classes.iter().position(|c| *c == imagery).unwrap(), marker.index as usize));
        }
    }
    let total = filtered.len() / channels;
    cues.retain(|(_, cue)| cue + samples <= total);
    let data =
        Array3::from_shape_fn((cues.len(), channels, samples), |(i, c, t)| filtered[(cues[i].1 + t) * channels + c]);
    let begins = ((REACTION_SECS + delay_secs) * rate_hz) as usize;
    let ends = begins + ((IMAGERY_SECS + RECOVERY_SECS) * rate_hz) as usize;
    Simulated {
        epochs: Epochs {
            data,
            labels: cues.iter().map(|(class, _)| *class).collect(),
            class_names: classes.map(|c| c.name().to_owned()).to_vec(),
            groups: vec![0; cues.len()],
        },
        rate_hz,
        truth: simulation.truth().clone(),
        times: (0..samples).map(|t| (begins..ends).contains(&t)).collect(),
    }
}

impl Simulated {
    pub fn decoder(&self) -> CspLda {
        CspLda::fit(&self.epochs, &CspLdaSettings::default()).unwrap()
    }

    pub fn windows(&self) -> Vec<Array2<f64>> {
        self.epochs.data.axis_iter(Axis(0)).map(|w| w.to_owned()).collect()
    }

    pub fn accuracy(&self, decoder: &CspLda) -> f64 {
        let right = self.windows().into_iter().zip(&self.epochs.labels);
        right.filter(|(w, class)| usize::from(decoder.value(w.view()) > 0.0) == **class).count() as f64
            / self.epochs.trials() as f64
    }
}

/// One relevance per window.
pub fn explain_all(decoder: &CspLda, windows: &[Array2<f64>]) -> Vec<Relevance> {
    let mut explainer = CspExplainer::new(decoder, &[], windows[0].ncols());
    windows.iter().map(|w| explainer.explain(w.view(), &decision(decoder.value(w.view())))).collect()
}

pub fn decision(value: f64) -> Decision {
    Decision {
        kind: DecisionKind::Sliding,
        start: 0,
        end: 500,
        value,
        probabilities: motrace_core::Probabilities::of_two(0.5),
        veto: Veto::NONE,
        frozen_value: None,
    }
}
