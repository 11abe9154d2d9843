//! What is looked at before a session: stream, montage, signals, clocks, screens.

use super::Setup;
use super::stage::{Route, Stage};
use crate::output::duration;
use motrace_core::{StreamInfo, canonical_label, clean_text};
use motrace_view::{Check, Session, StreamState, Verdict};

/// Motor imagery is seen here first.
const WANTED: [&str; 3] = ["C3", "Cz", "C4"];
/// Fewer channels leave spatial filters little to work with.
const FEW_CHANNELS: usize = 8;
/// Clocks that are not known better than this blur what is averaged over trials.
const CLOCK_ERROR_SECS: f64 = 0.005;

/// All checks as they stand now.
pub fn all(setup: &Setup, session: &Session, info: &StreamInfo, stage: &Stage) -> Vec<Check> {
    let mut checks = vec![stream(session, info), montage(setup, info)];
    checks.extend(quality(session));
    checks.push(clocks(session));
    checks.push(screen(stage));
    checks
}

/// A verdict as one character.
pub fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Good => '\u{2713}',
        Verdict::Careful => '!',
        Verdict::Bad => '\u{2717}',
        Verdict::Waiting => '\u{2026}',
    }
}

fn check(what: &str, verdict: Verdict, detail: String) -> Check {
    Check { what: what.to_owned(), verdict, detail }
}

fn stream(session: &Session, info: &StreamInfo) -> Check {
    let health = session.stream();
    let unit = info.channels.first().map_or_else(String::new, |c| c.unit.to_string());
    let described = format!(
        "{} ({}) on {}, {} channels at {} Hz, {unit}",
        clean_text(&info.name, 40),
        clean_text(&info.kind, 16),
        clean_text(&info.host, 30),
        info.channels.len(),
        info.rate_hz
    );
    match (&health.state, health.rate_effective_hz) {
        (StreamState::Live, Some(rate)) if (rate / info.rate_hz - 1.0).abs() > 0.005 => check(
            "stream",
            Verdict::Careful,
            format!("{described}; {rate:.2} Hz measured, {:+.1} %", (rate / info.rate_hz - 1.0) * 100.0),
        ),
        (StreamState::Live, _) => check("stream", Verdict::Good, described),
        (StreamState::Connecting, _) => check("stream", Verdict::Waiting, described),
        _ => check("stream", Verdict::Bad, format!("{described}: nothing arrives")),
    }
}

fn montage(setup: &Setup, info: &StreamInfo) -> Check {
    let decoded = setup.decoded_labels(info);
    let missing: Vec<&str> =
        WANTED.into_iter().filter(|wanted| !decoded.iter().any(|label| canonical_label(label) == *wanted)).collect();
    let count = decoded.len();
    if !missing.is_empty() {
        let detail = format!("{count} channels, without {}: hands show there first", missing.join(", "));
        return check("montage", Verdict::Careful, detail);
    }
    if count < FEW_CHANNELS {
        return check("montage", Verdict::Careful, format!("only {count} channels; 8 and more are better"));
    }
    check("montage", Verdict::Good, format!("{count} channels, C3, Cz and C4 among them"))
}

fn quality(session: &Session) -> Vec<Check> {
    let channels = session.quality();
    if channels.is_empty() {
        return vec![check("signals", Verdict::Waiting, "not measured yet".into())];
    }
    let of = |wanted: fn(&motrace_core::Condition) -> bool| {
        let list: Vec<String> = channels
            .iter()
            .filter(|q| wanted(&q.condition))
            .map(|q| format!("{} {}", q.label, q.condition.name()))
            .collect();
        list
    };
    let unusable = of(|c| c.is_unusable());
    let noisy = of(|c| matches!(c, motrace_core::Condition::Noisy));
    let good = channels.len() - unusable.len() - noisy.len();
    if !unusable.is_empty() {
        let verdict = if unusable.len() * 4 > channels.len() { Verdict::Bad } else { Verdict::Careful };
        let detail = format!("{good} of {} good; left out: {}", channels.len(), list(&unusable));
        return vec![check("signals", verdict, detail)];
    }
    if !noisy.is_empty() {
        let detail = format!("{good} of {} good; {}", channels.len(), list(&noisy));
        return vec![check("signals", Verdict::Careful, detail)];
    }
    vec![check("signals", Verdict::Good, format!("all {good} channels look like EEG"))]
}

fn list(items: &[String]) -> String {
    let shown = items.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > 8 { format!("{shown} and {} more", items.len() - 8) } else { shown }
}

fn clocks(session: &Session) -> Check {
    let health = session.stream();
    match (health.clock_offset_secs, health.clock_error_secs) {
        (Some(offset), Some(error)) => {
            let sign = if offset < 0.0 { '\u{2212}' } else { '+' };
            let detail = format!("amplifier {sign}{} \u{b1} {}", duration(offset.abs()), duration(error));
            check("clocks", if error <= CLOCK_ERROR_SECS { Verdict::Good } else { Verdict::Careful }, detail)
        }
        _ => check("clocks", Verdict::Waiting, "not compared yet; cues are placed by arrival until they are".into()),
    }
}

fn screen(stage: &Stage) -> Check {
    let screens = stage.described();
    if !screens.is_empty() {
        return check("participant", Verdict::Good, screens.join("; "));
    }
    match stage.route() {
        Route::Nowhere => check(
            "participant",
            Verdict::Careful,
            "nothing shows the cues; start `motrace screen` in another terminal".into(),
        ),
        _ => check(
            "participant",
            Verdict::Good,
            "this terminal shows the cues; `motrace screen` in another one would take over".into(),
        ),
    }
}
