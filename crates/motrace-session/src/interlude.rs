use crate::timeline::{Look, Scheduled, Timeline};
use crate::{Frame, Scene, Step, StepKind, markers, texts};

/// Words before the baseline stay for so long, in seconds.
const INSTRUCTION_SECS: f64 = 5.0;

/// A fixed course of steps, driven like a [`Run`](crate::Run).
#[derive(Debug, Clone)]
struct Course {
    timeline: Timeline,
    started: bool,
    /// When what may be skipped ends, if it has been scheduled.
    end_secs: Option<f64>,
}

impl Course {
    fn new(first_id: u64) -> Self {
        let mut timeline = Timeline::new();
        timeline.next_id = first_id;
        Self { timeline, started: false, end_secs: None }
    }

    /// When its first step is due; `None` where it has started already.
    fn start(&mut self, now_secs: f64) -> Option<f64> {
        if self.started || !now_secs.is_finite() {
            return None;
        }
        self.started = true;
        self.timeline.tick(now_secs);
        Some(self.timeline.now_secs + self.timeline.lead_secs)
    }

    /// Ends it now, where it has not ended yet; `secs` is how long before its end the marked part began.
    fn skip(&mut self, now_secs: f64, secs: f64, kind: StepKind, marker: &str) {
        self.timeline.tick(now_secs);
        while self.timeline.emit_next().is_some() {}
        let at_secs = self.timeline.now_secs;
        let Some(end_secs) = self.end_secs.filter(|end_secs| *end_secs > at_secs) else { return };
        self.timeline.revoke(at_secs);
        let step = Scheduled::fixed(at_secs, kind, texts::please_wait());
        // An end is only said of what began.
        let step = if at_secs >= end_secs - secs { step.marked(marker) } else { step };
        self.timeline.emit(Scheduled { revokes: true, ..step });
        self.end_secs = Some(at_secs);
    }

    fn advance(&mut self, now_secs: f64) -> Vec<Step> {
        self.timeline.tick(now_secs);
        while self.timeline.emit_next().is_some() {}
        self.timeline.take()
    }

    fn frame(&self, now_secs: f64) -> Frame {
        self.timeline.look(now_secs).and_then(|look| look.frame(now_secs)).unwrap_or_else(|| Frame::of(Scene::Blank))
    }

    fn is_over(&self) -> bool {
        self.started && self.timeline.all_handed_out()
    }
}

/// The same ways to drive both.
macro_rules! driven {
    () => {
        /// Everything that came due up to now, in order.
        pub fn advance(&mut self, now_secs: f64) -> Vec<Step> {
            self.course.advance(now_secs)
        }

        /// When to call [`advance`](Self::advance) next.
        #[must_use]
        pub fn next_due_secs(&self) -> Option<f64> {
            self.course.timeline.next_secs()
        }

        /// What is on the screen at this moment.
        #[must_use]
        pub fn frame(&self, now_secs: f64) -> Frame {
            self.course.frame(now_secs)
        }

        /// Whether all of it has been handed out.
        #[must_use]
        pub fn is_over(&self) -> bool {
            self.course.is_over()
        }

        /// An id for a frame that is shown between two steps.
        pub fn take_id(&mut self) -> u64 {
            self.course.timeline.take_id()
        }

        /// The first id of what comes after.
        #[must_use]
        pub fn next_id(&self) -> u64 {
            self.course.timeline.next_id
        }

        /// When it ends, once it has started.
        #[must_use]
        pub fn end_secs(&self) -> Option<f64> {
            self.course.end_secs
        }
    };
}

/// Sitting still before the first run: words, then the cross.
#[derive(Debug, Clone)]
pub struct Baseline {
    course: Course,
    secs: f64,
}

impl Baseline {
    /// Of so many seconds; its steps are numbered from `first_id` on. Where it is 0, there are none.
    #[must_use]
    pub fn new(secs: f64, first_id: u64) -> Self {
        Self { course: Course::new(first_id), secs: if secs > 0.0 { secs } else { 0.0 } }
    }

    /// Begins.
    pub fn start(&mut self, now_secs: f64) {
        let Some(due_secs) = self.course.start(now_secs).filter(|_| self.secs > 0.0) else { return };
        let cross_secs = due_secs + INSTRUCTION_SECS;
        let end_secs = cross_secs + self.secs;
        let (words, cross) = (texts::baseline_instruction(self.secs), Frame::of(Scene::Fixation));
        let timeline = &mut self.course.timeline;
        timeline.schedule(Scheduled::fixed(due_secs, StepKind::Instruction, words));
        timeline.schedule(Scheduled::fixed(cross_secs, StepKind::BaselineStart, cross).marked(markers::BASELINE_START));
        timeline.schedule(
            Scheduled::fixed(end_secs, StepKind::BaselineEnd, texts::please_wait()).marked(markers::BASELINE_END),
        );
        self.course.end_secs = Some(end_secs);
    }

    /// The operator ends it now.
    pub fn skip(&mut self, now_secs: f64) {
        self.course.skip(now_secs, self.secs, StepKind::BaselineEnd, markers::BASELINE_END);
    }

    driven!();
}

/// The break between two runs, with a countdown.
#[derive(Debug, Clone)]
pub struct Rest {
    course: Course,
    secs: f64,
    lines: Vec<String>,
}

impl Rest {
    /// Of so many seconds; `lines` say what comes next, above the countdown. Where it is 0, there are no steps.
    #[must_use]
    pub fn new(secs: f64, lines: Vec<String>, first_id: u64) -> Self {
        Self { course: Course::new(first_id), secs: if secs > 0.0 { secs } else { 0.0 }, lines }
    }

    /// Begins.
    pub fn start(&mut self, now_secs: f64) {
        let Some(due_secs) = self.course.start(now_secs).filter(|_| self.secs > 0.0) else { return };
        let end_secs = due_secs + self.secs;
        let lines = std::mem::take(&mut self.lines);
        let look = Look::Countdown { title: "A break".to_owned(), lines, until_secs: end_secs, score: None };
        let timeline = &mut self.course.timeline;
        timeline.schedule(Scheduled::countdown(due_secs, StepKind::Break, look).marked(markers::PAUSE));
        timeline.schedule(Scheduled::fixed(end_secs, StepKind::Resume, texts::please_wait()).marked(markers::RESUME));
        self.course.end_secs = Some(end_secs);
    }

    /// The operator ends it now.
    pub fn skip(&mut self, now_secs: f64) {
        self.course.skip(now_secs, self.secs, StepKind::Resume, markers::RESUME);
    }

    driven!();
}
