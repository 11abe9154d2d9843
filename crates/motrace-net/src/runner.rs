use crate::kernels::Step;
use crate::{NetError, Network};

/// A network as it runs: merged, its weights laid out for this processor, and all the memory it needs in place.
///
/// What it says is what [`Network::outputs`] says of one window, within rounding; see [`crate::kernels`] for what is the same
/// to the bit.
#[derive(Debug, Clone)]
pub struct Runner {
    merged: Network<f32>,
    steps: Vec<Step>,
    activations: Vec<Vec<f32>>,
}

impl Runner {
    /// Merges a network, checks that this changed nothing, and prepares it.
    ///
    /// # Errors
    /// Where it cannot be merged; see [`Network::merged`].
    pub fn new(network: &Network<f32>) -> Result<Self, NetError> {
        let merged = network.merged()?;
        let shapes = merged.shapes();
        let steps = merged.layers().iter().zip(shapes.windows(2));
        let steps = steps.map(|(layer, shapes)| Step::new(layer, shapes[0], shapes[1])).collect();
        let activations = shapes.iter().map(|shape| vec![0.0; shape.len()]).collect();
        Ok(Self { merged, steps, activations })
    }

    /// The network that it runs.
    #[must_use]
    pub fn merged(&self) -> &Network<f32> {
        &self.merged
    }

    /// A value for each class, before any softmax, for a window of `[channels, samples]`. It allocates nothing, and the same
    /// window gives the same bits.
    ///
    /// # Panics
    /// Where the window has another size than [`Network::input`].
    pub fn run(&mut self, window: &[f32]) -> &[f32] {
        self.activations[0].copy_from_slice(window);
        for (place, step) in self.steps.iter_mut().enumerate() {
            let (before, after) = self.activations.split_at_mut(place + 1);
            step.run(&before[place], &mut after[0]);
        }
        self.outputs()
    }

    /// What reached each layer of [`Runner::merged`] in the last run, and last what came out, each of the shape that
    /// [`Network::shapes`] says; zeros before the first.
    #[must_use]
    pub fn activations(&self) -> &[Vec<f32>] {
        &self.activations
    }

    /// What came out of the last run.
    #[must_use]
    pub fn outputs(&self) -> &[f32] {
        self.activations.last().map_or(&[], Vec::as_slice)
    }
}
