use crate::RecordingStamp;
use motrace_core::Trial;

/// The windows of trials, to find those that share samples.
pub(super) struct Overlaps<'a> {
    trials: &'a [(usize, Trial)],
    /// The last samples of each window that do not count.
    beyond: u64,
    /// Samples before and after a window that can be learnt from as well.
    margin: u64,
}

impl<'a> Overlaps<'a> {
    pub fn of(trials: &'a [(usize, Trial)], beyond: u64, margin: u64) -> Self {
        Self { trials, beyond, margin }
    }

    /// The trials to train on where these, in ascending order, are tested: all others that share no sample with them.
    pub fn apart_from(&self, test: &[usize]) -> Vec<usize> {
        let is_apart = |trial: &usize| !test.iter().any(|test| self.meet(*trial, *test, 2 * self.margin));
        (0..self.trials.len()).filter(|trial| test.binary_search(trial).is_err()).filter(is_apart).collect()
    }

    /// Whether less than so many samples lie between two trials.
    fn meet(&self, one: usize, other: usize, samples: u64) -> bool {
        let ((group, one), (others, other)) = (&self.trials[one], &self.trials[other]);
        let end = |trial: &Trial| trial.end.saturating_sub(self.beyond).saturating_add(samples);
        group == others && one.start < end(other) && other.start < end(one)
    }

    /// What is to be said of trials that overlap, and of how many were left out of the training of folds for that.
    pub fn warning(&self, recordings: &[(RecordingStamp, &crate::Tape)], left_out: usize) -> Option<String> {
        let mut order: Vec<usize> = (0..self.trials.len()).collect();
        order.sort_by_key(|trial| (self.trials[*trial].0, self.trials[*trial].1.start));
        let overlapping: Vec<&[usize]> = order.windows(2).filter(|pair| self.meet(pair[0], pair[1], 0)).collect();
        let in_folds = match left_out {
            0 => String::new(),
            1 => "; in the validation 1 trial was left out of a fold\u{2019}s training, because it shares samples with a test trial".to_owned(),
            count => format!(
                "; in the validation {count} trials were left out of a fold\u{2019}s training, because they share samples with test \
                 trials"
            ),
        };
        match overlapping.first() {
            None if left_out == 0 => None,
            None => Some(format!("time shifts reach into other trials{in_folds}")),
            Some(first) => {
                let (group, before) = &self.trials[first[0]];
                let name = recordings.get(*group).map_or("", |(stamp, _)| stamp.name.as_str());
                let what = if overlapping.len() == 1 { "trial overlaps" } else { "trials overlap" };
                Some(format!(
                    "{} {what} the one before (first: {} and {} of {name}): shorten [trials] window_secs, or look for cues that \
                     are marked twice{in_folds}",
                    overlapping.len(),
                    before.number,
                    self.trials[first[1]].1.number
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(windows: &[(usize, u64, u64)]) -> Vec<(usize, Trial)> {
        let trial = |(number, (group, start, end)): (usize, &(usize, u64, u64))| {
            (*group, Trial { number: number + 1, class: 0, cue: *start, start: *start, end: *end })
        };
        windows.iter().enumerate().map(trial).collect()
    }

    #[test]
    fn what_shares_samples_with_a_test_trial_is_not_trained_on() {
        // The third begins within the second; the fourth follows the third without a gap; the last is another recording's.
        let trials = trials(&[(0, 0, 100), (0, 100, 200), (0, 150, 250), (0, 250, 350), (1, 150, 250)]);
        let plain = Overlaps::of(&trials, 0, 0);
        assert_eq!(plain.apart_from(&[0, 1]), [3, 4]);
        assert_eq!(plain.apart_from(&[3]), [0, 1, 2, 4]);
        assert_eq!(plain.apart_from(&[4]), [0, 1, 2, 3]);
        // With a margin those that touch share samples too, and with two samples less nothing changes here.
        assert_eq!(Overlaps::of(&trials, 0, 5).apart_from(&[3]), [0, 1, 4]);
        assert_eq!(Overlaps::of(&trials, 51, 0).apart_from(&[1]), [0, 2, 3, 4]);
        let told = plain.warning(&[], 2).unwrap_or_default();
        assert!(told.starts_with("1 trial overlaps the one before (first: 2 and 3"), "{told}");
        assert!(told.contains("2 trials were left out"), "{told}");
        assert_eq!(Overlaps::of(&trials, 51, 0).warning(&[], 0), None);
    }
}
