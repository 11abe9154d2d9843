//! Numbers in fields of eight characters.

const WIDTH: usize = 8;

/// The nearest number that fits.
pub(super) fn near(value: f64) -> Option<String> {
    best(value, f64::round, |a, b| (a - value).abs() < (b - value).abs())
}

/// The greatest number that fits and is not above the value, but for the last bit of it.
pub(super) fn below(value: f64) -> Option<String> {
    best(value, f64::floor, |a, b| a > b)
}

/// The least number that fits and is not below the value, but for the last bit of it.
pub(super) fn above(value: f64) -> Option<String> {
    best(value, f64::ceil, |a, b| a < b)
}

/// The number that a field holds.
pub(super) fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn best(value: f64, round: fn(f64) -> f64, is_better: impl Fn(f64, f64) -> bool) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let exact = (0..=6).map(|decimals| trimmed(format!("{value:.decimals$}")));
    if let Some(text) = exact.filter(|t| t.len() <= WIDTH).find(|t| number(t) == value) {
        return Some(text);
    }
    let decimal = (0..=6).rev().find_map(|decimals| {
        let factor = 10_f64.powi(decimals);
        let text = trimmed(format!("{:.*}", decimals as usize, round(value * factor) / factor));
        (text.len() <= WIDTH).then_some(text)
    });
    let exponent = value.abs().log10().floor();
    let scientific = (0..=3).rev().find_map(|decimals| {
        let factor = 10_f64.powi(decimals);
        let mantissa = round(value / 10_f64.powf(exponent) * factor) / factor;
        let text = format!("{}e{exponent}", trimmed(format!("{mantissa:.*}", decimals as usize)));
        (text.len() <= WIDTH && number(&text).is_finite()).then_some(text)
    });
    match (decimal, scientific) {
        (Some(plain), Some(short)) if is_better(number(&short), number(&plain)) => Some(short),
        (Some(text), _) | (None, Some(text)) => Some(text),
        (None, None) => None,
    }
}

fn trimmed(text: String) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_as_people_write_them() {
        assert_eq!([-3276.8, 3276.7, 0.0, -0.0, 0.1].map(|v| near(v).unwrap()), ["-3276.8", "3276.7", "0", "0", "0.1"]);
        assert_eq!(below(-187_500.02).unwrap(), "-187501");
        assert_eq!(above(-187_500.02).unwrap(), "-187500");
        assert_eq!((below(1.23e20).unwrap(), above(1e-12).unwrap()), ("1.23e20".into(), "1e-12".into()));
    }

    proptest! {
        #[test]
        fn limits_enclose_what_they_limit(value in prop_oneof![-1e6..1e6_f64, -1e-3..1e-3_f64, -1e36..1e36_f64]) {
            let (low, high) = (below(value).unwrap(), above(value).unwrap());
            prop_assert!(low.len() <= 8 && high.len() <= 8);
            let slack = value.abs() * 1e-14;
            prop_assert!(number(&low) <= value + slack && value - slack <= number(&high), "{low} {value} {high}");
            // Two digits at least are kept.
            prop_assert!(number(&high) - number(&low) <= 0.2 * value.abs() + 1e-30, "{low} {value} {high}");
            prop_assert!((number(&near(value).unwrap()) - value).abs() <= number(&high) - number(&low) + slack);
        }
    }
}
