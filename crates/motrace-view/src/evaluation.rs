//! The page of an evaluation: how well decoders decode, by subject and altogether, with intervals, chance and figures.
//!
//! [`EvaluationPage`] is plain data; [`EvaluationPage::html`] is one file that needs nothing else, in the style of a session's
//! report. What is left empty has no section.

mod figures;
mod maps;
mod page;
mod tables;

pub use maps::{pattern_maps, relevance_maps};

use crate::figure::{Captioned, Measured};

/// What an evaluation found, ready to be shown.
#[derive(Debug, Clone, Default)]
pub struct EvaluationPage {
    /// What was evaluated, for the title.
    pub title: String,
    /// A line under the title: when, with what.
    pub subtitle: String,
    /// What everyone should know before the figures: trials, protocol.
    pub introduction: Vec<String>,
    /// What calls for attention.
    pub warnings: Vec<String>,
    /// The names of the decoders; everything below counts them from 0, and each keeps its colour.
    pub decoders: Vec<String>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The accuracy of each subject; the figure of the headline.
    pub subjects: Vec<SubjectAccuracy>,
    /// The mean over the subjects, one for each decoder; shown under the subjects where there are several.
    pub mean: Vec<Option<Measured>>,
    /// Every figure of every subject and decoder.
    pub metrics: MetricTable,
    /// Differences between decoders on the same trials or subjects.
    pub differences: Vec<PairedDifference>,
    /// Accuracy against how much was trained on.
    pub learning: Vec<LearningCurve>,
    /// Accuracy over the time in the trial.
    pub courses: Vec<TimeCourse>,
    /// How the courses were made, under their figure.
    pub course_note: String,
    /// From where to where in the trial the decoders are trained and tested, in seconds after the cue.
    pub window_secs: Option<[f64; 2]>,
    /// What chance reaches on as many trials as the courses and the learning curves have, at 95 %.
    pub chance: Option<[f64; 2]>,
    /// How often each class was decided for.
    pub confusions: Vec<DecoderConfusion>,
    /// What there is to say of the maps, or why there are none; after them.
    pub map_notes: Vec<String>,
    /// Scalp patterns and relevance, see [`pattern_maps`] and [`relevance_maps`]; other drawn figures are welcome too.
    pub maps: Vec<Captioned>,
    /// What would have been detected in recordings with idle time.
    pub pseudo_online: Vec<PseudoOnlineFigures>,
    /// Everything that is needed to do it again: settings, files, version.
    pub facts: Vec<(String, String)>,
}

/// The accuracy of each decoder for a subject.
#[derive(Debug, Clone, Default)]
pub struct SubjectAccuracy {
    /// The subject.
    pub name: String,
    /// How many trials were tested.
    pub trials: usize,
    /// What chance reaches on so many trials, at 95 %.
    pub chance: Option<[f64; 2]>,
    /// One for each decoder, none where it was not evaluated.
    pub accuracy: Vec<Option<Measured>>,
}

/// A table of figures with intervals.
#[derive(Debug, Clone, Default)]
pub struct MetricTable {
    /// The columns.
    pub metrics: Vec<MetricColumn>,
    /// The rows: one for each subject and decoder, and those over all subjects.
    pub rows: Vec<MetricRow>,
}

/// A column of a [`MetricTable`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MetricColumn {
    /// What it is called, with its unit where it has one.
    pub name: String,
    /// Whether it is a share between 0 and 1, written as a percentage.
    pub is_percent: bool,
}

/// A row of a [`MetricTable`].
#[derive(Debug, Clone, Default)]
pub struct MetricRow {
    /// The subject, or what else the row is of.
    pub subject: String,
    /// The decoder.
    pub decoder: String,
    /// How many trials were tested.
    pub trials: usize,
    /// One for each column; none where it has no value.
    pub values: Vec<Option<Measured>>,
    /// What chance gives in the first column, in words.
    pub chance: String,
}

/// A comparison of two decoders.
#[derive(Debug, Clone, Default)]
pub struct PairedDifference {
    /// The first decoder.
    pub first: usize,
    /// The second decoder.
    pub second: usize,
    /// By how much the first has the higher accuracy.
    pub difference: Measured,
    /// How likely a difference at least as far from 0 is by chance.
    pub p_value: Option<f64>,
    /// How many pairs were compared, in words: `9 subjects`, `216 trials`.
    pub pairs: String,
}

/// The accuracy of a decoder against how much it was trained on.
#[derive(Debug, Clone, Default)]
pub struct LearningCurve {
    /// The decoder.
    pub decoder: usize,
    /// Its points, from few trials to many.
    pub points: Vec<LearningPoint>,
}

/// A point of a [`LearningCurve`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LearningPoint {
    /// Trials that were trained on.
    pub trials: f64,
    /// Minutes that they took to record; not a number where that is not known.
    pub minutes: f64,
    /// The accuracy on the trials after them.
    pub accuracy: Measured,
}

/// The accuracy of a decoder over the time in the trial.
#[derive(Debug, Clone, Default)]
pub struct TimeCourse {
    /// The decoder.
    pub decoder: usize,
    /// When after the cue, in seconds, and the accuracy of the decisions then.
    pub points: Vec<(f64, Measured)>,
}

/// How often a decoder decided for each class.
#[derive(Debug, Clone, Default)]
pub struct DecoderConfusion {
    /// The decoder.
    pub decoder: usize,
    /// `counts[cue][decided]`
    pub counts: Vec<Vec<usize>>,
}

/// What a detector found in recordings that went through the engine, idle time included.
#[derive(Debug, Clone, Default)]
pub struct PseudoOnlineFigures {
    /// The decoder.
    pub decoder: usize,
    /// The subject.
    pub subject: String,
    /// Trials that were scored.
    pub trials: usize,
    /// Minutes of idle time.
    pub idle_minutes: f64,
    /// The share of trials whose first event is of their class.
    pub hit_rate: Measured,
    /// The same by chance: the mean of events at other times.
    pub hit_rate_by_chance: Option<f64>,
    /// The share of trials whose first event is of another class.
    pub wrong_rate: Measured,
    /// Events in a minute of idle time.
    pub false_alarms_per_minute: Option<Measured>,
    /// From the cue to a hit, in seconds: lower quartile, median, upper quartile.
    pub time_to_hit_secs: Option<[f64; 3]>,
    /// Wolpaw's bits per minute.
    pub wolpaw_bits_per_minute: Measured,
    /// Nykopp's bits per minute.
    pub nykopp_bits_per_minute: Measured,
    /// The threshold: a probability.
    pub threshold: f64,
    /// False alarms per minute and hit rate at other thresholds.
    pub curve: Vec<[f64; 2]>,
}

impl EvaluationPage {
    /// The page as one HTML file.
    #[must_use]
    pub fn html(&self) -> String {
        page::page(self).html()
    }

    /// The figures of the page as SVG, each with a short name for a file: for those who want them alone.
    #[must_use]
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let drawn = [
            ("accuracy", figures::accuracy(self)),
            ("differences", figures::differences(self)),
            ("learning-trials", figures::learning(self, figures::Amount::Trials)),
            ("learning-minutes", figures::learning(self, figures::Amount::Minutes)),
            ("time-course", figures::course(self)),
            ("pseudo-online", figures::operating(self)),
        ];
        drawn.into_iter().filter_map(|(name, drawn)| Some((name, drawn?.0))).collect()
    }

    /// The name of a decoder.
    fn decoder(&self, place: usize) -> String {
        self.decoders.get(place).cloned().unwrap_or_else(|| format!("decoder {}", place + 1))
    }
}
