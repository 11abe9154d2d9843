//! How well it was decided: over classes, over the time in the trial, over trials and over folds.

use super::Drawn;
use crate::output::{duration, percent};
use crate::report::figures::Findings;
use crate::report::material::Material;
use crate::report::words::{count, interval};
use motrace_decode::metrics::chance_interval;
use motrace_view::figure::{Axis, Bar, BarChart, ConfusionFigure, Line, LineChart, Shade, Tone};

/// Where guessing lies for as many trials, at each point.
fn chance_region(points: impl Iterator<Item = (f64, usize)>, level: f64) -> Vec<[f64; 3]> {
    points
        .filter(|(_, trials)| *trials > 0)
        .map(|(x, trials)| {
            let chance = chance_interval(trials, level);
            [x, chance.low, chance.high]
        })
        .collect()
}

/// The share of the more frequent class among trials.
fn level(confusion: [[usize; 2]; 2]) -> f64 {
    let [a, b] = confusion.map(|row| row.iter().sum::<usize>());
    if a + b == 0 { 0.5 } else { a.max(b) as f64 / (a + b) as f64 }
}

/// The confusion matrix.
pub fn confusion(findings: &Findings) -> Option<Drawn> {
    let score = findings.figures.feedback?;
    let svg = ConfusionFigure {
        title: "Cue against decision".into(),
        description: format!("{} of {} trials decided as the cue said", score.right, score.trials),
        classes: findings.figures.classes.to_vec(),
        counts: score.confusion.map(Vec::from).to_vec(),
    }
    .svg();
    Some((svg, "Trials by the class of the cue and the class decided for; a good decoder fills the diagonal.".into()))
}

/// Accuracy over the time in the trial.
pub fn over_time(material: &Material, findings: &Findings) -> Option<Drawn> {
    let score = findings.figures.feedback?;
    let points: Vec<_> = findings.figures.over_time.iter().filter(|p| p.trials > 0).collect();
    if points.len() < 2 {
        return None;
    }
    let share = |right: usize, trials: usize| if trials == 0 { f64::NAN } else { right as f64 / trials as f64 };
    let ours: Vec<[f64; 2]> = points.iter().map(|p| [p.secs, share(p.right, p.trials)]).collect();
    let theirs: Vec<[f64; 2]> = points.iter().map(|p| [p.secs, share(p.frozen_right, p.frozen_trials)]).collect();
    let has_frozen = theirs.iter().any(|p| p[1].is_finite());
    let mut lines = vec![Line {
        name: if has_frozen { "as decided".into() } else { "accuracy".into() },
        points: ours,
        ..Line::default()
    }];
    if has_frozen {
        let name = "frozen calibration model".into();
        lines.push(Line { name, tone: Tone::Muted, is_dashed: true, points: theirs, ..Line::default() });
    }
    let best = points.iter().max_by(|a, b| share(a.right, a.trials).total_cmp(&share(b.right, b.trials)))?;
    let best_words = format!("best {:.1} s after the cue, with {}", best.secs, percent(share(best.right, best.trials)));
    let window = material.model.as_ref().map(|m| m.preparation.window_secs);
    let mut marks = vec![(0.0, "cue".to_owned())];
    if let Some([_, end]) = window {
        marks.push((end, "trial decided".to_owned()));
    }
    let reads = material.model.as_ref().map_or_else(String::new, |model| {
        format!(" Each decision reads the {} before it.", duration(model.preparation.sliding_secs))
    });
    let (first, last) = (points.first()?.secs, points.last()?.secs);
    let svg = LineChart {
        title: "Accuracy over the time in the trial".into(),
        description: best_words.clone(),
        x: Axis::new("end of the decision's window, seconds after the cue").from_to(first, last),
        y: Axis::new("trials decided right").from_to(0.0, 1.0).percent(),
        lines,
        regions: vec![(
            "chance, 95 %".to_owned(),
            chance_region(points.iter().map(|p| (p.secs, p.trials)), level(score.confusion)),
        )],
        marks,
        ..LineChart::default()
    }
    .svg();
    Some((
        svg,
        format!(
            "The regular decisions of {}, aligned to their cues: {best_words}.{reads}",
            count(score.trials, "trial")
        ),
    ))
}

/// Accuracy over the trials so far, as decided and as the frozen model would have decided.
pub fn so_far(findings: &Findings) -> Option<Drawn> {
    let figures = &findings.figures;
    let score = figures.feedback?;
    let numbered = |shares: &[f64]| shares.iter().enumerate().map(|(i, s)| [(i + 1) as f64, *s]).collect::<Vec<_>>();
    if figures.so_far.len() < 2 {
        return None;
    }
    let has_frozen = !figures.frozen_so_far.is_empty();
    let name = if has_frozen { "adapted, as decided" } else { "as decided" };
    let mut lines =
        vec![Line { name: name.into(), tone: Tone::Accent, points: numbered(&figures.so_far), ..Line::default() }];
    if has_frozen {
        lines.push(Line {
            name: "frozen calibration model".into(),
            tone: Tone::Muted,
            is_dashed: true,
            points: numbered(&figures.frozen_so_far),
            ..Line::default()
        });
    }
    let mut spans = Vec::new();
    let mut from = 0.5;
    for run in figures.runs.iter().filter(|r| r.has_feedback && r.trials > 0) {
        spans.push(Shade { name: run.name.clone(), from, to: from + run.trials as f64 });
        from += run.trials as f64;
    }
    let sentence = match (figures.frozen, figures.feedback) {
        (Some(frozen), Some(ours)) => format!(
            "Share of all trials so far that were decided right: {} with adaptation, {} had the calibration model stayed as \
             it was.",
            percent(ours.accuracy),
            percent(frozen.accuracy)
        ),
        _ => format!("Share of all trials so far that were decided right; it ends at {}.", percent(score.accuracy)),
    };
    let svg = LineChart {
        title: if has_frozen { "Accuracy over trials, with and without adaptation" } else { "Accuracy over trials" }
            .into(),
        description: sentence.clone(),
        x: Axis::new("counted trials with feedback").from_to(0.5, figures.so_far.len() as f64 + 0.5),
        y: Axis::new("decided right so far").from_to(0.0, 1.0).percent(),
        lines,
        regions: vec![(
            "chance, 95 %".to_owned(),
            chance_region((1..=figures.so_far.len()).map(|n| (n as f64, n)), level(score.confusion)),
        )],
        spans,
        ..LineChart::default()
    }
    .svg();
    Some((svg, sentence))
}

/// The accuracy in each fold of the calibration's validation.
pub fn folds(findings: &Findings) -> Option<Drawn> {
    let validation = findings.figures.calibration.as_ref()?;
    if validation.fold_accuracies.is_empty() {
        return None;
    }
    let bars = validation.fold_accuracies.iter().enumerate().map(|(i, accuracy)| Bar {
        name: format!("fold {}", i + 1),
        value: *accuracy,
        text: percent(*accuracy),
        tone: Tone::Accent,
    });
    let mut marks = Vec::new();
    if let Some([_, high]) = validation.chance_interval {
        marks.push((high, "chance reaches this".to_owned(), Tone::Amber));
    }
    let sentence = format!(
        "Accuracy on the trials of each fold, which the decoder had not seen ({}); the limit is that of all {} together.",
        validation.scheme,
        count(validation.trials, "trial")
    );
    let svg = BarChart {
        title: "Calibration, fold by fold".into(),
        description: sentence.clone(),
        x: Axis::new("trials decided right").from_to(0.0, 1.0).percent(),
        bars: bars.collect(),
        marks,
    }
    .svg();
    Some((svg, sentence))
}

/// The calibration's chance interval in words.
pub fn chance_words(chance: Option<[f64; 2]>) -> String {
    chance.map_or_else(String::new, |c| format!("chance: {}", interval(c)))
}
