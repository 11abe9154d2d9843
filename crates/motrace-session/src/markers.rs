//! What the markers of a session say: one place for the words, for who writes and for who reads them.
//!
//! | text | when | GDF/OpenViBE code |
//! |---|---|---|
//! | `session-start`, `session-end` | around everything | 32769, 32770 |
//! | `baseline-start`, `baseline-end` | around sitting still | 32775, 32776 |
//! | `run-start N`, `run-end` | around a run; N counts from 1 over the session | 32766 for the start |
//! | `trial-start` | a trial begins | 768 |
//! | `fixation` | the cross is shown | 786 |
//! | `beep` | the warning sounds | 33282 |
//! | a class's cue marker | its cue is shown, or the ball of Brain Pong starts | 769 left, 770 right, 771 feet |
//! | `imagery-end` | the cross goes | 800 |
//! | `control` | the decisions move something from here on | 781 |
//! | `hit`, `miss`, `timeout` | a trial with feedback ended | 897, 898 |
//! | `trial-broken-off WHY` | the trial of the last cue before this counts not | |
//! | `pause`, `resume` | nothing is to be imagined in between | |
//!
//! A trial that is broken off before its cue leaves no `trial-broken-off`: there is nothing to take back. So the rule
//! for readers is simple: the last cue before `trial-broken-off` counts not, whatever came in between.

/// Before everything.
pub const SESSION_START: &str = "session-start";
/// After everything.
pub const SESSION_END: &str = "session-end";
/// Sitting still begins.
pub const BASELINE_START: &str = "baseline-start";
/// Sitting still is over.
pub const BASELINE_END: &str = "baseline-end";
/// The first word of `run-start N`.
pub const RUN_START: &str = "run-start";
/// A run is over.
pub const RUN_END: &str = "run-end";
/// A trial begins.
pub const TRIAL_START: &str = "trial-start";
/// The cross is shown.
pub const FIXATION: &str = "fixation";
/// The warning sounds.
pub const BEEP: &str = "beep";
/// The cross goes.
pub const IMAGERY_END: &str = "imagery-end";
/// Decisions move something from here on.
pub const CONTROL: &str = "control";
/// The target was reached.
pub const HIT: &str = "hit";
/// The other one was.
pub const MISS: &str = "miss";
/// None was.
pub const TIMEOUT: &str = "timeout";
/// A pause begins: a break of the protocol or one the operator asked for.
pub const PAUSE: &str = "pause";
/// It is over.
pub const RESUME: &str = "resume";
/// The first word of `trial-broken-off WHY`.
pub const TRIAL_BROKEN_OFF: &str = "trial-broken-off";

/// Reasons are cut after so many characters.
const MAX_REASON_CHARS: usize = 80;

/// `run-start N`
#[must_use]
pub fn run_start(number: usize) -> String {
    format!("{RUN_START} {number}")
}

/// The number of the run that a marker begins.
#[must_use]
pub fn run_started(text: &str) -> Option<usize> {
    text.strip_prefix(RUN_START)?.strip_prefix(' ')?.trim().parse().ok()
}

/// `trial-broken-off WHY`, the reason cleaned and short.
#[must_use]
pub fn trial_broken_off(why: &str) -> String {
    let why = motrace_core::clean_text(why, MAX_REASON_CHARS);
    if why.is_empty() { TRIAL_BROKEN_OFF.to_owned() } else { format!("{TRIAL_BROKEN_OFF} {why}") }
}

/// Why the trial of the last cue before this marker counts not; `None` where the marker does not say so.
#[must_use]
pub fn broken_off(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(TRIAL_BROKEN_OFF)?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
}

/// The marker of an outcome.
#[must_use]
pub fn outcome(outcome: crate::Outcome) -> &'static str {
    match outcome {
        crate::Outcome::Hit => HIT,
        crate::Outcome::Miss => MISS,
        crate::Outcome::Timeout => TIMEOUT,
    }
}

/// Texts and the codes that GDF files and OpenViBE use for the same.
///
/// Source: the event codes of the GDF format and OpenViBE's `ovtk_stimulations`. The cues are those of left hand,
/// right hand and feet; a configuration names its own cue markers, so that their texts can be anything.
const CODES: [(&str, u32); 19] = [
    (SESSION_START, 32769),
    (SESSION_END, 32770),
    (BASELINE_START, 32775),
    (BASELINE_END, 32776),
    (RUN_START, 32766),
    (TRIAL_START, 768),
    ("left", 769),
    ("left_hand", 769),
    ("right", 770),
    ("right_hand", 770),
    ("feet", 771),
    ("foot", 771),
    ("tongue", 772),
    (CONTROL, 781),
    (FIXATION, 786),
    (IMAGERY_END, 800),
    (HIT, 897),
    (MISS, 898),
    (BEEP, 33282),
];

/// The code of a marker's text: a text that is a number is its own code, and of a text with several words the first
/// one counts. `None` where there is none.
#[must_use]
pub fn code(text: &str) -> Option<u32> {
    let word = text.split_whitespace().next()?;
    word.parse().ok().or_else(|| CODES.iter().find(|(known, _)| *known == word).map(|&(_, code)| code))
}

/// The text for a code; the first one where several have it.
#[must_use]
pub fn text(code: u32) -> Option<&'static str> {
    CODES.iter().find(|&&(_, known)| known == code).map(|&(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_reasons_come_back() {
        assert_eq!(run_started(&run_start(3)), Some(3));
        assert_eq!(run_started("run-start"), None);
        assert_eq!(run_started("run-startle 3"), None);
        assert_eq!(broken_off(&trial_broken_off("a gap of 0.4 s")), Some("a gap of 0.4 s"));
        assert_eq!(broken_off(&trial_broken_off("")), Some(""));
        assert_eq!(broken_off("trial-broken-offal"), None);
        assert_eq!(broken_off("left"), None);
    }

    #[test]
    fn reasons_are_safe_to_show() {
        let text = trial_broken_off(&format!("\x1b[2J{}", "x".repeat(500)));
        assert!(!text.contains('\x1b') && text.chars().count() < 120, "{text}");
    }

    #[test]
    fn codes_are_those_of_gdf() {
        assert_eq!(code("trial-start"), Some(768));
        assert_eq!(code("769"), Some(769));
        assert_eq!(code("run-start 4"), Some(32766));
        assert_eq!(code("something else"), None);
        for (known, number) in CODES {
            assert_eq!(code(known), Some(number));
            assert_eq!(text(number).and_then(code), Some(number));
        }
    }
}
