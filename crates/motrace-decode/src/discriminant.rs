use crate::CspLda;
use crate::csp_lda::value_of;

/// The part of a decoder that adapts: the weights of the log-powers, the bias, and the log-powers at the class
/// boundary.
///
/// It has a fixed size, so it can be handed from one thread to another without allocating.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discriminant {
    components: usize,
    weights: [f64; Self::MOST_COMPONENTS],
    root_log_power: [f64; Self::MOST_COMPONENTS],
    bias: f64,
}

impl Discriminant {
    /// It holds no more components than this.
    pub const MOST_COMPONENTS: usize = 32;

    pub(crate) fn new(weights: &[f64], root_log_power: &[f64], bias: f64) -> Option<Self> {
        let components = weights.len();
        if components > Self::MOST_COMPONENTS || root_log_power.len() != components {
            return None;
        }
        let mut discriminant = Self {
            components,
            weights: [0.0; Self::MOST_COMPONENTS],
            root_log_power: [0.0; Self::MOST_COMPONENTS],
            bias,
        };
        discriminant.weights_mut().copy_from_slice(weights);
        discriminant.root_log_power_mut().copy_from_slice(root_log_power);
        Some(discriminant)
    }

    /// How many components it reads.
    #[must_use]
    pub fn components(&self) -> usize {
        self.components
    }

    /// The weight of each component's log-power.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights[..self.components]
    }

    /// The log-powers at the class boundary; powers in V².
    #[must_use]
    pub fn root_log_power(&self) -> &[f64] {
        &self.root_log_power[..self.components]
    }

    /// The constant term.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.bias
    }

    /// The output for the power of each component, in V²; the same bits as
    /// [`CspLda::value_from_powers`] of a decoder with this discriminant.
    #[must_use]
    pub fn value_from_powers(&self, powers_volts2: &[f64]) -> f64 {
        value_of(self.weights(), self.root_log_power(), self.bias, powers_volts2)
    }

    pub(crate) fn weights_mut(&mut self) -> &mut [f64] {
        &mut self.weights[..self.components]
    }

    pub(crate) fn root_log_power_mut(&mut self) -> &mut [f64] {
        &mut self.root_log_power[..self.components]
    }

    /// Chooses the bias so that the output is 0 at the root point.
    pub(crate) fn centre(&mut self) {
        self.bias = -self.weights().iter().zip(self.root_log_power()).map(|(w, root)| w * root).sum::<f64>();
    }
}

impl CspLda {
    /// The part that adapts; `None` where it has more than [`Discriminant::MOST_COMPONENTS`] components, or parts of
    /// different lengths.
    #[must_use]
    pub fn discriminant(&self) -> Option<Discriminant> {
        Discriminant::new(&self.weights, &self.root_log_power, self.bias)
    }

    /// Decides as this discriminant says from now on. Allocates nothing; a discriminant of another number of
    /// components is ignored.
    pub fn set_discriminant(&mut self, discriminant: &Discriminant) {
        let components = discriminant.components();
        if self.weights.len() == components && self.root_log_power.len() == components {
            self.weights.copy_from_slice(discriminant.weights());
            self.root_log_power.copy_from_slice(discriminant.root_log_power());
            self.bias = discriminant.bias();
        }
    }
}
