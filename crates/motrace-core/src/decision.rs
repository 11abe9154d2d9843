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

/// One decision of a two-class decoder. Copying it is cheap; making it allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// What it was made for.
    pub kind: DecisionKind,
    /// The first sample of its window.
    pub start: u64,
    /// One past the last sample of its window.
    pub end: u64,
    /// The decoder's output: negative for class 0, positive for class 1, the class means of training at ±1.
    pub value: f64,
    /// The probability of class 1.
    pub probability: f64,
    /// Reasons not to trust it.
    pub veto: Veto,
    /// While the decoder adapts: what the calibration model says, which does not.
    pub frozen_value: Option<f64>,
}

impl Decision {
    /// The class it decides for: 0 or 1.
    #[must_use]
    pub fn class(&self) -> usize {
        usize::from(self.value > 0.0)
    }

    /// The class that the calibration model decides for, while the decoder adapts.
    #[must_use]
    pub fn frozen_class(&self) -> Option<usize> {
        self.frozen_value.map(|value| usize::from(value > 0.0))
    }
}
