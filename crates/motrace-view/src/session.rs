//! What is known of a session so far: the state every view is drawn from.
//!
//! The application feeds it the events of the core; it keeps bounded histories and knows nothing of
//! terminals. All text from outside is cleaned when it enters.

mod comparison;
mod course;
mod evidence;
mod facts;
mod traces;
mod trials;

pub use comparison::{Agreement, Comparison};
pub use course::{Check, Course, CourseStep, Prompt, Shadow, StepState, TimingFigures, TrainedFigures, Verdict};
pub use evidence::Evidence;
pub use facts::{Counters, Latency, Phase, Score, StreamHealth, StreamState};
pub use traces::Traces;
pub use trials::{TrialEntry, TrialRecord};

use motrace_core::{ChannelQuality, Decision, Gap, Marker, Relevance, View, clean_text};
use std::{collections::VecDeque, sync::Arc};
use trials::TrialList;

/// As many decisions, markers, gaps and messages are remembered, each.
const HISTORY: usize = 2048;
const MESSAGES: usize = 100;
const LABEL_CHARS: usize = 12;
const TEXT_CHARS: usize = 120;

/// What has to be known before a session can be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSetup {
    /// What the session is about: a configuration's name, a recording, a participant's code.
    pub title: String,
    /// The names of the classes. Of two, class 0 has negative decision values and class 1 positive ones.
    pub class_names: Vec<String>,
    /// Labels of the channels drawn as traces, in the order of [`Session::push_samples`].
    pub trace_labels: Vec<String>,
    /// Labels of the decoded channels, in the order of the relevance's rows.
    pub labels: Vec<String>,
    /// Sampling rate in hertz.
    pub rate_hz: f64,
    /// First and last time of a trial's window, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// How much of the traces is kept and shown, in seconds.
    pub history_secs: f64,
}

impl Default for SessionSetup {
    fn default() -> Self {
        Self {
            title: String::new(),
            class_names: vec!["class 0".into(), "class 1".into()],
            trace_labels: Vec::new(),
            labels: Vec::new(),
            rate_hz: 250.0,
            window_secs: [0.5, 2.5],
            history_secs: 8.0,
        }
    }
}

/// A marker on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownMarker {
    /// The sample it falls on.
    pub index: u64,
    /// What it says, cleaned.
    pub text: String,
    /// The class of the cue, where it is one.
    pub class: Option<usize>,
}

/// The state of a session. Its memory is bounded however long the session lasts.
///
/// A clone is cheap enough to be made for every frame: what does not change with every sample is shared until it does.
#[derive(Debug, Clone)]
pub struct Session {
    setup: Arc<SessionSetup>,
    traces: Traces,
    markers: Arc<VecDeque<ShownMarker>>,
    gaps: Arc<VecDeque<Gap>>,
    decisions: VecDeque<Decision>,
    evidence: Option<Arc<Evidence>>,
    trials: TrialList,
    quality: Arc<Vec<ChannelQuality>>,
    stream: StreamHealth,
    counters: Counters,
    latency: Option<Latency>,
    score: Option<Score>,
    phase: Phase,
    messages: Arc<VecDeque<String>>,
    course: Option<Arc<Course>>,
    comparison: Option<Arc<Comparison>>,
}

fn push_bounded<T>(queue: &mut VecDeque<T>, value: T, limit: usize) {
    while queue.len() >= limit {
        queue.pop_front();
    }
    queue.push_back(value);
}

fn clean_labels(labels: Vec<String>) -> Vec<String> {
    labels.iter().map(|l| clean_text(l, LABEL_CHARS)).collect()
}

impl Session {
    /// A session of which nothing has happened yet.
    #[must_use]
    pub fn new(setup: SessionSetup) -> Self {
        let rate_hz = if setup.rate_hz.is_finite() && setup.rate_hz > 0.0 { setup.rate_hz } else { 1.0 };
        let setup = SessionSetup {
            title: clean_text(&setup.title, TEXT_CHARS),
            class_names: clean_labels(setup.class_names),
            trace_labels: clean_labels(setup.trace_labels),
            labels: clean_labels(setup.labels),
            rate_hz,
            ..setup
        };
        Self {
            traces: Traces::new(setup.trace_labels.len(), rate_hz, setup.history_secs),
            setup: Arc::new(setup),
            markers: Arc::default(),
            gaps: Arc::default(),
            decisions: VecDeque::new(),
            evidence: None,
            trials: TrialList::default(),
            quality: Arc::default(),
            stream: StreamHealth::default(),
            counters: Counters::default(),
            latency: None,
            score: None,
            phase: Phase::Connecting,
            messages: Arc::default(),
            course: None,
            comparison: None,
        }
    }

    /// Replaces what is traced, once the stream is known; the traces start anew at sample `first_index`.
    pub fn set_traces(&mut self, labels: Vec<String>, rate_hz: f64, first_index: u64) {
        let setup = Arc::make_mut(&mut self.setup);
        if rate_hz.is_finite() && rate_hz > 0.0 {
            setup.rate_hz = rate_hz;
        }
        setup.trace_labels = clean_labels(labels);
        self.restart_traces(first_index);
    }

    /// Replaces the decoder that is shown, once it is trained: its channels, classes and window.
    pub fn set_model(&mut self, labels: Vec<String>, class_names: Vec<String>, window_secs: [f64; 2]) {
        let setup = Arc::make_mut(&mut self.setup);
        setup.labels = clean_labels(labels);
        setup.class_names = clean_labels(class_names);
        setup.window_secs = window_secs;
        self.evidence = None;
        self.decisions.clear();
    }

    /// Forgets the traces, markers, gaps and decisions and starts anew at sample `first_index`, as after a jump
    /// in a recording.
    pub fn restart_traces(&mut self, first_index: u64) {
        self.traces = Traces::starting_at(
            first_index,
            self.setup.trace_labels.len(),
            self.setup.rate_hz,
            self.setup.history_secs,
        );
        self.markers = Arc::default();
        self.gaps = Arc::default();
        self.decisions.clear();
    }

    /// Adds samples of the traced channels, in microvolts, interleaved `[samples × channels]`.
    pub fn push_samples(&mut self, microvolts: &[f32]) {
        self.traces.push(microvolts);
    }

    /// Adds a marker; `class` is that of the cue, where it is one.
    pub fn on_marker(&mut self, marker: &Marker, class: Option<usize>) {
        let marker = ShownMarker { index: marker.index, text: clean_text(&marker.text, 24), class };
        push_bounded(Arc::make_mut(&mut self.markers), marker, HISTORY);
    }

    /// Adds a gap.
    pub fn on_gap(&mut self, gap: &Gap) {
        push_bounded(Arc::make_mut(&mut self.gaps), *gap, HISTORY);
    }

    /// Adds a decision.
    pub fn on_decision(&mut self, decision: &Decision) {
        push_bounded(&mut self.decisions, *decision, HISTORY);
    }

    /// Shows the relevance of the newest decision, with the warnings its ledger gives rise to.
    ///
    /// Only a condensed copy is kept: each view summed into bins of about 50 ms.
    pub fn on_relevance(&mut self, relevance: &Relevance, warnings: &[String]) {
        let mut evidence = Evidence::new(relevance, warnings, self.setup.rate_hz);
        if let Some(before) = &self.evidence {
            evidence.hold_peaks_of(before);
        }
        self.evidence = Some(Arc::new(evidence));
    }

    /// Adds a trial to the list, or replaces the one of the same number.
    pub fn on_trial(&mut self, record: TrialRecord) {
        self.trials.insert(record, self.setup.rate_hz);
    }

    /// Gives a trial of the list its relevance, for applications that compute it when it is asked for.
    pub fn set_trial_relevance(&mut self, number: usize, relevance: &Relevance, warnings: &[String]) {
        self.trials.set_evidence(number, Evidence::new(relevance, warnings, self.setup.rate_hz));
    }

    /// Replaces the channels' quality.
    pub fn set_quality(&mut self, mut quality: Vec<ChannelQuality>) {
        for channel in &mut quality {
            channel.label = clean_text(&channel.label, LABEL_CHARS);
        }
        self.quality = Arc::new(quality);
    }

    /// Replaces the state of the stream.
    pub fn set_stream(&mut self, stream: StreamHealth) {
        self.stream = stream.cleaned();
    }

    /// Replaces the counters.
    pub fn set_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    /// Replaces the latency figures.
    pub fn set_latency(&mut self, latency: Latency) {
        self.latency = Some(latency);
    }

    /// Replaces the score.
    pub fn set_score(&mut self, score: Score) {
        self.score = Some(score);
    }

    /// Says what the session is doing.
    pub fn set_phase(&mut self, phase: Phase) {
        self.phase = phase.cleaned();
    }

    /// Says where a session stands; from now on the dashboard shows it first, and its keys are the session's.
    pub fn set_course(&mut self, course: Course) {
        self.course = Some(Arc::new(course.cleaned()));
    }

    /// Puts a second decoder beside the first: the session as that has it. `titles` are what the two are called.
    pub fn set_comparison(&mut self, titles: [String; 2], mut other: Self) {
        other.comparison = None;
        self.comparison = Some(Arc::new(Comparison::new(titles, other)));
    }

    /// The second decoder, where there is one.
    #[must_use]
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_deref()
    }

    /// The second decoder's session, to be told what happens, where there is one.
    pub fn comparison_mut(&mut self) -> Option<&mut Self> {
        self.comparison.as_mut().map(|comparison| Arc::make_mut(comparison).other_mut())
    }

    /// Forgets about the course, once the session is over.
    pub fn clear_course(&mut self) {
        self.course = None;
    }

    /// Adds a line to the log.
    pub fn message(&mut self, text: &str) {
        push_bounded(Arc::make_mut(&mut self.messages), clean_text(text, TEXT_CHARS * 2), MESSAGES);
    }

    /// What the session was set up with.
    #[must_use]
    pub fn setup(&self) -> &SessionSetup {
        &self.setup
    }

    /// The name of a class, or an empty one where there is no such class.
    #[must_use]
    pub fn class_name(&self, class: usize) -> &str {
        self.setup.class_names.get(class).map_or("", String::as_str)
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.setup.class_names.len()
    }

    /// The traces' history.
    #[must_use]
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// The newest markers, oldest first.
    pub fn markers(&self) -> impl DoubleEndedIterator<Item = &ShownMarker> {
        self.markers.iter()
    }

    /// The newest gaps, oldest first.
    pub fn gaps(&self) -> impl DoubleEndedIterator<Item = &Gap> {
        self.gaps.iter()
    }

    /// The newest decisions, oldest first.
    pub fn decisions(&self) -> impl DoubleEndedIterator<Item = &Decision> {
        self.decisions.iter()
    }

    /// The newest decision.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.back()
    }

    /// The newest relevance, condensed.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_deref()
    }

    /// The trials, by number.
    #[must_use]
    pub fn trials(&self) -> &[TrialEntry] {
        self.trials.entries()
    }

    /// The channels' quality, empty before it is known.
    #[must_use]
    pub fn quality(&self) -> &[ChannelQuality] {
        &self.quality
    }

    /// The quality of the channel with this label.
    #[must_use]
    pub fn quality_of(&self, label: &str) -> Option<&ChannelQuality> {
        self.quality.iter().find(|q| q.label == label)
    }

    /// The stream's state.
    #[must_use]
    pub fn stream(&self) -> &StreamHealth {
        &self.stream
    }

    /// The counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The latency figures, once there are any.
    #[must_use]
    pub fn latency(&self) -> Option<&Latency> {
        self.latency.as_ref()
    }

    /// The score, once there is one.
    #[must_use]
    pub fn score(&self) -> Option<&Score> {
        self.score.as_ref()
    }

    /// What the session is doing.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Where the session stands, where it has a course.
    #[must_use]
    pub fn course(&self) -> Option<&Course> {
        self.course.as_deref()
    }

    /// The log's newest lines, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.messages.iter().map(String::as_str)
    }
}

/// The position of a view in arrays ordered as [`View::ALL`].
pub(crate) fn view_index(view: View) -> usize {
    match view {
        View::Input => 0,
        View::Pattern => 1,
        View::Source => 2,
    }
}

#[cfg(test)]
mod tests;
