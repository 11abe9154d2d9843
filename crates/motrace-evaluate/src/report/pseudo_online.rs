use crate::DecoderId;
use crate::plan::Plan;
use crate::results::JobResult;
use motrace_engine::{Estimate, EventScore, PseudoOnline};
use serde::{Deserialize, Serialize};

/// Less idle time than this says little of false alarms, in minutes.
const LITTLE_IDLE_MINUTES: f64 = 1.0;

/// What one decoder detects in one subject's recordings, idle time included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PseudoOnlineCell {
    /// The subject.
    pub subject: String,
    /// The decoder.
    pub decoder: DecoderId,
    /// Whether there are more hits than the same events would have at other times, one-sided at 5 %.
    pub is_better_than_chance: bool,
    /// The detector, and what it is worth.
    pub found: PseudoOnline,
    /// How long training and replaying took, in seconds of one core.
    pub seconds: f64,
}

/// What one decoder detects over subjects, each counting the same.
///
/// Figures are means; their intervals at 95 % are for other trials and other idle time of these subjects, not for other
/// subjects, and recovered from those of each subject (Zou & Donner 2008, Statistics in Medicine 27): the
/// distances of the ends from the figures add up in squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PseudoOnlineMean {
    /// The decoder.
    pub decoder: DecoderId,
    /// How many subjects.
    pub subjects: usize,
    /// On how many of them it has more hits than the same events at other times.
    pub better_than_chance: usize,
    /// All trials that were scored.
    pub trials: usize,
    /// All minutes of idle time.
    pub idle_minutes: f64,
    /// The share of trials whose first event is of their class.
    pub hit_rate: Estimate,
    /// The same of the same events at other times.
    pub hit_rate_at_other_times: Option<f64>,
    /// The same where trials have the class of another.
    pub hit_rate_with_other_classes: Option<f64>,
    /// The share of trials whose first event is of another class.
    pub wrong_rate: Estimate,
    /// The share of trials without an event.
    pub miss_rate: Estimate,
    /// Events in a minute of idle time, over the subjects that have some.
    pub false_alarms_per_minute: Option<Estimate>,
    /// The same of the same events at other times.
    pub false_alarms_at_other_times: Option<f64>,
    /// From the cue to a hit, in seconds: the means of the subjects' quartiles, over those with hits.
    pub time_to_hit_secs: Option<[f64; 3]>,
    /// Wolpaw's bits per minute.
    pub wolpaw_bits_per_minute: Estimate,
    /// Nykopp's bits per minute.
    pub nykopp_bits_per_minute: Estimate,
    /// The same by chance: with permuted classes.
    pub nykopp_by_chance: Option<f64>,
}

impl PseudoOnlineCell {
    /// What deserves a look before its figures are believed.
    pub(super) fn warning(&self) -> Option<String> {
        let Self { subject, decoder, found, .. } = self;
        let score = &found.score;
        let said = if !found.detector.can_detect() {
            "no threshold does what was asked for in the part that it was chosen by, and nothing is detected".to_owned()
        } else if score.idle_minutes < LITTLE_IDLE_MINUTES {
            let much = match score.false_alarms_per_minute {
                Some(_) => format!("only {:.1} s of idle time are", 60.0 * score.idle_minutes),
                None => "no idle time is".to_owned(),
            };
            format!(
                "{much} in the part that is scored, and false alarms are hardly known: imagery lasts {} s after each cue \
                 (--imagery), and the {} s after it count as neither",
                found.imagery_secs, found.after_secs
            )
        } else {
            return None;
        };
        Some(format!("subject {subject}, {decoder}, pseudo-online: {said}"))
    }
}

/// What each job of the protocol found, in the order of the plan.
pub(super) fn cells(plan: &Plan, results: &[JobResult]) -> Vec<PseudoOnlineCell> {
    plan.jobs
        .iter()
        .filter_map(|planned| {
            let result = results.iter().find(|result| result.key == planned.key)?;
            let found = PseudoOnline::clone(result.pseudo_online.as_deref()?);
            let chance = found.score.chance.map(|chance| chance.shifted_hit_rate.p_value);
            Some(PseudoOnlineCell {
                subject: planned.job.subject.clone(),
                decoder: planned.job.decoder,
                is_better_than_chance: chance.is_some_and(|p_value| p_value < 0.05),
                found,
                seconds: result.seconds,
            })
        })
        .collect()
}

/// What each decoder detects over subjects.
pub(super) fn means(plan: &Plan, cells: &[PseudoOnlineCell]) -> Vec<PseudoOnlineMean> {
    plan.decoders.iter().filter_map(|decoder| mean(*decoder, cells)).collect()
}

fn mean(decoder: DecoderId, cells: &[PseudoOnlineCell]) -> Option<PseudoOnlineMean> {
    let own: Vec<&PseudoOnlineCell> = cells.iter().filter(|cell| cell.decoder == decoder).collect();
    let scores: Vec<&EventScore> = own.iter().map(|cell| &cell.found.score).collect();
    let of = |figure: fn(&EventScore) -> Estimate| over(&scores.iter().map(|score| figure(score)).collect::<Vec<_>>());
    let chances: Vec<_> = scores.iter().filter_map(|score| score.chance).collect();
    let hits: Vec<[f64; 3]> = scores.iter().filter_map(|score| score.time_to_hit_secs).collect();
    let quartile = |place: usize| average(hits.iter().map(|hit| hit[place]));
    Some(PseudoOnlineMean {
        decoder,
        subjects: own.len(),
        better_than_chance: own.iter().filter(|cell| cell.is_better_than_chance).count(),
        trials: scores.iter().map(|score| score.trials).sum(),
        idle_minutes: scores.iter().map(|score| score.idle_minutes).sum(),
        hit_rate: of(|score| score.hit_rate)?,
        hit_rate_at_other_times: average(chances.iter().map(|chance| chance.shifted_hit_rate.mean)),
        hit_rate_with_other_classes: average(chances.iter().map(|chance| chance.permuted_hit_rate.mean)),
        wrong_rate: of(|score| score.wrong_rate)?,
        miss_rate: of(|score| score.miss_rate)?,
        false_alarms_per_minute: over(
            &scores.iter().filter_map(|score| score.false_alarms_per_minute).collect::<Vec<_>>(),
        ),
        false_alarms_at_other_times: average(
            chances.iter().filter_map(|chance| Some(chance.shifted_false_alarms_per_minute?.mean)),
        ),
        time_to_hit_secs: quartile(0)
            .zip(quartile(1))
            .zip(quartile(2))
            .map(|((low, median), high)| [low, median, high]),
        wolpaw_bits_per_minute: of(|score| score.wolpaw_bits_per_minute)?,
        nykopp_bits_per_minute: of(|score| score.nykopp_bits_per_minute)?,
        nykopp_by_chance: average(chances.iter().map(|chance| chance.nykopp_bits_per_minute.mean)),
    })
}

/// The mean of independent figures, with its interval; `None` of none.
fn over(figures: &[Estimate]) -> Option<Estimate> {
    let value = average(figures.iter().map(|figure| figure.value))?;
    let distance = |end: usize| {
        let squares = figures.iter().map(|figure| (figure.interval[end] - figure.value).powi(2)).sum::<f64>();
        squares.sqrt() / figures.len() as f64
    };
    Some(Estimate { value, interval: [value - distance(0), value + distance(1)] })
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_the_intervals_of_independent_figures() {
        let figure = |value, low, high| Estimate { value, interval: [low, high] };
        assert_eq!(over(&[]), None);
        assert_eq!(over(&[figure(0.5, 0.3, 0.6)]).map(|mean| mean.value), Some(0.5));
        let found = over(&[figure(0.5, 0.2, 0.6), figure(1.0, 0.6, 1.0)]).unwrap();
        // √(.3² + .4²) / 2 below, .1 / 2 above.
        assert!((found.value - 0.75).abs() < 1e-12);
        assert!((found.interval[0] - 0.5).abs() < 1e-12 && (found.interval[1] - 0.8).abs() < 1e-12);
    }
}
