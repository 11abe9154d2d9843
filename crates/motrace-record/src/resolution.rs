use crate::{RecordedStream, Samples};

/// How a channel's values are stored: as whole numbers, each `step` in the channel's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution {
    /// What a stored 1 is, in the channel's unit; negative where the file turns the signal round.
    pub step: f64,
    /// The value of a stored 0, in the channel's unit.
    pub offset: f64,
    /// The least and the greatest number that is stored.
    pub stored: [f64; 2],
}

impl RecordedStream {
    /// How a channel is stored; `None` for floating-point numbers.
    #[must_use]
    pub fn resolution(&self, channel: usize) -> Option<Resolution> {
        let whole = |stored| Some(Resolution { step: 1.0, offset: 0.0, stored });
        match &self.samples {
            Samples::I8(_) => whole([-128.0, 127.0]),
            Samples::I16(_) => whole([-32_768.0, 32_767.0]),
            Samples::I32(_) => whole([-2_147_483_648.0, 2_147_483_647.0]),
            _ => self.resolutions.get(channel).copied().flatten().filter(|r| r.step.is_finite() && r.step != 0.0),
        }
    }
}
