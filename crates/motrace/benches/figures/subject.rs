//! Made-up data of a size that is usual: what is measured does not depend on what it says.

use crate::Trouble;
use motrace_core::{Channel, Montage, StreamInfo, Unit};
use motrace_decode::{CspLda, CspLdaSettings, Epochs};
use motrace_engine::{About, ClassSpec, InputStage, Model, Preparation};
use motrace_signal::{FilterSpec, Reference};
use ndarray::Array3;

/// The channels of BCI Competition IV 2a.
const LABELS: [&str; 22] = [
    "Fz", "FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CP1", "CPz", "CP2",
    "CP4", "P1", "Pz", "P2", "POz",
];

/// A stream, and a decoder for it.
pub struct Subject {
    /// What the stream says of itself.
    pub info: StreamInfo,
    /// CSP with 6 components and LDA, 8–30 Hz, windows of 2 s, a decision each 40 ms.
    pub model: Model,
}

impl Subject {
    /// With so many channels at this rate.
    pub fn new(channels: usize, rate_hz: f64) -> Result<Self, Trouble> {
        let label =
            |c: usize| LABELS.get(c).filter(|_| channels <= LABELS.len()).map_or(format!("E{c}"), |&l| l.into());
        let labels: Vec<String> = (0..channels).map(label).collect();
        let preparation = Preparation {
            channels: Montage::new(&labels),
            unit: Unit::Microvolts,
            rate_hz,
            reference: Reference::Average,
            filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
            input: InputStage::Filtered,
            window_secs: [0.5, 2.5],
            sliding_secs: 2.0,
            classes: vec![ClassSpec::new("left", ["769"]), ClassSpec::new("right", ["770"])],
            hop_secs: 0.04,
        };
        let info = StreamInfo {
            name: format!("figures-{}", std::process::id()),
            kind: "EEG".into(),
            source_id: format!("figures-{}", std::process::id()),
            rate_hz,
            channels: labels.iter().map(|label| Channel::new(label.as_str(), Unit::Microvolts)).collect(),
            ..StreamInfo::default()
        };
        let decoder = CspLda::fit(&epochs(60, channels, 500), &CspLdaSettings::default())?;
        Ok(Self { info, model: Model { preparation, decoder: decoder.into(), about: About::default() } })
    }
}

/// Trials of two classes, which differ in the power of the first two channels.
pub fn epochs(trials: usize, channels: usize, samples: usize) -> Epochs {
    let mut state = 1;
    let mut data = Array3::from_shape_simple_fn((trials, channels, samples), || 1e-5 * noise(&mut state));
    for (trial, mut window) in data.outer_iter_mut().enumerate() {
        window.row_mut(trial % 2).map_inplace(|x| *x *= 1.5);
    }
    Epochs {
        data,
        labels: (0..trials).map(|t| t % 2).collect(),
        class_names: vec!["left".into(), "right".into()],
        groups: vec![0; trials],
    }
}

/// Noise, interleaved, in microvolts.
pub fn samples(channels: usize, count: usize) -> Vec<f32> {
    let mut state = 2;
    (0..count * channels).map(|_| (20.0 * noise(&mut state)) as f32).collect()
}

/// Between −1 and 1, by a linear congruence.
fn noise(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}
