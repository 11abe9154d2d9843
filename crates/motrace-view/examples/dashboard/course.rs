//! Where a session may stand: before it, when training is to be accepted, in feedback. Nothing in it was measured.

use motrace_session::{Evidence, Frame, Scene, Side, Symbol};
use motrace_view::{Check, Course, CourseStep, Prompt, Shadow, StepState, TimingFigures, TrainedFigures, Verdict};

const STEPS: [(&str, &str); 8] = [
    ("checks", "accepted"),
    ("baseline", "20 s"),
    ("calibration 1", "20 trials, 1 vetoed"),
    ("calibration 2", "20 trials"),
    ("training", "accepted, 81 % ± 6 %"),
    ("feedback 1", "bar, 20 trials"),
    ("feedback 2", "pong, 20 balls"),
    ("report", ""),
];

fn steps(now: usize) -> Vec<CourseStep> {
    let step = |(i, (name, detail)): (usize, &(&str, &str))| CourseStep {
        name: (*name).into(),
        state: match i {
            i if i < now => StepState::Done,
            i if i == now => StepState::Now,
            _ => StepState::Ahead,
        },
        detail: if i < now { (*detail).into() } else { String::new() },
    };
    STEPS.iter().enumerate().map(step).collect()
}

fn prompt(question: &str, keys: &[(&str, &str)]) -> Option<Prompt> {
    let keys = keys.iter().map(|(key, what)| ((*key).into(), (*what).into())).collect();
    Some(Prompt { question: question.into(), keys })
}

fn check(what: &str, verdict: Verdict, detail: &str) -> Check {
    Check { what: what.into(), verdict, detail: detail.into() }
}

fn map(labels: &[String], sign: f64) -> Vec<f64> {
    let weight = |label: &str| match label {
        "C3" => 1.0,
        "FC3" | "CP3" | "C5" | "C1" => 0.5,
        "C4" => -0.8,
        "FC4" | "CP4" | "C6" | "C2" => -0.35,
        _ => 0.03,
    };
    labels.iter().map(|label| sign * weight(label)).collect()
}

/// A course of this name: `checks`, `training` or `feedback`.
pub fn course(name: &str, labels: &[String]) -> Course {
    let checks = vec![
        check("EEG stream", Verdict::Good, "synthetic on nowhere, 22 channels at 250 Hz"),
        check("montage", Verdict::Good, "all 22 channels have a place"),
        check("FC4", Verdict::Careful, "noisy: 48 µV rms, usual is 11 µV; more gel, or leave it out"),
        check("P2", Verdict::Bad, "flat for 12 s: the electrode has no contact"),
        check("clocks", Verdict::Good, "−0.12 ms ± 0.03 ms"),
        check("screen", Verdict::Good, "lab-2, 160 × 50, answers in 1.2 ms"),
        check("disk", Verdict::Waiting, ""),
    ];
    let timing = Some(TimingFigures { count: 143, p50_secs: 0.0009, p99_secs: 0.0031, max_secs: 0.0052 });
    let shown = |scene| Some(Frame { score: Some([7, 10]), ..Frame::of(scene) });
    match name {
        "checks" => Course {
            steps: steps(0),
            prompt: prompt("accept the signals?", &[("Enter", "accept"), ("r", "look again"), ("x", "end")]),
            checks,
            stage: Some(Frame::of(Scene::Words {
                title: "Welcome".into(),
                lines: vec!["It begins when everything is ready.".into()],
            })),
            remaining_secs: Some(21.0 * 60.0),
            screens: 1,
            ..Course::default()
        },
        "training" => Course {
            steps: steps(4),
            prompt: prompt("accept the decoder?", &[("Enter", "accept"), ("r", "train again"), ("x", "end")]),
            checks,
            stage: Some(Frame::of(Scene::Words { title: "Break".into(), lines: vec!["Rest your eyes.".into()] })),
            remaining_secs: Some(9.0 * 60.0),
            timing,
            trained: Some(TrainedFigures {
                lines: vec![
                    "81 % ± 6 % of 39 trials right in cross-validation; guessing reaches 66 %".into(),
                    "1 trial was left out: railed".into(),
                    "! FC4 is noisy; its relevance deserves little trust".into(),
                ],
                maps: vec![
                    ("left hand 1".into(), map(labels, -1.0)),
                    ("left hand 2".into(), map(labels, -0.6)),
                    ("right hand 1".into(), map(labels, 1.0)),
                    ("right hand 2".into(), map(labels, 0.7)),
                ],
                labels: labels.to_vec(),
            }),
            screens: 1,
            ..Course::default()
        },
        _ => Course {
            steps: steps(5),
            checks,
            stage: shown(Scene::Bar { target: Some(Side::Right), symbol: Some(Symbol::ArrowRight), value: 0.62 }).map(
                |frame| Frame {
                    evidence: Some(Evidence {
                        labels: labels.to_vec(),
                        values: map(labels, 0.4).iter().map(|v| *v as f32).collect(),
                    }),
                    ..frame
                },
            ),
            progress: Some((10, 20)),
            remaining_secs: Some(4.0 * 60.0),
            timing,
            shadow: Some(Shadow {
                adapted: 0.8,
                frozen: 0.7,
                trials: 10,
                labels: labels.to_vec(),
                difference: map(labels, 0.12),
            }),
            screens: 1,
            ..Course::default()
        },
    }
}
