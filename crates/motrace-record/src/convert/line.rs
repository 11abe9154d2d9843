//! Text of markers and labels in formats that hold one line of it.

/// The text as one line: white space at both ends goes, line breaks and tabs become spaces, other control characters
/// `·`. Spaces inside stay, as codes such as `S  7` have them.
pub(crate) fn one_line(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() && c.is_whitespace() => ' ',
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => '·',
        c => c,
    };
    text.chars().map(shown).collect::<String>().trim().to_owned()
}

/// The text up to so many bytes, with `…` where it is cut.
pub(crate) fn cut_to(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let room = bytes.saturating_sub('…'.len_utf8());
    let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_keeps_codes_and_disarms_the_rest() {
        assert_eq!(one_line(" S  7\n"), "S  7");
        assert_eq!(one_line("a\r\nb\u{14}c\u{1b}[31m"), "a  b·c·[31m");
        assert_eq!(cut_to("äöü", 6), "äöü");
        assert_eq!(cut_to("äöüä", 7), "äö…");
    }
}
