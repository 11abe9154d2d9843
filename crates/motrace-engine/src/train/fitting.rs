use super::TrainSettings;
use super::bank::BankedEpochs;
use motrace_decode::{Artefacts, CspLda, CspLdaSettings, TrainError, TrialMoments, TrialPrediction, TrialVariances};

/// Trials that are read once, and trained on in any selection.
pub(super) struct Fitting<'a> {
    banked: &'a BankedEpochs,
    moments: TrialMoments,
    variances: Option<TrialVariances>,
    decoder: &'a CspLdaSettings,
}

/// A decoder, and what it was trained on and what not.
pub(super) struct Fitted {
    pub decoder: CspLda,
    /// The trials that it was trained on.
    pub trained: Vec<usize>,
    pub artefacts: Artefacts,
}

impl<'a> Fitting<'a> {
    pub fn new(
        banked: &'a BankedEpochs,
        settings: &TrainSettings,
        decoder: &'a CspLdaSettings,
    ) -> Result<Self, TrainError> {
        banked.epochs.check()?;
        let variances = settings.reject_artefacts.then(|| TrialVariances::of(&banked.epochs));
        Ok(Self { banked, moments: TrialMoments::of(&banked.epochs)?, variances, decoder })
    }

    /// Trains on these trials but for the artefacts among them, and looks at no other.
    pub fn fit(&self, trials: &[usize]) -> Result<Fitted, TrainError> {
        let BankedEpochs { epochs, settling, missing } = self.banked;
        let trials: Vec<usize> = trials.iter().copied().filter(|&t| !settling[t] && !missing[t]).collect();
        let artefacts = self.variances.as_ref().map(|variances| variances.artefacts(&trials)).unwrap_or_default();
        let is_kept = |trial: &usize| artefacts.trials.binary_search_by_key(trial, |a| a.trial).is_err();
        let trained: Vec<usize> = trials.into_iter().filter(is_kept).collect();
        let decoder = CspLda::fit_trials(&self.moments, epochs, &trained, self.decoder)?;
        Ok(Fitted { decoder, trained, artefacts })
    }

    /// What a decoder makes of trials it has not seen.
    pub fn predict(&self, decoder: &CspLda, fold: usize, trials: &[usize]) -> Vec<TrialPrediction> {
        let is_there = |trial: &&usize| !self.banked.missing[**trial];
        let predict = |&trial: &usize| {
            let value = decoder.value_of_trial(&self.moments, trial);
            TrialPrediction::new(trial, fold, self.banked.epochs.labels[trial], value)
        };
        trials.iter().filter(is_there).map(predict).collect()
    }
}
