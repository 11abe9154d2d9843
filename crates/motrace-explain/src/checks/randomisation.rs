use super::noise::normal;
use motrace_decode::CspLda;
use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The same decoder with random weights: normal, as large as its own on average.
///
/// The class boundary and f₀ remain, so that only what the decoder makes of the powers is random.
#[must_use]
pub fn randomised_weights(decoder: &CspLda, seed: u64) -> CspLda {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = decoder.weights.len().max(1) as f64;
    let scale = (decoder.weights.iter().map(|w| w * w).sum::<f64>() / count).sqrt();
    let mut random = decoder.clone();
    random.weights.iter_mut().for_each(|w| *w = scale * normal(&mut rng));
    random.bias += decoder.offset() - random.offset();
    random
}

/// The same decoder with random weights and random filters.
///
/// The filters are normal, made orthogonal under C̄ as those of CSP are, and scaled to the powers at the class
/// boundary, which remain; the patterns follow from them (`A_k = C̄W_k / W_kᵀC̄W_k`).
#[must_use]
pub fn randomised_filters(decoder: &CspLda, seed: u64) -> CspLda {
    let mut random = randomised_weights(decoder, seed);
    let mut rng = ChaCha8Rng::seed_from_u64(!seed);
    let covariance = &decoder.mean_covariance;
    for k in 0..decoder.components() {
        // In a rank-deficient montage the part outside the data's span has no power; it does no harm either.
        let mut filter = random.filters.row(k).mapv(|_| normal(&mut rng));
        for j in 0..k {
            let other = random.filters.row(j).to_owned();
            let other_pattern = random.patterns.row(j).to_owned();
            let overlap = filter.dot(&other_pattern);
            filter.scaled_add(-overlap, &other);
        }
        let power = filter.dot(covariance).dot(&filter);
        filter *= (decoder.root_log_power[k].exp() / power).sqrt();
        let projected = covariance.dot(&filter);
        let pattern = &projected / filter.dot(&projected);
        random.filters.row_mut(k).assign(&filter);
        random.patterns.row_mut(k).assign(&pattern);
    }
    random
}

/// A map summed over bins of `bin_samples` samples, `[channels, bins]`; the last bin can be shorter.
#[must_use]
pub fn binned(map: ArrayView2<f64>, bin_samples: usize) -> Array2<f64> {
    let size = bin_samples.max(1);
    let bins = map.ncols().div_ceil(size);
    let mut out = Array2::zeros((map.nrows(), bins));
    for b in 0..bins {
        let end = map.ncols().min((b + 1) * size);
        out.column_mut(b).assign(&map.slice_axis(Axis(1), Slice::from(b * size..end)).sum_axis(Axis(1)));
    }
    out
}

/// Spearman's correlation of two maps of one shape; equal values share their mean rank.
#[must_use]
pub fn rank_correlation(a: ArrayView2<f64>, b: ArrayView2<f64>) -> f64 {
    crate::ledger::correlation(&ranks(a), &ranks(b))
}

/// The mean |Spearman| of pairs of maps, in bins of `bin_samples` samples: near 1 where an explanation does not care
/// about the model, small where it does. NaN where there are no pairs.
#[must_use]
pub fn mean_absolute_rank_correlation<'a>(
    pairs: impl IntoIterator<Item = (ArrayView2<'a, f64>, ArrayView2<'a, f64>)>,
    bin_samples: usize,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (a, b) in pairs {
        sum += rank_correlation(binned(a, bin_samples).view(), binned(b, bin_samples).view()).abs();
        count += 1.0;
    }
    sum / count
}

fn ranks(map: ArrayView2<f64>) -> Vec<f64> {
    let values: Vec<f64> = map.iter().copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for i in tied {
            ranks[*i] = below as f64 + (tied.len() as f64 - 1.0) / 2.0;
        }
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn ranks_share_ties() {
        assert_eq!(ranks(array![[3.0, 1.0], [1.0, -2.0]].view()), [3.0, 1.5, 1.5, 0.0]);
    }

    #[test]
    fn rank_correlation_sees_monotone_relations() {
        let a = array![[1.0, 2.0, 3.0, 4.0]];
        assert!((rank_correlation(a.view(), a.mapv(f64::exp).view()) - 1.0).abs() < 1e-15);
        assert!((rank_correlation(a.view(), array![[2.0, 1.0, 4.0, 3.0]].view()) - 0.6).abs() < 1e-12);
        assert!((mean_absolute_rank_correlation([(a.view(), (-&a).view())], 2) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn bins_keep_the_sum() {
        let map = array![[1.0, 2.0, 3.0, 4.0, 5.0]];
        assert_eq!(binned(map.view(), 2), array![[3.0, 7.0, 5.0]]);
    }
}
