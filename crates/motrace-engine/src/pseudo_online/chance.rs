use super::outcomes::{Outcomes, Scored};
use super::score::{Classes, bits_per_minute};
use super::{Detection, Detector};
use motrace_decode::metrics::{Resampling, central_share};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// What chance makes of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChanceFigure {
    /// Its mean.
    pub mean: f64,
    /// Chance lies beyond these in 2.5 % each.
    pub interval: [f64; 2],
    /// How likely chance alone is at least as good: `(1 + as good) / (1 + rounds)`.
    pub p_value: f64,
}

/// What figures would be if events had nothing to do with trials.
///
/// Two kinds of chance: the events keep their number, their classes and the times between them, but are all shifted by
/// as much, round the clear decisions of their recording (then their times tell nothing); or trials keep their events, but
/// have the class of another trial (then they tell imagery from idling at best, and not one class from another).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EventChance {
    /// The hit rate of shifted events.
    pub shifted_hit_rate: ChanceFigure,
    /// False alarms in a minute of shifted events; fewer are better. `None` without idle time.
    pub shifted_false_alarms_per_minute: Option<ChanceFigure>,
    /// The hit rate with permuted classes.
    pub permuted_hit_rate: ChanceFigure,
    /// Nykopp's bits in a minute with permuted classes: what they exceed 0 by because there are so few trials.
    pub nykopp_bits_per_minute: ChanceFigure,
}

impl EventChance {
    pub(super) fn of(
        streams: &[Scored<'_>],
        detector: &Detector,
        classes: Classes,
        resampling: Resampling,
    ) -> Option<Self> {
        let found: Vec<Vec<Detection>> = streams.iter().map(|stream| stream.detect(detector)).collect();
        let mut observed = Outcomes::default();
        streams.iter().zip(&found).for_each(|(stream, found)| stream.add_to(&mut observed, found.iter().copied()));
        if observed.trials.is_empty() {
            return None;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
        let (mut hit_rates, mut alarm_rates) = (Vec::new(), Vec::new());
        for _ in 0..super::rounds(resampling) {
            let mut shifted = Outcomes::default();
            for (stream, found) in streams.iter().zip(&found) {
                let steps = stream.periods.of.len();
                let by = if steps > 0 { rng.random_range(0..steps) } else { 0 };
                // Those that come round to the beginning are the first ones then.
                let wraps = found.partition_point(|detection| detection.step + by < steps);
                let turned = found[wraps..].iter().chain(&found[..wraps]);
                stream.add_to(&mut shifted, turned.map(|d| Detection { step: (d.step + by) % steps.max(1), ..*d }));
            }
            hit_rates.push(shifted.hit_rate());
            alarm_rates.extend(shifted.false_alarms_per_minute());
        }

        let bits = |outcomes: &Outcomes| bits_per_minute(&outcomes.trials, detector.refractory_secs, classes)[1];
        let mut permuted = observed.clone();
        let mut labels: Vec<usize> = observed.trials.iter().map(|trial| trial.class).collect();
        let (mut permuted_rates, mut permuted_bits) = (Vec::new(), Vec::new());
        for _ in 0..super::rounds(resampling) {
            labels.shuffle(&mut rng);
            permuted.trials.iter_mut().zip(&labels).for_each(|(trial, class)| trial.class = *class);
            permuted_rates.push(permuted.hit_rate());
            permuted_bits.push(bits(&permuted));
        }
        Some(Self {
            shifted_hit_rate: figure(hit_rates, |rate| rate >= observed.hit_rate() - 1e-12),
            shifted_false_alarms_per_minute: observed
                .false_alarms_per_minute()
                .map(|found| figure(alarm_rates, |rate| rate <= found + 1e-12 * (1.0 + found))),
            permuted_hit_rate: figure(permuted_rates, |rate| rate >= observed.hit_rate() - 1e-12),
            nykopp_bits_per_minute: figure(permuted_bits, |value| {
                value >= bits(&observed) - 1e-9 * (1.0 + bits(&observed))
            }),
        })
    }
}

fn figure(mut values: Vec<f64>, is_as_good: impl Fn(f64) -> bool) -> ChanceFigure {
    let as_good = values.iter().filter(|value| is_as_good(**value)).count();
    let rounds = values.len();
    let mean = values.iter().sum::<f64>() / rounds.max(1) as f64;
    ChanceFigure {
        mean,
        interval: central_share(&mut values).unwrap_or_default(),
        p_value: (1 + as_good) as f64 / (1 + rounds) as f64,
    }
}
