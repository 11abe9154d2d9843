use crate::EvaluateError;
use crate::protocol::FEWEST_TRIALS_PER_CLASS;
use crate::recording_input::RecordingInput;
use motrace_core::clean_text;
use motrace_engine::{BandWindows, Preparation, SkipReason, Tape};

/// Whether a subject's recordings hold what an evaluation needs.
pub(super) fn check(
    subject: &str,
    preparation: &Preparation,
    recordings: &[(&RecordingInput, &Tape, &BandWindows)],
) -> Result<(), EvaluateError> {
    let refused = |why: String| Err(EvaluateError::Subject { subject: subject.to_owned(), why });
    let cues = |class: usize| {
        let markers = recordings.iter().flat_map(|(_, tape, _)| tape.markers());
        markers.filter(|marker| preparation.class_of(marker) == Some(class)).count()
    };
    for (class, spec) in preparation.classes.iter().enumerate() {
        let wanted = || clean_text(&spec.markers.join(", "), 100);
        if cues(class) == 0 {
            let mut texts: Vec<String> = recordings
                .iter()
                .flat_map(|(_, tape, _)| tape.markers())
                .map(|marker| format!("{:?}", clean_text(&marker.text, 30)))
                .collect();
            texts.sort_unstable();
            texts.dedup();
            texts.truncate(20);
            let there = if texts.is_empty() { "none".to_owned() } else { texts.join(" ") };
            return refused(format!(
                "no cue of class {} ({}) is in {}: check [[trials.classes]] in the configuration; markers that are there: {there}",
                spec.name,
                wanted(),
                names(recordings)
            ));
        }
        let kept: usize =
            recordings.iter().flat_map(|(_, _, windows)| &windows.trials).filter(|trial| trial.class == class).count();
        let [start, end] = preparation.window_secs;
        let left_out = recordings.iter().flat_map(|(_, _, windows)| &windows.left_out);
        let of_class: Vec<SkipReason> =
            left_out.filter(|(trial, _)| trial.class == class).map(|(_, reason)| *reason).collect();
        let is_outside = |reason: &SkipReason| matches!(reason, SkipReason::Incomplete | SkipReason::NotRetained);
        if kept == 0 && of_class.iter().all(is_outside) {
            return refused(format!(
                "the window of {start} to {end} s after the cue lies outside of the data for every trial of class {} in {}: check [trials] window_secs{}",
                spec.name,
                names(recordings),
                " (and the range that --select window searches)"
            ));
        }
        if kept <= FEWEST_TRIALS_PER_CLASS {
            let lost = if of_class.is_empty() {
                String::new()
            } else {
                format!(" ({} more were left out: {})", of_class.len(), reasons(&of_class))
            };
            return refused(format!(
                "class {} ({}) has {kept} trial(s){lost}, and more than {FEWEST_TRIALS_PER_CLASS} are needed to train and test: add recordings, or leave this subject out",
                spec.name,
                wanted()
            ));
        }
    }
    Ok(())
}

/// What deserves a look: trials that overlap.
pub(super) fn overlaps(recordings: &[(&RecordingInput, &Tape, &BandWindows)]) -> Option<String> {
    let mut count = 0;
    let mut first = None;
    for (input, _, windows) in recordings {
        let mut trials: Vec<_> = windows.trials.iter().collect();
        trials.sort_by_key(|trial| trial.start);
        for pair in trials.windows(2) {
            if pair[1].start < pair[0].end {
                count += 1;
                first.get_or_insert((&input.name, pair[0].number, pair[1].number));
            }
        }
    }
    let (name, a, b) = first?;
    Some(format!(
        "{count} trial(s) overlap the one before (first: {a} and {b} of {name}): they are no two independent trials, and those that share samples with a test trial are not trained on; shorten [trials] window_secs, or look for cues that are marked twice"
    ))
}

fn names(recordings: &[(&RecordingInput, &Tape, &BandWindows)]) -> String {
    let names: Vec<&str> = recordings.iter().take(6).map(|(input, _, _)| input.name.as_str()).collect();
    let more = recordings.len() - names.len();
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}

fn reasons(reasons: &[SkipReason]) -> String {
    let mut names: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}
