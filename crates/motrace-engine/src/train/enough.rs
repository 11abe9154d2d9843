use crate::{Preparation, SkipReason};
use motrace_core::Trial;
use motrace_decode::{TrainError, check_trials};

/// Whether there are enough trials of each class; and where there are not, which were left out and why.
pub(super) fn check_enough(
    labels: &[usize],
    preparation: &Preparation,
    left_out: &[(usize, Trial, SkipReason)],
) -> Result<(), TrainError> {
    let reasons: Vec<SkipReason> = left_out.iter().map(|(_, _, reason)| *reason).collect();
    check_trials(labels, &preparation.class_names()).map_err(|e| with_left_out(e, &reasons, preparation.window_secs))
}

/// The same error, and how many trials were left out for these reasons, if it is one of too few trials.
pub(super) fn with_left_out(error: TrainError, reasons: &[SkipReason], [start, end]: [f64; 2]) -> TrainError {
    let of = |is: &dyn Fn(SkipReason) -> bool| reasons.iter().filter(|reason| is(**reason)).count();
    let is_outside = |reason| matches!(reason, SkipReason::Incomplete | SkipReason::NotRetained);
    let mut parts = Vec::new();
    match of(&is_outside) {
        0 => {}
        1 => parts.push(format!("1, whose window of {start} to {end} s after the cue is not within the recording")),
        count => parts.push(format!(
            "{count}, whose windows of {start} to {end} s after the cue are not within the recordings ([trials] window_secs)"
        )),
    }
    let others = [
        (SkipReason::Settling, "while the filters settled"),
        (SkipReason::Artefact, "as artefacts (--keep-artefacts trains on them)"),
        (SkipReason::Gap, "with a gap"),
        (SkipReason::BadSample, "with samples that are no numbers, railed or stuck"),
        (SkipReason::Discarded, "that were broken off or do not count for another reason"),
        (SkipReason::Lost, "with samples that were lost"),
        (SkipReason::TooManyWaiting, "that came too close after one another"),
    ];
    for (reason, words) in others {
        let count = of(&|other| other == reason);
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    if parts.is_empty() || !error.is_lack_of_trials() {
        return error;
    }
    let trials = if reasons.len() == 1 { "1 trial was".to_owned() } else { format!("{} trials were", reasons.len()) };
    let left_out = format!("{trials} left out: {}", parts.join("; "));
    TrainError::LeftOut { source: Box::new(error), left_out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said_where_too_little_is_left() {
        let few = TrainError::TooFewTrials { class: "left".into(), trials: 1, needed: 4 };
        let reasons = [SkipReason::Incomplete, SkipReason::NotRetained, SkipReason::Artefact];
        let told = with_left_out(few.clone(), &reasons, [0.5, 90.0]).to_string();
        assert!(told.contains("class left has 1 trial and at least 4 are needed"), "{told}");
        assert!(told.contains("3 trials were left out: 2, whose windows of 0.5 to 90 s"), "{told}");
        assert!(told.contains("1 as artefacts"), "{told}");
        assert_eq!(with_left_out(few.clone(), &[], [0.5, 2.5]), few);
        let other = TrainError::Shape("x".into());
        assert_eq!(with_left_out(other.clone(), &reasons, [0.5, 2.5]), other);
    }
}
