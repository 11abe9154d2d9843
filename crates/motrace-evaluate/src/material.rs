mod candidates;
mod checks;
mod courses;
mod reading;

pub(crate) use candidates::{Candidate, INNER_FOLDS};
pub(crate) use courses::Courses;
pub(crate) use reading::prepare;

use crate::results::SubjectSummary;
use motrace_decode::TrialVariances;
use motrace_engine::{Preparation, Tape};
use ndarray::Array2;
use std::sync::Arc;

/// Everything that is computed once of some subjects' recordings, however many decoders and folds there are.
pub(crate) struct Material {
    /// Without channels that carry no signal.
    pub preparation: Preparation,
    /// With all channels that were asked for: what is known before any recording is looked at.
    pub asked: Preparation,
    pub class_names: Vec<String>,
    /// In their order; trials name them by their place.
    pub recordings: Vec<MaterialRecording>,
    pub subjects: Vec<MaterialSubject>,
    pub trials: Vec<MaterialTrial>,
    /// The class of each trial, as decoders are told.
    pub labels: Vec<usize>,
    /// The trials in every band and window that a decoder may choose, the configured ones first.
    pub candidates: Vec<Candidate>,
    /// The derivations of the log-variance decoder.
    pub derivations: Option<Array2<f64>>,
    /// Where networks are among the decoders, or recordings are replayed: what they read.
    pub tapes: Vec<Arc<Tape>>,
}

pub(crate) struct MaterialRecording {
    pub name: String,
    pub sha256: String,
    pub session: Option<String>,
    pub is_test: bool,
}

pub(crate) struct MaterialSubject {
    pub name: String,
    pub summary: SubjectSummary,
    /// How much each channel varies in each trial of this subject, which begin at this place among all.
    pub variances: TrialVariances,
    pub first_trial: usize,
    pub trial_count: usize,
    /// Its trials in windows that move through the trial, where that is kept.
    pub courses: Option<Courses>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct MaterialTrial {
    pub subject: usize,
    pub recording: usize,
    /// Its number in its recording, from 1.
    pub number: usize,
    /// The samples of its window, and one past the last, in its recording.
    pub samples: [u64; 2],
    pub is_test: bool,
}

impl Material {
    /// The sessions of the recordings that are not for testing only, in their order.
    pub fn sessions(&self) -> Vec<Option<String>> {
        let mut sessions: Vec<Option<String>> = Vec::new();
        for recording in self.recordings.iter().filter(|recording| !recording.is_test) {
            if !sessions.contains(&recording.session) {
                sessions.push(recording.session.clone());
            }
        }
        sessions
    }

    /// Those of these trials that share no sample with any of others.
    pub fn apart_from(&self, trials: &[usize], others: &[usize]) -> Vec<usize> {
        let shares = |a: &MaterialTrial, b: &MaterialTrial| {
            a.recording == b.recording && a.samples[0] < b.samples[1] && b.samples[0] < a.samples[1]
        };
        let is_apart = |trial: &usize| !others.iter().any(|o| shares(&self.trials[*trial], &self.trials[*o]));
        trials.iter().copied().filter(is_apart).collect()
    }

    /// Those of these trials, ascending, that look like artefacts beside the others of their subject.
    pub fn artefacts(&self, trials: &[usize]) -> Vec<usize> {
        let mut found = Vec::new();
        for subject in &self.subjects {
            let own: Vec<usize> = trials
                .iter()
                .filter_map(|trial| trial.checked_sub(subject.first_trial).filter(|t| *t < subject.trial_count))
                .collect();
            if !own.is_empty() {
                let artefacts = subject.variances.artefacts(&own).trials;
                found.extend(artefacts.iter().map(|artefact| subject.first_trial + artefact.trial));
            }
        }
        found
    }
}
