//! Filtered trials of a simulated person, and where their truth lies.
#![allow(dead_code, reason = "shared by several test binaries")]

use motrace_core::{Decision, DecisionKind, Relevance, Veto};
use motrace_decode::{CspLda, CspLdaSettings, Epochs};
use motrace_explain::CspExplainer;
use motrace_signal::{StreamingFilter, butterworth_bandpass};
use motrace_sim::{Cues, Imagery, Simulation, SimulationSettings, TrialTiming, Truth};
use ndarray::{Array2, Array3, Axis};

/// After its cue a person of these simulations always begins and stops this much later.
const REACTION_SECS: f64 = 0.4;
const IMAGERY_SECS: f64 = 1.0;
/// The rhythms fall and rise with a time constant of 0.15 s; after two of them little is left.
const RECOVERY_SECS: f64 = 0.3;
/// The group delay of the causal band-pass around 11 Hz.
const FILTER_DELAY_SECS: f64 = 0.05;

pub struct Simulated {
    pub epochs: Epochs,
    pub truth: Truth,
    /// The samples of a window during which the rhythms are weakened.
    pub times: Vec<bool>,
}

/// Windows of 2 s from the cue on, with 1 s of imagery in each, 22 channels at 250 Hz, filtered 8–30 Hz causally.
///
/// The rhythms are a little stronger than in the average person.
pub fn simulate(seed: u64, classes: [Imagery; 2], per_class: usize, signal_strength: f64) -> Simulated {
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
    let mut filter = StreamingFilter::new(&butterworth_bandpass(4, 8.0, 30.0, rate_hz).unwrap(), channels);
    let (mut frame, mut filtered, mut cues) = (vec![0.0_f32; channels], Vec::new(), Vec::new());
    while let Some(step) = simulation.next_frame(&mut frame) {
        let mut volts: Vec<f64> = frame.iter().map(|microvolts| f64::from(*microvolts) * 1e-6).collect();
        filter.apply(&mut volts);
        filtered.extend(volts);
        if let Some((imagery, marker)) = step.cue {
            cues.push((classes.iter().position(|c| *c == imagery).unwrap(), marker.index as usize));
        }
    }
    let total = filtered.len() / channels;
    cues.retain(|(_, cue)| cue + samples <= total);
    let data =
        Array3::from_shape_fn((cues.len(), channels, samples), |(i, c, t)| filtered[(cues[i].1 + t) * channels + c]);
    let begins = ((REACTION_SECS + FILTER_DELAY_SECS) * rate_hz) as usize;
    let ends = begins + ((IMAGERY_SECS + RECOVERY_SECS) * rate_hz) as usize;
    Simulated {
        epochs: Epochs {
            data,
            labels: cues.iter().map(|(class, _)| *class).collect(),
            class_names: classes.map(|c| c.name().to_owned()).to_vec(),
            groups: vec![0; cues.len()],
        },
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
