//! How long a record is.

use super::fields::{near, number};

/// The shape of all records.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Records {
    /// The duration, as the header says it.
    pub(super) secs_text: String,
    pub(super) secs: f64,
    /// Samples of each stream in a record.
    pub(super) samples: Vec<usize>,
    /// How many records each stretch of the first stream takes.
    pub(super) counts: Vec<usize>,
}

/// A rate of the header may differ from the true one by this factor.
const EXACT: f64 = 1e-9;
/// Rates that no record of usual length holds are rounded by no more than this.
const NEARLY: f64 = 1e-6;
/// The longest record.
const LONGEST_SECS: f64 = 10.0;

/// Finds the duration of a record, so that each stream has a whole number of samples in it: the one that leaves least
/// of the last record empty, and of those the one nearest to a second. `stretches` are samples of the first stream
/// between pauses; all but the last have to be whole records. `None` where there is no such duration.
pub(super) fn choose(rates_hz: &[f64], stretches: &[usize], largest: usize) -> Option<Records> {
    let (rate, others) = rates_hz.split_first()?;
    let (last, before) = stretches.split_last()?;
    let common = before.iter().fold(0, |a, b| greatest_divisor(a, *b));
    let most = ((rate * LONGEST_SECS).ceil() as usize).clamp(1, largest.max(1));
    let mut has_exact = false;
    let candidates: Vec<_> = (1..=most)
        .filter_map(|n| {
            let secs_text = near(n as f64 / rate)?;
            let secs = number(&secs_text);
            let mut error = (n as f64 / secs / rate - 1.0).abs();
            let mut samples = vec![n];
            for rate in others {
                let of_this = (rate * secs).round().max(1.0);
                error = error.max((of_this / secs / rate - 1.0).abs());
                samples.push(of_this as usize);
            }
            let rounding = if error <= EXACT { 0.0 } else { error };
            has_exact |= rounding == 0.0;
            let empty = last.div_ceil(n) * n - last;
            // Records of a tenth of a second and more are preferred: each begins with its time.
            let is_short = secs < 0.1;
            let is_between = common == 0 || common % n == 0;
            (secs > 0.0 && error <= NEARLY && is_between).then_some((
                rounding,
                is_short,
                empty,
                secs.ln().abs(),
                secs_text,
                secs,
                samples,
            ))
        })
        .collect();
    // Pauses must not cost the rate.
    let usable = candidates.into_iter().filter(|c| c.0 == 0.0 || !has_exact);
    let (.., secs_text, secs, samples) =
        usable.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)).then(a.3.total_cmp(&b.3)))?;
    let counts = stretches.iter().map(|s| s.div_ceil(samples[0])).collect();
    Some(Records { secs_text, secs, samples, counts })
}

fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn chosen(rates: &[f64], stretches: &[usize]) -> (String, Vec<usize>, Vec<usize>) {
        let records = choose(rates, stretches, usize::MAX).unwrap();
        (records.secs_text, records.samples, records.counts)
    }

    #[test]
    fn records_divide_what_they_hold() {
        assert_eq!(chosen(&[160.0], &[20_000]), ("1".into(), vec![160], vec![125]));
        // 0.96 s divides it, one second does not.
        assert_eq!(chosen(&[250.0], &[7200]), ("0.96".into(), vec![240], vec![30]));
        assert_eq!(chosen(&[249.5], &[4990]), ("2".into(), vec![499], vec![10]));
        assert_eq!(chosen(&[128.0, 1.0], &[1280]), ("1".into(), vec![128, 1], vec![10]));
        // A prime number of samples: as little as possible is left empty.
        let (_, samples, counts) = chosen(&[100.0], &[1009]);
        assert!(samples[0] * counts[0] - 1009 <= 2, "{samples:?} {counts:?}");
        // Pauses fall between records.
        assert_eq!(chosen(&[125.0], &[37, 125, 88]), ("0.008".into(), vec![1], vec![37, 125, 88]));
        assert_eq!(choose(&[256.0], &[37, 125], usize::MAX), None);
    }

    #[test]
    fn odd_rates_are_nearly_kept() {
        let records = choose(&[512.032_8], &[100_000], usize::MAX).unwrap();
        assert!((records.samples[0] as f64 / records.secs / 512.032_8 - 1.0).abs() < 1e-6);
    }
}
