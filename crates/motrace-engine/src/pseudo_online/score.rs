use super::outcomes::{Outcomes, TrialOutcome};
use super::{DecisionStream, Detector, EventChance};
use motrace_decode::metrics::{
    Confusion, Resampling, bits_per_decision, central_share, poisson_interval, quantile, wilson_interval,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// How many classes there are, and how many of them make events: one less where one means idling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Classes {
    pub count: usize,
    pub choices: usize,
}

impl Classes {
    pub fn of(streams: &[DecisionStream], count: usize) -> Self {
        let has_idle = streams.iter().any(|stream| stream.idle_class.is_some_and(|class| class < count));
        Self { count, choices: count - usize::from(has_idle) }
    }
}

/// A figure with the interval at 95 % that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

/// How well events were detected in imagery, and how seldom in idle time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventScore {
    /// Trials that were scored.
    pub trials: usize,
    /// Trials that were not, because decisions are missing, or something speaks against them, for more than half of
    /// their imagery.
    pub undecided_trials: usize,
    /// The share of trials whose first event is of their class (Wilson's interval).
    pub hit_rate: Estimate,
    /// The share of trials whose first event is of another class (Wilson's interval).
    pub wrong_rate: Estimate,
    /// The share of trials without an event (Wilson's interval).
    pub miss_rate: Estimate,
    /// How often the first event was of each class, for each class of trials: `[classes][classes + 1]`, the last one is
    /// for trials without an event.
    pub outcomes: Vec<Vec<usize>>,
    /// Minutes of imagery in these trials.
    pub imagery_minutes: f64,
    /// Minutes of idle time.
    pub idle_minutes: f64,
    /// Events in idle time.
    pub false_alarms: usize,
    /// The same in a minute, with the exact interval for counts ([`poisson_interval`]); `None` without idle time.
    pub false_alarms_per_minute: Option<Estimate>,
    /// From the cue to the event of a hit, in seconds: lower quartile, median and upper quartile; `None` without hits.
    pub time_to_hit_secs: Option<[f64; 3]>,
    /// Information in a minute of wanting something, in bits, after Wolpaw: [`bits_per_decision`] of the classes
    /// detected right, for each detection. Its interval is that of trials drawn with replacement within their classes.
    ///
    /// A trial takes until its event and the time after it in which nothing is detected, or all of its imagery where it
    /// has none. False alarms are not in it; they stand beside.
    pub wolpaw_bits_per_minute: Estimate,
    /// The same after Nykopp: the mutual information of class and outcome, where no event is an outcome of its own. From few
    /// trials it is too large: see [`EventChance::nykopp_bits_per_minute`].
    pub nykopp_bits_per_minute: Estimate,
    /// What these figures would be by chance; `None` without trials.
    pub chance: Option<EventChance>,
}

impl EventScore {
    pub(super) fn of(
        outcomes: &Outcomes,
        detector: &Detector,
        classes: Classes,
        resampling: Resampling,
        chance: Option<EventChance>,
    ) -> Self {
        let trials = &outcomes.trials;
        let (hits, wrong) = (outcomes.hits(), outcomes.wrong());
        let share = |count: usize| Estimate {
            value: count as f64 / trials.len().max(1) as f64,
            interval: wilson_interval(count, trials.len()),
        };
        let idle_minutes = outcomes.idle_secs / 60.0;
        let interval = || poisson_interval(outcomes.false_alarms as u64).map(|count| count / idle_minutes);
        let false_alarms_per_minute =
            outcomes.false_alarms_per_minute().map(|value| Estimate { value, interval: interval() });
        let [wolpaw, nykopp] = bits_per_minute(trials, detector.refractory_secs, classes);
        let [wolpaw_interval, nykopp_interval] = bit_intervals(trials, detector.refractory_secs, classes, resampling);
        let mut table = table(trials, classes).counts;
        table.truncate(classes.count);
        Self {
            trials: trials.len(),
            undecided_trials: outcomes.undecided_trials,
            hit_rate: share(hits),
            wrong_rate: share(wrong),
            miss_rate: share(trials.len() - hits - wrong),
            outcomes: table,
            imagery_minutes: trials.iter().map(|trial| trial.imagery_secs).sum::<f64>() / 60.0,
            idle_minutes,
            false_alarms: outcomes.false_alarms,
            false_alarms_per_minute,
            time_to_hit_secs: quartiles(
                trials.iter().filter(|trial| trial.is_hit()).filter_map(|trial| Some(trial.detected?.1)).collect(),
            ),
            wolpaw_bits_per_minute: Estimate { value: wolpaw, interval: wolpaw_interval },
            nykopp_bits_per_minute: Estimate { value: nykopp, interval: nykopp_interval },
            chance,
        }
    }
}

/// Classes against outcomes, of which one more than the classes is no event.
fn table(trials: &[TrialOutcome], classes: Classes) -> Confusion {
    let pairs = trials.iter().map(|trial| (trial.class, trial.detected.map_or(classes.count, |(class, _)| class)));
    Confusion::of(classes.count + 1, pairs)
}

/// Wolpaw's and Nykopp's bits in a minute of these trials.
pub(super) fn bits_per_minute(trials: &[TrialOutcome], refractory_secs: f64, classes: Classes) -> [f64; 2] {
    let took = |trial: &TrialOutcome| trial.detected.map_or(trial.imagery_secs, |(_, secs)| secs + refractory_secs);
    let minutes = trials.iter().map(took).sum::<f64>() / 60.0;
    if minutes <= 0.0 {
        return [0.0; 2];
    }
    let detected = trials.iter().filter(|trial| trial.detected.is_some()).count();
    let hits = trials.iter().filter(|trial| trial.is_hit()).count();
    let right = hits as f64 / detected.max(1) as f64;
    let wolpaw = bits_per_decision(right, classes.choices) * detected as f64 / minutes;
    [wolpaw, table(trials, classes).bits_per_decision() * trials.len() as f64 / minutes]
}

fn bit_intervals(
    trials: &[TrialOutcome],
    refractory_secs: f64,
    classes: Classes,
    resampling: Resampling,
) -> [[f64; 2]; 2] {
    let by_class: Vec<Vec<TrialOutcome>> = (0..classes.count)
        .map(|class| trials.iter().filter(|trial| trial.class == class).copied().collect())
        .filter(|of_class: &Vec<_>| !of_class.is_empty())
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut drawn = Vec::with_capacity(trials.len());
    let (mut wolpaw, mut nykopp): (Vec<f64>, Vec<f64>) = (0..super::rounds(resampling))
        .map(|_| {
            drawn.clear();
            for of_class in &by_class {
                drawn.extend((0..of_class.len()).map(|_| of_class[rng.random_range(0..of_class.len())]));
            }
            let [wolpaw, nykopp] = bits_per_minute(&drawn, refractory_secs, classes);
            (wolpaw, nykopp)
        })
        .unzip();
    [&mut wolpaw, &mut nykopp].map(|bits| central_share(bits).unwrap_or_default())
}

fn quartiles(mut values: Vec<f64>) -> Option<[f64; 3]> {
    values.sort_by(f64::total_cmp);
    Some([quantile(&values, 0.25)?, quantile(&values, 0.5)?, quantile(&values, 0.75)?])
}
