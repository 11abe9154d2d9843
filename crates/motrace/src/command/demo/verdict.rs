//! What the demo found out about itself.

use crate::config::Config;
use crate::course::Course;
use crate::failure::Failure;
use crate::live_run::Outcome;
use crate::output::say;
use crate::recordings::Loaded;
use motrace_engine::{DecisionRecord, Event, Explain, Model, Trained, run_replay};
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// The largest conservation error that still is rounding.
const MOST_CONSERVATION_ERROR: f64 = 1e-12;

/// Whether everything is as it has to be, and the figures that say so.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Whether decisions, conservation and replay are all as they have to be.
    passed: bool,
    /// Accuracy of the cross-validation on the calibration trials.
    calibration_accuracy: Option<f64>,
    /// Trials of the calibration.
    calibration_trials: usize,
    /// What a replay of the session's own recording gave.
    replay: Compared,
    /// What decoding live gave.
    live: Outcome,
}

/// A replay against the live session it replays.
#[derive(Debug, Default, Serialize)]
pub struct Compared {
    /// Decisions of the live session.
    decisions: usize,
    /// Those that the replay gives to the same bits.
    same_decisions: usize,
    /// Relevances of the live session.
    relevances: usize,
    /// Those that the replay gives to the same bits.
    same_relevances: usize,
}

/// Replays a session's recording, and compares with what the session logged.
pub fn compare(model: &Model, recording: &Path, log: &Path) -> Result<Compared, Failure> {
    let key = |r: &DecisionRecord| (r.trial, r.end);
    let mut live = HashMap::new();
    for line in std::fs::read_to_string(log)?.lines() {
        let record: DecisionRecord = serde_json::from_str(line)?;
        live.insert(key(&record), record);
    }
    let loaded = Loaded::open(recording, &Config::default())?;
    let course = Course::of(&loaded, model)?;
    let mut engine = course.engine(model, &loaded.info, Explain::All)?;
    let preparation = &model.preparation;
    let mut compared = Compared {
        decisions: live.len(),
        relevances: live.values().filter(|r| r.relevance_digest.is_some()).count(),
        ..Compared::default()
    };
    run_replay(&mut course.source(&loaded, 4096)?, &mut engine, &mut |event| {
        let Event::Decision { decision, trial, relevance, .. } = event else { return };
        let record =
            DecisionRecord::new(&decision, trial.as_ref(), relevance, &preparation.class_names(), preparation.rate_hz);
        if let Some(before) = live.get(&key(&record)) {
            compared.same_decisions += usize::from(before.value_bits == record.value_bits);
            let is_same = before.relevance_digest.is_some() && before.relevance_digest == record.relevance_digest;
            compared.same_relevances += usize::from(is_same);
        }
    })?;
    Ok(compared)
}

impl Verdict {
    /// Judges a session.
    pub fn new(live: Outcome, trained: &Trained, replay: Compared) -> Self {
        let summary = &live.summary;
        let is_right = match (summary.accuracy, summary.trials) {
            (Some(accuracy), trials) if trials >= 5 => accuracy >= 0.7,
            (Some(accuracy), _) => accuracy >= 0.5,
            (None, _) => false,
        };
        let is_conserved = summary.relative_conservation_error.is_some_and(|e| e <= MOST_CONSERVATION_ERROR);
        let is_same = replay.decisions > 0
            && replay.same_decisions == replay.decisions
            && replay.same_relevances == replay.relevances
            && replay.relevances > 0;
        Self {
            passed: is_right && is_conserved && is_same && live.error.is_none(),
            calibration_accuracy: trained.validation.as_ref().map(|v| v.accuracy),
            calibration_trials: trained.epochs.labels.len(),
            replay,
            live,
        }
    }

    /// Prints the figures.
    pub fn report(&self) {
        crate::command::replay::report(&self.live.summary);
        say(&format!(
            "replayed    {} of {} decisions and {} of {} relevances are the same to the bit",
            self.replay.same_decisions, self.replay.decisions, self.replay.same_relevances, self.replay.relevances
        ));
        if self.live.dropped_relevances > 0 {
            say(&format!("            {} relevances were dropped live, and counted", self.live.dropped_relevances));
        }
        say(if self.passed { "all is as it has to be" } else { "NOT everything is as it has to be" });
    }

    /// An error where something is not right.
    pub fn into_result(self) -> Result<(), Failure> {
        if self.passed {
            return Ok(());
        }
        let why = self.live.error.unwrap_or_else(|| {
            "the demo's decisions, conservation or replay are not right; see the figures above".to_owned()
        });
        Err(Failure::failed(why))
    }
}
