use super::*;
use proptest::prelude::*;

/// Stamps at `rate_hz`, with `(index, missing)` samples dropped before the given ones.
fn stamps(count: usize, rate_hz: f64, dropped: &[(usize, usize)]) -> Vec<f64> {
    let lost_before = |i: usize| dropped.iter().filter(|(at, _)| *at <= i).map(|(_, n)| n).sum::<usize>();
    (0..count).map(|i| 1000.0 + (i + lost_before(i)) as f64 / rate_hz).collect()
}

/// A small deterministic noise in 0 … 1.
fn noise(i: usize) -> f64 {
    let x = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

/// Delivery in bursts of `burst` samples: each is stamped when its burst is complete, up to `late` later.
fn bursty(times: &[f64], burst: usize, late: f64) -> Vec<f64> {
    (0..times.len())
        .map(|i| times[i] + (burst - 1 - i % burst) as f64 * 0.5 / 250.0 + late * noise(i / burst).powi(2))
        .collect()
}

fn indices(fit: &Fit) -> Vec<(u64, u64)> {
    fit.gaps.iter().map(|g| (g.index, g.missing_samples)).collect()
}

#[test]
fn even_stamps_stay_and_have_no_gap() {
    for rate in [1.0, 100.0, 249.5, 250.0, 250.4, 1000.0] {
        let arrival = stamps(5000, rate, &[]);
        let fit = fit(&arrival, if rate > 240.0 && rate < 260.0 { 250.0 } else { rate });
        assert!(fit.gaps.is_empty(), "{rate} {:?}", fit.gaps);
        assert!((fit.rate_between_gaps_hz / rate - 1.0).abs() < 1e-6);
        assert!(fit.timeline.clone().into_stamps().iter().zip(&arrival).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

#[test]
fn a_single_missing_sample_is_found() {
    let fit = fit(&stamps(3000, 250.0, &[(1000, 1)]), 250.0);
    assert_eq!(indices(&fit), [(1000, 1)]);
}

#[test]
fn a_late_burst_is_no_gap_and_is_stamped_right() {
    // Frozen for 5 s, then everything at once.
    let arrival: Vec<f64> = stamps(15_000, 250.0, &[])
        .into_iter()
        .enumerate()
        .map(|(i, t)| if (5000..6250).contains(&i) { 1025.0 + (i as f64 - 5000.0) * 1e-6 } else { t })
        .collect();
    let fit = fit(&arrival, 250.0);
    assert!(fit.gaps.is_empty(), "{:?}", fit.gaps);
    assert!((fit.timeline.at(100) - 1000.4).abs() < 0.5);
}

#[test]
fn a_clock_that_jumps_back_is_a_gap_without_missing_samples() {
    let mut arrival = stamps(4000, 250.0, &[]);
    arrival[2000..].iter_mut().for_each(|t| *t -= 900.0);
    let fit = fit(&arrival, 250.0);
    assert_eq!(indices(&fit), [(2000, 0)]);
    assert!(fit.timeline.clone().into_stamps().iter().zip(&arrival).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn a_restart_at_another_rate_is_one_gap() {
    let mut arrival = stamps(1500, 250.0, &[]);
    arrival.extend((0..4000).map(|i| 1010.0 + f64::from(i) / 500.0));
    assert_eq!(fit(&arrival, 250.0).gaps.iter().map(|g| g.index).collect::<Vec<_>>(), [1500]);
}

#[test]
fn strange_stamps_do_no_harm() {
    for arrival in
        [vec![], vec![5.0], vec![5.0, 5.0], vec![5.0; 1000], vec![1e300, -1e300, 0.0], vec![f64::MAX, f64::MIN]]
    {
        for nominal in [0.0, 1e-9, 250.0, 1e5] {
            let fit = fit(&arrival, nominal);
            assert_eq!(fit.timeline.count(), arrival.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn drop_outs_of_clean_streams_are_exact(
        first in 100..4000_usize, apart in 50..4000_usize, lost in (1..2000_usize, 1..2000_usize), ppm in -1000.0..1000.0_f64,
    ) {
        let dropped = [(first, lost.0), (first + apart, lost.1)];
        let rate = 250.0 * (1.0 + ppm * 1e-6);
        let found = fit(&stamps(10_000, rate, &dropped), 250.0);
        let found = indices(&found);
        prop_assert_eq!(found.len(), 2);
        for ((index, missing), (at, lost)) in found.iter().zip(dropped) {
            prop_assert_eq!(*index, at as u64);
            prop_assert!(missing.abs_diff(lost as u64) <= 1 + lost as u64 / 500, "{} {}", missing, lost);
        }
    }

    #[test]
    fn drop_outs_of_bursty_streams_are_found_nearby(at in 3000..9000_usize, lost in 100..1500_usize, late in 0.0..0.1_f64) {
        let at = at / 10 * 10;
        let times = stamps(20_000, 250.0, &[(at, lost)]);
        let found = fit(&bursty(&times, 10, late), 250.0);
        prop_assert_eq!(found.gaps.len(), 1, "{:?}", found.gaps);
        prop_assert!(found.gaps[0].index.abs_diff(at as u64) <= 30, "{:?} {}", found.gaps, at);
        prop_assert!(found.gaps[0].missing_samples.abs_diff(lost as u64) <= 25, "{:?} {}", found.gaps, lost);
        // What follows is stamped where it belongs, up to the usual delay.
        let late = found.timeline.at(15_000) - times[15_000];
        prop_assert!((-0.01..0.1).contains(&late), "{}", late);
    }
}

#[test]
fn stamps_that_cannot_be_are_no_reason_to_panic() {
    // Periods of next to nothing, of an eternity, and both; found by fuzzing.
    for step in [f64::MIN_POSITIVE, 1e-300, 1e-18, 1e18, 1e300] {
        let even: Vec<f64> = (0..400).map(|i| f64::from(i) * step).collect();
        let mixed: Vec<f64> = (0..400).map(|i| f64::from(i) * if i < 200 { step } else { 0.004 }).collect();
        for arrival in [even, mixed] {
            let fit = fit(&arrival, 250.0);
            assert_eq!(fit.timeline.count(), 400);
            assert!(fit.gaps.iter().all(|g| g.index < 400));
        }
    }
}
