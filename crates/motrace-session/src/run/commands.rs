//! What the operator and faults do to a run.
use super::{Attempt, Phase, Run};
use crate::order::Planned;
use crate::timeline::Scheduled;
use crate::{Frame, Scene, StepKind, markers, texts};

/// After a trial was broken off, the next one begins so much later, in seconds.
const BROKEN_OFF_SECS: f64 = 2.0;

impl Run {
    /// The operator pauses: the running trial is broken off and comes again.
    pub fn pause(&mut self, now_secs: f64) {
        self.run_to(now_secs);
        let Some(at_secs) = self.interruptible().filter(|_| !self.is_paused()) else { return };
        let break_from_secs = self.rest.filter(|_| self.rest_until(at_secs).is_some()).map(|(from_secs, _)| from_secs);
        self.break_off(at_secs, "paused");
        self.rest = Some((break_from_secs.unwrap_or(at_secs), f64::INFINITY));
        self.since_break = 0;
        let frame = Frame { score: self.score(), ..texts::paused(self.left()) };
        let mut step = Scheduled { revokes: true, ..Scheduled::fixed(at_secs, StepKind::Pause, frame) };
        // In a break, `pause` has been said already.
        if break_from_secs.is_none() {
            step = step.marked(markers::PAUSE);
        }
        self.timeline.emit(step);
        self.phase = Phase::Paused;
    }

    /// The operator lets it go on, after "Ready".
    pub fn resume(&mut self, now_secs: f64) {
        self.run_to(now_secs);
        if self.is_paused() {
            self.go_on(self.timeline.now_secs + self.timeline.lead_secs);
            self.run_to(now_secs);
        }
    }

    /// The operator wants the running trial, or else the last one, again: it counts not, and comes again in its
    /// block. Its number, where there was anything to repeat.
    pub fn repeat(&mut self, now_secs: f64) -> Option<usize> {
        self.run_to(now_secs);
        let at_secs = self.timeline.now_secs;
        match &self.phase {
            Phase::Trial(attempt) if attempt.start_secs <= at_secs => {
                let number = attempt.number;
                let at_secs = self.interruptible()?;
                self.break_off(at_secs, "repeated");
                let frame = Frame { score: self.score(), ..Frame::of(Scene::Blank) };
                let step = Scheduled::fixed(at_secs, StepKind::Blank, frame);
                self.timeline.emit(Scheduled { revokes: true, ..step });
                self.phase = Phase::Between(at_secs + BROKEN_OFF_SECS);
                self.run_to(now_secs);
                Some(number)
            }
            _ => {
                let (number, plan) = self.take_back_last("repeated")?;
                self.put_back_in_block(plan);
                self.run_to(now_secs);
                Some(number)
            }
        }
    }

    /// A fault hit the running trial, or else the last one (a gap in the signal, a screen that went): it is marked,
    /// counts not, and another of its class comes at the end of the run. The trial itself goes on as it would, so
    /// that the participant is not disturbed. Its number, where there is one that was still good.
    pub fn spoil(&mut self, now_secs: f64, why: &str) -> Option<usize> {
        self.run_to(now_secs);
        let at_secs = self.timeline.now_secs;
        let why = motrace_core::clean_text(why, 80);
        match &mut self.phase {
            Phase::Trial(attempt) if attempt.start_secs <= at_secs => {
                let first = attempt.spoiled.is_none();
                attempt.spoiled.get_or_insert(why);
                first.then_some(attempt.number)
            }
            _ => {
                let (number, plan) = self.take_back_last(&why)?;
                self.queue.push_back(plan);
                self.run_to(now_secs);
                Some(number)
            }
        }
    }

    /// The operator ends a break of the protocol.
    pub fn skip_break(&mut self, now_secs: f64) {
        self.run_to(now_secs);
        let at_secs = self.timeline.now_secs;
        if self.is_paused() || self.rest_until(at_secs).is_none() {
            return;
        }
        self.rest = None;
        // The trial after it may have been announced already; it comes earlier now.
        self.break_off(at_secs, "");
        let frame = Frame { score: self.score(), ..texts::ready() };
        let step = Scheduled::fixed(at_secs, StepKind::Resume, frame).marked(markers::RESUME);
        self.timeline.emit(Scheduled { revokes: true, ..step });
        self.get_ready(at_secs);
        self.run_to(now_secs);
    }

    /// The operator ends the run before all trials are done.
    pub fn end_early(&mut self, now_secs: f64) {
        self.run_to(now_secs);
        let Some(at_secs) = self.interruptible() else { return };
        self.break_off(at_secs, "ended early");
        self.rest = None;
        let step = Scheduled::fixed(at_secs, StepKind::RunEnd, texts::run_over(self.score())).marked(markers::RUN_END);
        self.timeline.emit(Scheduled { revokes: true, ..step });
        self.phase = Phase::Ending(at_secs);
    }

    fn left(&self) -> usize {
        self.planned - self.done().min(self.planned)
    }

    /// When an interruption that is wanted now can come; `None` where there is nothing to interrupt.
    fn interruptible(&self) -> Option<f64> {
        // How a trial ended is on its way to the screen: that is shown, and its marker goes out.
        let at_secs = self.timeline.now_secs.max(self.keep_until_secs);
        match self.phase {
            Phase::Waiting => None,
            Phase::Ending(due_secs) if due_secs <= at_secs => None,
            _ => Some(at_secs),
        }
    }

    /// Takes the running trial back, if there is one, and forgets all that is due later.
    fn break_off(&mut self, at_secs: f64, why: &str) {
        self.timeline.revoke(at_secs);
        if !matches!(self.phase, Phase::Trial(_)) {
            return;
        }
        let Phase::Trial(attempt) = std::mem::replace(&mut self.phase, Phase::Paused) else { return };
        let Attempt { plan, number, cue_secs, ref spoiled, .. } = attempt;
        if cue_secs > at_secs {
            // Nobody knows which one it was going to be.
            self.queue.push_front(plan);
            return;
        }
        let why = spoiled.clone().unwrap_or_else(|| why.to_owned());
        self.record(&attempt, None, at_secs, Some(why.clone()));
        self.put_back_in_block(plan);
        let step = self.taken_back(at_secs, &why, number);
        self.timeline.emit(step);
    }

    /// Marks the last trial as one that counts not.
    fn take_back_last(&mut self, why: &str) -> Option<(usize, Planned)> {
        let now_secs = self.timeline.now_secs;
        if matches!(self.phase, Phase::Ending(due_secs) if due_secs <= now_secs) {
            return None;
        }
        let (last, block) = (self.results.last_mut()?, *self.blocks.last()?);
        if last.spoiled.is_some() {
            return None;
        }
        last.spoiled = Some(why.to_owned());
        let (number, plan) = (last.number, Planned { class: last.class, block });
        let due_secs = now_secs.max(self.keep_until_secs);
        let mut step = self.taken_back(due_secs, why, number);
        if let Phase::Ending(end_secs) = self.phase {
            // The end was announced, but has not come: there is a trial to do again.
            self.timeline.revoke(due_secs);
            step.revokes = true;
            self.phase = Phase::Between(end_secs);
        }
        self.timeline.emit(step);
        Some((number, plan))
    }
}
