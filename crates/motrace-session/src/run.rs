mod commands;
mod course;
mod pace;

use crate::game::{Ball, Game};
use crate::order::{Planned, balanced};
use crate::timeline::{Look, Scheduled, Timeline};
use crate::{
    FeedbackPlan, Frame, Outcome, Progress, Protocol, RunKind, Scene, Step, StepKind, Symbol, TrialResult, markers,
    texts,
};
use pace::Pace;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// "Ready" is shown for so long before the first trial of a run, and after each break or pause, in seconds.
pub const READY_SECS: f64 = 3.0;

/// More trials of a class than this are not planned.
const MAX_TRIALS: usize = 10_000;

/// One run of cue trials or of trials with feedback.
///
/// A run is a state machine in seconds of somebody else's monotonic clock. After [`start`](Self::start),
/// [`advance`](Self::advance) hands out the steps as they come due, a little ahead of time; what it hands out depends
/// on the seed, the decisions and the operator's commands, and not on how often it is called. Each command takes the
/// time it is given at; `advance` afterwards hands out what follows from it.
///
/// A trial is over when its imagery ends, or when its game is decided. One that is broken off before its cue was due
/// simply comes again; one that is broken off later stays in the [`results`](Self::results), spoiled, and another of
/// its class comes again in its block. So every run ends with as many trials of each class as were planned.
///
/// Where the driving program was stopped for a while (a suspended computer), call `pause` with the time of the last
/// call, and `resume` with the present one, before anything else: nothing is then presented in haste.
#[derive(Debug, Clone)]
pub struct Run {
    kind: RunKind,
    number: usize,
    pace: Pace,
    cue_markers: [String; 2],
    symbols: [Symbol; 2],
    ready_secs: f64,
    queue: VecDeque<Planned>,
    planned: usize,
    /// For the pauses; for what is put back; for the balls. Apart, so that none changes the other.
    pauses: ChaCha8Rng,
    puts: ChaCha8Rng,
    balls: ChaCha8Rng,
    /// Where the next ball starts: it is seen waiting there.
    next_ball: f64,
    first_trial: usize,
    phase: Phase,
    timeline: Timeline,
    game: Option<Game>,
    /// The newest decision and its time.
    newest: Option<(f64, f64)>,
    results: Vec<TrialResult>,
    /// Of which blocks the results are.
    blocks: Vec<usize>,
    /// Trials since the last break or pause.
    since_break: usize,
    /// From when to when the last break or pause lasts: from its `pause` to its `resume`.
    rest: Option<(f64, f64)>,
    /// The result of the last trial is to be seen from then on, whatever else happens.
    keep_until_secs: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// Not started.
    Waiting,
    Trial(Attempt),
    /// The next thing begins then.
    Between(f64),
    Paused,
    /// The end of the run is handed out, and due then.
    Ending(f64),
}

/// A trial that is being presented, or about to be.
#[derive(Debug, Clone, PartialEq)]
struct Attempt {
    plan: Planned,
    number: usize,
    start_secs: f64,
    cue_secs: f64,
    /// When its imagery ends; a game decides itself.
    end_secs: Option<f64>,
    cue_id: u64,
    spoiled: Option<String>,
}

impl Run {
    /// One run of calibration trials. `classes` are the names of class 0 and 1, `cue_markers` the marker texts of
    /// their cues; `seed` decides order and pauses, so each run of a session has one of its own.
    #[must_use]
    pub fn calibration(protocol: &Protocol, classes: &[String; 2], cue_markers: &[String; 2], seed: u64) -> Self {
        let plan = &protocol.calibration;
        let pace = Pace::Calibration { timing: plan.timing.clone(), beep: protocol.beep };
        let trials = [plan.trials_per_class, plan.block_per_class];
        Self::new(RunKind::Calibration, pace, trials, protocol.symbols.pair(classes), cue_markers, seed)
    }

    /// One run with feedback.
    #[must_use]
    pub fn feedback(
        protocol: &Protocol,
        plan: &FeedbackPlan,
        classes: &[String; 2],
        cue_markers: &[String; 2],
        seed: u64,
    ) -> Self {
        let trials = [plan.trials_per_class, plan.block_per_class];
        let pace = Pace::Feedback(plan.clone());
        Self::new(RunKind::Feedback(plan.kind), pace, trials, protocol.symbols.pair(classes), cue_markers, seed)
    }

    fn new(
        kind: RunKind,
        pace: Pace,
        [trials_per_class, block_per_class]: [usize; 2],
        symbols: [Symbol; 2],
        cue_markers: &[String; 2],
        seed: u64,
    ) -> Self {
        let stream = |number| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(number);
            rng
        };
        let queue: VecDeque<Planned> =
            balanced(trials_per_class.min(MAX_TRIALS), block_per_class, &mut stream(0)).into();
        let mut balls = stream(3);
        Self {
            kind,
            number: 1,
            pace,
            cue_markers: cue_markers.clone(),
            symbols,
            ready_secs: READY_SECS,
            planned: queue.len(),
            queue,
            pauses: stream(1),
            puts: stream(2),
            next_ball: Ball::start(&mut balls),
            balls,
            first_trial: 1,
            phase: Phase::Waiting,
            timeline: Timeline::new(),
            game: None,
            newest: None,
            results: Vec::new(),
            blocks: Vec::new(),
            since_break: 0,
            rest: None,
            keep_until_secs: f64::NEG_INFINITY,
        }
    }

    /// Numbers it within its session: the number of the run, of its first trial, and the id of its first step.
    #[must_use]
    pub fn numbered(mut self, run: usize, first_trial: usize, first_id: u64) -> Self {
        self.number = run;
        self.first_trial = first_trial;
        self.timeline.next_id = first_id;
        self
    }

    /// Hands steps out so long before they are due instead of [`LEAD_SECS`](crate::LEAD_SECS). How a trial with
    /// feedback ended is shown this long after it was decided.
    #[must_use]
    pub fn with_lead_secs(mut self, lead_secs: f64) -> Self {
        self.timeline.lead_secs = if lead_secs > 0.0 { lead_secs } else { 0.0 };
        self
    }

    /// Shows "Ready" for so long instead of [`READY_SECS`].
    #[must_use]
    pub fn with_ready_secs(mut self, ready_secs: f64) -> Self {
        self.ready_secs = if ready_secs > 0.0 { ready_secs } else { 0.0 };
        self
    }

    /// What it consists of.
    #[must_use]
    pub fn kind(&self) -> RunKind {
        self.kind
    }

    /// About how long it takes from start to end, without the operator's pauses, in seconds.
    #[must_use]
    pub fn expected_secs(&self) -> f64 {
        self.ready_secs + self.pace.expected_secs(self.planned, self.ready_secs)
    }

    /// Begins.
    pub fn start(&mut self, now_secs: f64) {
        if self.phase != Phase::Waiting || !now_secs.is_finite() {
            return;
        }
        self.timeline.tick(now_secs);
        let due_secs = self.timeline.now_secs + self.timeline.lead_secs;
        let frame = Frame { score: self.score(), ..texts::ready() };
        let step = Scheduled::fixed(due_secs, StepKind::RunStart, frame).marked(markers::run_start(self.number));
        self.timeline.schedule(step);
        self.get_ready(due_secs);
    }

    /// Everything that came due up to now, in order. Call it at [`next_due_secs`](Self::next_due_secs) at the latest.
    pub fn advance(&mut self, now_secs: f64) -> Vec<Step> {
        self.run_to(now_secs);
        self.timeline.take()
    }

    /// When to call [`advance`](Self::advance) next; `None` where nothing comes by itself: before the start, in a
    /// pause, at the end. A game may be decided earlier than this says, when a decision comes.
    #[must_use]
    pub fn next_due_secs(&self) -> Option<f64> {
        self.timeline.next_secs().or_else(|| match &self.phase {
            Phase::Trial(attempt) => {
                attempt.end_secs.or_else(|| self.game.as_ref().map(|game| game.expected_end_secs()))
            }
            Phase::Between(at_secs) => Some(self.prepared_from_secs(*at_secs)),
            Phase::Waiting | Phase::Paused | Phase::Ending(_) => None,
        })
    }

    /// The newest decision value: the class means lie at ±1, and what is negative is class 0, left.
    pub fn control(&mut self, value: f64, now_secs: f64) {
        self.run_to(now_secs);
        if !value.is_finite() {
            return;
        }
        let now_secs = self.timeline.now_secs;
        self.newest = Some((value, now_secs));
        if let (Phase::Trial(_), Some(game)) = (&self.phase, &mut self.game) {
            game.control(value, now_secs);
        }
    }

    /// What is on the screen at this moment. Feedback moves continuously; 25 times a second are plenty.
    #[must_use]
    pub fn frame(&self, now_secs: f64) -> Frame {
        let Some(look) = self.timeline.look(now_secs) else { return Frame::of(Scene::Blank) };
        match (look, &self.game) {
            (Look::Game { score }, Some(game)) => Frame { score: Some(*score), ..Frame::of(game.scene(now_secs)) },
            (look, _) => look.frame(now_secs).unwrap_or_else(|| Frame::of(Scene::Blank)),
        }
    }

    /// Whether what is on the screen moves by itself: 25 frames a second are wanted then, one a second otherwise.
    #[must_use]
    pub fn is_moving(&self, now_secs: f64) -> bool {
        matches!(self.timeline.look(now_secs), Some(Look::Game { .. }))
    }

    /// Whether the feedback has had no decision to go by for [`HOLD_SECS`](crate::HOLD_SECS), and stays where it is.
    #[must_use]
    pub fn is_stalled(&self, now_secs: f64) -> bool {
        self.is_moving(now_secs) && self.game.as_ref().is_some_and(|game| game.is_stalled(now_secs))
    }

    /// An id for a frame that is shown between two steps; it counts up with those of the steps.
    pub fn take_id(&mut self) -> u64 {
        self.timeline.take_id()
    }

    /// The first id of what comes after this run.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        self.timeline.next_id
    }

    /// The number of the first trial after this run.
    #[must_use]
    pub fn next_trial(&self) -> usize {
        self.first_trial + self.results.len()
    }

    /// Whether all of it has been handed out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ending(_)) && self.timeline.all_handed_out()
    }

    /// Whether the operator paused it.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.phase == Phase::Paused
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let now_secs = self.timeline.now_secs;
        Progress {
            done: self.done(),
            of: self.planned,
            current: match &self.phase {
                Phase::Trial(attempt) if attempt.start_secs <= now_secs => Some(attempt.number),
                _ => None,
            },
            in_break: !self.is_paused() && self.rest_until(now_secs).is_some(),
        }
    }

    /// The trials whose cues were presented, those that count not among them.
    #[must_use]
    pub fn results(&self) -> &[TrialResult] {
        &self.results
    }

    /// Hits and attempts that count; `None` for a calibration.
    #[must_use]
    pub fn score(&self) -> Option<[u32; 2]> {
        let RunKind::Feedback(_) = self.kind else { return None };
        let good = || self.results.iter().filter(|result| result.spoiled.is_none());
        let hits = good().filter(|result| result.outcome == Some(Outcome::Hit)).count();
        Some([hits as u32, good().count() as u32])
    }

    fn done(&self) -> usize {
        self.results.iter().filter(|result| result.spoiled.is_none()).count()
    }

    /// When the break or pause that there is ends.
    fn rest_until(&self, now_secs: f64) -> Option<f64> {
        self.rest.filter(|(from, until)| (*from..*until).contains(&now_secs)).map(|(_, until_secs)| until_secs)
    }
}
