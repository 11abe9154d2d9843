#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Noise of unit variance or so, 4 channels in two areas, and points from `first` on in steps of `step`.
fn noise(trials: usize, points: usize, first: f64, step: f64, seed: u64) -> LogPowers {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    LogPowers {
        values: Array3::from_shape_simple_fn((trials, 4, points), || {
            (0..12).map(|_| rng.random_range(-0.5..0.5)).sum()
        }),
        points: (0..points).map(|i| first + step * i as f64).collect(),
        labels: (0..trials).map(|t| t % 2).collect(),
        areas: vec![vec![0, 1], vec![2, 3]],
    }
}

/// Adds a difference between the classes at some points: up in channel 1, down in channel 2.
fn with_difference(mut powers: LogPowers, size: f64, points: Range<usize>) -> LogPowers {
    for trial in (1..powers.labels.len()).step_by(2) {
        for point in points.clone() {
            powers.values[[trial, 1, point]] += size;
            powers.values[[trial, 2, point]] -= size;
        }
    }
    powers
}

/// Both algorithms once more, in the words of the paper, over the whole table at each step.
mod slow {
    use super::*;

    fn corrcoef(x: &[f64], y: &[f64]) -> f64 {
        let n = x.len() as f64;
        let (sx, sy) = (x.iter().sum::<f64>(), y.iter().sum::<f64>());
        let sxy: f64 = x.iter().zip(y).map(|(a, b)| a * b).sum();
        let (sxx, syy) = (x.iter().map(|a| a * a).sum::<f64>(), y.iter().map(|b| b * b).sum::<f64>());
        (n * sxy - sx * sy) / ((n * sxx - sx * sx) * (n * syy - sy * sy)).sqrt()
    }

    fn score(powers: &LogPowers, trials: &[usize]) -> Option<Vec<Vec<f64>>> {
        let labels: Vec<f64> = trials.iter().map(|&t| powers.labels[t] as f64).collect();
        let mut chosen = Vec::new();
        let mut overall = 0.0;
        for area in &powers.areas {
            let mut best: (f64, Vec<f64>) = (-1.0, Vec::new());
            for &c in area {
                let row: Vec<f64> = (0..powers.points.len())
                    .map(|p| corrcoef(&trials.iter().map(|&t| powers.values[[t, c, p]]).collect::<Vec<_>>(), &labels))
                    .collect();
                let peak = row.iter().map(|s| s.abs()).fold(0.0, f64::max);
                if peak > best.0 {
                    best = (peak, row);
                }
            }
            overall = f64::max(overall, best.0);
            chosen.push(best.1);
        }
        (overall.atanh() * ((trials.len() - 3) as f64).sqrt() >= 3.5).then_some(chosen)
    }

    fn argmax(values: &[f64]) -> usize {
        let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        values.iter().position(|v| *v == top).unwrap()
    }

    pub fn band(powers: &LogPowers, trials: &[usize]) -> Option<[f64; 2]> {
        let score = score(powers, trials)?;
        let n = powers.points.len();
        let fmax = argmax(&(0..n).map(|f| score.iter().map(|c| c[f].abs()).sum()).collect::<Vec<f64>>());
        let fscore: Vec<f64> =
            (0..n).map(|f| score.iter().map(|c| if c[fmax] > 0.0 { c[f] } else { -c[f] }).sum()).collect();
        let top = argmax(&fscore);
        let (mut f0, mut f1) = (top, top);
        while f0 > 0 && fscore[f0 - 1] >= fscore[top] * 0.05 {
            f0 -= 1;
        }
        while f1 + 1 < n && fscore[f1 + 1] >= fscore[top] * 0.05 {
            f1 += 1;
        }
        Some([powers.points[f0], powers.points[f1]])
    }

    pub fn interval(powers: &LogPowers, trials: &[usize]) -> Option<[f64; 2]> {
        let score = score(powers, trials)?;
        let n = powers.points.len();
        let t_max = argmax(&(0..n).map(|t| score.iter().map(|c| c[t].abs()).sum()).collect::<Vec<f64>>());
        let near = |t: usize| (powers.points[t] - powers.points[t_max]).abs() < 0.1001;
        let tscore: Vec<f64> = (0..n)
            .map(|t| {
                score
                    .iter()
                    .map(|c| {
                        let around: f64 = (0..n).filter(|&t| near(t)).map(|t| c[t]).sum();
                        if around > 0.0 { c[t] } else { -c[t] }
                    })
                    .sum()
            })
            .collect();
        let top = argmax(&tscore);
        let thresh = 0.8 * tscore.iter().filter(|s| **s > 0.0).sum::<f64>();
        let (mut t0, mut t1) = (top, top);
        let sum = |from: usize, to: usize| (from..to).map(|t| tscore[t]).sum::<f64>();
        while sum(t0, t1 + 1) < thresh {
            if t0 > 0 && (t1 + 1 == n || sum(0, t0) > sum(t1 + 1, n)) {
                t0 -= 1;
            } else if t1 + 1 < n {
                t1 += 1;
            } else {
                break;
            }
        }
        Some([powers.points[t0], powers.points[t1]])
    }
}

proptest! {
    #[test]
    fn bands_and_intervals_follow_the_paper(
        seed in 0_u64..10_000,
        size in 0.0_f64..3.0,
        from in 0_usize..31,
        length in 0_usize..20,
        trials in 10_usize..40,
    ) {
        let span = from..(from + length).min(31);
        let powers = with_difference(noise(trials, 31, 5.0, 1.0, seed), size, span.clone());
        let some: Vec<usize> = (0..trials).filter(|t| t % 5 != 2).collect();
        match (powers.band_hz(&some), slow::band(&powers, &some)) {
            (Some(found), Some([low, high])) if high - low >= SMALLEST_BAND_HZ => prop_assert_eq!(found, [low, high]),
            (Some([a, b]), Some([low, high])) => {
                prop_assert!(a <= low && b >= high && a >= 5.0 && b <= 35.0, "{} {} {} {}", a, b, low, high);
                prop_assert!((b - a - SMALLEST_BAND_HZ).abs() < 1e-9);
            }
            (found, slow) => prop_assert_eq!(found.is_some(), slow.is_some()),
        }
        let powers = with_difference(noise(trials, 61, 0.0, 0.05, seed), size, span);
        match (powers.interval_secs(&some, 0.5), slow::interval(&powers, &some)) {
            (Some(found), Some([start, end])) if end - start >= 0.5 => prop_assert_eq!(found, [start, end]),
            (Some([a, b]), Some([start, end])) => {
                prop_assert!(a <= start && b >= end && a >= 0.0 && b <= 3.0 + 1e-9);
                prop_assert!((b - a - 0.5).abs() < 1e-9);
            }
            (found, slow) => prop_assert_eq!(found.is_some(), slow.is_some()),
        }
    }
}

#[test]
fn a_difference_is_found_where_it_is() {
    let all: Vec<usize> = (0..60).collect();
    let [low, high] = with_difference(noise(60, 31, 5.0, 1.0, 3), 3.0, 13..19).band_hz(&all).unwrap();
    assert!((15.0..=18.0).contains(&low) && (23.0..=26.0).contains(&high), "{low} {high}");
    let [start, end] = with_difference(noise(60, 61, 0.0, 0.05, 3), 3.0, 20..40).interval_secs(&all, 0.5).unwrap();
    assert!((0.9..=1.3).contains(&start) && (1.6..=2.05).contains(&end), "{start} {end}");
}

#[test]
fn noise_is_no_reason_to_choose() {
    let all: Vec<usize> = (0..40).collect();
    let chosen = (0..50).filter(|&seed| noise(40, 31, 5.0, 1.0, seed).band_hz(&all).is_some()).count();
    assert!(chosen <= 8, "124 scores of noise, at 3.5 standard errors about 6 %: {chosen} of 50");
}

#[test]
fn other_trials_do_not_matter() {
    let powers = with_difference(noise(40, 31, 5.0, 1.0, 8), 2.0, 4..9);
    let some: Vec<usize> = (0..30).collect();
    let mut changed = powers.clone();
    for trial in 30..40 {
        changed.values.index_axis_mut(ndarray::Axis(0), trial).fill(f64::NAN);
        changed.labels[trial] = 1 - changed.labels[trial];
    }
    assert_eq!(powers.band_hz(&some), changed.band_hz(&some));
    assert_eq!(powers.interval_secs(&some, 0.5), changed.interval_secs(&some, 0.5));
    assert!(powers.band_hz(&some).is_some());
}

#[test]
fn nothing_is_chosen_from_nothing() {
    let powers = with_difference(noise(40, 31, 5.0, 1.0, 8), 2.0, 4..9);
    for trials in [vec![], vec![0], vec![0, 1, 2], vec![0, 2, 4, 6, 8, 10]] {
        assert_eq!(powers.band_hz(&trials), None, "{trials:?}");
        assert_eq!(powers.interval_secs(&trials, 1.0), None);
    }
    let empty = LogPowers { values: Array3::zeros((40, 4, 0)), points: vec![], ..powers.clone() };
    assert_eq!(empty.band_hz(&(0..40).collect::<Vec<_>>()), None);
    let constant = LogPowers { values: Array3::zeros((40, 4, 31)), ..powers };
    assert_eq!(constant.band_hz(&(0..40).collect::<Vec<_>>()), None);
}
