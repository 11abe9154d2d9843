//! Evaluations that nobody made, with figures that look like real ones.

use motrace_view::EvaluationPage;
use motrace_view::evaluation::{
    DecoderConfusion, LearningCurve, LearningPoint, MetricColumn, MetricRow, MetricTable, PairedDifference,
    PseudoOnlineFigures, SubjectAccuracy, TimeCourse, pattern_maps, relevance_maps,
};
use motrace_view::figure::Measured;

const DECODERS: [&str; 5] =
    ["CSP + LDA", "filter-bank CSP + LDA", "log-variance + LDA", "minimum distance to mean", "tangent space + LDA"];
const LABELS: &str = "Fz FC3 FC1 FCz FC2 FC4 C5 C3 C1 Cz C2 C4 C6 CP3 CP1 CPz CP2 CP4 P1 Pz P2 POz";

/// Of five decoders, for nine subjects.
pub fn group() -> EvaluationPage {
    of((1..=9).map(|n| format!("sub-{n:02}")).collect(), &DECODERS)
}

/// Of two decoders, for one subject.
pub fn single() -> EvaluationPage {
    of(vec!["S001".into()], &DECODERS[..2])
}

fn of(names: Vec<String>, decoders: &[&str]) -> EvaluationPage {
    let level = |subject: usize, decoder: usize| {
        let wave = ((subject * 7 + decoder * 3) as f64 * 1.7).sin();
        (0.62 + 0.3 * ((subject * 5 % 9) as f64 / 9.0) + 0.02 * decoder as f64 + 0.03 * wave).min(0.99)
    };
    let around = |value: f64, reach: f64| Measured::new(value, value - reach, (value + reach * 0.8).min(1.0));
    let subjects: Vec<SubjectAccuracy> = names
        .iter()
        .enumerate()
        .map(|(s, name)| SubjectAccuracy {
            name: name.clone(),
            trials: 90,
            chance: Some([0.4, 0.6]),
            accuracy: (0..decoders.len()).map(|d| Some(around(level(s, d), 0.08))).collect(),
        })
        .collect();
    let rows = names.iter().enumerate().flat_map(|(s, name)| {
        decoders.iter().enumerate().map(move |(d, decoder)| {
            let a = level(s, d);
            MetricRow {
                subject: name.clone(),
                decoder: (*decoder).into(),
                trials: 90,
                values: vec![
                    Some(around(a, 0.08)),
                    Some(around(a - 0.004, 0.085)),
                    Some(around(2.0 * a - 1.0, 0.16)),
                    Some(around((a + 0.05).min(0.995), 0.05)),
                    Some(Measured::new(1.2 - a, 1.05 - a, 1.4 - a)),
                    None,
                ],
                chance: "40.0 to 60.0 %".into(),
            }
        })
    });
    let share = ["accuracy", "balanced accuracy"].map(|name| MetricColumn { name: name.into(), is_percent: true });
    let others = ["κ", "ROC-AUC", "log loss (nats)", "bits per decision (Wolpaw)"];
    let others = others.map(|name| MetricColumn { name: name.into(), is_percent: false });
    let labels: Vec<String> = LABELS.split(' ').map(str::to_owned).collect();
    let bump = |centre: &str, other: f64| -> Vec<f64> {
        let column = |label: &str| match label.trim_start_matches(char::is_alphabetic) {
            "z" | "" => 0.0,
            digit => {
                let n: f64 = digit.parse().unwrap_or(0.0);
                if n as usize % 2 == 1 { -(n + 1.0) / 2.0 } else { n / 2.0 }
            }
        };
        let near = |label: &String| {
            let row = if label.starts_with(&centre[..1]) { 0.0 } else { 1.2 };
            (-((column(label) - column(centre)).powi(2) + row * row) / 1.8).exp()
        };
        labels.iter().map(|label| near(label) + other * column(label) * 0.05).collect()
    };
    let negative = |values: Vec<f64>| values.into_iter().map(|v| -v).collect::<Vec<f64>>();
    let maps = [
        pattern_maps(
            "Spatial patterns of CSP + LDA",
            &labels,
            &[
                ("1: stronger in left".into(), "λ 0.21, weight −0.91".into(), bump("C4", 0.3)),
                ("2: stronger in left".into(), "λ 0.29, weight −0.52".into(), bump("CP4", -0.5)),
                ("5: stronger in right".into(), "λ 0.68, weight +0.47".into(), bump("C1", 0.6)),
                ("6: stronger in right".into(), "λ 0.81, weight +1.02".into(), bump("C3", 0.2)),
            ],
        ),
        relevance_maps(
            "Mean relevance of CSP + LDA",
            &labels,
            &["left".into(), "right".into()],
            &[45, 45],
            &[("pattern".into(), vec![negative(bump("C4", 0.2)), bump("C3", -0.4)])],
        ),
    ];
    let learning = (0..decoders.len()).map(|d| LearningCurve {
        decoder: d,
        points: [10, 20, 30, 40, 60, 80]
            .map(|n| {
                let rise = 1.0 - (-f64::from(n) / 22.0).exp();
                let value = 0.5 + 0.34 * rise + 0.015 * d as f64;
                LearningPoint {
                    trials: f64::from(n),
                    minutes: f64::from(n) * 8.2 / 60.0,
                    accuracy: around(value, 0.1 - 0.0008 * f64::from(n)),
                }
            })
            .to_vec(),
    });
    let courses = (0..decoders.len()).map(|d| TimeCourse {
        decoder: d,
        points: (-10..=45)
            .map(|t| {
                let secs = f64::from(t) / 10.0;
                let rise = 1.0 / (1.0 + (-(secs - 1.1) * 4.0).exp()) - 0.8 / (1.0 + (-(secs - 4.4) * 4.0).exp());
                (secs, around(0.5 + (0.3 + 0.02 * d as f64) * rise + 0.012 * (9.0 * secs).sin(), 0.05))
            })
            .collect(),
    });
    let differences = (1..decoders.len()).map(|d| {
        let value = 0.018 * d as f64 - 0.02;
        PairedDifference {
            first: d,
            second: 0,
            difference: Measured::new(value, value - 0.028, value + 0.03),
            p_value: Some(0.6 / (d as f64).powi(6)),
            pairs: if names.len() > 1 { format!("{} subjects", names.len()) } else { "90 trials".into() },
        }
    });
    let pseudo_online = names.iter().take(3).map(|name| PseudoOnlineFigures {
        decoder: 0,
        subject: name.clone(),
        trials: 45,
        idle_minutes: 4.6,
        hit_rate: Measured::new(0.71, 0.57, 0.82),
        hit_rate_by_chance: Some(0.23),
        wrong_rate: Measured::new(0.13, 0.06, 0.26),
        false_alarms_per_minute: Some(Measured::new(3.5, 2.0, 5.6)),
        time_to_hit_secs: Some([1.12, 1.48, 2.2]),
        wolpaw_bits_per_minute: Measured::new(5.1, 2.0, 8.8),
        nykopp_bits_per_minute: Measured::new(6.3, 3.4, 9.9),
        threshold: 0.82,
        curve: (0..40)
            .map(|n| [(1.0 - f64::from(n) / 39.0).powi(2) * 14.0, 0.95 * (1.0 - (f64::from(n) / 39.0).powi(3))])
            .collect(),
    });
    let mean = |d: usize| {
        let value = (0..names.len()).map(|s| level(s, d)).sum::<f64>() / names.len() as f64;
        Some(around(value, 0.06))
    };
    EvaluationPage {
        title: if names.len() > 1 { "Evaluation of nine subjects".into() } else { "Evaluation of S001".into() },
        subtitle: "a made-up example · chronological 5-fold".into(),
        introduction: vec![format!(
            "{} decoders on {} subjects, 90 trials each, in five folds that follow each other in time.",
            decoders.len(),
            names.len()
        )],
        warnings: vec!["These figures are made up, to show what a page looks like.".into()],
        decoders: decoders.iter().map(|d| (*d).to_owned()).collect(),
        classes: vec!["left".into(), "right".into()],
        metrics: MetricTable { metrics: share.into_iter().chain(others).collect(), rows: rows.collect() },
        mean: (0..decoders.len()).map(mean).collect(),
        subjects,
        differences: differences.collect(),
        learning: learning.collect(),
        courses: courses.collect(),
        window_secs: Some([0.5, 2.5]),
        chance: Some([0.46, 0.54]),
        confusions: (0..decoders.len())
            .map(|d| DecoderConfusion {
                decoder: d,
                counts: vec![vec![330 + 8 * d, 75 - 8 * d], vec![95 - 9 * d, 310 + 9 * d]],
            })
            .collect(),
        maps: maps.into_iter().flatten().collect(),
        pseudo_online: pseudo_online.collect(),
        course_note: "The windows of the courses are 1 s long and stand at their end.".to_owned(),
        map_notes: vec!["No maps of the others: they have none.".to_owned()],
        facts: vec![
            ("protocol".into(), "chronological 5-fold".into()),
            ("filter".into(), "8–30 Hz, causal Butterworth of order 4".into()),
            ("window".into(), "0.5 to 2.5 s after the cue".into()),
            (
                "files".into(),
                "sub-01_task-imagery_eeg.edf sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                    .into(),
            ),
        ],
    }
}
