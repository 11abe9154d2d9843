use motrace_core::LayerLedger;
use ndarray::Array2;

/// The relevance of one decision of a network, and where all of it went.
///
/// `ΣR` over the window, and what the layers of the ledger keep, make up the value:
/// `ΣR + Σ (bias + stabiliser + unassigned) = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkRelevance<T> {
    /// `[channels, samples]`, in the unit of the value.
    pub relevance: Array2<T>,
    /// The class that positive relevance speaks for, counted from 0.
    pub class: usize,
    /// What is explained: `z₁ − z₀` of two classes, η of more.
    pub value: f64,
    /// f₀: what the network says at the reference of its log-powers; 0 where it has none, or where the class boundary was found.
    pub offset: f64,
    /// ΣR.
    pub total: f64,
    /// Σ|R| / |ΣR|: how much cancels.
    pub cancellation: f64,
    /// Of more than two classes, how undecided it is between the others, in nats.
    pub entropy: f64,
    /// Whether the reference of the log-powers lies beyond the means of the classes: then it is a guess.
    pub is_reference_beyond_classes: bool,
    /// Where the relevance of each layer went, in the order of the network.
    pub layers: Vec<LayerLedger>,
}

impl<T> NetworkRelevance<T> {
    /// |ΣR + all that layers keep − value|: rounding, where all is well.
    #[must_use]
    pub fn conservation_error(&self) -> f64 {
        let kept: f64 = self.layers.iter().map(|layer| layer.bias + layer.stabiliser + layer.unassigned).sum();
        (self.total + kept - self.value).abs()
    }
}
