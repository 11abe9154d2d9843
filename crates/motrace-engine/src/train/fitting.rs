use super::TrainSettings;
use motrace_decode::{
    Artefacts, CrossValidation, CspLda, CspLdaSettings, Epochs, TrainError, TrialMoments, TrialVariances,
};

/// Trials that are read once, and trained on in any selection.
pub(super) struct Fitting<'a> {
    pub epochs: &'a Epochs,
    moments: TrialMoments,
    variances: Option<TrialVariances>,
    decoder: &'a CspLdaSettings,
}

/// A decoder, and what was not trained on.
pub(super) struct Fitted {
    pub decoder: CspLda,
    pub artefacts: Artefacts,
}

impl<'a> Fitting<'a> {
    pub fn new(epochs: &'a Epochs, settings: &'a TrainSettings) -> Result<Self, TrainError> {
        epochs.check()?;
        let variances = settings.reject_artefacts.then(|| TrialVariances::of(epochs));
        Ok(Self { epochs, moments: TrialMoments::of(epochs)?, variances, decoder: &settings.decoder })
    }

    /// Trains on these trials but for the artefacts among them, and looks at no other.
    pub fn fit(&self, trials: &[usize]) -> Result<Fitted, TrainError> {
        let artefacts = self.variances.as_ref().map(|variances| variances.artefacts(trials)).unwrap_or_default();
        let is_kept = |trial: &usize| artefacts.trials.binary_search_by_key(trial, |a| a.trial).is_err();
        let kept: Vec<usize> = trials.iter().copied().filter(is_kept).collect();
        let decoder = CspLda::fit_trials(&self.moments, self.epochs, &kept, self.decoder)?;
        Ok(Fitted { decoder, artefacts })
    }

    /// What a decoder makes of a trial.
    pub fn value(&self, decoder: &CspLda, trial: usize) -> f64 {
        decoder.value_of_trial(&self.moments, trial)
    }
}

/// The slope from output to log-odds, from trials that the decoder had not seen: (m₁ − m₀) / s², with the class
/// means and the pooled variance of the outputs of a cross-validation.
///
/// On the trials it was fitted to, a decoder of many channels and few trials looks surer than it is, and so would
/// its probabilities. `None` where there are too few trials to tell.
pub(super) fn unseen_logit_gain(validation: &CrossValidation) -> Option<f64> {
    let of_class = |class| validation.predictions.iter().filter(move |p| p.truth == class).map(|p| p.value);
    let moments = |class| {
        let count = of_class(class).count() as f64;
        let mean = of_class(class).sum::<f64>() / count;
        (count, mean, of_class(class).map(|v| (v - mean).powi(2)).sum::<f64>())
    };
    let ((n0, m0, s0), (n1, m1, s1)) = (moments(0), moments(1));
    let variance = (s0 + s1) / (n0 + n1 - 2.0);
    let gain = ((m1 - m0) / variance).max(0.0);
    (n0 >= 3.0 && n1 >= 3.0 && gain.is_finite()).then_some(gain)
}
