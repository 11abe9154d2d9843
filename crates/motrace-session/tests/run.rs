//! Whole runs, driven by a clock that exists on paper only.
use motrace_session::{FeedbackKind, FeedbackPlan, Protocol, Run, Step, StepKind};

fn names() -> [String; 2] {
    ["left_hand".to_owned(), "right_hand".to_owned()]
}

fn cues() -> [String; 2] {
    ["769".to_owned(), "770".to_owned()]
}

/// Drives a run to its end by what it asks for.
fn drive(run: &mut Run, mut decide: impl FnMut(f64, &[Step]) -> f64) -> Vec<Step> {
    let mut steps = Vec::new();
    run.start(100.0);
    let mut now = 100.0;
    while !run.is_over() {
        steps.extend(run.advance(now));
        let value = decide(now, &steps);
        run.control(value, now);
        now += 0.04;
        assert!(now < 10_000.0, "it never ends");
    }
    steps
}

#[test]
fn a_calibration_run_shows_all_its_trials_on_time() {
    let protocol = Protocol::default();
    let mut run = Run::calibration(&protocol, &names(), &cues(), 5);
    let steps = drive(&mut run, |_, _| 0.0);
    assert!(steps.is_sorted_by(|a, b| a.due_secs <= b.due_secs && a.id < b.id));
    assert_eq!(run.results().len(), 20);
    let of = |kind| steps.iter().filter(move |step: &&Step| step.kind == kind);
    for (start, cue) in of(StepKind::TrialStart).zip(of(StepKind::Cue)) {
        assert!((cue.due_secs - start.due_secs - 3.0).abs() < 1e-9);
    }
    assert_eq!(of(StepKind::Cue).filter(|step| step.marker.as_deref() == Some("769")).count(), 10);
}

#[test]
fn every_game_is_won_by_whoever_follows_the_cue() {
    for kind in [FeedbackKind::Bar, FeedbackKind::Cursor, FeedbackKind::Pong] {
        let plan = FeedbackPlan { kind, ..FeedbackPlan::default() };
        let mut run = Run::feedback(&Protocol::default(), &plan, &names(), &cues(), 5);
        drive(&mut run, |_, steps| {
            let cue = steps.iter().rev().find(|step| step.kind == StepKind::Cue);
            cue.map_or(0.0, |step| if step.marker.as_deref() == Some("769") { -1.0 } else { 1.0 })
        });
        assert_eq!(run.score(), Some([20, 20]), "{kind:?}");
    }
}
