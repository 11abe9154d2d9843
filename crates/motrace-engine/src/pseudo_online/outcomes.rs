use super::periods::{Period, Periods, ScoredTrial};
use super::{DecisionStream, Detection, Detector, Timing};

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TrialOutcome {
    pub class: usize,
    /// How long its imagery lasted, in seconds.
    pub imagery_secs: f64,
    /// The class of the first event in it, and how long after the cue it came, in seconds.
    pub detected: Option<(usize, f64)>,
}

impl TrialOutcome {
    pub fn is_hit(&self) -> bool {
        self.detected.is_some_and(|(class, _)| class == self.class)
    }

    pub fn is_wrong(&self) -> bool {
        self.detected.is_some_and(|(class, _)| class != self.class)
    }
}

/// What became of the trials and of the idle time of one or several recordings.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Outcomes {
    pub trials: Vec<TrialOutcome>,
    pub undecided_trials: usize,
    pub false_alarms: usize,
    pub idle_secs: f64,
    /// Stretches of idling about as long as imagery, and how many of them have an event.
    pub idle_pieces: usize,
    pub alarmed_pieces: usize,
}

/// A stream with what can be known of it before anything is detected.
#[derive(Debug, Clone)]
pub(super) struct Scored<'a> {
    pub stream: &'a DecisionStream,
    pub periods: Periods,
    /// For each clear decision the piece of idling it belongs to.
    pieces: Vec<Option<usize>>,
    idle_pieces: usize,
    idle_secs: f64,
}

impl<'a> Scored<'a> {
    pub fn new(stream: &'a DecisionStream, timing: Timing) -> Self {
        let periods = Periods::of(stream, timing);
        let length = (stream.samples(timing.imagery_secs) as f64 / stream.hop_samples as f64).max(1.0);
        let mut pieces = vec![None; periods.of.len()];
        let mut idle_pieces = 0;
        let mut first = 0;
        for stretch in periods.of.chunk_by(|a, b| a == b) {
            // As many equal pieces as come closest to imagery in length; a short stretch is one piece.
            let count = (stretch.len() as f64 / length).round().max(1.0) as usize;
            if stretch.first() == Some(&Period::Idle) {
                for (place, piece) in pieces[first..first + stretch.len()].iter_mut().enumerate() {
                    *piece = Some(idle_pieces + place * count / stretch.len());
                }
                idle_pieces += count;
            }
            first += stretch.len();
        }
        let idle = periods.of.iter().filter(|period| **period == Period::Idle).count();
        let idle_secs = stream.secs(idle as u64 * stream.hop_samples);
        Self { stream, periods, pieces, idle_pieces, idle_secs }
    }

    /// The events that a detector finds, as places among the clear decisions.
    pub fn detect(&self, detector: &Detector) -> Vec<Detection> {
        let places = detector.detect(self.stream).into_iter();
        places
            .filter_map(|found| {
                let step = self.periods.steps.binary_search(&found.step).ok()?;
                Some(Detection { step, ..found })
            })
            .collect()
    }

    /// Adds what these events, in their order, make of the stream.
    pub fn add_to(&self, outcomes: &mut Outcomes, detections: impl IntoIterator<Item = Detection>) {
        let base = outcomes.trials.len();
        outcomes.trials.extend(self.periods.trials.iter().map(|trial| self.missed(trial)));
        outcomes.undecided_trials += self.periods.undecided_trials;
        outcomes.idle_pieces += self.idle_pieces;
        outcomes.idle_secs += self.idle_secs;
        let mut last_piece = None;
        for Detection { step, class } in detections {
            match self.periods.of.get(step) {
                Some(Period::Idle) => {
                    outcomes.false_alarms += 1;
                    let piece = self.pieces[step];
                    outcomes.alarmed_pieces += usize::from(piece.is_some() && piece != last_piece);
                    last_piece = piece.or(last_piece);
                }
                Some(Period::Imagery(trial)) => {
                    let end = self.periods.steps.get(step).and_then(|step| self.stream.steps.get(*step)).map(|s| s.end);
                    let cue = self.periods.trials[*trial].cue;
                    if let (Some(end), Some(outcome)) = (end, outcomes.trials.get_mut(base + trial)) {
                        outcome.detected.get_or_insert((class, self.stream.secs(end.saturating_sub(cue))));
                    }
                }
                Some(Period::Neither) | None => {}
            }
        }
    }

    fn missed(&self, trial: &ScoredTrial) -> TrialOutcome {
        TrialOutcome { class: trial.class, imagery_secs: self.stream.secs(trial.samples), detected: None }
    }
}

impl Outcomes {
    /// What a detector makes of these streams.
    pub fn of(streams: &[Scored<'_>], detector: &Detector) -> Self {
        let mut outcomes = Self::default();
        for scored in streams {
            scored.add_to(&mut outcomes, scored.detect(detector));
        }
        outcomes
    }

    pub fn hits(&self) -> usize {
        self.trials.iter().filter(|trial| trial.is_hit()).count()
    }

    pub fn wrong(&self) -> usize {
        self.trials.iter().filter(|trial| trial.is_wrong()).count()
    }

    /// Hits of all trials; 0 where there are none.
    pub fn hit_rate(&self) -> f64 {
        self.hits() as f64 / self.trials.len().max(1) as f64
    }

    /// False alarms in a minute of idling; `None` without idle time.
    pub fn false_alarms_per_minute(&self) -> Option<f64> {
        (self.idle_secs > 0.0).then(|| self.false_alarms as f64 * 60.0 / self.idle_secs)
    }
}
