//! How large a network may be, told from its sizes alone: before memory is taken for it.

use crate::architecture::at_rate;
use crate::{Architecture, EegNet, Mlp, NetError, ShallowConvNet};

/// No filter is longer, and no layer has more of them.
const MOST_OF_A_SIZE: usize = 1_000_000;
/// More weights than this are no network for a stream, and would not fit into a model file.
const MOST_PARAMETERS: f64 = 32e6;
/// Values that flow through all layers for one window.
pub(crate) const MOST_ACTIVATIONS: usize = 1 << 28;

/// A part of a network: the sizes that it follows from, its weights, and the values it gives for a window.
struct Part {
    keys: &'static str,
    parameters: f64,
    activations: f64,
}

impl Architecture {
    /// Checks that each size is possible by itself, whatever the windows are.
    ///
    /// # Errors
    /// The first that is not, by its name in a configuration.
    pub fn check(&self) -> Result<(), NetError> {
        let sizes: Vec<(&'static str, Option<usize>)> = match self {
            Self::EegNet(net) => vec![
                ("temporal_filters", Some(net.temporal_filters)),
                ("spatial_filters", Some(net.spatial_filters)),
                ("temporal_samples", net.temporal_samples),
                ("first_pool_samples", net.first_pool_samples),
                ("separable_samples", Some(net.separable_samples)),
                ("second_pool_samples", Some(net.second_pool_samples)),
            ],
            Self::Shallow(net) => vec![
                ("filters", Some(net.filters)),
                ("temporal_samples", net.temporal_samples),
                ("pool_samples", net.pool_samples),
                ("pool_stride_samples", net.pool_stride_samples),
            ],
            Self::Mlp(net) => net.hidden.iter().map(|values| ("hidden", Some(*values))).collect(),
        };
        for (key, size) in sizes {
            if let Some(size) = size.filter(|size| !(1..=MOST_OF_A_SIZE).contains(size)) {
                let why = match key {
                    "hidden" => format!("names a layer of {size} values: 1 to {MOST_OF_A_SIZE} are possible"),
                    _ => format!("= {size}: 1 to {MOST_OF_A_SIZE} are possible"),
                };
                return Err(self.wrong(key, why));
            }
        }
        let dropout = match self {
            Self::EegNet(EegNet { dropout, .. })
            | Self::Shallow(ShallowConvNet { dropout, .. })
            | Self::Mlp(Mlp { dropout, .. }) => *dropout,
        };
        if !(0.0..1.0).contains(&dropout) {
            return Err(self.wrong("dropout", format!("= {dropout}: it is a probability, from 0 to less than 1")));
        }
        // Of the smallest window there is.
        self.check_room(1, 1, 1.0, 2)
    }

    /// Checks that there is room for a network for such windows.
    ///
    /// # Errors
    /// What of it is too large.
    pub(crate) fn check_room(
        &self,
        channels: usize,
        samples: usize,
        rate_hz: f64,
        classes: usize,
    ) -> Result<(), NetError> {
        let parts = self.parts(channels as f64, samples as f64, rate_hz, classes as f64);
        let largest = |of: fn(&Part) -> f64| parts.iter().max_by(|a, b| of(a).total_cmp(&of(b))).map_or("", |p| p.keys);
        let parameters: f64 = parts.iter().map(|part| part.parameters).sum();
        if parameters > MOST_PARAMETERS {
            let why = format!("make a network of {parameters:.1e} weights: at most {MOST_PARAMETERS:.1e} are possible");
            return Err(self.wrong(largest(|part| part.parameters), why));
        }
        let activations: f64 = parts.iter().map(|part| part.activations).sum();
        if activations > MOST_ACTIVATIONS as f64 {
            let why = format!(
                "make a network with {activations:.1e} values for each window of {channels} \u{d7} {samples}: at most {:.1e} are \
                 possible",
                MOST_ACTIVATIONS as f64
            );
            return Err(self.wrong(largest(|part| part.activations), why));
        }
        Ok(())
    }

    /// In f64, in which no product of sizes overflows.
    fn parts(&self, channels: f64, samples: f64, rate_hz: f64, classes: f64) -> Vec<Part> {
        let part = |keys, parameters, activations| Part { keys, parameters, activations };
        match self {
            Self::EegNet(net) => {
                let (f1, f2) = (net.temporal_filters as f64, net.temporal_filters as f64 * net.spatial_filters as f64);
                let taps = at_rate(net.temporal_samples, 64.0, rate_hz) as f64;
                let separable = net.separable_samples as f64;
                // Half the filter is added before and after the window, so one sample more can come out.
                let length = samples + 1.0;
                let pooled = length / at_rate(net.first_pool_samples, 4.0, rate_hz) as f64 + 1.0;
                let columns = (pooled / net.second_pool_samples as f64).floor();
                vec![
                    part("temporal_filters and temporal_samples", f1 * (taps + 4.0), 2.0 * f1 * channels * length),
                    part("temporal_filters and spatial_filters", f2 * (channels + 4.0), 3.0 * f2 * length),
                    part("temporal_filters, spatial_filters and separable_samples", f2 * separable, 5.0 * f2 * pooled),
                    part("temporal_filters and spatial_filters", f2 * (f2 + 4.0), f2 * pooled),
                    part("first_pool_samples and second_pool_samples", classes * f2 * columns, 2.0 * f2 * columns),
                ]
            }
            Self::Shallow(net) => {
                let maps = net.filters as f64;
                let taps = at_rate(net.temporal_samples, 25.0, rate_hz) as f64;
                let columns = samples / at_rate(net.pool_stride_samples, 15.0, rate_hz) as f64;
                vec![
                    part("filters and temporal_samples", maps * (taps + 1.0), maps * channels * samples),
                    part("filters", maps * (maps * channels + 4.0), 3.0 * maps * samples),
                    part("filters and pool_stride_samples", classes * maps * columns, 3.0 * maps * columns),
                ]
            }
            Self::Mlp(net) => {
                let mut inputs = channels * samples;
                let mut parts = vec![part("hidden", 0.0, inputs)];
                for outputs in net.hidden.iter().map(|outputs| *outputs as f64) {
                    parts.push(part("hidden", (inputs + 1.0) * outputs, 3.0 * outputs));
                    inputs = outputs;
                }
                parts.push(part("hidden", classes * (inputs + 1.0), classes));
                parts
            }
        }
    }

    fn wrong(&self, key: &'static str, why: String) -> NetError {
        NetError::Size { network: self.name(), key, why }
    }
}
