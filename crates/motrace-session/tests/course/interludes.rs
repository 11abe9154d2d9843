use motrace_session::{Baseline, Rest, Scene, StepKind};

#[test]
fn a_baseline_is_words_then_a_cross() {
    let mut baseline = Baseline::new(20.0, 7);
    assert!(!baseline.is_over());
    baseline.start(100.0);
    let mut steps = Vec::new();
    while let Some(next) = baseline.next_due_secs() {
        steps.extend(baseline.advance(next));
    }
    assert!(baseline.is_over());
    let kinds: Vec<_> = steps.iter().map(|step| (step.id, step.kind, step.marker.as_deref())).collect();
    assert_eq!(
        kinds,
        [
            (7, StepKind::Instruction, None),
            (8, StepKind::BaselineStart, Some("baseline-start")),
            (9, StepKind::BaselineEnd, Some("baseline-end")),
        ]
    );
    assert!((steps[2].due_secs - steps[1].due_secs - 20.0).abs() < 1e-9);
    assert_eq!(baseline.frame(110.0).scene, Scene::Fixation);
    assert_eq!(baseline.next_id(), 10);
}

#[test]
fn a_baseline_can_be_skipped() {
    for (at, markers) in [(101.0, vec![]), (107.0, vec!["baseline-start", "baseline-end"])] {
        let mut baseline = Baseline::new(20.0, 1);
        baseline.start(100.0);
        let mut steps = baseline.advance(at);
        baseline.skip(at);
        steps.extend(baseline.advance(at));
        assert!(baseline.is_over());
        baseline.skip(at + 1.0);
        assert!(baseline.advance(200.0).is_empty());
        assert_eq!(steps.iter().filter_map(|step| step.marker.as_deref()).collect::<Vec<_>>(), markers);
    }
}

#[test]
fn a_break_counts_down() {
    let mut rest = Rest::new(30.0, vec!["Next: Brain Pong.".to_owned()], 1);
    rest.start(0.0);
    rest.advance(0.0);
    let Scene::Words { lines, .. } = rest.frame(10.0).scene else { panic!("no words") };
    assert_eq!(lines, ["Next: Brain Pong.", "It goes on in 21 s."]);
    rest.skip(12.0);
    let steps = rest.advance(12.0);
    assert_eq!(steps.last().and_then(|step| step.marker.as_deref()), Some("resume"));
    assert!(rest.is_over());
}

#[test]
fn no_length_means_no_steps() {
    for secs in [0.0, -1.0, f64::NAN] {
        let mut baseline = Baseline::new(secs, 1);
        baseline.start(5.0);
        assert!(baseline.advance(6.0).is_empty() && baseline.is_over());
        let mut rest = Rest::new(secs, Vec::new(), 1);
        rest.start(5.0);
        assert!(rest.advance(6.0).is_empty() && rest.is_over());
    }
}
