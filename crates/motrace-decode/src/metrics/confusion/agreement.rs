use super::{Confusion, ratio};
use crate::metrics::ClassPrediction;

impl Confusion {
    /// Counts decisions of a decoder of so many classes.
    #[must_use]
    pub fn of_predictions(predictions: &[ClassPrediction], classes: usize) -> Self {
        Self::of(classes, predictions.iter().map(|p| (p.truth, p.decided())))
    }

    /// The share of right decisions for each class; `None` for a class without trials.
    #[must_use]
    pub fn recalls(&self) -> Vec<Option<f64>> {
        (0..self.classes())
            .map(|class| {
                let trials = self.of_class(class);
                (trials > 0).then(|| ratio(self.count(class, class), trials))
            })
            .collect()
    }

    /// The standard error of κ for large samples (Fleiss, Cohen and Everitt 1969, Psychol. Bull. 72, 323–327,
    /// equation 13); 0 where κ has none.
    #[must_use]
    pub fn kappa_error(&self) -> f64 {
        let total = self.total();
        let expected = self.agreement_by_chance();
        if total == 0 || expected >= 1.0 {
            return 0.0;
        }
        let observed = self.accuracy();
        let truth: Vec<f64> = (0..self.classes()).map(|class| ratio(self.of_class(class), total)).collect();
        let decided: Vec<f64> = (0..self.classes()).map(|class| ratio(self.decided_for(class), total)).collect();
        let mut sum = 0.0;
        for (i, row) in self.counts.iter().enumerate() {
            for (j, &count) in row.iter().enumerate() {
                let share = ratio(count, total);
                let margin = if i == j {
                    (1.0 - expected) - (truth[i] + decided[i]) * (1.0 - observed)
                } else {
                    (1.0 - observed) * (decided[i] + truth[j])
                };
                sum += share * margin * margin;
            }
        }
        let rest = observed * expected - 2.0 * expected + observed;
        ((sum - rest * rest).max(0.0) / total as f64).sqrt() / (1.0 - expected).powi(2)
    }

    /// The information that a decision carries about the class, in bits, from the whole table: the mutual information
    /// of class and decision where all classes are equally likely (Nykopp 2001; Kronegg, Voloshynovskiy and Pun 2005).
    ///
    /// Unlike [`bits_per_decision`](super::bits_per_decision) it takes errors as they fall, and it counts being
    /// reliably wrong as information. Estimated from few trials it is too large: about `(K − 1)²/(2 n ln 2)` bits for
    /// K classes and n trials where decisions are chance. Classes without trials are left out.
    #[must_use]
    pub fn bits_per_decision(&self) -> f64 {
        let rows: Vec<Vec<f64>> = (0..self.classes())
            .filter(|&class| self.of_class(class) > 0)
            .map(|class| self.counts[class].iter().map(|&count| ratio(count, self.of_class(class))).collect())
            .collect();
        let prior = 1.0 / rows.len().max(1) as f64;
        let bits: f64 = (0..self.classes())
            .map(|decided| {
                let overall: f64 = rows.iter().map(|row| prior * row[decided]).sum();
                rows.iter()
                    .filter(|row| row[decided] > 0.0)
                    .map(|row| prior * row[decided] * (row[decided] / overall).log2())
                    .sum::<f64>()
            })
            .sum();
        bits.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bits_per_decision;
    use super::*;
    use proptest::prelude::*;

    fn table<const N: usize>(counts: [[usize; N]; N]) -> Confusion {
        Confusion { counts: counts.map(|row| row.to_vec()).to_vec() }
    }

    /// By the delta method with numerical derivatives, for counts that a multinomial drew.
    #[test]
    fn the_error_of_kappa_follows_from_its_slope() {
        let kappa = |p: &[[f64; 3]; 3]| {
            let total: f64 = p.iter().flatten().sum();
            let observed = (0..3).map(|i| p[i][i]).sum::<f64>() / total;
            let column = |j: usize| p.iter().map(|row| row[j]).sum::<f64>() / total;
            let expected: f64 = (0..3).map(|i| p[i].iter().sum::<f64>() / total * column(i)).sum();
            (observed - expected) / (1.0 - expected)
        };
        for counts in [[[106, 10, 4], [22, 28, 10], [2, 12, 6]], [[5, 0, 0], [1, 7, 3], [0, 2, 9]]] {
            let found = table(counts);
            let total: usize = counts.iter().flatten().sum();
            let p = counts.map(|row| row.map(|count| count as f64 / total as f64));
            assert!((found.kappa() - kappa(&p)).abs() < 1e-12);
            let (mut mean, mut square) = (0.0, 0.0);
            for i in 0..3 {
                for j in 0..3 {
                    let (mut up, mut down) = (p, p);
                    up[i][j] += 1e-6;
                    down[i][j] -= 1e-6;
                    let slope = (kappa(&up) - kappa(&down)) / 2e-6;
                    mean += p[i][j] * slope;
                    square += p[i][j] * slope * slope;
                }
            }
            let error = ((square - mean * mean) / total as f64).sqrt();
            assert!((found.kappa_error() - error).abs() < 1e-6, "{} {error}", found.kappa_error());
        }
    }

    #[test]
    fn information_of_the_whole_table() {
        assert_eq!(table([[5, 0], [0, 7]]).bits_per_decision(), 1.0);
        assert_eq!(table([[0, 5], [7, 0]]).bits_per_decision(), 1.0, "reliably wrong");
        assert_eq!(table([[5, 5], [7, 7]]).bits_per_decision(), 0.0);
        assert_eq!(Confusion::of(3, []).bits_per_decision(), 0.0);
        // Errors that all fall on one side tell more than errors spread evenly.
        let spread = table([[8, 1, 1], [1, 8, 1], [1, 1, 8]]);
        assert!((spread.bits_per_decision() - bits_per_decision(0.8, 3)).abs() < 1e-12);
        let one_sided = table([[8, 2, 0], [0, 8, 2], [2, 0, 8]]);
        assert!(one_sided.bits_per_decision() > spread.bits_per_decision() + 0.1);
    }

    proptest! {
        #[test]
        fn every_table_has_finite_figures(pairs in prop::collection::vec((0_usize..3, 0_usize..3), 0..60)) {
            let table = Confusion::of(3, pairs.clone());
            prop_assert!(table.kappa_error().is_finite());
            prop_assert!((0.0..=3_f64.log2() + 1e-12).contains(&table.bits_per_decision()));
            for (class, recall) in table.recalls().into_iter().enumerate() {
                let of_class = pairs.iter().filter(|(truth, _)| *truth == class).count();
                let right = pairs.iter().filter(|pair| **pair == (class, class)).count();
                prop_assert_eq!(recall, (of_class > 0).then(|| right as f64 / of_class as f64));
            }
        }
    }
}
