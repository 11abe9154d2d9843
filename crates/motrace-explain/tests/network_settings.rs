//! Composites as they are written, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/random_network.rs"]
mod random_network;

use motrace_explain::network::{
    Bias, Composite, ExplainNetworkError, LogPower, NetworkExplainer, NetworkReference, Rule,
};
use motrace_net::{Batch, BatchNorm, Dense, Layer, Log, Network, Pool, Shape};
use random_network::{random_network, random_values, small};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct File {
    rules: Composite,
}

fn read(text: &str) -> Result<Composite, String> {
    toml::from_str::<File>(text).map(|file| file.rules).map_err(|e| e.message().to_owned())
}

#[test]
fn composites_have_names_and_tables() {
    for name in Composite::NAMES {
        assert_eq!(read(&format!("rules = '{name}'")).unwrap(), Composite::named(name).unwrap());
        assert_eq!(Composite::named(name).unwrap().name(), Some(name));
    }
    let told = read(
        "[rules]\nfirst = 'w_square'\ndense = { rule = 'epsilon', epsilon = 0.1 }\nfused_conv = { rule = 'gamma' }\n\
         bias = 'left_out'\nlog_power = 'pass'",
    );
    let expected = Composite {
        first: Some(Rule::WSquare { epsilon: 1e-6 }),
        dense: Rule::Epsilon { epsilon: 0.1 },
        fused_conv: Rule::Gamma { gamma: 0.25, epsilon: 1e-6 },
        bias: Bias::LeftOut,
        log_power: LogPower::Pass,
        ..Composite::default()
    };
    assert_eq!(told.unwrap(), expected);
    assert_eq!(expected.name(), None);
    let text = serde_json::to_string(&expected).unwrap();
    assert_eq!(serde_json::from_str::<Composite>(&text).unwrap(), expected);
}

#[test]
fn what_a_composite_cannot_be_is_said() {
    for (text, words) in [
        ("rules = 'epsilom'", "no composite `epsilom`: there are epsilon, "),
        ("rules = 3", "the name of a composite, or a table"),
        ("[rules]\nlinear = 'zero'", "unknown field `linear`"),
        ("[rules]\ndense = 'zeros'", "no rule `zeros`: there are zero, "),
        ("[rules]\ndense = { rule = 'zero', epsilon = 0.1 }", "the rule `zero` takes no `epsilon`"),
        ("[rules]\ndense = { rule = 'zero', size = 0.1 }", "unknown field `size`"),
        ("[rules]\ndense = { rule = 'zb', low = -1.0 }", "the rule `zb` needs `high`"),
        ("[rules]\ndense = { rule = 'zb', low = 1.0, high = 2.0 }", "0 has to lie between them"),
        ("[rules]\ndense = { rule = 'alpha_beta', alpha = 2.0, beta = 2.0 }", "alpha − beta 1"),
        ("[rules]\ndense = { rule = 'epsilon', epsilon = -1.0 }", "`epsilon` is -1: it has to be 0 or more"),
        ("[rules]\ndense = { rule = 'gamma', gamma = nan }", "`gamma` is NaN"),
    ] {
        let told = read(text).unwrap_err();
        assert!(told.contains(words), "{text}: {told}");
    }
}

fn refused(layers: Vec<Layer<f64>>, reference: Option<&NetworkReference>) -> String {
    let network = Network::new(Shape::window(2, 8), layers).unwrap();
    NetworkExplainer::new(&network, &Composite::default(), reference).unwrap_err().to_string()
}

#[test]
fn a_layer_without_a_rule_is_an_error() {
    let dense = || Layer::Dense(Dense::zeros(2, 16));
    let told = refused(vec![Layer::BatchNorm(BatchNorm::new(1, 1e-3, 0.1)), dense()], None);
    let expected = "layer 1 (batch norm) has no rule of relevance: \
                    it has to be merged into the layer before it (`Network::merged`)";
    assert_eq!(told, expected);
    for layer in [Layer::Square, Layer::Log(Log { floor: 1e-6 })] {
        let name = layer.name();
        let told = refused(vec![Layer::Tanh, layer, dense()], None);
        assert!(told.starts_with(&format!("layer 2 ({name}) has no rule of relevance: only convolution → ")), "{told}");
    }
    let told = refused(vec![dense(), Layer::Tanh], None);
    assert!(told.starts_with("the network ends with a tanh layer"), "{told}");
    // Programs can make what files cannot say.
    let network = Network::new(Shape::window(2, 8), vec![dense()]).unwrap();
    let composite = Composite::of(Rule::Epsilon { epsilon: f64::NAN });
    let told = NetworkExplainer::<f64>::new(&network, &composite, None).unwrap_err().to_string();
    assert_eq!(told, "the rule `epsilon` of layer 1 (dense): `epsilon` is NaN: it has to be 0 or more");
    let mean_pool_first = vec![Layer::MeanPool(Pool::of(4)), Layer::Dense(Dense::zeros(2, 4))];
    assert!(
        NetworkExplainer::new(
            &Network::<f64>::new(Shape::window(2, 8), mean_pool_first).unwrap(),
            &Composite::default(),
            None
        )
        .is_ok()
    );
}

#[test]
fn a_reference_has_to_be_the_networks_own() {
    let network = random_network::<f64>(&small("shallow"), 3, 60, 2, 1);
    let explained = |reference: Option<&NetworkReference>| {
        NetworkExplainer::new(&network, &Composite::default(), reference).map(|_| ()).map_err(|e| e.to_string())
    };
    assert!(explained(None).unwrap_err().contains("`NetworkReference::fit` makes one"));
    let windows = Batch { shape: network.input(), values: random_values(180 * 4, 3) };
    let fit = |windows: &Batch<f64>, labels: &[usize]| NetworkReference::fit(&network, windows, labels);
    let reference = fit(&windows, &[0, 1, 0, 1]).unwrap().unwrap();
    assert_eq!(explained(Some(&reference)), Ok(()));
    assert_eq!(fit(&windows, &[0, 0, 0, 0]), Err(ExplainNetworkError::EmptyClass { class: 1 }));
    assert_eq!(fit(&windows, &[0]), Err(ExplainNetworkError::Labels { labels: 1, windows: 4 }));
    let told = fit(&windows, &[0, 1, 2, 0]).unwrap_err().to_string();
    assert_eq!(told, "the reference does not belong to this network: it has 3 classes, and 2 are needed");
    let other = Batch { shape: Shape::window(3, 30), values: random_values(90 * 2, 3) };
    let told = fit(&other, &[0, 1]).unwrap_err().to_string();
    assert_eq!(told, "the training windows are 1 × 3 × 30, and the network takes 1 × 3 × 60");
    let shorter = NetworkReference { shares: vec![0.5; 7], ..reference.clone() };
    assert!(explained(Some(&shorter)).unwrap_err().contains("7 shares, and 84 are needed"));
    let mut holed = reference;
    holed.log_means[1][3] = f64::INFINITY;
    assert_eq!(explained(Some(&holed)).unwrap_err(), "the reference holds numbers that are not finite");
}
