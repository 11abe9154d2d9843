use crate::canonical_label;
use std::fmt;
use thiserror::Error;

/// An ordered list of electrode labels, in canonical 10-10 spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Montage {
    labels: Vec<String>,
}

/// The first way in which two montages differ.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MontageMismatch {
    /// A channel that is needed is not there.
    #[error("channel {0} is missing")]
    Missing(String),
    /// A label that occurs twice cannot be matched by name.
    #[error("channel {0} occurs twice")]
    Twice(String),
    /// A channel without a label cannot be matched by name.
    #[error("channel {0} (counting from 1) has no label; give the labels in the configuration ([stream] labels)")]
    Unlabelled(usize),
}

impl Montage {
    /// A montage of these labels, in this order.
    pub fn new<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Self {
        Self { labels: labels.into_iter().map(|l| canonical_label(l.as_ref())).collect() }
    }

    /// The labels, canonical, in order.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many electrodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The position of a label, whatever its spelling.
    #[must_use]
    pub fn index_of(&self, label: &str) -> Option<usize> {
        let wanted = canonical_label(label);
        self.labels.iter().position(|l| *l == wanted)
    }

    /// For each electrode of `self`, where it is found in `available`.
    ///
    /// # Errors
    /// The first channel that is missing, unlabelled or ambiguous.
    pub fn locate_in(&self, available: &Self) -> Result<Vec<usize>, MontageMismatch> {
        self.labels
            .iter()
            .enumerate()
            .map(|(i, label)| {
                if label.is_empty() {
                    return Err(MontageMismatch::Unlabelled(i + 1));
                }
                let mut places = available.labels.iter().enumerate().filter(|(_, l)| *l == label);
                match (places.next(), places.next()) {
                    (Some((place, _)), None) => Ok(place),
                    (Some(_), Some(_)) => Err(MontageMismatch::Twice(label.clone())),
                    (None, _) => Err(MontageMismatch::Missing(label.clone())),
                }
            })
            .collect()
    }
}

impl fmt::Display for Montage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.labels.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_found_by_name_in_any_order() {
        let wanted = Montage::new(["C3", "Cz", "T3"]);
        let available = Montage::new(["T7", "Cz.", "Fp1", "c3"]);
        assert_eq!(wanted.locate_in(&available), Ok(vec![3, 1, 0]));
        let short = Montage::new(["C3", "Cz"]);
        assert_eq!(wanted.locate_in(&short), Err(MontageMismatch::Missing("T7".into())));
        let twice = Montage::new(["C3", "C3", "Cz", "T7"]);
        assert_eq!(wanted.locate_in(&twice), Err(MontageMismatch::Twice("C3".into())));
    }
}
