use super::ClassPrediction;

/// A probability below this counts as this in a logarithm: the smallest step of 64-bit numbers below 1, as in
/// scikit-learn.
const SMALLEST_PROBABILITY: f64 = f64::EPSILON;

/// The mean of −ln of the probability that the true class was given; smaller is better, and always giving every of K
/// classes 1/K has ln K. `None` where there are no predictions, or a probability is missing or not a number.
#[must_use]
pub fn log_loss(predictions: &[ClassPrediction]) -> Option<f64> {
    if predictions.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    for prediction in predictions {
        let total: f64 = prediction.probabilities.iter().sum();
        let given = *prediction.probabilities.get(prediction.truth)?;
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        sum -= (given / total).clamp(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY).ln();
    }
    Some(sum / predictions.len() as f64)
}

/// Decisions that a decoder was about equally sure of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// The confidences that fall in: above the first, up to and with the second.
    pub confidence_range: [f64; 2],
    /// How many decisions there are.
    pub trials: usize,
    /// How many of them are right.
    pub correct: usize,
    /// Their mean confidence; 0 where there are none.
    pub mean_confidence: f64,
}

impl ReliabilityBin {
    /// The share of right decisions; `None` where there are none at all.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        (self.trials > 0).then(|| self.correct as f64 / self.trials as f64)
    }
}

/// How right decisions are, by how sure the decoder was of them, in `bins` equal steps of the largest probability from 0
/// to 1. 0 bins count as 1; confidences that are not numbers are left out.
#[must_use]
pub fn reliability(predictions: &[ClassPrediction], bins: usize) -> Vec<ReliabilityBin> {
    let count = bins.clamp(1, 1000);
    let edge = |k: usize| k as f64 / count as f64;
    let mut found: Vec<ReliabilityBin> = (0..count)
        .map(|k| ReliabilityBin {
            confidence_range: [edge(k), edge(k + 1)],
            trials: 0,
            correct: 0,
            mean_confidence: 0.0,
        })
        .collect();
    for prediction in predictions {
        let confidence = prediction.confidence();
        if !(0.0..=1.0 + 1e-9).contains(&confidence) {
            continue;
        }
        let place = (0..count).find(|&k| confidence <= edge(k + 1)).unwrap_or(count - 1);
        let bin = &mut found[place];
        bin.trials += 1;
        bin.correct += usize::from(prediction.is_right());
        bin.mean_confidence += confidence;
    }
    for bin in &mut found {
        bin.mean_confidence /= bin.trials.max(1) as f64;
    }
    found
}

/// The expected calibration error: how far confidence and accuracy are apart, in the mean over all decisions (Guo et al.
/// 2017, ICML, equation 3). `None` where there are no predictions with a confidence.
///
/// With few trials it is above 0 for a perfectly calibrated decoder too, by about what chance does to each bin.
#[must_use]
pub fn expected_calibration_error(predictions: &[ClassPrediction], bins: usize) -> Option<f64> {
    let bins = reliability(predictions, bins);
    let total: usize = bins.iter().map(|bin| bin.trials).sum();
    (total > 0).then(|| {
        bins.iter()
            .filter_map(|bin| Some(bin.trials as f64 * (bin.accuracy()? - bin.mean_confidence).abs()))
            .sum::<f64>()
            / total as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(truth: usize, p: f64) -> ClassPrediction {
        ClassPrediction { trial: 0, fold: 0, truth, probabilities: vec![1.0 - p, p] }
    }

    #[test]
    fn losses_of_known_probabilities() {
        assert_eq!(log_loss(&[]), None);
        let even = [prediction(0, 0.5), prediction(1, 0.5)];
        assert!(log_loss(&even).is_some_and(|loss| (loss - 2.0_f64.ln()).abs() < 1e-15));
        assert!(log_loss(&[prediction(0, 1.0)]).is_some_and(|loss| (loss - 36.04).abs() < 0.01), "bounded");
        assert_eq!(log_loss(&[prediction(0, f64::NAN)]), None);
        assert_eq!(log_loss(&[prediction(2, 0.3)]), None);
    }

    #[test]
    fn bins_hold_what_falls_into_them() {
        let all = [prediction(1, 0.9), prediction(0, 0.9), prediction(1, 0.75), prediction(0, 0.4), prediction(1, 1.0)];
        let bins = reliability(&all, 10);
        assert_eq!(bins.iter().map(|b| b.trials).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 1, 0, 1, 2, 1]);
        assert_eq!((bins[8].correct, bins[8].accuracy(), bins[0].accuracy()), (1, Some(0.5), None));
        assert!((bins[8].mean_confidence - 0.9).abs() < 1e-15);
        // |1 − .9·…|: .4 for one of .6, .25 for one of .75, .4 each for the two of .9, nothing for the sure one.
        let expected = (0.4 + 0.25 + 2.0 * 0.4) / 5.0;
        assert!(expected_calibration_error(&all, 10).is_some_and(|error| (error - expected).abs() < 1e-12));
        assert_eq!(expected_calibration_error(&[], 10), None);
        assert_eq!(reliability(&all, 0).len(), 1);
    }
}
