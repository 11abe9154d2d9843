//! A clock on paper, an operator with a list of commands, and a reader of markers.
use motrace_session::{
    CalibrationPlan, FeedbackKind, FeedbackPlan, Frame, Protocol, Run, RunKind, Step, StepKind, TrialResult,
};
use proptest::prelude::*;

pub const CUES: [&str; 2] = ["769", "770"];

pub fn names() -> [String; 2] {
    ["left_hand".to_owned(), "right_hand".to_owned()]
}

pub fn run_of(protocol: &Protocol, kind: RunKind, seed: u64) -> Run {
    let cues = CUES.map(str::to_owned);
    match kind {
        RunKind::Calibration => Run::calibration(protocol, &names(), &cues, seed),
        RunKind::Feedback(kind) => {
            let plan = FeedbackPlan { kind, ..protocol.feedback[0].clone() };
            Run::feedback(protocol, &plan, &names(), &cues, seed)
        }
    }
}

pub const KINDS: [RunKind; 4] = [
    RunKind::Calibration,
    RunKind::Feedback(FeedbackKind::Bar),
    RunKind::Feedback(FeedbackKind::Cursor),
    RunKind::Feedback(FeedbackKind::Pong),
];

pub fn kinds() -> impl Strategy<Value = RunKind> {
    proptest::sample::select(KINDS.to_vec())
}

/// A small session.
pub fn protocols() -> impl Strategy<Value = Protocol> {
    (1usize..5, 0usize..4, any::<bool>(), 0usize..5, prop_oneof![Just(0.0), 1.0f64..20.0]).prop_map(
        |(trials_per_class, block_per_class, beep, pause_every, break_secs)| {
            let calibration =
                CalibrationPlan { trials_per_class, block_per_class, runs: 1, ..CalibrationPlan::default() };
            let feedback =
                FeedbackPlan { trials_per_class, block_per_class, pause_every, break_secs, ..FeedbackPlan::default() };
            Protocol { beep, calibration, feedback: vec![feedback], ..Protocol::default() }
        },
    )
}

#[derive(Debug, Clone, Copy)]
pub enum Command {
    /// And on again after so many seconds.
    Pause(f64),
    Repeat,
    Spoil,
    SkipBreak,
    Control(f64),
}

pub fn commands() -> impl Strategy<Value = Vec<(f64, Command)>> {
    let command = prop_oneof![
        (0.0f64..5.0).prop_map(Command::Pause),
        Just(Command::Repeat),
        Just(Command::Spoil),
        Just(Command::SkipBreak),
    ];
    proptest::collection::vec((0.0f64..120.0, command), 0..8)
}

/// Decisions at irregular times.
pub fn decisions() -> impl Strategy<Value = Vec<(f64, Command)>> {
    proptest::collection::vec((0.02f64..0.9, -2.5f64..2.5), 0..400).prop_map(|gaps| {
        let mut now = 0.0;
        gaps.into_iter()
            .map(|(gap, value)| {
                now += gap;
                (now, Command::Control(value))
            })
            .collect()
    })
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The steps as they were handed out, with the time they were.
    pub handed: Vec<(f64, Step)>,
    /// Those that were not revoked, in order of due times.
    pub steps: Vec<Step>,
    pub results: Vec<TrialResult>,
    pub frames: Vec<Frame>,
}

/// Drives a run to its end: calls it when it asks to be called, for each command, and at `extra` times.
pub fn drive(mut run: Run, commands: &[(f64, Command)], mut extra: impl FnMut(f64) -> f64) -> Outcome {
    let mut commands: Vec<(f64, Command)> = commands.to_vec();
    for index in 0..commands.len() {
        if let (at, Command::Pause(secs)) = commands[index] {
            commands.push((at + secs, Command::Pause(-1.0)));
        }
    }
    commands.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut commands = commands.into_iter().peekable();
    let (mut handed, mut frames) = (Vec::new(), Vec::new());
    let mut now = 0.0;
    run.start(now);
    let mut frame_at = 0.05;
    for calls in 0.. {
        assert!(calls < 200_000, "it never ends: {:?}", run.progress());
        let next_command = commands.peek().map_or(f64::INFINITY, |(at, _)| *at);
        let next_due = run.next_due_secs().unwrap_or(f64::INFINITY).max(now);
        let next = next_command.min(next_due).min(extra(now).max(now));
        // Frames at the same times, however it is driven.
        if frame_at < next_command.min(1000.0) && frame_at <= next {
            frames.push(run.frame(frame_at));
            frame_at += 0.37;
            continue;
        }
        if run.is_over() {
            break;
        }
        assert!(next.is_finite(), "nothing ever comes");
        now = next;
        if next_command <= now
            && let Some((at, command)) = commands.next()
        {
            // What came due before is taken first, as a caller does.
            handed.extend(run.advance(at).into_iter().map(|step| (at, step)));
            match command {
                Command::Pause(secs) if secs < 0.0 => run.resume(at),
                Command::Pause(_) => run.pause(at),
                Command::Repeat => drop(run.repeat(at)),
                Command::Spoil => drop(run.spoil(at, "a gap")),
                Command::SkipBreak => run.skip_break(at),
                Command::Control(value) => run.control(value, at),
            }
        }
        handed.extend(run.advance(now).into_iter().map(|step| (now, step)));
    }
    let steps = valid(handed.iter().map(|(_, step)| step));
    Outcome { handed, steps, results: run.results().to_vec(), frames }
}

/// Steps without those that later ones revoked.
pub fn valid<'a>(handed: impl Iterator<Item = &'a Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for step in handed {
        if step.revokes {
            steps.retain(|earlier| earlier.due_secs <= step.due_secs);
        }
        steps.push(step.clone());
    }
    steps.sort_by(|a, b| a.due_secs.total_cmp(&b.due_secs));
    steps
}

/// Steps of a kind.
pub fn of(steps: &[Step], kind: StepKind) -> Vec<&Step> {
    steps.iter().filter(|step| step.kind == kind).collect()
}

/// What somebody makes of the markers who follows the rule: the class of each cue, and whether it counts.
pub fn read(steps: &[Step]) -> Vec<(usize, bool)> {
    let mut read: Vec<(usize, bool)> = Vec::new();
    for text in steps.iter().filter_map(|step| step.marker.as_deref()) {
        if let Some(class) = CUES.iter().position(|cue| *cue == text) {
            read.push((class, true));
        }
        if motrace_session::markers::broken_off(text).is_some()
            && let Some(last) = read.last_mut()
        {
            last.1 = false;
        }
    }
    read
}
