//! Every pipeline on real recordings, by chronological 5-fold cross-validation.
//!
//!     MOTRACE_DATA=… cargo run --release -p motrace-decode --example compare_pipelines [-- PREDICTIONS.json]
//!
//! The causal filter runs from each recording's first sample on; trials are cut after filtering. With a file named, the
//! probabilities go there, which `tests/scripts/compare_pipelines.py` compares with pyRiemann, scikit-learn and MNE.

use motrace_decode::metrics::{
    ClassPrediction, Metric, Resampling, chance_interval, metric_interval, paired_permutation_test,
};
use motrace_decode::pipeline::{
    CspKind, CspPipeline, FilterBankCsp, LogVariance, MinimumDistance, Pipeline, TangentClassifier, TangentSpace,
    cross_validate_pipeline,
};
use motrace_decode::{CutWindow, Epochs, FilterBank, Folds, TrialSet, filter_and_cut};
use motrace_record::{Recording, StreamQuery};
use motrace_signal::{FilterSpec, Reference};
use ndarray::{Array2, Array3, Axis, concatenate};
use serde_json::{Value, json};
use std::{error::Error, path::Path, time::Instant};

type Trouble = Box<dyn Error>;
/// A pipeline, and what it is called in the file.
type Named = (&'static str, Box<dyn Pipeline>);

/// What is decoded: recordings, in their order, and the markers of each class.
struct Task {
    name: String,
    files: Vec<(String, Vec<(&'static str, &'static str)>)>,
    classes: &'static [&'static str],
    window_secs: [f64; 2],
}

/// A recording in memory.
struct Run {
    /// `[channels, samples]`, in volts.
    data: Array2<f64>,
    rate_hz: f64,
    cues: Vec<u64>,
    labels: Vec<usize>,
    /// Small Laplacians over C3, Cz and C4, each with a weight for each channel.
    laplacians: Vec<Vec<f64>>,
}

fn tasks() -> Vec<Task> {
    let s001 = |name: &str, runs: &[(u32, [&'static str; 2])], classes: &'static [&'static str], window_secs| Task {
        name: format!("S001 {name}"),
        files: runs
            .iter()
            .map(|(run, [t1, t2])| (format!("eegmmidb/S001/S001R{run:02}.edf"), vec![("T1", *t1), ("T2", *t2)]))
            .collect(),
        classes,
        window_secs,
    };
    let (hands, limbs) = (["left", "right"], ["fists", "feet"]);
    let early = [0.5, 2.5];
    let mut tasks = vec![
        s001("fists/feet", &[(6, limbs), (10, limbs), (14, limbs)], &["fists", "feet"], early),
        s001("left/right", &[(4, hands), (8, hands), (12, hands)], &["left", "right"], early),
        s001(
            "four classes",
            &[(4, hands), (6, limbs), (8, hands), (10, limbs), (12, hands), (14, limbs)],
            &["left", "right", "fists", "feet"],
            early,
        ),
    ];
    for window_secs in [early, [1.0, 3.5]] {
        for subject in ["01", "03", "06", "07", "09"] {
            tasks.push(Task {
                name: format!("openbci {subject} {}-{} s", window_secs[0], window_secs[1]),
                files: (2..=5)
                    .map(|run| {
                        (
                            format!("mi-openbci/edf{subject}/{run:03}/eeg.edf"),
                            vec![("OVTK_GDF_Right", "grasp"), ("OVTK_GDF_Tongue", "rest")],
                        )
                    })
                    .collect(),
                classes: &["grasp", "rest"],
                window_secs,
            });
        }
    }
    tasks
}

fn read(path: &Path, markers: &[(&str, &str)], classes: &[&str]) -> Result<Run, Trouble> {
    let recording = Recording::open(path)?;
    let signal = recording.signal(&StreamQuery::default())?;
    let channels = signal.info.channels.len();
    let samples = signal.sample_count();
    let mut data = Array2::zeros((channels, samples));
    for (c, channel) in signal.info.channels.iter().enumerate() {
        // Where no unit is given, values are microvolts.
        let volts = channel.unit.in_volts().unwrap_or(1e-6);
        for t in 0..samples {
            data[[c, t]] = signal.samples.value(t * channels + c).unwrap_or(0.0) * volts;
        }
    }
    let montage = signal.info.montage();
    // Where electrodes are too sparse for a Laplacian, the site against the mean of all.
    let against_mean = |site: usize| {
        let share = 1.0 / channels as f64;
        (0..channels).map(|c| if c == site { 1.0 - share } else { -share }).collect()
    };
    let laplacians = ["C3", "Cz", "C4"]
        .iter()
        .filter_map(|site| montage.index_of(site))
        .map(|site| Reference::laplacian_row(&montage, site).unwrap_or_else(|| against_mean(site)))
        .collect();
    let (mut cues, mut labels) = (Vec::new(), Vec::new());
    for marker in recording.markers(signal) {
        let class = markers.iter().find(|(text, _)| *text == marker.text.trim()).map(|(_, class)| *class);
        if let Some(label) = class.and_then(|class| classes.iter().position(|name| *name == class)) {
            cues.push(marker.index);
            labels.push(label);
        }
    }
    Ok(Run { data, rate_hz: signal.info.rate_hz, cues, labels, laplacians })
}

fn epochs(runs: &[Run], classes: &[&str], filter: &FilterSpec, window_secs: [f64; 2]) -> Result<Epochs, Trouble> {
    let mut parts: Vec<Array3<f64>> = Vec::new();
    for run in runs {
        let window = CutWindow {
            offset_samples: (window_secs[0] * run.rate_hz) as i64,
            samples: (window_secs[1] * run.rate_hz) as usize - (window_secs[0] * run.rate_hz) as usize,
        };
        parts.push(filter_and_cut(run.data.view(), &filter.design(run.rate_hz)?, &run.cues, window)?);
    }
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    Ok(Epochs {
        data: concatenate(Axis(0), &views)?,
        labels: runs.iter().flat_map(|run| run.labels.clone()).collect(),
        class_names: classes.iter().map(|class| (*class).to_owned()).collect(),
        groups: runs.iter().enumerate().flat_map(|(group, run)| vec![group; run.labels.len()]).collect(),
    })
}

fn pipelines(laplacians: &[Vec<f64>]) -> Result<Vec<Named>, Trouble> {
    let channels = laplacians.first().map_or(0, Vec::len);
    let derivations = Array2::from_shape_vec((laplacians.len(), channels), laplacians.concat())?;
    Ok(vec![
        ("laplacians_lda", Box::new(LogVariance { derivations })),
        ("csp_lda", Box::new(CspPipeline::default())),
        ("csp_joint_lda", Box::new(CspPipeline { kind: CspKind::JointDiagonalisation, ..CspPipeline::default() })),
        ("fbcsp_lda", Box::new(FilterBankCsp::default())),
        ("mdm", Box::new(MinimumDistance::default())),
        ("tangent_logistic", Box::new(TangentSpace::default())),
        ("tangent_lda", Box::new(TangentSpace { classifier: TangentClassifier::Lda, ..TangentSpace::default() })),
    ])
}

fn rights(predictions: &[ClassPrediction]) -> Vec<f64> {
    predictions.iter().map(|p| f64::from(u8::from(p.is_right()))).collect()
}

fn main() -> Result<(), Trouble> {
    let Some(root) = std::env::var_os("MOTRACE_DATA") else {
        println!("skipped: MOTRACE_DATA does not name the folder with the recordings");
        return Ok(());
    };
    let mut written = Vec::new();
    for task in tasks() {
        let runs: Vec<Run> = task
            .files
            .iter()
            .map(|(file, markers)| read(&Path::new(&root).join(file), markers, task.classes))
            .collect::<Result<_, _>>()?;
        let broad = FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None };
        let mut set = TrialSet::new(epochs(&runs, task.classes, &broad, task.window_secs)?)?;
        let bank = FilterBank::default();
        for (band, spec) in bank.bands_hz.iter().zip(bank.specs()) {
            set = set.with_band(*band, &epochs(&runs, task.classes, &spec, task.window_secs)?)?;
        }
        let folds = Folds::Chronological(5).test_sets(set.groups())?;
        let count = set.trials();
        let chance = chance_interval(count, 1.0 / set.classes() as f64);
        println!(
            "\n{}: {count} trials, {} channels, chance up to {:.3}",
            task.name,
            set.channels(),
            chance.upper_bound
        );
        let mut of_csp = None;
        for (name, pipeline) in pipelines(&runs[0].laplacians)? {
            let start = Instant::now();
            let found = cross_validate_pipeline(pipeline.as_ref(), &set, &folds, &mut |_, _| ())?;
            let millis = start.elapsed().as_secs_f64() * 1e3;
            let accuracy = Metric::Accuracy.of(&found, set.classes()).unwrap_or(f64::NAN);
            let [low, high] =
                metric_interval(Metric::Accuracy, &found, set.classes(), Resampling::default()).unwrap_or([0.0, 1.0]);
            let auc = Metric::RocAuc.of(&found, set.classes()).unwrap_or(f64::NAN);
            let loss = Metric::LogLoss.of(&found, set.classes()).unwrap_or(f64::NAN);
            let scores = rights(&found);
            if name == "csp_lda" {
                of_csp = Some(scores.clone());
            }
            let against = of_csp.as_ref().and_then(|csp| paired_permutation_test(&scores, csp, Resampling::default()));
            let p = against.map_or(String::new(), |test| format!("  p {:.3} against CSP + LDA", test.p_value));
            println!(
                "  {name:<17} accuracy {accuracy:.3} [{low:.3}, {high:.3}]  AUC {auc:.3}  log loss {loss:.3} nats  {millis:.0} ms{p}"
            );
            let probabilities: Vec<Value> = found.iter().map(|p| json!(p.probabilities)).collect();
            written.push(json!({ "task": task.name, "pipeline": name, "millis": millis, "accuracy": accuracy, "truth": set.labels(), "probabilities": probabilities }));
        }
    }
    if let Some(path) = std::env::args_os().nth(1) {
        std::fs::write(path, serde_json::to_string(&written)?)?;
    }
    Ok(())
}
