use crate::{DecoderId, DecoderKind, Protocol};
use motrace_decode::FilterBank;
use motrace_engine::{InputStage, NetworkSettings, PseudoOnlineSettings, TrainSettings};
use motrace_signal::FilterSpec;
use std::collections::BTreeMap;

/// What is evaluated, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The decoders; comparisons are with the first.
    pub decoders: Vec<DecoderId>,
    /// How trials are divided.
    pub protocols: Vec<Protocol>,
    /// What holds for every decoder.
    pub training: Training,
    /// What a network reads and how it learns, for each network that is among the decoders.
    pub networks: BTreeMap<DecoderKind, NetworkRecipe>,
    /// How recordings are replayed with idle time included, where [`Protocol::PseudoOnline`] is among the protocols.
    pub pseudo_online: Option<PseudoOnlineRecipe>,
    /// Whether jobs of the [headline](crate::headline()) keep what time courses, patterns and relevance maps are drawn from. Scores
    /// do not depend on it, but it takes time.
    pub keeps_figures: bool,
}

/// How decoders are trained in each fold.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// Patterns on each side of the spectrum of CSP.
    pub patterns_per_side: usize,
    /// Whether trials in which channels vary unusually are left out of training, as each training set says by itself.
    pub reject_artefacts: bool,
    /// What is chosen within each training set, by a cross-validation of its own, for decoders that are
    /// [selected](crate::DecoderId::is_selected).
    pub selection: Selection,
    /// How many trials of each recording, its first ones, say where its centre is, for decoders that are re-centred.
    pub recentre_trials: usize,
    /// Labels are permuted with this seed before anything else: whatever is found then is chance, or a leak.
    pub permutation_seed: Option<u64>,
    /// The filter bank of decoders that read one.
    pub bank: FilterBank,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            patterns_per_side: 3,
            reject_artefacts: true,
            selection: Selection::default(),
            recentre_trials: 10,
            permutation_seed: None,
            bank: FilterBank::default(),
        }
    }
}

/// What is chosen by nested validation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Selection {
    /// The band.
    pub band: bool,
    /// The window, between these times after the cue, in seconds.
    pub window_range_secs: Option<[f64; 2]>,
    /// The number of patterns of CSP; how strongly linear models in tangent spaces are held back.
    pub patterns: bool,
}

impl Selection {
    /// Whether anything is chosen.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.band || self.patterns || self.window_range_secs.is_some()
    }
}

/// What a network reads and how it learns.
#[derive(Debug, Clone)]
pub struct NetworkRecipe {
    /// The causal filter.
    pub filter: FilterSpec,
    /// What is made of the filtered channels.
    pub input: InputStage,
    /// The network and its training, of which the first seed is used.
    pub network: NetworkSettings,
}

/// How recordings are replayed through the engine with idle time included, and what counts as detected there.
#[derive(Debug, Clone)]
pub struct PseudoOnlineRecipe {
    /// The share of a subject's trials, its first ones, that is trained on, where no recordings are given to be scored.
    pub trained_share: f64,
    /// What counts as an event, when one is right, and how the threshold is found.
    pub detection: PseudoOnlineSettings,
    /// How the model that is replayed is trained: as a live one is. Patterns and the rejection of artefacts are those of
    /// [`Training`]; of a network, the network's own.
    pub training: TrainSettings,
}
