//! Steps with due times, what is on the screen when, and what is handed out when.
use crate::{Frame, Scene, Step, StepKind};
use std::collections::VecDeque;

/// Steps are handed out this long before they are due, in seconds.
pub const LEAD_SECS: f64 = 0.1;

/// What is to be seen from a step on.
#[derive(Debug, Clone)]
pub(crate) enum Look {
    Fixed(Frame),
    /// Words with the seconds that are left in them.
    Countdown {
        title: String,
        lines: Vec<String>,
        until_secs: f64,
        score: Option<[u32; 2]>,
    },
    /// The game that is being played, with the score of before it.
    Game {
        score: [u32; 2],
    },
}

impl Look {
    /// The frame of a look that does not depend on a game.
    pub fn frame(&self, now_secs: f64) -> Option<Frame> {
        match self {
            Self::Fixed(frame) => Some(frame.clone()),
            Self::Countdown { title, lines, until_secs, score } => {
                let left_secs = (until_secs - now_secs).max(0.0).ceil();
                let mut lines = lines.clone();
                lines.push(format!("It goes on in {left_secs:.0} s."));
                Some(Frame { score: *score, ..Frame::of(Scene::Words { title: title.clone(), lines }) })
            }
            Self::Game { .. } => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Scheduled {
    pub due_secs: f64,
    pub kind: StepKind,
    pub look: Look,
    /// What the step itself shows.
    pub frame: Frame,
    pub marker: Option<String>,
    pub trial: Option<usize>,
    pub draws: bool,
    pub revokes: bool,
}

impl Scheduled {
    /// A step with a frame that stays as it is.
    pub fn fixed(due_secs: f64, kind: StepKind, frame: Frame) -> Self {
        // The bell sounds once, when the step is drawn.
        let look = Look::Fixed(Frame { beep: false, ..frame.clone() });
        Self { due_secs, kind, look, frame, marker: None, trial: None, draws: true, revokes: false }
    }

    /// A step that counts down.
    pub fn countdown(due_secs: f64, kind: StepKind, look: Look) -> Self {
        let frame = look.frame(due_secs).unwrap_or_else(|| Frame::of(Scene::Blank));
        Self { due_secs, kind, look, frame, marker: None, trial: None, draws: true, revokes: false }
    }

    pub fn marked(mut self, marker: impl Into<String>) -> Self {
        self.marker = Some(marker.into());
        self
    }

    pub fn of_trial(mut self, number: usize) -> Self {
        self.trial = Some(number);
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    pub lead_secs: f64,
    pub now_secs: f64,
    pub next_id: u64,
    /// Not handed out yet, in order of due times.
    agenda: VecDeque<Scheduled>,
    /// To be handed out with the next call.
    out: Vec<Step>,
    looks: VecDeque<(f64, Look)>,
}

impl Timeline {
    pub fn new() -> Self {
        Self {
            lead_secs: LEAD_SECS,
            now_secs: f64::NEG_INFINITY,
            next_id: 1,
            agenda: VecDeque::new(),
            out: Vec::new(),
            looks: VecDeque::new(),
        }
    }

    /// Time only goes on; what is no time changes nothing.
    pub fn tick(&mut self, now_secs: f64) {
        if now_secs > self.now_secs && now_secs.is_finite() {
            self.now_secs = now_secs;
        }
    }

    pub fn schedule(&mut self, step: Scheduled) {
        self.agenda.push_back(step);
    }

    pub fn is_drained(&self) -> bool {
        self.agenda.is_empty()
    }

    pub fn all_handed_out(&self) -> bool {
        self.agenda.is_empty() && self.out.is_empty()
    }

    /// Moves the next step to what is handed out, where it is time; its kind and id.
    pub fn emit_next(&mut self) -> Option<(StepKind, u64)> {
        if self.agenda.front()?.due_secs - self.lead_secs > self.now_secs {
            return None;
        }
        let step = self.agenda.pop_front()?;
        Some((step.kind, self.emit(step)))
    }

    /// Hands a step out with the next call, whenever it is due.
    pub fn emit(&mut self, step: Scheduled) -> u64 {
        let id = self.take_id();
        if step.draws {
            self.looks.push_back((step.due_secs, step.look));
        }
        while self.looks.len() > 1 && self.looks[1].0 <= self.now_secs {
            self.looks.pop_front();
        }
        self.out.push(Step {
            id,
            due_secs: step.due_secs,
            kind: step.kind,
            frame: step.frame,
            marker: step.marker,
            trial: step.trial,
            draws: step.draws,
            revokes: step.revokes,
        });
        id
    }

    pub fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Forgets all that is due after a time.
    pub fn revoke(&mut self, after_secs: f64) {
        self.agenda.clear();
        self.out.retain(|step| step.due_secs <= after_secs);
        self.looks.retain(|(due_secs, _)| *due_secs <= after_secs);
    }

    pub fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.out)
    }

    /// What is on the screen at a time.
    pub fn look(&self, now_secs: f64) -> Option<&Look> {
        self.looks.iter().rev().find(|(due_secs, _)| *due_secs <= now_secs).map(|(_, look)| look)
    }

    /// When the next step is to be fetched.
    pub fn next_secs(&self) -> Option<f64> {
        let due_secs = self.out.first().map(|step| step.due_secs).or(self.agenda.front().map(|step| step.due_secs))?;
        Some(due_secs - self.lead_secs)
    }
}
