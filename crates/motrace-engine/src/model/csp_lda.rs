use super::file::{TensorFile, Tensors};
use crate::ModelFileError;
use motrace_decode::CspLda;
use ndarray::Array2;

/// Files from before it was kept lack this tensor; their decoders can adapt their bias only.
const FEATURE_COVARIANCE: &str = "feature_covariance";

/// A shape, and values in row order.
type Values = (Vec<usize>, Vec<f64>);

pub(super) fn tensors(decoder: &CspLda) -> Vec<(String, Vec<usize>, Tensors)> {
    let matrix = |matrix: &Array2<f64>| (matrix.shape().to_vec(), matrix.iter().copied().collect());
    let list = |values: &[f64]| (vec![values.len()], values.to_vec());
    let class_log_power = &decoder.class_log_power;
    let mut parts: Vec<(&str, Values)> = vec![
        ("filters", matrix(&decoder.filters)),
        ("patterns", matrix(&decoder.patterns)),
        ("weights", list(&decoder.weights)),
        ("bias", list(&[decoder.bias])),
        ("root_log_power", list(&decoder.root_log_power)),
        ("class_log_power", (vec![2, class_log_power[0].len()], class_log_power.concat())),
        ("logit_gain", list(&[decoder.logit_gain])),
        ("eigenvalues", list(&decoder.eigenvalues)),
        ("mean_covariance", matrix(&decoder.mean_covariance)),
    ];
    parts.extend(decoder.feature_covariance.as_ref().map(|covariance| (FEATURE_COVARIANCE, matrix(covariance))));
    parts.into_iter().map(|(name, (shape, values))| (name.to_owned(), shape, Tensors::F64(values))).collect()
}

pub(super) fn read(channels: usize, file: &TensorFile<'_>) -> Result<CspLda, ModelFileError> {
    let components = file.shape("filters").and_then(|shape| shape.first().copied()).unwrap_or(0);
    if components == 0 || components > channels {
        return Err(file.wrong("filters", "f64", vec![components.clamp(1, channels.max(1)), channels]));
    }
    let matrix = |name, rows, columns| {
        Array2::from_shape_vec((rows, columns), file.f64(name, &[rows, columns])?)
            .map_err(|_| file.wrong(name, "f64", vec![rows, columns]))
    };
    let scalar = |name| Ok::<f64, ModelFileError>(file.f64(name, &[1])?.first().copied().unwrap_or(f64::NAN));
    let mut class_log_power = file.f64("class_log_power", &[2, components])?;
    let second = class_log_power.split_off(components);
    Ok(CspLda {
        filters: matrix("filters", components, channels)?,
        patterns: matrix("patterns", components, channels)?,
        weights: file.f64("weights", &[components])?,
        bias: scalar("bias")?,
        root_log_power: file.f64("root_log_power", &[components])?,
        class_log_power: [class_log_power, second],
        logit_gain: scalar("logit_gain")?,
        eigenvalues: file.f64("eigenvalues", &[components])?,
        mean_covariance: matrix("mean_covariance", channels, channels)?,
        feature_covariance: match file.shape(FEATURE_COVARIANCE) {
            Some(_) => Some(matrix(FEATURE_COVARIANCE, components, components)?),
            None => None,
        },
    })
}
