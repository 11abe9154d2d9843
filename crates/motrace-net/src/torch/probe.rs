use super::tensors::Tensors;
use super::{PROBE_OUTPUTS, PROBE_WINDOWS, TorchError};
use crate::{Batch, Layer, NetError, Network, Shape};

/// More windows say nothing more.
const MAX_WINDOWS: usize = 16;
/// Multiply-adds for one window: beyond it nothing runs live on any machine.
const MAX_WORK: f64 = 4e9;

/// The largest difference from what PyTorch says of the windows in the file, relative to its largest output.
pub(super) fn compare(network: &Network<f32>, tensors: &mut Tensors<'_>) -> Result<f64, TorchError> {
    let found = work(network);
    if found > MAX_WORK {
        return Err(TorchError::TooMuchWork { what: "multiply-adds", found, limit: MAX_WORK });
    }
    let (input, classes) = (network.input(), network.classes());
    let count = tensors.shape(PROBE_WINDOWS).and_then(|shape| shape.first().copied()).unwrap_or(1);
    let count = count.clamp(1, MAX_WINDOWS);
    let windows = tensors.read(PROBE_WINDOWS, &[count, input.rows, input.samples])?;
    let limit = tensors.precision(PROBE_WINDOWS).max(tensors.precision(PROBE_OUTPUTS));
    let wanted = tensors.read(PROBE_OUTPUTS, &[count, classes])?;
    let said = outputs(network, &windows)?;
    let largest = wanted.iter().fold(f64::MIN_POSITIVE, |largest, value| f64::from(value.abs()).max(largest));
    let pairs = wanted.iter().zip(&said);
    let each = pairs.map(|(wanted, said)| (f64::from(*wanted) - said).abs());
    let worst = each.fold(0.0, |worst: f64, one| if one.is_nan() { f64::INFINITY } else { worst.max(one) });
    let difference = worst / largest;
    if difference <= limit { Ok(difference) } else { Err(TorchError::Outputs { difference, limit }) }
}

/// What a network says of windows, in f64 and one after the other: all at once could be much.
pub(super) fn outputs(network: &Network<f32>, windows: &[f32]) -> Result<Vec<f64>, NetError> {
    let exact: Network<f64> = network.converted()?;
    let input: Shape = exact.input();
    let mut said = Vec::new();
    for window in windows.chunks_exact(input.len()) {
        let values: Vec<f64> = window.iter().map(|value| f64::from(*value)).collect();
        said.extend(exact.outputs(&Batch { shape: input, values }).values);
    }
    Ok(said)
}

/// Multiply-adds of one window.
fn work(network: &Network<f32>) -> f64 {
    let shapes = network.shapes();
    let each = network.layers().iter().zip(&shapes[1..]).map(|(layer, output)| {
        let places = (output.rows * output.samples) as f64;
        let weights: usize = layer.parameters().iter().map(|(_, values)| values.len()).sum();
        match layer {
            Layer::Dense(_) => weights as f64,
            Layer::MeanPool(pool) | Layer::MaxPool(pool) => output.len() as f64 * pool.window as f64,
            // The depthwise half of a separable convolution can have one output more for a tap of an even kernel.
            _ => weights as f64 * (places + 1.0),
        }
    });
    each.sum()
}
