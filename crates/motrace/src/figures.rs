//! Figures and figures of speech about a model: class-mean relevance, descriptions, files by their ending.

use crate::failure::Failure;
use crate::output;
use motrace_core::{Decision, DecisionKind, Probabilities, Veto, View};
use motrace_engine::{EngineError, InputStage, Model, Trained, WindowExplainer};
use motrace_view::figure::{self, Scale, TopographyFigure};
use ndarray::Axis;
use std::path::Path;

/// The mean relevance of each class over its training trials; of more than two classes what speaks for each.
#[derive(Debug, Clone)]
pub struct Relevance {
    /// PATTERN, or INPUT where the decoder has no PATTERN.
    pub view: View,
    /// One value per channel for each class, in decision units.
    pub per_class: Vec<Vec<f64>>,
}

/// Explains all training trials; `None` where `go_on` says no before a trial.
pub fn mean_relevance(trained: &Trained, go_on: impl Fn() -> bool) -> Result<Option<Relevance>, EngineError> {
    let preparation = &trained.model.preparation;
    let labels = preparation.channels.labels();
    let mut explainer = WindowExplainer::new(&trained.model)?;
    let mut relevance = explainer.empty_for(preparation.window_samples());
    let classes = preparation.classes.len();
    let mut sums = vec![vec![0.0; labels.len()]; classes];
    let mut counts = vec![0_usize; classes];
    for (window, &class) in trained.epochs.data.axis_iter(Axis(0)).zip(&trained.epochs.labels) {
        if !go_on() {
            return Ok(None);
        }
        // Only the relevance is used; the explainer finds the value by itself.
        let decision = Decision {
            kind: DecisionKind::Trial(1),
            start: 0,
            end: window.ncols() as u64,
            value: 0.0,
            probabilities: decided_for(class, classes),
            veto: Veto::NONE,
            frozen_value: None,
        };
        explainer.explain_into(window, &decision, &mut relevance);
        if let (Some(sum), Some(count)) = (sums.get_mut(class), counts.get_mut(class)) {
            *count += 1;
            sum.iter_mut().zip(relevance.main_per_channel()).for_each(|(s, r)| *s += r);
        }
    }
    for (sum, count) in sums.iter_mut().zip(counts) {
        sum.iter_mut().for_each(|s| *s /= count.max(1) as f64);
    }
    Ok(Some(Relevance { view: relevance.main_view(), per_class: sums }))
}

/// Of more than two classes what speaks for a trial's own class is explained.
fn decided_for(class: usize, classes: usize) -> Probabilities {
    let outputs: Vec<f64> = (0..classes).map(|other| if other == class { 1.0 } else { 0.0 }).collect();
    Probabilities::softmax(&outputs, 1.0).filter(|_| classes > 2).unwrap_or(Probabilities::of_two(0.5))
}

/// The channels with the largest values, `C3 −0.52, FC3 −0.27, …`.
pub fn largest(labels: &[String], values: &[f64], count: usize) -> String {
    let mut order: Vec<usize> = (0..values.len().min(labels.len())).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    let shown: Vec<String> = order.iter().take(count).map(|&i| format!("{} {:+.2}", labels[i], values[i])).collect();
    shown.join(", ")
}

/// `left and right`, `left, right and feet`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// A decoder and what lies before it, in words.
pub fn described(model: &Model) -> String {
    let p = &model.preparation;
    let band = p
        .filter
        .band_hz
        .map_or_else(String::new, |[low, high]| format!(", {low}\u{2013}{high} Hz causal (order {})", p.filter.order));
    let reference = match p.reference {
        motrace_signal::Reference::None => "as referenced",
        motrace_signal::Reference::Average => "common average",
        motrace_signal::Reference::SmallLaplacian => "small Laplacian",
    };
    let input = match p.input {
        InputStage::Filtered => String::new(),
        InputStage::Standardised { .. } => ", standardised".to_owned(),
        InputStage::Envelope { values_per_sec, .. } => format!(", envelopes of {values_per_sec} Hz, standardised"),
    };
    format!(
        "{}, {} channels, {reference}{band}{input}, {} to {} s after the cue, {} Hz",
        model.decoder.title(),
        p.channels.len(),
        p.window_secs[0],
        p.window_secs[1],
        p.rate_hz
    )
}

/// What two models are called side by side: their decoders, and where these are alike, which is which.
pub fn titles(first: &Model, second: &Model) -> [String; 2] {
    let titles = [first, second].map(|model| model.decoder.title());
    if titles[0] == titles[1] {
        ["first", "second"].map(|which| format!("{}, {which} model", titles[0]))
    } else {
        titles
    }
}

/// The class-mean relevance of a model's training trials, and its spatial patterns, as SVG.
pub fn class_means(trained: &Trained, relevance: &Relevance) -> String {
    let preparation = &trained.model.preparation;
    let names = preparation.class_names();
    TopographyFigure {
        title: format!("Why {} are told apart", listed(&names)),
        subtitle: format!(
            "mean {} relevance per training trial \u{b7} {} trials \u{b7} {} channels \u{b7} {} to {} s after the cue",
            relevance.view.name(),
            trained.epochs.labels.len(),
            preparation.channels.len(),
            preparation.window_secs[0],
            preparation.window_secs[1]
        ),
        maps: names.iter().zip(&relevance.per_class).map(|(name, mean)| ((*name).to_owned(), mean.clone())).collect(),
        labels: preparation.channels.labels(),
        unit: "decision value".into(),
        scale: Scale::Shared,
    }
    .svg()
}

/// Checks that a file's name ends as a figure's does.
pub fn check_ending(path: &Path) -> Result<(), Failure> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("svg" | "png" | "html") => Ok(()),
        _ => Err(no_figure(path)),
    }
}

fn no_figure(path: &Path) -> Failure {
    Failure::usage(format_args!("{}: figures are written as .svg, .png or .html", path.display()))
}

/// Writes an SVG figure as what the file's ending asks for: `.svg`, `.png` or `.html`.
pub fn write(path: &Path, svg: &str, title: &str) -> Result<(), Failure> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("svg") => output::write_new(path, svg.as_bytes()),
        Some("png") => output::write_new(path, &figure::png(svg, 2.0)?),
        Some("html") => output::write_new(path, figure::html(title, &[svg.to_owned()]).as_bytes()),
        _ => Err(no_figure(path)),
    }
}
