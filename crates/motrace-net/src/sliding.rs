use crate::kernels::{FusedStep, Lanewise, Step, block_len, mean_of_blocks};
use crate::{Layer, NetError, Pool, Runner, Shape};

/// Outputs of the convolution that are made at once.
const AT_ONCE: usize = 16;

/// A network over a stream, where each sample is worked on once.
///
/// For networks that begin with a convolution without zeros at the edges and a mean pool (ShallowConvNet): what these make of
/// a sample is then the same in each window that has it. Here it is kept, and a window only needs the last layers. What comes
/// out has the same bits as [`Runner::run`] gives for the same samples, whatever pieces the stream came in and whichever
/// windows were asked for before.
#[derive(Debug, Clone)]
pub struct Sliding {
    input: Shape,
    maps: usize,
    taps: usize,
    conv: FusedStep,
    /// Between the convolution and the pool.
    before: Vec<Lanewise>,
    pool: Pool,
    /// After the pool, as long as it is done to each value by itself.
    after: Vec<Lanewise>,
    /// The other layers, and what reaches each of them.
    last: Vec<Step>,
    activations: Vec<Vec<f32>>,
    /// How many pooling windows there are in a window of the network.
    pooled: usize,

    /// The index of the next sample.
    next: u64,
    /// The index of the first sample since the beginning or a gap.
    first: u64,
    /// The newest samples, `[channels, taps − 1 + AT_ONCE]`, of which `filled` are there.
    lines: Vec<f32>,
    filled: usize,
    /// What comes out of the convolution and of the layers after it, `[maps, AT_ONCE]`.
    made: [Vec<f32>; 2],
    /// What reaches the pool.
    values: Ring,
    /// The sums of its blocks, each at its first sample.
    blocks: Ring,
    /// What the pool and the layers after it make, each at its first sample.
    columns: Ring,
}

impl Sliding {
    /// For a network, and windows that lie within the last `retained_samples` of the stream; fewer than a window count as one.
    ///
    /// # Errors
    /// Where the network does not begin so that it can slide: then whole windows have to be run.
    pub fn new(runner: &Runner, retained_samples: usize) -> Result<Self, NetError> {
        let (layers, shapes) = (runner.merged().layers(), runner.merged().shapes());
        let input = shapes[0];
        let Some(Layer::FusedConv(fused)) = layers.first() else {
            return Err(NetError::CannotSlide("it does not begin with a convolution over all channels"));
        };
        if fused.conv.padding != [0, 0] || fused.conv.stride != 1 {
            return Err(NetError::CannotSlide("its first convolution has zeros at the edges of a window, or a stride"));
        }
        let before: Vec<Lanewise> = layers[1..].iter().map_while(Lanewise::of).collect();
        let place = 1 + before.len();
        let Some(Layer::MeanPool(pool)) = layers.get(place) else {
            return Err(NetError::CannotSlide("no mean pool follows its first convolution"));
        };
        let after: Vec<Lanewise> = layers[place + 1..].iter().map_while(Lanewise::of).collect();
        let rest = place + 1 + after.len();
        let last = layers[rest..].iter().zip(shapes[rest..].windows(2));
        let last = last.map(|(layer, shapes)| Step::new(layer, shapes[0], shapes[1])).collect();

        let (maps, taps) = (fused.conv.maps_out, fused.conv.taps);
        let piece = Shape { samples: taps - 1 + AT_ONCE, ..input };
        let out_of_piece = Shape::new(maps, 1, AT_ONCE);
        let retained = retained_samples.max(input.samples);
        Ok(Self {
            input,
            maps,
            taps,
            conv: FusedStep::new(fused, piece, out_of_piece),
            before,
            pool: *pool,
            after,
            last,
            activations: shapes[rest..].iter().map(|shape| vec![0.0; shape.len()]).collect(),
            pooled: shapes[rest].samples,
            next: 0,
            first: 0,
            lines: vec![0.0; piece.len()],
            filled: 0,
            made: [vec![0.0; out_of_piece.len()], vec![0.0; out_of_piece.len()]],
            values: Ring::new(maps, block_len(*pool)),
            blocks: Ring::new(maps, pool.window),
            columns: Ring::new(maps, retained - (taps - 1) - (pool.window - 1)),
        })
    }

    /// Forgets all samples; the next one has this index. Where samples are missing a stream has to begin anew.
    pub fn begin_at(&mut self, index: u64) {
        self.next = index;
        self.first = index;
        self.filled = 0;
    }

    /// The index of the next sample.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.next
    }

    /// The next sample of all channels. It allocates nothing.
    ///
    /// # Panics
    /// Where there are not as many values as the network has channels.
    pub fn push(&mut self, sample: &[f32]) {
        assert_eq!(sample.len(), self.input.rows, "channels of a sample");
        if self.filled == self.taps - 1 + AT_ONCE {
            self.work();
        }
        let width = self.taps - 1 + AT_ONCE;
        for (line, value) in self.lines.chunks_exact_mut(width).zip(sample) {
            line[self.filled] = *value;
        }
        self.filled += 1;
        self.next += 1;
    }

    /// A value for each class for the window whose first sample has the index `start`; nothing where some of its samples are
    /// not there yet, or are forgotten. It allocates nothing.
    pub fn outputs(&mut self, start: u64) -> Option<&[f32]> {
        let end = start.checked_add(self.input.samples as u64)?;
        let oldest = self.next.saturating_sub((self.columns.capacity + self.pool.window + self.taps - 2) as u64);
        if end > self.next || start < self.first.max(oldest) {
            return None;
        }
        self.work();
        for j in 0..self.pooled {
            let column = self.columns.at(start + (j * self.pool.stride) as u64);
            for (line, value) in self.activations[0].chunks_exact_mut(self.pooled).zip(column) {
                line[j] = *value;
            }
        }
        for (place, step) in self.last.iter_mut().enumerate() {
            let (before, after) = self.activations.split_at_mut(place + 1);
            step.run(&before[place], &mut after[0]);
        }
        self.activations.last().map(Vec::as_slice)
    }

    /// A value for each class for the window that ends with the newest sample; nothing before there are enough of them.
    pub fn newest(&mut self) -> Option<&[f32]> {
        self.outputs(self.next.checked_sub(self.input.samples as u64)?)
    }

    /// Takes in the samples that wait.
    fn work(&mut self) {
        let Some(count) = self.filled.checked_sub(self.taps - 1).filter(|count| *count > 0) else { return };
        // What the convolution makes of samples that are not there yet is not used.
        let [made, other] = &mut self.made;
        self.conv.run(&self.lines, made);
        for lanewise in &self.before {
            lanewise.run(made, other);
            std::mem::swap(made, other);
        }

        let block = block_len(self.pool) as u64;
        let window = self.pool.window as u64;
        let begin = self.next - self.filled as u64;
        // How many means of all maps are in `other`.
        let mut columns = 0;
        for n in 0..count {
            let index = begin + n as u64;
            for (to, line) in self.values.slot(index).iter_mut().zip(made.chunks_exact(AT_ONCE)) {
                *to = line[n];
            }
            if index + 1 < self.first + block {
                continue;
            }
            let first = index + 1 - block;
            let sums = self.blocks.slot(first);
            sums.fill(0.0);
            for index in first..=index {
                sums.iter_mut().zip(self.values.at(index)).for_each(|(sum, value)| *sum += value);
            }
            if index + 1 < self.first + window {
                continue;
            }
            let first = index + 1 - window;
            for (map, mean) in other[columns * self.maps..][..self.maps].iter_mut().enumerate() {
                let blocks = (first..first + window).step_by(block as usize);
                *mean = mean_of_blocks(self.pool, blocks.map(|index| self.blocks.at(index)[map]));
            }
            columns += 1;
        }
        let (mut means, mut spare) = (&mut other[..columns * self.maps], &mut made[..columns * self.maps]);
        for lanewise in &self.after {
            lanewise.run(means, spare);
            std::mem::swap(&mut means, &mut spare);
        }
        let first = begin + (count - columns) as u64 + 1;
        for (n, column) in means.chunks_exact(self.maps).enumerate() {
            self.columns.slot(first + n as u64 - window).copy_from_slice(column);
        }

        let width = self.taps - 1 + AT_ONCE;
        for line in self.lines.chunks_exact_mut(width) {
            line.copy_within(count..self.filled, 0);
        }
        self.filled = self.taps - 1;
    }
}

/// The newest columns of a stream, found by their index.
#[derive(Debug, Clone)]
struct Ring {
    width: usize,
    capacity: usize,
    values: Vec<f32>,
}

impl Ring {
    fn new(width: usize, capacity: usize) -> Self {
        Self { width, capacity, values: vec![0.0; width * capacity] }
    }

    fn place(&self, index: u64) -> usize {
        (index % self.capacity as u64) as usize * self.width
    }

    fn at(&self, index: u64) -> &[f32] {
        &self.values[self.place(index)..][..self.width]
    }

    fn slot(&mut self, index: u64) -> &mut [f32] {
        let place = self.place(index);
        &mut self.values[place..][..self.width]
    }
}
