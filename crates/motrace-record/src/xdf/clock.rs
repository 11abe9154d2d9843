use super::stream::RawStream;
use crate::ClockOffset;

/// Residuals beyond this are outliers for the fit, in seconds.
const HUBER_SECS: f64 = 1e-4;

/// Brings stamps from the stream's clock into the recorder's, by a robust line through the clock offsets for
/// each stretch between resets of the stream's clock. Without offsets nothing changes.
///
/// Resets and their assignment to samples follow pyxdf: an offset measured earlier than its predecessor, or
/// one with both a long pause and a large step before it.
pub(crate) fn synchronise(stamps: &mut [f64], offsets: &[ClockOffset]) {
    let stretches = stretches(offsets);
    let mut first = 0;
    for (number, stretch) in stretches.iter().enumerate() {
        let (Some(last_offset), next) = (stretch.last(), stretches.get(number + 1).and_then(|s| s.first())) else {
            continue;
        };
        let rest = stamps.get(first..).unwrap_or_default();
        let count = match next {
            // Up to the first stamp that is nearer to the next stretch than to this one.
            Some(next) => rest
                .iter()
                .position(|t| (t - last_offset.time_secs).abs() >= (t - next.time_secs).abs())
                .unwrap_or(rest.len()),
            None => rest.len(),
        };
        let line = Line::through(stretch);
        for stamp in &mut stamps[first..first + count] {
            *stamp += line.at(*stamp);
        }
        first += count;
    }
}

/// The offsets between one clock reset and the next.
fn stretches(offsets: &[ClockOffset]) -> Vec<&[ClockOffset]> {
    let differences =
        |of: fn(&ClockOffset) -> f64| offsets.windows(2).map(|w| of(&w[1]) - of(&w[0])).collect::<Vec<_>>();
    let times = differences(|o| o.time_secs);
    let paused = outliers(&times, 5.0, 5.0);
    let stepped = outliers(&differences(|o| o.offset_secs), 10.0, 1.0);
    let mut stretches = Vec::new();
    let mut begin = 0;
    for i in 0..times.len() {
        if times[i] < 0.0 || (paused[i] && stepped[i]) {
            stretches.push(&offsets[begin..=i]);
            begin = i + 1;
        }
    }
    stretches.push(&offsets[begin..]);
    stretches
}

/// Which values are further from the median than `deviations` median absolute deviations and `least`.
fn outliers(values: &[f64], deviations: f64, least: f64) -> Vec<bool> {
    let middle = median(values);
    let spread = median(&values.iter().map(|v| (v - middle).abs()).collect::<Vec<_>>()) + f64::EPSILON;
    values.iter().map(|v| (v - middle).abs()).map(|d| d / spread > deviations && d > least).collect()
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// An offset that changes evenly with time.
struct Line {
    centre: f64,
    value: f64,
    slope: f64,
}

impl Line {
    /// The line of least Huber loss, found by reweighted least squares.
    fn through(offsets: &[ClockOffset]) -> Self {
        let mut weights = vec![1.0; offsets.len()];
        let mut line = Self { centre: 0.0, value: 0.0, slope: 0.0 };
        for _ in 0..200 {
            let next = Self::weighted(offsets, &weights);
            let moved = offsets.iter().map(|o| (next.at(o.time_secs) - line.at(o.time_secs)).abs()).fold(0.0, f64::max);
            line = next;
            if moved < 1e-12 {
                break;
            }
            for (weight, offset) in weights.iter_mut().zip(offsets) {
                let residual = (offset.offset_secs - line.at(offset.time_secs)).abs();
                *weight = (HUBER_SECS / residual).min(1.0);
            }
        }
        line
    }

    fn weighted(offsets: &[ClockOffset], weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let mean =
            |of: fn(&ClockOffset) -> f64| offsets.iter().zip(weights).map(|(o, w)| w * of(o)).sum::<f64>() / total;
        let (centre, value) = (mean(|o| o.time_secs), mean(|o| o.offset_secs));
        let (mut xx, mut xy) = (0.0, 0.0);
        for (offset, weight) in offsets.iter().zip(weights) {
            let x = offset.time_secs - centre;
            xx += weight * x * x;
            xy += weight * x * (offset.offset_secs - value);
        }
        Self { centre, value, slope: if xx > 0.0 { xy / xx } else { 0.0 } }
    }

    fn at(&self, time: f64) -> f64 {
        self.value + self.slope * (time - self.centre)
    }
}

/// Takes away what liblsl appends when an outlet dies while it is being recorded: samples beyond the footer's
/// count, together with a last clock offset out of all proportion (liblsl issue 246). Gives how many samples.
pub(crate) fn drop_stray_tail(raw: &mut RawStream) -> Option<usize> {
    let count = usize::try_from(raw.footer_count?).ok()?;
    let stray = raw.stamps.len().checked_sub(count).filter(|n| *n > 0)?;
    let (last, before) = raw.offsets.split_last().filter(|(_, before)| before.len() >= 2)?;
    let intervals: Vec<f64> = before.windows(2).map(|w| w[1].time_secs - w[0].time_secs).collect();
    let values: Vec<f64> = before.iter().map(|o| o.offset_secs).collect();
    let (interval, value) = (median(&intervals), median(&values));
    let spread = median(&values.iter().map(|v| (v - value).abs()).collect::<Vec<_>>());
    let since = (last.time_secs - before[before.len() - 1].time_secs).abs();
    let is_late = if interval > 0.0 { since / interval > 10.0 } else { since > 0.0 };
    let is_off = spread > f64::EPSILON && (last.offset_secs - value).abs() / (1.4826 * spread) > 10.0;
    if !is_late && !is_off {
        return None;
    }
    raw.offsets.pop();
    raw.truncate(count);
    Some(stray)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<ClockOffset> {
        points.into_iter().map(|(time_secs, offset_secs)| ClockOffset { time_secs, offset_secs }).collect()
    }

    #[test]
    fn a_drifting_clock_is_followed_and_an_outlier_ignored() {
        let mut points: Vec<_> = (0..30).map(|i| (f64::from(i) * 5.0, 3600.0 + 1e-3 * f64::from(i) * 5.0)).collect();
        points[11].1 += 0.8;
        let mut stamps = vec![0.0, 20.0, 145.0];
        synchronise(&mut stamps, &offsets(points));
        for (stamp, true_time) in stamps.iter().zip([3600.0, 3620.02, 3745.145]) {
            assert!((stamp - true_time).abs() < 1e-4, "{stamp} {true_time}");
        }
    }

    #[test]
    fn a_reset_clock_begins_a_new_stretch() {
        let before = (0..10).map(|i| (5000.0 + f64::from(i) * 5.0, -4000.0));
        let after = (0..10).map(|i| (3.0 + f64::from(i) * 5.0, 1100.0));
        let mut stamps = vec![5001.0, 5040.0, 2.0, 40.0];
        synchronise(&mut stamps, &offsets(before.chain(after)));
        assert_eq!(stamps, [1001.0, 1040.0, 1102.0, 1140.0]);
    }

    #[test]
    fn few_offsets_do_no_harm() {
        let mut stamps = vec![1.0, 2.0];
        synchronise(&mut stamps, &[]);
        assert_eq!(stamps, [1.0, 2.0]);
        synchronise(&mut stamps, &offsets([(1.0, 10.0)]));
        assert_eq!(stamps, [11.0, 12.0]);
        synchronise(&mut stamps, &offsets([(1.0, 1.0), (1.0, 1.0)]));
        assert_eq!(stamps, [12.0, 13.0]);
    }
}
