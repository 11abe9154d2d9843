use super::{FittedPipeline, Pipeline, check_readable, log_variances::LogVariances};
use crate::{
    TrainError, TrialSet,
    class_lda::{FeatureUnits, class_lda},
    csp::csp,
    joint_diagonal::joint_diagonaliser,
    logits::Logits,
    matrix::to_matrix,
    moments::{PooledMoments, TrialMoments},
    shrinkage::{ledoit_wolf_intensity, shrink},
    span::span_of,
};
use nalgebra::DMatrix;

/// Where the spatial filters of more than two classes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CspKind {
    /// Each class against the rest, all filters side by side (Dornhege et al. 2004, IEEE Trans. Biomed. Eng. 51,
    /// 993–1002).
    #[default]
    OneAgainstRest,
    /// Filters that make the covariances of all classes as diagonal as possible, those that tell most about the class
    /// (Grosse-Wentrup and Buss 2008, IEEE Trans. Biomed. Eng. 55, 1991–2000): what MNE's `CSP` does.
    JointDiagonalisation,
}

/// Common spatial patterns, log-power and a linear discriminant, for two classes or more.
///
/// Of two classes it is [`CspLda`](crate::CspLda), whichever the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CspPipeline {
    /// How many filters are taken from each end of the spectrum of a pair of classes, or a class and the rest. Joint
    /// diagonalisation, which has one spectrum, takes twice as many in all.
    pub patterns_per_side: usize,
    /// Where the filters of more than two classes come from.
    pub kind: CspKind,
}

impl Default for CspPipeline {
    fn default() -> Self {
        Self { patterns_per_side: 3, kind: CspKind::default() }
    }
}

struct Fitted {
    features: LogVariances,
    logits: Logits,
}

impl Pipeline for CspPipeline {
    fn name(&self) -> String {
        match self.kind {
            CspKind::OneAgainstRest => "CSP + LDA".into(),
            CspKind::JointDiagonalisation => "CSP (joint) + LDA".into(),
        }
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        let filters = match self.kind {
            CspKind::JointDiagonalisation if set.classes() > 2 => joint_filters(set, trials, self.patterns_per_side)?,
            _ => one_against_rest(set, set.moments(), trials, self.patterns_per_side)?.concat(),
        };
        let features = LogVariances::fit(filters, set.moments(), trials);
        let logits = class_lda(
            &features.of_trials(set.moments(), trials),
            &set.labels_of(trials),
            set.classes(),
            FeatureUnits::Own,
        )?;
        Ok(Box::new(Fitted { features, logits }))
    }
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.features.channels())?;
        Ok(self.logits.probabilities(&self.features.of(set.moments(), trial)))
    }
}

/// The filters of each class against the rest, by ascending eigenvalue; of two classes, those of the second alone.
pub(super) fn one_against_rest(
    set: &TrialSet,
    moments: &TrialMoments,
    trials: &[usize],
    patterns_per_side: usize,
) -> Result<Vec<Vec<Vec<f64>>>, TrainError> {
    let classes = set.classes();
    let pooled: Vec<PooledMoments> = (0..classes).map(|class| moments.pool(set.of_class(trials, class))).collect();
    let first = usize::from(classes == 2);
    (first..classes)
        .map(|class| {
            let rest = average(pooled.iter().enumerate().filter(|(other, _)| *other != class).map(|(_, pool)| pool));
            let found = csp(&[rest, pooled[class].clone()], patterns_per_side)?;
            Ok(found.filters.outer_iter().map(|row| row.to_vec()).collect())
        })
        .collect()
}

/// Classes together, each counting as much as any other however many trials it has.
fn average<'a>(classes: impl Iterator<Item = &'a PooledMoments>) -> PooledMoments {
    let mut sum = PooledMoments { second: ndarray::Array2::zeros((0, 0)), fourth: 0.0, samples: 0 };
    let mut count = 0.0;
    for class in classes {
        sum.second = if count == 0.0 { class.second.clone() } else { sum.second + &class.second };
        sum.fourth += class.fourth;
        sum.samples += class.samples;
        count += 1.0;
    }
    sum.second /= f64::max(count, 1.0);
    sum.fourth /= f64::max(count, 1.0);
    sum
}

/// The filters of the joint diagonaliser that tell most about the class.
fn joint_filters(set: &TrialSet, trials: &[usize], patterns_per_side: usize) -> Result<Vec<Vec<f64>>, TrainError> {
    let pooled: Vec<PooledMoments> =
        (0..set.classes()).map(|class| set.moments().pool(set.of_class(trials, class))).collect();
    let covariances: Vec<DMatrix<f64>> = pooled.iter().map(|pool| to_matrix(pool.second.view())).collect();
    let mean = covariances.iter().fold(DMatrix::zeros(set.channels(), set.channels()), |sum, c| sum + c)
        / covariances.len().max(1) as f64;
    let basis = span_of(&mean)?;
    let shrunk: Vec<DMatrix<f64>> = covariances
        .iter()
        .zip(&pooled)
        .map(|(covariance, pool)| {
            let within = basis.tr_mul(covariance) * &basis;
            shrink(&within, ledoit_wolf_intensity(&within, pool.fourth, pool.samples))
        })
        .collect();
    let filters = joint_diagonaliser(&shrunk)?;

    let mut ranked: Vec<(f64, usize)> = (0..filters.nrows())
        .map(|k| {
            let row = filters.row(k);
            let powers: Vec<f64> = shrunk.iter().map(|c| (row * c).dot(&row)).collect();
            (information(&powers), k)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let wanted = 2 * patterns_per_side.max(1);
    Ok(ranked
        .into_iter()
        .take(wanted)
        .map(|(_, k)| (&basis * filters.row(k).transpose()).as_slice().to_vec())
        .collect())
}

/// About what a component tells about the class, in nats, from its power in each class where their mean is 1
/// (Grosse-Wentrup and Buss 2008, equation 21), for classes that are equally likely.
fn information(powers: &[f64]) -> f64 {
    let count = powers.len().max(1) as f64;
    let roots = powers.iter().map(|p| 0.5 * p.ln()).sum::<f64>() / count;
    let squares = powers.iter().map(|p| p * p - 1.0).sum::<f64>() / count;
    -(roots + 3.0 / 16.0 * squares * squares)
}
