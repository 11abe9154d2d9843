use thiserror::Error;

/// Why a simulation cannot start.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SimulationError {
    /// A channel has no place on the simulated head.
    #[error("channel {0:?} is not in the 10-10 system, so its place on the head is not known; use a 10-10 label")]
    UnknownElectrode(String),
    /// Nothing to simulate, or too much of it.
    #[error("a simulation needs 1 to {max} channels, not {0}", max = SimulationError::MAX_CHANNELS)]
    Channels(usize),
    /// A rate at which the rhythms cannot be sampled, or no amplifier works.
    #[error("a simulation needs a rate of {min} to {max} Hz, not {0} Hz",
        min = SimulationError::MIN_RATE_HZ, max = SimulationError::MAX_RATE_HZ)]
    Rate(f64),
    /// Cues need at least one class to choose from.
    #[error("a simulation with cues needs at least one class of imagery")]
    NoClasses,
    /// A setting is out of its range.
    #[error("the simulation's {name} is {value}, but must lie within {low} to {high}")]
    OutOfRange {
        /// The setting.
        name: &'static str,
        /// What it is.
        value: f64,
        /// The least it may be.
        low: f64,
        /// The most it may be.
        high: f64,
    },
}

impl SimulationError {
    /// The 10-10 system has no more electrodes.
    pub const MAX_CHANNELS: usize = 128;
    /// Slower than this, the β rhythm does not fit below half the rate.
    pub const MIN_RATE_HZ: f64 = 64.0;
    /// Faster than this, nothing in the model changes.
    pub const MAX_RATE_HZ: f64 = 20_000.0;
}
