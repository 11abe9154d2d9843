use super::{Session, TrialEntry};
use motrace_core::{View, clean_text};

/// A second decoder on the same trials, to be looked at beside the first.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What the two decoders are called.
    titles: [String; 2],
    /// The session as the second decoder has it.
    other: Session,
}

/// Where two decoders agree, over all trials that both decided.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Agreement {
    /// Trials that both decided.
    pub trials: usize,
    /// Of these, in which both decided for the same class.
    pub same: usize,
    /// Trials of a known class that both decided right.
    pub both_right: usize,
    /// Trials that only the first decided right.
    pub first_right: usize,
    /// Trials that only the second decided right.
    pub second_right: usize,
    /// Trials that neither decided right.
    pub neither_right: usize,
    /// The mean correlation of the maps over channels, of as many trials as have two.
    pub map_correlation: Option<f64>,
}

impl Comparison {
    pub(super) fn new(titles: [String; 2], other: Session) -> Self {
        Self { titles: titles.map(|title| clean_text(&title, 40)), other }
    }

    /// What the first (0) or the second (1) decoder is called.
    #[must_use]
    pub fn title(&self, which: usize) -> &str {
        self.titles.get(which).map_or("", String::as_str)
    }

    /// The session as the second decoder has it.
    #[must_use]
    pub fn other(&self) -> &Session {
        &self.other
    }

    /// The second decoder's session, to be told what happens.
    pub fn other_mut(&mut self) -> &mut Session {
        &mut self.other
    }

    /// The second decoder's trial of a number.
    #[must_use]
    pub fn trial(&self, number: usize) -> Option<&TrialEntry> {
        let trials = self.other.trials();
        trials.binary_search_by_key(&number, |trial| trial.number).ok().and_then(|at| trials.get(at))
    }

    /// Where the two agree.
    #[must_use]
    pub fn agreement(&self, first: &Session, view: View) -> Agreement {
        let mut found = Agreement::default();
        let (mut sum, mut maps) = (0.0, 0_usize);
        for ours in first.trials() {
            let Some(theirs) = self.trial(ours.number) else { continue };
            let (Some(a), Some(b)) = (&ours.decision, &theirs.decision) else { continue };
            found.trials += 1;
            found.same += usize::from(a.class() == b.class());
            match (ours.is_right(), theirs.is_right()) {
                (Some(true), Some(true)) => found.both_right += 1,
                (Some(true), Some(false)) => found.first_right += 1,
                (Some(false), Some(true)) => found.second_right += 1,
                (Some(false), Some(false)) => found.neither_right += 1,
                _ => {}
            }
            if let Some(correlation) = self.map_correlation(first, ours, view) {
                sum += correlation;
                maps += 1;
            }
        }
        found.map_correlation = (maps > 0).then(|| sum / maps as f64);
        found
    }

    /// The correlation over channels of the two maps of a trial, by the channels that both decoders read; `None` where there
    /// are no two maps, one of them is flat, or they speak for different classes.
    #[must_use]
    pub fn map_correlation(&self, first: &Session, trial: &TrialEntry, view: View) -> Option<f64> {
        let (ours, theirs) = (trial.evidence.as_deref()?, self.trial(trial.number)?.evidence.as_deref()?);
        if ours.class != theirs.class {
            return None;
        }
        let (our_map, their_map) = (ours.per_channel(ours.nearest(view)), theirs.per_channel(theirs.nearest(view)));
        let their_labels = &self.other.setup().labels;
        let pairs: Vec<[f64; 2]> = first
            .setup()
            .labels
            .iter()
            .zip(our_map)
            .filter_map(|(label, ours)| {
                let place = their_labels.iter().position(|theirs| theirs == label)?;
                Some([f64::from(*ours), f64::from(*their_map.get(place)?)])
            })
            .collect();
        let count = pairs.len() as f64;
        let mean = |which: usize| pairs.iter().map(|pair| pair[which]).sum::<f64>() / count;
        let (a, b) = (mean(0), mean(1));
        let sum = |of: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>();
        let scale = (sum(&|p| (p[0] - a).powi(2)) * sum(&|p| (p[1] - b).powi(2))).sqrt();
        let correlation = sum(&|p| (p[0] - a) * (p[1] - b)) / scale;
        (pairs.len() > 2 && correlation.is_finite()).then_some(correlation)
    }
}
