use super::linear_step::{RuleScratch, total};
use super::plan::Builder;
use super::step::Step;
use super::{Bias, Composite, ExplainNetworkError, LogPower, Rule};
use motrace_core::LayerLedger;
use motrace_net::{Layer, Scalar, Shape};

/// One layer alone: hands the relevance of its outputs to its inputs, which are `input`, by a rule.
///
/// The definition that whole networks are explained by, for looking at a layer and for tests. A separable convolution takes the
/// rule in both of its parts, and has a ledger for each, from the input on.
///
/// # Errors
/// Where the layer has no rule, the rule is not sound, or the numbers do not fit the layer.
pub fn layer_relevance<T: Scalar>(
    layer: &Layer<T>,
    shape: Shape,
    rule: Rule,
    bias: Bias,
    input: &[T],
    relevance_out: &[T],
) -> Result<(Vec<T>, Vec<LayerLedger>), ExplainNetworkError> {
    let composite = Composite { bias, log_power: LogPower::Pass, ..Composite::of(rule) };
    let mut steps = Builder::new(&composite).steps(0, layer, shape, true)?;
    let fits = |what, found, expected| {
        if found == expected { Ok(()) } else { Err(ExplainNetworkError::Length { what, found, expected }) }
    };
    fits("inputs", input.len(), shape.len())?;
    let mut values = vec![input.to_vec()];
    let mut scratch = RuleScratch::default();
    for step in &mut steps {
        let x = &values[values.len() - 1];
        let mut output = vec![T::zero(); step.output_len(x.len())];
        if let Step::Linear(step) = step {
            scratch.make_room(&step.linear);
        }
        step.forward(x, &mut output);
        values.push(output);
    }
    fits("outputs with relevance", relevance_out.len(), values[values.len() - 1].len())?;
    let mut relevance = relevance_out.to_vec();
    let mut sum = total(&relevance);
    let mut ledgers = Vec::new();
    for (n, step) in steps.iter_mut().enumerate().rev() {
        let mut below = vec![T::zero(); values[n].len()];
        let (ledger, has_moved) =
            step.relevance(&values[n], &values[n + 1], (&relevance, sum), &mut below, &mut scratch);
        sum = ledger.relevance_in;
        ledgers.push(ledger);
        if has_moved {
            relevance = below;
        }
    }
    ledgers.reverse();
    Ok((relevance, ledgers))
}
