use super::CspExplainer;
use crate::rows::Sum;
use crate::secant::secant;
use motrace_core::View;
use ndarray::ArrayView2;

/// The relevance of one decision per channel, summed over the time of its window.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelRelevance {
    /// The decision value f.
    pub value: f64,
    /// f₀: what the decoder says at the root point.
    pub offset: f64,
    /// Each view in the order of [`View::ALL`], one number per channel.
    pub views: [Vec<f64>; 3],
}

impl ChannelRelevance {
    /// One view, one number per channel.
    #[must_use]
    pub fn view(&self, view: View) -> &[f64] {
        match view {
            View::Input => &self.views[0],
            View::Pattern => &self.views[1],
            View::Source => &self.views[2],
        }
    }

    /// |ΣR − (f − f₀)| of the worst view; not a number where something in it is not.
    #[must_use]
    pub fn conservation_error(&self) -> f64 {
        let evidence = self.value - self.offset;
        let error = |view: &Vec<f64>| (view.iter().sum::<f64>() - evidence).abs();
        // `f64::max` alone would drop what is not a number.
        self.views.iter().map(error).fold(0.0, |worst, e| if e.is_nan() { e } else { f64::max(worst, e) })
    }
}

impl CspExplainer {
    /// Explains the decision of a whole window of which only the second moments are known, `[channels, channels]`, in V²:
    /// the mean over its samples of x xᵀ.
    ///
    /// It is what [`explain`](Self::explain) gives for the window, summed over time: with `p_k = W_k C W_kᵀ`,
    ///
    /// - INPUT: `R_c = Σ_k w_k g_k (W_kc (C W_kᵀ)_c − W_kc A_kc p̄_k)`
    /// - PATTERN: `R_c = Σ_k w_k g_k (p_k − p̄_k) W_kc A_kc`
    /// - SOURCE: `R_c = Σ_k w_k g_k (p_k − p̄_k) A_kc² / Σ_c' A_kc'²`
    ///
    /// Moments of another number of channels than the decoder's have no explanation: everything is then NaN.
    #[must_use]
    pub fn explain_moments(&self, second: ArrayView2<f64>) -> ChannelRelevance {
        let (channels, components) = (self.channels(), self.decoder.components());
        if second.dim() != (channels, channels) {
            let nothing = || vec![f64::NAN; channels];
            return ChannelRelevance { value: f64::NAN, offset: f64::NAN, views: std::array::from_fn(|_| nothing()) };
        }
        let mut views: [Vec<Sum>; 3] = std::array::from_fn(|_| vec![Sum::default(); channels]);
        let mut powers = vec![0.0; components];
        let mut projected = vec![0.0; channels];
        for (k, power) in powers.iter_mut().enumerate() {
            let filter = &self.filters[k * channels..(k + 1) * channels];
            for (to, row) in projected.iter_mut().zip(second.outer_iter()) {
                *to = row.iter().zip(filter).map(|(c, w)| c * w).sum();
            }
            // A mean of squares; rounding alone could make it negative.
            *power = filter.iter().zip(&projected).map(|(w, p)| w * p).sum::<f64>().max(0.0);
            let root = self.root_power[k];
            let gain = self.weights[k] * secant(*power, root);
            let beyond = gain * (*power - root);
            for c in 0..channels {
                let at = c * components + k;
                views[0][c].add(gain * (filter[c] * projected[c] - self.pattern_share[at] * root));
                views[1][c].add(beyond * self.pattern_share[at]);
                views[2][c].add(beyond * self.source_share[at]);
            }
        }
        ChannelRelevance {
            value: self.decoder.value_from_powers(&powers),
            offset: self.offset,
            views: views.map(|view| view.into_iter().map(Sum::value).collect()),
        }
    }
}
