use super::head::Head;
use super::linear::Linear;
use super::linear_step::LinearStep;
use super::step::{Elementwise, Step};
use super::terms::parts;
use super::{Composite, ExplainNetworkError, LogPower, Rule};
use motrace_net::{Layer, Network, Scalar, Shape};
use std::ops::Range;

/// A network whose every layer has a rule.
#[derive(Debug, Clone)]
pub(super) struct Plan<T> {
    pub input: Shape,
    /// All layers but the last.
    pub steps: Vec<Step<T>>,
    /// How many values reach each step, and the head.
    pub lengths: Vec<usize>,
    /// The step whose output is squared, pooled and taken the logarithm of, to be explained by the secant.
    pub log_power: Option<usize>,
    pub head: Head<T>,
}

impl<T: Scalar> Plan<T> {
    /// The plan of a network that was merged before.
    pub(super) fn new(network: &Network<T>, composite: &Composite) -> Result<Self, ExplainNetworkError> {
        network.check()?;
        let layers: Vec<(usize, &Layer<T>)> = network.layers().iter().enumerate().filter(|(_, l)| !drops(l)).collect();
        let Some(((last_place, last), body)) = layers.split_last() else {
            return Err(ExplainNetworkError::Head("missing"));
        };
        let Layer::Dense(dense) = last else { return Err(ExplainNetworkError::Head(last.name())) };

        let secant = if composite.log_power == LogPower::Secant { squares_of_log_power(body) } else { None };
        let mut builder = Builder::new(composite);
        let (mut steps, mut lengths, mut shape) = (Vec::new(), vec![network.input().len()], network.input());
        let mut log_power = None;
        for (n, (place, layer)) in body.iter().enumerate() {
            if secant == Some(n) {
                log_power = Some(steps.len() - 1);
            }
            let has_secant = secant.is_some_and(|first| n >= first);
            for step in builder.steps(*place, layer, shape, has_secant)? {
                lengths.push(step.output_len(lengths[lengths.len() - 1]));
                steps.push(step);
            }
            shape = layer.output(shape).unwrap_or(shape);
        }
        let rule = builder.rule_for(*last_place, last.name(), composite.dense, true)?;
        let head = Head::new(dense, rule, composite.bias);
        Ok(Self { input: network.input(), steps, lengths, log_power, head })
    }

    /// Zeros for all that flows: what reaches each step, and the head.
    pub(super) fn room(&self) -> Vec<Vec<T>> {
        self.lengths.iter().map(|length| vec![T::zero(); *length]).collect()
    }

    /// Fills in what reaches each step from what reaches the first.
    pub(super) fn forward(&mut self, values: &mut [Vec<T>]) {
        self.forward_through(0..self.steps.len(), values);
    }

    /// The same of these steps only.
    pub(super) fn forward_through(&mut self, steps: Range<usize>, values: &mut [Vec<T>]) {
        for n in steps {
            let (before, after) = values.split_at_mut(n + 1);
            self.steps[n].forward(&before[n], &mut after[0]);
        }
    }
}

fn drops<T>(layer: &Layer<T>) -> bool {
    matches!(layer, Layer::Dropout { .. })
}

/// Where the square of convolution → square → mean pool → log is, if these come last.
fn squares_of_log_power<T>(body: &[(usize, &Layer<T>)]) -> Option<usize> {
    let first = body.len().checked_sub(4)?;
    let [(_, conv), (_, Layer::Square), (_, Layer::MeanPool(_)), (_, Layer::Log(_))] = &body[first..] else {
        return None;
    };
    let is_conv = matches!(conv, Layer::TemporalConv(_) | Layer::SpatialConv(_) | Layer::FusedConv(_));
    is_conv.then_some(first + 1)
}

/// Gives each layer its rule.
pub(super) struct Builder<'a> {
    composite: &'a Composite,
    is_first: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(composite: &'a Composite) -> Self {
        Self { composite, is_first: true }
    }

    /// The rule for a layer, and whether it is sound.
    fn rule_for(
        &mut self,
        place: usize,
        layer: &'static str,
        of_type: Rule,
        has_weights: bool,
    ) -> Result<Rule, ExplainNetworkError> {
        let first = self.composite.first.filter(|_| self.is_first && has_weights);
        self.is_first &= !has_weights;
        let rule = first.unwrap_or(of_type);
        match rule.fault() {
            Some(why) => Err(ExplainNetworkError::Rule { place: place + 1, layer, rule: rule.name(), why }),
            None => Ok(rule),
        }
    }

    /// What a layer is to relevance; `has_secant` where it belongs to log-powers that are explained as one.
    pub(super) fn steps<T: Scalar>(
        &mut self,
        place: usize,
        layer: &Layer<T>,
        input: Shape,
        has_secant: bool,
    ) -> Result<Vec<Step<T>>, ExplainNetworkError> {
        let name = layer.name();
        let no_rule = |why| ExplainNetworkError::NoRule { place: place + 1, layer: name, why };
        let none_fits = "its shape does not fit";
        let composite = self.composite;
        let bias = composite.bias;
        let elementwise = |function| Ok(vec![Step::Elementwise { name, function }]);
        let mut linear = |of_type: Rule, has_weights: bool| {
            let rule = self.rule_for(place, name, of_type, has_weights)?;
            let linear = Linear::from_layer(layer, input, &parts(rule, bias)).ok_or(no_rule(none_fits))?;
            Ok(vec![Step::Linear(LinearStep::new(name, linear, rule, bias))])
        };
        let may_pass = has_secant || composite.log_power == LogPower::Pass;
        match layer {
            Layer::TemporalConv(_) => linear(composite.temporal_conv, true),
            Layer::SpatialConv(_) => linear(composite.spatial_conv, true),
            Layer::FusedConv(_) => linear(composite.fused_conv, true),
            Layer::Dense(_) => linear(composite.dense, true),
            Layer::MeanPool(_) => linear(composite.mean_pool, false),
            Layer::SeparableConv(conv) => {
                let between = conv.depthwise.output(input).map_err(|_| no_rule(none_fits))?;
                let both = [
                    ("depthwise convolution", &conv.depthwise, input),
                    ("pointwise convolution", &conv.pointwise, between),
                ];
                both.into_iter()
                    .map(|(part, conv, input)| {
                        let rule = self.rule_for(place, name, composite.separable_conv, true)?;
                        let layer = Layer::TemporalConv(conv.clone());
                        let linear = Linear::from_layer(&layer, input, &parts(rule, bias)).ok_or(no_rule(none_fits))?;
                        Ok(Step::Linear(LinearStep::new(part, linear, rule, bias)))
                    })
                    .collect()
            }
            Layer::BatchNorm(_) => Err(no_rule("it has to be merged into the layer before it (`Network::merged`)")),
            Layer::Elu(elu) => elementwise(Elementwise::Elu { alpha: elu.alpha }),
            Layer::Tanh => elementwise(Elementwise::Tanh),
            Layer::Relu => elementwise(Elementwise::Relu),
            Layer::Square if may_pass => elementwise(Elementwise::Square),
            Layer::Log(log) if may_pass => elementwise(Elementwise::Log { floor: log.floor }),
            Layer::Square | Layer::Log(_) => Err(no_rule(
                "only convolution → square → mean pool → log before the last dense layer has one, all together",
            )),
            Layer::MaxPool(pool) => {
                let output = layer.output(input).map_err(|_| no_rule(none_fits))?;
                Ok(vec![Step::MaxPool { name, pool: *pool, input, output }])
            }
            // It does nothing where nothing learns, and has been left out.
            Layer::Dropout { .. } => Ok(Vec::new()),
        }
    }
}
