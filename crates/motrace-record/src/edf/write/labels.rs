//! Labels and units as headers hold them: printable ASCII of a fixed width.

use motrace_core::{Channel, Unit};
use std::collections::HashSet;

const LABEL_WIDTH: usize = 16;
const UNIT_WIDTH: usize = 8;

/// The labels of all signals. Those that are too long are shortened so that they stay different.
pub(super) fn labels(channels: &[&Channel]) -> Vec<String> {
    let plain: Vec<String> = channels.iter().map(|c| ascii(&c.label)).collect();
    let mut taken: HashSet<String> = plain.iter().filter(|l| l.len() <= LABEL_WIDTH).cloned().collect();
    plain
        .into_iter()
        .map(|label| {
            if label == "EDF Annotations" || label == "BDF Annotations" {
                // So only lists of annotations may be called.
                return format!("{}.", &label[..15]);
            }
            if label.len() <= LABEL_WIDTH {
                return label;
            }
            let shortened = (0..).map(|number: usize| {
                let mark = if number == 0 { String::new() } else { format!("~{number}") };
                let mut short = label[..LABEL_WIDTH - mark.len().min(8)].trim_end().to_owned();
                short.push_str(&mark);
                short
            });
            // There are at most as many labels as channels.
            let free = shortened.take(channels.len() + 1).find(|short| !taken.contains(short)).unwrap_or_default();
            taken.insert(free.clone());
            free
        })
        .collect()
}

/// A unit as a header names it.
pub(super) fn unit(unit: &Unit) -> String {
    match unit {
        Unit::Volts => "V".into(),
        Unit::Millivolts => "mV".into(),
        Unit::Microvolts => "uV".into(),
        Unit::Nanovolts => "nV".into(),
        Unit::Unspecified => String::new(),
        Unit::Other(text) => {
            let text = ascii(text);
            text[..text.len().min(UNIT_WIDTH)].trim_end().to_owned()
        }
    }
}

/// Printable ASCII: `u` for the two letters that mean micro, `deg` for °, `?` for all else.
fn ascii(text: &str) -> String {
    let mut plain = String::new();
    for c in text.trim().chars() {
        match c {
            ' '..='~' => plain.push(c),
            'µ' | 'μ' => plain.push('u'),
            '°' => plain.push_str("deg"),
            c if c.is_whitespace() => plain.push(' '),
            _ => plain.push('?'),
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_fit_and_stay_different() {
        let names =
            ["C3", "a very long label 1", "a very long label 2", "µ€", "EDF Annotations", "", "a very long labe"];
        let channels: Vec<Channel> =
            names.iter().map(|n| Channel { label: (*n).into(), ..Channel::default() }).collect();
        let labels = labels(&channels.iter().collect::<Vec<_>>());
        assert_eq!(
            labels,
            ["C3", "a very long la~1", "a very long la~2", "u?", "EDF Annotations.", "", "a very long labe"]
        );
        assert_eq!(unit(&Unit::Other("°C".into())), "degC");
        assert_eq!(unit(&Unit::Other("millimetres of mercury".into())), "millimet");
    }
}
