/// More classes than this are not told apart.
pub const MAX_CLASSES: usize = 8;

/// The probability of each of 2 to [`MAX_CLASSES`] classes, and the class that is decided for. It allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities {
    classes: u8,
    decided: u8,
    values: [f64; MAX_CLASSES],
}

impl Probabilities {
    /// Of two classes, by the probability of the second.
    #[must_use]
    pub const fn of_two(second: f64) -> Self {
        let mut values = [0.0; MAX_CLASSES];
        values[0] = 1.0 - second;
        values[1] = second;
        Self { classes: 2, decided: (second > 0.5) as u8, values }
    }

    /// Softmax of `gain · z` for the outputs z of 2 to [`MAX_CLASSES`] classes; `None` for fewer or more.
    ///
    /// The class with the largest output is decided for, of equal ones the first. That holds also where a small gain makes their
    /// probabilities equal, or one that is not positive turns them round.
    #[must_use]
    pub fn softmax(outputs: &[f64], gain: f64) -> Option<Self> {
        let classes = outputs.len();
        if !(2..=MAX_CLASSES).contains(&classes) {
            return None;
        }
        let highest = outputs.iter().fold(f64::NEG_INFINITY, |highest, z| highest.max(gain * z));
        let mut values = [0.0; MAX_CLASSES];
        for (value, z) in values.iter_mut().zip(outputs) {
            *value = (gain * z - highest).exp();
        }
        let sum: f64 = values.iter().take(classes).sum();
        values.iter_mut().for_each(|value| *value /= sum);
        Some(Self { classes: classes as u8, decided: largest(outputs) as u8, values })
    }

    /// How many classes there are.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.classes as usize
    }

    /// The probability of a class; `None` where there is no such class.
    #[must_use]
    pub fn of(&self, class: usize) -> Option<f64> {
        self.all().get(class).copied()
    }

    /// The probability of each class, in their order.
    #[must_use]
    pub fn all(&self) -> &[f64] {
        self.values.get(..self.classes()).unwrap_or(&self.values)
    }

    /// The class with the largest output.
    #[must_use]
    pub(crate) const fn decided(&self) -> usize {
        self.decided as usize
    }
}

/// The place of the largest value, the first of equal ones; 0 where none is a number.
fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate().skip(1) {
        if *value > values[best] {
            best = place;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decision, DecisionKind, Veto};

    fn decision(value: f64, probabilities: Probabilities) -> Decision {
        let (kind, veto) = (DecisionKind::Sliding, Veto::NONE);
        Decision { kind, start: 0, end: 10, value, probabilities, veto, frozen_value: None }
    }

    #[test]
    fn of_two_classes_the_sign_decides() {
        for (value, second, class) in [(0.1, 0.5, 1), (-0.1, 0.5, 0), (0.0, 0.5, 0), (3.0, 0.9, 1), (-3.0, 0.1, 0)] {
            let decision = decision(value, Probabilities::of_two(second));
            assert_eq!((decision.class(), decision.favoured_class()), (class, 1));
            assert_eq!(decision.confidence(), if class == 1 { second } else { 1.0 - second });
        }
        assert_eq!(Probabilities::of_two(0.3).all(), [0.7, 0.3]);
    }

    #[test]
    fn of_more_the_largest_output_decides() {
        let of = |outputs: &[f64], gain| Probabilities::softmax(outputs, gain).unwrap();
        let p = of(&[1.0, 3.0, -2.0, 2.0], 1.0);
        assert_eq!(p.classes(), 4);
        let sum: f64 = [1.0_f64, 3.0, -2.0, 2.0].iter().map(|z| z.exp()).sum();
        for (class, z) in [1.0_f64, 3.0, -2.0, 2.0].into_iter().enumerate() {
            assert!((p.of(class).unwrap() - z.exp() / sum).abs() < 1e-15);
        }
        assert_eq!(p.of(4), None);
        // The value of such a decision says how much speaks for the class, and not which one it is.
        for value in [-5.0, 0.0, 5.0] {
            let decision = decision(value, p);
            assert_eq!((decision.class(), decision.favoured_class()), (1, 1));
            assert_eq!(decision.confidence(), p.of(1).unwrap());
        }
        assert_eq!(decision(0.0, of(&[2.0, 2.0, 1.0], 1.0)).class(), 0, "the first of equal ones");
        assert_eq!(decision(0.0, of(&[0.0, 1.0, 2.0], 0.0)).class(), 2, "also where all are as probable");
        assert_eq!(of(&[900.0, -900.0, 0.0], 1.0).all(), [1.0, 0.0, 0.0], "nothing overflows");
    }

    #[test]
    fn impossible_numbers_of_classes_have_no_probabilities() {
        assert_eq!(Probabilities::softmax(&[], 1.0), None);
        assert_eq!(Probabilities::softmax(&[1.0], 1.0), None);
        assert!(Probabilities::softmax(&[0.0; MAX_CLASSES], 1.0).is_some());
        assert_eq!(Probabilities::softmax(&[0.0; MAX_CLASSES + 1], 1.0), None);
    }
}
