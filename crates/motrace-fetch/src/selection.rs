use std::ops::RangeInclusive;
use thiserror::Error;

/// More numbers than this are no selection.
const MOST: usize = 10_000;

/// Which part of a collection is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Persons by their numbers.
    pub subjects: Option<Vec<u16>>,
    /// Runs by their numbers; all where none are named.
    pub runs: Option<Vec<u16>>,
    /// All persons, where none are named.
    pub is_all: bool,
}

/// Why a selection makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectionError {
    /// A collection of many persons, and none is named.
    #[error("which persons of {dataset}? --subjects {first}-{last}, some of them (1-5,9), or all")]
    WhichSubjects {
        /// The collection.
        dataset: &'static str,
        /// Its first person.
        first: u16,
        /// Its last.
        last: u16,
    },
    /// A number beyond what there is.
    #[error("{dataset} has no {what} {number}; it has {first} to {last}")]
    NotThere {
        /// The collection.
        dataset: &'static str,
        /// `subject` or `run`.
        what: &'static str,
        /// The number asked for.
        number: u16,
        /// The first there is.
        first: u16,
        /// The last.
        last: u16,
    },
    /// A collection that cannot be divided in this way.
    #[error("{dataset} has no files by {what}: leave --{what}s out")]
    NotDivided {
        /// The collection.
        dataset: &'static str,
        /// `subject` or `run`.
        what: &'static str,
    },
    /// Not a list of numbers.
    #[error("{0:?} is no list of numbers such as 1-5,9")]
    NotNumbers(String),
}

impl Selection {
    /// The numbers asked for, if there are all of them; `None` where nothing is asked for.
    pub(crate) fn within(
        &self,
        what: &'static str,
        wanted: &Option<Vec<u16>>,
        there: Option<&RangeInclusive<u16>>,
        dataset: &'static str,
    ) -> Result<Option<Vec<u16>>, SelectionError> {
        let Some(wanted) = wanted else { return Ok(None) };
        let Some(there) = there else { return Err(SelectionError::NotDivided { dataset, what }) };
        match wanted.iter().find(|n| !there.contains(n)) {
            Some(number) => Err(SelectionError::NotThere {
                dataset,
                what,
                number: *number,
                first: *there.start(),
                last: *there.end(),
            }),
            None => Ok(Some(wanted.clone())),
        }
    }
}

/// Reads `1-5,9` as the numbers 1, 2, 3, 4, 5 and 9, each once and in order.
///
/// # Errors
/// When it is anything else.
pub fn parse_numbers(text: &str) -> Result<Vec<u16>, SelectionError> {
    let wrong = || SelectionError::NotNumbers(motrace_core::clean_text(text, 40));
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if first <= last => (first, last),
            _ => return Err(wrong()),
        };
        if numbers.len() + usize::from(last - first) >= MOST {
            return Err(wrong());
        }
        numbers.extend(first..=last);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_any_order() {
        assert_eq!(parse_numbers("1-3,9").unwrap(), [1, 2, 3, 9]);
        assert_eq!(parse_numbers(" 4 , 2-3,3").unwrap(), [2, 3, 4]);
        for text in ["", "a", "3-1", "1-", "-1", "1,,2", "1-65535", "70000", "0-9999,0-9999"] {
            assert!(parse_numbers(text).is_err(), "{text:?}");
        }
    }
}
