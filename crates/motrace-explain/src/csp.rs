mod over_time;

pub use over_time::ChannelRelevance;

use crate::ledger::{correlation, is_on_rim};
use crate::rows::{Sum, combine, sum_of_squares, sums};
use crate::secant::secant;
use motrace_core::{Decision, Ledger, Relevance, View};
use motrace_decode::{CspLda, Discriminant};
use ndarray::{Array2, ArrayView2};

/// Patterns whose `Σ_c W_kc A_kc` is this close to 1 are taken as exact up to rounding. Others are left as they
/// are, and their leak shows in the ledger.
const PATTERN_ROUNDING: f64 = 1e-6;

/// Explains the decisions of one [`CspLda`] decoder exactly, in three views.
///
/// With `s_kt = Σ_c W_kc x_ct`, `p_k = mean_t s_kt²` and `f = Σ_k w_k log p_k + b`, the root point is the class
/// boundary `p̄_k = exp φ̄_k`, and the secant `g_k = log(p_k/p̄_k)/(p_k − p̄_k)` shares out what lies beyond it:
///
/// - time: `R_kt = w_k g_k (s_kt² − p̄_k)/T`
/// - INPUT: `R_ct = Σ_k (w_k g_k/T) (W_kc x_ct s_kt − W_kc A_kc p̄_k)`
/// - PATTERN: `R_ct = Σ_k R_kt W_kc A_kc`
/// - SOURCE: `R_ct = Σ_k R_kt A_kc² / Σ_c' A_kc'²`
///
/// Each view sums to `f − f₀`. The weights of the decoder, the filters' scale and the unit of the data cancel out,
/// and the sign of the data does too.
///
/// It holds all scratch that it needs: [`explain_into`](Self::explain_into) allocates nothing for windows of the
/// size it was made for.
#[derive(Debug, Clone)]
pub struct CspExplainer {
    decoder: CspLda,
    /// exp φ̄: the power of each component at the class boundary, V².
    root_power: Vec<f64>,
    /// f₀.
    offset: f64,
    /// w.
    weights: Vec<f64>,
    /// W, `[components, channels]`.
    filters: Vec<f64>,
    /// W transposed, `[channels, components]`.
    filters_by_channel: Vec<f64>,
    /// `W_kc A_kc`, `[channels, components]`.
    pattern_share: Vec<f64>,
    /// `A_kc² / Σ A_k²`, `[channels, components]`.
    source_share: Vec<f64>,
    on_rim: Vec<bool>,
    samples: usize,
    scratch: Scratch,
}

/// What one explanation writes on its way.
#[derive(Debug, Clone, Default)]
struct Scratch {
    /// A contiguous copy of windows that are not contiguous themselves, `[channels, samples]`.
    window: Vec<f64>,
    /// s, `[components, samples]`, volts.
    sources: Vec<f64>,
    /// R_kt, `[components, samples]`.
    time: Vec<f64>,
    /// p_k, V².
    powers: Vec<f64>,
    /// `w_k g_k / T` per component.
    gains: Vec<f64>,
    /// Coefficients of one channel's row.
    row_weights: Vec<f64>,
    /// Each view summed over time, per channel.
    per_channel: [Vec<f64>; 3],
}

impl CspExplainer {
    /// An explainer of this decoder's decisions on windows of `window_samples` samples.
    ///
    /// `labels` are the electrodes that the decoder reads, in its order; they tell which channels lie on the rim
    /// of the head. Where there are fewer labels than channels, the rest counts as not on the rim.
    #[must_use]
    pub fn new(decoder: &CspLda, labels: &[String], window_samples: usize) -> Self {
        let (components, channels) = decoder.filters.dim();
        let product =
            |k: usize, c: usize| decoder.filters[[k, c]] * decoder.patterns.get([k, c]).copied().unwrap_or(f64::NAN);
        let pattern_scale: Vec<f64> = (0..components)
            .map(|k| {
                let sum: f64 = (0..channels).map(|c| product(k, c)).sum();
                if (sum - 1.0).abs() <= PATTERN_ROUNDING { sum } else { 1.0 }
            })
            .collect();
        let pattern_energy: Vec<f64> =
            decoder.patterns.outer_iter().map(|row| row.iter().map(|a| a * a).sum()).collect();
        let mut explainer = Self {
            root_power: padded(&decoder.root_log_power, components).iter().map(|log| log.exp()).collect(),
            offset: decoder.offset(),
            weights: padded(&decoder.weights, components),
            filters: decoder.filters.iter().copied().collect(),
            filters_by_channel: table(channels, components, |c, k| decoder.filters[[k, c]]),
            pattern_share: table(channels, components, |c, k| product(k, c) / pattern_scale[k]),
            source_share: table(channels, components, |c, k| {
                let pattern = decoder.patterns.get([k, c]).copied().unwrap_or(f64::NAN);
                pattern * pattern / pattern_energy.get(k).copied().unwrap_or(f64::NAN)
            }),
            on_rim: (0..channels).map(|c| labels.get(c).is_some_and(|label| is_on_rim(label))).collect(),
            samples: 0,
            scratch: Scratch {
                powers: vec![0.0; components],
                gains: vec![0.0; components],
                row_weights: vec![0.0; components],
                per_channel: std::array::from_fn(|_| vec![0.0; channels]),
                ..Scratch::default()
            },
            decoder: decoder.clone(),
        };
        explainer.resize(window_samples);
        explainer
    }

    /// How many channels the decoder reads.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.decoder.channels()
    }

    /// How many samples the latest window had; the number given to [`new`](Self::new) before the first.
    #[must_use]
    pub fn window_samples(&self) -> usize {
        self.samples
    }

    /// A relevance for windows of [`window_samples`](Self::window_samples) samples, all zero, to be filled by
    /// [`explain_into`](Self::explain_into).
    #[must_use]
    pub fn empty(&self) -> Relevance {
        self.empty_for(self.samples)
    }

    /// As [`empty`](Self::empty), for windows of this many samples.
    #[must_use]
    pub fn empty_for(&self, window_samples: usize) -> Relevance {
        let zeros = || Array2::zeros((self.channels(), window_samples));
        Relevance {
            start: 0,
            end: 0,
            class: 1,
            input: zeros(),
            pattern: zeros(),
            source: zeros(),
            components: vec![0.0; self.decoder.components()],
            ledger: Ledger {
                value: 0.0,
                offset: 0.0,
                total: [Some(0.0); 3],
                cancellation: [Some(0.0); 3],
                path_difference: 0.0,
                input_source_correlation: Some(0.0),
                rim_share: 0.0,
                layers: Vec::new(),
            },
        }
    }

    /// Explains decisions of a decoder that has adapted; its filters and patterns are those of before. Allocates
    /// nothing.
    ///
    /// The root point moves along, so a decision is explained by what lies beyond the class boundary that it was
    /// made with.
    pub fn set_discriminant(&mut self, discriminant: &Discriminant) {
        self.decoder.set_discriminant(discriminant);
        for (weight, new) in self.weights.iter_mut().zip(&self.decoder.weights) {
            *weight = *new;
        }
        for (power, log) in self.root_power.iter_mut().zip(&self.decoder.root_log_power) {
            *power = log.exp();
        }
        self.offset = self.decoder.offset();
    }

    /// Explains one decision. Allocates its result; the real-time twin is [`explain_into`](Self::explain_into).
    pub fn explain(&mut self, window: ArrayView2<f64>, decision: &Decision) -> Relevance {
        let mut out = self.empty();
        self.explain_into(window, decision, &mut out);
        out
    }

    /// Explains one decision into a relevance that is reused.
    ///
    /// `window` is what the decision was made from, filtered, `[channels, samples]` in volts. Windows of any
    /// memory layout give the same result bit for bit; those whose rows are contiguous are read in place.
    ///
    /// Allocates nothing while `window` has at most the largest number of samples so far, the one given to
    /// [`new`](Self::new) included, and `out` comes from [`empty_for`](Self::empty_for) or an earlier call with as many.
    /// For more samples the scratch grows, and an `out` of another size is made anew. A window with
    /// another number of channels than the decoder's has no explanation: everything in `out` is then NaN, which
    /// [`warnings`](crate::warnings) reports.
    pub fn explain_into(&mut self, window: ArrayView2<f64>, decision: &Decision, out: &mut Relevance) {
        let (channels, samples) = window.dim();
        if samples != self.samples {
            self.resize(samples);
        }
        self.fit_output(out);
        out.start = decision.start;
        out.end = decision.end;
        if channels != self.channels() || samples == 0 {
            return fill_with_nan(out);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        self.fill(window, decision, &mut scratch, out);
        self.scratch = scratch;
    }

    fn fill(&self, window: ArrayView2<f64>, decision: &Decision, scratch: &mut Scratch, out: &mut Relevance) {
        let samples = self.samples;
        let components = self.decoder.components();
        let Scratch { window: copy, sources, time, powers, gains, row_weights, per_channel } = scratch;
        let data = match window.as_slice() {
            Some(data) => data,
            None => {
                copy.iter_mut().zip(window.iter()).for_each(|(to, from)| *to = *from);
                copy.as_slice()
            }
        };

        for k in 0..components {
            let source = &mut sources[k * samples..(k + 1) * samples];
            combine(&self.filters[k * self.channels()..(k + 1) * self.channels()], data, source);
            let root = self.root_power[k];
            powers[k] = sum_of_squares(source) / samples as f64;
            gains[k] = self.weights[k] * secant(powers[k], root) / samples as f64;
            out.components[k] = gains[k] * samples as f64 * (powers[k] - root);
            let gain = gains[k];
            for (r, s) in time[k * samples..(k + 1) * samples].iter_mut().zip(&*source) {
                *r = gain * (s * s - root);
            }
        }

        let mut total = [Sum::default(); 3];
        let mut absolute = [Sum::default(); 3];
        let Relevance { input, pattern, source, ledger, .. } = out;
        let (Some(input), Some(pattern), Some(source)) =
            (input.as_slice_mut(), pattern.as_slice_mut(), source.as_slice_mut())
        else {
            return; // `fit_output` has made them contiguous
        };
        for c in 0..self.channels() {
            let at_channel = c * components..(c + 1) * components;
            let at_row = c * samples..(c + 1) * samples;
            let pattern_share = &self.pattern_share[at_channel.clone()];
            let mut at_root = 0.0;
            for (k, filter) in self.filters_by_channel[at_channel.clone()].iter().enumerate() {
                row_weights[k] = gains[k] * filter;
                at_root += gains[k] * pattern_share[k] * self.root_power[k];
            }
            let row = &mut input[at_row.clone()];
            combine(row_weights, sources, row);
            for (r, x) in row.iter_mut().zip(&data[at_row.clone()]) {
                *r = *r * x - at_root;
            }
            combine(pattern_share, time, &mut pattern[at_row.clone()]);
            combine(&self.source_share[at_channel], time, &mut source[at_row.clone()]);

            for (view, (map, sums_of_view)) in
                [&*input, &*pattern, &*source].into_iter().zip(&mut *per_channel).enumerate()
            {
                let (row_total, row_absolute) = sums(&map[at_row.clone()]);
                total[view].add(row_total);
                absolute[view].add(row_absolute);
                sums_of_view[c] = row_total;
            }
        }

        let value = self.decoder.value_from_powers(powers);
        *ledger = Ledger {
            value,
            offset: self.offset,
            total: total.map(|sum| Some(sum.value())),
            cancellation: std::array::from_fn(|view| Some(absolute[view].value() / total[view].value().abs())),
            path_difference: (decision.value - value).abs(),
            input_source_correlation: Some(correlation(&per_channel[0], &per_channel[2])),
            rim_share: self.rim_share(&per_channel[1]),
            layers: Vec::new(),
        };
    }

    fn rim_share(&self, per_channel: &[f64]) -> f64 {
        let (mut all, mut rim) = (0.0, 0.0);
        for (r, on_rim) in per_channel.iter().zip(&self.on_rim) {
            all += r.abs();
            if *on_rim {
                rim += r.abs();
            }
        }
        if all > 0.0 { rim / all } else { 0.0 }
    }

    /// The scratch only grows: windows of two sizes in turn allocate nothing.
    fn resize(&mut self, samples: usize) {
        self.samples = samples;
        let (channels, components) = (self.channels(), self.decoder.components());
        let Scratch { window, sources, time, .. } = &mut self.scratch;
        for (buffer, rows) in [(window, channels), (sources, components), (time, components)] {
            if buffer.len() < rows * samples {
                buffer.resize(rows * samples, 0.0);
            }
        }
    }

    /// Gives `out` the shape and the memory layout that are filled; does nothing where it has them.
    fn fit_output(&self, out: &mut Relevance) {
        let shape = (self.channels(), self.samples);
        for map in [&mut out.input, &mut out.pattern, &mut out.source] {
            if map.dim() != shape || !map.is_standard_layout() {
                *map = Array2::zeros(shape);
            }
        }
        out.components.resize(self.decoder.components(), 0.0);
    }
}

/// One number per component; what a hand-made decoder lacks becomes NaN, which the ledger then shows.
fn padded(values: &[f64], components: usize) -> Vec<f64> {
    (0..components).map(|k| values.get(k).copied().unwrap_or(f64::NAN)).collect()
}

/// A `[channels, components]` table, row by row.
fn table(channels: usize, components: usize, value: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..channels).flat_map(|c| (0..components).map(move |k| (c, k))).map(|(c, k)| value(c, k)).collect()
}

fn fill_with_nan(out: &mut Relevance) {
    for map in [&mut out.input, &mut out.pattern, &mut out.source] {
        map.fill(f64::NAN);
    }
    out.components.fill(f64::NAN);
    out.ledger = Ledger {
        value: f64::NAN,
        offset: f64::NAN,
        total: [Some(f64::NAN); View::ALL.len()],
        cancellation: [Some(f64::NAN); View::ALL.len()],
        path_difference: f64::NAN,
        input_source_correlation: Some(f64::NAN),
        rim_share: f64::NAN,
        layers: Vec::new(),
    };
}
