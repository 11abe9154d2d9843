use crate::training::loss::cross_entropy;
use crate::training::stage::{self, Flow, Learning, Memory, Partial, Settled, Stage};
use crate::training::workers;
use crate::{Batch, Layer, Network, Shape};
use std::ops::Range;

/// How many windows one part of a batch has: so few that small batches, too, keep all threads busy.
pub(crate) const PART: usize = 4;

/// Goes forward and back through a network with a batch, in parts.
pub(crate) struct Pass {
    stages: Vec<Stage>,
    /// What reaches each stage, and what comes out of the last.
    shapes: Vec<Shape>,
    parts: Vec<Part>,
    threads: usize,
    /// Layer by layer, in the order of [`Layer::parameters`].
    pub gradients: Vec<Vec<Vec<f32>>>,
}

/// Some windows of a batch, and all that flows through the network for them.
struct Part {
    input: Batch<f32>,
    labels: Vec<usize>,
    /// The place of its first window in the epoch.
    place: usize,
    /// What came out of each stage.
    outputs: Vec<Batch<f32>>,
    memories: Vec<Memory>,
    /// The gradient of what came out of the stage in turn.
    gradient: Batch<f32>,
    sums: Vec<f64>,
    partials: Vec<Partial>,
    tally: Tally,
}

/// Losses and hits, to be added up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Tally {
    /// Σ w·loss.
    pub loss: f64,
    /// Σ w.
    pub weight: f64,
    /// How many were decided right.
    pub right: usize,
    /// How many there were.
    pub count: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.weight += other.weight;
        self.right += other.right;
        self.count += other.count;
    }

    pub fn score(self) -> super::Score {
        super::Score { loss: self.loss / self.weight, accuracy: self.right as f64 / self.count.max(1) as f64 }
    }
}

fn nothing() -> Batch<f32> {
    Batch { shape: Shape::new(0, 0, 0), values: Vec::new() }
}

impl Part {
    fn new(stages: usize) -> Self {
        let empty = nothing();
        Self {
            input: empty.clone(),
            labels: Vec::new(),
            place: 0,
            outputs: vec![empty.clone(); stages],
            memories: vec![Memory::default(); stages],
            gradient: empty,
            sums: Vec::new(),
            partials: vec![Vec::new(); stages],
            tally: Tally::default(),
        }
    }

    /// What goes into a stage, what comes out, and how it flows.
    fn at<'a>(&'a mut self, stage: usize, settled: &'a Settled) -> (Flow<'a>, &'a mut Batch<f32>) {
        let (before, after) = self.outputs.split_at_mut(stage);
        let input = before.last().unwrap_or(&self.input);
        let flow = Flow { input, place: self.place, memory: &mut self.memories[stage], settled };
        (flow, &mut after[0])
    }

    /// Goes back through some stages, and gives what the stage before them has to settle.
    fn go_back(&mut self, stages: &[Stage], layers: &[Layer<f32>], range: Range<usize>, settled: &[Settled]) {
        let mut gradient = std::mem::replace(&mut self.gradient, nothing());
        for place in range.clone().rev() {
            let (flow, output) = self.at(place, &settled[place]);
            self.partials[place] = stages[place].backward(layers, flow, output, &mut gradient, place > 0);
        }
        if let Some(before) = range.start.checked_sub(1) {
            let mut sums = std::mem::take(&mut self.sums);
            let (flow, _) = self.at(before, &settled[before]);
            stages[before].back_sums(flow, &gradient, &mut sums);
            self.sums = sums;
        }
        self.gradient = gradient;
    }
}

impl Pass {
    pub fn new(network: &Network<f32>, threads: usize) -> Self {
        let all = network.shapes();
        let stages = Stage::of(network.layers(), &all);
        let shapes = stages.iter().map(|stage| all[stage.first_layer()]).chain(all.last().copied()).collect();
        let zeros = |layer: &Layer<f32>| layer.parameters().iter().map(|(_, values)| vec![0.0; values.len()]).collect();
        let gradients = network.layers().iter().map(zeros).collect();
        Self { stages, shapes, parts: Vec::new(), threads, gradients }
    }

    /// Takes a batch: the labels of its windows, and what writes each of them. `place` is that of the first in the epoch.
    pub fn fill(&mut self, labels: &[usize], place: usize, write: impl Fn(usize, &mut [f32]) + Sync) {
        let stages = self.stages.len();
        self.parts.resize_with(labels.len().div_ceil(PART), || Part::new(stages));
        let shape = self.shapes[0];
        workers::each(self.threads, &mut self.parts, |number, part| {
            let first = number * PART;
            part.labels.clear();
            part.labels.extend_from_slice(&labels[first..labels.len().min(first + PART)]);
            part.place = place + first;
            part.input.shape = shape;
            part.input.values.resize(part.labels.len() * shape.len(), 0.0);
            part.input.each_mut().enumerate().for_each(|(n, window)| write(first + n, window));
        });
    }

    /// Goes forward as the network decides, and calls with what comes out for each window, in order.
    pub fn decide(&mut self, network: &Network<f32>, mut on: impl FnMut(&[f32])) {
        let layers = network.layers();
        let settled: Vec<Settled> = self.stages.iter().map(|stage| stage.settled(layers)).collect();
        let stages = &self.stages;
        workers::each(self.threads, &mut self.parts, |_, part| {
            for (place, stage) in stages.iter().enumerate() {
                let (flow, output) = part.at(place, &settled[place]);
                stage.forward(layers, flow, output, None);
            }
        });
        for part in &self.parts {
            part.outputs.iter().rev().take(1).flat_map(Batch::each).for_each(&mut on);
        }
    }

    /// Goes forward as the network learns, and back: [`Pass::gradients`] become those of the weighted mean loss. The running
    /// values of batch norms move.
    pub fn learn(&mut self, network: &mut Network<f32>, class_weights: &[f64], learning: Learning) -> Tally {
        let settled = self.forward(network.layers_mut(), learning);
        let weight: f64 = self.parts.iter().flat_map(|part| &part.labels).map(|label| class_weights[*label]).sum();
        self.losses(class_weights, weight);
        self.backward(network.layers(), settled);
        self.dense_gradients(network.layers());
        let mut tally = Tally::default();
        self.parts.iter().for_each(|part| tally.add(part.tally));
        tally
    }

    fn windows(&self) -> usize {
        self.parts.iter().map(|part| part.labels.len()).sum()
    }

    /// The sums of all parts, in their order.
    fn summed(&self) -> Vec<f64> {
        let mut sums = self.parts.first().map(|part| part.sums.clone()).unwrap_or_default();
        for part in self.parts.iter().skip(1) {
            sums.iter_mut().zip(&part.sums).for_each(|(sum, more)| *sum += *more);
        }
        sums
    }

    fn forward(&mut self, layers: &mut [Layer<f32>], learning: Learning) -> Vec<Settled> {
        let windows = self.windows();
        let mut settled = vec![Settled::Nothing; self.stages.len()];
        let mut begin = 0;
        while begin < self.stages.len() {
            let first = self.stages[begin];
            if first.settles() {
                let sums = self.summed_forward(begin, layers);
                settled[begin] = first.settle(layers, self.shapes[begin], windows, &sums);
            }
            let rest = &self.stages[begin + 1..];
            let end = rest.iter().position(|stage| stage.settles()).map_or(self.stages.len(), |n| begin + 1 + n);
            let (stages, settled, layers) = (&self.stages, &settled, &*layers);
            workers::each(self.threads, &mut self.parts, |_, part| {
                for place in begin..end {
                    let (flow, output) = part.at(place, &settled[place]);
                    stages[place].forward(layers, flow, output, Some(learning));
                }
                if let Some(next) = stages.get(end) {
                    next.sums(layers, &part.outputs[end - 1], &mut part.sums);
                }
            });
            begin = end;
        }
        settled
    }

    /// What parts add up to before a stage; the first stage has no stage before it that would have computed it.
    fn summed_forward(&mut self, stage: usize, layers: &[Layer<f32>]) -> Vec<f64> {
        if stage == 0 {
            let first = self.stages[0];
            workers::each(self.threads, &mut self.parts, |_, part| {
                first.sums(layers, &part.input, &mut part.sums);
            });
        }
        self.summed()
    }

    /// Each part's losses, and the gradient of what came out of the network.
    fn losses(&mut self, class_weights: &[f64], weight: f64) {
        let Some(last) = self.stages.len().checked_sub(1) else { return };
        for part in &mut self.parts {
            let outputs = &part.outputs[last];
            part.gradient.shape = outputs.shape;
            part.gradient.values.resize(outputs.values.len(), 0.0);
            part.tally = Tally { count: part.labels.len(), ..Tally::default() };
            for ((outputs, gradient), label) in outputs.each().zip(part.gradient.each_mut()).zip(&part.labels) {
                let own = class_weights[*label];
                let (loss, right) = cross_entropy(outputs, *label, own / weight, gradient);
                part.tally.loss += own * loss;
                part.tally.weight += own;
                part.tally.right += usize::from(right);
            }
        }
    }

    fn backward(&mut self, layers: &[Layer<f32>], mut settled: Vec<Settled>) {
        // Stages from `end` on are done; those from `open` on need nothing settled any more.
        let (mut end, mut open) = (self.stages.len(), self.stages.len());
        loop {
            let next = (0..open).rev().find(|place| self.stages[*place].settles_back());
            let begin = next.map_or(0, |place| place + 1);
            let (stages, known) = (&self.stages, &settled);
            workers::each(self.threads, &mut self.parts, |_, part| part.go_back(stages, layers, begin..end, known));
            for (place, settled) in settled.iter().enumerate().take(end).skip(begin) {
                let stage = self.stages[place];
                if !stage.settles_back() {
                    let sums = self.added_partials(place);
                    stage.finish(layers, settled, sums, &mut self.gradients);
                }
            }
            let Some(next) = next else { break };
            let shape = self.shapes[next];
            let values = shape.rows * shape.samples * self.windows();
            let gradients = self.stages[next].settle_back(&mut settled[next], values, &self.summed());
            self.stages[next].finish(layers, &settled[next], gradients, &mut self.gradients);
            (end, open) = (next + 1, next);
        }
    }

    /// The gradients of a stage's parameters, added over the parts in their order.
    fn added_partials(&mut self, stage: usize) -> Partial {
        let mut parts = self.parts.iter_mut().map(|part| &mut part.partials[stage]);
        let mut sums = parts.next().map(std::mem::take).unwrap_or_default();
        for partial in parts {
            for (sum, more) in sums.iter_mut().zip(partial) {
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += *more);
            }
        }
        sums
    }

    fn dense_gradients(&mut self, layers: &[Layer<f32>]) {
        for (place, stage) in self.stages.iter().enumerate() {
            let Stage::Dense { layer } = *stage else { continue };
            let Layer::Dense(dense) = &layers[layer] else { continue };
            let parts: Vec<(&Batch<f32>, &[f32])> = self
                .parts
                .iter()
                .map(|part| {
                    let input = if place == 0 { &part.input } else { &part.outputs[place - 1] };
                    (input, part.memories[place].values.as_slice())
                })
                .collect();
            stage::dense_gradients(dense, &parts, self.threads, &mut self.gradients[layer]);
        }
    }
}
