//! Decisions and relevances are a function of the stream, bit for bit, whatever the chunks it comes in.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Between, MemorySource, gap, info, marker, model, replay_with, samples};
use motrace_engine::{Adaptation, Change, Explain};
use proptest::prelude::*;

const RATE_HZ: f64 = 125.0;

fn stream() -> impl Strategy<Value = (Vec<f32>, Vec<(u64, Between)>)> {
    let count = 900_usize;
    let bad = prop::collection::vec((0..count, 0..9_usize, 0..4_usize), 0..6);
    let between = prop::collection::vec((0..count as u64, 0..3_usize, 0..300_u64), 0..12);
    (any::<u64>(), bad, between).prop_map(move |(seed, bad, between)| {
        let mut samples = samples(9, count, seed);
        for (at, channel, kind) in bad {
            samples[at * 9 + channel] = [f32::NAN, f32::INFINITY, -187_500.0, 1e30][kind];
        }
        let mut between: Vec<(u64, Between)> = between
            .into_iter()
            .map(|(after, kind, late)| {
                let what = match kind {
                    0 => gap(after),
                    kind => marker(after.saturating_sub(late), ["1.000", " 2 "][kind - 1]),
                };
                (after, what)
            })
            .collect();
        between.sort_by_key(|(after, _)| *after);
        (samples, between)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn chunks_do_not_matter(
        (samples, between) in stream(),
        chunks in prop::collection::vec(1..200_usize, 1..6),
        first in prop::sample::select(vec![0_u64, 1, 130, 377]),
        adapting in prop::sample::select(vec![0_u64, 50, 140, 400]),
    ) {
        let model = model(RATE_HZ);
        let rates = |bias_rate, covariance_rate| Change::Adaptation(Some(Adaptation { bias_rate, covariance_rate }));
        let changes: Vec<(u64, Change)> = [(adapting, rates(0.2, 0.1)), (adapting + 300, Change::Adaptation(None))]
            .into_iter()
            .chain([(adapting + 400, rates(0.05, 0.0)), (adapting + 150, Change::NotDecoded { until: adapting + 170 })])
            .filter(|_| adapting > 0)
            .collect();
        let replay = |source: &mut MemorySource, explain| replay_with(&model, source, explain, first, &changes);
        let mut whole = MemorySource::new(info(RATE_HZ), samples.clone(), between.clone(), vec![usize::MAX >> 1]);
        let mut pieces = MemorySource::new(info(RATE_HZ), samples, between, chunks);
        let all = replay(&mut whole, Explain::All);
        prop_assert!(!all.0.is_empty());
        prop_assert_eq!(replay(&mut pieces, Explain::All), all.clone());
        // What is explained does not change what is decided.
        let mut without = replay(&mut MemorySource { position: 0, next_between: 0, ..whole }, Explain::None);
        for (trace, explained) in without.0.iter_mut().zip(&all.0) {
            trace.digest = explained.digest;
        }
        prop_assert_eq!(without.0, all.0);
    }
}
