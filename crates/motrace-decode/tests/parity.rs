//! Agreement with scikit-learn, scipy and MNE on the fixtures that `tests/scripts/decode_fixtures.py` makes.
#![allow(clippy::unwrap_used, reason = "a test may panic on a broken fixture")]

use approx::assert_relative_eq;
use motrace_decode::{CspLda, CspLdaSettings, Epochs};
use ndarray::{Array2, Array3};
use serde_json::Value;
use std::{fs, path::Path};

struct Fixture {
    json: Value,
    epochs: Epochs,
    settings: CspLdaSettings,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn load(name: &str) -> Fixture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/decode");
    let json: Value = serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap();
    let shape: Vec<usize> = numbers(&json["shape"]).iter().map(|x| *x as usize).collect();
    let labels: Vec<usize> = numbers(&json["labels"]).iter().map(|x| *x as usize).collect();
    let unit_volts = json["unit_volts"].as_f64().unwrap();
    let data = Array3::from_shape_vec((labels.len(), shape[1], shape[2]), numbers(&json["data"])).unwrap() * unit_volts;
    let groups = vec![0; labels.len()];
    let epochs = Epochs { data, labels, class_names: vec!["one".into(), "other".into()], groups };
    let patterns_per_side = json["patterns_per_side"].as_u64().unwrap() as usize;
    Fixture { json, epochs, settings: CspLdaSettings { patterns_per_side } }
}

fn assert_close(ours: &Array2<f64>, theirs: &Array2<f64>, tolerance: f64) {
    assert_eq!(ours.dim(), theirs.dim());
    let scale = theirs.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= tolerance * scale, "{ours:?}\n{theirs:?}");
    }
}

#[test]
fn filters_patterns_and_outputs_agree_with_the_reference() {
    for name in ["full_rank.json", "common_average.json", "unequal_classes.json"] {
        let Fixture { json, epochs, settings } = load(name);
        let expected = &json["expected"];
        let model = CspLda::fit(&epochs, &settings).unwrap();
        for (ours, theirs) in model.eigenvalues.iter().zip(numbers(&expected["eigenvalues"])) {
            assert_relative_eq!(*ours, theirs, max_relative = 1e-9);
        }
        assert_close(&model.filters, &matrix(&expected["filters"]), 1e-8);
        assert_close(&model.patterns, &matrix(&expected["patterns"]), 1e-8);

        // scikit-learn's decision function is the log-odds, ours is scaled to class means at ±1.
        for (weight, theirs) in model.weights.iter().zip(numbers(&expected["coefficients"])) {
            assert_relative_eq!(weight * model.logit_gain, theirs, max_relative = 1e-6, epsilon = 1e-8);
        }
        let intercept = expected["intercept"].as_f64().unwrap();
        assert_relative_eq!(model.bias * model.logit_gain, intercept, max_relative = 1e-7);
        let decisions = numbers(&expected["decision_function"]);
        let probabilities = numbers(&expected["probability"]);
        for ((trial, decision), probability) in epochs.data.outer_iter().zip(decisions).zip(probabilities) {
            let value = model.value(trial);
            assert!((value * model.logit_gain - decision).abs() <= 1e-7, "{name}: {value} {decision}");
            assert!((model.probability(value) - probability).abs() <= 1e-8);
        }
    }
}

#[test]
fn filters_are_those_of_mne() {
    for name in ["full_rank.json", "unequal_classes.json"] {
        let Fixture { json, epochs, settings } = load(name);
        let model = CspLda::fit(&epochs, &settings).unwrap();
        let theirs = matrix(&json["mne_filters"]);
        for ours in model.filters.outer_iter() {
            let cosine = |other: ndarray::ArrayView1<f64>| {
                (ours.dot(&other) / (ours.dot(&ours) * other.dot(&other)).sqrt()).abs()
            };
            let best = theirs.outer_iter().map(cosine).fold(0.0, f64::max);
            assert!(best > 1.0 - 1e-9, "{name}: no filter of MNE has this direction: {best}");
        }
    }
}
