use crate::decoder::WindowInput;
use crate::{EngineError, NetworkDecoder, Preparation};
use motrace_core::{Decision, LayerLedger, Ledger, Relevance};
use motrace_explain::is_on_rim;
use motrace_explain::network::{NetworkExplainer, Target};
use ndarray::{Array2, ArrayView2};

/// Explains what a network says of windows of the stream: lays them out as it takes them, and its relevance out over the
/// samples again.
#[derive(Debug, Clone)]
pub(super) struct NetworkWindowExplainer {
    explainer: NetworkExplainer<f32>,
    input: WindowInput,
    crop_stride_samples: usize,
    on_rim: Vec<bool>,
    layers: usize,
    /// The mean over windows of what the class of a decision is beyond each of the others; for more than two classes.
    differences: Vec<f64>,
}

impl NetworkWindowExplainer {
    pub fn new(decoder: &NetworkDecoder, preparation: &Preparation) -> Result<Self, EngineError> {
        decoder.check(preparation)?;
        let merged = decoder.network.merged().map_err(|e| EngineError::Network(e.to_string()))?;
        let explainer = NetworkExplainer::new(&merged, &decoder.composite, decoder.reference.as_ref())
            .map_err(|e| EngineError::Explanation(e.to_string()))?;
        Ok(Self {
            input: WindowInput::new(preparation),
            crop_stride_samples: decoder.crop_stride_samples,
            on_rim: preparation.channels.labels().iter().map(|label| is_on_rim(label)).collect(),
            // A layer may have two parts with a line each.
            layers: 2 * merged.layers().len() + 2,
            differences: vec![0.0; explainer.classes().saturating_sub(1)],
            explainer,
        })
    }

    pub fn empty_for(&self, window_samples: usize) -> Relevance {
        Relevance {
            start: 0,
            end: 0,
            class: 1,
            input: Array2::zeros((self.on_rim.len(), window_samples)),
            pattern: Array2::zeros((0, 0)),
            source: Array2::zeros((0, 0)),
            components: Vec::new(),
            ledger: Ledger {
                value: 0.0,
                offset: 0.0,
                total: [Some(0.0), None, None],
                cancellation: [Some(0.0), None, None],
                path_difference: 0.0,
                input_source_correlation: None,
                rim_share: 0.0,
                layers: Vec::with_capacity(self.layers),
            },
        }
    }

    /// For a window that is longer than the network's: the mean over its windows in it, as the value is.
    ///
    /// Of two classes the difference of the outputs is explained, of more what speaks for the class that was decided for. There
    /// the outputs decide by their mean, so all windows share the π of that.
    pub fn explain_into(&mut self, window: ArrayView2<f64>, decision: &Decision, out: &mut Relevance) {
        if out.input.dim() != window.dim() || !out.input.is_standard_layout() {
            out.input = Array2::zeros(window.dim());
        }
        (out.start, out.end, out.class) = (decision.start, decision.end, decision.favoured_class());
        out.input.fill(0.0);
        let ledger = &mut out.ledger;
        ledger.layers.clear();
        (ledger.value, ledger.offset) = (0.0, 0.0);
        let count = self.input.starts(window.ncols(), self.crop_stride_samples).count() as f64;
        let class = (!decision.is_of_two()).then(|| decision.class());
        if let Some(class) = class {
            self.mean_differences(window, class, count);
        }
        for start in self.input.starts(window.ncols(), self.crop_stride_samples) {
            let Some(values) = self.input.fill(window, start) else { break };
            let part = match class {
                None => self.explainer.explain(values, Target::Decision),
                Some(class) => self.explainer.explain_part(values, class, &self.differences),
            };
            ledger.value += part.value / count;
            ledger.offset += part.offset / count;
            if ledger.layers.is_empty() {
                ledger.layers.extend(part.layers.iter().map(|layer| scaled(layer, 1.0 / count)));
            } else {
                ledger.layers.iter_mut().zip(&part.layers).for_each(|(sum, layer)| add(sum, layer, 1.0 / count));
            }
            for (mut to, from) in out.input.outer_iter_mut().zip(part.relevance.outer_iter()) {
                for (value, relevance) in from.iter().enumerate() {
                    let range = self.input.samples_of(value);
                    // A value that stands for several samples is their mean: each has an equal part in it.
                    let share = f64::from(*relevance) / (range.len().max(1) as f64 * count);
                    to.iter_mut().skip(start + range.start).take(range.len()).for_each(|r| *r += share);
                }
            }
        }
        if count == 0.0 || window.nrows() != self.on_rim.len() {
            out.input.fill(f64::NAN);
            ledger.value = f64::NAN;
        }
        let total = out.input.sum();
        let magnitude: f64 = out.input.iter().map(|r| r.abs()).sum();
        ledger.total[0] = Some(total);
        ledger.cancellation[0] = Some(magnitude / total.abs());
        ledger.path_difference = (decision.value - ledger.value).abs();
        let (mut all, mut rim) = (0.0, 0.0);
        for (row, on_rim) in out.input.outer_iter().zip(&self.on_rim) {
            let share = row.sum().abs();
            all += share;
            rim += if *on_rim { share } else { 0.0 };
        }
        ledger.rim_share = if all > 0.0 { rim / all } else { 0.0 };
    }

    fn mean_differences(&mut self, window: ArrayView2<f64>, class: usize, count: f64) {
        self.differences.fill(0.0);
        for start in self.input.starts(window.ncols(), self.crop_stride_samples) {
            let values = self.input.fill(window, start);
            let Some(differences) = values.and_then(|values| self.explainer.differences(values, class)) else {
                return self.differences.fill(f64::NAN);
            };
            self.differences.iter_mut().zip(differences).for_each(|(mean, h)| *mean += f64::from(*h) / count);
        }
    }
}

fn scaled(layer: &LayerLedger, by: f64) -> LayerLedger {
    LayerLedger {
        layer: layer.layer,
        relevance_in: layer.relevance_in * by,
        bias: layer.bias * by,
        stabiliser: layer.stabiliser * by,
        unassigned: layer.unassigned * by,
        relevance_out: layer.relevance_out * by,
    }
}

fn add(sum: &mut LayerLedger, layer: &LayerLedger, by: f64) {
    sum.relevance_in += layer.relevance_in * by;
    sum.bias += layer.bias * by;
    sum.stabiliser += layer.stabiliser * by;
    sum.unassigned += layer.unassigned * by;
    sum.relevance_out += layer.relevance_out * by;
}
