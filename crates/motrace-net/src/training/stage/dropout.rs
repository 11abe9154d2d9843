use super::{Flow, Learning};
use crate::training::place::{Purpose, random_at};
use crate::{Batch, Layer};
use rand::Rng;

pub(crate) fn forward(
    layer: &Layer<f32>,
    place_of_layer: usize,
    flow: Flow<'_>,
    output: &mut Batch<f32>,
    learning: Option<Learning>,
) {
    output.shape = flow.input.shape;
    output.values.clear();
    output.values.extend_from_slice(&flow.input.values);
    flow.memory.values.clear();
    let (Layer::Dropout { probability }, Some(Learning { seed, epoch })) = (layer, learning) else { return };
    if *probability <= 0.0 {
        return;
    }
    let kept = (1.0 / (1.0 - probability)) as f32;
    let below = (probability * f64::from(u32::MAX)) as u32;
    let mask = &mut flow.memory.values;
    let of_window = flow.input.shape.len();
    for window in 0..flow.input.windows() {
        let mut rng = random_at(seed, Purpose::Dropout(place_of_layer), epoch, flow.place + window);
        mask.extend((0..of_window).map(|_| if rng.next_u32() < below { 0.0 } else { kept }));
    }
    output.values.iter_mut().zip(mask).for_each(|(x, m)| *x *= *m);
}

pub(crate) fn backward(flow: Flow<'_>, gradient: &mut Batch<f32>) {
    // Empty where nothing was dropped.
    gradient.values.iter_mut().zip(&flow.memory.values).for_each(|(g, m)| *g *= *m);
}
