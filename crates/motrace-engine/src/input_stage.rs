use crate::PreparationError;
use motrace_signal::{Envelope, MovingStandardiser};

/// The least standard deviation that channels are divided by, in volts: braindecode's 1e-4 where it is given microvolts.
const LEAST_DEVIATION_VOLTS: f64 = 1e-10;

/// What is made of the filtered channels before a decoder reads them. CSP + LDA reads them as they are, networks do not.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum InputStage {
    /// The filtered channels themselves, in volts.
    #[default]
    Filtered,
    /// Each channel less its moving mean over its moving standard deviation (Schirrmeister et al. 2017), see
    /// [`MovingStandardiser`].
    Standardised {
        /// The share of each new sample in the moving mean and variance.
        factor: f64,
    },
    /// The amplitude of each channel's rhythm ([`Envelope`]), standardised likewise. A network reads it at a lower rate.
    Envelope {
        /// Up to where it follows changes, in hertz.
        low_pass_hz: f64,
        /// The share of each new sample in the moving mean and variance.
        factor: f64,
        /// How many values of a second a network reads, each the mean of the samples it stands for.
        values_per_sec: f64,
    },
}

impl InputStage {
    /// Checks that it can be made at this rate.
    ///
    /// # Errors
    /// What is impossible.
    pub fn check(&self, rate_hz: f64) -> Result<(), PreparationError> {
        let wrong = |why: String| Err(PreparationError::Input(why));
        match *self {
            Self::Filtered => {}
            Self::Standardised { factor } | Self::Envelope { factor, .. }
                if !(factor > 0.0 && factor <= 1.0 && 1.0 / factor <= 600.0 * rate_hz) =>
            {
                return wrong(format!("a factor of {factor} is not possible; 0.001 is usual, at most 1 is possible"));
            }
            Self::Standardised { .. } => {}
            Self::Envelope { low_pass_hz, values_per_sec, .. } => {
                if !(values_per_sec > 0.0 && values_per_sec <= rate_hz) {
                    return wrong(format!("{values_per_sec} values in a second are not possible at {rate_hz} Hz"));
                }
                Envelope::new(low_pass_hz, rate_hz, 1).map_err(|e| PreparationError::Input(e.to_string()))?;
            }
        }
        Ok(())
    }

    /// How many values of each channel a network reads from a window of so many samples.
    #[must_use]
    pub fn values(&self, samples: usize, rate_hz: f64) -> usize {
        match *self {
            Self::Filtered | Self::Standardised { .. } => samples,
            Self::Envelope { values_per_sec, .. } => {
                ((samples as f64 * values_per_sec / rate_hz).round() as usize).clamp(1, samples.max(1))
            }
        }
    }

    /// How many of these values there are in a second.
    #[must_use]
    pub fn values_per_sec(&self, rate_hz: f64) -> f64 {
        match *self {
            Self::Filtered | Self::Standardised { .. } => rate_hz,
            Self::Envelope { values_per_sec, .. } => values_per_sec,
        }
    }
}

/// An [`InputStage`] under way.
#[derive(Debug, Clone)]
pub(crate) struct InputFilter {
    envelope: Option<Envelope>,
    standardiser: Option<MovingStandardiser>,
}

impl InputFilter {
    pub fn new(stage: &InputStage, rate_hz: f64, outputs: usize) -> Result<Self, PreparationError> {
        stage.check(rate_hz)?;
        let standardiser = |factor| Some(MovingStandardiser::new(factor, LEAST_DEVIATION_VOLTS, outputs));
        Ok(match *stage {
            InputStage::Filtered => Self { envelope: None, standardiser: None },
            InputStage::Standardised { factor } => Self { envelope: None, standardiser: standardiser(factor) },
            InputStage::Envelope { low_pass_hz, factor, .. } => Self {
                envelope: Some(
                    Envelope::new(low_pass_hz, rate_hz, outputs).map_err(|e| PreparationError::Input(e.to_string()))?,
                ),
                standardiser: standardiser(factor),
            },
        })
    }

    /// How long it takes after its start until it counts as settled, in samples.
    pub fn settling_samples(&self) -> usize {
        let envelope = self.envelope.as_ref().map_or(0, Envelope::settling_samples);
        envelope.max(self.standardiser.as_ref().map_or(0, MovingStandardiser::settling_samples))
    }

    pub fn apply(&mut self, frame: &mut [f64]) {
        if let Some(envelope) = &mut self.envelope {
            envelope.apply(frame);
        }
        if let Some(standardiser) = &mut self.standardiser {
            standardiser.apply(frame);
        }
    }

    pub fn reset(&mut self) {
        if let Some(envelope) = &mut self.envelope {
            envelope.reset();
        }
        if let Some(standardiser) = &mut self.standardiser {
            standardiser.reset();
        }
    }
}
