use crate::Epochs;

/// A trial is an outlier when the log-variance of a channel is this many robust standard deviations from
/// the channel's median.
const LARGEST_Z: f64 = 5.0;
/// Log-variances that differ by this much (5 % of the variance) are never told apart: windows of a few
/// seconds vary by more on their own.
const SMALLEST_DEVIATION: f64 = 0.05;
/// Variances below this share of the channel's mean variance count as that share, so that a silent trial
/// has a finite logarithm.
const SMALLEST_SHARE: f64 = 1e-12;

/// The trials in which some channel has much more or much less variance than is usual for that channel,
/// in ascending order.
///
/// Robust z-scores of the log-variance: the distance from the channel's median over trials in units of
/// 1.4826 times the median absolute deviation; beyond 5 the trial is named. Only an offer: which trials
/// are left out of training is the caller's decision, and nothing in this crate does it unasked.
#[must_use]
pub fn outlier_trials(epochs: &Epochs) -> Vec<usize> {
    let (trials, channels, samples) = epochs.data.dim();
    let mut is_outlier = vec![false; trials];
    for channel in 0..channels {
        let variances: Vec<f64> = epochs
            .data
            .outer_iter()
            .map(|trial| {
                let row = trial.row(channel);
                let mean = row.sum() / samples.max(1) as f64;
                row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / samples.max(1) as f64
            })
            .collect();
        let finite: Vec<f64> = variances.iter().copied().filter(|v| v.is_finite()).collect();
        let floor = SMALLEST_SHARE * finite.iter().sum::<f64>() / finite.len().max(1) as f64;
        if floor <= 0.0 {
            continue;
        }
        let logs: Vec<f64> = finite.iter().map(|v| v.max(floor).ln()).collect();
        let centre = median(logs.clone());
        let deviation = (1.4826 * median(logs.iter().map(|l| (l - centre).abs()).collect())).max(SMALLEST_DEVIATION);
        for (outlier, variance) in is_outlier.iter_mut().zip(&variances) {
            let distance = (variance.max(floor).ln() - centre).abs();
            *outlier |= !variance.is_finite() || distance > LARGEST_Z * deviation;
        }
    }
    (0..trials).filter(|&trial| is_outlier[trial]).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::{mixed_epochs, noise_epochs};
    use ndarray::{Array3, Axis};

    #[test]
    fn loud_silent_and_broken_trials_are_named() {
        let mut epochs = mixed_epochs(40, 5, 120, 2.0, 11);
        assert_eq!(outlier_trials(&epochs), Vec::<usize>::new());
        epochs.data.index_axis_mut(Axis(0), 7).row_mut(2).map_inplace(|x| *x *= 12.0);
        epochs.data.index_axis_mut(Axis(0), 19).row_mut(0).fill(0.0);
        epochs.data[[30, 4, 5]] = f64::NAN;
        assert_eq!(outlier_trials(&epochs), [7, 19, 30]);
    }

    #[test]
    fn nothing_to_compare_names_nothing() {
        let mut epochs = noise_epochs(6, 2, 30, 1);
        epochs.data = Array3::zeros((6, 2, 30));
        assert_eq!(outlier_trials(&epochs), Vec::<usize>::new());
        epochs.data = Array3::zeros((0, 2, 30));
        assert_eq!(outlier_trials(&epochs), Vec::<usize>::new());
    }
}
