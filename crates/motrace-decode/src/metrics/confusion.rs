/// How often each class was decided for, given each true class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// `counts[truth][decided]`.
    pub counts: [[usize; 2]; 2],
}

impl Confusion {
    /// Counts pairs of the true class and the decided one; classes other than 0 and 1 are left out.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut confusion = Self::default();
        for (truth, decided) in pairs {
            if let Some(count) = confusion.counts.get_mut(truth).and_then(|row| row.get_mut(decided)) {
                *count += 1;
            }
        }
        confusion
    }

    /// How many decisions there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// How many decisions are right.
    #[must_use]
    pub fn correct(&self) -> usize {
        self.counts[0][0] + self.counts[1][1]
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

    /// The mean over the classes of the share of right decisions; over the class that has trials where
    /// the other has none.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let shares: Vec<f64> = [0, 1]
            .into_iter()
            .filter(|&class| self.of_class(class) > 0)
            .map(|class| ratio(self.counts[class][class], self.of_class(class)))
            .collect();
        shares.iter().sum::<f64>() / shares.len().max(1) as f64
    }

    /// Cohen's κ: agreement beyond what the frequencies of truth and decision alone give. 0 where those
    /// already give full agreement, so that nothing is left to be shown.
    #[must_use]
    pub fn kappa(&self) -> f64 {
        let total = self.total();
        let by_chance: f64 = [0, 1]
            .into_iter()
            .map(|class| {
                ratio(self.of_class(class), total) * ratio(self.counts[0][class] + self.counts[1][class], total)
            })
            .sum();
        if total == 0 || by_chance >= 1.0 { 0.0 } else { (self.accuracy() - by_chance) / (1.0 - by_chance) }
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
        let table = Confusion { counts: [[3, 1], [2, 4]] };
        assert_eq!((table.total(), table.correct()), (10, 7));
        assert!((table.accuracy() - 0.7).abs() < 1e-15);
        assert!((table.balanced_accuracy() - 0.708_333_333_333_333_3).abs() < 1e-15);
        assert!((table.kappa() - 0.4).abs() < 1e-15);
    }

    #[test]
    fn pairs_are_counted_by_truth_and_decision() {
        let table = Confusion::of([(0, 0), (0, 1), (1, 1), (1, 1), (7, 0)]);
        assert_eq!(table.counts, [[1, 1], [0, 2]]);
    }

    #[test]
    fn empty_and_one_sided_tables_have_figures() {
        assert_eq!(Confusion::default().accuracy(), 0.0);
        assert_eq!(Confusion::default().kappa(), 0.0);
        assert_eq!(Confusion::default().balanced_accuracy(), 0.0);
        let one_sided = Confusion { counts: [[4, 0], [0, 0]] };
        assert_eq!((one_sided.accuracy(), one_sided.balanced_accuracy(), one_sided.kappa()), (1.0, 1.0, 0.0));
    }
}
