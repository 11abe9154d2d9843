//! Time-stamped annotation lists.

/// One annotation, with times in seconds from the start of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note<'a> {
    pub(super) onset_secs: f64,
    pub(super) duration_secs: Option<f64>,
    pub(super) text: &'a str,
}

/// The lists of all records.
#[derive(Debug, PartialEq)]
pub(super) struct Lists {
    /// How many bytes each record has for them.
    pub(super) bytes: usize,
    /// What stands in each, shorter than that.
    pub(super) records: Vec<Vec<u8>>,
}

impl Lists {
    /// Puts each note into the record in which it falls, or, where there is no room, into one near it, in the order in
    /// which they come. `unit` is the number of bytes of a sample.
    pub(super) fn of(onsets: &[f64], notes: &[Note], unit: usize) -> Self {
        let written: Vec<(usize, Vec<u8>)> = notes
            .iter()
            .map(|note| (onsets.partition_point(|o| *o <= note.onset_secs).saturating_sub(1), note.bytes()))
            .collect();
        let times: Vec<Vec<u8>> = onsets.iter().map(|o| format!("{}\x14\x14\0", signed(*o)).into_bytes()).collect();
        let time_bytes = times.iter().map(Vec::len).max().unwrap_or(0);
        let longest = written.iter().map(|(_, b)| b.len()).max().unwrap_or(0);
        let total: usize = written.iter().map(|(_, b)| b.len()).sum();
        // At most one record holds everything; at least, every record holds its share and each list fits somewhere.
        let (mut low, mut high) = (time_bytes + longest, time_bytes + total.max(longest));
        let mut best = place(&times, &written, high).unwrap_or_default();
        while low < high {
            let middle = low.midpoint(high);
            match place(&times, &written, middle) {
                Some(found) => (best, high) = (found, middle),
                None => low = middle + 1,
            }
        }
        Self { bytes: high.max(2 * unit).next_multiple_of(unit), records: best }
    }
}

/// Fills records of so many bytes, in the order of the notes; `None` where not everything fits.
fn place(times: &[Vec<u8>], notes: &[(usize, Vec<u8>)], bytes: usize) -> Option<Vec<Vec<u8>>> {
    let room_of = |record: usize| times.get(record).map_or(0, |t| bytes.saturating_sub(t.len()));
    // The last record in which each note may stand, if all behind it are to find room.
    let mut latest = vec![0; notes.len()];
    let mut record = times.len();
    let mut room = 0;
    for (place, (_, note)) in latest.iter_mut().zip(notes).rev() {
        while note.len() > room {
            record = record.checked_sub(1)?;
            room = room_of(record);
        }
        room -= note.len();
        *place = record;
    }
    let mut records = times.to_vec();
    let mut at = 0;
    for ((home, note), latest) in notes.iter().zip(latest) {
        at = at.max((*home).min(latest));
        if records.get(at)?.len() + note.len() > bytes {
            at += 1;
        }
        records.get_mut(at)?.extend_from_slice(note);
    }
    Some(records)
}

impl Note<'_> {
    fn bytes(&self) -> Vec<u8> {
        let duration = match self.duration_secs {
            Some(secs) if secs.is_finite() && secs >= 0.0 => format!("\x15{}", plain(secs)),
            _ => String::new(),
        };
        format!("{}{duration}\x14{}\x14\0", signed(self.onset_secs), self.text).into_bytes()
    }
}

/// Seconds with a sign, to the nanosecond below: a marker stays on the sample before which it is not.
fn signed(secs: f64) -> String {
    let nanos = (secs * 1e9 + 1e-3).floor() / 1e9;
    let sign = if nanos < 0.0 { '-' } else { '+' };
    format!("{sign}{}", plain(nanos.abs()))
}

fn plain(secs: f64) -> String {
    let text = format!("{secs:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset_secs: f64, text: &str) -> Note<'_> {
        Note { onset_secs, duration_secs: None, text }
    }

    #[test]
    fn notes_stand_in_their_records_while_there_is_room() {
        let with_duration = Note { duration_secs: Some(0.5), ..note(1.25, "T1") };
        let lists = Lists::of(&[0.0, 1.0, 2.0], &[with_duration, note(2.0, "end")], 2);
        assert_eq!(lists.records[0], b"+0\x14\x14\0");
        assert_eq!(lists.records[1], b"+1\x14\x14\0+1.25\x150.5\x14T1\x14\0");
        assert_eq!(lists.records[2], b"+2\x14\x14\0+2\x14end\x14\0");
        assert_eq!(lists.bytes % 2, 0);
    }

    #[test]
    fn many_notes_at_once_are_spread() {
        let texts: Vec<String> = (0..40).map(|i| format!("note {i:02}")).collect();
        let notes: Vec<Note> = texts.iter().map(|t| note(3.0, t)).collect();
        let lists = Lists::of(&[0.0, 1.0, 2.0, 3.0], &notes, 3);
        assert!(lists.bytes < 200 && lists.bytes.is_multiple_of(3), "{}", lists.bytes);
        let all = lists.records.concat();
        assert_eq!(all.iter().filter(|b| **b == 0).count(), 44);
        assert!(lists.records.iter().all(|r| r.len() <= lists.bytes));
        // In order, whatever record they are in.
        let text = String::from_utf8(all).unwrap_or_default();
        let places: Vec<Option<usize>> = texts.iter().map(|t| text.find(t.as_str())).collect();
        assert!(places.is_sorted() && places[0].is_some());
    }

    #[test]
    fn times_are_written_below_their_sample() {
        assert_eq!([0.0, -0.5, 2.0 / 3.0, 0.1 * 3.0, 1e-12].map(signed), ["+0", "-0.5", "+0.666666666", "+0.3", "+0"]);
        assert_eq!([10.0, 100.5].map(plain), ["10", "100.5"]);
    }
}
