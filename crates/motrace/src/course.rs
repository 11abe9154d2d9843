//! How a session was decoded, as its recording says: which model from where on, where it adapted, what it missed.

use crate::failure::Failure;
use crate::recordings::Loaded;
use motrace_core::StreamInfo;
use motrace_engine::{Adaptation, Change, DecisionRecord, Engine, Explain, Model};
use motrace_record::{Replay, SessionEvent};
use serde::Serialize;
use std::collections::HashMap;

/// The stretch of a recording that a model decoded, and everything that its decisions depended on there.
///
/// A recording that no session made, or that was made with other models, is one stretch without any changes.
#[derive(Debug, Default)]
pub struct Course {
    /// The first sample that the model decoded.
    pub first: u64,
    /// The first sample that another model decoded.
    until: Option<u64>,
    changes: Vec<(u64, Change)>,
    /// Trials that do not count, by their numbers.
    pub left_out: Vec<usize>,
    /// What the session decided, where this is its model.
    decided: HashMap<(Option<usize>, u64), DecisionRecord>,
    /// What there is to say about the choice of the stretch.
    pub remark: Option<String>,
}

/// A replay against the session that it replays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Agreement {
    /// The first sample that the session's model decoded.
    pub first: u64,
    /// The first sample that another model decoded.
    pub until: Option<u64>,
    /// Decisions of the session.
    pub decisions: usize,
    /// Those that the replay gives to the same bits.
    pub same_decisions: usize,
    /// Relevances of the session, among the decisions that the replay explains.
    pub relevances: usize,
    /// Those that the replay gives to the same bits.
    pub same_relevances: usize,
}

impl Course {
    /// How this model decoded a recording; all of it where no session did so with this model.
    pub fn of(loaded: &Loaded, model: &Model) -> Result<Self, Failure> {
        Ok(Self::read(&loaded.session_events(), &model.digest(), loaded.sample_count()? as u64))
    }

    /// All of a recording, whatever was done with it.
    fn whole(left_out: Vec<usize>, remark: Option<String>) -> Self {
        Self { left_out, remark, ..Self::default() }
    }

    fn read(events: &[SessionEvent], wanted: &str, samples: u64) -> Self {
        let left_out = events.iter().filter_map(|event| match event {
            SessionEvent::TrialLeftOut { trial, .. } => Some(*trial),
            _ => None,
        });
        let left_out: Vec<usize> = left_out.collect();
        let sets: Vec<(usize, u64, &str)> = events
            .iter()
            .enumerate()
            .filter_map(|(place, event)| match event {
                SessionEvent::ModelSet { first, digest } => Some((place, *first, digest.as_str())),
                _ => None,
            })
            .collect();
        let Some(chosen) = sets.iter().rposition(|(.., digest)| *digest == wanted) else {
            let remark = (!sets.is_empty()).then(|| {
                "the session was decoded with another model; this one decodes all of the recording".to_owned()
            });
            return Self::whole(left_out, remark);
        };
        let (begin, first, _) = sets[chosen];
        let next = sets.get(chosen + 1);
        let until = next.map(|(_, first, _)| *first);
        // A model begins without adaptation, so what was said before it does not hold.
        let during = &events[begin..next.map_or(events.len(), |(place, ..)| *place)];
        let mut changes: Vec<(u64, Change)> = during
            .iter()
            .filter_map(|event| match *event {
                SessionEvent::Adaptation { from, bias_rate, covariance_rate } => {
                    Some((from, Change::Adaptation(Some(Adaptation { bias_rate, covariance_rate }))))
                }
                SessionEvent::AdaptationOff { from } => Some((from, Change::Adaptation(None))),
                _ => None,
            })
            .collect();
        changes.extend(events.iter().filter_map(|event| match *event {
            SessionEvent::NotDecoded { from, to } if to > first => Some((from, Change::NotDecoded { until: to })),
            _ => None,
        }));
        let end = until.unwrap_or(u64::MAX).min(samples);
        let decided = events
            .iter()
            .filter_map(|event| match event {
                SessionEvent::Decision(value) => serde_json::from_value::<DecisionRecord>(value.clone()).ok(),
                _ => None,
            })
            .filter(|record| record.start >= first && record.end <= end)
            .map(|record| ((record.trial, record.end), record))
            .collect();
        let remark = (first > 0 || until.is_some()).then(|| {
            let to = until.map_or_else(String::new, |until| format!(" to {until}, where another model took over"));
            let several =
                if sets.len() > 1 { format!(" ({} of {} models)", chosen + 1, sets.len()) } else { String::new() };
            format!("the model decoded the session from sample {first} on{to}{several}; that is replayed")
        });
        Self { first, until, changes, left_out, decided, remark }
    }

    /// Whether the session was decoded otherwise than by the model as it was trained, from the first sample to the last.
    pub fn is_eventful(&self) -> bool {
        self.first > 0 || self.until.is_some() || !self.changes.is_empty()
    }

    /// An engine that decodes as the session did.
    pub fn engine(&self, model: &Model, info: &StreamInfo, explain: Explain) -> Result<Engine, Failure> {
        let mut engine = Engine::starting_at(model, info, explain, self.first)?;
        for (from, change) in &self.changes {
            engine.schedule(*from, *change);
        }
        Ok(engine)
    }

    /// The recording up to the end of the stretch, in chunks of this many samples.
    pub fn source(&self, loaded: &Loaded, chunk_samples: usize) -> Result<Replay, Failure> {
        let replay = loaded.replay(chunk_samples)?;
        Ok(match self.until {
            Some(until) => replay.ending_at(until),
            None => replay,
        })
    }

    /// Nothing compared yet; `None` where there is nothing to compare with.
    pub fn agreement(&self) -> Option<Agreement> {
        (!self.decided.is_empty()).then(|| Agreement {
            first: self.first,
            until: self.until,
            decisions: self.decided.len(),
            ..Agreement::default()
        })
    }

    /// Compares a decision of the replay with the session's; its relevance too, where it was to be explained.
    pub fn compare(&self, record: &DecisionRecord, is_explained: bool, agreement: &mut Agreement) {
        let Some(before) = self.decided.get(&(record.trial, record.end)) else { return };
        agreement.same_decisions += usize::from(before.value_bits == record.value_bits && before.class == record.class);
        if let Some(before) = before.relevance_digest.as_ref().filter(|_| is_explained) {
            agreement.relevances += 1;
            agreement.same_relevances += usize::from(record.relevance_digest.as_ref() == Some(before));
        }
    }
}

impl Agreement {
    /// Whether everything is the same.
    pub fn is_whole(&self) -> bool {
        self.same_decisions == self.decisions && self.same_relevances == self.relevances
    }

    /// The figures in words.
    pub fn in_words(&self) -> String {
        format!(
            "{} of {} decisions and {} of {} relevances are the same as in the session, to the bit",
            self.same_decisions, self.decisions, self.same_relevances, self.relevances
        )
    }
}

#[cfg(test)]
mod tests;
