use crate::field::text;

/// One annotation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Annotation {
    pub(crate) onset_secs: f64,
    pub(crate) duration_secs: Option<f64>,
    pub(crate) text: String,
}

/// Reads the time-stamped annotation lists of one record: `+onset[0x15 duration]0x14 text 0x14 … 0x00`, over
/// and over. With `is_first`, the first list begins with the record's own onset, which is returned.
pub(crate) fn read(bytes: &[u8], is_first: bool, into: &mut Vec<Annotation>) -> Option<f64> {
    let mut record_onset = None;
    for (number, list) in bytes.split(|b| *b == 0).filter(|l| !l.is_empty()).enumerate() {
        let mut parts = list.split(|b| *b == 0x14);
        let time = parts.next().unwrap_or_default();
        let mut times = time.split(|b| *b == 0x15);
        let Some(onset_secs) = times.next().and_then(seconds) else { continue };
        let duration_secs = times.next().and_then(seconds);
        if is_first && number == 0 {
            record_onset = Some(onset_secs);
        }
        // What follows the last separator is the end of the list, not a text.
        let texts: Vec<&[u8]> = parts.collect();
        for part in texts.iter().take(texts.len().saturating_sub(1)).filter(|t| !t.is_empty()) {
            into.push(Annotation { onset_secs, duration_secs, text: text(part) });
        }
    }
    record_onset
}

fn seconds(bytes: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_several_texts_and_durations() {
        let mut found = Vec::new();
        let onset = read(
            b"+0.5\x14\x14Start\x14\x00+2.25\x151.5\x14T1\x14cue\x14\x00-1\x14early\x14\x00\x00\x00",
            true,
            &mut found,
        );
        assert_eq!(onset, Some(0.5));
        let at = |onset_secs, duration_secs, text: &str| Annotation { onset_secs, duration_secs, text: text.into() };
        assert_eq!(
            found,
            [at(0.5, None, "Start"), at(2.25, Some(1.5), "T1"), at(2.25, Some(1.5), "cue"), at(-1.0, None, "early")]
        );
    }

    #[test]
    fn damaged_lists_give_nothing() {
        let mut found = Vec::new();
        assert_eq!(read(b"+x\x14a\x14\x00+1\x14cut off", true, &mut found), None);
        assert!(found.is_empty());
    }

    #[test]
    fn latin_text_is_read_too() {
        let mut found = Vec::new();
        read(b"+1\x14\xe9tude\x14\x00+2\x14\xc3\xa9tude\x14\x00", false, &mut found);
        assert_eq!(found.iter().map(|a| a.text.as_str()).collect::<Vec<_>>(), ["étude", "étude"]);
    }
}
