use serde::{Deserialize, Serialize};

/// What a fold keeps for time courses, patterns and relevance maps. What its decoder does not give is not there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FoldFigures {
    /// What the decoder says over the time in the trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<FoldCourse>,
    /// Where it comes from, in the mean of the tested trials of each class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevance: Option<FoldRelevance>,
    /// The decoder's patterns; of the first fold alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<FoldPattern>,
}

/// What a decoder says of the tested trials over the time in the trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldCourse {
    /// The length of the sliding window, in seconds.
    pub sliding_secs: f64,
    /// Where the windows end, in seconds after the cue.
    pub ends_secs: Vec<f64>,
    /// For each test trial, in the order of the predictions, the class that is decided for in each window; nothing for a trial
    /// of which a window lies outside of the data or in bad data.
    pub decided: Vec<Vec<usize>>,
}

/// Where decisions come from, in the mean of the tested trials of each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldRelevance {
    /// One for each class that was tested.
    pub classes: Vec<ClassRelevance>,
    /// |ΣR − (f − f₀)| of the worst view of the worst trial.
    pub largest_error: f64,
}

/// The mean relevance of the trials of a class per channel, summed over time, in units of the decoder's output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRelevance {
    /// The class, from 0.
    pub class: usize,
    /// How many trials.
    pub trials: usize,
    /// What the model reads, one number for each channel.
    pub input: Vec<f64>,
    /// The same signal-weighted; empty where the decoder has no patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pattern: Vec<f64>,
    /// Where it shows on the scalp; empty where the decoder has no patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<f64>,
    /// f: what the decoder says.
    pub value: f64,
    /// What of it is not shared out to channels: f₀, and of a network what its layers keep.
    pub offset: f64,
}

/// A pattern of a decoder, and what it is to the decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldPattern {
    /// One number for each channel; the largest is 1.
    pub pattern: Vec<f64>,
    /// The share of class 1 in its power.
    pub eigenvalue: f64,
    /// The class in which it has more power.
    pub stronger_in: usize,
    /// The weight of its log-power in the decision.
    pub weight: f64,
    /// The class that more of its power speaks for.
    pub speaks_for: usize,
}
