use crate::{
    TrainError,
    matrix::to_matrix,
    moments::TrialMoments,
    riemann::arithmetic_mean,
    shrinkage::{ledoit_wolf_intensity, oracle_approximating_intensity, shrink},
    span::span_of,
};
use nalgebra::DMatrix;

/// How the covariance of a single trial is shrunk towards a multiple of the identity.
///
/// A trial of 2 s at 250 Hz in 22 channels has few independent samples: without shrinkage its smallest eigenvalues,
/// which the logarithm makes as important as the largest, are mostly chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shrinkage {
    /// Not at all.
    Off,
    /// After Ledoit and Wolf (2004), from the trial's own fourth moments.
    #[default]
    LedoitWolf,
    /// After Chen, Wiesel, Eldar and Hero (2010), oracle-approximating.
    OracleApproximating,
}

/// Covariances of single trials, in the dimensions that some trials span together.
#[derive(Debug, Clone)]
pub(crate) struct TrialCovariances {
    /// `[channels, rank]`, orthonormal.
    basis: DMatrix<f64>,
    shrinkage: Shrinkage,
}

impl TrialCovariances {
    /// Looks at these trials, to find what they span.
    pub fn fit(moments: &TrialMoments, trials: &[usize], shrinkage: Shrinkage) -> Result<Self, TrainError> {
        let pooled = moments.pool(trials.iter().copied());
        Ok(Self { basis: span_of(&to_matrix(pooled.second.view()))?, shrinkage })
    }

    pub fn basis(&self) -> &DMatrix<f64> {
        &self.basis
    }

    /// How many channels the trials have.
    pub fn channels(&self) -> usize {
        self.basis.nrows()
    }

    /// The covariance of a trial, `[rank, rank]`: mean x xᵀ in the basis, shrunk there.
    pub fn of(&self, moments: &TrialMoments, trial: usize) -> DMatrix<f64> {
        let within = self.basis.tr_mul(&to_matrix(moments.second(trial))) * &self.basis;
        let intensity = match self.shrinkage {
            Shrinkage::Off => 0.0,
            Shrinkage::LedoitWolf => ledoit_wolf_intensity(&within, moments.fourth(trial), moments.samples()),
            Shrinkage::OracleApproximating => oracle_approximating_intensity(&within, moments.samples()),
        };
        shrink(&within, intensity)
    }

    /// The covariances of some trials, in their order.
    pub fn of_trials(&self, moments: &TrialMoments, trials: &[usize]) -> Vec<DMatrix<f64>> {
        trials.iter().map(|&trial| self.of(moments, trial)).collect()
    }

    /// The arithmetic mean over some trials.
    pub fn mean(&self, moments: &TrialMoments, trials: &[usize]) -> Result<DMatrix<f64>, TrainError> {
        arithmetic_mean(&self.of_trials(moments, trials))
            .ok_or_else(|| TrainError::Shape("0 trials have no mean covariance".into()))
    }
}
