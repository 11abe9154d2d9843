//! What the program prints: messages, numbers with their units, progress, JSON.

use crate::failure::Failure;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Prints why the program ends, on standard error.
pub fn complain(failure: &Failure) {
    let _ = writeln!(std::io::stderr(), "motrace: {failure}");
    if matches!(failure, Failure::Usage(_)) {
        let _ = writeln!(std::io::stderr(), "For help: motrace --help");
    }
}

/// Prints a warning on standard error.
pub fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {}", motrace_core::clean_text(text, 400));
}

/// Prints what is good to know beside the result, on standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", motrace_core::clean_text(text, 400));
}

/// Prints a line on standard output; a reader that has gone away is no reason to fail.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a value as JSON on standard output.
pub fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    say(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Writes a new file, and says so where it exists already.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let shown = path.display();
    create_new(path)?.write_all(bytes).map_err(|e| Failure::failed(format_args!("writing {shown}: {e}")))
}

/// Opens a new file for writing.
pub fn create_new(path: &Path) -> Result<std::fs::File, Failure> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| {
        let shown = path.display();
        if e.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::failed(format_args!("{shown} exists already; give another name or remove it"))
        } else {
            Failure::failed(format_args!("creating {shown}: {e}"))
        }
    })
}

/// A progress bar on standard error, seen only where that is a terminal and only for what takes longer than a moment.
pub fn progress(what: &str, length: u64) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len} {rest}") {
        // Before anything is done nobody knows how long the rest takes, and it is not 0 s.
        let rest = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = match state.pos() {
                0 => out.write_str("…"),
                _ => write!(out, "{:#}", HumanDuration(state.eta())),
            };
        };
        bar.set_style(style.with_key("rest", rest));
        bar.enable_steady_tick(std::time::Duration::from_secs(1));
    }
    bar.set_message(what.to_owned());
    bar
}

/// A share as a percentage: `97.8 %`.
pub fn percent(share: f64) -> String {
    // An empty sum is −0: adding 0 makes it the zero that a reader expects.
    format!("{:.1} %", share * 100.0 + 0.0)
}

/// A duration in the unit that suits it: `42 µs`, `1.20 ms`, `3.4 s`, `12 min 05 s`.
pub fn duration(secs: f64) -> String {
    match secs {
        s if !s.is_finite() => "unknown".into(),
        s if s.abs() < 1e-3 => format!("{:.1} µs", s * 1e6),
        s if s.abs() < 1.0 => format!("{:.2} ms", s * 1e3),
        s if s.abs() < 120.0 => format!("{s:.1} s"),
        s => format!("{} min {:02} s", (s / 60.0) as u64, (s % 60.0) as u64),
    }
}

/// How often each class was decided for, a line for each class of cues.
pub fn confusion<N: AsRef<str>>(names: &[N], counts: &[Vec<usize>]) {
    let width = names.iter().map(|name| name.as_ref().chars().count()).max().unwrap_or(0);
    for (name, row) in names.iter().zip(counts) {
        let decided: Vec<String> =
            names.iter().zip(row).map(|(name, count)| format!("{} {count}", name.as_ref())).collect();
        say(&format!("            {:width$} decided {}", name.as_ref(), decided.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(duration(42e-6), "42.0 µs");
        assert_eq!(duration(0.0012), "1.20 ms");
        assert_eq!(duration(3.44), "3.4 s");
        assert_eq!(duration(725.0), "12 min 05 s");
    }

    #[test]
    fn no_share_is_negative_zero() {
        let nothing: f64 = std::iter::empty::<f64>().sum();
        assert_eq!(percent(nothing), "0.0 %");
        assert_eq!(percent(0.857), "85.7 %");
    }
}
