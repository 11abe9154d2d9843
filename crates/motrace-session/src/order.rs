use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A trial that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub class: usize,
    /// The block it belongs to: those were shuffled together.
    pub block: usize,
}

/// The trials of a run: blocks with as many trials of either class, each shuffled.
pub(crate) fn balanced(trials_per_class: usize, block_per_class: usize, rng: &mut ChaCha8Rng) -> Vec<Planned> {
    let block_per_class = if block_per_class == 0 { trials_per_class } else { block_per_class };
    let mut trials = Vec::with_capacity(2 * trials_per_class);
    let mut block = 0;
    while trials.len() < 2 * trials_per_class {
        let size = block_per_class.min(trials_per_class - trials.len() / 2);
        let start = trials.len();
        trials.extend((0..2 * size).map(|place| Planned { class: place % 2, block }));
        for last in (1..2 * size).rev() {
            trials.swap(start + last, start + below(last + 1, rng));
        }
        block += 1;
    }
    trials
}

/// A number from 0 to `limit` − 1, each as likely as the others but for 2⁻⁵³.
///
/// Written out, so that a seed means the same order whatever the version of the library that shuffles.
pub(crate) fn below(limit: usize, rng: &mut ChaCha8Rng) -> usize {
    ((share(rng) * limit as f64) as usize).min(limit.saturating_sub(1))
}

/// A number from 0 to 1.
pub(crate) fn share(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;

    proptest! {
        #[test]
        fn blocks_are_balanced(trials in 0usize..60, block in 0usize..70, seed: u64) {
            let order = balanced(trials, block, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(order.len(), 2 * trials);
            prop_assert!(order.is_sorted_by_key(|trial| trial.block));
            let size = if block == 0 { trials } else { block };
            let blocks = order.last().map_or(0, |trial| trial.block + 1);
            prop_assert_eq!(blocks, if trials == 0 { 0 } else { trials.div_ceil(size) });
            for number in 0..blocks {
                let of = |class| order.iter().filter(|t| t.block == number && t.class == class).count();
                prop_assert_eq!(of(0), of(1));
                prop_assert!(of(0) <= size);
            }
            prop_assert_eq!(&order, &balanced(trials, block, &mut ChaCha8Rng::seed_from_u64(seed)));
        }
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            let order: Vec<usize> =
                balanced(2, 0, &mut ChaCha8Rng::seed_from_u64(seed)).iter().map(|trial| trial.class).collect();
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        // 1000 each; the standard deviation is 29.
        assert!(counts.values().all(|&count| (850..1150).contains(&count)), "{counts:?}");
    }

    #[test]
    fn an_order_stays_what_it_is() {
        let order: Vec<usize> = balanced(5, 5, &mut ChaCha8Rng::seed_from_u64(8)).iter().map(|t| t.class).collect();
        assert_eq!(order, [1, 1, 1, 0, 0, 1, 1, 0, 0, 0], "a recorded seed must keep its meaning");
    }
}
