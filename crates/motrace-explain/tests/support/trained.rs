//! Networks trained on a simulated person, and the checks of their explanations.
#![allow(dead_code, reason = "shared by a test and an example")]

use super::simulated::Simulated;
use motrace_explain::checks::{
    FlippingSettings, binned, evidence_map, flipping, mean_absolute_rank_correlation, mean_map, random_flipping,
    randomised_layers, rank_correlation, relevance_mass, time_mass,
};
use motrace_explain::network::{Composite, NetworkExplainer, NetworkReference, Target, baselines};
use motrace_net::training::{TrainingSettings, Trials, train};
use motrace_net::{Architecture, Batch, Network, Runner, Shape};
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// 100 ms at 250 Hz.
pub const PATCH_SAMPLES: usize = 25;

/// Windows as a network gets them: single precision, with a root mean square of about 1.
pub struct Windows {
    pub batch: Batch<f32>,
    pub labels: Vec<usize>,
    pub scale: f64,
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
        }
    }

    /// Some of them, the classes as they come.
    pub fn first(&self, count: usize) -> Self {
        let values = self.batch.each().take(count).flatten().copied().collect();
        let labels = self.labels.iter().take(count).copied().collect();
        Self { batch: Batch { shape: self.batch.shape, values }, labels, scale: self.scale }
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
}

pub fn trained(architecture: &Architecture, windows: &Windows, epochs: usize, seed: u64) -> Trained {
    let trials = Trials {
        windows: windows.batch.clone(),
        labels: windows.labels.clone(),
        classes: 2,
        rate_hz: 250.0,
        margin_samples: 0,
    };
    let settings = TrainingSettings { epochs: Some(epochs), seeds: vec![seed], ..TrainingSettings::default() };
    let trained = train(architecture, &trials, &settings, None, |_, _| ControlFlow::Continue(())).unwrap();
    let network = trained.network.merged().unwrap();
    let reference = NetworkReference::fit(&network, &windows.batch, &windows.labels).unwrap();
    Trained { network, reference }
}

fn as_f64(map: &Array2<f32>) -> Array2<f64> {
    map.mapv(f64::from)
}

impl Trained {
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

    /// The relevance of each window, and the largest |ΣR + all that is kept − f| / max(|f|, 1) and |ΣR/f − 1| where |f| > 1.
    pub fn maps(&self, composite: &Composite, windows: &Windows) -> (Vec<Array2<f64>>, f64, f64) {
        let mut explainer = NetworkExplainer::new(&self.network, composite, self.reference.as_ref()).unwrap();
        let (mut leak, mut apart) = (0.0_f64, 0.0_f64);
        let maps = windows.batch.each().map(|window| {
            let told = explainer.explain(window, Target::Decision);
            leak = leak.max(told.conservation_error() / told.value.abs().max(1.0));
            if told.value.abs() > 1.0 {
                apart = apart.max((told.total / told.value - 1.0).abs());
            }
            as_f64(&told.relevance)
        });
        let maps = maps.collect();
        (maps, leak, apart)
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
        flipping(&views, &windows.labels, &maps, &flipping_settings(7), score).unwrap().relevance_gain()
    }

    /// Of random orders, the mean over several.
    pub fn random_gain(&self, windows: &Windows, orders: u64) -> f64 {
        let (arrays, mut runner) = (windows.arrays(), Runner::new(&self.network).unwrap());
        let views: Vec<_> = arrays.iter().map(|w| w.view()).collect();
        let mut gain = |seed| {
            let score = |w: ArrayView2<f64>| Self::value(&mut runner, w);
            random_flipping(&views, &windows.labels, &flipping_settings(seed), score).unwrap().relevance_gain()
        };
        (0..orders).map(&mut gain).sum::<f64>() / orders as f64
    }

    /// Mean |Spearman| and |mean Spearman| between the maps of this network and those of it with random numbers in its last
    /// layers.
    pub fn randomised(
        &self,
        layers: usize,
        composite: &Composite,
        training: &Windows,
        windows: &Windows,
        models: u64,
    ) -> (f64, f64) {
        let own = self.maps(composite, windows).0;
        let (mut absolute, mut signed) = (0.0, 0.0);
        for seed in 0..models {
            let network = randomised_layers(&self.network, layers, seed);
            let reference = NetworkReference::fit(&network, &training.batch, &training.labels).unwrap();
            let others = Self { network, reference }.maps(composite, windows).0;
            let pairs = || own.iter().zip(&others).map(|(a, b)| (a.view(), b.view()));
            absolute += mean_absolute_rank_correlation(pairs(), PATCH_SAMPLES) / models as f64;
            let all: f64 = pairs()
                .map(|(a, b)| rank_correlation(binned(a, PATCH_SAMPLES).view(), binned(b, PATCH_SAMPLES).view()))
                .sum();
            signed += all / (own.len() as f64 * models as f64);
        }
        (absolute, signed.abs())
    }
}

fn flipping_settings(seed: u64) -> FlippingSettings {
    FlippingSettings { patch_samples: PATCH_SAMPLES, steps: 20, seed }
}

/// The share of the evidence for each class, in the mean of its trials, on the true channels at the true times, and at the
/// true times alone.
pub fn masses(maps: &[Array2<f64>], labels: &[usize], channels: &[bool], times: &[bool]) -> [[f64; 2]; 2] {
    [0, 1].map(|class| {
        let of_class = maps.iter().zip(labels).filter(|(_, label)| **label == class).map(|(map, _)| map.view());
        let evidence = evidence_map(mean_map(of_class).unwrap().view(), class);
        [relevance_mass(evidence.view(), channels, times), time_mass(evidence.view(), times)]
    })
}
