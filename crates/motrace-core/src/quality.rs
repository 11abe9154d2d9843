/// The state of a channel over the last second or so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Looks like EEG.
    Good,
    /// Much larger than its neighbours or than EEG can be.
    Noisy,
    /// Does not change.
    Flat,
    /// Stuck at the end of the amplifier's range.
    Railed,
    /// Not a number, or infinite.
    NotFinite,
}

impl Condition {
    /// Whether the channel must not be decoded.
    #[must_use]
    pub fn is_unusable(self) -> bool {
        matches!(self, Self::Flat | Self::Railed | Self::NotFinite)
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Noisy => "noisy",
            Self::Flat => "flat",
            Self::Railed => "railed",
            Self::NotFinite => "not finite",
        }
    }
}

/// The quality of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelQuality {
    /// The channel's label.
    pub label: String,
    /// Its state.
    pub condition: Condition,
    /// Root mean square around its mean, in volts.
    pub rms_volts: f64,
    /// Its mean (electrode offset), in volts.
    pub mean_volts: f64,
}
