use motrace_core::{Decision, DecisionKind, Relevance, Trial, Veto, View};
use serde::{Deserialize, Serialize};

/// A decision as one line of `decisions.jsonl`.
///
/// `value_bits` and `relevance_digest` say whether two runs agree bit for bit; everything else is for
/// reading. Annotations that depend on when it was computed (the latency, staleness) do not enter here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// `sliding` or `trial`.
    pub kind: String,
    /// The trial's number, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trial: Option<usize>,
    /// The window's first sample.
    pub start: u64,
    /// One past the window's last sample.
    pub end: u64,
    /// The window's end, in seconds of received samples since the stream's start.
    pub time_secs: f64,
    /// The class decided for.
    pub class: String,
    /// The decoder's output. Of two classes negative for the first, positive for the second; of more the log-odds of the class
    /// decided for.
    pub value: f64,
    /// The bits of `value`, in hexadecimal.
    pub value_bits: String,
    /// The probability of the second class; of more than two classes that of the class decided for.
    pub probability: f64,
    /// The probability of each class, in their order, where there are more than two.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub probabilities: Option<Vec<f64>>,
    /// Reasons not to trust it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub veto: Vec<String>,
    /// The class of the trial's cue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub truth: Option<String>,
    /// The digest of all views that are there, in hexadecimal, where it is explained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub relevance_digest: Option<String>,
    /// PATTERN relevance per channel, in the decoder's order, where it is explained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pattern_per_channel: Option<Vec<f64>>,
    /// INPUT relevance per channel of a decoder that has no PATTERN, where it is explained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub input_per_channel: Option<Vec<f64>>,
    /// What the calibration model says, while the decoder adapts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frozen_value: Option<f64>,
    /// The class that the calibration model decides for, while the decoder adapts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frozen_class: Option<String>,
    /// PATTERN relevance per channel of what the calibration model says, where it is explained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frozen_pattern_per_channel: Option<Vec<f64>>,
}

impl DecisionRecord {
    /// The record of a decision; `trial` and `relevance` where they belong to it.
    #[must_use]
    pub fn new(
        decision: &Decision,
        trial: Option<&Trial>,
        relevance: Option<&Relevance>,
        class_names: &[&str],
        rate_hz: f64,
    ) -> Self {
        let (kind, number) = match decision.kind {
            DecisionKind::Sliding => ("sliding", None),
            DecisionKind::Trial(number) => ("trial", Some(number)),
        };
        let name_of = |class: usize| class_names.get(class).copied().unwrap_or_default().to_owned();
        let reasons = decision.veto.reasons();
        let stale = Veto::STALE.reasons();
        let per_channel = |view| relevance.filter(|r| r.main_view() == view).map(|r| r.per_channel(view));
        Self {
            kind: kind.to_owned(),
            trial: number,
            start: decision.start,
            end: decision.end,
            time_secs: decision.end as f64 / rate_hz,
            class: name_of(decision.class()),
            value: decision.value,
            value_bits: format!("{:016x}", decision.value.to_bits()),
            probability: decision.probabilities.of(decision.favoured_class()).unwrap_or(f64::NAN),
            probabilities: (!decision.is_of_two()).then(|| decision.probabilities.all().to_vec()),
            veto: reasons.into_iter().filter(|reason| !stale.contains(reason)).map(str::to_owned).collect(),
            truth: trial.and_then(|t| class_names.get(t.class)).map(|&name| name.to_owned()),
            relevance_digest: relevance.map(|r| format!("{:016x}", r.digest())),
            pattern_per_channel: per_channel(View::Pattern),
            input_per_channel: per_channel(View::Input),
            frozen_value: decision.frozen_value,
            frozen_class: decision.frozen_class().map(name_of),
            frozen_pattern_per_channel: None,
        }
    }

    /// Notes what a relevance says of each channel, in the view that stands for all.
    pub fn set_per_channel(&mut self, view: View, per_channel: Vec<f64>) {
        match view {
            View::Input => self.input_per_channel = Some(per_channel),
            View::Pattern | View::Source => self.pattern_per_channel = Some(per_channel),
        }
    }

    /// The record with the relevance of what the calibration model says.
    #[must_use]
    pub fn with_frozen(mut self, frozen: Option<&Relevance>) -> Self {
        self.frozen_pattern_per_channel = frozen.map(|r| r.per_channel(View::Pattern));
        self
    }
}
