use super::{ClassPrediction, Confusion, expected_calibration_error, log_loss, roc_auc};
use serde::{Deserialize, Serialize};

/// How many bins [`Metric::CalibrationError`] takes.
pub const CALIBRATION_BINS: usize = 10;

/// A figure that says how good predictions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// The share of right decisions.
    Accuracy,
    /// The mean over the classes of their share of right decisions.
    BalancedAccuracy,
    /// Cohen's κ.
    Kappa,
    /// The area under the receiver operating characteristic; of more than two classes the mean over each against the
    /// rest.
    RocAuc,
    /// The mean of −ln of the true class's probability.
    LogLoss,
    /// The expected calibration error in [`CALIBRATION_BINS`] bins.
    CalibrationError,
    /// Wolpaw's bits per decision, from the accuracy.
    WolpawBits,
    /// Nykopp's bits per decision, from the whole table.
    NykoppBits,
}

impl Metric {
    /// All of them, in the order of a table.
    pub const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Kappa,
        Self::RocAuc,
        Self::LogLoss,
        Self::CalibrationError,
        Self::WolpawBits,
        Self::NykoppBits,
    ];

    /// What it is called in files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced-accuracy",
            Self::Kappa => "kappa",
            Self::RocAuc => "roc-auc",
            Self::LogLoss => "log-loss",
            Self::CalibrationError => "calibration-error",
            Self::WolpawBits => "wolpaw-bits",
            Self::NykoppBits => "nykopp-bits",
        }
    }

    /// What it is called in a table, with its unit where it has one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Kappa => "κ",
            Self::RocAuc => "ROC-AUC",
            Self::LogLoss => "log loss (nats)",
            Self::CalibrationError => "calibration error",
            Self::WolpawBits => "bits per decision (Wolpaw)",
            Self::NykoppBits => "bits per decision (Nykopp)",
        }
    }

    /// Whether larger is better.
    #[must_use]
    pub fn larger_is_better(self) -> bool {
        !matches!(self, Self::LogLoss | Self::CalibrationError)
    }

    /// Its value; `None` where these predictions have none: there are no trials, a class has none, or a probability is
    /// not a number.
    #[must_use]
    pub fn of(self, predictions: &[ClassPrediction], classes: usize) -> Option<f64> {
        if predictions.is_empty() {
            return None;
        }
        let table = || Confusion::of_predictions(predictions, classes);
        match self {
            Self::Accuracy => Some(table().accuracy()),
            Self::BalancedAccuracy => Some(table().balanced_accuracy()),
            Self::Kappa => Some(table().kappa()),
            Self::RocAuc => class_roc_auc(predictions, classes),
            Self::LogLoss => log_loss(predictions),
            Self::CalibrationError => expected_calibration_error(predictions, CALIBRATION_BINS),
            Self::WolpawBits => Some(super::bits_per_decision(table().accuracy(), classes)),
            Self::NykoppBits => Some(table().bits_per_decision()),
        }
    }
}

/// The area under the receiver operating characteristic of class 1's probability; of more than two classes the mean
/// over each class's probability against the rest, classes counting alike (scikit-learn's `multi_class="ovr"`,
/// `average="macro"`).
///
/// `None` where a class has no trials or all of them, or a probability is missing or not a number.
#[must_use]
pub fn class_roc_auc(predictions: &[ClassPrediction], classes: usize) -> Option<f64> {
    let first = match classes {
        0 | 1 => return None,
        2 => 1,
        _ => 0,
    };
    let mut sum = 0.0;
    for class in first..classes {
        let values: Vec<f64> =
            predictions.iter().map(|p| p.probabilities.get(class).copied().unwrap_or(f64::NAN)).collect();
        let truth: Vec<usize> = predictions.iter().map(|p| usize::from(p.truth == class)).collect();
        sum += roc_auc(&values, &truth)?;
    }
    Some(sum / (classes - first) as f64)
}
