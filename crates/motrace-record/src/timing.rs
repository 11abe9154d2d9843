//! Even stamps from jittery ones, and the drop-outs between them.
//!
//! A sample arrives at its true time plus a delay that is never negative. Seen against the line that the
//! sample index draws, late delivery lifts stamps for a while and then lets them fall back, however bursty
//! it is; missing samples lift them for good. So the lower envelope of the stamps decides: where the earliest
//! of the stamps of the next half minute lies above what came before, samples are missing. Between gaps the
//! stamps are those of a least-squares line, as pyxdf draws it; unlike there, no line is drawn across a gap.

mod envelope;

use crate::timeline::{Line, Timeline};
use crate::xdf::median;
use envelope::{find_rises, least_ahead};
use motrace_core::Gap;

/// Late delivery is expected to be made up for within this time.
const CATCH_UP_SECS: f64 = 30.0;
/// A step in the stamps larger than this is looked at by itself.
const JUMP_SECS: f64 = 1.0;

/// What became of a stream's stamps.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) timeline: Timeline,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) effective_rate_hz: f64,
    pub(crate) rate_between_gaps_hz: f64,
    pub(crate) remarks: Vec<String>,
}

/// Finds the gaps of a regular stream and evens out its stamps between them. Irregular streams stay as they are.
pub(crate) fn fit(arrival: &[f64], nominal_rate_hz: f64) -> Fit {
    if nominal_rate_hz <= 0.0 || arrival.len() < 2 {
        let rate = if arrival.len() < 2 { nominal_rate_hz } else { 0.0 };
        let timeline = Timeline::Listed(arrival.to_vec());
        return Fit { timeline, gaps: vec![], effective_rate_hz: rate, rate_between_gaps_hz: rate, remarks: vec![] };
    }
    let nominal = 1.0 / nominal_rate_hz;
    let mut gaps = jumps(arrival, typical_period(arrival, nominal));
    let mut bounds: Vec<usize> = vec![0];
    bounds.extend(gaps.iter().map(|g| g.index as usize));
    bounds.push(arrival.len());
    for stretch in bounds.windows(2) {
        gaps.extend(drop_outs(&arrival[stretch[0]..stretch[1]], nominal).into_iter().map(|mut gap| {
            gap.index += stretch[0] as u64;
            gap
        }));
    }
    gaps.sort_by_key(|g| g.index);
    let segments = segments(arrival.len(), &gaps);
    let (lines, period) = even_lines(arrival, &segments, &gaps, nominal);
    let timeline = Timeline::Lines { lines, count: arrival.len() };
    let duration = timeline.last().zip(timeline.first()).map_or(0.0, |(last, first)| last - first);
    let rate =
        |count: f64, time: f64| if time > 0.0 && (count / time).is_finite() { count / time } else { nominal_rate_hz };
    let between = rate(1.0, period);
    let mut remarks = Vec::new();
    if (between / nominal_rate_hz - 1.0).abs() > 0.01 {
        remarks.push(format!("runs at {between:.2} Hz, not at the nominal {nominal_rate_hz} Hz"));
    }
    if !gaps.is_empty() {
        let lost: f64 = gaps.iter().map(|g| g.length_secs).sum();
        remarks.push(format!("{} gaps, {lost:.2} s missing in all", gaps.len()));
    }
    Fit {
        effective_rate_hz: rate((arrival.len() - 1) as f64, duration),
        rate_between_gaps_hz: between,
        timeline,
        gaps,
        remarks,
    }
}

/// The steps of the stamps at which the index line has to begin anew: clock resets, pauses too long to be made
/// up for, and restarts at another rate.
fn jumps(arrival: &[f64], typical: f64) -> Vec<Gap> {
    let mut found = Vec::new();
    for k in 1..arrival.len() {
        let jump = arrival[k] - arrival[k - 1] - typical;
        if jump.abs() <= JUMP_SECS.max(10.0 * typical) {
            continue;
        }
        let end = arrival.len().min(k.saturating_add((CATCH_UP_SECS / typical) as usize).saturating_add(1));
        let after = &arrival[k..end];
        let before = &arrival[k.saturating_sub(end - k)..k];
        let (period_before, period) = (local_period(before, typical), local_period(after, typical));
        let is_same_rate = (period / period_before - 1.0).abs() < 0.05;
        let least = after.iter().enumerate().map(|(i, t)| t - after[0] - i as f64 * period).fold(0.0, f64::min);
        let is_made_up = least < -0.5 * jump;
        if jump > 0.0 && (is_made_up || (jump < CATCH_UP_SECS && is_same_rate)) {
            continue;
        }
        let missing_samples = if jump > 0.0 { (jump / typical).round() as u64 } else { 0 };
        found.push(Gap { index: k as u64, missing_samples, length_secs: jump.max(0.0) });
    }
    found
}

/// The gaps of a stretch in which the index line goes on.
fn drop_outs(arrival: &[f64], nominal: f64) -> Vec<Gap> {
    let mut period = typical_period(arrival, nominal);
    let mut gaps = Vec::new();
    // The second round knows the rate better. The drift that is let pass shrinks accordingly.
    for drift in [1e-3, 2e-4] {
        let residuals: Vec<f64> = arrival.iter().enumerate().map(|(i, t)| t - i as f64 * period).collect();
        let window = (CATCH_UP_SECS / period).ceil() as usize;
        let ahead = least_ahead(&residuals, window);
        gaps = find_rises(&residuals, &ahead, period, drift)
            .into_iter()
            .map(|rise| Gap {
                index: rise.index as u64,
                missing_samples: (rise.height_secs / period).round() as u64,
                length_secs: rise.height_secs,
            })
            .collect();
        let segments = segments(arrival.len(), &gaps);
        if let Some(pooled) = pooled_period(arrival, &segments)
            && (pooled / period - 1.0).abs() < 0.01
        {
            period = pooled;
        }
    }
    gaps
}

/// The period that most of a stretch keeps; the nominal one where delivery is too bursty to tell.
fn typical_period(arrival: &[f64], nominal: f64) -> f64 {
    let block = ((10.0 / nominal) as usize).min(arrival.len() / 8).max(1);
    let mut periods: Vec<f64> = (0..arrival.len().saturating_sub(block))
        .step_by(block)
        .map(|i| (arrival[i + block] - arrival[i]) / block as f64)
        .collect();
    periods.sort_by(f64::total_cmp);
    let half = periods.len() / 2 + 1;
    let densest = periods
        .windows(half.min(periods.len()).max(1))
        .min_by(|a, b| (a[a.len() - 1] - a[0]).total_cmp(&(b[b.len() - 1] - b[0])));
    let Some(densest) = densest else { return nominal };
    let (first, last) = (densest[0], densest[densest.len() - 1]);
    let middle = densest.iter().sum::<f64>() / densest.len() as f64;
    if middle <= 0.0 {
        return nominal;
    }
    let (spread, off) = ((last - first) / middle, (middle / nominal - 1.0).abs());
    if spread < 5e-4 || (spread < 0.01 && off > 0.01) { middle } else { nominal }
}

/// The period of the samples behind a jump, where it clearly differs from the typical one.
fn local_period(after: &[f64], typical: f64) -> f64 {
    let block = ((5.0 / typical) as usize).min(after.len() / 4).max(1);
    let periods: Vec<f64> = (0..after.len().saturating_sub(block))
        .step_by((block / 4).max(1))
        .map(|i| (after[i + block] - after[i]) / block as f64)
        .collect();
    let period = median(&periods);
    if period > 0.0 && (period / typical - 1.0).abs() > 0.05 { period } else { typical }
}

fn segments(count: usize, gaps: &[Gap]) -> Vec<std::ops::Range<usize>> {
    let mut begin = 0;
    let mut segments: Vec<_> = gaps
        .iter()
        .map(|gap| {
            let segment = begin..gap.index as usize;
            begin = segment.end;
            segment
        })
        .collect();
    segments.push(begin..count);
    segments
}

/// Sums for a least-squares line over the sample index.
struct Sums {
    middle: f64,
    mean: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    fn over(arrival: &[f64]) -> Self {
        let count = arrival.len() as f64;
        let middle = (count - 1.0) / 2.0;
        // Relative to the first stamp, which can be large.
        let mean = arrival[0] + arrival.iter().map(|t| t - arrival[0]).sum::<f64>() / count;
        let (mut xx, mut xy) = (0.0, 0.0);
        for (i, t) in arrival.iter().enumerate() {
            let x = i as f64 - middle;
            xx += x * x;
            xy += x * (t - mean);
        }
        Self { middle, mean, xx, xy }
    }
}

/// The common slope of the lines through all segments.
fn pooled_period(arrival: &[f64], segments: &[std::ops::Range<usize>]) -> Option<f64> {
    let (mut xx, mut xy) = (0.0, 0.0);
    for segment in segments.iter().filter(|s| s.len() > 1) {
        let sums = Sums::over(&arrival[segment.clone()]);
        xx += sums.xx;
        xy += sums.xy;
    }
    (xx > 0.0 && xy > 0.0).then(|| xy / xx)
}

/// The segments' lines, and the pooled period.
fn even_lines(arrival: &[f64], segments: &[std::ops::Range<usize>], gaps: &[Gap], nominal: f64) -> (Vec<Line>, f64) {
    let pooled = pooled_period(arrival, segments).unwrap_or(nominal);
    let mut lines: Vec<Line> = Vec::with_capacity(segments.len());
    for (number, segment) in segments.iter().enumerate() {
        let part = &arrival[segment.clone()];
        let sums = Sums::over(part);
        let own = if sums.xx > 0.0 { sums.xy / sums.xx } else { pooled };
        let duration = part.len() as f64 * pooled;
        let scatter = (part
            .iter()
            .enumerate()
            .map(|(i, t)| (t - sums.mean - own * (i as f64 - sums.middle)).powi(2))
            .sum::<f64>()
            / part.len() as f64)
            .sqrt();
        // A short stretch of jittery stamps says less about the rate than all of them do.
        let is_own = segments.len() == 1 || duration > 60.0 || scatter < 1e-3 * duration;
        let period = if is_own && own > 0.0 { own } else { pooled };
        let mut first = sums.mean - period * sums.middle;
        let went_back = number > 0 && gaps.get(number - 1).is_some_and(|g| g.length_secs == 0.0);
        if let (Some(before), false) = (lines.last(), went_back) {
            let last = before.start_secs + before.period_secs * (segment.start - before.first).saturating_sub(1) as f64;
            first = first.max(last + period);
        }
        lines.push(Line { first: segment.start, start_secs: first, period_secs: period });
    }
    (lines, pooled)
}

#[cfg(test)]
mod tests;
