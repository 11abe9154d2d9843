//! Networks trained on a simulated person, and the checks of their explanations.
#![allow(dead_code, reason = "shared by a test and an example")]

use super::simulated::{Simulated, bins_of};
use motrace_explain::checks::{
    FlippingSettings, binned, evidence_map, flipping, mean_absolute_rank_correlation, mean_map, random_flipping,
    randomised_layers, rank_correlation, relevance_mass, time_mass,
};
use motrace_explain::network::{Composite, NetworkExplainer, NetworkReference, Target, baselines};
use motrace_net::training::{TrainingSettings, Trials, train};
use motrace_net::{Architecture, Batch, Network, Runner, Shape};
use ndarray::{Array2, ArrayView2, Axis};
use std::ops::ControlFlow;

/// What is replaced at once, and summed up before maps are compared or looked at: one channel for so long.
const PATCH_SECS: f64 = 0.1;

/// Windows as a network gets them: single precision, with a root mean square of about 1.
pub struct Windows {
    pub batch: Batch<f32>,
    pub labels: Vec<usize>,
    pub scale: f64,
    pub rate_hz: f64,
}

/// Takes the mean of each channel in the training windows off, and divides by its standard deviation.
pub fn standardise(training: &mut Simulated, test: &mut Simulated) {
    for channel in 0..training.epochs.channels() {
        let of_channel = training.epochs.data.index_axis(Axis(1), channel);
        let (mean, deviation) = (of_channel.sum() / of_channel.len() as f64, of_channel.std(0.0));
        for data in [&mut training.epochs.data, &mut test.epochs.data] {
            data.index_axis_mut(Axis(1), channel).mapv_inplace(|x| (x - mean) / deviation);
        }
    }
}

impl Windows {
    /// `scale` of the training windows, or none to find it.
    pub fn new(data: &Simulated, scale: Option<f64>) -> Self {
        let (trials, channels, samples) = data.epochs.data.dim();
        let found =
            || 1.0 / (data.epochs.data.iter().map(|x| x * x).sum::<f64>() / data.epochs.data.len() as f64).sqrt();
        let scale = scale.unwrap_or_else(found);
        let values: Vec<f32> = data.epochs.data.iter().map(|x| (x * scale) as f32).collect();
        assert_eq!(values.len(), trials * channels * samples);
        Self {
            batch: Batch { shape: Shape::window(channels, samples), values },
            labels: data.epochs.labels.clone(),
            scale,
            rate_hz: data.rate_hz,
        }
    }

    /// Some of them, the classes as they come.
    pub fn first(&self, count: usize) -> Self {
        let values = self.batch.each().take(count).flatten().copied().collect();
        let labels = self.labels.iter().take(count).copied().collect();
        Self { batch: Batch { shape: self.batch.shape, values }, labels, ..*self }
    }

    pub fn arrays(&self) -> Vec<Array2<f64>> {
        let Shape { rows, samples, .. } = self.batch.shape;
        let each = self.batch.each();
        each.map(|w| Array2::from_shape_fn((rows, samples), |(c, t)| f64::from(w[c * samples + t]))).collect()
    }
}

/// A trained, merged network and its reference.
pub struct Trained {
    pub network: Network<f32>,
    pub reference: Option<NetworkReference>,
    patch_samples: usize,
}

/// What maps of a network have in common with those of random ones.
pub struct Agreement {
    /// Mean |Spearman|.
    pub absolute: f64,
    /// |mean Spearman|.
    pub signed: f64,
    /// Mean |Spearman| between two random ones: what maps have in common that are sums of the same few parts, whatever their
    /// weights.
    pub by_geometry: f64,
}

/// What the maps of a network say of themselves.
pub struct Told {
    pub maps: Vec<Array2<f64>>,
    /// The largest |ΣR + all that is kept − f| / max(|f|, 1).
    pub leak: f64,
    /// The median of ΣR/f where |f| > 1.
    pub kept: f64,
}

pub fn trained(architecture: &Architecture, windows: &Windows, settings: TrainingSettings) -> Trained {
    let trials = Trials {
        windows: windows.batch.clone(),
        labels: windows.labels.clone(),
        classes: 2,
        rate_hz: windows.rate_hz,
        margin_samples: 0,
    };
    let trained = train(architecture, &trials, &settings, None, |_, _| ControlFlow::Continue(())).unwrap();
    Trained::new(&trained.network, windows)
}

fn as_f64(map: &Array2<f32>) -> Array2<f64> {
    map.mapv(f64::from)
}

impl Trained {
    /// Of a network that was trained on these windows.
    pub fn new(network: &Network<f32>, windows: &Windows) -> Self {
        let network = network.merged().unwrap();
        let reference = NetworkReference::fit(&network, &windows.batch, &windows.labels).unwrap();
        Self { network, reference, patch_samples: (PATCH_SECS * windows.rate_hz).round() as usize }
    }

    fn flipping_settings(&self, seed: u64) -> FlippingSettings {
        FlippingSettings { patch_samples: self.patch_samples, steps: 20, seed }
    }

    pub fn value(runner: &mut Runner, window: ArrayView2<f64>) -> f64 {
        let window: Vec<f32> = window.iter().map(|x| *x as f32).collect();
        let z = runner.run(&window);
        f64::from(z[1]) - f64::from(z[0])
    }

    pub fn accuracy(&self, windows: &Windows) -> f64 {
        let mut runner = Runner::new(&self.network).unwrap();
        let right = windows
            .arrays()
            .into_iter()
            .zip(&windows.labels)
            .filter(|(window, label)| usize::from(Self::value(&mut runner, window.view()) > 0.0) == **label);
        right.count() as f64 / windows.labels.len() as f64
    }

    /// The relevance of each window.
    pub fn maps(&self, composite: &Composite, windows: &Windows) -> Told {
        let mut explainer = NetworkExplainer::new(&self.network, composite, self.reference.as_ref()).unwrap();
        let (mut leak, mut kept) = (0.0_f64, Vec::new());
        let maps = windows.batch.each().map(|window| {
            let told = explainer.explain(window, Target::Decision);
            leak = leak.max(told.conservation_error() / told.value.abs().max(1.0));
            if told.value.abs() > 1.0 {
                kept.push(told.total / told.value);
            }
            as_f64(&told.relevance)
        });
        let maps = maps.collect();
        kept.sort_by(f64::total_cmp);
        Told { maps, leak, kept: kept.get(kept.len() / 2).copied().unwrap_or(f64::NAN) }
    }

    pub fn gradient_times_input(&self, windows: &Windows) -> Vec<Array2<f64>> {
        let map = |w: &[f32]| as_f64(&baselines::gradient_times_input(&self.network, w, Target::Decision).unwrap());
        windows.batch.each().map(map).collect()
    }

    pub fn integrated_gradients(&self, windows: &Windows, steps: usize) -> Vec<Array2<f64>> {
        let zeros = vec![0.0; windows.batch.shape.len()];
        let map = |w: &[f32]| {
            as_f64(&baselines::integrated_gradients(&self.network, w, &zeros, steps, Target::Decision).unwrap())
        };
        windows.batch.each().map(map).collect()
    }

    /// The area between the two flipping curves.
    pub fn gain(&self, maps: &[Array2<f64>], windows: &Windows) -> f64 {
        let (arrays, mut runner) = (windows.arrays(), Runner::new(&self.network).unwrap());
        let views: Vec<_> = arrays.iter().map(|w| w.view()).collect();
        let maps: Vec<_> = maps.iter().map(|m| m.view()).collect();
        let score = |w: ArrayView2<f64>| Self::value(&mut runner, w);
        flipping(&views, &windows.labels, &maps, &self.flipping_settings(7), score).unwrap().relevance_gain()
    }

    /// Of random orders, the mean over several and its standard error.
    pub fn random_gain(&self, windows: &Windows, orders: u64) -> [f64; 2] {
        let (arrays, mut runner) = (windows.arrays(), Runner::new(&self.network).unwrap());
        let views: Vec<_> = arrays.iter().map(|w| w.view()).collect();
        let mut gain = |seed| {
            let score = |w: ArrayView2<f64>| Self::value(&mut runner, w);
            random_flipping(&views, &windows.labels, &self.flipping_settings(seed), score).unwrap().relevance_gain()
        };
        let gains: Vec<f64> = (0..orders).map(&mut gain).collect();
        let mean = gains.iter().sum::<f64>() / orders as f64;
        let variance = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (orders - 1) as f64;
        [mean, (variance / orders as f64).sqrt()]
    }

    /// How far the maps of this network agree with those of it with random numbers in its last layers.
    pub fn randomised(
        &self,
        layers: usize,
        composite: &Composite,
        training: &Windows,
        windows: &Windows,
        models: u64,
    ) -> Agreement {
        let own = self.maps(composite, windows).maps;
        let (mut absolute, mut signed, mut by_geometry) = (0.0, 0.0, 0.0);
        let mut last: Option<Vec<Array2<f64>>> = None;
        for seed in 0..models {
            let network = randomised_layers(&self.network, layers, seed);
            // The last layer comes after all that a reference is made of.
            let reference = if layers == 1 {
                self.reference.clone()
            } else {
                NetworkReference::fit(&network, &training.batch, &training.labels).unwrap()
            };
            let others = Self { network, reference, ..*self }.maps(composite, windows).maps;
            absolute += self.absolute_agreement(&own, &others) / models as f64;
            if let Some(last) = &last {
                by_geometry += self.absolute_agreement(last, &others) / (models - 1) as f64;
            }
            let bins = |map: &Array2<f64>| binned(map.view(), self.patch_samples);
            let pairs = own.iter().zip(&others);
            let all: f64 = pairs.map(|(a, b)| rank_correlation(bins(a).view(), bins(b).view())).sum();
            signed += all / (own.len() as f64 * models as f64);
            last = Some(others);
        }
        Agreement { absolute, signed: signed.abs(), by_geometry }
    }

    fn absolute_agreement(&self, some: &[Array2<f64>], others: &[Array2<f64>]) -> f64 {
        mean_absolute_rank_correlation(some.iter().zip(others).map(|(a, b)| (a.view(), b.view())), self.patch_samples)
    }

    /// Of the evidence for either class in the mean of its trials, in bins of 100 ms, the share on the true channels at the
    /// true times, and the share at the true times: the smaller of the two classes'.
    ///
    /// Means are taken before signs are: what the noise of single trials says for a class at one sample and against it at the
    /// next is no evidence.
    pub fn least_masses(&self, maps: &[Array2<f64>], labels: &[usize], channels: &[bool], times: &[bool]) -> [f64; 2] {
        let times = bins_of(times, self.patch_samples);
        let of_class = |class: usize| {
            let of_class = maps.iter().zip(labels).filter(|(_, label)| **label == class).map(|(map, _)| map.view());
            let bins = binned(mean_map(of_class).unwrap().view(), self.patch_samples);
            let evidence = evidence_map(bins.view(), class);
            [relevance_mass(evidence.view(), channels, &times), time_mass(evidence.view(), &times)]
        };
        let (first, second) = (of_class(0), of_class(1));
        [first[0].min(second[0]), first[1].min(second[1])]
    }

    /// What a map of ones gets of the same.
    pub fn chance(&self, channels: &[bool], times: &[bool]) -> f64 {
        let times = bins_of(times, self.patch_samples);
        relevance_mass(Array2::ones((channels.len(), times.len())).view(), channels, &times)
    }
}
