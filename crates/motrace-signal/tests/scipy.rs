//! Every filter against scipy, through the fixtures that `tests/scripts/signal_fixtures.py` writes.

use motrace_signal::{
    FilterError, Sections, StreamingFilter, butterworth_bandpass, butterworth_highpass, butterworth_lowpass,
    filter_zero_phase, notch,
};
use ndarray::Array2;
use serde_json::Value;

fn fixtures() -> Value {
    let text = include_str!("../../../tests/fixtures/motrace-signal/filters.json");
    serde_json::from_str(text).expect("the fixture is JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn design(case: &Value) -> Result<Sections, FilterError> {
    let order = case["order"].as_u64().expect("an order") as usize;
    let rate_hz = case["rate_hz"].as_f64().expect("a rate");
    let corners = numbers(&case["corners_hz"]);
    match case["kind"].as_str().expect("a kind") {
        "bandpass" => butterworth_bandpass(order, corners[0], corners[1], rate_hz),
        "lowpass" => butterworth_lowpass(order, corners[0], rate_hz),
        "highpass" => butterworth_highpass(order, corners[0], rate_hz),
        _ => notch(corners[0], order as f64, rate_hz),
    }
}

fn assert_close(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}, entry {i}: {a} against {b}");
    }
}

fn each_case(check: impl Fn(&str, &Value, &Sections)) {
    for case in fixtures()["cases"].as_array().expect("cases") {
        let name = format!("{} {} {} at {} Hz", case["kind"], case["order"], case["corners_hz"], case["rate_hz"]);
        check(&name, case, &design(case).expect("scipy designs it too"));
    }
}

#[test]
fn coefficients_and_their_order_agree() {
    each_case(|name, case, sections| {
        let theirs: Vec<Vec<f64>> = case["sos"].as_array().expect("sections").iter().map(numbers).collect();
        assert_eq!(sections.as_slice().len(), theirs.len(), "{name}");
        for (ours, theirs) in sections.as_slice().iter().zip(&theirs) {
            assert_close(ours, theirs, 1e-11, name);
        }
    });
}

#[test]
fn steady_states_agree() {
    each_case(|name, case, sections| {
        let theirs: Vec<Vec<f64>> = case["zi"].as_array().expect("sections").iter().map(numbers).collect();
        for (ours, theirs) in sections.steady_state().iter().zip(&theirs) {
            // Sections with poles near z = 1 amplify the last bits of their coefficients.
            assert_close(ours, theirs, 1e-7, name);
        }
    });
}

#[test]
fn responses_agree() {
    each_case(|name, case, sections| {
        let rate_hz = case["rate_hz"].as_f64().expect("a rate");
        let ours: Vec<f64> = numbers(&case["freqs_hz"]).iter().map(|&hz| sections.response(hz, rate_hz)).collect();
        assert_close(&ours, &numbers(&case["gain"]), 1e-8, name);
    });
}

/// The signal's rhythms are 10 µV; agreement is asked to a millionth of that, on top of −80 mV of offset.
const VOLTS: f64 = 1e-11;

#[test]
fn causal_output_agrees_from_the_first_sample_on() {
    let input = numbers(&fixtures()["input"]);
    each_case(|name, case, sections| {
        let mut ours = input.clone();
        StreamingFilter::new(sections, 1).apply_block(&mut ours);
        assert_close(&ours, &numbers(&case["causal"]), VOLTS, name);
    });
}

#[test]
fn zero_phase_output_agrees() {
    let input = numbers(&fixtures()["input"]);
    each_case(|name, case, sections| {
        let mut ours = Array2::from_shape_fn((2, input.len()), |(_, i)| input[i]);
        filter_zero_phase(sections, ours.view_mut());
        assert_close(&ours.row(1).to_vec(), &numbers(&case["zero_phase"]), VOLTS, name);
    });
}

#[test]
fn spectra_agree() {
    let fixtures = fixtures();
    let microvolts: Vec<f64> = numbers(&fixtures["input"]).iter().map(|v| (v + 0.08) * 1e6).collect();
    let spectrum = motrace_signal::welch_psd(&microvolts, 250.0, 50);
    assert_close(&spectrum.freqs_hz, &numbers(&fixtures["welch"]["freqs_hz"]), 1e-12, "frequencies");
    assert_close(&spectrum.density, &numbers(&fixtures["welch"]["density"]), 1e-8, "densities");
}
