use ndarray::Array3;

/// Trials of filtered data with their classes, in the order in which they were recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Epochs {
    /// The samples, `[trials, channels, samples]`, in volts.
    pub data: Array3<f64>,
    /// The class of each trial: 0 or 1.
    pub labels: Vec<usize>,
    /// The names of the two classes.
    pub class_names: Vec<String>,
    /// The recording that each trial comes from.
    pub groups: Vec<usize>,
}

impl Epochs {
    /// How many trials there are.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.data.dim().0
    }

    /// How many channels there are.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.data.dim().1
    }

    /// How many samples each trial has.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.data.dim().2
    }
}
