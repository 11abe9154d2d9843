use crate::session_file::{
    AdaptationRecord, ChannelCheck, MessageRecord, QualityCheck, RejectedTrial, SessionFile, StepKind, StepRecord,
    TrialResult, ValidationRecord,
};
use motrace_core::{ChannelQuality, Decision, clean_text};
use motrace_decode::metrics::{Confusion, chance_interval};
use motrace_engine::Trained;
use motrace_session::{FeedbackKind, Outcome};
use motrace_view::Score;

/// Messages beyond this are not kept.
const MOST_MESSAGES: usize = 5000;

/// Writes down what happens in a session: its steps, its trials, what was said.
pub struct Notebook {
    /// What `session.json` will hold.
    pub file: SessionFile,
    runs: usize,
}

impl Notebook {
    /// An empty one.
    pub fn new(file: SessionFile) -> Self {
        Self { file, runs: 0 }
    }

    /// A step begins at a sample. Runs are numbered over the whole session.
    pub fn begin(&mut self, name: &str, kind: StepKind, feedback: Option<FeedbackKind>, at: u64) {
        let is_run = matches!(kind, StepKind::Calibration | StepKind::Feedback);
        self.runs += usize::from(is_run);
        self.file.steps.push(StepRecord {
            name: name.to_owned(),
            kind,
            feedback,
            run: is_run.then_some(self.runs),
            start: at,
            ..StepRecord::default()
        });
    }

    /// The number of the newest run.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The step under way ends.
    pub fn end(&mut self, at: u64, was_skipped: bool) {
        if let Some(step) = self.file.steps.last_mut() {
            step.end = Some(at);
            step.was_skipped = was_skipped;
        }
    }

    /// The cue of a trial was shown; the engine will count it under this number.
    pub fn cue(&mut self, number: usize, class: usize) {
        let trial = TrialResult { number: Some(number), run: self.runs, class, ..TrialResult::default() };
        self.file.trials.push(trial);
    }

    fn trial(&mut self, number: usize) -> Option<&mut TrialResult> {
        self.file.trials.iter_mut().rev().find(|t| t.number == Some(number))
    }

    /// The sample that a cue fell on.
    pub fn cue_at(&mut self, number: usize, cue: u64) {
        if let Some(trial) = self.trial(number) {
            trial.cue = cue;
        }
    }

    /// A trial was decided.
    pub fn decided(&mut self, number: usize, decision: &Decision) {
        if let Some(trial) = self.trial(number) {
            trial.decided = Some(decision.class());
            trial.value = Some(decision.value);
            trial.frozen_value = decision.frozen_value;
        }
        if !decision.veto.is_clear() {
            self.leave_out(number, &decision.veto.reasons().join(", "));
        }
    }

    /// How a trial's game ended.
    pub fn outcome(&mut self, number: usize, outcome: Outcome) {
        if let Some(trial) = self.trial(number) {
            trial.outcome = Some(outcome);
        }
    }

    /// A trial does not count; what was said first stays.
    pub fn leave_out(&mut self, number: usize, why: &str) {
        if let Some(trial) = self.trial(number) {
            trial.left_out.get_or_insert_with(|| clean_text(why, 200));
        }
    }

    /// The numbers of the trials that do not count.
    pub fn left_out(&self) -> Vec<usize> {
        self.file.trials.iter().filter(|t| t.left_out.is_some()).filter_map(|t| t.number).collect()
    }

    /// What was said.
    pub fn message(&mut self, at: u64, is_warning: bool, text: &str) {
        if self.file.messages.len() < MOST_MESSAGES {
            self.file.messages.push(MessageRecord { at, is_warning, text: clean_text(text, 300) });
        }
    }

    /// How the channels are at the moment.
    pub fn quality(&mut self, what: &str, at: u64, channels: &[ChannelQuality]) {
        let channels = channels.iter().map(ChannelCheck::from).collect();
        self.file.quality.push(QualityCheck { what: what.to_owned(), at, channels });
    }

    /// What training gave.
    pub fn trained(&mut self, trained: &Trained, was_chosen: bool) {
        let preparation = &trained.model.preparation;
        let validation = trained.validation.as_ref();
        self.file.validation = Some(ValidationRecord {
            accuracy: validation.map(|v| v.accuracy),
            accuracy_interval: validation.map(|v| v.accuracy_interval),
            chance_interval: validation.map(|v| [v.chance.low, v.chance.high]),
            trials: trained.epochs.labels.len(),
            scheme: trained.model.about.validation.clone(),
            fold_accuracies: validation.map(|v| v.fold_accuracies.clone()).unwrap_or_default(),
            band_hz: preparation.filter.band_hz,
            window_secs: Some(preparation.window_secs),
            was_chosen,
            rejected: trained
                .left_out
                .iter()
                .map(|(_, trial, reason)| RejectedTrial { number: trial.number, why: reason.to_string() })
                .collect(),
            excluded_channels: trained.model.about.excluded_channels.clone(),
        });
    }

    /// How the decoder goes on learning.
    pub fn adaptation(&mut self, adaptation: AdaptationRecord) {
        self.file.adaptation = Some(adaptation);
    }

    /// Trials of feedback runs that were decided and count.
    fn counted(&self) -> impl Iterator<Item = &TrialResult> {
        let run_has_feedback =
            |run: usize| self.file.steps.iter().any(|s| s.kind == StepKind::Feedback && s.run == Some(run));
        self.file.trials.iter().filter(move |t| t.left_out.is_none() && t.decided.is_some() && run_has_feedback(t.run))
    }

    /// The score of the feedback so far.
    pub fn score(&self) -> Option<Score> {
        let confusion = Confusion::of(2, self.counted().filter_map(|t| Some((t.class, t.decided?))));
        let trials = confusion.total();
        (trials > 0).then(|| Score {
            accuracy: confusion.accuracy(),
            trials,
            chance_upper: chance_interval(trials, confusion.guess()).high,
            kappa: confusion.kappa(),
        })
    }

    /// Accuracy as it is, accuracy of the frozen model, and over how many trials; where a frozen model ran.
    pub fn shadow(&self) -> Option<(f64, f64, usize)> {
        let both: Vec<(bool, bool)> = self
            .counted()
            .filter_map(|t| {
                let frozen = usize::from(t.frozen_value? > 0.0);
                Some((t.decided? == t.class, frozen == t.class))
            })
            .collect();
        let share = |right: usize| right as f64 / both.len() as f64;
        (!both.is_empty()).then(|| {
            let (ours, theirs) = both.iter().fold((0, 0), |(a, b), (x, y)| (a + usize::from(*x), b + usize::from(*y)));
            (share(ours), share(theirs), both.len())
        })
    }
}
