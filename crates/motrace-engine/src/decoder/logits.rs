use motrace_core::{MAX_CLASSES, Probabilities};

/// What a decoder says of each class beyond the first: `z_c − z₀`. Only that decides, and it is what can be added up over windows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logits {
    classes: usize,
    beyond_first: [f64; MAX_CLASSES],
}

impl Logits {
    /// Of a decoder of two classes with one output f.
    #[must_use]
    pub const fn of_two(value: f64) -> Self {
        let mut beyond_first = [0.0; MAX_CLASSES];
        beyond_first[1] = value;
        Self { classes: 2, beyond_first }
    }

    /// Of the outputs of a network, one for each of two to [`MAX_CLASSES`] classes; `None` for fewer or more.
    #[must_use]
    pub fn of_outputs(outputs: &[f32]) -> Option<Self> {
        let classes = outputs.len();
        let first = *outputs.first().filter(|_| (2..=MAX_CLASSES).contains(&classes))?;
        let mut beyond_first = [0.0; MAX_CLASSES];
        for (to, z) in beyond_first.iter_mut().zip(outputs).skip(1) {
            *to = f64::from(*z) - f64::from(first);
        }
        Some(Self { classes, beyond_first })
    }

    /// The mean over windows, added up in their order; `None` where there is none, or one of them has no outputs.
    pub(crate) fn mean(mut each: impl Iterator<Item = Option<Self>>) -> Option<Self> {
        let mut mean = each.next()??;
        mean.beyond_first.iter_mut().for_each(|sum| *sum += 0.0);
        let mut count = 1_u32;
        for logits in each {
            for (sum, value) in mean.beyond_first.iter_mut().zip(logits?.beyond_first) {
                *sum += value;
            }
            count += 1;
        }
        mean.beyond_first.iter_mut().for_each(|sum| *sum /= f64::from(count));
        Some(mean)
    }

    /// How many classes there are.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.classes
    }

    /// `z_c − z₀` of each class: 0 of the first.
    #[must_use]
    pub fn all(&self) -> &[f64] {
        self.beyond_first.get(..self.classes).unwrap_or(&self.beyond_first)
    }

    /// The class with the largest output, of equal ones the first.
    #[must_use]
    pub fn class(&self) -> usize {
        let largest = |best: usize, class: usize| if self.all()[class] > self.all()[best] { class } else { best };
        (1..self.classes).fold(0, largest)
    }

    /// Of two classes `z₁ − z₀`; of more what speaks for the one that is decided for, `η_c = z_c − ln Σ_{j≠c} exp z_j`.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.classes == 2 {
            return self.beyond_first[1];
        }
        let class = self.class();
        let others = || self.all().iter().enumerate().filter(|(other, _)| *other != class).map(|(_, z)| *z);
        let highest = others().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = others().map(|z| (z - highest).exp()).sum();
        self.all()[class] - highest - sum.ln()
    }

    /// The probability of each class: softmax of `gain · z`.
    #[must_use]
    pub fn probabilities(&self, gain: f64) -> Probabilities {
        let of_two = || Probabilities::of_two(1.0 / (1.0 + (-gain * self.beyond_first[1]).exp()));
        if self.classes == 2 { of_two() } else { Probabilities::softmax(self.all(), gain).unwrap_or_else(of_two) }
    }

    /// Whether all of it are numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.all().iter().all(|z| z.is_finite())
    }

    /// As many classes, of which nothing is said.
    #[must_use]
    pub const fn silent(&self) -> Self {
        Self { classes: self.classes, beyond_first: [0.0; MAX_CLASSES] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_classes_the_difference_is_the_value() {
        let logits = Logits::of_outputs(&[0.25, -1.5]).unwrap();
        assert_eq!(logits, Logits::of_two(-1.75));
        assert_eq!((logits.value(), logits.class()), (-1.75, 0));
        assert_eq!((Logits::of_two(0.5).class(), Logits::of_two(0.0).class()), (1, 0));
        let p = 1.0 / (1.0 + (2.0_f64 * 1.75).exp());
        assert_eq!(logits.probabilities(2.0), Probabilities::of_two(p));
    }

    #[test]
    fn of_more_the_value_is_the_log_odds_of_the_class() {
        let logits = Logits::of_outputs(&[0.5, 2.0, -1.0, 1.25]).unwrap();
        assert_eq!((logits.classes(), logits.class()), (4, 1));
        let expected = 2.0 - [0.5_f64, -1.0, 1.25].iter().map(|z| z.exp()).sum::<f64>().ln();
        assert!((logits.value() - expected).abs() < 1e-12);
        let p = logits.probabilities(1.0).of(1).unwrap();
        assert!(((p / (1.0 - p)).ln() - expected).abs() < 1e-12, "what its probability says");
        assert_eq!(
            Logits::of_outputs(&[1.0, 3.0, 3.0]).map(|logits| logits.class()),
            Some(1),
            "the first of equal ones"
        );
        let far = Logits::of_outputs(&[0.0, 3e38, -3e38]).unwrap();
        assert!(far.value().is_finite() && far.value() > 0.0);
    }

    #[test]
    fn the_mean_is_of_each_class() {
        let outputs: [&[f32]; 3] = [&[0.0, 1.0, 2.0], &[1.0, 0.0, 0.0], &[0.5, 0.5, 3.5]];
        let mean = Logits::mean(outputs.iter().map(|z| Logits::of_outputs(z))).unwrap();
        assert_eq!(mean.all(), [0.0, 0.0, 4.0 / 3.0]);
        assert_eq!(Logits::mean(std::iter::empty()), None);
        assert_eq!(Logits::mean([Some(mean), None].into_iter()), None);
    }

    #[test]
    fn impossible_outputs_say_nothing() {
        assert_eq!(Logits::of_outputs(&[]), None);
        assert_eq!(Logits::of_outputs(&[1.0]), None);
        assert_eq!(Logits::of_outputs(&[0.0; MAX_CLASSES + 1]), None);
        for bad in [f32::NAN, f32::INFINITY] {
            let logits = Logits::of_outputs(&[bad, 0.0, 1.0]).unwrap();
            assert!(!logits.is_finite() && logits.silent().is_finite());
            assert_eq!((logits.silent().class(), logits.silent().classes()), (0, 3));
        }
    }
}
