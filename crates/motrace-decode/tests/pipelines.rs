//! Agreement with pyRiemann, scikit-learn, MNE and scipy on the fixtures that `tests/scripts/pipeline_fixtures.py` makes.
#![allow(clippy::unwrap_used, reason = "a test may panic on a broken fixture")]

use motrace_decode::metrics::{ClassPrediction, Confusion, Metric, Resampling, class_roc_auc, paired_permutation_test};
use motrace_decode::pipeline::{
    CspKind, CspPipeline, LogVariance, MinimumDistance, Pipeline, TangentClassifier, TangentSpace,
};
use motrace_decode::{Epochs, Shrinkage, TrialSet, riemann};
use ndarray::{Array2, Array3};
use serde_json::Value;
use std::{fs, path::Path};

fn load(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/decode");
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn whole(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|x| usize::try_from(x.as_u64().unwrap()).unwrap()).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows = rows(value);
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= tolerance, "{what}: {ours:?} {theirs:?}");
    }
}

fn set(fixture: &Value) -> TrialSet {
    let shape = whole(&fixture["shape"]);
    let labels = whole(&fixture["labels"]);
    let unit_volts = fixture["unit_volts"].as_f64().unwrap();
    let data = Array3::from_shape_vec((shape[0], shape[1], shape[2]), numbers(&fixture["data"])).unwrap() * unit_volts;
    let classes = usize::try_from(fixture["classes"].as_u64().unwrap()).unwrap();
    let class_names = (0..classes).map(|class| format!("class {class}")).collect();
    TrialSet::new(Epochs { data, groups: vec![0; labels.len()], labels, class_names }).unwrap()
}

#[test]
fn probabilities_agree_with_the_reference_pipelines() {
    let fixtures = load("pipelines.json");
    for (number, fixture) in fixtures.as_array().unwrap().iter().enumerate() {
        let set = set(fixture);
        let channels = set.channels();
        let train: Vec<usize> = (0..usize::try_from(fixture["trained_on"].as_u64().unwrap()).unwrap()).collect();
        let compare = |name: &str, pipeline: &dyn Pipeline, tolerance: f64| {
            let expected = &fixture["expected"][name];
            let fitted = pipeline.fit(&set, &train).unwrap();
            for (trial, theirs) in rows(expected).iter().enumerate() {
                let ours = fitted.probabilities(&set, trial).unwrap();
                assert_close(&ours, theirs, tolerance, &format!("fixture {number}, {name}, trial {trial}"));
            }
        };
        for (name, shrinkage) in
            [("off", Shrinkage::Off), ("ledoit_wolf", Shrinkage::LedoitWolf), ("oas", Shrinkage::OracleApproximating)]
        {
            // pyRiemann's means are found to about 1e-8 only.
            compare(&format!("mdm_{name}"), &MinimumDistance { shrinkage }, 1e-6);
            let lda = TangentSpace { shrinkage, classifier: TangentClassifier::Lda };
            compare(&format!("tangent_lda_{name}"), &lda, 1e-6);
            let loss_weight = if shrinkage == Shrinkage::OracleApproximating { 0.1 } else { 1.0 };
            let logistic = TangentSpace { shrinkage, classifier: TangentClassifier::Logistic { loss_weight } };
            compare(&format!("tangent_logistic_{name}"), &logistic, 1e-6);
        }
        compare("log_variance", &LogVariance { derivations: Array2::eye(channels) }, 1e-8);
        if fixture["expected"].get("csp_joint").is_some() {
            let joint = CspPipeline { patterns_per_side: 2, kind: CspKind::JointDiagonalisation };
            compare("csp_joint", &joint, 1e-5);
        }
    }
}

#[test]
fn geometry_agrees_with_pyriemann() {
    let fixture = load("riemann.json");
    let covariances: Vec<Array2<f64>> = fixture["covariances"].as_array().unwrap().iter().map(matrix).collect();
    let distances = rows(&fixture["distances"]);
    for (a, distances) in covariances.iter().zip(&distances) {
        for (b, &theirs) in covariances.iter().zip(distances) {
            let ours = riemann::distance(a.view(), b.view()).unwrap();
            assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs}");
        }
    }
    let mean = riemann::mean(&covariances).unwrap();
    let theirs = matrix(&fixture["mean"]);
    assert_close(mean.as_slice().unwrap(), theirs.as_slice().unwrap(), 1e-7, "the Karcher mean");
    for (covariance, theirs) in covariances.iter().zip(rows(&fixture["tangent"])) {
        let ours = riemann::tangent_vector(covariance.view(), theirs_mean(&fixture).view()).unwrap();
        assert_close(&ours, &theirs, 1e-9, "a tangent vector");
    }
    // The rows of a joint diagonaliser have no order and no scale.
    let ours = riemann::joint_diagonaliser(&covariances).unwrap();
    let theirs = matrix(&fixture["joint_filters"]);
    for row in ours.outer_iter() {
        let cosine =
            |other: ndarray::ArrayView1<f64>| (row.dot(&other) / (row.dot(&row) * other.dot(&other)).sqrt()).abs();
        let best = theirs.outer_iter().map(cosine).fold(0.0, f64::max);
        assert!(best > 1.0 - 1e-9, "pyRiemann has no such row: {best}");
    }
}

fn theirs_mean(fixture: &Value) -> Array2<f64> {
    matrix(&fixture["mean"])
}

#[test]
fn metrics_agree_with_scikit_learn() {
    let fixture = load("metrics.json");
    for case in fixture["cases"].as_array().unwrap() {
        let classes = usize::try_from(case["classes"].as_u64().unwrap()).unwrap();
        let predictions: Vec<ClassPrediction> = whole(&case["truth"])
            .into_iter()
            .zip(rows(&case["probabilities"]))
            .enumerate()
            .map(|(trial, (truth, probabilities))| ClassPrediction { trial, fold: 0, truth, probabilities })
            .collect();
        let table = Confusion::of_predictions(&predictions, classes);
        let theirs: Vec<Vec<usize>> = case["table"].as_array().unwrap().iter().map(whole).collect();
        assert_eq!(table.counts, theirs);
        for (metric, name) in [
            (Metric::Accuracy, "accuracy"),
            (Metric::BalancedAccuracy, "balanced_accuracy"),
            (Metric::Kappa, "kappa"),
            (Metric::RocAuc, "auc"),
            (Metric::LogLoss, "log_loss"),
            (Metric::CalibrationError, "calibration_error"),
            (Metric::NykoppBits, "bits"),
        ] {
            let (ours, theirs) = (metric.of(&predictions, classes).unwrap(), case[name].as_f64().unwrap());
            assert!((ours - theirs).abs() < 1e-9, "{name}: {ours} {theirs}");
        }
        assert_eq!(class_roc_auc(&predictions, classes), Metric::RocAuc.of(&predictions, classes));
    }
}

#[test]
fn the_paired_test_agrees_with_scipy() {
    let pairs = &load("metrics.json")["pairs"];
    let test =
        paired_permutation_test(&numbers(&pairs["first"]), &numbers(&pairs["second"]), Resampling::default()).unwrap();
    assert!(test.is_exact);
    assert!((test.p_value - pairs["p_value"].as_f64().unwrap()).abs() < 1e-12, "{test:?}");
}
