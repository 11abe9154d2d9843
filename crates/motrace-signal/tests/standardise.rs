//! Moving standardisation against its definition, through the fixture that `tests/scripts/standardise_fixtures.py` writes.

use motrace_signal::MovingStandardiser;
use serde_json::Value;

fn rows(value: &Value) -> Vec<Vec<f64>> {
    let numbers = |row: &Value| row.as_array().expect("a row").iter().map(|v| v.as_f64().expect("a number")).collect();
    value.as_array().expect("rows").iter().map(numbers).collect()
}

#[test]
fn it_is_what_braindecode_gives_after_its_initial_block() {
    let fixture: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/motrace-signal/standardise.json")).expect("JSON");
    let input = rows(&fixture["input"]);
    let every = fixture["every"].as_u64().expect("a step") as usize;
    let epsilon = fixture["epsilon"].as_f64().expect("a number");
    for case in fixture["cases"].as_array().expect("cases") {
        let factor = case["factor"].as_f64().expect("a factor");
        let wanted = rows(&case["output"]);
        let mut standardiser = MovingStandardiser::new(factor, epsilon, input.len());
        let mut frame = vec![0.0; input.len()];
        for t in 0..input[0].len() {
            frame.iter_mut().zip(&input).for_each(|(x, row)| *x = row[t]);
            standardiser.apply(&mut frame);
            if t % every == 0 {
                for (channel, (ours, theirs)) in frame.iter().zip(&wanted).enumerate() {
                    let theirs = theirs[t / every];
                    // On an offset of 8 mV a difference of microvolts loses some digits either way.
                    assert!((ours - theirs).abs() < 1e-8, "channel {channel}, sample {t}: {ours} against {theirs}");
                }
            }
        }
    }
}
