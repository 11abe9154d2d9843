use crate::Probabilities;

/// What a decision was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionKind {
    /// The regular one, each hop.
    Sliding,
    /// The one at the end of a trial's window; the trial's number.
    Trial(usize),
}

/// Reasons not to trust a decision; none of them stops it from being made and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Veto(u8);

impl Veto {
    /// Nothing speaks against it.
    pub const NONE: Self = Self(0);
    /// The window touches a gap.
    pub const GAP: Self = Self(1);
    /// A sample of a decoded channel was not a number, infinite or railed, and was held at its last good value.
    pub const BAD_SAMPLE: Self = Self(2);
    /// The filters have not settled since the start or the last gap.
    pub const SETTLING: Self = Self(4);
    /// The data was older than the latency budget when it was decoded.
    pub const STALE: Self = Self(8);

    /// Both sets of reasons.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other`'s reasons are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The reasons as bits, for files: 1 gap, 2 bad sample, 4 filters settling, 8 stale.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether there is no reason.
    #[must_use]
    pub const fn is_clear(self) -> bool {
        self.0 == 0
    }

    /// The reasons in words, empty where there is none.
    #[must_use]
    pub fn reasons(self) -> Vec<&'static str> {
        [
            (Self::GAP, "gap"),
            (Self::BAD_SAMPLE, "bad sample"),
            (Self::SETTLING, "filters settling"),
            (Self::STALE, "stale"),
        ]
        .into_iter()
        .filter(|(flag, _)| self.has(*flag))
        .map(|(_, name)| name)
        .collect()
    }
}

/// One decision between two or more classes. Copying it is cheap; making it allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// What it was made for.
    pub kind: DecisionKind,
    /// The first sample of its window.
    pub start: u64,
    /// One past the last sample of its window.
    pub end: u64,
    /// What the decoder says.
    ///
    /// Of two classes its output: negative for class 0, positive for class 1. Of more what speaks for the class that is decided
    /// for, `η_c = z_c − ln Σ_{j≠c} exp z_j` of the outputs z: above 0 where it is more probable than all others together.
    pub value: f64,
    /// The probability of each class.
    pub probabilities: Probabilities,
    /// Reasons not to trust it.
    pub veto: Veto,
    /// While the decoder adapts: what the calibration model says, which does not.
    pub frozen_value: Option<f64>,
}

impl Decision {
    /// The class it decides for, counted from 0.
    #[must_use]
    pub fn class(&self) -> usize {
        if self.is_of_two() { usize::from(self.value > 0.0) } else { self.probabilities.decided() }
    }

    /// The class that a positive [`value`](Self::value), and positive relevance, speak for: class 1 of two, of more the one that
    /// is decided for.
    #[must_use]
    pub fn favoured_class(&self) -> usize {
        if self.is_of_two() { 1 } else { self.probabilities.decided() }
    }

    /// The probability of the class it decides for.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities.of(self.class()).unwrap_or(f64::NAN)
    }

    /// Whether there are two classes: then the sign of the value says which one it is.
    #[must_use]
    pub fn is_of_two(&self) -> bool {
        self.probabilities.classes() == 2
    }

    /// The class that the calibration model decides for, while the decoder adapts.
    #[must_use]
    pub fn frozen_class(&self) -> Option<usize> {
        self.frozen_value.map(|value| usize::from(value > 0.0))
    }
}
