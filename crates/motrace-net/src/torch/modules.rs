use super::TorchError;
use super::tensors::{Tensors, shown};
use crate::{BatchNorm, Conv, Dense, Elu, Layer, Log, Pool, SeparableConv, Shape};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// No size in a description can be larger.
const MAX_SIZE: u64 = 1 << 20;
/// Values that may flow between two layers, for one window.
const MAX_VALUES: usize = 1 << 25;

/// A module without parts of its own: where it is, its Python class, and its plain attributes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Module {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Which tensors it has: `weight`, `bias`, …
    #[serde(default)]
    pub(super) tensors: Vec<String>,
    #[serde(flatten)]
    pub(super) facts: Map<String, Value>,
}

/// Which of the two axes of a feature map is time: braindecode's networks differ in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axes {
    RowsTime,
    TimeRows,
}

impl Axes {
    /// Of a pair in PyTorch's order, that of the rows and that of time.
    fn rows_and_time<V>(self, [first, second]: [V; 2]) -> [V; 2] {
        match self {
            Self::RowsTime => [first, second],
            Self::TimeRows => [second, first],
        }
    }
}

impl Module {
    fn refuse(&self, why: impl Into<String>) -> TorchError {
        TorchError::Module { module: shown(&self.name), kind: shown(&self.kind), why: why.into() }
    }

    fn fact(&self, key: &str) -> Result<&Value, TorchError> {
        self.facts.get(key).ok_or_else(|| self.refuse(format!("the file does not say its {key}")))
    }

    fn number(&self, key: &str) -> Result<f64, TorchError> {
        let number = self.fact(key)?.as_f64().filter(|number| number.is_finite());
        number.ok_or_else(|| self.refuse(format!("its {key} is no number")))
    }

    fn size(&self, key: &str) -> Result<usize, TorchError> {
        self.size_of(key, self.fact(key)?)
    }

    fn size_of(&self, key: &str, value: &Value) -> Result<usize, TorchError> {
        let size = value.as_u64().filter(|size| *size <= MAX_SIZE);
        size.map(|size| size as usize).ok_or_else(|| self.refuse(format!("its {key} is no size from 0 to {MAX_SIZE}")))
    }

    /// Sizes along both axes: PyTorch keeps one number where they are equal.
    fn pair(&self, key: &str) -> Result<[usize; 2], TorchError> {
        match self.fact(key)? {
            Value::Array(both) if both.len() == 2 => Ok([self.size_of(key, &both[0])?, self.size_of(key, &both[1])?]),
            value => Ok([self.size_of(key, value)?; 2]),
        }
    }

    /// Refuses a module whose attribute is there and not what is known here.
    fn only(&self, key: &str, known: &[Value]) -> Result<(), TorchError> {
        match self.facts.get(key) {
            Some(value) if !known.contains(value) => {
                Err(self.refuse(format!("its {key} is {}, which is not known here", shown(&value.to_string()))))
            }
            _ => Ok(()),
        }
    }

    fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }

    fn is_conv(&self) -> bool {
        self.is(&["Conv2d", "Conv2dWithConstraint"])
    }

    fn is_dense(&self) -> bool {
        self.is(&["Linear", "LinearWithConstraint", "MaxNormLinear"])
    }

    fn has(&self, part: &str) -> bool {
        self.tensors.iter().any(|own| own == part)
    }

    fn tensor(&self, part: &str) -> String {
        format!("{}.{part}", self.name)
    }
}

/// The layers that a sequence of modules is.
pub(super) fn layers(
    modules: &[Module],
    input: Shape,
    tensors: &mut Tensors<'_>,
) -> Result<Vec<Layer<f32>>, TorchError> {
    let mut reader = Reader { tensors, shape: input, axes: Axes::RowsTime, flat: false, one_row: false };
    let mut layers = Vec::new();
    let last_weights = modules.iter().rposition(|module| module.is_conv() || module.is_dense());
    let mut left = modules.iter().enumerate().peekable();
    while let Some((place, module)) = left.next() {
        let layer = if module.is_conv() {
            let pointwise = left.next_if(|(_, next)| reader.is_separable(module, next)).map(|(_, next)| next);
            let is_last = Some(place) == last_weights;
            reader.convolution(module, pointwise, is_last)?
        } else {
            let Some(layer) = reader.other(module)? else { continue };
            layer
        };
        reader.follow(module, &layer)?;
        layers.push(layer);
    }
    Ok(layers)
}

struct Reader<'t, 'f> {
    tensors: &'t mut Tensors<'f>,
    /// What reaches the next module.
    shape: Shape,
    axes: Axes,
    /// Whether it is a plain list by now.
    flat: bool,
    /// Whether a spatial convolution has made one row of all.
    one_row: bool,
}

impl Reader<'_, '_> {
    /// Takes note of what comes out of a layer.
    fn follow(&mut self, module: &Module, layer: &Layer<f32>) -> Result<(), TorchError> {
        let shape = layer.output(self.shape);
        let shape = shape.map_err(|why| module.refuse(format!("it cannot take {}: {why}", self.shape)))?;
        if shape.len() > MAX_VALUES {
            let (found, limit) = (shape.len() as f64, MAX_VALUES as f64);
            return Err(TorchError::TooMuchWork { what: "values between layers", found, limit });
        }
        self.one_row |= matches!(layer, Layer::SpatialConv(_));
        self.flat |= matches!(layer, Layer::Dense(_));
        self.shape = shape;
        Ok(())
    }

    /// Whether the second of two convolutions mixes the maps that the first has treated one by one.
    fn is_separable(&self, first: &Module, second: &Module) -> bool {
        let size = |module: &Module, key| module.size(key).unwrap_or(0);
        let groups = size(first, "groups");
        self.one_row
            && second.is_conv()
            && groups == self.shape.maps
            && groups == size(first, "in_channels")
            && groups == size(first, "out_channels")
            && second.pair("kernel_size").is_ok_and(|kernel| kernel == [1, 1])
            && second.pair("padding").is_ok_and(|padding| padding == [0, 0])
    }

    fn convolution(
        &mut self,
        module: &Module,
        pointwise: Option<&Module>,
        is_last: bool,
    ) -> Result<Layer<f32>, TorchError> {
        if self.flat {
            return Err(module.refuse("it comes after the values became a plain list"));
        }
        let conv = self.conv(module)?;
        if let Some(pointwise) = pointwise {
            return Ok(Layer::SeparableConv(SeparableConv { depthwise: conv, pointwise: self.conv(pointwise)? }));
        }
        if is_last {
            return self.classifier(module, conv);
        }
        if conv.taps == 1 && conv.rows == self.shape.rows && !self.one_row {
            return Ok(Layer::SpatialConv(conv));
        }
        Ok(Layer::TemporalConv(conv))
    }

    /// The last convolution: one value for each class, from all that is left.
    fn classifier(&self, module: &Module, conv: Conv<f32>) -> Result<Layer<f32>, TorchError> {
        let own = Shape::new(conv.maps_in, conv.rows, conv.taps);
        if own != self.shape || conv.padding != [0, 0] {
            return Err(module.refuse(format!(
                "it makes classes of {own} values, and gets {}; the windows it was made for are longer or shorter than the file says, or it decides many times in a window, which is not known here",
                self.shape
            )));
        }
        let Conv { maps_out: outputs, weights, bias, .. } = conv;
        Ok(Layer::Dense(Dense { outputs, inputs: own.len(), weights, bias }))
    }

    fn conv(&mut self, module: &Module) -> Result<Conv<f32>, TorchError> {
        module.only("dilation", &[1.into(), vec![1, 1].into()])?;
        module.only("padding_mode", &["zeros".into()])?;
        let kernel = module.pair("kernel_size")?;
        let [rows, taps] = self.axes.rows_and_time(kernel);
        let [row_stride, stride] = self.axes.rows_and_time(module.pair("stride")?);
        let [row_padding, padding] = match module.fact("padding")? {
            Value::String(name) if name == "valid" => [[0; 2]; 2],
            Value::String(name) if name == "same" => {
                // PyTorch puts the odd one at the end.
                [rows, taps].map(|size| [size.saturating_sub(1) / 2, size / 2])
            }
            _ => self.axes.rows_and_time(module.pair("padding")?).map(|padding| [padding; 2]),
        };
        if row_padding != [0, 0] || (row_stride != 1 && rows < self.shape.rows) {
            return Err(module.refuse("it pads or strides across channels, which is not known here"));
        }
        let (maps_out, all_maps_in, groups) =
            (module.size("out_channels")?, module.size("in_channels")?, module.size("groups")?);
        let maps_in = all_maps_in / groups.max(1);
        let weights = self.tensors.read(&module.tensor("weight"), &[maps_out, maps_in, kernel[0], kernel[1]])?;
        let weights = match self.axes {
            Axes::RowsTime => weights,
            Axes::TimeRows => transposed(&weights, kernel),
        };
        let bias = self.bias(module, maps_out)?;
        Ok(Conv { maps_out, maps_in, rows, taps, weights, bias, groups, stride, padding })
    }

    fn bias(&mut self, module: &Module, outputs: usize) -> Result<Option<Vec<f32>>, TorchError> {
        module.has("bias").then(|| self.tensors.read(&module.tensor("bias"), &[outputs])).transpose()
    }

    /// A module that is no convolution; nothing where it only moves values about.
    fn other(&mut self, module: &Module) -> Result<Option<Layer<f32>>, TorchError> {
        Ok(Some(match module.kind.as_str() {
            "Ensure4d" | "Identity" | "SqueezeFinalOutput" => return Ok(None),
            "Rearrange" => return self.rearrange(module).map(|()| None),
            "Flatten" => return self.flatten(module).map(|()| None),
            _ if module.is_dense() => Layer::Dense(self.dense(module)?),
            "BatchNorm1d" | "BatchNorm2d" => Layer::BatchNorm(self.batch_norm(module)?),
            "ELU" => Layer::Elu(Elu { alpha: module.number("alpha")? }),
            "Tanh" => Layer::Tanh,
            "ReLU" => Layer::Relu,
            "Square" => Layer::Square,
            "SafeLog" => Layer::Log(Log { floor: self.floor(module)? }),
            "AvgPool2d" => Layer::MeanPool(self.pool(module)?),
            "MaxPool2d" => Layer::MaxPool(self.pool(module)?),
            "Dropout" => Layer::Dropout { probability: module.number("p")? },
            _ => {
                return Err(module.refuse(
                    "it is not known here; known are Conv2d, Linear, BatchNorm, ELU, Tanh, ReLU, Square, SafeLog, AvgPool2d, MaxPool2d, Dropout and Flatten",
                ));
            }
        }))
    }

    fn rearrange(&mut self, module: &Module) -> Result<(), TorchError> {
        match module.facts.get("pattern").and_then(Value::as_str) {
            Some("batch ch t 1 -> batch 1 ch t") => self.axes = Axes::RowsTime,
            Some("batch C T 1 -> batch 1 T C") => self.axes = Axes::TimeRows,
            // Where all but the maps are single there is nothing to move.
            _ if self.shape.rows == 1 && self.shape.samples == 1 => {}
            _ => return Err(module.refuse("the order that it brings the axes into is not known here")),
        }
        Ok(())
    }

    fn flatten(&mut self, module: &Module) -> Result<(), TorchError> {
        module.only("start_dim", &[1.into()])?;
        module.only("end_dim", &[(-1).into()])?;
        if self.axes == Axes::TimeRows && self.shape.rows > 1 && self.shape.samples > 1 {
            return Err(module.refuse("it makes a list of samples first and channels next, which is not known here"));
        }
        self.flat = true;
        Ok(())
    }

    fn dense(&mut self, module: &Module) -> Result<Dense<f32>, TorchError> {
        if !self.flat {
            return Err(module.refuse("it comes before the values became a plain list (Flatten)"));
        }
        let (inputs, outputs) = (module.size("in_features")?, module.size("out_features")?);
        let weights = self.tensors.read(&module.tensor("weight"), &[outputs, inputs])?;
        Ok(Dense { outputs, inputs, weights, bias: self.bias(module, outputs)? })
    }

    fn batch_norm(&mut self, module: &Module) -> Result<BatchNorm<f32>, TorchError> {
        module.only("track_running_stats", &[true.into()])?;
        let maps = module.size("num_features")?;
        let (epsilon, momentum) = (module.number("eps")?, module.number("momentum")?);
        if epsilon <= 0.0 || !(0.0..=1.0).contains(&momentum) {
            return Err(module.refuse("its eps has to be positive and its momentum within 0 and 1"));
        }
        self.tensors.pass_over(module.tensor("num_batches_tracked"));
        let mean = self.tensors.read(&module.tensor("running_mean"), &[maps])?;
        let variance = self.tensors.read(&module.tensor("running_var"), &[maps])?;
        let (gain, offset) = if module.has("weight") {
            (self.tensors.read(&module.tensor("weight"), &[maps])?, self.tensors.read(&module.tensor("bias"), &[maps])?)
        } else {
            (vec![1.0; maps], vec![0.0; maps])
        };
        Ok(BatchNorm { gain, offset, mean, variance, epsilon, momentum })
    }

    fn floor(&self, module: &Module) -> Result<f64, TorchError> {
        let floor = module.number("epsilon")?;
        if floor > 0.0 { Ok(floor) } else { Err(module.refuse("its epsilon has to be positive")) }
    }

    fn pool(&self, module: &Module) -> Result<Pool, TorchError> {
        module.only("padding", &[0.into(), vec![0, 0].into()])?;
        module.only("dilation", &[1.into(), vec![1, 1].into()])?;
        module.only("ceil_mode", &[false.into()])?;
        module.only("divisor_override", &[Value::Null])?;
        let [rows, window] = self.axes.rows_and_time(module.pair("kernel_size")?);
        let [_, stride] = self.axes.rows_and_time(module.pair("stride")?);
        if self.flat || rows != 1 {
            return Err(module.refuse("it pools channels or a plain list, which is not known here"));
        }
        Ok(Pool { window, stride })
    }
}

/// The same kernels with their two axes exchanged.
fn transposed(weights: &[f32], [first, second]: [usize; 2]) -> Vec<f32> {
    let mut exchanged = Vec::with_capacity(weights.len());
    for kernel in weights.chunks_exact((first * second).max(1)) {
        for s in 0..second {
            exchanged.extend((0..first).map(|f| kernel[f * second + s]));
        }
    }
    exchanged
}
