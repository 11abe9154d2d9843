use crate::drive::{CUES, Command, KINDS, Outcome, commands, decisions, drive, kinds, of, protocols, read, run_of};
use motrace_session::{Protocol, RunKind, Scene, StepKind};
use proptest::prelude::*;

/// What holds whatever the operator does.
fn check(out: &Outcome, planned_per_class: usize) -> Result<(), TestCaseError> {
    let cues = of(&out.steps, StepKind::Cue);
    prop_assert_eq!(cues.len(), out.results.len());
    for (index, (cue, result)) in cues.iter().zip(&out.results).enumerate() {
        prop_assert_eq!(cue.id, result.cue_id);
        prop_assert_eq!(result.number, index + 1);
        prop_assert_eq!(cue.trial, Some(result.number));
        prop_assert_eq!(cue.marker.as_deref(), Some(CUES[result.class]));
    }
    // As many of each class as planned count: none is lost, none doubled.
    for class in 0..2 {
        let good = out.results.iter().filter(|result| result.class == class && result.spoiled.is_none()).count();
        prop_assert_eq!(good, planned_per_class, "class {}", class);
    }
    // Whoever reads only the markers comes to the same.
    let told: Vec<(usize, bool)> = out.results.iter().map(|result| (result.class, result.spoiled.is_none())).collect();
    prop_assert_eq!(read(&out.steps), told);
    // Trials that came to their end are complete.
    for result in out.results.iter().filter(|result| result.spoiled.is_none()) {
        let has = |kind| out.steps.iter().any(|step| step.kind == kind && step.trial == Some(result.number));
        prop_assert!(has(StepKind::End) || has(StepKind::Result), "trial {}", result.number);
        prop_assert_eq!(has(StepKind::Result), result.outcome.is_some());
    }
    // Pauses begin and end in turn, and no cue is shown in one.
    let mut paused = false;
    for text in out.steps.iter().filter_map(|step| step.marker.as_deref()) {
        match text {
            "pause" => {
                prop_assert!(!paused);
                paused = true;
            }
            "resume" => {
                prop_assert!(paused);
                paused = false;
            }
            text => prop_assert!(!paused || text.starts_with("trial-broken-off"), "{} in a pause", text),
        }
    }
    // Ids name steps.
    let mut ids: Vec<u64> = out.handed.iter().map(|(_, step)| step.id).collect();
    prop_assert!(ids.is_sorted());
    ids.dedup();
    prop_assert_eq!(ids.len(), out.handed.len());
    prop_assert_eq!(out.steps.last().and_then(|step| step.marker.as_deref()), Some("run-end"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_command_loses_or_doubles_a_trial(
        protocol in protocols(),
        kind in kinds(),
        seed: u64,
        commands in commands(),
        decisions in decisions(),
        lead_secs in prop_oneof![Just(0.0), Just(0.1), Just(0.7), Just(9.0)],
        ready_secs in prop_oneof![Just(0.0), Just(0.05), Just(3.0)],
    ) {
        let mut script = commands;
        script.extend(decisions);
        let run = run_of(&protocol, kind, seed).with_lead_secs(lead_secs).with_ready_secs(ready_secs);
        check(&drive(run, &script, |_| f64::INFINITY), protocol.calibration.trials_per_class)?;
    }
}

/// One command at every instant of a short run, so that no edge is left out.
#[test]
fn every_instant_can_be_interrupted() {
    let mut protocol = Protocol::default();
    protocol.calibration.trials_per_class = 1;
    protocol.feedback[0].trials_per_class = 1;
    protocol.feedback[0].pause_every = 1;
    protocol.feedback[0].break_secs = 2.0;
    for kind in KINDS {
        let whole = drive(run_of(&protocol, kind, 1), &[], |_| f64::INFINITY);
        let length = whole.steps.last().expect("steps").due_secs;
        // Shortly before, at, and after each step as well.
        let mut instants: Vec<f64> = (0..).map(|step| f64::from(step) * 0.05).take_while(|at| *at < length).collect();
        for step in &whole.steps {
            instants.extend([-0.1, -0.05, -1e-6, 0.0, 1e-6, 0.05, 0.1].map(|offset| (step.due_secs + offset).max(0.0)));
        }
        for at in instants {
            for command in [Command::Pause(0.3), Command::Repeat, Command::Spoil, Command::SkipBreak] {
                let out = drive(run_of(&protocol, kind, 1), &[(at, command)], |_| f64::INFINITY);
                if let Err(error) = check(&out, 1) {
                    panic!("{kind:?}, {command:?} at {at}: {error}");
                }
            }
        }
    }
}

#[test]
fn a_pause_before_the_cue_leaves_no_trace() {
    let run = run_of(&Protocol::default(), RunKind::Calibration, 1);
    // The first trial begins at 3.1 s, its cue comes at 6.1 s.
    let before = drive(run.clone(), &[(5.9, Command::Pause(1.0))], |_| f64::INFINITY);
    assert_eq!(before.results.len(), 20);
    let after = drive(run, &[(6.2, Command::Pause(1.0))], |_| f64::INFINITY);
    assert_eq!(after.results.len(), 21);
    assert_eq!(after.results[0].spoiled.as_deref(), Some("paused"));
    assert_eq!(of(&after.steps, StepKind::BrokenOff)[0].marker.as_deref(), Some("trial-broken-off paused"));
}

#[test]
fn a_spoiled_trial_comes_again_at_the_end() {
    let run = run_of(&Protocol::default(), RunKind::Calibration, 1);
    let plain = drive(run.clone(), &[], |_| f64::INFINITY);
    let out = drive(run, &[(8.0, Command::Spoil), (8.5, Command::Spoil)], |_| f64::INFINITY);
    assert_eq!(out.results.len(), 21);
    assert_eq!(out.results[0].spoiled.as_deref(), Some("a gap"));
    assert_eq!(out.results[20].class, out.results[0].class);
    let classes = |out: &Outcome| out.results.iter().take(20).map(|result| result.class).collect::<Vec<_>>();
    assert_eq!(classes(&out), classes(&plain), "all others stay where they are");
    // It went on to its end: nobody was disturbed.
    assert_eq!(of(&out.steps, StepKind::End).len(), 21);
    assert!(of(&out.steps, StepKind::BrokenOff).iter().all(|step| !step.draws && !step.revokes));
}

#[test]
fn a_repeated_trial_comes_again_in_its_block() {
    for seed in 0..20 {
        let out = drive(run_of(&Protocol::default(), RunKind::Calibration, seed), &[(8.0, Command::Repeat)], |_| {
            f64::INFINITY
        });
        // The first block has ten trials; one of them twice.
        let block: Vec<_> = out.results.iter().take(11).filter(|result| result.spoiled.is_none()).collect();
        assert_eq!(block.iter().filter(|result| result.class == 0).count(), 5, "seed {seed}");
    }
}

#[test]
fn a_run_can_be_ended_early() {
    let mut run = run_of(&Protocol::default(), KINDS[1], 1);
    run.start(0.0);
    run.control(-1.0, 1.0);
    run.advance(5.0);
    run.end_early(5.0);
    let steps = run.advance(5.0);
    assert!(run.is_over());
    let texts: Vec<_> = steps.iter().filter_map(|step| step.marker.as_deref()).collect();
    assert_eq!(texts, ["trial-broken-off ended early", "run-end"]);
    run.pause(6.0);
    run.repeat(6.0);
    run.start(7.0);
    assert!(run.advance(100.0).is_empty() && run.is_over());
}

#[test]
fn the_score_leaves_spoiled_trials_out() {
    let mut run = run_of(&Protocol::default(), KINDS[1], 1);
    run.start(0.0);
    run.advance(5.0);
    assert_eq!(run.spoil(5.0, "the amplifier was gone\x1b[2J"), Some(1));
    run.advance(9.0);
    assert_eq!(run.score(), Some([0, 0]));
    assert_eq!(run.results()[0].spoiled.as_deref(), Some("the amplifier was gone·[2J"));
    assert_eq!(run.progress().done, 0);
    run.advance(15.0);
    assert_eq!(run.score(), Some([0, 1]));
    assert!(matches!(run.frame(15.0).scene, Scene::Result(_)));
}

#[test]
fn times_that_are_none_change_nothing() {
    let mut run = run_of(&Protocol::default(), KINDS[2], 1);
    run.start(f64::NAN);
    assert!(run.advance(1.0).is_empty());
    run.start(1.0);
    let first = run.advance(1.0);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -5.0] {
        run.control(bad, bad);
        let _ = run.frame(bad);
        assert!(run.advance(bad).is_empty());
    }
    assert_eq!(first.len(), 1);
    assert!(run.next_due_secs().is_some_and(f64::is_finite));
}
