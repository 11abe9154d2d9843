use super::Evidence;
use motrace_core::{Decision, Relevance, clean_text};
use std::sync::Arc;

/// The maps of all listed trials together take at most this many bytes; the oldest go first.
const MAP_BYTES: usize = 16 * 1024 * 1024;
/// So many trials are listed; the oldest go first.
const MAX_TRIALS: usize = 10_000;

/// One trial as the application reports it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialRecord {
    /// Counts from 1 within a recording or session.
    pub number: usize,
    /// The sample of its cue.
    pub cue: u64,
    /// What its cue said.
    pub text: String,
    /// The class of its cue, where that is known.
    pub truth: Option<usize>,
    /// What was decided, once it was.
    pub decision: Option<Decision>,
    /// Why, once it is explained.
    pub relevance: Option<Arc<Relevance>>,
    /// What the relevance's ledger gives rise to, in words.
    pub warnings: Vec<String>,
}

/// One trial of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialEntry {
    /// Counts from 1 within a recording or session.
    pub number: usize,
    /// The sample of its cue.
    pub cue: u64,
    /// What its cue said, cleaned.
    pub text: String,
    /// The class of its cue, where that is known.
    pub truth: Option<usize>,
    /// What was decided, once it was.
    pub decision: Option<Decision>,
    /// Why; `None` where it is not known yet, or no longer kept.
    pub evidence: Option<Arc<Evidence>>,
}

impl TrialEntry {
    /// Whether the decision was right, where both it and the truth are known.
    #[must_use]
    pub fn is_right(&self) -> Option<bool> {
        Some(self.decision?.class() == self.truth?)
    }
}

/// Trials by number, their maps within a budget.
#[derive(Debug, Clone, Default)]
pub(super) struct TrialList {
    entries: Arc<Vec<TrialEntry>>,
    map_bytes: usize,
}

impl TrialList {
    pub(super) fn entries(&self) -> &[TrialEntry] {
        &self.entries
    }

    pub(super) fn insert(&mut self, record: TrialRecord, rate_hz: f64) {
        let evidence = record.relevance.as_deref().map(|r| Evidence::new(r, &record.warnings, rate_hz));
        let entry = TrialEntry {
            number: record.number,
            cue: record.cue,
            text: clean_text(&record.text, 24),
            truth: record.truth,
            decision: record.decision,
            evidence: None,
        };
        let entries = Arc::make_mut(&mut self.entries);
        match entries.binary_search_by_key(&record.number, |e| e.number) {
            Ok(at) => {
                let kept = entries[at].evidence.take();
                entries[at] = TrialEntry { evidence: kept, ..entry };
            }
            Err(at) => entries.insert(at, entry),
        }
        if let Some(evidence) = evidence {
            self.set_evidence(record.number, evidence);
        }
        if self.entries.len() > MAX_TRIALS {
            let gone = Arc::make_mut(&mut self.entries).remove(0);
            self.map_bytes -= gone.evidence.map_or(0, |e| e.bytes());
        }
    }

    pub(super) fn set_evidence(&mut self, number: usize, evidence: Evidence) {
        let Ok(at) = self.entries.binary_search_by_key(&number, |e| e.number) else {
            return;
        };
        let entries = Arc::make_mut(&mut self.entries);
        self.map_bytes += evidence.bytes();
        if let Some(before) = entries[at].evidence.replace(Arc::new(evidence)) {
            self.map_bytes -= before.bytes();
        }
        for (i, entry) in entries.iter_mut().enumerate() {
            if self.map_bytes <= MAP_BYTES {
                break;
            }
            if i != at
                && let Some(gone) = entry.evidence.take()
            {
                self.map_bytes -= gone.bytes();
            }
        }
    }
}
