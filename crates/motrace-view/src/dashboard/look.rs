use super::ink::Ink;
use crate::session::{Evidence, Phase, Session, TrialEntry};
use motrace_core::{Decision, View};
use ratatui::style::Style;

/// Everything a panel needs to know to draw itself.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub session: &'a Session,
    pub ink: Ink,
    pub view: View,
    /// The trial that is looked at; `None` where it is the newest decision.
    pub trial: Option<&'a TrialEntry>,
}

impl<'a> Look<'a> {
    pub(super) fn is_reviewing(&self) -> bool {
        matches!(self.session.phase(), Phase::Reviewing)
    }

    /// The relevance that is shown.
    pub(super) fn evidence(&self) -> Option<&'a Evidence> {
        match self.trial {
            Some(trial) => trial.evidence.as_deref(),
            None => self.session.evidence(),
        }
    }

    /// The decision that is shown.
    pub(super) fn decision(&self) -> Option<&'a Decision> {
        match self.trial {
            Some(trial) => trial.decision.as_ref(),
            None => self.session.decision(),
        }
    }

    /// The decision whose relevance is shown: explaining comes after deciding, and not every decision is explained.
    pub(super) fn explained(&self) -> Option<&'a Decision> {
        let evidence = self.evidence().filter(|_| self.trial.is_none());
        let of_evidence = evidence.and_then(|evidence| {
            self.session.decisions().rev().find(|d| (d.start, d.end) == (evidence.start, evidence.end))
        });
        of_evidence.or_else(|| self.decision())
    }

    /// The colour of a class: of two those of the maps, of more one of its own.
    pub(super) fn class_style(&self, class: usize) -> Style {
        if self.is_of_two() { self.ink.class(class) } else { self.ink.category(class) }
    }

    /// Whether there are two classes, of which the sign of a decision tells.
    pub(super) fn is_of_two(&self) -> bool {
        self.session.classes() == 2
    }

    /// Whose relevance it is, in a few words.
    pub(super) fn subject(&self) -> String {
        self.trial.map_or_else(|| "newest decision".to_owned(), |t| format!("trial {}", t.number))
    }
}
