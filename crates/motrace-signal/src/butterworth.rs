use crate::error::{check_frequency, check_rate};
use crate::{FilterError, Sections};
use realfft::num_complex::Complex;
use std::f64::consts::PI;

type Pole = Complex<f64>;

/// A Butterworth band-pass with half-power points at `low_hz` and `high_hz`.
///
/// The order counts as in scipy's `butter(order, [low, high], "band")`: the filter has 2·order poles, in
/// `order` sections that are paired and ordered as scipy's `zpk2sos` does.
///
/// # Errors
/// An order outside 1–8, a rate or frequency that is not positive, a band that is empty or reaches half the rate.
pub fn butterworth_bandpass(order: usize, low_hz: f64, high_hz: f64, rate_hz: f64) -> Result<Sections, FilterError> {
    check(order, &[low_hz, high_hz], rate_hz)?;
    if low_hz >= high_hz {
        return Err(FilterError::EmptyBand { low_hz, high_hz });
    }
    let (low, high) = (warped(low_hz, rate_hz), warped(high_hz, rate_hz));
    let (width, centre) = (high - low, (low * high).sqrt());
    let mut poles = Vec::with_capacity(2 * order);
    for pole in prototype(order) {
        let shifted = pole * (width / 2.0);
        let root = (shifted * shifted - centre * centre).sqrt();
        poles.extend([shifted + root, shifted - root]);
    }
    // `order` zeros at s = 0 go to z = 1; as many at infinity go to z = −1.
    let mut zeros = vec![1.0; order];
    zeros.extend(vec![-1.0; order]);
    let gain = width.powi(order as i32) * 4.0_f64.powi(order as i32);
    digital(&poles, zeros, gain, rate_hz)
}

/// A Butterworth low-pass with its half-power point at `corner_hz`.
///
/// # Errors
/// An order outside 1–8, a rate or frequency that is not positive, a corner at or above half the rate.
pub fn butterworth_lowpass(order: usize, corner_hz: f64, rate_hz: f64) -> Result<Sections, FilterError> {
    check(order, &[corner_hz], rate_hz)?;
    let corner = warped(corner_hz, rate_hz);
    let poles: Vec<Pole> = prototype(order).map(|p| p * corner).collect();
    digital(&poles, vec![-1.0; order], corner.powi(order as i32), rate_hz)
}

/// A Butterworth high-pass with its half-power point at `corner_hz`.
///
/// # Errors
/// An order outside 1–8, a rate or frequency that is not positive, a corner at or above half the rate.
pub fn butterworth_highpass(order: usize, corner_hz: f64, rate_hz: f64) -> Result<Sections, FilterError> {
    check(order, &[corner_hz], rate_hz)?;
    let corner = warped(corner_hz, rate_hz);
    let poles: Vec<Pole> = prototype(order).map(|p| corner / p).collect();
    digital(&poles, vec![1.0; order], 4.0_f64.powi(order as i32), rate_hz)
}

fn check(order: usize, corners_hz: &[f64], rate_hz: f64) -> Result<(), FilterError> {
    if !(1..=FilterError::MAX_ORDER).contains(&order) {
        return Err(FilterError::Order(order));
    }
    check_rate(rate_hz)?;
    corners_hz.iter().try_for_each(|&hz| check_frequency(hz, rate_hz))
}

/// The analog frequency that the bilinear transform s = 4(z−1)/(z+1) takes to `freq_hz`.
fn warped(freq_hz: f64, rate_hz: f64) -> f64 {
    4.0 * (PI * freq_hz / rate_hz).tan()
}

/// The poles of the analog low-pass of corner 1: on the unit circle's left half, at equal angles.
fn prototype(order: usize) -> impl Iterator<Item = Pole> {
    (0..order).map(move |k| {
        let m = 2 * k as i32 + 1 - order as i32;
        if m == 0 { Pole::new(-1.0, 0.0) } else { -Pole::from_polar(1.0, PI * f64::from(m) / (2 * order) as f64) }
    })
}

/// Takes analog poles to the z plane and pairs them with zeros that are there already.
///
/// `gain` is the analog gain times the product of (4 − zero) over the finite analog zeros.
fn digital(analog: &[Pole], zeros: Vec<f64>, gain: f64, rate_hz: f64) -> Result<Sections, FilterError> {
    let poles: Vec<Pole> = analog.iter().map(|&p| (p + 4.0) / (-p + 4.0)).collect();
    let scale = analog.iter().map(|&p| -p + 4.0).product::<Pole>().re;
    let sections = pair(&poles, zeros, gain / scale);
    if sections.is_stable() { Ok(sections) } else { Err(FilterError::Unstable { rate_hz }) }
}

/// Groups poles and real zeros into sections: the poles nearest the unit circle come last and get the zeros
/// nearest to them, which keeps every section's gain moderate.
fn pair(all_poles: &[Pole], mut zeros: Vec<f64>, gain: f64) -> Sections {
    // One pole of each conjugate pair, and the real poles.
    let is_real = |p: &Pole| p.im.abs() <= 1e-13 * p.norm();
    let mut poles: Vec<Pole> = all_poles.iter().copied().filter(|p| !is_real(p) && p.im > 0.0).collect();
    poles.extend(all_poles.iter().filter(|p| is_real(p)).map(|p| Pole::new(p.re, 0.0)));
    if all_poles.len() % 2 == 1 {
        poles.push(Pole::new(0.0, 0.0));
        zeros.push(0.0);
    }
    let mut sections = Vec::new();
    while let Some(place) = worst(&poles, |_| true) {
        let pole = poles.remove(place);
        let (a1, a2) = if pole.im != 0.0 {
            (-2.0 * pole.re, pole.norm_sqr())
        } else {
            // Real poles come in pairs: their number was made even above.
            let partner = worst(&poles, |p| p.im == 0.0).map_or(0.0, |i| poles.remove(i).re);
            (-(pole.re + partner), pole.re * partner)
        };
        let first = take_nearest(&mut zeros, pole);
        let second = take_nearest(&mut zeros, pole);
        sections.push([1.0, -(first + second), first * second, a1, a2]);
    }
    sections.reverse();
    if let Some([b0, b1, b2, ..]) = sections.first_mut() {
        for b in [b0, b1, b2] {
            *b *= gain;
        }
    }
    Sections::new(sections)
}

/// The pole nearest the unit circle among those that qualify.
fn worst(poles: &[Pole], qualifies: impl Fn(&Pole) -> bool) -> Option<usize> {
    let distance = |p: &Pole| (1.0 - p.norm()).abs();
    (0..poles.len())
        .filter(|&i| qualifies(&poles[i]))
        .min_by(|&i, &j| distance(&poles[i]).total_cmp(&distance(&poles[j])))
}

fn take_nearest(zeros: &mut Vec<f64>, pole: Pole) -> f64 {
    let distance = |zero: f64| (pole - zero).norm();
    (0..zeros.len()).min_by(|&i, &j| distance(zeros[i]).total_cmp(&distance(zeros[j]))).map_or(0.0, |i| zeros.remove(i))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_designed_is_refused() {
        assert_eq!(butterworth_bandpass(0, 8.0, 30.0, 250.0), Err(FilterError::Order(0)));
        assert_eq!(butterworth_bandpass(9, 8.0, 30.0, 250.0), Err(FilterError::Order(9)));
        assert!(matches!(butterworth_bandpass(4, 8.0, 30.0, f64::NAN), Err(FilterError::Rate(_))));
        assert!(matches!(butterworth_bandpass(4, 8.0, 30.0, 0.0), Err(FilterError::Rate(_))));
        assert!(matches!(butterworth_bandpass(4, f64::NAN, 30.0, 250.0), Err(FilterError::Frequency(_))));
        assert!(matches!(butterworth_bandpass(4, 0.0, 30.0, 250.0), Err(FilterError::Frequency(_))));
        assert!(matches!(butterworth_bandpass(4, 30.0, 8.0, 250.0), Err(FilterError::EmptyBand { .. })));
        assert!(matches!(butterworth_bandpass(4, 8.0, 8.0, 250.0), Err(FilterError::EmptyBand { .. })));
        let error = butterworth_bandpass(4, 8.0, 30.0, 50.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "30 Hz is not below half the sampling rate (25 Hz at 50 Hz); choose a lower frequency, or record faster"
        );
        assert!(matches!(butterworth_lowpass(2, 25.0, 50.0), Err(FilterError::AboveNyquist { .. })));
    }

    #[test]
    fn low_pass_and_high_pass_meet_at_half_power() {
        for order in 1..=8 {
            let low = butterworth_lowpass(order, 20.0, 160.0).unwrap();
            let high = butterworth_highpass(order, 20.0, 160.0).unwrap();
            for hz in [1.0, 5.0, 20.0, 50.0, 79.0] {
                let power = low.response(hz, 160.0).powi(2) + high.response(hz, 160.0).powi(2);
                assert!((power - 1.0).abs() < 1e-9, "power-complementary at {hz} Hz, order {order}: {power}");
            }
        }
    }
}
