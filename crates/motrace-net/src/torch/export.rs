use super::modules::Module;
use super::{DESCRIPTION, Description, FORMAT, PROBE_OUTPUTS, PROBE_WINDOWS, TorchError, layout, probe};
use crate::{Architecture, BatchNorm, Conv, Dense, Layer, Network, Pool};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Windows whose outputs are written along.
const WINDOWS: usize = 2;

/// A network as a file that PyTorch can load (with `tests/scripts/load_in_braindecode.py`), and that comes back through
/// [`super::TorchNetwork::from_bytes`] with the same bits: EEGNet and ShallowConvNet under the names of braindecode's modules,
/// the perceptron as a plain `Sequential`.
///
/// # Errors
/// Where the network is none of these, as a merged one is; or the names do not fit it.
pub fn to_torch_safetensors(
    network: &Network<f32>,
    rate_hz: f64,
    classes: &[String],
    channel_names: Option<&[String]>,
) -> Result<Vec<u8>, TorchError> {
    network.check()?;
    let input = network.input();
    let wrong = |why: String| Err(TorchError::NotExportable(why));
    let Some((architecture, _)) = layout::of_kind(network) else {
        return wrong("it has not the layers of EEGNet, ShallowConvNet or the perceptron; a merged network has lost what PyTorch names: export the one that was trained".into());
    };
    if classes.len() != network.classes() || channel_names.is_some_and(|names| names.len() != input.rows) {
        return wrong(format!(
            "it has {} classes and {} channels, and the names are others",
            network.classes(),
            input.rows
        ));
    }
    if !(rate_hz.is_finite() && rate_hz > 0.0) {
        return wrong(format!("its sampling rate is {rate_hz} Hz"));
    }
    let mut writer = Writer { time_first: matches!(architecture, Architecture::Shallow(_)), ..Writer::default() };
    let class = match architecture {
        Architecture::EegNet(_) => "EEGNet",
        Architecture::Shallow(_) => "ShallowFBCSPNet",
        Architecture::Mlp(_) => "Sequential",
    };
    match architecture {
        Architecture::EegNet(_) => writer.named(network, &EEGNET),
        Architecture::Shallow(_) => {
            writer.module("dimshuffle", "Rearrange", &[], json!({ "pattern": "batch C T 1 -> batch 1 T C" }));
            writer.named(network, &SHALLOW);
        }
        Architecture::Mlp(_) => {
            writer.module("0", "Flatten", &[], json!({ "start_dim": 1, "end_dim": -1 }));
            for (place, layer) in network.layers().iter().enumerate() {
                writer.layer(&format!("{}", place + 1), layer);
            }
        }
    }
    let windows = random_windows(WINDOWS * input.len());
    let outputs: Vec<f32> = probe::outputs(network, &windows)?.iter().map(|value| *value as f32).collect();
    writer.tensor(PROBE_WINDOWS.into(), vec![WINDOWS, input.rows, input.samples], &windows);
    writer.tensor(PROBE_OUTPUTS.into(), vec![WINDOWS, network.classes()], &outputs);

    let description = Description {
        format: FORMAT,
        class: class.into(),
        channels: input.rows,
        samples: input.samples,
        rate_hz,
        classes: classes.to_vec(),
        channel_names: channel_names.map(<[String]>::to_vec),
        modules: writer.modules,
        config: config(network, &architecture, rate_hz),
    };
    let encode = |why: String| TorchError::Encode(why);
    let text = serde_json::to_string(&description).map_err(|e| encode(e.to_string()))?;
    let views = writer.tensors.iter().map(|(name, dtype, shape, bytes)| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|e| encode(e.to_string()))?;
    // One entry: a map of several would be written in an order that differs from time to time.
    let metadata = HashMap::from([(DESCRIPTION.to_owned(), text)]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| encode(e.to_string()))
}

/// The names of EEGNet's modules in braindecode; two for the separable convolution.
const EEGNET: [&str; 14] = [
    "conv_temporal",
    "bnorm_temporal",
    "conv_spatial",
    "bnorm_1",
    "elu_1",
    "pool_1",
    "drop_1",
    "conv_separable_depth",
    "conv_separable_point",
    "bnorm_2",
    "elu_2",
    "pool_2",
    "drop_2",
    "final_layer.conv_classifier",
];

/// The names of ShallowFBCSPNet's modules in braindecode.
const SHALLOW: [&str; 8] = [
    "conv_time_spat.conv_time",
    "conv_time_spat.conv_spat",
    "bnorm",
    "conv_nonlin_exp",
    "pool",
    "pool_nonlin_exp",
    "drop",
    "final_layer.conv_classifier",
];

fn random_windows(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // Sums of uniform numbers are near enough to normal.
    (0..count).map(|_| (0..4).map(|_| rng.random_range(-1.0..1.0f32)).sum()).collect()
}

#[derive(Default)]
struct Writer {
    /// Whether feature maps are `[time, rows]`.
    time_first: bool,
    modules: Vec<Module>,
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl Writer {
    fn named(&mut self, network: &Network<f32>, names: &[&str]) {
        let mut names = names.iter().copied();
        let shapes = network.shapes();
        for (layer, input) in network.layers().iter().zip(&shapes) {
            let name = names.next().unwrap_or_default();
            match layer {
                Layer::SeparableConv(conv) => {
                    self.conv(name, "Conv2d", &conv.depthwise);
                    self.conv(names.next().unwrap_or_default(), "Conv2d", &conv.pointwise);
                }
                // Both networks of braindecode end with a convolution over all that is left.
                Layer::Dense(dense) => {
                    let Dense { outputs, weights, bias, .. } = dense.clone();
                    let conv = Conv::zeros(outputs, input.maps, input.rows, input.samples);
                    self.conv(name, "Conv2d", &Conv { weights, bias, ..conv });
                }
                layer => self.layer(name, layer),
            }
        }
    }

    fn layer(&mut self, name: &str, layer: &Layer<f32>) {
        match layer {
            Layer::TemporalConv(conv) => self.conv(name, "Conv2d", conv),
            Layer::SpatialConv(conv) if self.time_first => self.conv(name, "Conv2d", conv),
            Layer::SpatialConv(conv) => self.conv(name, "Conv2dWithConstraint", conv),
            Layer::Dense(dense) => self.dense(name, dense),
            Layer::BatchNorm(norm) => self.batch_norm(name, norm),
            Layer::Elu(elu) => self.module(name, "ELU", &[], json!({ "alpha": elu.alpha })),
            Layer::Tanh => self.module(name, "Tanh", &[], json!({})),
            Layer::Relu => self.module(name, "ReLU", &[], json!({})),
            Layer::Square => self.module(name, "Square", &[], json!({})),
            Layer::Log(log) => self.module(name, "SafeLog", &[], json!({ "epsilon": log.floor })),
            Layer::MeanPool(pool) => self.pool(name, "AvgPool2d", *pool),
            Layer::MaxPool(pool) => self.pool(name, "MaxPool2d", *pool),
            Layer::Dropout { probability } => self.module(name, "Dropout", &[], json!({ "p": probability })),
            // Neither occurs in the layouts that are exported but in `named`.
            Layer::SeparableConv(_) | Layer::FusedConv(_) => {}
        }
    }

    fn axes(&self, rows: usize, time: usize) -> [usize; 2] {
        if self.time_first { [time, rows] } else { [rows, time] }
    }

    fn conv(&mut self, name: &str, kind: &str, conv: &Conv<f32>) {
        let kernel = self.axes(conv.rows, conv.taps);
        // Our networks pad as much at the end as at the start.
        let facts = json!({
            "in_channels": conv.maps_in * conv.groups, "out_channels": conv.maps_out, "groups": conv.groups,
            "kernel_size": kernel, "stride": self.axes(1, conv.stride), "padding": self.axes(0, conv.padding[0]),
        });
        let weights = if self.time_first { transposed(conv) } else { conv.weights.clone() };
        self.tensor(format!("{name}.weight"), vec![conv.maps_out, conv.maps_in, kernel[0], kernel[1]], &weights);
        self.bias(name, conv.bias.as_deref());
        self.module(name, kind, if conv.bias.is_some() { &["weight", "bias"] } else { &["weight"] }, facts);
    }

    fn dense(&mut self, name: &str, dense: &Dense<f32>) {
        self.tensor(format!("{name}.weight"), vec![dense.outputs, dense.inputs], &dense.weights);
        self.bias(name, dense.bias.as_deref());
        let facts = json!({ "in_features": dense.inputs, "out_features": dense.outputs });
        self.module(name, "Linear", if dense.bias.is_some() { &["weight", "bias"] } else { &["weight"] }, facts);
    }

    fn bias(&mut self, name: &str, bias: Option<&[f32]>) {
        if let Some(bias) = bias {
            self.tensor(format!("{name}.bias"), vec![bias.len()], bias);
        }
    }

    fn batch_norm(&mut self, name: &str, norm: &BatchNorm<f32>) {
        let parts = ["weight", "bias", "running_mean", "running_var"];
        for (part, values) in parts.iter().zip([&norm.gain, &norm.offset, &norm.mean, &norm.variance]) {
            self.tensor(format!("{name}.{part}"), vec![values.len()], values);
        }
        // Strict loading wants it; with a momentum it has no influence.
        let batches = 0i64.to_le_bytes().to_vec();
        self.tensors.push((format!("{name}.num_batches_tracked"), Dtype::I64, Vec::new(), batches));
        let facts = json!({ "num_features": norm.maps(), "eps": norm.epsilon, "momentum": norm.momentum });
        self.module(name, "BatchNorm2d", &parts, facts);
    }

    fn pool(&mut self, name: &str, kind: &str, pool: Pool) {
        let facts = json!({ "kernel_size": self.axes(1, pool.window), "stride": self.axes(1, pool.stride) });
        self.module(name, kind, &[], facts);
    }

    fn tensor(&mut self, name: String, shape: Vec<usize>, values: &[f32]) {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensors.push((name, Dtype::F32, shape, bytes));
    }

    fn module(&mut self, name: &str, kind: &str, tensors: &[&str], facts: Value) {
        let facts = if let Value::Object(facts) = facts { facts } else { Map::new() };
        let tensors = tensors.iter().map(|part| (*part).to_owned()).collect();
        self.modules.push(Module { name: name.to_owned(), kind: kind.to_owned(), tensors, facts });
    }
}

/// `[.., rows, taps]` as `[.., taps, rows]`.
fn transposed(conv: &Conv<f32>) -> Vec<f32> {
    let (rows, taps) = (conv.rows, conv.taps);
    let kernels = conv.weights.chunks_exact(rows * taps);
    kernels
        .flat_map(|kernel| (0..taps).flat_map(move |tap| (0..rows).map(move |row| kernel[row * taps + tap])))
        .collect()
}

/// The arguments with which braindecode makes such a network.
fn config(network: &Network<f32>, architecture: &Architecture, rate_hz: f64) -> Option<Map<String, Value>> {
    let input = network.input();
    let norms: Vec<&BatchNorm<f32>> = network
        .layers()
        .iter()
        .filter_map(|layer| if let Layer::BatchNorm(norm) = layer { Some(norm) } else { None })
        .collect();
    let common = json!({
        "n_chans": input.rows, "n_outputs": network.classes(), "n_times": input.samples, "sfreq": rate_hz,
    });
    let own = match architecture {
        Architecture::EegNet(net) => json!({
            "F1": net.temporal_filters, "D": net.spatial_filters, "kernel_length": net.temporal_samples,
            "depthwise_kernel_length": net.separable_samples, "pool1_kernel_size": net.first_pool_samples,
            "pool2_kernel_size": net.second_pool_samples, "drop_prob": net.dropout,
            "batch_norm_eps": norms.first()?.epsilon, "batch_norm_momentum": norms.first()?.momentum,
            "conv_spatial_max_norm": max_norm(network),
        }),
        Architecture::Shallow(net) => json!({
            "n_filters_time": net.filters, "n_filters_spat": net.filters, "filter_time_length": net.temporal_samples,
            "pool_time_length": net.pool_samples, "pool_time_stride": net.pool_stride_samples, "drop_prob": net.dropout,
            "batch_norm_alpha": norms.first()?.momentum,
        }),
        Architecture::Mlp(_) => return None,
    };
    let (Value::Object(mut all), Value::Object(own)) = (common, own) else { return None };
    all.extend(own);
    Some(all)
}

/// Braindecode's bound of 1 on the norm of spatial filters, or one that leaves these as they are.
fn max_norm(network: &Network<f32>) -> f64 {
    let spatial =
        network.layers().iter().find_map(|layer| if let Layer::SpatialConv(conv) = layer { Some(conv) } else { None });
    let largest = spatial.map_or(0.0, |conv| {
        let kernels = conv.weights.chunks_exact(conv.kernel_len().max(1));
        let norms = kernels.map(|kernel| kernel.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>().sqrt());
        norms.fold(0.0, f64::max)
    });
    if largest <= 1.0 + 1e-6 { 1.0 } else { largest * (1.0 + 1e-6) }
}
