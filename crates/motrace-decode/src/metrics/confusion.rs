mod agreement;

use motrace_core::MAX_CLASSES;

/// How often each class was decided for, given each true class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// `counts[truth][decided]`, as many rows as columns.
    pub counts: Vec<Vec<usize>>,
}

impl Default for Confusion {
    /// Two classes, of which nothing is counted.
    fn default() -> Self {
        Self { counts: vec![vec![0; 2]; 2] }
    }
}

impl Confusion {
    /// Counts pairs of the true class and the decided one between so many classes; others are left out.
    #[must_use]
    pub fn of(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut confusion = Self { counts: vec![vec![0; classes]; classes] };
        for (truth, decided) in pairs {
            if let Some(count) = confusion.counts.get_mut(truth).and_then(|row| row.get_mut(decided)) {
                *count += 1;
            }
        }
        confusion
    }

    /// Counts one more decision. The table grows as far as [`MAX_CLASSES`]; classes beyond that are left out.
    pub fn add(&mut self, truth: usize, decided: usize) {
        if truth.max(decided) < MAX_CLASSES {
            self.grow(truth.max(decided) + 1);
            self.counts[truth][decided] += 1;
        }
    }

    /// Counts one decision less, where one was counted.
    pub fn remove(&mut self, truth: usize, decided: usize) {
        if let Some(count) = self.counts.get_mut(truth).and_then(|row| row.get_mut(decided)) {
            *count = count.saturating_sub(1);
        }
    }

    /// The table with at least so many classes.
    #[must_use]
    pub fn with_classes(mut self, classes: usize) -> Self {
        self.grow(classes.min(MAX_CLASSES));
        self
    }

    fn grow(&mut self, classes: usize) {
        let classes = classes.max(self.classes());
        self.counts.resize(classes, Vec::new());
        self.counts.iter_mut().for_each(|row| row.resize(classes, 0));
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// How many decisions there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// How many decisions are right.
    #[must_use]
    pub fn correct(&self) -> usize {
        (0..self.classes()).map(|class| self.count(class, class)).sum()
    }

    /// How many trials of a class there are.
    #[must_use]
    pub fn of_class(&self, class: usize) -> usize {
        self.counts.get(class).map_or(0, |row| row.iter().sum())
    }

    /// The share of right decisions; 0 where there are none.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// The accuracy of always deciding for the most frequent class, which is `1 / classes` where all are as frequent; 0 where
    /// there are no decisions.
    #[must_use]
    pub fn guess(&self) -> f64 {
        ratio((0..self.classes()).map(|class| self.of_class(class)).max().unwrap_or(0), self.total())
    }

    /// The mean over the classes of the share of right decisions; over those that have trials.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let shares: Vec<f64> = self.recalls().into_iter().flatten().collect();
        shares.iter().sum::<f64>() / shares.len().max(1) as f64
    }

    /// Cohen's κ: agreement beyond what the frequencies of truth and decision alone give. 0 where those
    /// already give full agreement, so that nothing is left to be shown.
    #[must_use]
    pub fn kappa(&self) -> f64 {
        let by_chance = self.agreement_by_chance();
        if self.total() == 0 || by_chance >= 1.0 { 0.0 } else { (self.accuracy() - by_chance) / (1.0 - by_chance) }
    }

    /// How often a class was decided for.
    #[must_use]
    pub fn decided_for(&self, class: usize) -> usize {
        self.counts.iter().filter_map(|row| row.get(class)).sum()
    }

    /// How often truth and decision would agree if their frequencies alone made them.
    fn agreement_by_chance(&self) -> f64 {
        let total = self.total();
        (0..self.classes()).map(|c| ratio(self.of_class(c), total) * ratio(self.decided_for(c), total)).sum()
    }

    fn count(&self, truth: usize, decided: usize) -> usize {
        self.counts.get(truth).and_then(|row| row.get(decided)).copied().unwrap_or(0)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_known_table() {
        // scikit-learn: accuracy 0.7, balanced 0.7083333333333333, kappa 0.4
        let table = Confusion { counts: vec![vec![3, 1], vec![2, 4]] };
        assert_eq!((table.total(), table.correct()), (10, 7));
        assert!((table.accuracy() - 0.7).abs() < 1e-15);
        assert!((table.balanced_accuracy() - 0.708_333_333_333_333_3).abs() < 1e-15);
        assert!((table.kappa() - 0.4).abs() < 1e-15);
    }

    #[test]
    fn pairs_are_counted_by_truth_and_decision() {
        let table = Confusion::of(2, [(0, 0), (0, 1), (1, 1), (1, 1), (7, 0)]);
        assert_eq!(table.counts, [[1, 1], [0, 2]]);
    }

    #[test]
    fn empty_and_one_sided_tables_have_figures() {
        assert_eq!(Confusion::default().accuracy(), 0.0);
        assert_eq!(Confusion::default().kappa(), 0.0);
        assert_eq!(Confusion::default().balanced_accuracy(), 0.0);
        let one_sided = Confusion { counts: vec![vec![4, 0], vec![0, 0]] };
        assert_eq!((one_sided.accuracy(), one_sided.balanced_accuracy(), one_sided.kappa()), (1.0, 1.0, 0.0));
    }

    #[test]
    fn figures_of_three_classes() {
        // scikit-learn: accuracy 0.6, balanced 0.5833333333333334, kappa 0.393939393939394
        let table = Confusion { counts: vec![vec![3, 0, 1], vec![1, 1, 1], vec![0, 1, 2]] };
        assert_eq!((table.total(), table.correct(), table.classes()), (10, 6, 3));
        assert!((table.accuracy() - 0.6).abs() < 1e-15);
        assert!((table.balanced_accuracy() - 0.583_333_333_333_333_4).abs() < 1e-14);
        assert!((table.kappa() - 0.393_939_393_939_394).abs() < 1e-14);
        assert_eq!(table.guess(), 0.4);
    }

    #[test]
    fn a_table_grows_with_the_classes() {
        let mut table = Confusion::default();
        assert_eq!(table.counts, [[0, 0], [0, 0]]);
        table.add(0, 1);
        table.add(3, 2);
        assert_eq!(table.counts, [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]);
        table.add(motrace_core::MAX_CLASSES, 0);
        assert_eq!((table.classes(), table.total()), (4, 2), "no such class");
        table.remove(3, 2);
        table.remove(3, 2);
        table.remove(9, 9);
        assert_eq!(table.total(), 1);
        assert_eq!(table.clone().with_classes(6).classes(), 6);
        assert_eq!(table.with_classes(2).classes(), 4, "none is lost");
    }
}
