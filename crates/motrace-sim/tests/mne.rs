//! The head against MNE's four-shell sphere, through the fixture that `tests/scripts/sim_fixtures.py` writes.

use motrace_sim::{Dipole, leadfield};
use serde_json::Value;

fn points(value: &Value) -> Vec<[f64; 3]> {
    let number = |v: &Value| v.as_f64().expect("a number");
    value.as_array().expect("a list").iter().map(|p| [number(&p[0]), number(&p[1]), number(&p[2])]).collect()
}

#[test]
fn potentials_agree() {
    let text = include_str!("../../../tests/fixtures/motrace-sim/leadfield.json");
    let fixture: Value = serde_json::from_str(text).expect("the fixture is JSON");
    let electrodes = points(&fixture["electrodes"]);
    let dipoles: Vec<Dipole> = points(&fixture["positions"])
        .into_iter()
        .zip(points(&fixture["moments"]))
        .map(|(position, moment)| Dipole { position, moment })
        .collect();
    let ours = leadfield(&electrodes, &dipoles) / (0.09 * 0.09);
    for dipole in 0..dipoles.len() {
        let theirs: Vec<f64> =
            (0..electrodes.len()).map(|e| fixture["potentials"][e][dipole].as_f64().expect("a number")).collect();
        let largest = theirs.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (e, theirs) in theirs.iter().enumerate() {
            // MNE approximates the shells by three dipoles in a homogeneous sphere (Berg and Scherg 1994).
            let difference = (ours[[e, dipole]] - theirs).abs() / largest;
            assert!(difference < 0.01, "dipole {dipole}, electrode {e}: {} against {theirs}", ours[[e, dipole]]);
        }
    }
}
