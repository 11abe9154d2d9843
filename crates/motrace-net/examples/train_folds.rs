//! Trains a network on each chronological fold of labelled windows and says what it decides about the others.
//!
//! `tests/scripts/compare_networks.py` runs it: a safetensors file with `windows` (f32, `[trials, channels, samples]`), `labels`
//! (i64) and a `task` in its metadata comes in, and the decided class of each tested trial goes out as JSON, fold by fold.

use motrace_net::training::{TrainingSettings, Trials, train};
use motrace_net::{Architecture, Batch, Shape};
use safetensors::tensor::{Dtype, SafeTensors};
use serde::Deserialize;
use std::error::Error;
use std::ops::{ControlFlow, Range};

#[derive(Deserialize)]
struct Task {
    architecture: Architecture,
    settings: TrainingSettings,
    rate_hz: f64,
    folds: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("the file with the windows is missing")?;
    let bytes = std::fs::read(path)?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes)?;
    let task = metadata.metadata().as_ref().and_then(|strings| strings.get("task")).ok_or("there is no task")?;
    let task: Task = serde_json::from_str(task)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let (windows, labels) = (file.tensor("windows")?, file.tensor("labels")?);
    let [count, channels, samples] = *windows.shape() else { return Err("windows have three axes".into()) };
    if windows.dtype() != Dtype::F32 || labels.dtype() != Dtype::I64 || labels.shape() != [count] {
        return Err("windows are f32 and labels i64, one for each".into());
    }
    let values: Vec<f32> = windows.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let labels: Vec<usize> =
        labels.data().as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as usize).collect();
    let shape = Shape::window(channels, samples);
    let some = |chosen: &[usize]| Batch {
        shape,
        values: chosen.iter().flat_map(|n| values[n * shape.len()..][..shape.len()].to_vec()).collect(),
    };

    let mut decided = Vec::new();
    for tested in blocks(count, task.folds) {
        let learnt: Vec<usize> = (0..count).filter(|n| !tested.contains(n)).collect();
        let trials = Trials {
            windows: some(&learnt),
            labels: learnt.iter().map(|n| labels[*n]).collect(),
            classes: 2,
            rate_hz: task.rate_hz,
            margin_samples: 0,
        };
        let trained = train(&task.architecture, &trials, &task.settings, None, |_, _| ControlFlow::Continue(()))?;
        let outputs = trained.network.outputs(&some(&tested.collect::<Vec<_>>()));
        decided.push(outputs.each().map(|z| usize::from(z[1] > z[0])).collect::<Vec<_>>());
    }
    println!("{}", serde_json::to_string(&decided)?);
    Ok(())
}

/// Contiguous blocks, the first ones longer where they cannot be equal, as `numpy.array_split` makes them.
fn blocks(count: usize, folds: usize) -> Vec<Range<usize>> {
    let mut begin = 0;
    let lengths = (0..folds).map(|fold| count / folds + usize::from(fold < count % folds));
    let block = |length| {
        begin += length;
        begin - length..begin
    };
    lengths.map(block).collect()
}
