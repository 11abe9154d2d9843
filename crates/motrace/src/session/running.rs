//! One run of a session: its trials are handed to the stage, and what goes wrong is made up for.

use super::Order;
use super::conductor::{Conductor, News, Stop};
use super::steps::STILL_SECS;
use crate::session_file::StepKind;
use motrace_session::{FeedbackKind, Run};
use motrace_view::Phase;

/// Moving pictures are drawn this often.
const PICTURE_SECS: f64 = 0.04;
/// After a fault, the session goes on when everything has been well for so long.
const WELL_SECS: f64 = 1.5;

impl Conductor {
    /// One run, from its first trial to its last.
    pub(super) fn perform(
        &mut self,
        mut run: Run,
        name: &str,
        kind: StepKind,
        feedback: Option<FeedbackKind>,
    ) -> Result<(), Stop> {
        self.begin_step(name, kind, feedback);
        self.stage.choose_route();
        run = run.numbered(self.notebook.runs(), self.next_trial(), self.setup.first_id);
        run.start(motrace_lsl::clock());
        let (mut fault_since, mut well_since): (Option<f64>, Option<f64>) = (None, None);
        let mut next_picture = 0.0;
        loop {
            let now = motrace_lsl::clock();
            for step in run.advance(now) {
                self.present(step)?;
            }
            self.note_results(&run)?;
            if run.is_over() && self.is_presented() {
                break;
            }
            if now >= next_picture {
                next_picture = now + if run.is_moving(now) { PICTURE_SECS } else { STILL_SECS };
                self.refresh(run.frame(now))?;
            }
            self.tell_progress(&run, kind);
            let until = run.next_due_secs().unwrap_or(now + 0.1).min(next_picture);
            let news = self.turn(until)?;
            let now = motrace_lsl::clock();
            for one in news {
                match one {
                    News::Decision(decision) if decision.veto.is_clear() => run.control(decision.value, now),
                    News::Decision(_) => {}
                    News::Order(order) => self.obey(order, &mut run, now)?,
                    News::Gap => {
                        run.spoil(now, "samples were lost");
                    }
                    News::Unseen => {
                        self.warn("something was not drawn in time; the trial comes again");
                        run.spoil(now, "not drawn in time");
                    }
                }
            }
            // Faults hold the run up; it goes on by itself when everything is well again.
            match (self.fault(), fault_since) {
                (Some(why), None) => {
                    fault_since = Some(now);
                    self.warn(&format!("{why}: the session waits, and repeats the trial"));
                    run.spoil(now, &why);
                    run.pause(now);
                }
                (Some(_), Some(_)) => well_since = None,
                (None, Some(_)) => {
                    let since = *well_since.get_or_insert(now);
                    if now - since >= WELL_SECS {
                        (fault_since, well_since) = (None, None);
                        self.say("everything is well again: the session goes on");
                        run.resume(now);
                    }
                }
                (None, None) => {}
            }
        }
        self.note_results(&run)?;
        self.setup.first_id = run.next_id();
        let detail = run_detail(&run);
        self.end_step(&detail, false);
        Ok(())
    }

    fn obey(&mut self, order: Order, run: &mut Run, now: f64) -> Result<(), Stop> {
        match order {
            Order::Pause | Order::GoOn if run.is_paused() => run.resume(now),
            Order::Pause => {
                run.pause(now);
                self.say("paused; p goes on");
            }
            Order::Repeat => {
                if let Some(trial) = run.repeat(now) {
                    self.say(&format!("trial {trial} counts not, and comes again"));
                }
            }
            Order::Next | Order::GoOn => run.skip_break(now),
            Order::Abort | Order::Quit => {}
        }
        Ok(())
    }

    /// Writes down how trials ended, and tells the engine which ones count not.
    fn note_results(&mut self, run: &Run) -> Result<(), Stop> {
        for result in run.results() {
            let Some(number) = self.number_of(result.number) else { continue };
            if let Some(outcome) = result.outcome {
                self.notebook.outcome(number, outcome);
            }
            if let Some(why) = &result.spoiled {
                self.leave_out(number, why)?;
            }
        }
        Ok(())
    }

    fn tell_progress(&mut self, run: &Run, kind: StepKind) {
        let progress = run.progress();
        self.course.progress = Some((progress.done, progress.of));
        let trial = (progress.done + 1).min(progress.of);
        let phase = match (run.is_paused(), progress.in_break, kind) {
            (true, ..) => Phase::PausedByOperator,
            (_, true, _) => Phase::Break,
            (.., StepKind::Feedback) => Phase::Feedback { trial, of: progress.of },
            _ => Phase::Calibrating { trial, of: progress.of },
        };
        self.board.session().set_phase(phase);
    }
}

fn run_detail(run: &Run) -> String {
    let counted = run.results().iter().filter(|r| r.spoiled.is_none());
    let outcomes: Vec<_> = counted.filter_map(|r| r.outcome).collect();
    if outcomes.is_empty() {
        return format!("{} trials", run.progress().done);
    }
    let hits = outcomes.iter().filter(|o| **o == motrace_session::Outcome::Hit).count();
    format!("{hits} of {} hit", outcomes.len())
}
