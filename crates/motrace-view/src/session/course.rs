use motrace_core::clean_text;
use motrace_session::Frame;

const NAME_CHARS: usize = 32;
const DETAIL_CHARS: usize = 120;
/// No list of a course is longer than this.
const MOST: usize = 64;
const MOST_CHANNELS: usize = 512;

/// Where a session stands: its steps, what it asks the operator, what the participant sees.
///
/// Parts that are `None` or empty are not shown; what was looked at and accepted is best taken out again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Course {
    /// The steps in their order: checks, baseline, calibration, training, feedback.
    pub steps: Vec<CourseStep>,
    /// What the operator is asked, where the session waits for an answer.
    pub prompt: Option<Prompt>,
    /// What was checked before the session, and how it turned out.
    pub checks: Vec<Check>,
    /// What the participant sees now.
    pub stage: Option<Frame>,
    /// How much of the running step is done, and how much there is.
    pub progress: Option<(usize, usize)>,
    /// About how long the session will go on, in seconds.
    pub remaining_secs: Option<f64>,
    /// When frames were drawn, against when they were due.
    pub timing: Option<TimingFigures>,
    /// What training came to, while it is to be looked at.
    pub trained: Option<TrainedFigures>,
    /// What adaptation has done so far.
    pub shadow: Option<Shadow>,
    /// How many terminals of their own show the participant's picture.
    pub screens: usize,
}

/// One step of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CourseStep {
    /// Its name: "calibration 1" for instance.
    pub name: String,
    /// Whether it is done.
    pub state: StepState,
    /// How it went or what it is doing, in a few words.
    pub detail: String,
}

/// Whether a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepState {
    /// Done.
    Done,
    /// Under way.
    Now,
    /// Still to come.
    #[default]
    Ahead,
    /// It could not be done.
    Failed,
}

/// A question to the operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prompt {
    /// "accept the signals?"
    pub question: String,
    /// Keys and what each of them does: "Enter", "accept".
    pub keys: Vec<(String, String)>,
}

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Check {
    /// What: "EEG stream", "C3".
    pub what: String,
    /// How it turned out.
    pub verdict: Verdict,
    /// Why, with the figures it rests on.
    pub detail: String,
}

/// How a check turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// A session is possible, but something is not as it should be.
    Careful,
    /// A session is not possible, or would be worth nothing.
    Bad,
    /// Not known yet.
    #[default]
    Waiting,
}

/// How much later frames were drawn than they were due.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TimingFigures {
    /// Over so many frames.
    pub count: usize,
    /// Median, in seconds.
    pub p50_secs: f64,
    /// 99th percentile, in seconds.
    pub p99_secs: f64,
    /// The latest, in seconds.
    pub max_secs: f64,
}

/// What training came to, for the operator to accept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainedFigures {
    /// Accuracies and what to be careful about, in words.
    pub lines: Vec<String>,
    /// Spatial patterns by name, a value per channel.
    pub maps: Vec<(String, Vec<f64>)>,
    /// The channels, in the order of the maps' values.
    pub labels: Vec<String>,
}

/// The decoder that adapts beside the one that does not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shadow {
    /// Share of trials the adapted decoder decided right, 0 to 1.
    pub adapted: f64,
    /// Share of the same trials the frozen one decided right, 0 to 1.
    pub frozen: f64,
    /// Over so many trials.
    pub trials: usize,
    /// The channels, in the order of the differences.
    pub labels: Vec<String>,
    /// The adapted decoder's mean relevance less the frozen one's, per channel, in decision units.
    pub difference: Vec<f64>,
}

fn clean(text: &mut String, chars: usize) {
    *text = clean_text(text, chars);
}

fn clean_all(texts: &mut Vec<String>, most: usize, chars: usize) {
    texts.truncate(most);
    texts.iter_mut().for_each(|text| clean(text, chars));
}

impl Course {
    pub(super) fn cleaned(mut self) -> Self {
        self.steps.truncate(MOST);
        for step in &mut self.steps {
            clean(&mut step.name, NAME_CHARS);
            clean(&mut step.detail, DETAIL_CHARS);
        }
        self.checks.truncate(4 * MOST);
        for check in &mut self.checks {
            clean(&mut check.what, NAME_CHARS);
            clean(&mut check.detail, DETAIL_CHARS);
        }
        if let Some(prompt) = &mut self.prompt {
            clean(&mut prompt.question, DETAIL_CHARS);
            prompt.keys.truncate(8);
            for (key, what) in &mut prompt.keys {
                clean(key, 8);
                clean(what, NAME_CHARS);
            }
        }
        if let Some(trained) = &mut self.trained {
            clean_all(&mut trained.lines, MOST, DETAIL_CHARS);
            clean_all(&mut trained.labels, MOST_CHANNELS, super::LABEL_CHARS);
            trained.maps.truncate(MOST);
            for (name, values) in &mut trained.maps {
                clean(name, NAME_CHARS);
                values.truncate(MOST_CHANNELS);
            }
        }
        if let Some(shadow) = &mut self.shadow {
            clean_all(&mut shadow.labels, MOST_CHANNELS, super::LABEL_CHARS);
            shadow.difference.truncate(MOST_CHANNELS);
        }
        self
    }
}
