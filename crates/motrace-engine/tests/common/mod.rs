//! What several tests need: a made-up stream, and a decoder that need not be good.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use motrace_core::{Channel, Gap, Marker, Montage, Poll, Source, SourceError, StreamInfo, Unit};
use motrace_decode::CspLda;
use motrace_engine::{About, ClassSpec, Decoder, InputStage, Model, Preparation};
use motrace_signal::{FilterSpec, Reference};
use ndarray::Array2;

pub const LABELS: [&str; 9] = ["Fz", "C3", "Cz", "C4", "Pz", "FC3", "FC4", "CP3", "CP4"];

/// A stream of those channels, in microvolts.
pub fn info(rate_hz: f64) -> StreamInfo {
    StreamInfo {
        name: "test".into(),
        kind: "EEG".into(),
        rate_hz,
        channels: LABELS.iter().map(|label| Channel::new(*label, Unit::Microvolts)).collect(),
        ..StreamInfo::default()
    }
}

/// Seven of its channels in another order, common average, 8–30 Hz.
pub fn preparation(rate_hz: f64) -> Preparation {
    Preparation {
        channels: Montage::new(["C4", "C3", "Cz", "FC3", "Pz", "FC4", "CP4"]),
        unit: Unit::Microvolts,
        rate_hz,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 1.5],
        sliding_secs: 0.6,
        classes: vec![ClassSpec::new("left", ["1"]), ClassSpec::new("right", ["2"])],
        hop_secs: 0.04,
    }
}

/// The same for four classes, whose cues are 1 to 4.
pub fn preparation_of_four(rate_hz: f64) -> Preparation {
    let classes = ["left", "right", "feet", "tongue"].into_iter().zip(["1", "2", "3", "4"]);
    let classes = classes.map(|(name, cue)| ClassSpec::new(name, [cue])).collect();
    Preparation { classes, ..preparation(rate_hz) }
}

/// A decoder with made-up filters.
pub fn decoder(channels: usize, components: usize) -> CspLda {
    let mut state = 7_u64;
    let mut next = || noise(&mut state);
    let filters = Array2::from_shape_fn((components, channels), |_| next());
    let patterns = Array2::from_shape_fn((components, channels), |(k, c)| {
        let energy: f64 = filters.row(k).iter().map(|w| w * w).sum();
        filters[[k, c]] / energy
    });
    let root_log_power: Vec<f64> = (0..components).map(|_| -23.0 + next()).collect();
    CspLda {
        weights: (0..components).map(|_| next()).collect(),
        bias: next(),
        class_log_power: [
            root_log_power.iter().map(|r| r - 0.5).collect(),
            root_log_power.iter().map(|r| r + 0.5).collect(),
        ],
        root_log_power,
        logit_gain: 2.0,
        eigenvalues: (0..components).map(|k| (k as f64 + 0.5) / components as f64).collect(),
        mean_covariance: Array2::eye(channels),
        feature_covariance: Some(Array2::from_diag_elem(components, 0.3)),
        filters,
        patterns,
    }
}

pub fn model(rate_hz: f64) -> Model {
    let preparation = preparation(rate_hz);
    Model { decoder: decoder(preparation.channels.len(), 6).into(), preparation, about: About::default() }
}

/// The decoder of such a model.
pub fn csp_lda(model: &Model) -> &CspLda {
    model.decoder.csp_lda().unwrap()
}

/// The same, to change it.
pub fn csp_lda_mut(model: &mut Model) -> &mut CspLda {
    match &mut model.decoder {
        Decoder::CspLda(decoder) => decoder,
        Decoder::Network(_) => panic!("not a network"),
    }
}

/// Between −1 and 1, by a linear congruence.
pub fn noise(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// Samples of noise on large offsets, interleaved, in microvolts.
pub fn samples(channels: usize, count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..count * channels)
        .map(|i| {
            let channel = (i % channels) as f64;
            let t = (i / channels) as f64;
            (-8000.0 * channel + 10.0 * (t * (0.1 + 0.05 * channel)).sin() + 20.0 * noise(&mut state)) as f32
        })
        .collect()
}

/// Something between samples, after so many of them.
#[derive(Debug, Clone)]
pub enum Between {
    Marker(Marker),
    Gap(Gap),
}

pub fn marker(index: u64, text: &str) -> Between {
    Between::Marker(Marker { index, time_secs: 0.0, text: text.into() })
}

pub fn gap(index: u64) -> Between {
    Between::Gap(Gap { index, missing_samples: 3, length_secs: 0.1 })
}

/// A source in memory, which delivers in chunks of given sizes, over and over.
#[derive(Debug, Clone)]
pub struct MemorySource {
    pub info: StreamInfo,
    pub samples: Vec<f32>,
    pub between: Vec<(u64, Between)>,
    pub chunks: Vec<usize>,
    pub position: u64,
    pub next_between: usize,
    pub next_chunk: usize,
    /// Real time per sample, or as fast as it goes.
    pub pace: Option<std::time::Duration>,
}

impl MemorySource {
    pub fn new(info: StreamInfo, samples: Vec<f32>, between: Vec<(u64, Between)>, chunks: Vec<usize>) -> Self {
        Self { info, samples, between, chunks, position: 0, next_between: 0, next_chunk: 0, pace: None }
    }
}

impl Source for MemorySource {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn poll(&mut self, into: &mut Vec<f32>) -> Result<Poll, SourceError> {
        let channels = self.info.channels.len();
        let mut end = (self.samples.len() / channels) as u64;
        if let Some((after, what)) = self.between.get(self.next_between) {
            if *after <= self.position {
                self.next_between += 1;
                return Ok(match what.clone() {
                    Between::Marker(marker) => Poll::Marker(marker),
                    Between::Gap(gap) => Poll::Gap(gap),
                });
            }
            end = end.min(*after);
        }
        let chunk = self.chunks[self.next_chunk % self.chunks.len()] as u64;
        self.next_chunk += 1;
        let count = chunk.min(end - self.position);
        if count == 0 {
            return Ok(Poll::End);
        }
        if let Some(pace) = self.pace {
            std::thread::sleep(pace * count as u32);
        }
        let begin = self.position as usize * channels;
        into.extend_from_slice(&self.samples[begin..begin + count as usize * channels]);
        self.position += count;
        Ok(Poll::Samples(count as usize))
    }
}

/// What can be compared bit for bit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    pub end: u64,
    pub start: u64,
    /// 0 for sliding decisions.
    pub trial: usize,
    pub value_bits: u64,
    pub class: usize,
    pub probability_bits: Vec<u64>,
    pub frozen_bits: Option<u64>,
    pub veto: Vec<&'static str>,
    pub digest: Option<u64>,
}

impl Trace {
    pub fn new(decision: &motrace_core::Decision, digest: Option<u64>) -> Self {
        Self {
            end: decision.end,
            start: decision.start,
            trial: match decision.kind {
                motrace_core::DecisionKind::Sliding => 0,
                motrace_core::DecisionKind::Trial(number) => number,
            },
            value_bits: decision.value.to_bits(),
            class: decision.class(),
            probability_bits: decision.probabilities.all().iter().map(|p| p.to_bits()).collect(),
            frozen_bits: decision.frozen_value.map(f64::to_bits),
            veto: decision.veto.reasons(),
            digest,
        }
    }
}

/// Everything an engine says about a source.
pub fn replay(
    model: &Model,
    source: &mut dyn Source,
    explain: motrace_engine::Explain,
    first: u64,
) -> (Vec<Trace>, Vec<String>) {
    replay_with(model, source, explain, first, &[])
}

/// The same with changes on the way.
pub fn replay_with(
    model: &Model,
    source: &mut dyn Source,
    explain: motrace_engine::Explain,
    first: u64,
    changes: &[(u64, motrace_engine::Change)],
) -> (Vec<Trace>, Vec<String>) {
    use motrace_engine::{Engine, Event, run_replay};
    let mut engine = Engine::starting_at(model, source.info(), explain, first).unwrap();
    for (from, change) in changes {
        engine.schedule(*from, *change);
    }
    let mut traces = Vec::new();
    let mut others = Vec::new();
    run_replay(source, &mut engine, &mut |event| match event {
        Event::Decision { decision, relevance, frozen, trial } => {
            let is_frozen = decision.frozen_value.is_some() && trial.is_some() && relevance.is_some();
            assert_eq!(frozen.is_some(), is_frozen, "trials are explained twice while the decoder adapts");
            let frozen_decision = frozen.map(|r| (decision.frozen_value.unwrap(), r));
            for (value, relevance) in relevance.map(|r| (decision.value, r)).into_iter().chain(frozen_decision) {
                let ledger = &relevance.ledger;
                // Networks compute in single precision.
                let is_network = !ledger.layers.is_empty();
                let (apart, leak) = if is_network { (1e-4, 1e-4) } else { (1e-9, 1e-12) };
                assert!(ledger.path_difference <= apart, "{ledger:?}");
                assert!((ledger.value - value).abs() <= apart, "{ledger:?}");
                assert!(ledger.conservation_error() <= leak * value.abs().max(1.0), "{ledger:?}");
                assert_eq!(relevance.views().count(), if is_network { 1 } else { 3 });
            }
            traces.push(Trace::new(&decision, relevance.map(|r| r.digest())));
        }
        other => others.push(format!("{other:?}")),
    })
    .unwrap();
    (traces, others)
}

/// The networks that are tested, small.
pub fn architectures() -> [motrace_net::Architecture; 3] {
    use motrace_net::{Architecture, EegNet, Mlp, ShallowConvNet};
    [
        Architecture::EegNet(EegNet { temporal_filters: 3, second_pool_samples: 4, ..EegNet::default() }),
        Architecture::Shallow(ShallowConvNet {
            filters: 4,
            pool_samples: Some(20),
            pool_stride_samples: Some(5),
            ..ShallowConvNet::default()
        }),
        Architecture::Mlp(Mlp { hidden: vec![6], dropout: 0.0 }),
    ]
}

/// A network with random weights on what [`preparation`] prepares, standardised; the perceptron on envelopes.
pub fn network_model(rate_hz: f64, architecture: motrace_net::Architecture) -> Model {
    network_model_of(preparation(rate_hz), architecture)
}

/// The same for the classes of this preparation.
pub fn network_model_of(preparation: Preparation, architecture: motrace_net::Architecture) -> Model {
    use motrace_engine::NetworkDecoder;
    use motrace_explain::network::{Composite, NetworkReference};
    let input = match architecture {
        motrace_net::Architecture::Mlp(_) => {
            InputStage::Envelope { low_pass_hz: 5.0, factor: 0.01, values_per_sec: 50.0 }
        }
        _ => InputStage::Standardised { factor: 0.01 },
    };
    let preparation = Preparation { input, ..preparation };
    let (rate_hz, channels, classes) = (preparation.rate_hz, preparation.channels.len(), preparation.classes.len());
    let values = input.values(preparation.sliding_samples(), rate_hz);
    let mut network = architecture.network::<f32>(channels, values, input.values_per_sec(rate_hz), classes, 5).unwrap();
    let mut state = 3;
    for layer in network.layers_mut() {
        // Biases and norms other than those of a new network, so that what is forgotten shows.
        if let motrace_net::Layer::BatchNorm(norm) = layer {
            norm.mean.iter_mut().for_each(|m| *m = 0.1 * noise(&mut state) as f32);
            norm.variance.iter_mut().for_each(|v| *v = 1.0 + 0.5 * noise(&mut state) as f32);
            norm.offset.iter_mut().for_each(|b| *b = 0.1 * noise(&mut state) as f32);
        }
    }
    let merged = network.merged().unwrap();
    let mut windows = motrace_net::Batch::zeros(merged.input(), 8);
    windows.values.iter_mut().for_each(|x| *x = noise(&mut state) as f32);
    let labels: Vec<usize> = (0..8).map(|window| window % classes).collect();
    let decoder = NetworkDecoder {
        architecture,
        reference: NetworkReference::fit(&merged, &windows, &labels).unwrap(),
        network,
        crop_stride_samples: 20,
        logit_gain: 1.5,
        composite: Composite::default(),
        training: None,
    };
    Model { decoder: Decoder::Network(Box::new(decoder)), preparation, about: About::default() }
}
