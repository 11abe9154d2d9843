//! Fields of fixed width in the headers of files.

/// The number that a field holds as text.
pub(crate) fn number<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(field).ok()?;
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').parse().ok()
}

/// A field's text: UTF-8 where it is valid, else Latin-1.
pub(crate) fn text(field: &[u8]) -> String {
    decoded(field).trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

/// As [`text`], with all its spaces.
pub(crate) fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
