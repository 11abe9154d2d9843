//! The steps of a session, one after the other: checks, baseline, calibration, training, feedback.

use super::conductor::{Conductor, News, Stop};
use super::interlude::Interlude;
use super::training::accuracy_line;
use super::{Order, checks};
use crate::failure::Failure;
use crate::session_file::StepKind;
use motrace_session::{Baseline, FeedbackKind, FeedbackPlan, Frame, Rest, Run, Scene, markers, texts};
use motrace_view::{CourseStep, Phase, Prompt, StepState, Verdict};
use std::time::Duration;

/// Pictures that stand still are drawn this often, so that a screen that comes later sees them too.
pub(super) const STILL_SECS: f64 = 0.5;
/// How long it is said what comes, and how long where nobody is there to read it.
const INSTRUCTION_SECS: f64 = 8.0;
const BRIEF_SECS: f64 = 1.0;
/// What has been measured of the signals after so long is worth looking at.
const SETTLED_SECS: f64 = 3.0;

impl Conductor {
    /// The whole session.
    pub(super) fn conduct(&mut self) -> Result<(), Stop> {
        self.plan();
        self.check()?;
        self.marker(markers::SESSION_START, motrace_lsl::clock())?;
        self.baseline()?;
        match self.setup.model.take() {
            Some(model) => self.use_model(&model)?,
            None => self.calibrate()?,
        }
        let plans = self.setup.config.session.feedback.clone();
        let of = plans.len();
        self.adapt()?;
        for (place, plan) in plans.iter().enumerate() {
            self.feedback(plan, place, of)?;
        }
        self.refresh(texts::session_over())?;
        self.marker(markers::SESSION_END, motrace_lsl::clock())?;
        Ok(())
    }

    /// What the operator sees ahead of them.
    fn plan(&mut self) {
        let session = &self.setup.config.session;
        let mut names = vec!["Checks".to_owned()];
        if session.baseline_secs > 0.0 {
            names.push("Baseline".into());
        }
        if self.setup.model.is_none() {
            let runs = session.calibration.runs;
            names.extend((1..=runs).map(|run| calibration_name(run, runs)));
            names.push("Training".into());
        }
        let of = session.feedback.len();
        names.extend(session.feedback.iter().enumerate().map(|(i, plan)| feedback_name(plan.kind, i, of)));
        self.course.steps =
            names.into_iter().map(|name| CourseStep { name, state: StepState::Ahead, detail: String::new() }).collect();
    }

    pub(super) fn begin_step(&mut self, name: &str, kind: StepKind, feedback: Option<FeedbackKind>) {
        let at = self.samples();
        self.notebook.begin(name, kind, feedback, at);
        let _ = self.run.live.phase(name);
        self.course.progress = None;
        self.course.remaining_secs = None;
        match self.course.steps.iter_mut().find(|s| s.name == name) {
            Some(step) => step.state = StepState::Now,
            None => {
                // What was not planned, such as one more run, comes after what is done.
                let place = self.course.steps.iter().rposition(|s| s.state == StepState::Done).map_or(0, |p| p + 1);
                let step = CourseStep { name: name.to_owned(), state: StepState::Now, detail: String::new() };
                self.course.steps.insert(place, step);
            }
        }
        self.board.say(&format!("\u{2014} {name}"));
    }

    pub(super) fn end_step(&mut self, detail: &str, was_skipped: bool) {
        let at = self.samples();
        self.notebook.end(at, was_skipped);
        for step in self.course.steps.iter_mut().filter(|s| s.state == StepState::Now) {
            step.state = StepState::Done;
            step.detail = detail.to_owned();
        }
        self.course.progress = None;
        self.course.remaining_secs = None;
        self.save_notes();
    }

    /// Asks the operator, unless nobody is to be asked. Gives what was ordered: `GoOn` or one of `others`.
    pub(super) fn ask(&mut self, question: &str, others: &[(Order, &str, &str)]) -> Result<Order, Stop> {
        if self.setup.yes {
            return Ok(Order::GoOn);
        }
        let mut keys = vec![("Enter".to_owned(), "go on".to_owned())];
        keys.extend(others.iter().map(|(_, key, what)| ((*key).to_owned(), (*what).to_owned())));
        keys.push(("x".into(), "end the session".into()));
        self.course.prompt = Some(Prompt { question: question.to_owned(), keys });
        self.board.say(question);
        let mut next_picture = 0.0;
        loop {
            self.show_checks_if_open();
            // Screens that come while the operator thinks see what the others see.
            if motrace_lsl::clock() >= next_picture {
                next_picture = motrace_lsl::clock() + STILL_SECS;
                self.stage.choose_route();
                if let Some(frame) = self.course.stage.clone() {
                    self.refresh(frame)?;
                }
            }
            for news in self.turn(motrace_lsl::clock() + 0.1)? {
                if let News::Order(order) = news
                    && (order == Order::GoOn || others.iter().any(|(other, ..)| *other == order))
                {
                    self.course.prompt = None;
                    return Ok(order);
                }
            }
        }
    }

    /// Waits, and lets everything go on.
    pub(super) fn wait(&mut self, secs: f64) -> Result<(), Stop> {
        let until = motrace_lsl::clock() + secs;
        while motrace_lsl::clock() < until {
            self.turn(until)?;
        }
        Ok(())
    }

    /// Streams, montage, signals, clocks, screens: until the operator accepts them.
    fn check(&mut self) -> Result<(), Stop> {
        self.board.session().set_phase(Phase::Checking);
        self.begin_step("Checks", StepKind::Checks, None);
        self.refresh(Frame::of(Scene::Words {
            title: "Welcome".into(),
            lines: vec!["Sit comfortably. It begins in a moment.".into()],
        }))?;
        let settled = motrace_lsl::clock() + SETTLED_SECS;
        while motrace_lsl::clock() < settled {
            self.stage.choose_route();
            self.show_checks_if_open();
            self.turn(settled)?;
        }
        self.show_checks_if_open();
        let bad: Vec<String> = self
            .course
            .checks
            .iter()
            .filter(|c| c.verdict == Verdict::Bad)
            .map(|c| format!("{}: {}", c.what, c.detail))
            .collect();
        for check in self.course.checks.clone() {
            self.board.say(&format!("{} {}: {}", checks::sign(check.verdict), check.what, check.detail));
        }
        if !bad.is_empty() && self.setup.is_headless && !self.setup.yes {
            return Err(Stop::Failed(Failure::failed(format_args!(
                "the checks found what nobody is there to judge; mend it, or accept it with --yes\n  {}",
                bad.join("\n  ")
            ))));
        }
        if !self.setup.is_headless {
            self.ask("Are the signals as they should be?", &[])?;
        }
        let quality = self.board.session().quality().to_vec();
        let at = self.samples();
        self.notebook.quality("before the session", at, &quality);
        self.notebook.file.screens = match self.stage.choose_route() {
            super::stage::Route::Screen => self.stage.described(),
            route => vec![route.name().to_owned()],
        };
        let detail =
            if bad.is_empty() { "everything well".to_owned() } else { format!("{} accepted with care", bad.len()) };
        self.end_step(&detail, false);
        Ok(())
    }

    fn show_checks_if_open(&mut self) {
        if self.course.steps.first().is_some_and(|s| s.state == StepState::Now) {
            let session = self.board.session();
            self.course.checks = checks::all(&self.setup, &session, self.run.live.info(), &self.stage);
        }
    }

    fn baseline(&mut self) -> Result<(), Stop> {
        let secs = self.setup.config.session.baseline_secs;
        if secs <= 0.0 {
            return Ok(());
        }
        self.board.session().set_phase(Phase::Baseline);
        self.begin_step("Baseline", StepKind::Baseline, None);
        self.stage.choose_route();
        let mut baseline = Baseline::new(secs, self.setup.first_id);
        baseline.start(motrace_lsl::clock());
        let was_skipped = self.interlude(&mut baseline)?;
        self.end_step("", was_skipped);
        Ok(())
    }

    /// Goes through what has a fixed course; true where the operator ended it early.
    fn interlude(&mut self, interlude: &mut dyn Interlude) -> Result<bool, Stop> {
        let (mut was_skipped, mut next_picture) = (false, 0.0);
        loop {
            let now = motrace_lsl::clock();
            for step in interlude.advance(now) {
                self.present(step)?;
            }
            self.course.remaining_secs = interlude.end_secs().map(|end_secs| (end_secs - now).max(0.0));
            if interlude.is_over() && self.is_presented() {
                self.setup.first_id = interlude.next_id();
                return Ok(was_skipped);
            }
            if now >= next_picture {
                next_picture = now + STILL_SECS;
                self.refresh(interlude.frame(now))?;
            }
            let until = interlude.next_due_secs().unwrap_or(f64::INFINITY).min(next_picture);
            for news in self.turn(until)? {
                if matches!(news, News::Order(Order::Next | Order::GoOn)) {
                    interlude.skip(motrace_lsl::clock());
                    was_skipped = true;
                }
            }
        }
    }

    /// Runs with cues, training, and the question whether the model is good enough: again until it is.
    fn calibrate(&mut self) -> Result<(), Stop> {
        let runs = self.setup.config.session.calibration.runs;
        let mut done = 0;
        loop {
            let goal = runs.max(done + 1);
            while done < goal {
                done += 1;
                if done > 1 {
                    let secs = self.setup.config.session.calibration.break_secs;
                    self.take_a_break(secs, &calibration_name(done, runs).to_lowercase())?;
                }
                let name = calibration_name(done, runs);
                let seed = self.setup.run_seed(done);
                let session = &self.setup.config.session;
                let run = Run::calibration(session, &self.setup.class_names, &self.setup.cue_markers, seed);
                let words = texts::calibration_instruction(session, &self.setup.class_names, run.expected_secs());
                self.instruct(words)?;
                self.perform(run, &name, StepKind::Calibration, None)?;
            }
            let trained = self.train()?;
            let question = accuracy_line(&trained);
            let order = self
                .ask("Go on to feedback with this model?", &[(Order::Repeat, "r", "one more run, then train again")])?;
            if order == Order::GoOn {
                self.end_step(&question, false);
                self.course.trained = None;
                return self.use_model(&trained.model);
            }
            self.end_step("once more", false);
        }
    }

    fn feedback(&mut self, plan: &FeedbackPlan, place: usize, of: usize) -> Result<(), Stop> {
        if place > 0 {
            self.take_a_break(plan.break_secs, game_name(plan.kind))?;
        }
        let name = feedback_name(plan.kind, place, of);
        let seed = self.setup.run_seed(1000 + place);
        let session = &self.setup.config.session;
        let run = Run::feedback(session, plan, &self.setup.class_names, &self.setup.cue_markers, seed);
        let words = texts::feedback_instruction(session, plan, &self.setup.class_names, run.expected_secs());
        self.instruct(words)?;
        self.perform(run, &name, StepKind::Feedback, Some(plan.kind))
    }

    fn take_a_break(&mut self, secs: f64, next: &str) -> Result<(), Stop> {
        if secs <= 0.0 {
            return Ok(());
        }
        self.board.session().set_phase(Phase::Break);
        let at = self.samples();
        self.notebook.begin("Break", StepKind::Break, None, at);
        let mut rest = Rest::new(secs, vec![format!("Next: {next}")], self.setup.first_id);
        rest.start(motrace_lsl::clock());
        let was_skipped = self.interlude(&mut rest)?;
        let at = self.samples();
        self.notebook.end(at, was_skipped);
        self.course.remaining_secs = None;
        Ok(())
    }

    /// Says what comes; the operator can go on at once.
    fn instruct(&mut self, frame: Frame) -> Result<(), Stop> {
        self.refresh(frame)?;
        let secs = if self.setup.yes { BRIEF_SECS } else { INSTRUCTION_SECS };
        let until = motrace_lsl::clock() + secs;
        while motrace_lsl::clock() < until {
            let news = self.turn(until)?;
            if news.iter().any(|n| matches!(n, News::Order(Order::Next | Order::GoOn))) {
                break;
            }
        }
        Ok(())
    }
}

fn calibration_name(run: usize, of: usize) -> String {
    if of <= 1 && run == 1 { "Calibration".into() } else { format!("Calibration, run {run} of {}", of.max(run)) }
}

fn feedback_name(kind: FeedbackKind, place: usize, of: usize) -> String {
    let game = game_name(kind);
    if of <= 1 { format!("Feedback: {game}") } else { format!("Feedback {} of {of}: {game}", place + 1) }
}

fn game_name(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Bar => "bar",
        FeedbackKind::Cursor => "cursor",
        FeedbackKind::Pong => "Brain Pong",
    }
}

/// How long saving and reporting may hold up the end of the program, in words for the operator.
pub const FINISHING: Duration = Duration::from_millis(500);
