//! What `motrace info` says of a network.

use crate::output::{percent, say};
use motrace_engine::{Decoder, InputStage, Model, NetworkDecoder};
use serde_json::{Value, json};

/// The decoder as JSON, whatever it is.
pub fn as_json(model: &Model) -> Value {
    match &model.decoder {
        Decoder::CspLda(decoder) => json!({
            "components": decoder.components(),
            "eigenvalues": decoder.eigenvalues,
            "weights": decoder.weights,
        }),
        Decoder::Network(decoder) => json!({
            "architecture": decoder.architecture,
            "parameters": decoder.network.parameter_count(),
            "window_samples": decoder.network.input().samples,
            "crop_stride_samples": decoder.crop_stride_samples,
            "logit_gain": decoder.logit_gain,
            "layers": layers(decoder).into_iter().map(|(name, input, output)| json!({
                "layer": name, "input": input, "output": output,
            })).collect::<Vec<_>>(),
            "explanation": decoder.composite,
            "explanation_name": decoder.composite.name(),
            "has_reference": decoder.reference.is_some(),
            "training": decoder.training,
            "input": match model.preparation.input {
                InputStage::Filtered => json!("filtered"),
                InputStage::Standardised { factor } => json!({ "standardised": { "factor": factor } }),
                InputStage::Envelope { low_pass_hz, factor, values_per_sec } => json!({
                    "envelope": { "low_pass_hz": low_pass_hz, "factor": factor, "values_per_sec": values_per_sec }
                }),
            },
        }),
    }
}

/// Name, input and output of each layer.
fn layers(decoder: &NetworkDecoder) -> Vec<(&'static str, String, String)> {
    let shapes = decoder.network.shapes();
    let pairs = shapes.iter().zip(shapes.iter().skip(1));
    decoder
        .network
        .layers()
        .iter()
        .zip(pairs)
        .map(|(layer, (input, output))| (layer.name(), input.to_string(), output.to_string()))
        .collect()
}

/// A network in words.
pub fn show(decoder: &NetworkDecoder, rate_hz: f64) {
    let input = decoder.network.input();
    say(&format!(
        "network     {} parameters, windows of {} channels \u{d7} {} values at {rate_hz} Hz",
        decoder.network.parameter_count(),
        input.rows,
        input.samples
    ));
    for (place, (name, input, output)) in layers(decoder).into_iter().enumerate() {
        say(&format!("layer {:<5} {name}: {input} \u{2192} {output}", place + 1));
    }
    let reference = if decoder.reference.is_some() { ", with the class means of its training windows" } else { "" };
    say(&format!(
        "explained   by layer-wise relevance propagation, rules {}{reference}",
        decoder.composite.name().unwrap_or("of its own")
    ));
    let Some(training) = &decoder.training else {
        say("training    not trained by motrace");
        return;
    };
    for report in &training.reports {
        let (what, score) = match report.validation {
            Some(score) => ("validation loss", Some(score)),
            None => ("loss", report.training),
        };
        let said =
            score.map_or_else(String::new, |s| format!(", with {what} {:.3}, {} right", s.loss, percent(s.accuracy)));
        let kept = if report.seed == training.seed { "; this seed is kept" } else { "" };
        say(&format!(
            "seed {:<6} {}{said}; {}{kept}",
            report.seed,
            epochs(report.epochs, report.best_epoch),
            report.ended.in_words(report.best_epoch)
        ));
    }
}

/// How many epochs a seed had, and which was the best: `40 epochs, the best was 12`.
pub fn epochs(count: usize, best: usize) -> String {
    let epochs = if count == 1 { "epoch" } else { "epochs" };
    if best == 0 { format!("{count} {epochs}") } else { format!("{count} {epochs}, the best was {best}") }
}
