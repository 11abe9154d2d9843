/// A number with a true minus sign and about three figures; exact zero is `0`.
pub(super) fn number(v: f64) -> String {
    if v.is_nan() {
        return "–".to_owned();
    }
    if v.is_infinite() {
        return if v > 0.0 { "∞".to_owned() } else { "−∞".to_owned() };
    }
    if v == 0.0 {
        return "0".to_owned();
    }
    let size = v.abs();
    let text = if !(1e-3..1e5).contains(&size) {
        format!("{v:.1e}")
    } else {
        let decimals = (2 - size.log10().floor() as i32).clamp(0, 5) as usize;
        format!("{v:.decimals$}")
    };
    text.replace('-', "−")
}

/// The same with its sign in any case.
pub(super) fn signed(v: f64) -> String {
    let text = number(v);
    if v > 0.0 { format!("+{text}") } else { text }
}

/// A tick's label: as short as it can be without losing the value.
pub(super) fn tick(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let size = v.abs();
    let text = if !(1e-3..1e5).contains(&size) {
        format!("{v:.2e}").replace(".00e", "e").replace("0e", "e")
    } else {
        let decimals = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
        let text = format!("{v:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact_enough() {
        for (v, text) in [
            (0.0, "0"),
            (-1.234_56, "−1.23"),
            (12.34, "12.3"),
            (0.012_345, "0.0123"),
            (2.2e-16, "2.2e−16"),
            (123_456.0, "1.2e5"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(number(v), text);
        }
        assert_eq!(signed(0.5), "+0.500");
        for (v, text) in
            [(0.5, "0.5"), (-2.0, "−2"), (0.075, "0.075"), (100.0, "100"), (1e-5, "1e−5"), (1.5e-7, "1.5e−7")]
        {
            assert_eq!(tick(v), text);
        }
    }
}
