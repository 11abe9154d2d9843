use super::{ChanceInterval, Confusion, chance_interval, wilson_interval};

/// How many decisions were right at a time after the cue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedAccuracy {
    /// The time, in samples after the cue.
    pub after_cue: u64,
    /// How many trials have a decision there.
    pub trials: usize,
    /// The share of right decisions among them; `None` where there are none.
    pub accuracy: Option<f64>,
    /// The Wilson interval of that share at 95 %.
    pub interval: [f64; 2],
    /// What guessing reaches on as many trials; always deciding for the more frequent class is the guess.
    pub chance: ChanceInterval,
}

/// The accuracy at each time after the cue, `step`, 2·`step`, … `until` samples.
///
/// `decisions` are the end of each decision's window, in samples, and its output (positive for class 1); `cues` the
/// class of each cue and its sample. Both may be in any order. At each time the newest decision of the last `step`
/// samples counts, once for each cue; decisions after the next cue belong to that one. Outputs that are not numbers
/// and classes other than 0 and 1 are left out. A `step` of 0 counts as 1; at most 100 000 times are given.
#[must_use]
pub fn accuracy_over_time(
    decisions: &[(u64, f64)],
    cues: &[(usize, u64)],
    until: u64,
    step: u64,
) -> Vec<TimedAccuracy> {
    /// No trial is that long, and no plot that wide.
    const MOST_TIMES: u64 = 100_000;
    let step = step.max(1);
    let times = (until / step).min(MOST_TIMES) as usize;
    let mut ordered: Vec<(u64, f64)> = decisions.iter().copied().filter(|(_, value)| !value.is_nan()).collect();
    ordered.sort_by_key(|(end, _)| *end);
    let mut starts: Vec<u64> = cues.iter().map(|(_, cue)| *cue).collect();
    starts.sort_unstable();

    let mut tables = vec![Confusion::default(); times];
    for &(class, cue) in cues.iter().filter(|(class, _)| *class < 2) {
        let next = starts.get(starts.partition_point(|start| *start <= cue)).copied().unwrap_or(u64::MAX);
        let first = ordered.partition_point(|(end, _)| *end <= cue);
        let mut latest: Vec<Option<f64>> = vec![None; times];
        for &(end, value) in ordered[first..].iter().take_while(|(end, _)| *end <= next) {
            // The first time that is not before the decision.
            match latest.get_mut(((end - cue - 1) / step) as usize) {
                Some(slot) => *slot = Some(value),
                None => break,
            }
        }
        for (table, value) in tables.iter_mut().zip(latest) {
            if let Some(value) = value {
                table.add(class, usize::from(value > 0.0));
            }
        }
    }
    (1..).map(|k| k * step).zip(tables).map(|(after_cue, table)| timed(after_cue, &table)).collect()
}

fn timed(after_cue: u64, table: &Confusion) -> TimedAccuracy {
    let trials = table.total();
    let level = if trials == 0 { 0.5 } else { table.guess() };
    TimedAccuracy {
        after_cue,
        trials,
        accuracy: (trials > 0).then(|| table.accuracy()),
        interval: wilson_interval(table.correct(), trials),
        chance: chance_interval(trials, level),
    }
}

/// The share of right decisions over the last `window` trials, after each trial; over all so far while there are
/// fewer. A `window` of 0 counts as 1.
#[must_use]
pub fn running_accuracy(is_right: &[bool], window: usize) -> Vec<f64> {
    let window = window.max(1);
    let mut right = 0_usize;
    is_right
        .iter()
        .enumerate()
        .map(|(i, &is_right_now)| {
            right += usize::from(is_right_now);
            if i >= window {
                right -= usize::from(is_right[i - window]);
            }
            right as f64 / (i + 1).min(window) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decisions_are_counted_where_they_fall() {
        let cues = [(0, 100), (1, 200)];
        // Right at 10 after both cues; at 20 wrong for the first, none for the second; the one at 200 ends with the
        // first trial, the one at 95 before any cue.
        let decisions = [(210, 3.0), (110, -1.0), (120, 2.0), (118, -9.0), (200, -1.0), (95, 1.0), (215, f64::NAN)];
        let found = accuracy_over_time(&decisions, &cues, 100, 10);
        assert_eq!(found.len(), 10);
        assert_eq!((found[0].after_cue, found[0].trials, found[0].accuracy), (10, 2, Some(1.0)));
        assert_eq!((found[1].trials, found[1].accuracy), (1, Some(0.0)), "the newest of the two counts");
        assert_eq!((found[9].after_cue, found[9].trials, found[9].accuracy), (100, 1, Some(1.0)));
        assert_eq!((found[5].trials, found[5].accuracy, found[5].interval), (0, None, [0.0, 1.0]));
        assert_eq!(found[0].chance, chance_interval(2, 0.5));
        assert_eq!(found[1].chance, chance_interval(1, 1.0));
    }

    #[test]
    fn nothing_and_nonsense_are_no_problem() {
        assert_eq!(accuracy_over_time(&[], &[], 0, 0), []);
        assert_eq!(accuracy_over_time(&[(5, 1.0)], &[(7, 1)], 3, 1).iter().map(|t| t.trials).sum::<usize>(), 0);
        assert_eq!(accuracy_over_time(&[(u64::MAX, 1.0)], &[(1, 0)], u64::MAX, 1).len(), 100_000);
        assert_eq!(running_accuracy(&[], 3), []);
        assert_eq!(running_accuracy(&[true, false], 0), [1.0, 0.0]);
    }

    proptest! {
        #[test]
        fn accuracy_over_time_follows_its_definition(
            decisions in prop::collection::vec((0_u64..300, -1.0_f64..1.0), 0..60),
            cues in prop::collection::vec((0_usize..3, 0_u64..250), 0..8),
            step in 1_u64..20,
        ) {
            // At most one decision for each end, so that "the newest" has no ties.
            let mut decisions = decisions;
            decisions.sort_by_key(|(end, _)| *end);
            decisions.dedup_by_key(|(end, _)| *end);
            let found = accuracy_over_time(&decisions, &cues, 100, step);
            prop_assert_eq!(found.len() as u64, 100 / step);
            for timed in &found {
                let (mut right, mut count) = (0_usize, 0_usize);
                for &(class, cue) in cues.iter().filter(|(class, _)| *class < 2) {
                    let next = cues.iter().map(|(_, c)| *c).filter(|c| *c > cue).min().unwrap_or(u64::MAX);
                    let (low, high) = (cue + timed.after_cue - step, (cue + timed.after_cue).min(next));
                    if let Some((_, value)) = decisions.iter().rev().find(|(end, _)| *end > low && *end <= high) {
                        count += 1;
                        right += usize::from((*value > 0.0) == (class == 1));
                    }
                }
                prop_assert_eq!(timed.trials, count);
                prop_assert_eq!(timed.accuracy, (count > 0).then(|| right as f64 / count as f64));
            }
        }

        #[test]
        fn running_accuracy_is_a_mean_of_the_last(is_right in prop::collection::vec(any::<bool>(), 0..50), n in 1_usize..12) {
            for (i, running) in running_accuracy(&is_right, n).into_iter().enumerate() {
                let last = &is_right[(i + 1).saturating_sub(n)..=i];
                let mean = last.iter().filter(|r| **r).count() as f64 / last.len() as f64;
                prop_assert!((running - mean).abs() < 1e-12);
            }
        }
    }
}
