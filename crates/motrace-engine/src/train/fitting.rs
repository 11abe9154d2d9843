use super::TrainSettings;
use super::bank::BankedEpochs;
use super::enough::with_left_out;
use crate::SkipReason;
use motrace_decode::{Artefacts, CspLda, CspLdaSettings, TrainError, TrialMoments, TrialPrediction, TrialVariances};

/// Trials that are read once, and trained on in any selection.
pub(super) struct Fitting<'a> {
    banked: &'a BankedEpochs,
    moments: TrialMoments,
    variances: Option<TrialVariances>,
    decoder: &'a CspLdaSettings,
    window_secs: [f64; 2],
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
        window_secs: [f64; 2],
    ) -> Result<Self, TrainError> {
        banked.epochs.check()?;
        let variances = settings.reject_artefacts.then(|| TrialVariances::of(&banked.epochs));
        Ok(Self { banked, moments: TrialMoments::of(&banked.epochs)?, variances, decoder, window_secs })
    }

    /// Trains on these trials but for the artefacts among them, and looks at no other.
    pub fn fit(&self, trials: &[usize]) -> Result<Fitted, TrainError> {
        let BankedEpochs { epochs, settling, missing } = self.banked;
        let count = |are: &[bool]| trials.iter().filter(|&&trial| are[trial]).count();
        let mut left_out = vec![SkipReason::Settling; count(settling)];
        left_out.extend(vec![SkipReason::Incomplete; count(missing)]);
        let trials: Vec<usize> = trials.iter().copied().filter(|&t| !settling[t] && !missing[t]).collect();
        let artefacts = self.variances.as_ref().map(|variances| variances.artefacts(&trials)).unwrap_or_default();
        let is_kept = |trial: &usize| artefacts.trials.binary_search_by_key(trial, |a| a.trial).is_err();
        let trained: Vec<usize> = trials.into_iter().filter(is_kept).collect();
        left_out.extend(vec![SkipReason::Artefact; artefacts.trials.len()]);
        let decoder = CspLda::fit_trials(&self.moments, epochs, &trained, self.decoder)
            .map_err(|e| with_left_out(e, &left_out, self.window_secs))?;
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
