//! The figures of a report, each with one sentence that says what there is to see.

use super::figures::Findings;
use super::material::Material;
use super::relevance::Relevances;
use super::timing::LIMIT_SECS;
use super::words::{count, interval};
use crate::output::{duration, percent};
use crate::session_file::StepKind;
use motrace_core::View;
use motrace_decode::metrics::chance_interval;
use motrace_view::figure::{
    Axis, Bar, BarChart, ChannelCourse, ChannelTimeFigure, ConfusionFigure, GridMap, GridScale, Histogram, Lane, Line,
    LineChart, Shade, Stretch, Timeline, Tone, TopographyGrid, Verdict,
};
use motrace_view::topography::ScalpInterpolator;

/// A figure as SVG, and its sentence.
pub type Drawn = (String, String);

/// Maps in a row of the gallery.
const GALLERY_COLUMNS: usize = 10;
/// More trials are not drawn in the gallery.
const MOST_TRIALS: usize = 400;

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
    let limit = super::scores::quantile(&largest, 0.9)?;
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

/// How late what was shown came.
pub fn presentation(material: &Material, findings: &Findings) -> Option<Drawn> {
    let times = findings.figures.presentation.as_ref()?;
    let delays: Vec<f64> = material.session.presentation.delays().filter_map(|(_, d)| Some(d? * 1e3)).collect();
    let limit_millis = LIMIT_SECS * 1e3;
    let verdict = if times.is_in_time { "within" } else { "beyond" };
    let unheard = match times.unheard {
        0 => String::new(),
        n => format!(" When {} came was never heard.", count(n, "picture")),
    };
    let sentence = format!(
        "How long after its time each of {} was on the screen: 99 of 100 within {}, which is {verdict} the {} that is \
         wanted.{unheard}",
        count(times.count, "picture"),
        duration(times.p99_secs),
        duration(LIMIT_SECS)
    );
    // A few that came very late must not squeeze all others into one bar.
    let far = (times.p99_secs * 1e3).max(limit_millis) * 1.5;
    let near = delays.iter().copied().fold(0.0, f64::min).max(-far);
    let beyond = delays.iter().filter(|d| **d > far).count();
    let sentence = match beyond {
        0 => sentence,
        n => format!("{sentence} Beyond the right edge: {n}, up to {}.", duration(times.max_secs)),
    };
    let shown: Vec<f64> = delays.into_iter().filter(|d| (near..=far).contains(d)).collect();
    let bins = Histogram::count(&shown, 40);
    let svg = Histogram {
        title: "Presentation: scheduled against actual".into(),
        description: sentence.clone(),
        x: Axis::new("delay of the drawing, milliseconds").from_to(near, far),
        counted: "pictures".into(),
        bins,
        marks: vec![
            (times.p50_secs * 1e3, format!("median {}", duration(times.p50_secs)), Tone::Ink),
            (times.p99_secs * 1e3, format!("99th percentile {}", duration(times.p99_secs)), Tone::Accent),
            (limit_millis, format!("limit {limit_millis:.0} ms"), Tone::Amber),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// How long decisions took.
pub fn latency(material: &Material, findings: &Findings) -> Option<Drawn> {
    let figures = findings.figures.latency?;
    let bins = &material.session.latency_bins;
    if bins.is_empty() {
        return None;
    }
    let sentence = format!(
        "From the arrival of a decision's newest sample to the decision: half of {} within {}, 99 of 100 within {}, all within \
         {}.",
        count(figures.count as usize, "decision"),
        duration(figures.p50_micros * 1e-6),
        duration(figures.p99_micros * 1e-6),
        duration(figures.max_micros * 1e-6)
    );
    let millis = 1e-3;
    // One in a thousand may have been there at once; the axis begins with the others.
    let mut before = 0;
    let bins = bins.iter().skip_while(|bin| {
        before += bin.count;
        before * 1000 < figures.count
    });
    let svg = Histogram {
        title: "Latency of decisions".into(),
        description: sentence.clone(),
        x: Axis::new("milliseconds, logarithmic").log(),
        counted: "decisions".into(),
        bins: bins.map(|b| (b.from_micros * millis, b.to_micros * millis, b.count)).collect(),
        marks: vec![
            (figures.p50_micros * millis, format!("median {}", duration(figures.p50_micros * 1e-6)), Tone::Ink),
            (
                figures.p99_micros * millis,
                format!("99th percentile {}", duration(figures.p99_micros * 1e-6)),
                Tone::Accent,
            ),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// What happened when.
pub fn timeline(material: &Material, findings: &Findings) -> Option<Drawn> {
    let length = findings.clock.length_secs() / 60.0;
    let minutes = |index: u64| findings.clock.secs(index) / 60.0;
    let session = &material.session;
    if session.steps.is_empty() && length <= 0.0 {
        return None;
    }
    let steps = session.steps.iter().filter(|s| s.kind != StepKind::Break).map(|step| Stretch {
        from: minutes(step.start),
        to: step.end.map_or(length.max(minutes(step.start)), minutes),
        name: step.name.clone(),
        tone: match step.kind {
            StepKind::Feedback => Tone::Accent,
            StepKind::Calibration => Tone::Ink,
            _ => Tone::Muted,
        },
    });
    let mut lanes = vec![Lane { name: "steps".into(), has_blocks: true, stretches: steps.collect() }];
    let at = |from: f64, to: f64, tone: Tone| Stretch { from, to, name: String::new(), tone };
    let trials: Vec<Stretch> = findings
        .trials
        .iter()
        .filter_map(|trial| {
            let from = minutes(trial.cue?);
            let tone = match (&trial.left_out, trial.is_right()) {
                (Some(_), _) => Tone::Amber,
                (None, Some(true)) => Tone::Accent,
                (None, Some(false)) => Tone::Ink,
                (None, None) => Tone::Muted,
            };
            Some(at(from, from, tone))
        })
        .collect();
    if !trials.is_empty() {
        lanes.push(Lane { name: "cues".into(), has_blocks: false, stretches: trials });
    }
    let gaps = &findings.figures.gaps;
    let lost = gaps.iter().map(|g| at(g.at_secs / 60.0, (g.at_secs + g.length_secs) / 60.0, Tone::Amber));
    lanes.push(Lane { name: "gaps in the stream".into(), has_blocks: false, stretches: lost.collect() });
    let late = findings.not_decoded.iter().map(|(from, to)| at(minutes(*from), minutes(*to), Tone::Amber));
    lanes.push(Lane { name: "not decoded".into(), has_blocks: false, stretches: late.collect() });
    let missing: u64 = gaps.iter().map(|g| g.missing_samples).sum();
    let sentence = if gaps.is_empty() && findings.not_decoded.is_empty() {
        "The session's steps and cues; nothing is missing from the stream, and every sample was decoded in time."
            .to_owned()
    } else {
        format!(
            "The session's steps and cues, and below them where something is missing: {} with {missing} samples in the stream, \
             {} samples that were not decoded in time.",
            count(gaps.len(), "gap"),
            findings.figures.not_decoded_samples
        )
    };
    let svg = Timeline {
        title: "The session's course".into(),
        description: sentence.clone(),
        x: Axis::new("minutes since the first sample").from_to(0.0, length.max(1e-3)),
        lanes,
        key: vec![
            (Tone::Accent, "decided right".into()),
            (Tone::Ink, "decided wrong".into()),
            (Tone::Muted, "not decided (calibration)".into()),
            (Tone::Amber, "left out, or missing".into()),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// The size of every channel over the session.
pub fn channels(findings: &Findings) -> Option<Drawn> {
    let course = findings.course.as_ref()?;
    let bad = course.figures.iter().filter(|c| c.condition != "good").count();
    let sentence = match bad {
        0 => "Root mean square of every EEG channel, before any filter; frames mark seconds in which a channel was not good."
            .to_owned(),
        n => format!(
            "Root mean square of every EEG channel, before any filter; frames mark where a channel was flat, railed, noisy or \
             not finite, which {} for more than a tenth of the session.",
            if n == 1 { "one was".to_owned() } else { format!("{n} were") }
        ),
    };
    let svg = ChannelCourse {
        title: "The channels over the session".into(),
        description: sentence.clone(),
        values: course.rms_volts.mapv(|v| v * 1e6),
        flagged: course.is_bad.clone(),
        labels: &course.labels,
        x: Axis::new("minutes since the first sample").from_to(0.0, findings.clock.secs(course.end) / 60.0),
        range: [1.0, 300.0],
        unit: "rms, µV".into(),
    }
    .svg();
    Some((svg, sentence))
}

/// The calibration's chance interval in words.
pub fn chance_words(chance: Option<[f64; 2]>) -> String {
    chance.map_or_else(String::new, |c| format!("chance: {}", interval(c)))
}
