/// Softmax cross-entropy of one example: its loss, and whether the largest value is that of its class. `gradient` becomes
/// `scale · (softmax(z) − e_label)`.
pub(crate) fn cross_entropy(outputs: &[f32], label: usize, scale: f64, gradient: &mut [f32]) -> (f64, bool) {
    let largest = outputs.iter().fold(f64::NEG_INFINITY, |largest, z| largest.max(f64::from(*z)));
    let sum: f64 = outputs.iter().map(|z| (f64::from(*z) - largest).exp()).sum();
    let log_sum = largest + sum.ln();
    for (class, (gradient, z)) in gradient.iter_mut().zip(outputs).enumerate() {
        let wanted = if class == label { 1.0 } else { 0.0 };
        *gradient = (scale * ((f64::from(*z) - log_sum).exp() - wanted)) as f32;
    }
    (log_sum - f64::from(outputs[label]), decided(outputs) == label)
}

/// The class with the largest value; of equal ones, the first.
pub(crate) fn decided(outputs: &[f32]) -> usize {
    (1..outputs.len()).fold(0, |best, class| if outputs[class] > outputs[best] { class } else { best })
}
