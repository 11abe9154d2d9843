use super::file::{TensorFile, Tensors};
use crate::{ModelFileError, NetworkDecoder, NetworkTraining, Preparation};
use motrace_explain::network::{Composite, NetworkReference};
use motrace_net::{Architecture, Layer, Network};
use serde::{Deserialize, Serialize};

/// The version of the description below; others are refused.
pub(super) const VERSION: u32 = 1;

/// What the metadata says of a network, as JSON. What it decides with is here and in the tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    version: u32,
    architecture: Architecture,
    crop_stride_samples: usize,
    logit_gain_bits: String,
    composite: Composite,
}

/// What decisions depend on, as a value of the metadata.
pub(super) fn describe(decoder: &NetworkDecoder) -> Result<String, ModelFileError> {
    let description = Description {
        version: VERSION,
        architecture: decoder.architecture.clone(),
        crop_stride_samples: decoder.crop_stride_samples,
        logit_gain_bits: format!("{:016x}", decoder.logit_gain.to_bits()),
        composite: decoder.composite,
    };
    serde_json::to_string(&description).map_err(|e| ModelFileError::Encode(e.to_string()))
}

/// How it was trained, as a value of the metadata.
pub(super) fn describe_training(decoder: &NetworkDecoder) -> Result<String, ModelFileError> {
    serde_json::to_string(&decoder.training).map_err(|e| ModelFileError::Encode(e.to_string()))
}

/// The tensors of a network, in the order of its layers: f32 as it was trained, and f64 of its reference.
pub(super) fn tensors(decoder: &NetworkDecoder) -> Vec<(String, Vec<usize>, Tensors)> {
    let mut all = Vec::new();
    for (place, layer) in decoder.network.layers().iter().enumerate() {
        for (name, values) in parts(layer) {
            all.push((format!("layer.{}.{name}", place + 1), vec![values.len()], Tensors::F32(values.to_vec())));
        }
    }
    if let Some(reference) = &decoder.reference {
        let means = &reference.log_means;
        let shape = vec![means.len(), means.first().map_or(0, Vec::len)];
        all.push(("reference.log_means".into(), shape, Tensors::F64(means.concat())));
        let shares = &reference.shares;
        all.push(("reference.shares".into(), vec![shares.len()], Tensors::F64(shares.clone())));
    }
    all
}

/// What a layer holds, running means and variances as well, with names.
fn parts(layer: &Layer<f32>) -> Vec<(&'static str, &[f32])> {
    let mut parts = layer.parameters();
    if let Layer::BatchNorm(norm) = layer {
        parts.extend([("mean", norm.mean.as_slice()), ("variance", norm.variance.as_slice())]);
    }
    parts
}

/// Reads a network for what is prepared.
pub(super) fn read(
    description: &str,
    training: &str,
    preparation: &Preparation,
    file: &TensorFile<'_>,
) -> Result<NetworkDecoder, ModelFileError> {
    let wrong = |key: &'static str| {
        move |e: serde_json::Error| ModelFileError::Field { key, value: motrace_core::clean_text(&e.to_string(), 120) }
    };
    let version = serde_json::from_str::<serde_json::Value>(description).map_err(wrong("network"))?;
    if version.get("version").and_then(serde_json::Value::as_u64) != Some(u64::from(VERSION)) {
        let found = version.get("version").map_or_else(String::new, ToString::to_string);
        return Err(ModelFileError::Version {
            key: "network version",
            found: motrace_core::clean_text(&found, 40),
            wanted: "1",
        });
    }
    let Description { architecture, crop_stride_samples, logit_gain_bits, composite, .. } =
        serde_json::from_str(description).map_err(wrong("network"))?;
    let logit_gain = u64::from_str_radix(&logit_gain_bits, 16)
        .map(f64::from_bits)
        .map_err(|_| ModelFileError::Field { key: "network", value: motrace_core::clean_text(&logit_gain_bits, 40) })?;
    let training: Option<NetworkTraining> = serde_json::from_str(training).map_err(wrong("network_training"))?;

    let samples = preparation.input.values(preparation.sliding_samples(), preparation.rate_hz);
    let (channels, classes) = (preparation.channels.len(), preparation.classes.len());
    let rate_hz = preparation.input.values_per_sec(preparation.rate_hz);
    let impossible = |e: motrace_net::NetError| ModelFileError::Network(e.to_string());
    // Sizes that no file can hold are refused there, before memory is taken for them.
    let mut network: Network<f32> = architecture.network(channels, samples, rate_hz, classes, 0).map_err(impossible)?;
    let mut used = Vec::new();
    for (place, layer) in network.layers_mut().iter_mut().enumerate() {
        let names: Vec<(&'static str, usize)> =
            parts(layer).iter().map(|(name, values)| (*name, values.len())).collect();
        let mut read = Vec::with_capacity(names.len());
        for (name, length) in names {
            let name = format!("layer.{}.{name}", place + 1);
            read.push(file.f32(&name, length)?);
            used.push(name);
        }
        fill(layer, read);
    }
    network.check().map_err(impossible)?;
    let reference = match file.shape("reference.log_means").as_deref() {
        None => None,
        Some(&[classes, powers]) => {
            let means = file.f64("reference.log_means", &[classes, powers])?;
            let weights = file.shape("reference.shares").map_or(0, |shape| shape.iter().product());
            used.extend(["reference.log_means".to_owned(), "reference.shares".to_owned()]);
            Some(NetworkReference {
                log_means: means.chunks(powers.max(1)).map(<[f64]>::to_vec).collect(),
                shares: file.f64("reference.shares", &[weights])?,
            })
        }
        Some(_) => return Err(file.wrong("reference.log_means", "f64", vec![2, 0])),
    };
    file.nothing_but(&used)?;
    Ok(NetworkDecoder { architecture, network, crop_stride_samples, logit_gain, composite, reference, training })
}

/// In the order of [`parts`].
fn fill(layer: &mut Layer<f32>, read: Vec<Vec<f32>>) {
    let mut read = read.into_iter();
    for (to, from) in layer.parameters_mut().into_iter().zip(&mut read) {
        to.copy_from_slice(&from);
    }
    if let Layer::BatchNorm(norm) = layer {
        for (to, from) in [&mut norm.mean, &mut norm.variance].into_iter().zip(read) {
            *to = from;
        }
    }
}
