use crate::size::MOST_ACTIVATIONS;
use crate::{Batch, Cache, Layer, Mode, NetError, Scalar, Shape, forward};

/// Layers one after the other, from a window of EEG to one value for each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<T> {
    input: Shape,
    layers: Vec<Layer<T>>,
}

impl<T: Scalar> Network<T> {
    /// A network for windows of this shape, all of whose layers fit.
    ///
    /// # Errors
    /// The first layer that does not, or a weight that is no finite number, or more values than there is room for.
    pub fn new(input: Shape, layers: Vec<Layer<T>>) -> Result<Self, NetError> {
        let network = Self { input, layers };
        network.check()?;
        Ok(network)
    }

    /// The shape of a window.
    #[must_use]
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[Layer<T>] {
        &self.layers
    }

    /// The layers, to change their values; sizes have to stay.
    pub fn layers_mut(&mut self) -> &mut [Layer<T>] {
        &mut self.layers
    }

    /// How many classes it tells apart.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.shapes().last().map_or(0, |shape| shape.len())
    }

    /// How many numbers training changes.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.layers.iter().flat_map(|layer| layer.parameters()).map(|(_, values)| values.len()).sum()
    }

    /// What reaches each layer, and what comes out of the last one.
    #[must_use]
    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = vec![self.input];
        for layer in &self.layers {
            let shape = shapes[shapes.len() - 1];
            shapes.push(layer.output(shape).unwrap_or(shape));
        }
        shapes
    }

    /// Checks that all layers fit, and that all numbers are finite.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn check(&self) -> Result<(), NetError> {
        let mut shape = self.input;
        let mut values = shape.saturating_len();
        for (place, layer) in self.layers.iter().enumerate() {
            let (place, name) = (place + 1, layer.name());
            let wrong = |why| NetError::Shape { place, layer: name, input: shape, why };
            shape = layer.output(shape).map_err(wrong)?;
            values = values.saturating_add(shape.saturating_len());
            if values > MOST_ACTIVATIONS {
                return Err(NetError::TooLarge { place, layer: name, output: shape, limit: MOST_ACTIVATIONS });
            }
            let mut running: Vec<&[T]> = Vec::new();
            if let Layer::BatchNorm(norm) = layer {
                running.extend([norm.mean.as_slice(), norm.variance.as_slice()]);
            }
            let parameters = layer.parameters();
            let all = parameters.iter().map(|(_, values)| *values).chain(running);
            if all.flatten().any(|value| !value.is_finite()) {
                return Err(NetError::NotFinite { place, layer: name });
            }
        }
        if shape.rows != 1 || shape.samples != 1 || shape.maps < 2 {
            return Err(NetError::Output(shape));
        }
        Ok(())
    }

    /// What comes out for each window of a batch: a value for each class, before any softmax.
    #[must_use]
    pub fn outputs(&self, windows: &Batch<T>) -> Batch<T> {
        let mut values = windows.clone();
        for layer in &self.layers {
            values = forward(&mut layer.clone(), &values, &mut Mode::Decide).0;
        }
        values
    }

    /// All that flows through the network for a batch: what reaches each layer, and what comes out of the last; and what
    /// going backward needs to know beside it.
    pub fn trace(&mut self, windows: &Batch<T>, mode: &mut Mode<'_>) -> (Vec<Batch<T>>, Vec<Cache<T>>) {
        let (mut activations, mut caches) = (vec![windows.clone()], Vec::new());
        for layer in &mut self.layers {
            let (output, cache) = forward(layer, &activations[activations.len() - 1], mode);
            activations.push(output);
            caches.push(cache);
        }
        (activations, caches)
    }

    /// The same network with other numbers.
    ///
    /// # Errors
    /// Where a weight is no finite number any more.
    pub fn converted<U: Scalar>(&self) -> Result<Network<U>, NetError> {
        Network::new(self.input, self.layers.iter().map(Layer::converted).collect())
    }
}
