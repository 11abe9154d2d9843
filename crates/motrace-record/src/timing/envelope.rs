use std::cell::OnceCell;

/// A place where the lower envelope of the residuals rises for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rise {
    /// The first sample on the higher level.
    pub(crate) index: usize,
    /// By how much it rises.
    pub(crate) height_secs: f64,
}

/// For each position the least of the `window` values that begin there.
///
/// The values are cut into blocks of the window's length: a window is the end of one and the beginning of the next, so
/// that two passes are enough whatever its length (van Herk 1992; Gil and Werman 1993).
pub(crate) fn least_ahead(values: &[f64], window: usize) -> Vec<f64> {
    // A damaged file can claim a period of next to nothing, and so a window without end.
    let window = window.clamp(1, values.len().max(1));
    let least_of = |a: f64, b: f64| if b < a { b } else { a };
    let mut least = values.to_vec();
    for (number, block) in least.chunks_mut(window).enumerate() {
        for i in (1..block.len()).rev() {
            block[i - 1] = least_of(block[i - 1], block[i]);
        }
        // The windows that begin behind this block's first value reach into the next one.
        let next = values.get((number + 1) * window..).unwrap_or_default();
        let mut beginning = f64::INFINITY;
        for (value, ahead) in block.iter_mut().skip(1).zip(next) {
            beginning = least_of(beginning, *ahead);
            *value = least_of(*value, beginning);
        }
        // Those that reach behind the last value of all see all that is left of the next block.
        for value in block.iter_mut().skip(1 + next.len()) {
            *value = least_of(*value, beginning);
        }
    }
    least
}

/// Finds where the envelope rises by more than the noise of the earliest arrivals. `drift` is the error
/// of the period that is let pass, as a fraction.
pub(crate) fn find_rises(residuals: &[f64], ahead: &[f64], period: f64, drift: f64) -> Vec<Rise> {
    let threshold = (0.75 * period).max(5.0 * earliest_noise(residuals, period)).min(0.3_f64.max(0.75 * period));
    // Most streams have no rise, and are never asked for it.
    let lateness = OnceCell::new();
    let lateness = || *lateness.get_or_init(|| usual_lateness(residuals, ahead));
    let tail_samples = || ((20.0 * lateness()).min(10.0) / period).ceil() as usize;
    let mut rises: Vec<Rise> = Vec::new();
    let Some(mut level) = ahead.first().copied() else { return rises };
    // Samples that are lost together leave a step; a device that merely slows down for a while does not.
    let slowest = (10.0 / period).ceil() as usize;
    let least_step = threshold.min(3.0 * period);
    let mut level_held = 0;
    for k in 1..ahead.len() {
        if ahead[k] - level <= threshold {
            // The level follows the envelope down at once, and up as slowly as clocks drift.
            level = ahead[k].min(level + drift * period);
            level_held = k;
            continue;
        }
        let step = |i: usize| residuals[i] - residuals[i - 1];
        let Some(largest) = (level_held + 1..=k).max_by(|a, b| step(*a).total_cmp(&step(*b))) else { continue };
        if step(largest) >= least_step && k.saturating_add(tail_samples()) < ahead.len() {
            rises.push(Rise { index: largest, height_secs: ahead[k] - level });
            level = ahead[k];
            level_held = k;
        } else if k - level_held > slowest {
            level = ahead[k];
            level_held = k;
        }
    }
    if rises.len() < 2 {
        return rises;
    }
    merge_forerunners(rises, lateness(), (1.0 / period) as usize)
}

/// Just before a drop-out few arrivals are left to draw the envelope from, and it rises by their usual lateness;
/// that belongs to the drop-out.
fn merge_forerunners(rises: Vec<Rise>, lateness_secs: f64, within: usize) -> Vec<Rise> {
    let mut merged: Vec<Rise> = Vec::with_capacity(rises.len());
    for mut rise in rises {
        while let Some(last) = merged.pop_if(|last| {
            last.height_secs <= 2.0 * lateness_secs
                && rise.height_secs > 2.0 * last.height_secs
                && rise.index - last.index <= within
        }) {
            rise.height_secs += last.height_secs;
        }
        merged.push(rise);
    }
    merged
}

/// The scatter of the earliest arrival in each two seconds, from differences, so that drift and rare gaps do
/// not count.
fn earliest_noise(residuals: &[f64], period: f64) -> f64 {
    let block = ((2.0 / period) as usize).max(2);
    let least: Vec<f64> = residuals.chunks_exact(block).map(|b| b.iter().copied().fold(f64::MAX, f64::min)).collect();
    let mut steps: Vec<f64> = least.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    // Of a normal distribution, 30 % lie within 0.385 standard deviations.
    quantile(&mut steps, 0.3) / 0.385
}

/// How late all but one in twenty samples are at most.
fn usual_lateness(residuals: &[f64], ahead: &[f64]) -> f64 {
    let mut late: Vec<f64> = residuals.iter().zip(ahead).map(|(r, a)| r - a).collect();
    quantile(&mut late, 0.95)
}

fn quantile(values: &mut [f64], fraction: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * fraction) as usize;
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_least_ahead_is_the_least_of_each_window(
            values in prop::collection::vec(-5.0..5.0_f64, 0..60),
            window in 0..80_usize,
        ) {
            let least = least_ahead(&values, window);
            prop_assert_eq!(least.len(), values.len());
            for (i, found) in least.iter().enumerate() {
                let ahead = &values[i..values.len().min(i + window.max(1))];
                prop_assert_eq!(*found, ahead.iter().copied().fold(f64::INFINITY, f64::min));
            }
        }
    }
}
