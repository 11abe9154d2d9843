/// Makes text from outside safe to show: control and bidirectional characters become `·`, runs of
/// white space one space, and anything beyond `max_chars` is cut with `…`.
#[must_use]
pub fn clean_text(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut last_was_space = true;
    for c in text.chars() {
        let c = match c {
            c if c.is_whitespace() => {
                if last_was_space {
                    continue;
                }
                ' '
            }
            c if c.is_control() || is_invisible_formatting(c) => '·',
            c => c,
        };
        last_was_space = c == ' ';
        if count == max_chars {
            out.push('…');
            return out;
        }
        out.push(c);
        count += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Bidirectional overrides, zero-width characters and other marks that change how text looks
/// without being seen.
fn is_invisible_formatting(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{061c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_are_disarmed() {
        assert_eq!(clean_text("\x1b[31mred\x07", 40), "·[31mred·");
        assert_eq!(clean_text("a\u{202e}b", 40), "a·b");
        assert_eq!(clean_text("  a \n\t b ", 40), "a b");
        assert_eq!(clean_text("abcdef", 3), "abc…");
        assert_eq!(clean_text("C3", 2), "C3");
    }
}
