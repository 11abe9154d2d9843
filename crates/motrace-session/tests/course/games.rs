use crate::drive::{CUES, run_of};
use motrace_session::{FeedbackKind, Outcome, Protocol, Run, RunKind, Scene, StepKind};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const RATE_HZ: f64 = 25.0;

/// Plays a run; `decide` gets the class of the cue (−1, 1) and the time since it.
fn play(kind: FeedbackKind, seed: u64, mut decide: impl FnMut(f64, f64) -> f64) -> Run {
    let mut run = run_of(&Protocol::default(), RunKind::Feedback(kind), seed);
    run.start(0.0);
    let (mut class, mut since) = (0.0, 0.0);
    for tick in 0.. {
        let now = f64::from(tick) / RATE_HZ;
        for step in run.advance(now) {
            if step.kind == StepKind::Cue {
                class = if step.marker.as_deref() == Some(CUES[0]) { -1.0 } else { 1.0 };
                since = step.due_secs;
            }
        }
        if run.is_over() {
            return run;
        }
        run.control(decide(class, now - since), now);
        assert!(now < 2000.0, "it never ends");
    }
    unreachable!()
}

fn hits(kind: FeedbackKind, runs: u64, mut decide: impl FnMut(f64, f64) -> f64) -> f64 {
    let (mut hits, mut of) = (0, 0);
    for seed in 0..runs {
        let [hit, trials] = play(kind, seed, &mut decide).score().expect("a score");
        hits += hit;
        of += trials;
    }
    assert_eq!(of, 20 * runs as u32);
    f64::from(hits) / f64::from(of)
}

/// Noise of unit variance that forgets itself within half a second, as decisions from sliding windows do.
struct Noise(ChaCha8Rng, f64);

impl Noise {
    fn next(&mut self) -> f64 {
        let kept = (-1.0 / (RATE_HZ * 0.5)).exp();
        let white: f64 = (0..12).map(|_| self.0.random::<f64>()).sum::<f64>() - 6.0;
        self.1 = kept * self.1 + (1.0 - kept * kept).sqrt() * white;
        self.1
    }
}

const KINDS: [FeedbackKind; 3] = [FeedbackKind::Bar, FeedbackKind::Cursor, FeedbackKind::Pong];

#[test]
fn a_steady_person_wins() {
    for kind in KINDS {
        // Decisions follow the cue a second later.
        let share = hits(kind, 10, |class, since| if since > 1.0 { class } else { 0.0 });
        assert!(share >= 0.95, "{kind:?}: {share}");
    }
}

#[test]
fn whoever_imagines_the_other_loses() {
    for kind in KINDS {
        assert_eq!(hits(kind, 5, |class, _| -class), 0.0, "{kind:?}");
    }
}

#[test]
fn whoever_imagines_nothing_hits_nothing() {
    for kind in KINDS {
        assert_eq!(hits(kind, 5, |_, _| 0.0), 0.0, "{kind:?}");
    }
}

#[test]
fn noise_hits_by_chance() {
    let mut noise = Noise(ChaCha8Rng::seed_from_u64(1), 0.0);
    // 800 trials: a standard deviation of 1.8 %.
    let bar = hits(FeedbackKind::Bar, 40, |_, _| noise.next());
    assert!((bar - 0.5).abs() < 0.07, "{bar}");
    // A target or a ball can be missed in both directions.
    for kind in [FeedbackKind::Cursor, FeedbackKind::Pong] {
        let share = hits(kind, 40, |_, _| noise.next());
        assert!(share < 0.5, "{kind:?}: {share}");
        println!("{kind:?} from noise: {share:.3}");
    }
}

#[test]
fn an_ordinary_person_does_better_than_noise() {
    for kind in KINDS {
        let mut noise = Noise(ChaCha8Rng::seed_from_u64(2), 0.0);
        let share = hits(kind, 20, |class, since| noise.next() + if since > 0.8 { class } else { 0.0 });
        println!("{kind:?} with decisions that are right 84 of 100 times: {share:.3}");
        assert!(share > 0.6, "{kind:?}: {share}");
    }
}

#[test]
fn balls_fall_straight_and_in_time() {
    let mut run = run_of(&Protocol::default(), RunKind::Feedback(FeedbackKind::Pong), 4);
    run.start(0.0);
    let mut cues = Vec::new();
    let mut seen: Vec<(f64, [f64; 2], f64)> = Vec::new();
    for tick in 0..800 {
        let now = f64::from(tick) * 0.02;
        cues.extend(run.advance(now).into_iter().filter(|step| step.kind == StepKind::Cue));
        if let (true, Scene::Pong(pong)) = (run.is_moving(now), run.frame(now).scene) {
            assert_eq!(pong.bar_width, 0.3);
            seen.push((now, pong.ball, pong.bar));
        }
    }
    let first = &cues[0];
    let fall: Vec<_> = seen.iter().filter(|(now, ..)| (first.due_secs..=first.due_secs + 2.7).contains(now)).collect();
    assert!(fall.len() > 130, "{}", fall.len());
    for (now, ball, bar) in &fall {
        assert!((ball[1] - (now - first.due_secs) / 2.7).abs() < 1e-9);
        assert_eq!(*bar, 0.5);
    }
    let (start, end) = (fall[0].1, fall[fall.len() - 1].1);
    for (_, ball, _) in &fall {
        let straight = start[0] + (end[0] - start[0]) * (ball[1] - start[1]) / (end[1] - start[1]);
        assert!((ball[0] - straight).abs() < 1e-9);
    }
    assert_eq!(end[0] < 0.5, first.marker.as_deref() == Some(CUES[0]), "it lands on the side of its class");
    assert!((end[0] - 0.5).abs() > 0.15, "the bar in the middle misses it");
}

#[test]
fn decisions_that_stop_are_told() {
    let mut run = run_of(&Protocol::default(), RunKind::Feedback(FeedbackKind::Bar), 4);
    run.start(0.0);
    // Control from 4.1 s to 7.1 s.
    for tick in 0..125 {
        run.control(1.0, f64::from(tick) / RATE_HZ);
    }
    run.advance(5.2);
    assert!(run.is_moving(5.2) && !run.is_stalled(5.2));
    run.advance(6.0);
    assert!(run.is_stalled(6.0));
    let held = run.frame(6.0);
    assert_eq!(run.frame(6.9), held);
    run.advance(7.5);
    let result = &run.results()[0];
    assert!((result.stalled_secs - (7.1 - 4.96 - 0.5)).abs() < 1e-9, "{}", result.stalled_secs);
    assert!(matches!(result.outcome, Some(Outcome::Hit | Outcome::Miss)));
}

#[test]
fn the_ball_waits_before_it_falls_and_the_result_is_seen() {
    let mut run = run_of(&Protocol::default(), RunKind::Feedback(FeedbackKind::Pong), 4);
    run.start(0.0);
    let mut steps = Vec::new();
    for tick in 0..400 {
        steps.extend(run.advance(f64::from(tick) * 0.02));
    }
    let at = |kind| steps.iter().filter(|step| step.kind == kind).collect::<Vec<_>>();
    let pong = |scene: &Scene| match scene {
        Scene::Pong(pong) => pong.clone(),
        other => panic!("{other:?}"),
    };
    let waiting = pong(&at(StepKind::Blank)[0].frame.scene);
    assert_eq!(waiting.ball, pong(&at(StepKind::Cue)[0].frame.scene).ball);
    let result = at(StepKind::Result)[0];
    assert_eq!(pong(&result.frame.scene).last, Some(Outcome::Miss));
    assert_eq!(pong(&result.frame.scene).ball[1], 1.0);
    assert_eq!(result.frame.score, Some([0, 1]));
    let next = pong(&at(StepKind::Blank)[1].frame.scene);
    assert_eq!(next.ball, pong(&at(StepKind::Cue)[1].frame.scene).ball);
    assert!((at(StepKind::Cue)[1].due_secs - result.due_secs - 1.5).abs() < 1e-9);
}
