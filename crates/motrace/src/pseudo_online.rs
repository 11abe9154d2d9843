//! What would have been detected in a recording, idle time included: from a configuration to figures in words.

use crate::config::Config;
use crate::failure::Failure;
use crate::output::percent;
use crate::setup;
use motrace_decode::metrics::Resampling;
use motrace_engine::{
    ChanceFigure, Estimate, EventSettings, Part, PseudoOnline, PseudoOnlineError, PseudoOnlineSettings, RecordingStamp,
    Tape, ThresholdRule, chronological_parts,
};
use motrace_view::evaluation::PseudoOnlineFigures;
use motrace_view::figure::Measured;
use std::ops::ControlFlow;

/// What can be asked for beside a configuration; what is not asked for is as usual.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// How the threshold is found; by Youden's index where nothing is said.
    pub threshold: Option<ThresholdRule>,
    /// How long imagery lasts after a cue, in seconds; as long as the configuration says where nothing is said.
    pub imagery_secs: Option<f64>,
    /// How long the detector has to be sure, in seconds.
    pub dwell_secs: Option<f64>,
    /// How long it rests after an event, in seconds.
    pub refractory_secs: Option<f64>,
    /// Markers of tasks that are neither a class nor idling.
    pub other_cues: Vec<String>,
    /// The class that means idling, by its name.
    pub idle_class: Option<String>,
    /// The seed of intervals and chance levels.
    pub seed: u64,
}

/// The settings of a pseudo-online evaluation with sliding windows of this length.
pub fn settings(config: &Config, sliding_secs: f64, wishes: &Wishes) -> PseudoOnlineSettings {
    let imagery_secs = wishes.imagery_secs.unwrap_or_else(|| setup::window_range_secs(config)[1]);
    let usual = PseudoOnlineSettings::usual(imagery_secs, sliding_secs);
    PseudoOnlineSettings {
        events: EventSettings {
            dwell_secs: wishes.dwell_secs.unwrap_or(usual.events.dwell_secs),
            refractory_secs: wishes.refractory_secs.unwrap_or(usual.events.refractory_secs),
            resampling: Resampling { seed: wishes.seed, ..usual.events.resampling },
            ..usual.events
        },
        threshold: wishes.threshold.unwrap_or(usual.threshold),
        folds: usual.folds,
        other_cues: wishes.other_cues.clone(),
        idle_class: wishes.idle_class.clone(),
    }
}

/// What is trained on, and what is scored.
#[derive(Debug, Clone, Copy)]
pub enum Division<'a> {
    /// This fraction of the trials, in their order, is trained on; the rest is scored.
    Chronological(f64),
    /// All of the recordings are trained on, and these others are scored.
    Others(&'a [(RecordingStamp, Tape)]),
}

/// Trains the configuration's decoder on recordings, in their order, and scores what it detects where it was not trained.
///
/// Channels, filter, window, classes and decoder are those of the configuration. `on` hears how many steps of how many are
/// done, and can interrupt.
///
/// # Errors
/// What is wrong with the configuration, the recordings or the division.
pub fn evaluate(
    recordings: &[(RecordingStamp, Tape)],
    division: Division<'_>,
    config: &Config,
    wishes: &Wishes,
    on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<PseudoOnline, Failure> {
    setup::check_decoder(config)?;
    let (_, first) = recordings.first().ok_or_else(|| Failure::usage("no recording is given"))?;
    let preparation = setup::preparation(config, first.info(), &[])?;
    let settings = settings(config, preparation.sliding_secs, wishes);
    settings.check().map_err(failure)?;
    let (training, test) = match division {
        Division::Chronological(fraction) => {
            chronological_parts(recordings, &preparation, fraction, settings.events.timing).map_err(failure)?
        }
        Division::Others(others) => (parts(recordings), parts(others)),
    };
    let train = setup::training(config);
    motrace_engine::pseudo_online(&training, &test, &preparation, &train, &settings, on).map_err(failure)
}

fn parts(recordings: &[(RecordingStamp, Tape)]) -> Vec<Part<'_>> {
    recordings.iter().map(|(stamp, tape)| Part::whole(stamp, tape)).collect()
}

/// Settings that make no sense are a wrong usage, everything else could not be done.
pub fn failure(error: PseudoOnlineError) -> Failure {
    match error {
        PseudoOnlineError::Duration { .. }
        | PseudoOnlineError::Threshold(_)
        | PseudoOnlineError::Rate(_)
        | PseudoOnlineError::NoSuchClass { .. }
        | PseudoOnlineError::Fraction(_) => Failure::usage(error),
        _ => error.into(),
    }
}

/// The figures for the page of an evaluation, as those of this decoder (its place among the page's) and subject.
pub fn for_page(found: &PseudoOnline, decoder: usize, subject: &str) -> PseudoOnlineFigures {
    let score = &found.score;
    let measured = |estimate: Estimate| Measured { value: estimate.value, interval: Some(estimate.interval) };
    PseudoOnlineFigures {
        decoder,
        subject: subject.to_owned(),
        trials: score.trials,
        idle_minutes: score.idle_minutes,
        hit_rate: measured(score.hit_rate),
        hit_rate_by_chance: score.chance.map(|chance| chance.shifted_hit_rate.mean),
        wrong_rate: measured(score.wrong_rate),
        false_alarms_per_minute: score.false_alarms_per_minute.map(measured),
        time_to_hit_secs: score.time_to_hit_secs,
        wolpaw_bits_per_minute: measured(score.wolpaw_bits_per_minute),
        nykopp_bits_per_minute: measured(score.nykopp_bits_per_minute),
        threshold: found.detector.threshold,
        curve: found.curve.iter().map(|point| [point.false_alarms_per_minute, point.hit_rate]).collect(),
    }
}

/// The figures in words, a line each.
pub fn in_words(found: &PseudoOnline) -> Vec<String> {
    let score = &found.score;
    let mut lines = vec![
        format!("detector    {}", detector(found)),
        format!(
            "trials      {} of {}; imagery {:.1} min, idle {:.1} min",
            score.trials,
            score.trials + score.undecided_trials,
            score.imagery_minutes,
            score.idle_minutes
        ),
    ];
    lines.push(match &score.chance {
        Some(chance) => format!(
            "hits        {}; by chance {} at other times, {} with other classes",
            share(&score.hit_rate),
            by_chance(&chance.shifted_hit_rate),
            by_chance(&chance.permuted_hit_rate)
        ),
        None => format!("hits        {}", share(&score.hit_rate)),
    });
    lines.push(format!("wrong       {}", share(&score.wrong_rate)));
    lines.push(format!("missed      {}", share(&score.miss_rate)));
    lines.push(match &score.false_alarms_per_minute {
        Some(rate) => {
            let by_chance = score
                .chance
                .and_then(|chance| chance.shifted_false_alarms_per_minute)
                .map_or_else(String::new, |c| format!("; {:.2} at other times (p = {:.3})", c.mean, c.p_value));
            format!("for nothing {} per idle minute ({} in all){by_chance}", figure(rate), score.false_alarms)
        }
        None => "for nothing unknown: there is no idle time".to_owned(),
    });
    if let Some([low, median, high]) = score.time_to_hit_secs {
        lines.push(format!("time to hit {median:.2} s (half of them between {low:.2} and {high:.2} s)"));
    }
    let nykopp_by_chance =
        score.chance.map_or_else(String::new, |c| format!("; {:.2} by chance", c.nykopp_bits_per_minute.mean));
    lines.push(format!(
        "ITR         {} bits/min after Wolpaw, {} after Nykopp{nykopp_by_chance}",
        figure(&score.wolpaw_bits_per_minute),
        figure(&score.nykopp_bits_per_minute)
    ));
    lines
}

fn detector(found: &PseudoOnline) -> String {
    let detector = &found.detector;
    let how = match found.rule {
        ThresholdRule::At(_) => "given".to_owned(),
        ThresholdRule::Youden => "chosen by Youden's index on other trials".to_owned(),
        ThresholdRule::FalseAlarmsPerMinute(most) => {
            format!("chosen for at most {most} false alarms per minute on other trials")
        }
    };
    if !detector.can_detect() {
        return format!("detects nothing: no threshold would do ({how})");
    }
    format!(
        "a class at {} or more ({how}) for {} s, then none for {} s",
        percent(detector.threshold),
        detector.dwell_secs,
        detector.refractory_secs
    )
}

fn share(share: &Estimate) -> String {
    let [low, high] = share.interval;
    format!("{} (95 % interval {} to {})", percent(share.value), percent(low), percent(high))
}

fn figure(estimate: &Estimate) -> String {
    let [low, high] = estimate.interval;
    format!("{:.2} ({low:.2} to {high:.2})", estimate.value)
}

fn by_chance(chance: &ChanceFigure) -> String {
    format!("{} (p = {:.3})", percent(chance.mean), chance.p_value)
}
