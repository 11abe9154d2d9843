use std::path::Path;

/// Whose a recording is, and of which session, as its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The subject; `None` where the name says nothing.
    pub subject: Option<String>,
    /// The session.
    pub session: Option<String>,
}

/// Reads subject and session off a recording's path:
///
/// - BIDS entities in the file's name or its folders: `sub-01`, `ses-2`;
/// - PhysioNet's `S001R06`, and `A01T`, `B0102T` of BCI Competition IV, whose letters and numbers behind the subject are a
///   session;
/// - a part of the file's name like `P1`, `S03`, `subj12`, `vp4` between `_`, `-`, `.` or spaces;
/// - else the nearest folder that holds it, or the one above, whose name has letters and a number behind them (`edf01`),
///   and is no run, session, day or block.
#[must_use]
pub fn person_of(path: &Path) -> Provenance {
    let stem = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folders: Vec<String> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let entity = |name: &str| {
        let of = |text: &String| text.split('_').find(|part| is_entity(part, name)).map(str::to_owned);
        of(&stem).or_else(|| folders.iter().rev().find_map(of))
    };
    let session = entity("ses-");
    if let Some(subject) = entity("sub-") {
        return Provenance { subject: Some(subject), session };
    }
    if let Some((subject, own_session)) = published(&stem) {
        return Provenance { subject: Some(subject), session: session.or(own_session) };
    }
    let in_name = stem.split(['_', '-', '.', ' ']).find(|part| is_subject(part)).map(str::to_owned);
    let in_folder = || folders.iter().rev().take(2).find(|name| is_personal_folder(name)).cloned();
    Provenance { subject: in_name.or_else(in_folder), session }
}

/// `sub-01`: the entity's name, and letters or numbers behind it.
fn is_entity(part: &str, name: &str) -> bool {
    part.strip_prefix(name).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Names of well-known collections: `S001R06`, `A01T`, `B0102T`.
fn published(stem: &str) -> Option<(String, Option<String>)> {
    let is_digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if !stem.is_ascii() {
        return None;
    }
    if stem.len() == 7
        && stem.starts_with('S')
        && &stem[4..5] == "R"
        && is_digits(&stem[1..4], 3)
        && is_digits(&stem[5..], 2)
    {
        return Some((stem[..4].to_owned(), None));
    }
    let ends_well = stem.ends_with('T') || stem.ends_with('E');
    if stem.len() == 4 && stem.starts_with('A') && is_digits(&stem[1..3], 2) && ends_well {
        return Some((stem[..3].to_owned(), Some(stem[3..].to_owned())));
    }
    if stem.len() == 6 && stem.starts_with('B') && is_digits(&stem[1..5], 4) && ends_well {
        return Some((stem[..3].to_owned(), Some(stem[3..].to_owned())));
    }
    None
}

/// `P1`, `S03`, `subj12`: what labs call a person, and a number.
fn is_subject(part: &str) -> bool {
    let letters: String = part.chars().take_while(char::is_ascii_alphabetic).collect();
    let number = &part[letters.len()..];
    let is_word = ["s", "p", "sub", "subj", "subject", "vp", "pp", "participant", "person", "id"]
        .contains(&letters.to_lowercase().as_str());
    is_word && !number.is_empty() && number.len() <= 5 && number.bytes().all(|b| b.is_ascii_digit())
}

/// `edf01`, `P1`, `anna2`: letters and a number at the end, and no run, session, day or block.
fn is_personal_folder(name: &str) -> bool {
    let lower = name.to_lowercase();
    let letters = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_of_time =
        ["run", "ses", "session", "day", "block", "rec", "recording", "task", "set", "part", "visit", "tmp", "v"]
            .contains(&letters.trim_end_matches(['-', '_', ' ']));
    letters.len() < lower.len() && letters.chars().any(char::is_alphabetic) && !is_of_time && !lower.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_whose_they_are() {
        for (path, subject, session) in [
            ("eegmmidb/S001/S001R06.edf", Some("S001"), None),
            ("bids/sub-07/ses-2/eeg/sub-07_ses-2_task-mi_run-1_eeg.edf", Some("sub-07"), Some("ses-2")),
            ("bids/sub-07/ses-2/eeg/run1.edf", Some("sub-07"), Some("ses-2")),
            ("2a/A03T.gdf", Some("A03"), Some("T")),
            ("2b/B0204E.gdf", Some("B02"), Some("04E")),
            ("mi-openbci/edf01/002/eeg.edf", Some("edf01"), None),
            ("tau-xdf/P1/rec02.xdf", Some("P1"), None),
            ("lab/s12_left-right_run3.xdf", Some("s12"), None),
            ("lab/VP4-day2.vhdr", Some("VP4"), None),
            ("lab/session2/run03.xdf", None, None),
            ("a.xdf", None, None),
            ("S001R6.edf", None, None),
            ("größe/ähnlich/Ünïcode.edf", None, None),
        ] {
            let found = person_of(Path::new(path));
            assert_eq!(found.subject.as_deref(), subject, "{path}");
            assert_eq!(found.session.as_deref(), session, "{path}");
        }
    }
}
