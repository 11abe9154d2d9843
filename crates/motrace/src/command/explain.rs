//! `motrace explain`

use crate::arguments::ExplainArguments;
use crate::course::Course;
use crate::failure::Failure;
use crate::figures;
use crate::output::{self, say};
use crate::recordings::{self, Loaded};
use crate::setup;
use motrace_core::{Decision, Relevance, Trial, View};
use motrace_engine::{DecisionRecord, Event, Explain, Model, SkipReason, run_replay};
use motrace_view::figure::{self, TrialFigure};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A trial with its decision and its relevance.
struct Explained {
    trial: Trial,
    decision: Decision,
    relevance: Relevance,
}

/// Explains the decisions on single trials of a recording.
pub fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let (recording, model) = recordings::of_session(&arguments.recording, arguments.model.as_deref())?;
    let model = setup::model(&model)?;
    let loaded = Loaded::to_play(&recording, &config)?;
    let course = Course::of(&loaded, &model)?;
    let mut engine = course.engine(&model, &loaded.info, Explain::Trials)?;

    let mut explained: Vec<Explained> = Vec::new();
    let mut skipped: Vec<(Trial, SkipReason)> = Vec::new();
    let mut decided = 0_usize;
    run_replay(&mut course.source(&loaded, 4096)?, &mut engine, &mut |event| match event {
        Event::Decision { decision, trial: Some(trial), relevance: Some(relevance), .. } => {
            decided += 1;
            if arguments.all || arguments.trial == Some(trial.number) {
                explained.push(Explained { trial, decision, relevance: relevance.clone() });
            }
        }
        Event::Skipped(trial, reason) => skipped.push((trial, reason)),
        _ => {}
    })?;
    check_found(arguments, &explained, &skipped, decided + skipped.len())?;

    draw(arguments, &model, &loaded, &explained)?;
    if arguments.json {
        let list: Vec<_> = explained.iter().map(|e| as_json(e, &model, arguments.full)).collect();
        let labels = model.preparation.channels.labels();
        return output::json(&json!({
            "recording": loaded.stamp()?,
            "classes": model.preparation.class_names(),
            "channels": labels,
            "rate_hz": model.preparation.rate_hz,
            "unit": "decision value",
            "trials": list,
        }));
    }
    for one in &explained {
        report(one, &model);
    }
    Ok(())
}

fn check_found(
    arguments: &ExplainArguments,
    explained: &[Explained],
    skipped: &[(Trial, SkipReason)],
    cues: usize,
) -> Result<(), Failure> {
    if !explained.is_empty() {
        return Ok(());
    }
    let shown = arguments.recording.display();
    Err(Failure::failed(match arguments.trial {
        _ if cues == 0 => format!("{shown} has no cue of the model's classes, so it has no trial to explain"),
        Some(number) => match skipped.iter().find(|(trial, _)| trial.number == number) {
            Some((_, reason)) => format!("trial {number} of {shown} has no decision: {reason}"),
            None => format!("{shown} has no trial {number}; its trials count from 1 to {cues}"),
        },
        None => format!("none of the {cues} trials of {shown} could be decided"),
    }))
}

fn draw(arguments: &ExplainArguments, model: &Model, loaded: &Loaded, explained: &[Explained]) -> Result<(), Failure> {
    if arguments.png.is_none() && arguments.svg.is_none() && arguments.html.is_none() {
        return Ok(());
    }
    let labels = model.preparation.channels.labels();
    let map = TrialFigure::interpolator(labels);
    let drawing = output::progress("drawing", explained.len() as u64);
    let mut figures = Vec::new();
    for one in explained {
        let svg = figure_of(one, model, loaded).svg_with(&map);
        if let Some(path) = &arguments.svg {
            output::write_new(&numbered(path, one.trial.number, arguments.all), svg.as_bytes())?;
        }
        if let Some(path) = &arguments.png {
            output::write_new(&numbered(path, one.trial.number, arguments.all), &figure::png(&svg, 1.5)?)?;
        }
        figures.push(svg);
        drawing.inc(1);
    }
    drawing.finish_and_clear();
    if let Some(path) = &arguments.html {
        output::write_new(path, figure::html(&format!("{}, explained", loaded.name()), &figures).as_bytes())?;
    }
    Ok(())
}

fn figure_of<'a>(one: &'a Explained, model: &'a Model, loaded: &Loaded) -> TrialFigure<'a> {
    let preparation = &model.preparation;
    TrialFigure {
        title: format!("{}, trial {}", loaded.name(), one.trial.number),
        subtitle: figures::described(model),
        classes: crate::session_feed::names_of(preparation),
        labels: preparation.channels.labels(),
        decision: one.decision,
        truth: Some(one.trial.class),
        relevance: &one.relevance,
        rate_hz: preparation.rate_hz,
        window_start_secs: preparation.window_secs[0],
        warnings: motrace_explain::warnings(&one.relevance.ledger),
    }
}

/// `trial.png` as `trial-7.png` where there are several.
fn numbered(path: &Path, number: usize, several: bool) -> PathBuf {
    if !several {
        return path.to_owned();
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number}{ending}"))
}

fn as_json(one: &Explained, model: &Model, full: bool) -> serde_json::Value {
    let preparation = &model.preparation;
    let record = DecisionRecord::new(
        &one.decision,
        Some(&one.trial),
        Some(&one.relevance),
        &preparation.class_names(),
        preparation.rate_hz,
    );
    let ledger = &one.relevance.ledger;
    let each = |values: [Option<f64>; 3]| -> serde_json::Map<String, serde_json::Value> {
        let there = View::ALL.iter().zip(values).filter_map(|(view, value)| Some((view.name().to_owned(), value?)));
        there.map(|(name, value)| (name, json!(value))).collect()
    };
    let mut views = serde_json::Map::new();
    for view in one.relevance.views() {
        let mut shown = json!({ "per_channel": one.relevance.per_channel(view) });
        if full {
            let rows: Vec<Vec<f64>> =
                one.relevance.view(view).rows().into_iter().map(|row| row.iter().copied().collect()).collect();
            shown["channels_by_samples"] = json!(rows);
        }
        views.insert(view.name().to_owned(), shown);
    }
    json!({
        "decision": record,
        "components": one.relevance.components,
        "ledger": {
            "value": ledger.value,
            "offset": ledger.offset,
            "total": each(ledger.total),
            "conservation_error": ledger.conservation_error(),
            "cancellation": each(ledger.cancellation),
            "path_difference": ledger.path_difference,
            "input_source_correlation": ledger.input_source_correlation,
            "rim_share": ledger.rim_share,
            "layers": ledger.layers.iter().map(|layer| json!({
                "layer": layer.layer,
                "relevance_out": layer.relevance_out,
                "relevance_in": layer.relevance_in,
                "bias": layer.bias,
                "stabiliser": layer.stabiliser,
                "unassigned": layer.unassigned,
                "conservation_error": layer.conservation_error(),
            })).collect::<Vec<_>>(),
        },
        "warnings": motrace_explain::warnings(ledger),
        "relevance": views,
    })
}

fn report(one: &Explained, model: &Model) {
    let preparation = &model.preparation;
    let names = preparation.class_names();
    let (decision, ledger) = (&one.decision, &one.relevance.ledger);
    let name_of = |class: usize| names.get(class).copied().unwrap_or("?");
    let (truth, of) = (name_of(one.trial.class), decision.favoured_class());
    let verdict = if decision.class() == one.trial.class { "right" } else { "wrong" };
    say(&format!(
        "trial {:<3} cue {truth}, decided {} ({verdict}), f = {:+.3} decision units, p({}) = {:.2}{}",
        one.trial.number,
        name_of(decision.class()),
        decision.value,
        name_of(of),
        decision.probabilities.of(of).unwrap_or(f64::NAN),
        if decision.veto.is_clear() {
            String::new()
        } else {
            format!("; careful: {}", decision.veto.reasons().join(", "))
        }
    ));
    if !decision.is_of_two() {
        let all = names.iter().zip(decision.probabilities.all());
        let all: Vec<String> = all.map(|(name, p)| format!("{name} {p:.2}")).collect();
        say(&format!("  p        {}; f and relevance speak for {}", all.join(", "), name_of(of)));
    }
    let labels = preparation.channels.labels();
    for ((view, total), cancellation) in View::ALL.iter().zip(ledger.total).zip(ledger.cancellation) {
        let (Some(total), Some(cancellation)) = (total, cancellation) else { continue };
        say(&format!(
            "  {:8} \u{3a3}R {total:+.3}  cancellation {cancellation:>5.1}  {}",
            view.name(),
            figures::largest(labels, &one.relevance.per_channel(*view), 5)
        ));
    }
    let error =
        if ledger.layers.is_empty() { "|\u{3a3}R \u{2212} (f \u{2212} f\u{2080})|" } else { "conservation error" };
    let correlation = ledger
        .input_source_correlation
        .map_or_else(String::new, |correlation| format!(", INPUT/SOURCE correlation {correlation:.2}"));
    say(&format!(
        "  ledger   f\u{2080} {:+.3}, {error} {:.1e}{correlation}, frontal and temporal rim {}",
        ledger.offset,
        ledger.conservation_error(),
        output::percent(ledger.rim_share)
    ));
    for layer in ledger.layers.iter().rev() {
        say(&format!(
            "  layer    {:27} R {:+.4} \u{2192} {:+.4}, bias {:+.4}, stabiliser {:+.4}, unassigned {:+.4}",
            layer.layer, layer.relevance_out, layer.relevance_in, layer.bias, layer.stabiliser, layer.unassigned
        ));
    }
    for warning in motrace_explain::warnings(ledger) {
        say(&format!("  careful  {warning}"));
    }
}
