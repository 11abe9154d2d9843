//! What decisions were made from: patterns and relevance.

use super::Drawn;
use crate::output::percent;
use crate::report::figures::Findings;
use crate::report::material::Material;
use crate::report::relevance::Relevances;
use crate::report::words::count;
use motrace_core::View;
use motrace_view::figure::{Axis, Bar, BarChart, ChannelTimeFigure, GridMap, GridScale, Tone, TopographyGrid, Verdict};
use motrace_view::topography::ScalpInterpolator;

/// Maps in a row of the gallery.
const GALLERY_COLUMNS: usize = 10;
/// More trials are not drawn in the gallery.
const MOST_TRIALS: usize = 400;

/// The model's spatial patterns.
pub fn patterns(material: &Material, map: &ScalpInterpolator) -> Option<Drawn> {
    let model = material.model.as_ref()?;
    let names = model.preparation.class_names();
    // One row per class, the most telling first.
    let decoder = model.decoder.csp_lda()?;
    let by_class = decoder.components_by_class();
    let columns = by_class.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let mut maps = Vec::new();
    for (components, name) in by_class.iter().zip(&names) {
        for component in components {
            let sign = if component.speaks_for == component.stronger_in { "" } else { ", used to correct" };
            maps.push(GridMap {
                name: format!("{}: stronger in {name}", component.number + 1),
                note: format!("λ {:.2}, weight {:+.2}{sign}", component.eigenvalue, component.weight)
                    .replace('-', "\u{2212}"),
                values: component.pattern.clone(),
                ..GridMap::default()
            });
        }
        let filled = maps.len().next_multiple_of(columns);
        maps.resize_with(filled, GridMap::default);
    }
    if maps.is_empty() {
        return None;
    }
    let labels = model.preparation.channels.labels();
    let svg = TopographyGrid {
        title: "Spatial patterns of the decoder".into(),
        description: format!("{} common spatial patterns", decoder.components()),
        labels,
        unit: "pattern, its largest value being 1".into(),
        columns,
        maps,
        scale: GridScale::Limit(1.0),
        ..TopographyGrid::default()
    }
    .svg_with(map);
    let sentence = format!(
        "How each source that the decoder listens to shows on the scalp; λ is the share of {} in its power, and patterns over \
         the sensorimotor cortex (C3, C4, Cz) are what motor imagery gives.",
        names[1]
    );
    Some((svg, sentence))
}

/// The mean relevance of each class in the three views.
pub fn class_means(findings: &Findings, relevances: &Relevances, map: &ScalpInterpolator) -> Option<Drawn> {
    let classes = &findings.figures.classes;
    let views: Vec<(usize, View)> = View::ALL
        .into_iter()
        .enumerate()
        .filter(|(i, _)| relevances.means.iter().any(|mean| !mean.per_channel[*i].is_empty()))
        .collect();
    let mut maps = Vec::new();
    for (class, mean) in classes.iter().zip(&relevances.means).filter(|(_, mean)| mean.trials > 0) {
        for (i, view) in &views {
            maps.push(GridMap {
                name: format!("{class}: {}", view.name()),
                note: format!("{}, {}", view.meaning(), count(mean.trials, "trial")),
                values: mean.per_channel[*i].clone(),
                ..GridMap::default()
            });
        }
    }
    if maps.is_empty() {
        return None;
    }
    let sentence = format!(
        "Mean relevance of the counted trials of each cue: blue speaks for {}, red for {}; each view has its own scale.",
        classes[0], classes[1]
    );
    let svg = TopographyGrid {
        title: "Why: mean relevance of each class".into(),
        description: sentence.clone(),
        labels: &relevances.labels,
        unit: "decision units per trial".into(),
        columns: views.len(),
        maps,
        scale: GridScale::EachColumn,
        ..TopographyGrid::default()
    }
    .svg_with(map);
    Some((svg, sentence))
}

/// The mean relevance of each class over channels and time.
pub fn class_courses(findings: &Findings, relevances: &Relevances) -> Option<Drawn> {
    let classes = &findings.figures.classes;
    let maps: Vec<_> = classes
        .iter()
        .zip(&relevances.means)
        .filter_map(|(class, mean)| {
            Some((format!("{class} ({})", count(mean.trials, "trial")), mean.pattern.as_ref()?.view()))
        })
        .collect();
    if maps.is_empty() {
        return None;
    }
    let sentence = format!(
        "The same over time ({}): which channels spoke when, and above them all channels together; blue speaks for {}, \
         red for {}.",
        relevances.view.name(),
        classes[0],
        classes[1]
    );
    let svg = ChannelTimeFigure {
        title: "When: mean relevance over channels and time".into(),
        description: sentence.clone(),
        maps,
        labels: &relevances.labels,
        rate_hz: relevances.rate_hz,
        window_start_secs: relevances.window_start_secs,
    }
    .svg();
    Some((svg, sentence))
}

/// What adaptation did to the relevance.
pub fn difference(findings: &Findings, relevances: &Relevances, map: &ScalpInterpolator) -> Option<Drawn> {
    let maps: Vec<GridMap> = findings
        .figures
        .classes
        .iter()
        .zip(&relevances.means)
        .filter_map(|(class, mean)| {
            let (trials, values) = mean.difference.as_ref()?;
            Some(GridMap {
                name: format!("{class}: adapted \u{2212} frozen"),
                note: format!("{}, {}", relevances.view.name(), count(*trials, "trial")),
                values: values.clone(),
                ..GridMap::default()
            })
        })
        .collect();
    if maps.is_empty() {
        return None;
    }
    let sentence = format!(
        "What adaptation changed: relevance as decided less that of the frozen calibration model; red was moved towards {}.",
        findings.figures.classes[1]
    );
    let svg = TopographyGrid {
        title: "What adaptation changed".into(),
        description: sentence.clone(),
        labels: &relevances.labels,
        unit: "decision units per trial".into(),
        columns: 2,
        maps,
        ..TopographyGrid::default()
    }
    .svg_with(map);
    Some((svg, sentence))
}

/// A small map of every trial with feedback.
pub fn gallery(findings: &Findings, relevances: &Relevances, map: &ScalpInterpolator) -> Option<Drawn> {
    let classes = &findings.figures.classes;
    let mut largest = Vec::new();
    let maps: Vec<GridMap> = relevances
        .trials
        .iter()
        .take(MOST_TRIALS)
        .filter_map(|one| {
            let trial = findings.trials.get(one.place)?;
            largest.push(one.pattern.iter().fold(0.0_f64, |m, v| m.max(v.abs())));
            Some(GridMap {
                name: format!("{} {}", trial.number?, classes.get(trial.class?)?),
                note: trial.value.map_or_else(String::new, |v| format!("f = {v:+.1}").replace('-', "\u{2212}")),
                verdict: match (&trial.left_out, trial.is_right()) {
                    (Some(_), _) => Verdict::Vetoed,
                    (None, Some(true)) => Verdict::Right,
                    (None, Some(false)) => Verdict::Wrong,
                    (None, None) => Verdict::None,
                },
                values: one.pattern.clone(),
            })
        })
        .collect();
    largest.sort_by(f64::total_cmp);
    let limit = crate::report::scores::quantile(&largest, 0.9)?;
    let shown = maps.len();
    let beyond = relevances.trials.len().saturating_sub(shown);
    let more = if beyond > 0 { format!(" {beyond} more are not drawn.") } else { String::new() };
    let sentence = format!(
        "{} relevance of every trial with feedback, in their order: number, class of the cue, decision value f; ✓ right, ✗ \
         wrong (ring), ⚠ not counted (dashed ring). Nine of ten maps keep within the colours.{more}",
        relevances.view.name()
    );
    let svg = TopographyGrid {
        title: "Trial by trial".into(),
        description: format!("{} in their order", count(shown, "trial")),
        labels: &relevances.labels,
        unit: "decision units".into(),
        columns: GALLERY_COLUMNS,
        maps,
        is_small: true,
        scale: GridScale::Limit(limit),
    }
    .svg_with(map);
    Some((svg, sentence))
}

/// The share of relevance on frontal and temporal sites.
pub fn rim(findings: &Findings) -> Option<Drawn> {
    let rim = &findings.figures.rim;
    let channels = rim.first()?.share_of_channels;
    let bars = rim.iter().zip([Tone::First, Tone::Second]).map(|(one, tone)| Bar {
        name: one.class.clone(),
        value: one.share,
        text: percent(one.share),
        tone,
    });
    let sentence = "How much of each class's mean relevance (PATTERN, Σ|R|) lies where eyes and muscles show; a share \
                    well above that of the channels there calls for a look at single trials."
        .to_owned();
    let svg = BarChart {
        title: "Relevance on frontal and temporal sites".into(),
        description: sentence.clone(),
        x: Axis::new("share of the class's mean relevance").from_to(0.0, 1.0).percent(),
        bars: bars.collect(),
        marks: vec![(channels, format!("share of the channels, {}", percent(channels)), Tone::Ink)],
    }
    .svg();
    Some((svg, sentence))
}
