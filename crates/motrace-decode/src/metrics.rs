//! Figures for decisions between two classes or more, and how far chance alone could have moved them.

mod binomial;
mod calibration;
mod confusion;
mod metric;
mod over_time;
mod poisson;
mod prediction;
mod resampling;
mod transfer;

pub use binomial::{ChanceInterval, chance_interval, wilson_interval};
pub use calibration::{ReliabilityBin, expected_calibration_error, log_loss, reliability};
pub use confusion::Confusion;
pub use metric::{CALIBRATION_BINS, Metric, class_roc_auc};
pub use over_time::{TimedAccuracy, accuracy_over_time, running_accuracy};
pub use poisson::poisson_interval;
pub use prediction::ClassPrediction;
pub use resampling::{
    ChanceLevel, PairedTest, Resampling, central_share, metric_interval, paired_permutation_test, permuted_chance,
    quantile,
};
pub use transfer::{bits_per_decision, bits_per_minute};

/// The area under the receiver operating characteristic: the probability that a trial of class 1 has a
/// larger output than one of class 0, ties counting half.
///
/// `None` where a class has no trials, an output is not a number, or the lengths differ.
#[must_use]
pub fn roc_auc(values: &[f64], truth: &[usize]) -> Option<f64> {
    if values.len() != truth.len() || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    // Mann–Whitney: the mean rank of class 1, where equal values share their ranks' mean.
    let mut rank_sum = 0.0;
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = first as f64 + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += rank * tied.iter().filter(|&&i| truth[i] == 1).count() as f64;
        first += tied.len();
    }
    let ones = truth.iter().filter(|&&t| t == 1).count() as f64;
    let zeros = truth.len() as f64 - ones;
    (ones > 0.0 && zeros > 0.0).then(|| (rank_sum - ones * (ones + 1.0) / 2.0) / (ones * zeros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn auc_counts_pairs(pairs in prop::collection::vec((-4_i8..4, 0_usize..2), 2..40)) {
            let values: Vec<f64> = pairs.iter().map(|(v, _)| f64::from(*v)).collect();
            let truth: Vec<usize> = pairs.iter().map(|(_, t)| *t).collect();
            let (mut won, mut count) = (0.0, 0.0);
            for (a, &ta) in values.iter().zip(&truth) {
                for (b, &tb) in values.iter().zip(&truth) {
                    if ta == 1 && tb == 0 {
                        count += 1.0;
                        won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                    }
                }
            }
            match roc_auc(&values, &truth) {
                Some(auc) => prop_assert!((auc - won / count).abs() < 1e-12),
                None => prop_assert_eq!(count, 0.0),
            }
        }
    }

    #[test]
    fn auc_of_what_cannot_be_ranked() {
        assert_eq!(roc_auc(&[], &[]), None);
        assert_eq!(roc_auc(&[1.0, f64::NAN], &[0, 1]), None);
        assert_eq!(roc_auc(&[1.0, 2.0], &[1, 1]), None);
        assert_eq!(roc_auc(&[1.0, 2.0], &[0]), None);
        // −0 and 0 are a tie.
        assert_eq!(roc_auc(&[0.0, -0.0], &[0, 1]), Some(0.5));
    }
}
