use crate::Logits;
use motrace_decode::CrossValidation;

/// A gain beyond this makes every probability 0 or 1.
const LARGEST_GAIN: f64 = 1000.0;

/// The slope from output to log-odds, from trials that the decoder had not seen: (m₁ − m₀) / s², with the class
/// means and the pooled variance of the outputs of a cross-validation.
///
/// On the trials it was fitted to, a decoder of many channels and few trials looks surer than it is, and so would
/// its probabilities. `None` where there are too few trials to tell.
pub(super) fn unseen_logit_gain(validation: &CrossValidation) -> Option<f64> {
    let of_class = |class| validation.predictions.iter().filter(move |p| p.truth == class).map(|p| p.value);
    let moments = |class| {
        let count = of_class(class).count() as f64;
        let mean = of_class(class).sum::<f64>() / count;
        (count, mean, of_class(class).map(|v| (v - mean).powi(2)).sum::<f64>())
    };
    let ((n0, m0, s0), (n1, m1, s1)) = (moments(0), moments(1));
    let variance = (s0 + s1) / (n0 + n1 - 2.0);
    let gain = ((m1 - m0) / variance).max(0.0);
    (n0 >= 3.0 && n1 >= 3.0 && gain.is_finite()).then_some(gain)
}

/// The same for more than two classes, from what decoders said of trials they had not seen and the classes of those: the gain of
/// `softmax(gain · z)` under which these classes are most likely (temperature scaling, Guo et al. 2017).
///
/// 0 where the outputs say nothing of the classes. `None` where a class has fewer than three trials, or an output is not finite.
pub(super) fn most_likely_gain(unseen: &[(usize, Logits)]) -> Option<f64> {
    let classes = unseen.first()?.1.classes();
    let enough = (0..classes).all(|class| unseen.iter().filter(|(truth, _)| *truth == class).count() >= 3);
    if !enough || unseen.iter().any(|(truth, z)| *truth >= classes || z.classes() != classes || !z.is_finite()) {
        return None;
    }
    // The log-likelihood is concave in the gain, so its slope falls: what the outputs of the true classes are beyond what is
    // expected of them at this gain.
    let slope = |gain: f64| -> f64 {
        let beyond = |(truth, z): &(usize, Logits)| {
            let p = z.probabilities(gain);
            z.all()[*truth] - z.all().iter().zip(p.all()).map(|(z, p)| z * p).sum::<f64>()
        };
        unseen.iter().map(beyond).sum()
    };
    let (mut low, mut high) = (0.0, LARGEST_GAIN);
    if slope(low) <= 0.0 {
        return Some(0.0);
    }
    // As fine as the numbers are.
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(truth: usize, outputs: [f32; 3]) -> (usize, Logits) {
        (truth, Logits::of_outputs(&outputs).unwrap())
    }

    #[test]
    fn the_gain_is_the_one_that_makes_the_trials_most_likely() {
        // Of ten trials in which class c leads by 2, six are of class c, and two of each other.
        let mut trials = Vec::new();
        for leading in 0..3 {
            let mut outputs = [0.0; 3];
            outputs[leading] = 2.0;
            for n in 0..10 {
                trials.push(trial(if n < 6 { leading } else { (leading + 1 + n % 2) % 3 }, outputs));
            }
        }
        // p = e^{2g} / (e^{2g} + 2) = 0.6 at g = ln(3) / 2.
        let gain = most_likely_gain(&trials).unwrap();
        assert!((gain - 0.5 * 3.0_f64.ln()).abs() < 1e-12, "{gain}");
    }

    #[test]
    fn outputs_that_say_nothing_or_lie_have_no_gain() {
        let lies: Vec<_> =
            (0..9).map(|n| trial(n % 3, [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]][n % 3])).collect();
        assert_eq!(most_likely_gain(&lies), Some(0.0));
        let right: Vec<_> =
            (0..9).map(|n| trial(n % 3, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]][n % 3])).collect();
        assert!(most_likely_gain(&right).unwrap() > 30.0, "nothing speaks against any gain");
        assert_eq!(most_likely_gain(&right[..8]), None, "two trials of a class");
        assert_eq!(most_likely_gain(&[]), None);
        let mut bad = right;
        bad[3] = trial(0, [f32::NAN, 0.0, 0.0]);
        assert_eq!(most_likely_gain(&bad), None);
    }
}
