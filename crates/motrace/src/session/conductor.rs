use super::folder::SessionFolder;
use super::notebook::Notebook;
use super::outlets::Outlets;
use super::stage::{Shown, Stage};
use super::{Board, Order, Setup};
use crate::failure::Failure;
use crate::live_run::LiveRun;
use crate::session_feed::Story;
use crossbeam_channel::{Receiver, Select};
use motrace_core::Decision;
use motrace_engine::{Collected, Explained};
use motrace_lsl::MarkerSender;
use motrace_session::{Evidence, Frame, Step, StepKind};
use motrace_view::{Course, Shadow, StreamState, TimingFigures};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Without anything to do, the conductor looks around this often.
const LOOK_AROUND_SECS: f64 = 0.02;
/// What was to be drawn and is not after this long was not seen in time.
pub const UNSEEN_SECS: f64 = 1.0;
/// Aborting is asked for twice within this.
const SURE_WITHIN: Duration = Duration::from_secs(5);

/// Why a session stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// The operator wants it.
    Aborted,
    /// The amplifier's stream is over, or failed.
    SourceOver(Option<String>),
    /// Something else failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Something that was handed to the stage and is not known to be drawn yet.
struct Pending {
    id: u64,
    due_secs: f64,
    /// What is drawn, where anything is.
    what: Option<String>,
    marker: Option<String>,
    /// The class of the cue it is, and the run's number of the trial.
    cue: Option<(usize, Option<usize>)>,
}

/// What happened since the last look, for whoever conducts the step under way.
#[derive(Debug, Clone)]
pub enum News {
    /// The decoder decided, for feedback.
    Decision(Decision),
    /// The operator wants something.
    Order(Order),
    /// A frame was not drawn in time.
    Unseen,
    /// Samples are missing.
    Gap,
}

/// Runs a session: owns the engine's threads, the stage, and what is told to others; in a thread of its own, which
/// no terminal can hold up.
pub struct Conductor {
    pub(super) setup: Setup,
    pub(super) board: Arc<Board>,
    pub(super) orders: Receiver<Order>,
    pub(super) run: LiveRun,
    pub(super) sender: MarkerSender,
    pub(super) stage: Stage,
    pub(super) outlets: Outlets,
    pub(super) folder: SessionFolder,
    pub(super) notebook: Notebook,
    pub(super) course: Course,
    pub(super) timing: motrace_session::TimingLog,
    pending: VecDeque<Pending>,
    /// Cues shown so far: the engine counts the same ones.
    cues: usize,
    /// The engine's numbers of the session's trials, by their numbers in the protocol.
    numbers: BTreeMap<usize, usize>,
    /// Trials that the engine was told to leave out.
    left_out: BTreeSet<usize>,
    has_new_times: bool,
    newest: Option<Evidence>,
    difference: Vec<f64>,
    compared: usize,
    /// Whether the model can go on learning without labels; networks cannot.
    pub(super) can_adapt: bool,
    abort_asked: Option<Instant>,
    told_error: bool,
    pub(super) error: Option<String>,
    is_over: Option<Option<String>>,
}

/// What a conductor starts with.
pub(super) struct Parts {
    pub setup: Setup,
    pub board: Arc<Board>,
    pub orders: Receiver<Order>,
    pub run: LiveRun,
    pub sender: MarkerSender,
    pub stage: Stage,
    pub outlets: Outlets,
    pub folder: SessionFolder,
    pub notebook: Notebook,
}

impl Conductor {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { setup, board, orders, run, sender, stage, outlets, folder, notebook } = parts;
        Self {
            setup,
            board,
            orders,
            run,
            sender,
            stage,
            outlets,
            folder,
            notebook,
            course: Course::default(),
            timing: motrace_session::TimingLog::default(),
            pending: VecDeque::new(),
            cues: 0,
            numbers: BTreeMap::new(),
            left_out: BTreeSet::new(),
            has_new_times: false,
            newest: None,
            difference: Vec::new(),
            compared: 0,
            can_adapt: true,
            abort_asked: None,
            told_error: false,
            error: None,
            is_over: None,
        }
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        self.run.live.counters().samples
    }

    /// Says something to the operator, and keeps it.
    pub fn say(&mut self, text: &str) {
        let at = self.samples();
        self.notebook.message(at, false, text);
        self.board.say(text);
    }

    /// The same for what wants attention.
    pub fn warn(&mut self, text: &str) {
        let at = self.samples();
        self.notebook.message(at, true, text);
        self.board.say(&format!("! {text}"));
    }

    /// Something went wrong that need not end the session, but makes its end a failure.
    pub fn fail_later(&mut self, text: &str) {
        self.warn(text);
        self.error.get_or_insert_with(|| text.to_owned());
    }

    /// Hands a step to the stage; its marker goes out when it is drawn.
    pub fn present(&mut self, step: Step) -> Result<(), Stop> {
        if step.revokes {
            self.pending.retain(|p| p.due_secs <= step.due_secs);
            self.stage.cancel()?;
        }
        if step.draws {
            self.stage.show(step.id, step.due_secs, &step.frame)?;
        } else {
            self.stage.pass(step.id, step.due_secs);
        }
        let cue = match (step.kind, &step.marker) {
            (StepKind::Cue, Some(text)) => self.setup.class_of(text).map(|class| (class, step.trial)),
            _ => None,
        };
        self.pending.push_back(Pending {
            id: step.id,
            due_secs: step.due_secs,
            what: step.draws.then(|| kind_name(step.kind)),
            marker: step.marker,
            cue,
        });
        Ok(())
    }

    /// Whether everything that was presented is drawn.
    pub fn is_presented(&self) -> bool {
        self.pending.is_empty()
    }

    /// A moving picture, as it is now.
    pub fn refresh(&mut self, mut frame: Frame) -> Result<(), Stop> {
        if self.setup.config.session.show_why {
            frame.evidence.clone_from(&self.newest);
        }
        self.stage.refresh(&frame)?;
        self.course.stage = Some(frame);
        Ok(())
    }

    /// Sends a marker: into the stream that is decoded and recorded, and to whoever listens.
    pub fn marker(&mut self, text: &str, at_secs: f64) -> Result<(), Stop> {
        if !self.sender.send(text.to_owned(), at_secs) {
            self.warn(&format!("the marker {text:?} could not be placed in the stream"));
        }
        Ok(self.outlets.marker(text, at_secs)?)
    }

    /// Lets everything go on until `until_secs` (LSL clock) at the latest, and tells what happened.
    pub fn turn(&mut self, until_secs: f64) -> Result<Vec<News>, Stop> {
        let now = motrace_lsl::clock();
        let due = self.pending.front().map_or(f64::INFINITY, |p| p.due_secs);
        let due = if due > now { due } else { f64::INFINITY };
        let wait = until_secs.min(due).min(now + LOOK_AROUND_SECS) - now;
        if wait > 0.0 {
            let mut select = Select::new();
            select.recv(self.run.live.events());
            select.recv(&self.orders);
            let _ = select.ready_timeout(Duration::from_secs_f64(wait));
        }
        let mut news = Vec::new();
        self.take_orders(&mut news)?;
        self.take_events(&mut news)?;
        self.take_shown(&mut news)?;
        self.publish();
        if let Some(why) = &self.is_over {
            return Err(Stop::SourceOver(why.clone()));
        }
        Ok(news)
    }

    fn take_orders(&mut self, news: &mut Vec<News>) -> Result<(), Stop> {
        let orders: Vec<Order> = self.orders.try_iter().collect();
        for order in orders {
            match order {
                Order::Quit => return Err(Stop::Aborted),
                Order::Abort => {
                    if self.abort_asked.is_some_and(|at| at.elapsed() < SURE_WITHIN) {
                        return Err(Stop::Aborted);
                    }
                    self.abort_asked = Some(Instant::now());
                    self.say("end the session? press x again within 5 s; everything so far is kept");
                }
                other => news.push(News::Order(other)),
            }
        }
        Ok(())
    }

    fn take_events(&mut self, news: &mut Vec<News>) -> Result<(), Stop> {
        let mut stories = Vec::new();
        let goes_on = {
            let board = Arc::clone(&self.board);
            let mut session = board.session();
            self.run.turn(&mut session, &mut |story| stories.push(story))
        };
        for story in stories {
            self.take_story(story, news)?;
        }
        if let Some(error) = self.run.keeping_error()
            && !self.told_error
        {
            self.told_error = true;
            let error = error.to_owned();
            self.warn(&error);
        }
        if !goes_on && self.is_over.is_none() {
            self.is_over = Some(None);
        }
        Ok(())
    }

    fn take_story(&mut self, story: Story, news: &mut Vec<News>) -> Result<(), Stop> {
        match story {
            Story::Decision(decision) => {
                self.outlets.decision(&decision)?;
                news.push(News::Decision(decision));
            }
            Story::Trial(record) => {
                if let Some(decision) = &record.decision {
                    self.outlets.decision(decision)?;
                    self.notebook.cue_at(record.number, record.cue);
                    self.notebook.decided(record.number, decision);
                    if let Some(line) = crate::console::in_words(&Story::Trial(record.clone()), &self.setup.names()) {
                        self.board.say(&line);
                    }
                }
            }
            Story::Explained(explained) => self.explained(&explained)?,
            Story::Calibration(Collected::Kept(trial)) => self.notebook.cue_at(trial.number, trial.cue),
            Story::Calibration(Collected::LeftOut(trial, reason)) => {
                self.notebook.cue_at(trial.number, trial.cue);
                self.notebook.leave_out(trial.number, reason.name());
                self.warn(&format!("trial {} is left out: {reason}", trial.number));
            }
            Story::Skipped(trial, reason) => {
                self.notebook.cue_at(trial.number, trial.cue);
                self.notebook.leave_out(trial.number, reason.name());
            }
            Story::Gap => news.push(News::Gap),
            Story::Message(text) => self.warn(&text),
            Story::ModelSet(_) => {}
            Story::Over(why) => self.is_over = Some(why),
        }
        Ok(())
    }

    fn explained(&mut self, explained: &Explained) -> Result<(), Stop> {
        self.outlets.explained(explained)?;
        let pattern = explained.relevance.main_per_channel();
        if let Some(frozen) = &explained.frozen {
            let theirs = frozen.main_per_channel();
            self.difference.resize(pattern.len(), 0.0);
            for ((sum, a), b) in self.difference.iter_mut().zip(&pattern).zip(theirs) {
                *sum += a - b;
            }
            self.compared += 1;
        }
        self.newest = Some(Evidence {
            labels: self.run.feed.preparation().channels.labels().to_vec(),
            values: pattern.into_iter().map(|r| (r * 1e3).round() as f32 * 1e-3).collect(),
        });
        Ok(())
    }

    fn take_shown(&mut self, news: &mut Vec<News>) -> Result<(), Stop> {
        let mut shown = Vec::new();
        self.stage.poll(&mut shown);
        for Shown { id, at_secs } in shown {
            let Some(place) = self.pending.iter().position(|p| p.id == id) else { continue };
            let Some(pending) = self.pending.remove(place) else { continue };
            if let Some(what) = &pending.what {
                self.notebook.file.presentation.push(what, pending.due_secs, Some(at_secs));
                self.timing.push(id, pending.due_secs, at_secs);
                self.has_new_times = true;
            }
            if let Some((class, trial)) = pending.cue {
                self.cues += 1;
                self.numbers.extend(trial.map(|trial| (trial, self.cues)));
                self.notebook.cue(self.cues, class);
            }
            if let Some(text) = pending.marker {
                self.marker(&text, at_secs)?;
            }
        }
        let now = motrace_lsl::clock();
        while self.pending.front().is_some_and(|p| now - p.due_secs > UNSEEN_SECS) {
            if let Some(lost) = self.pending.pop_front() {
                if let Some(what) = &lost.what {
                    self.notebook.file.presentation.push(what, lost.due_secs, None);
                }
                news.push(News::Unseen);
            }
        }
        Ok(())
    }

    /// Brings what the operator sees up to date.
    pub fn publish(&mut self) {
        self.course.screens = self.stage.screens();
        if std::mem::take(&mut self.has_new_times) {
            self.course.timing = self.timing.summary().map(|f| TimingFigures {
                count: f.count,
                p50_secs: f.median_secs,
                p99_secs: f.p99_secs,
                max_secs: f.max_secs,
            });
        }
        self.course.shadow = self.notebook.shadow().map(|(adapted, frozen, trials)| Shadow {
            adapted,
            frozen,
            trials,
            labels: self.run.feed.preparation().channels.labels().to_vec(),
            difference: self.difference.iter().map(|d| d / self.compared.max(1) as f64).collect(),
        });
        let score = self.notebook.score();
        let mut session = self.board.session();
        session.set_course(self.course.clone());
        if let Some(score) = score {
            session.set_score(score);
        }
    }

    /// What keeps the session from going on, where something does.
    pub fn fault(&self) -> Option<String> {
        let state = self.board.session().stream().state.clone();
        match state {
            StreamState::Live | StreamState::File | StreamState::Connecting => {
                (!self.stage.is_seen()).then(|| "the participant's screen is away".to_owned())
            }
            StreamState::Stalled => Some("the amplifier sends nothing".to_owned()),
            StreamState::Lost => Some("the amplifier's stream is gone; it is being looked for".to_owned()),
            StreamState::Refused(why) => Some(format!("what came back is not the same stream: {why}")),
        }
    }

    /// The engine's number of a trial of the protocol, once its cue was shown.
    pub fn number_of(&self, trial: usize) -> Option<usize> {
        self.numbers.get(&trial).copied()
    }

    /// The number that the next trial of the protocol has.
    pub fn next_trial(&self) -> usize {
        self.numbers.last_key_value().map_or(1, |(trial, _)| trial + 1)
    }

    /// A trial counts not.
    pub fn leave_out(&mut self, number: usize, why: &str) -> Result<(), Stop> {
        if self.left_out.insert(number) {
            self.notebook.leave_out(number, why);
            self.run.live.leave_out(number, why).map_err(Failure::from)?;
        }
        Ok(())
    }
}

/// What a step is, as the report calls it.
fn kind_name(kind: StepKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
