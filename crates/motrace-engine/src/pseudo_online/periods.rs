use super::DecisionStream;

/// Which decisions of a recording are of imagery, which of idling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// How long after a cue the imagery lasts, in seconds; it ends where the next cue comes.
    pub imagery_secs: f64,
    /// For how long after imagery decisions count as neither, in seconds: their windows still reach into it.
    pub after_secs: f64,
}

/// What a person was doing when a decision was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// Nothing that should be detected.
    Idle,
    /// The imagery of a trial: a place among the [`Periods::trials`].
    Imagery(usize),
    /// Neither surely.
    Neither,
}

/// A trial that is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScoredTrial {
    pub class: usize,
    pub cue: u64,
    /// How many samples its imagery lasts.
    pub samples: u64,
}

/// The clear decisions of a stream, in their order: what else is detected at is neither imagery nor idling.
#[derive(Debug, Clone)]
pub(super) struct Periods {
    /// The place of each among the stream's steps.
    pub steps: Vec<usize>,
    /// What it falls into.
    pub of: Vec<Period>,
    pub trials: Vec<ScoredTrial>,
    /// Trials that would be scored, but lack decisions for more than half of their imagery.
    pub undecided_trials: usize,
}

impl Periods {
    pub fn of(stream: &DecisionStream, timing: Timing) -> Self {
        let imagery = stream.samples(timing.imagery_secs).max(1);
        let after = stream.samples(timing.after_secs);
        // All cues with what they begin: a trial that counts, or something that is neither imagery nor idling.
        let mut cues: Vec<(u64, Option<usize>)> = stream.other_cues.iter().map(|cue| (*cue, None)).collect();
        let imagined = stream.trials.iter().enumerate().filter(|(_, trial)| Some(trial.class) != stream.idle_class);
        cues.extend(imagined.map(|(n, trial)| (trial.cue, trial.counts.then_some(n))));
        cues.sort_unstable();
        let until = |place: usize| cues.get(place + 1).map_or(u64::MAX, |(next, _)| *next);

        let (steps, ends): (Vec<usize>, Vec<u64>) =
            stream.steps.iter().enumerate().filter(|(_, step)| step.is_clear).map(|(n, step)| (n, step.end)).unzip();
        let mut of = vec![Period::Idle; steps.len()];
        let (mut trials, mut undecided_trials) = (Vec::new(), 0);
        for (place, (cue, trial)) in cues.iter().enumerate() {
            let over = cue.saturating_add(imagery).min(until(place));
            let first = ends.partition_point(|end| end <= cue);
            let last = ends.partition_point(|end| *end <= over).max(first);
            let faded = ends.partition_point(|end| *end <= over.saturating_add(after).min(until(place))).max(last);
            let enough = 2 * (last - first) as u64 * stream.hop_samples >= over.saturating_sub(*cue).max(1);
            let class = trial.and_then(|n| stream.trials.get(n)).map(|trial| trial.class);
            let period = match class {
                Some(class) if enough => {
                    trials.push(ScoredTrial { class, cue: *cue, samples: over - cue });
                    Period::Imagery(trials.len() - 1)
                }
                Some(_) => {
                    undecided_trials += 1;
                    Period::Neither
                }
                None => Period::Neither,
            };
            of[first..last].fill(period);
            of[last..faded].fill(Period::Neither);
        }
        Self { steps, of, trials, undecided_trials }
    }
}
