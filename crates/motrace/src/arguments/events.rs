use clap::Args;
use motrace_engine::ThresholdRule;

/// Whether events are looked for among sliding decisions (`motrace replay --events`), and what counts as one.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Events (with --events)")]
pub struct EventArguments {
    /// Say what a detector would have found in the sliding decisions: hits, false alarms in idle time, time to decision
    /// (implies --headless). Without --threshold the first half of the trials chooses it, and the rest is scored.
    #[arg(long)]
    pub events: bool,
    /// What counts as an event.
    #[command(flatten)]
    pub detection: DetectionArguments,
}

/// What counts as an event among sliding decisions (`motrace replay --events`, `motrace evaluate --protocol pseudo-online`).
#[derive(Debug, Clone, Args)]
pub struct DetectionArguments {
    /// The probability of a class that is wanted, between 0 and 1; nothing is then needed to choose it by, and `replay`
    /// scores the whole recording.
    #[arg(long, value_name = "P", conflicts_with = "false_alarms")]
    pub threshold: Option<f64>,
    /// Choose the threshold for at most so many false alarms in a minute of idling (otherwise by Youden's index).
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub false_alarms: Option<f64>,
    /// How long imagery lasts after a cue, in seconds (as the configuration says; 4 where it says nothing).
    #[arg(long, value_name = "SECS")]
    pub imagery: Option<f64>,
    /// How long decisions have to be sure of one class before it counts, in seconds [default: 0.25].
    #[arg(long, value_name = "SECS")]
    pub dwell: Option<f64>,
    /// How long nothing is detected after an event, in seconds [default: 2].
    #[arg(long, value_name = "SECS")]
    pub refractory: Option<f64>,
    /// A marker of something that is neither a class nor idling, such as another class's cue; may be given again.
    #[arg(long = "other-cue", value_name = "MARKER")]
    pub other_cues: Vec<String>,
    /// The class that means idling, such as rest: deciding for it is no event, and its trials are idle time.
    #[arg(long, value_name = "CLASS")]
    pub idle_class: Option<String>,
}

impl DetectionArguments {
    /// How the threshold is to be found; `None` where nothing is said.
    #[must_use]
    pub fn rule(&self) -> Option<ThresholdRule> {
        self.threshold.map(ThresholdRule::At).or(self.false_alarms.map(ThresholdRule::FalseAlarmsPerMinute))
    }

    /// The first option that was given, as it is written.
    #[must_use]
    pub fn first_given(&self) -> Option<&'static str> {
        let given = [
            ("--threshold", self.threshold.is_some()),
            ("--false-alarms", self.false_alarms.is_some()),
            ("--imagery", self.imagery.is_some()),
            ("--dwell", self.dwell.is_some()),
            ("--refractory", self.refractory.is_some()),
            ("--other-cue", !self.other_cues.is_empty()),
            ("--idle-class", self.idle_class.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}
