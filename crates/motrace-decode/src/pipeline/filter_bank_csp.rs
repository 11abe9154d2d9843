use super::{FittedPipeline, Pipeline, check_readable, csp::one_against_rest, log_variances::LogVariances};
use crate::{
    TrainError, TrialSet,
    class_lda::{FeatureUnits, class_lda},
    logits::Logits,
    mutual_information::mutual_information,
};
use nalgebra::DMatrix;

/// Common spatial patterns in each band of a filter bank, the features that tell most about the class, and a linear
/// discriminant (Ang, Chin, Zhang and Guan 2008, IJCNN, 2390–2397; Ang et al. 2012, Front. Neurosci. 6, 39).
///
/// Features are chosen by their mutual information with the class, one by one, each together with its partner from the
/// other end of the same spectrum. More than two classes are taken one against the rest, with a choice for each. The
/// published method classifies by a naive Bayesian Parzen window; here it is the discriminant that everything else has,
/// so that a comparison shows the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterBankCsp {
    /// How many filters are taken from each end of each band's spectrum.
    pub patterns_per_side: usize,
    /// How many features are chosen, before their partners come to them; for each class where there are more than two.
    pub features: usize,
}

impl Default for FilterBankCsp {
    fn default() -> Self {
        Self { patterns_per_side: 2, features: 4 }
    }
}

struct Fitted {
    bands_hz: Vec<[f64; 2]>,
    /// The chosen features of each band.
    bands: Vec<LogVariances>,
    channels: usize,
    logits: Logits,
}

/// A feature among all bands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    band: usize,
    filter: usize,
}

impl Pipeline for FilterBankCsp {
    fn name(&self) -> String {
        "filter-bank CSP + LDA".into()
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        if set.bank().is_empty() {
            return Err(TrainError::Shape("filter-bank CSP needs trials in the bands of a filter bank".into()));
        }
        let labels = set.labels_of(trials);
        let first = usize::from(set.classes() == 2);
        // For each class against the rest, and each band, the filters.
        let mut filters: Vec<Vec<Vec<Vec<f64>>>> = vec![Vec::new(); set.classes() - first];
        for band in set.bank() {
            let found = one_against_rest(set, &band.moments, trials, self.patterns_per_side)?;
            filters.iter_mut().zip(found).for_each(|(of_class, found)| of_class.push(found));
        }
        let mut chosen: Vec<Vec<Vec<f64>>> = vec![Vec::new(); set.bank().len()];
        for (class, of_bands) in (first..).zip(filters) {
            let is_class: Vec<usize> = labels.iter().map(|&label| usize::from(label == class)).collect();
            for Place { band, filter } in self.choose(set, trials, &is_class, &of_bands) {
                chosen[band].push(of_bands[band][filter].clone());
            }
        }
        let bands: Vec<LogVariances> = chosen
            .into_iter()
            .zip(set.bank())
            .map(|(filters, band)| LogVariances::fit(filters, &band.moments, trials))
            .collect();
        let rows: Vec<Vec<f64>> = trials.iter().map(|&trial| features(&bands, set, trial)).collect();
        let width = bands.iter().map(LogVariances::len).sum();
        let matrix = DMatrix::from_fn(rows.len(), width, |i, j| rows[i][j]);
        let logits = class_lda(&matrix, &labels, set.classes(), FeatureUnits::Own)?;
        Ok(Box::new(Fitted { bands_hz: set.bands_hz().collect(), bands, channels: set.channels(), logits }))
    }
}

impl FilterBankCsp {
    /// The features that tell most, and their partners, in order of their places.
    fn choose(&self, set: &TrialSet, trials: &[usize], labels: &[usize], filters: &[Vec<Vec<f64>>]) -> Vec<Place> {
        let mut ranked: Vec<(f64, Place)> = Vec::new();
        for (band, (moments, filters)) in set.bank().iter().zip(filters).enumerate() {
            let features = LogVariances::fit(filters.clone(), &moments.moments, trials);
            for filter in 0..features.len() {
                let values: Vec<f64> =
                    trials.iter().map(|&trial| features.one(&moments.moments, trial, filter)).collect();
                ranked.push((mutual_information(&values, labels, 2), Place { band, filter }));
            }
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut places: Vec<Place> = ranked
            .into_iter()
            .take(self.features.max(1))
            .flat_map(|(_, place)| [place, Place { filter: filters[place.band].len() - 1 - place.filter, ..place }])
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

fn features(bands: &[LogVariances], set: &TrialSet, trial: usize) -> Vec<f64> {
    bands.iter().zip(set.bank()).flat_map(|(features, band)| features.of(&band.moments, trial)).collect()
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.channels)?;
        if !set.bands_hz().eq(self.bands_hz.iter().copied()) {
            return Err(TrainError::Shape("the trials' filter bank is not the one of the training".into()));
        }
        Ok(self.logits.probabilities(&features(&self.bands, set, trial)))
    }
}
