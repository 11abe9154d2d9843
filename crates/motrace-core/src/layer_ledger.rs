/// Where the relevance of one layer of a network went. The unit throughout is that of the decision value.
///
/// What came from the layer above reached the layer's inputs, or stayed with its bias, with what keeps its division stable, or
/// with nobody: `relevance_in + bias + stabiliser + unassigned = relevance_out`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerLedger {
    /// What the layer is called.
    pub layer: &'static str,
    /// ΣR over what goes into the layer.
    pub relevance_in: f64,
    /// What its bias keeps.
    pub bias: f64,
    /// What the term keeps that is added to its denominators.
    pub stabiliser: f64,
    /// What could be given to nothing.
    pub unassigned: f64,
    /// ΣR over what comes out of the layer.
    pub relevance_out: f64,
}

impl LayerLedger {
    /// |what reached its inputs and what stayed − what came|: rounding, where all is well; not a number where one is not.
    #[must_use]
    pub fn conservation_error(&self) -> f64 {
        (self.relevance_in + self.bias + self.stabiliser + self.unassigned - self.relevance_out).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_column_is_an_error() {
        let whole = LayerLedger {
            layer: "dense",
            relevance_in: 1.5,
            bias: -0.25,
            stabiliser: 0.125,
            unassigned: 0.125,
            relevance_out: 1.5,
        };
        assert_eq!(whole.conservation_error(), 0.0);
        assert_eq!(LayerLedger { bias: 0.25, ..whole }.conservation_error(), 0.5);
        assert!(LayerLedger { unassigned: f64::NAN, ..whole }.conservation_error().is_nan());
    }
}
