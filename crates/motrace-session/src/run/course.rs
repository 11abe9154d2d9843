//! What follows what in a run.
use super::pace::{self, Pace};
use super::{Attempt, Phase, Run};
use crate::game::{Ball, Game};
use crate::order::{Planned, below, share};
use crate::timeline::{Look, Scheduled};
use crate::{Frame, Outcome, Scene, Side, StepKind, TrialResult, markers, texts};

impl Run {
    pub(super) fn run_to(&mut self, now_secs: f64) {
        self.timeline.tick(now_secs);
        loop {
            if let Some((kind, id)) = self.timeline.emit_next() {
                if let (StepKind::Cue, Phase::Trial(attempt)) = (kind, &mut self.phase) {
                    attempt.cue_id = id;
                }
                continue;
            }
            if !self.timeline.is_drained() {
                return;
            }
            let now_secs = self.timeline.now_secs;
            match &self.phase {
                Phase::Trial(Attempt { end_secs: Some(end_secs), .. }) if *end_secs <= now_secs => {
                    let end_secs = *end_secs;
                    self.conclude(end_secs, None);
                }
                Phase::Trial(Attempt { end_secs: None, .. }) => {
                    let Some((at_secs, outcome)) = self.game.as_ref().and_then(|game| game.decided(now_secs)) else {
                        return;
                    };
                    self.conclude(at_secs, Some(outcome));
                }
                Phase::Between(at_secs) if self.prepared_from_secs(*at_secs) <= now_secs => {
                    let at_secs = *at_secs;
                    self.begin_next(at_secs);
                }
                _ => return,
            }
        }
    }

    /// When to prepare what begins at a time: not before the result of the last trial is on the screen.
    pub(super) fn prepared_from_secs(&self, at_secs: f64) -> f64 {
        (at_secs - self.timeline.lead_secs).max(self.keep_until_secs)
    }

    /// The first trial, or the next after a break or a pause, comes after a moment.
    pub(super) fn get_ready(&mut self, from_secs: f64) {
        let at_secs = from_secs + self.ready_secs;
        // Brain Pong: the ball is seen waiting.
        if let Some(frame) = self.between_frame().filter(|_| self.ready_secs >= 2.0) {
            self.timeline.schedule(Scheduled::fixed(at_secs - 1.0, StepKind::Blank, frame));
        }
        self.phase = Phase::Between(at_secs);
    }

    /// What is seen before a ball starts; `None` where nothing is.
    fn between_frame(&self) -> Option<Frame> {
        let ball = Ball { start: self.next_ball, landing: self.next_ball };
        self.pace.between_scene(ball).map(|scene| Frame { score: self.score(), ..Frame::of(scene) })
    }

    fn begin_next(&mut self, at_secs: f64) {
        let pause_every = self.pace.pause_every();
        if self.queue.is_empty() {
            let frame = texts::run_over(self.score());
            self.timeline.schedule(Scheduled::fixed(at_secs, StepKind::RunEnd, frame).marked(markers::RUN_END));
            self.phase = Phase::Ending(at_secs);
        } else if pause_every > 0 && self.since_break >= pause_every && self.pace.break_secs() > 0.0 {
            self.begin_break(at_secs);
        } else if let Some(plan) = self.queue.pop_front() {
            self.begin_trial(plan, at_secs);
        }
    }

    fn begin_break(&mut self, at_secs: f64) {
        let until_secs = at_secs + self.pace.break_secs();
        let (title, lines) = texts::break_words(self.planned - self.done().min(self.planned));
        let look = Look::Countdown { title, lines, until_secs, score: self.score() };
        self.timeline.schedule(Scheduled::countdown(at_secs, StepKind::Break, look).marked(markers::PAUSE));
        self.rest = Some((at_secs, until_secs));
        self.since_break = 0;
        self.go_on(until_secs);
    }

    /// A break or a pause ends at a time.
    pub(super) fn go_on(&mut self, at_secs: f64) {
        self.rest = self.rest.map(|(from_secs, _)| (from_secs, at_secs));
        let frame = Frame { score: self.score(), ..texts::ready() };
        self.timeline.schedule(Scheduled::fixed(at_secs, StepKind::Resume, frame).marked(markers::RESUME));
        self.get_ready(at_secs);
    }

    fn begin_trial(&mut self, plan: Planned, start_secs: f64) {
        let number = self.next_trial();
        let side = Side::of_class(plan.class);
        let symbol = self.symbols[side.class()].clone();
        let marker = self.cue_markers[side.class()].clone();
        let landing = Ball::landing(side, self.pace.bar_width(), &mut self.balls);
        let ball = Ball { start: self.next_ball, landing };
        self.next_ball = Ball::start(&mut self.balls);
        let score = self.score();
        let trial = self.pace.trial(start_secs, side, &symbol, ball, marker, score);
        for step in trial.steps {
            self.timeline.schedule(step.of_trial(number));
        }
        if let Pace::Feedback(feedback) = &self.pace {
            self.game = Some(Game::new(feedback, side, symbol, ball, trial.control_secs, self.newest));
        }
        self.phase = Phase::Trial(Attempt {
            plan,
            number,
            start_secs,
            cue_secs: trial.cue_secs,
            end_secs: trial.end_secs,
            cue_id: 0,
            spoiled: None,
        });
    }

    /// The running trial is over.
    fn conclude(&mut self, at_secs: f64, outcome: Option<Outcome>) {
        let Phase::Trial(attempt) = std::mem::replace(&mut self.phase, Phase::Paused) else { return };
        let number = attempt.number;
        let spoiled = attempt.spoiled.clone();
        self.record(&attempt, outcome, at_secs, spoiled.clone());
        self.since_break += 1;
        if spoiled.is_some() {
            self.queue.push_back(attempt.plan);
        }
        // How a game ended is only known now; the screen gets its usual time to draw it on time.
        let due_secs = if outcome.is_some() { at_secs + self.timeline.lead_secs } else { at_secs };
        if let Some(outcome) = outcome {
            self.keep_until_secs = due_secs;
            let game_scene = self.game.as_ref().map(|game| game.scene(at_secs));
            let frame = Frame { score: self.score(), ..Frame::of(pace::result_scene(game_scene, outcome)) };
            let step = Scheduled::fixed(due_secs, StepKind::Result, frame).marked(markers::outcome(outcome));
            self.timeline.schedule(step.of_trial(number));
        }
        if let Some(why) = spoiled {
            let step = self.taken_back(due_secs, &why, number);
            self.timeline.schedule(step);
        }
        let next_secs = if outcome.is_some() {
            let [result_secs, blank_secs] = self.pace.after_secs();
            let blank = self.between_frame().filter(|_| !self.queue.is_empty());
            let frame = blank.unwrap_or_else(|| Frame { score: self.score(), ..Frame::of(Scene::Blank) });
            self.timeline.schedule(Scheduled::fixed(due_secs + result_secs, StepKind::Blank, frame));
            due_secs + result_secs + blank_secs
        } else {
            at_secs + self.pace.pause_secs(share(&mut self.pauses))
        };
        self.phase = Phase::Between(next_secs);
    }

    pub(super) fn record(
        &mut self,
        attempt: &Attempt,
        outcome: Option<Outcome>,
        at_secs: f64,
        spoiled: Option<String>,
    ) {
        let stalled_secs = self.game.as_ref().map_or(0.0, |game| game.stalled_secs(at_secs));
        self.results.push(TrialResult {
            number: attempt.number,
            class: attempt.plan.class,
            outcome,
            spoiled,
            cue_id: attempt.cue_id,
            stalled_secs,
        });
        self.blocks.push(attempt.plan.block);
    }

    /// The marker that says that a trial counts not; nothing is drawn for it.
    pub(super) fn taken_back(&self, due_secs: f64, why: &str, number: usize) -> Scheduled {
        let frame = self.frame(due_secs);
        let step = Scheduled::fixed(due_secs, StepKind::BrokenOff, frame).marked(markers::trial_broken_off(why));
        Scheduled { draws: false, ..step.of_trial(number) }
    }

    /// Puts a trial back anywhere among those of its block that are left, so that nobody can tell it comes.
    pub(super) fn put_back_in_block(&mut self, plan: Planned) {
        let left = self.queue.iter().take_while(|other| other.block <= plan.block).count();
        let place = below(left + 1, &mut self.puts);
        self.queue.insert(place, plan);
    }
}
