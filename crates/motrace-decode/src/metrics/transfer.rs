/// The information that a decision carries, in bits: Wolpaw's bit rate per selection.
///
/// B = log₂ N + P log₂ P + (1 − P) log₂((1 − P)/(N − 1)) for N classes that are equally likely, decided right with
/// probability P, errors spread evenly over the others (Wolpaw et al. 1998, IEEE Trans. Rehab. Eng. 6, 326–333;
/// 2002, Clin. Neurophysiol. 113, 767–791). For two classes B = 1 − H(P).
///
/// 0 at chance and below, where the formula would count being reliably wrong as information; 0 for fewer than two
/// classes and for an accuracy that is not a number.
#[must_use]
pub fn bits_per_decision(accuracy: f64, classes: usize) -> f64 {
    let count = classes as f64;
    if classes < 2 || accuracy.is_nan() || accuracy <= 1.0 / count {
        return 0.0;
    }
    let right = accuracy.min(1.0);
    let wrong = 1.0 - right;
    let error = if wrong > 0.0 { wrong * (wrong / (count - 1.0)).log2() } else { 0.0 };
    (count.log2() + right * right.log2() + error).max(0.0)
}

/// The information transfer rate of two classes, in bits per minute: [`bits_per_decision`] over what one trial
/// takes, from one trial's start to the next.
///
/// 0 where the duration is not a positive number.
#[must_use]
pub fn bits_per_minute(accuracy: f64, trial_secs: f64) -> f64 {
    if trial_secs > 0.0 { bits_per_decision(accuracy, 2) * 60.0 / trial_secs } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_rates() {
        assert_eq!(bits_per_decision(1.0, 2), 1.0);
        assert_eq!(bits_per_decision(1.0, 4), 2.0);
        // 1 + 0.8·log₂ 0.8 + 0.2·log₂ 0.2, and Wolpaw et al. 2002, figure 2: four classes at 90 % are 1.37 bits.
        assert!((bits_per_decision(0.8, 2) - 0.278_071_905_112_637_6).abs() < 1e-12);
        assert!((bits_per_decision(0.9, 4) - 1.372_508_156_338_604).abs() < 1e-6);
        assert!((bits_per_minute(0.8, 7.5) - 8.0 * 0.278_071_905_112_637_6).abs() < 1e-12);
    }

    #[test]
    fn chance_and_nonsense_carry_nothing() {
        for accuracy in [0.5, 0.3, 0.0, -1.0, f64::NAN] {
            assert_eq!(bits_per_decision(accuracy, 2), 0.0);
        }
        assert_eq!(bits_per_decision(0.9, 1), 0.0);
        assert_eq!(bits_per_decision(0.9, 0), 0.0);
        for secs in [0.0, -3.0, f64::NAN] {
            assert_eq!(bits_per_minute(0.9, secs), 0.0);
        }
        assert_eq!(bits_per_minute(0.9, f64::INFINITY), 0.0);
    }

    proptest! {
        /// The same as the mutual information of truth and decision, from the joint distribution.
        #[test]
        fn bits_are_mutual_information(classes in 2_usize..7, above in 0.0_f64..1.0) {
            let n = classes as f64;
            let right = 1.0 / n + (1.0 - 1.0 / n) * above;
            let mut mutual = 0.0;
            for truth in 0..classes {
                for decided in 0..classes {
                    let given = if truth == decided { right } else { (1.0 - right) / (n - 1.0) };
                    if given > 0.0 {
                        mutual += given / n * (given * n).log2();
                    }
                }
            }
            prop_assert!((bits_per_decision(right, classes) - mutual).abs() < 1e-9);
        }
    }
}
