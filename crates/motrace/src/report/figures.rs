use super::material::Material;
use super::relevance::Relevances;
use super::scores::{Decided, median, score};
use super::signal::{Clock, Course};
use super::trials::{ReportTrial, gather};
use super::{course, signal, timing};
use crate::session_file::ValidationRecord;
use motrace_decode::metrics::chance_interval;
use motrace_engine::{LatencyFigures, LiveCounters};
use motrace_session::Outcome;
use serde::Serialize;

/// All numbers of a report. Times are in seconds, relevances in decision units.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReportFigures {
    /// What the session is called.
    pub name: String,
    /// When it began, in UTC.
    pub started: String,
    /// Why it ended early.
    pub broken_off: Option<String>,
    /// The names of the classes.
    pub classes: [String; 2],
    /// The channels that were decoded, in the order of every list of channels here.
    pub channels: Vec<String>,
    /// The recording.
    pub recording: Option<RecordingFigures>,
    /// What the calibration gave.
    pub calibration: Option<ValidationRecord>,
    /// The feedback, all runs together.
    pub feedback: Option<ScoreFigures>,
    /// What the frozen model of the calibration would have reached on the same trials.
    pub frozen: Option<ScoreFigures>,
    /// The two, trial by trial.
    pub adaptation: Option<AdaptationFigures>,
    /// Each run.
    pub runs: Vec<RunFigures>,
    /// Trials that do not count.
    pub left_out: Vec<LeftOutTrial>,
    /// Accuracy over the time in the trial.
    pub over_time: Vec<TimePoint>,
    /// Accuracy over the trials so far, after each counted trial.
    pub so_far: Vec<f64>,
    /// The same for the frozen model.
    pub frozen_so_far: Vec<f64>,
    /// Mean relevance of each class.
    pub relevance: Vec<ClassRelevance>,
    /// Relevance on frontal and temporal sites.
    pub rim: Vec<RimFigures>,
    /// Whether the recording replays to the same decisions.
    pub replay: Option<ReplayFigures>,
    /// Presentation: scheduled against actual.
    pub presentation: Option<TimingFigures>,
    /// The same for cues alone.
    pub cues: Option<TimingFigures>,
    /// How long decisions took.
    pub latency: Option<LatencyFigures>,
    /// Where samples are missing.
    pub gaps: Vec<GapFigures>,
    /// Samples that did not reach the decoder in time.
    pub not_decoded_samples: u64,
    /// What the engine counted.
    pub counters: Option<LiveCounters>,
    /// The channels over the whole session.
    pub quality: Vec<ChannelFigures>,
    /// What to be careful about, in plain sentences.
    pub warnings: Vec<String>,
    /// Files that are missing or damaged.
    pub problems: Vec<String>,
}

/// The recording of a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RecordingFigures {
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The name of the decoded stream.
    pub stream: String,
    /// Its channels of any kind.
    pub channels: usize,
    /// Its samples.
    pub samples: u64,
    /// Its nominal rate.
    pub rate_hz: f64,
    /// The rate between gaps, as measured.
    pub measured_rate_hz: f64,
    /// Its length in time, gaps included.
    pub seconds: f64,
}

/// How well trials were decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ScoreFigures {
    /// Trials that count.
    pub trials: usize,
    /// Those decided right.
    pub right: usize,
    /// Their share.
    pub accuracy: f64,
    /// Its Wilson interval at 95 %.
    pub accuracy_interval: [f64; 2],
    /// The accuracies that guessing reaches in 95 of 100 such sessions.
    pub chance_interval: [f64; 2],
    /// Whether the accuracy lies above that interval.
    pub better_than_chance: bool,
    /// Cohen's κ.
    pub kappa: f64,
    /// The area under the receiver operating characteristic.
    pub auc: Option<f64>,
    /// Trials: `[class of the cue][class decided for]`.
    pub confusion: [[usize; 2]; 2],
    /// Information of a decision (Wolpaw), in bits.
    pub bits_per_trial: f64,
    /// Trials in a minute, by the median time from cue to cue.
    pub trials_per_minute: Option<f64>,
    /// The information transfer rate, in bits per minute.
    pub bits_per_minute: Option<f64>,
}

/// Adapted and frozen decisions on the same trials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AdaptationFigures {
    /// Trials that only the adapted decoder decided right.
    pub adapted_alone: usize,
    /// Trials that only the frozen one decided right.
    pub frozen_alone: usize,
    /// Whether adaptation did better, one-sided at 5 % on those trials (McNemar's test, exact).
    pub is_better: bool,
    /// Whether it did worse, the same way.
    pub is_worse: bool,
}

/// One run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RunFigures {
    /// Its number.
    pub run: usize,
    /// Its name.
    pub name: String,
    /// Whether it had feedback.
    pub has_feedback: bool,
    /// Its cues.
    pub cues: usize,
    /// Those that count in the score.
    pub trials: usize,
    /// Those decided right.
    pub right: usize,
    /// Games won.
    pub hits: usize,
    /// Games lost.
    pub misses: usize,
    /// Games that ended without a result.
    pub timeouts: usize,
}

/// A trial that does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LeftOutTrial {
    /// Its number.
    pub number: Option<usize>,
    /// Its run.
    pub run: usize,
    /// Why.
    pub why: String,
}

/// How many decisions are right at a moment of the trial.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TimePoint {
    /// Seconds after the cue at which the decisions' windows end.
    pub secs: f64,
    /// Trials with a decision.
    pub trials: usize,
    /// Those decided right.
    pub right: usize,
    /// Trials with a decision of the frozen model.
    pub frozen_trials: usize,
    /// Those that it decided right.
    pub frozen_right: usize,
}

/// The mean relevance of a class's trials, of each channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ClassRelevance {
    /// The class of the cues.
    pub class: String,
    /// How many trials it is the mean of.
    pub trials: usize,
    /// INPUT; empty where only PATTERN is known.
    pub input: Vec<f64>,
    /// PATTERN.
    pub pattern: Vec<f64>,
    /// SOURCE; empty where only PATTERN is known.
    pub source: Vec<f64>,
    /// PATTERN as decided less PATTERN of the frozen model, where the decoder adapted.
    pub adapted_less_frozen: Option<Vec<f64>>,
}

/// The share of relevance on frontal and temporal sites.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RimFigures {
    /// The class of the cues.
    pub class: String,
    /// Of the mean PATTERN relevance of the class, Σ|R| there over Σ|R| everywhere.
    pub share: f64,
    /// The share of the decoded channels that lie there.
    pub share_of_channels: f64,
    /// Whether it is high.
    pub is_high: bool,
    /// The trials whose own share is highest, highest first, with it.
    pub highest: Vec<(usize, f64)>,
}

/// Whether the recording replays to what the session decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReplayFigures {
    /// Trials that were decided both times.
    pub trials: usize,
    /// Those whose value agrees to the bit.
    pub same_values: usize,
    /// Those whose relevance was kept both times.
    pub relevances: usize,
    /// Those whose relevance agrees to the bit.
    pub same_relevances: usize,
}

/// Scheduled against actual.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TimingFigures {
    /// What was shown.
    pub count: usize,
    /// Of that, never heard of.
    pub unheard: usize,
    /// The median delay.
    pub p50_secs: f64,
    /// The 99th percentile.
    pub p99_secs: f64,
    /// The longest.
    pub max_secs: f64,
    /// Whether the 99th percentile is at most 20 ms.
    pub is_in_time: bool,
}

/// A place where samples are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct GapFigures {
    /// When, since the beginning of the recording.
    pub at_secs: f64,
    /// How long.
    pub length_secs: f64,
    /// How many samples.
    pub missing_samples: u64,
}

/// A channel over the whole session.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChannelFigures {
    /// Its label.
    pub label: String,
    /// The median over seconds of its root mean square, in volts.
    pub rms_volts: Option<f64>,
    /// What it mostly was.
    pub condition: String,
    /// The share of seconds in which it was not good.
    pub bad_share: f64,
    /// Whether it is decoded.
    pub is_decoded: bool,
}

/// The figures with what the drawings need beyond them.
pub struct Findings {
    /// All numbers.
    pub figures: ReportFigures,
    /// All trials.
    pub trials: Vec<ReportTrial>,
    /// What is explained.
    pub relevances: Option<Relevances>,
    /// Size and condition of the channels over time.
    pub course: Option<Course>,
    /// From sample indices to time.
    pub clock: Clock,
    /// From where to where samples did not reach the decoder.
    pub not_decoded: Vec<(u64, u64)>,
}

impl Findings {
    /// Finds everything.
    pub fn of(material: &Material) -> Self {
        let trials = gather(material);
        let rate_hz = material.rate_hz();
        let session = &material.session;
        let classes = material.class_names();
        let (clock, course) = signal::look(material);
        let not_decoded = signal::not_decoded(material);
        let relevances = Relevances::of(material, &trials);

        let window_end_secs = material.model.as_ref().map_or(0.0, |m| m.preparation.window_secs[1]);
        let counted: Vec<&ReportTrial> = trials.iter().filter(|t| t.counts()).collect();
        let spacing = spacing_secs(&trials, rate_hz);
        let decided = |value: fn(&ReportTrial) -> Option<(f64, usize)>| -> Vec<Decided> {
            counted.iter().filter_map(|t| value(t).map(|(value, decided)| Some((t.class?, value, decided)))?).collect()
        };
        // A decision whose value was not kept still counts; only the curve over values is then not known.
        let as_decided = decided(|t| Some((t.value.unwrap_or(f64::NAN), t.decided?)));
        let frozen = decided(|t| t.frozen_value.map(|v| (v, usize::from(v > 0.0))));
        let (so_far, frozen_so_far) = course::so_far(&counted);
        let left_out =
            trials.iter().filter_map(|t| Some(LeftOutTrial { number: t.number, run: t.run, why: t.left_out.clone()? }));
        let mut figures = ReportFigures {
            name: session.name.clone(),
            started: session.started.clone(),
            broken_off: session.broken_off.clone(),
            channels: material.model.as_ref().map(|m| m.preparation.channels.labels().to_vec()).unwrap_or_default(),
            recording: signal::recording(material, &clock),
            calibration: session.validation.clone(),
            feedback: score(&as_decided, spacing),
            // A shadow of some trials only is none to compare with.
            frozen: if frozen.len() == as_decided.len() { score(&frozen, spacing) } else { None },
            adaptation: if frozen.len() == as_decided.len() { adaptation(&as_decided, &frozen) } else { None },
            runs: runs(material, &trials),
            left_out: left_out.collect(),
            over_time: course::over_time(&counted, &material.sliding, rate_hz, window_end_secs),
            so_far,
            frozen_so_far,
            relevance: relevances.as_ref().map(|r| r.class_figures(&classes)).unwrap_or_default(),
            rim: relevances.as_ref().map(|r| r.rim_figures(&classes)).unwrap_or_default(),
            replay: relevances.as_ref().and_then(|r| r.replay),
            presentation: timing::figures(&session.presentation, |_| true),
            cues: timing::figures(&session.presentation, |what| what == "cue"),
            latency: session.latency,
            gaps: clock.gaps(),
            not_decoded_samples: not_decoded.iter().map(|(from, to)| to.saturating_sub(*from)).sum(),
            counters: session.counters,
            quality: course.as_ref().map(|c| c.figures.clone()).unwrap_or_default(),
            warnings: Vec::new(),
            problems: material.problems.clone(),
            classes,
        };
        figures.warnings = super::words::warnings(&figures);
        Self { figures, trials, relevances, course, clock, not_decoded }
    }
}

/// Compares decisions of the same trials.
fn adaptation(adapted: &[Decided], frozen: &[Decided]) -> Option<AdaptationFigures> {
    let is_right = |(truth, _, decided): &Decided| truth == decided;
    let both = || adapted.iter().zip(frozen);
    let adapted_alone = both().filter(|(a, f)| is_right(a) && !is_right(f)).count();
    let frozen_alone = both().filter(|(a, f)| !is_right(a) && is_right(f)).count();
    let differing = adapted_alone + frozen_alone;
    // Were there no difference, either would win such a trial with even odds.
    let chance = chance_interval(differing, 0.5);
    let wins = |count: usize| differing > 0 && chance.is_exceeded_by(count as f64 / differing as f64);
    (!adapted.is_empty()).then(|| AdaptationFigures {
        adapted_alone,
        frozen_alone,
        is_better: wins(adapted_alone),
        is_worse: wins(frozen_alone),
    })
}

/// The median time from cue to cue within the runs with feedback.
fn spacing_secs(trials: &[ReportTrial], rate_hz: f64) -> Option<f64> {
    let between = trials.windows(2).filter_map(|w| {
        let (a, b) = (&w[0], &w[1]);
        (a.has_feedback && b.has_feedback && a.run == b.run && rate_hz > 0.0)
            .then(|| Some(b.cue?.checked_sub(a.cue?)? as f64 / rate_hz))?
    });
    median(between.collect())
}

fn runs(material: &Material, trials: &[ReportTrial]) -> Vec<RunFigures> {
    let steps = material.session.steps.iter().filter_map(|step| Some((step.run?, step)));
    steps
        .map(|(run, step)| {
            let of_run = || trials.iter().filter(|t| t.run == run);
            let ended = |outcome: Outcome| of_run().filter(|t| t.outcome == Some(outcome)).count();
            RunFigures {
                run,
                name: step.name.clone(),
                has_feedback: step.kind == crate::session_file::StepKind::Feedback,
                cues: of_run().count(),
                trials: of_run().filter(|t| t.counts()).count(),
                right: of_run().filter(|t| t.counts() && t.is_right() == Some(true)).count(),
                hits: ended(Outcome::Hit),
                misses: ended(Outcome::Miss),
                timeouts: ended(Outcome::Timeout),
            }
        })
        .collect()
}
