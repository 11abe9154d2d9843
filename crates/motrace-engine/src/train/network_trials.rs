use crate::decoder::WindowInput;
use crate::{EpochCollector, Preparation};
use motrace_decode::Epochs;
use motrace_net::training::Trials;
use motrace_net::{Batch, Shape};
use ndarray::{Array3, Axis, Slice};

/// Trials as a network is trained on them, and as it decides them.
pub(super) struct NetworkTrials {
    /// Windows as they are prepared, `[trials, channels, samples]`.
    pub epochs: Epochs,
    /// The same as the network reads them, with margins.
    all: Trials,
}

impl NetworkTrials {
    /// From trials that were collected with so many samples more before and after their window.
    pub fn new(collectors: &[EpochCollector], preparation: &Preparation, labels: Vec<usize>, margin: usize) -> Self {
        let (channels, samples) = (preparation.channels.len(), preparation.window_samples());
        let (rate_hz, input) = (preparation.rate_hz, preparation.input);
        let wide = samples + 2 * margin;
        let values = input.values(wide, rate_hz);
        let mut layout = WindowInput::of_shape(channels, wide, values);
        let mut windows = Batch::zeros(Shape::window(channels, values), labels.len());
        let mut data = Array3::zeros((labels.len(), channels, samples));
        let own = Slice::from(margin..margin + samples);
        let collected = collectors.iter().flat_map(EpochCollector::windows);
        for ((window, to), mut epoch) in collected.zip(windows.each_mut()).zip(data.axis_iter_mut(Axis(0))) {
            if let Some(values) = layout.fill(window, 0) {
                to.copy_from_slice(values);
            }
            epoch.assign(&window.slice_axis(Axis(1), own));
        }
        let groups = collectors.iter().enumerate().flat_map(|(group, c)| vec![group; c.kept().len()]).collect();
        let class_names: Vec<String> = preparation.class_names().into_iter().map(str::to_owned).collect();
        let classes = class_names.len();
        let epochs = Epochs { data, labels: labels.clone(), class_names, groups };
        let margin_samples = if values == wide { margin } else { 0 };
        let rate_hz = input.values_per_sec(rate_hz);
        Self { epochs, all: Trials { windows, labels, classes, rate_hz, margin_samples } }
    }

    /// These trials, to learn from.
    pub fn selected(&self, trials: &[usize]) -> Trials {
        let length = self.all.windows.shape.len();
        let values = trials.iter().flat_map(|&t| self.all.windows.values[t * length..(t + 1) * length].to_vec());
        let Trials { classes, rate_hz, margin_samples, .. } = self.all;
        Trials {
            windows: Batch { shape: self.all.windows.shape, values: values.collect() },
            labels: trials.iter().map(|&trial| self.all.labels[trial]).collect(),
            classes,
            rate_hz,
            margin_samples,
        }
    }

    /// Windows of a network's length that cover these trials, and their classes.
    pub fn windows(&self, shape: Shape, trials: &[usize]) -> (Batch<f32>, Vec<usize>) {
        let own = self.all.windows.shape;
        let first = self.all.margin_samples;
        let last = (own.samples - self.all.margin_samples).saturating_sub(shape.samples);
        let starts = || (first..=last).step_by(shape.samples.max(2) / 2);
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for &trial in trials {
            let window = &self.all.windows.values[trial * own.len()..(trial + 1) * own.len()];
            for start in starts() {
                for row in window.chunks_exact(own.samples) {
                    values.extend_from_slice(&row[start..start + shape.samples]);
                }
                labels.push(self.all.labels[trial]);
            }
        }
        (Batch { shape, values }, labels)
    }
}
