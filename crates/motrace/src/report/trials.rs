use super::material::Material;
use crate::session_file::StepKind;
use motrace_record::SessionEvent;
use motrace_session::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A trial with all that the folder knows of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportTrial {
    /// The engine's number.
    pub number: Option<usize>,
    /// The number of its run; 0 where that is not known.
    pub run: usize,
    /// Whether its run had feedback.
    pub has_feedback: bool,
    /// The class of its cue.
    pub class: Option<usize>,
    /// The sample of its cue.
    pub cue: Option<u64>,
    /// The class decided for.
    pub decided: Option<usize>,
    /// The decision's value.
    pub value: Option<f64>,
    /// What the calibration model says.
    pub frozen_value: Option<f64>,
    /// How its game ended.
    pub outcome: Option<Outcome>,
    /// Reasons not to trust the decision.
    pub veto: Vec<String>,
    /// Why it does not count.
    pub left_out: Option<String>,
    /// The digest of its relevance.
    pub digest: Option<String>,
    /// The bits of its value.
    pub value_bits: Option<String>,
    /// PATTERN relevance of each channel.
    pub pattern: Option<Vec<f64>>,
    /// The same of the frozen model.
    pub frozen_pattern: Option<Vec<f64>>,
}

impl ReportTrial {
    /// Whether it was decided as its cue said; nothing where one of the two is not known.
    pub fn is_right(&self) -> Option<bool> {
        Some(self.decided? == self.class?)
    }

    /// Whether it counts in the score of the feedback.
    pub fn counts(&self) -> bool {
        self.has_feedback && self.left_out.is_none() && self.is_right().is_some()
    }
}

/// The session's trials, in the order of their numbers: what the session noted, and what was decided.
pub fn gather(material: &Material) -> Vec<ReportTrial> {
    let names = material.class_names();
    let class_of = |name: &str| names.iter().position(|n| n == name);
    let session = &material.session;
    let feedback: BTreeSet<usize> = session.feedback_runs().filter_map(|step| step.run).collect();
    let has_runs = session.steps.iter().any(|s| matches!(s.kind, StepKind::Calibration | StepKind::Feedback));
    let offset = material.model.as_ref().map(|m| m.preparation.window_offset_samples());

    let mut numbered: BTreeMap<usize, ReportTrial> = BTreeMap::new();
    let mut others = Vec::new();
    for noted in &session.trials {
        let trial = ReportTrial {
            number: noted.number,
            run: noted.run,
            has_feedback: feedback.contains(&noted.run),
            class: (noted.class < 2).then_some(noted.class),
            cue: Some(noted.cue),
            decided: noted.decided.filter(|d| *d < 2),
            value: noted.value,
            frozen_value: noted.frozen_value,
            outcome: noted.outcome,
            left_out: noted.left_out.clone(),
            ..ReportTrial::default()
        };
        match noted.number {
            Some(number) => {
                numbered.insert(number, trial);
            }
            None => others.push(trial),
        }
    }
    for record in &material.decided {
        let Some(number) = record.trial else { continue };
        let is_new = !numbered.contains_key(&number);
        let trial = numbered.entry(number).or_insert_with(|| ReportTrial {
            number: Some(number),
            // Without notes of runs, whatever was decided was decided with a trained model: in feedback.
            has_feedback: !has_runs,
            ..ReportTrial::default()
        });
        trial.decided = class_of(&record.class).or(trial.decided);
        trial.class = trial.class.or_else(|| record.truth.as_deref().and_then(class_of));
        trial.value = Some(record.value);
        trial.value_bits = Some(record.value_bits.clone());
        trial.digest.clone_from(&record.relevance_digest);
        trial.pattern.clone_from(
            record.pattern_per_channel.as_ref().map_or(&record.input_per_channel, |_| &record.pattern_per_channel),
        );
        trial.frozen_value = record.frozen_value.or(trial.frozen_value);
        trial.frozen_pattern.clone_from(&record.frozen_pattern_per_channel);
        trial.veto.clone_from(&record.veto);
        if is_new && let Some(offset) = offset {
            trial.cue = i64::try_from(record.start).ok().and_then(|s| u64::try_from(s.checked_sub(offset)?).ok());
            let run = session
                .steps
                .iter()
                .find(|s| trial.cue.is_some_and(|cue| cue >= s.start && s.end.is_none_or(|e| cue < e)));
            trial.run = run.and_then(|s| s.run).unwrap_or(0);
            trial.has_feedback |= run.is_some_and(|s| s.kind == StepKind::Feedback);
        }
        if trial.left_out.is_none() && !record.veto.is_empty() {
            trial.left_out = Some(record.veto.join(", "));
        }
    }
    for event in material.events() {
        if let SessionEvent::TrialLeftOut { trial, why } = event
            && let Some(trial) = numbered.get_mut(&trial)
        {
            trial.left_out.get_or_insert(why);
        }
    }
    let mut all: Vec<ReportTrial> = numbered.into_values().chain(others).collect();
    all.sort_by_key(|t| (t.cue, t.number));
    all
}
