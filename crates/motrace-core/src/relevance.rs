use crate::LayerLedger;
use ndarray::{Array2, ArrayView2};

/// The readings of a decision's relevance. A linear decoder has all three, and their sums agree exactly; a network has INPUT
/// alone, since it has no spatial pattern that holds for every window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// What the model reads.
    Input,
    /// Signal-weighted.
    Pattern,
    /// Where it shows on the scalp.
    Source,
}

impl View {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Input, Self::Pattern, Self::Source];

    /// Its name on screens and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "INPUT",
            Self::Pattern => "PATTERN",
            Self::Source => "SOURCE",
        }
    }

    /// What it shows, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Input => "what the model reads",
            Self::Pattern => "signal-weighted",
            Self::Source => "where it shows on the scalp",
        }
    }
}

/// Where all of a decision's relevance went. The unit throughout is that of the decision value.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The decision value f, as the explanation computed it.
    pub value: f64,
    /// f₀: what the decoder says at the root point, on no evidence at all.
    pub offset: f64,
    /// ΣR of each view that is there, in the order of [`View::ALL`].
    pub total: [Option<f64>; 3],
    /// Σ|R| / |ΣR| of each view that is there: how much cancels.
    pub cancellation: [Option<f64>; 3],
    /// |f of the deciding path − f here|: the two compute the same thing in a different order.
    pub path_difference: f64,
    /// Correlation over channels between INPUT and SOURCE, where both are there.
    pub input_source_correlation: Option<f64>,
    /// Share of Σ|R| ([`Relevance::main_view`], per channel) on frontal and temporal rim electrodes, where eyes and muscles
    /// show.
    pub rim_share: f64,
    /// Where the relevance of each layer of a network went, from its input to its output; empty for other decoders.
    pub layers: Vec<LayerLedger>,
}

impl Ledger {
    /// What the last line of a network's ledger is called where it decides between more than two classes: from what speaks for
    /// one class to its differences to the others.
    pub const TARGET: &'static str = "target";

    /// What the books do not account for, at most; not a number where something in them is not.
    ///
    /// |ΣR − (f − f₀)| of the worst view. The layers of a network keep some of the relevance and say how much, so there it is
    /// the largest difference within one layer's line, between two lines, and between the lines and what they begin and end with.
    #[must_use]
    pub fn conservation_error(&self) -> f64 {
        // `f64::max` alone would drop what is not a number.
        let worse = |worst: f64, error: f64| if worst.is_nan() || error.is_nan() { f64::NAN } else { worst.max(error) };
        let (Some(first), Some(last)) = (self.layers.first(), self.layers.last()) else {
            let evidence = self.value - self.offset;
            return self.total.iter().flatten().map(|t| (t - evidence).abs()).fold(0.0, worse);
        };
        let within = self.layers.iter().map(LayerLedger::conservation_error);
        let between = self.layers.windows(2).map(|pair| (pair[1].relevance_in - pair[0].relevance_out).abs());
        let below = self.total.iter().flatten().map(|t| (t - first.relevance_in).abs());
        within.chain(between).chain(below).fold((last.relevance_out - self.value).abs(), worse)
    }

    /// The part of the decision that the layers of a network keep: biases, stabilisers, and what is given to nothing. Of more than
    /// two classes [`Self::entropy`] is in it.
    #[must_use]
    pub fn kept_by_layers(&self) -> f64 {
        self.layers.iter().map(|layer| layer.bias + layer.stabiliser + layer.unassigned).sum()
    }

    /// Of a network's decision between more than two classes how undecided it is between the others, in nats. That much of the
    /// value belongs to none of the differences between classes that are handed down.
    #[must_use]
    pub fn entropy(&self) -> Option<f64> {
        self.layers.last().filter(|layer| layer.layer == Self::TARGET).map(|layer| -layer.unassigned)
    }
}

/// The relevance of one decision: channels × samples, in the views that its decoder has.
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance {
    /// The first sample of the window.
    pub start: u64,
    /// One past the last sample of the window.
    pub end: u64,
    /// The class that positive relevance speaks for, counted from 0: the second of two, of more the one that is decided for.
    pub class: usize,
    /// INPUT, `[channels, samples]`.
    pub input: Array2<f64>,
    /// PATTERN, `[channels, samples]`; empty where the decoder has no patterns.
    pub pattern: Array2<f64>,
    /// SOURCE, `[channels, samples]`; empty where the decoder has no patterns.
    pub source: Array2<f64>,
    /// Relevance of each spatial filter: `w_k log(p_k/p̄_k)`; none where the decoder has no such filters.
    pub components: Vec<f64>,
    /// Where all of it went.
    pub ledger: Ledger,
}

impl Relevance {
    /// One view, `[channels, samples]`; empty where it is not there.
    #[must_use]
    pub fn view(&self, view: View) -> ArrayView2<'_, f64> {
        match view {
            View::Input => self.input.view(),
            View::Pattern => self.pattern.view(),
            View::Source => self.source.view(),
        }
    }

    /// The views that are there, in the order of [`View::ALL`].
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        let has = View::ALL.map(|view| !self.view(view).is_empty());
        View::ALL.into_iter().zip(has).filter_map(|(view, has)| has.then_some(view))
    }

    /// The view that stands for all where there is room for one: PATTERN, or INPUT where there is none.
    #[must_use]
    pub fn main_view(&self) -> View {
        if self.pattern.is_empty() { View::Input } else { View::Pattern }
    }

    /// One view summed over time: a value per channel, for a topography. Empty where the view is not there.
    #[must_use]
    pub fn per_channel(&self, view: View) -> Vec<f64> {
        self.view(view).rows().into_iter().map(|row| row.sum()).collect()
    }

    /// [`Self::main_view`] summed over time.
    #[must_use]
    pub fn main_per_channel(&self) -> Vec<f64> {
        self.per_channel(self.main_view())
    }

    /// A 64-bit FNV-1a digest over the exact bits of the views that are there, `[channels, samples]` in row order:
    /// two relevances with the same digest are, for every practical purpose, bit-identical.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for view in View::ALL {
            for value in &self.view(view) {
                hash = (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        hash
    }
}
