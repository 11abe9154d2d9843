use motrace_core::{Ledger, View};

/// INPUT and SOURCE that correlate less than this over channels tell different stories.
pub const CORRELATION_LIMIT: f64 = 0.5;
/// Σ|R| / |ΣR| above this: a map's pieces mostly cancel.
pub const CANCELLATION_LIMIT: f64 = 10.0;
/// More of Σ|R| than this on the frontal and temporal rim: eyes or muscles may be deciding.
pub const RIM_SHARE_LIMIT: f64 = 0.5;
/// The decision and the explanation compute the same value in a different order; more than this apart, relative
/// to the larger of |f| and 1, they are not the same decision.
pub const PATH_DIFFERENCE_LIMIT: f64 = 1e-6;
/// |ΣR − (f − f₀)| above this, relative to the larger of |f| and 1, is not rounding.
pub const CONSERVATION_LIMIT: f64 = 1e-9;
/// The same for networks, which compute in single precision.
pub const NETWORK_CONSERVATION_LIMIT: f64 = 1e-4;
/// More of the decision than this, relative to |f|, stays with the layers of a network: the map tells less than half of it.
pub const KEPT_LIMIT: f64 = 0.5;

/// What somebody who looks at this explanation should know before believing it, in plain sentences; empty where
/// nothing is unusual.
///
/// Each sentence belongs to one public limit of this crate. A ledger that holds anything but finite numbers gets
/// one sentence that says so.
#[must_use]
pub fn warnings(ledger: &Ledger) -> Vec<String> {
    let mut found = Vec::new();
    let numbers = [ledger.value, ledger.offset, ledger.path_difference];
    let views = ledger.total.iter().chain(std::iter::once(&ledger.input_source_correlation)).flatten();
    if !numbers.iter().chain(views).all(|n| n.is_finite()) {
        found.push(
            "The explanation holds values that are not finite: a channel is flat, or a sample is not a number. \
             Do not read these maps."
                .to_owned(),
        );
        return found;
    }
    let scale = ledger.value.abs().max(1.0);
    let leak = ledger.conservation_error();
    let limits = if ledger.layers.is_empty() {
        [CONSERVATION_LIMIT, PATH_DIFFERENCE_LIMIT]
    } else {
        [NETWORK_CONSERVATION_LIMIT; 2]
    };
    if leak > limits[0] * scale {
        found.push(format!(
            "The relevance does not add up to the decision: {leak:.2e} is missing or too much. \
             The maps do not explain this decision exactly."
        ));
    }
    if ledger.path_difference > limits[1] * scale {
        found.push(format!(
            "The explained window gives {}, the decision differs from that by {:.2e}: \
             the maps may belong to other data than the decision.",
            signed(ledger.value),
            ledger.path_difference
        ));
    }
    let kept = ledger.kept_by_layers() + ledger.entropy().unwrap_or(0.0);
    if kept.abs() > KEPT_LIMIT * ledger.value.abs() && kept.abs() > f64::from(f32::EPSILON) {
        found.push(format!(
            "The layers keep {} of the decision f = {} with their biases and stabilisers: the map shows only the rest of it.",
            signed(kept),
            signed(ledger.value)
        ));
    }
    if let Some(correlation) = ledger.input_source_correlation.filter(|c| *c < CORRELATION_LIMIT) {
        found.push(format!(
            "INPUT and SOURCE disagree over channels (correlation {correlation:.2}): the model reads channels mainly to \
             cancel noise there. INPUT is then no map of where the activity is."
        ));
    }
    let cancelling: Vec<String> = View::ALL
        .iter()
        .zip(ledger.cancellation)
        .filter_map(|(view, ratio)| Some((view, ratio.filter(|ratio| *ratio > CANCELLATION_LIMIT)?)))
        .map(|(view, ratio)| format!("{} {ratio:.1}", view.name()))
        .collect();
    if !cancelling.is_empty() {
        found.push(format!(
            "Evidence for and against mostly cancels (Σ|R|/|ΣR|: {}): single spots of the map weigh more than the \
             decision itself.",
            cancelling.join(", ")
        ));
    }
    if ledger.rim_share > RIM_SHARE_LIMIT {
        found.push(format!(
            "{:.0} % of the relevance lies on the frontal and temporal rim: eyes or muscles, rather than the motor \
             cortex, may be deciding.",
            100.0 * ledger.rim_share
        ));
    }
    found
}

/// A number with its sign, as it is printed.
fn signed(value: f64) -> String {
    format!("{value:+.3}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm() -> Ledger {
        Ledger {
            value: 1.2,
            offset: 0.0,
            total: [Some(1.2); 3],
            cancellation: [8.0, 4.0, 2.0].map(Some),
            path_difference: 1e-13,
            input_source_correlation: Some(0.9),
            rim_share: 0.1,
            layers: Vec::new(),
        }
    }

    #[test]
    fn an_ordinary_ledger_says_nothing() {
        assert!(warnings(&calm()).is_empty());
    }

    #[test]
    fn each_limit_has_its_sentence() {
        let cases: [(Ledger, &str); 6] = [
            (Ledger { total: [1.2, 1.2, 1.2 + 1e-8].map(Some), ..calm() }, "does not add up"),
            (Ledger { path_difference: 1e-5, ..calm() }, "other data"),
            (Ledger { input_source_correlation: Some(0.49), ..calm() }, "cancel noise"),
            (Ledger { cancellation: [17.3, 4.0, f64::INFINITY].map(Some), ..calm() }, "INPUT 17.3, SOURCE inf"),
            (Ledger { rim_share: 0.62, ..calm() }, "62 %"),
            (Ledger { value: f64::NAN, ..calm() }, "not finite"),
        ];
        for (ledger, words) in cases {
            let said = warnings(&ledger);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains(words), "{said:?}");
        }
    }
}
