use crate::drive::{CUES, KINDS, commands, decisions, drive, kinds, of, protocols, run_of};
use motrace_session::{LEAD_SECS, Protocol, RunKind, Scene, StepKind, Symbol};
use proptest::prelude::*;

#[test]
fn a_default_calibration_run_is_the_graz_protocol() {
    let run = run_of(&Protocol::default(), RunKind::Calibration, 5);
    let expected_secs = run.expected_secs();
    let out = drive(run, &[], |_| f64::INFINITY);
    let starts = of(&out.steps, StepKind::TrialStart);
    assert_eq!(starts.len(), 20);
    for (kind, offset) in [
        (StepKind::Fixation, 0.0),
        (StepKind::Beep, 2.0),
        (StepKind::Cue, 3.0),
        (StepKind::Imagery, 4.25),
        (StepKind::End, 7.0),
    ] {
        for (start, step) in starts.iter().zip(of(&out.steps, kind)) {
            assert!((step.due_secs - start.due_secs - offset).abs() < 1e-9, "{kind:?}");
            assert_eq!(step.trial, start.trial);
            assert_eq!(step.frame.beep, kind == StepKind::Beep);
        }
    }
    for cue in of(&out.steps, StepKind::Cue) {
        let symbol = if cue.marker.as_deref() == Some(CUES[0]) { Symbol::ArrowLeft } else { Symbol::ArrowRight };
        assert_eq!(cue.frame.scene, Scene::Cue(symbol));
    }
    let texts: Vec<_> = out.steps.iter().filter_map(|step| step.marker.as_deref()).take(6).collect();
    assert_eq!(texts[..4], ["run-start 1", "trial-start", "fixation", "beep"]);
    assert!(CUES.contains(&texts[4]) && texts[5] == "imagery-end", "{texts:?}");
    let last = out.steps.last().expect("steps");
    assert_eq!(last.marker.as_deref(), Some("run-end"));
    // Pauses of 1.5 to 3.5 s have a standard deviation of 0.58 s, 20 of them 2.6 s.
    assert!((last.due_secs - expected_secs).abs() < 10.0, "{} for {expected_secs}", last.due_secs);
}

#[test]
fn a_trial_with_feedback_lasts_seven_seconds() {
    let out = drive(run_of(&Protocol::default(), KINDS[1], 5), &[], |_| f64::INFINITY);
    let starts = of(&out.steps, StepKind::TrialStart);
    assert_eq!(starts.len(), 20);
    for kind in [(StepKind::Cue, 0.0), (StepKind::Control, 1.0), (StepKind::Result, 4.0 + LEAD_SECS)] {
        for (start, step) in starts.iter().zip(of(&out.steps, kind.0)) {
            assert!((step.due_secs - start.due_secs - kind.1).abs() < 1e-9, "{kind:?}");
        }
    }
    for (index, pair) in starts.windows(2).enumerate().filter(|(index, _)| *index != 9) {
        // And the moment the screen has to draw the result on time.
        assert!((pair[1].due_secs - pair[0].due_secs - 7.0 - LEAD_SECS).abs() < 1e-9, "trial {index}");
    }
    // A pause after the tenth.
    let texts: Vec<_> = out.steps.iter().filter_map(|step| step.marker.as_deref()).collect();
    assert_eq!(texts.iter().filter(|text| **text == "pause").count(), 1);
    assert_eq!(texts.iter().filter(|text| **text == "resume").count(), 1);
    assert_eq!(texts.iter().filter(|text| **text == "timeout").count(), 20, "nobody decided anything");
}

#[test]
fn seeds_make_orders() {
    let order = |seed| {
        let out = drive(run_of(&Protocol::default(), RunKind::Calibration, seed), &[], |_| f64::INFINITY);
        out.results.iter().map(|result| result.class).collect::<Vec<_>>()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}

#[test]
fn numbers_go_on_from_run_to_run() {
    let first = run_of(&Protocol::default(), RunKind::Calibration, 1);
    let mut ended = first.clone();
    ended.start(0.0);
    let mut last = 0;
    while !ended.is_over() {
        let next = ended.next_due_secs().expect("it goes on");
        last = ended.advance(next).last().map_or(last, |step| step.id);
    }
    assert_eq!(ended.next_due_secs(), None);
    assert_eq!((ended.next_id(), ended.next_trial()), (last + 1, 21));
    let second = run_of(&Protocol::default(), RunKind::Calibration, 2).numbered(2, 21, last + 1);
    let out = drive(second, &[], |_| f64::INFINITY);
    assert_eq!(out.handed[0].1.id, last + 1);
    assert_eq!(out.steps[0].marker.as_deref(), Some("run-start 2"));
    assert_eq!(out.results.iter().map(|result| result.number).collect::<Vec<_>>(), (21..41).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn undisturbed_runs_keep_their_promises(protocol in protocols(), kind in kinds(), seed: u64) {
        let out = drive(run_of(&protocol, kind, seed), &[], |_| f64::INFINITY);
        let planned = 2 * protocol.calibration.trials_per_class;
        prop_assert_eq!(out.results.len(), planned);
        prop_assert!(out.handed.is_sorted_by(|(_, a), (_, b)| a.due_secs <= b.due_secs && a.id + 1 == b.id));
        for (now, step) in &out.handed {
            prop_assert!(*now <= step.due_secs + 1e-9, "{:?} came late", step.kind);
            prop_assert!(*now >= step.due_secs - LEAD_SECS - 1e-9, "{:?} came early", step.kind);
            prop_assert!(!step.revokes && step.draws);
        }
        // Each block is balanced.
        let size = match protocol.calibration.block_per_class { 0 => planned, block => 2 * block };
        for block in out.results.chunks(size) {
            let left = block.iter().filter(|result| result.class == 0).count();
            prop_assert_eq!(2 * left, block.len());
        }
        for (result, cue) in out.results.iter().zip(of(&out.steps, StepKind::Cue)) {
            prop_assert_eq!(result.cue_id, cue.id);
            prop_assert_eq!(cue.marker.as_deref(), Some(CUES[result.class]));
            prop_assert_eq!(cue.trial, Some(result.number));
            prop_assert_eq!(&result.spoiled, &None);
        }
        if kind == RunKind::Calibration {
            for (end, start) in of(&out.steps, StepKind::End).iter().zip(&of(&out.steps, StepKind::TrialStart)[1..]) {
                let pause_secs = start.due_secs - end.due_secs;
                prop_assert!((1.5..=3.5).contains(&pause_secs), "{}", pause_secs);
            }
            prop_assert_eq!(of(&out.steps, StepKind::Beep).len(), if protocol.beep { planned } else { 0 });
        }
    }

    // Only the commands and decisions matter, not how often it is called in between.
    #[test]
    fn calling_it_often_or_rarely_is_the_same(
        protocol in protocols(),
        kind in kinds(),
        seed: u64,
        decisions in decisions(),
        commands in commands(),
        every in 0.02f64..3.0,
    ) {
        let mut script = decisions;
        script.extend(commands);
        let rarely = drive(run_of(&protocol, kind, seed), &script, |_| f64::INFINITY);
        let often = drive(run_of(&protocol, kind, seed), &script, |now| {
            let next = ((now / every).floor() + 1.0) * every;
            if next > now { next } else { next + every }
        });
        prop_assert_eq!(rarely.results, often.results);
        prop_assert_eq!(rarely.steps, often.steps);
        // One of them may have looked on for longer at the end.
        for (index, pair) in rarely.frames.iter().zip(&often.frames).enumerate() {
            prop_assert_eq!(pair.0, pair.1, "frame {}", index);
        }
        prop_assert!(often.frames.len() > 10);
    }
}

/// Without being asked to: a caller that comes by only now and then gets the same steps, later.
#[test]
fn a_caller_that_comes_late_gets_everything() {
    for kind in KINDS {
        let on_time = drive(run_of(&Protocol::default(), kind, 3), &[], |_| f64::INFINITY);
        let mut run = run_of(&Protocol::default(), kind, 3);
        run.start(0.0);
        let mut steps = Vec::new();
        for call in 0..60 {
            steps.extend(run.advance(f64::from(call) * 17.3));
        }
        assert!(run.is_over());
        assert_eq!(steps, on_time.steps);
        assert_eq!(run.results(), on_time.results);
    }
}
