//! What would have been detected in a recording, idle time included: from a configuration to figures in words.

use crate::arguments::DetectionArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::percent;
use crate::setup;
use motrace_engine::{
    ChanceFigure, Estimate, EventSettings, PseudoOnline, PseudoOnlineError, PseudoOnlineSettings, ThresholdRule,
};
use motrace_view::evaluation::PseudoOnlineFigures;
use motrace_view::figure::Measured;

/// The settings of a pseudo-online evaluation with sliding windows of this length: what is not asked for is as usual, and
/// imagery lasts as long as the configuration says.
pub fn settings(config: &Config, sliding_secs: f64, wishes: &DetectionArguments) -> PseudoOnlineSettings {
    let imagery_secs = wishes.imagery.unwrap_or_else(|| {
        // Wherever the window is looked for, the configured one lies within imagery.
        setup::window_range_secs(config)[1].max(config.trials.window_secs[1])
    });
    let usual = PseudoOnlineSettings::usual(imagery_secs, sliding_secs);
    PseudoOnlineSettings {
        events: EventSettings {
            dwell_secs: wishes.dwell.unwrap_or(usual.events.dwell_secs),
            refractory_secs: wishes.refractory.unwrap_or(usual.events.refractory_secs),
            ..usual.events
        },
        threshold: wishes.rule().unwrap_or(usual.threshold),
        other_cues: wishes.other_cues.clone(),
        idle_class: wishes.idle_class.clone(),
        ..usual
    }
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

/// Whether one class alone makes events: then none is taken for another, and none tells anything by being that one.
pub fn has_one_class(found: &PseudoOnline) -> bool {
    found.idle_class.is_some() && found.classes.len() == 2
}

/// Of a single class there is no rate of information; it is no number then.
pub fn rate_of_information(estimate: Estimate, has_one_class: bool) -> Measured {
    match has_one_class {
        true => Measured { value: f64::NAN, interval: None },
        false => Measured { value: estimate.value, interval: Some(estimate.interval) },
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
        wolpaw_bits_per_minute: rate_of_information(score.wolpaw_bits_per_minute, has_one_class(found)),
        nykopp_bits_per_minute: rate_of_information(score.nykopp_bits_per_minute, has_one_class(found)),
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
