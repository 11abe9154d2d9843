use crate::{
    Epochs, Shrinkage, TrainError,
    covariance::TrialCovariances,
    matrix::to_array,
    moments::TrialMoments,
    riemann::{Whitening, karcher_mean},
};
use nalgebra::DMatrix;
use ndarray::Axis;

/// Which mean of a recording's covariances becomes the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CentreMean {
    /// The arithmetic mean (He and Wu 2020, IEEE Trans. Biomed. Eng. 67, 399–410).
    Euclidean,
    /// The Karcher mean (Zanini, Congedo, Jutten, Said and Berthoumieu 2018, IEEE Trans. Biomed. Eng. 65, 1107–1116).
    Riemannian,
}

/// How recordings are brought to a common centre, so that a decoder of some can decide others.
///
/// Each recording's trials are multiplied by M^{-1/2} of its own mean covariance M. No label is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recentring {
    /// Which mean becomes the identity.
    pub mean: CentreMean,
    /// How many trials of each recording, its first ones, say where its centre is; all of them where there is none.
    ///
    /// All of them is what publications do, and what cannot be had while a session runs: the centre then knows
    /// trials, though not labels, that are still to be decided.
    pub first_trials: Option<usize>,
}

impl Recentring {
    /// The epochs with each recording ([`Epochs::groups`]) about its own centre. Their samples have no unit.
    ///
    /// Where a recording spans fewer dimensions than there are channels it is whitened in those, and the rest stays
    /// empty.
    ///
    /// # Errors
    /// Whatever [`Epochs::check`] refuses, samples that are not finite, [`TrainError::TooFewChannels`] for a recording
    /// that spans fewer than two dimensions, [`TrainError::Shape`] for a centre of 0 trials.
    pub fn apply(&self, epochs: &Epochs) -> Result<Epochs, TrainError> {
        epochs.check()?;
        let moments = TrialMoments::of(epochs)?;
        let mut names = epochs.groups.clone();
        names.sort_unstable();
        names.dedup();
        let mut centred = epochs.clone();
        for name in names {
            let trials: Vec<usize> = (0..epochs.trials()).filter(|&trial| epochs.groups[trial] == name).collect();
            let known = self.first_trials.unwrap_or(trials.len()).min(trials.len());
            let whitening = to_array(&self.whitening(&moments, &trials[..known])?);
            for trial in trials {
                let whitened = whitening.dot(&epochs.data.index_axis(Axis(0), trial));
                centred.data.index_axis_mut(Axis(0), trial).assign(&whitened);
            }
        }
        Ok(centred)
    }

    /// M^{-1/2} in channels, of the mean over these trials.
    fn whitening(&self, moments: &TrialMoments, trials: &[usize]) -> Result<DMatrix<f64>, TrainError> {
        if trials.is_empty() {
            return Err(TrainError::Shape("a recording's centre needs at least one trial".into()));
        }
        let shrinkage = match self.mean {
            CentreMean::Euclidean => Shrinkage::Off,
            CentreMean::Riemannian => Shrinkage::LedoitWolf,
        };
        let covariances = TrialCovariances::fit(moments, trials, shrinkage)?;
        let centre = match self.mean {
            CentreMean::Euclidean => Whitening::at(&covariances.mean(moments, trials)?)?,
            CentreMean::Riemannian => karcher_mean(&covariances.of_trials(moments, trials))?,
        };
        Ok(covariances.basis() * centre.inverse_root() * covariances.basis().transpose())
    }
}
