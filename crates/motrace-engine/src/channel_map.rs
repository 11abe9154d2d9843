use crate::Preparation;
use motrace_core::{Montage, MontageMismatch, StreamInfo, Unit, clean_text};
use thiserror::Error;

/// A stream's rate may be off the model's by this share.
pub const RATE_TOLERANCE: f64 = 0.005;

/// The first way in which a stream does not fit a preparation, and what to do about it.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelMismatch {
    /// Another sampling rate.
    #[error(
        "the stream runs at {stream_hz} Hz, and {model_hz} Hz is decoded: set the amplifier to {model_hz} Hz, or train on recordings at {stream_hz} Hz"
    )]
    Rate {
        /// The stream's rate, in hertz.
        stream_hz: f64,
        /// The rate that is decoded, in hertz.
        model_hz: f64,
    },
    /// A channel is missing, ambiguous or without a label.
    #[error(
        "{mismatch}; the stream has {available}: give its labels in the configuration ([stream] labels), or train on the channels it has"
    )]
    Channel {
        /// What is wrong.
        mismatch: MontageMismatch,
        /// The stream's labels.
        available: String,
    },
    /// A channel whose unit is not a known voltage.
    #[error(
        "channel {label} is in {unit}, which has no scale in volts: give the unit in the configuration ([stream] unit)"
    )]
    Unit {
        /// The channel.
        label: String,
        /// Its unit as declared.
        unit: String,
    },
    /// A stream of strings.
    #[error("the stream {0} carries text, not samples: choose the EEG stream")]
    Text(String),
}

/// Where a preparation's channels are found in a stream, and their scale.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMap {
    /// For each decoded channel its place in the stream.
    pub places: Vec<usize>,
    /// For each decoded channel what one unit of the stream is in volts.
    pub scales_volts: Vec<f64>,
    /// How many channels the stream has.
    pub stream_channels: usize,
}

impl ChannelMap {
    /// Finds a preparation's channels in a stream, by label.
    ///
    /// # Errors
    /// The first mismatch: rate, then channels, then units.
    pub fn resolve(preparation: &Preparation, info: &StreamInfo) -> Result<Self, ModelMismatch> {
        if info.is_text {
            return Err(ModelMismatch::Text(clean_text(&info.name, 60)));
        }
        let model_hz = preparation.rate_hz;
        let off = (info.rate_hz - model_hz).abs() / model_hz;
        if off.is_nan() || off > RATE_TOLERANCE {
            return Err(ModelMismatch::Rate { stream_hz: info.rate_hz, model_hz });
        }
        let available = Montage::new(info.channels.iter().map(|c| c.label.as_str()));
        let places = preparation
            .channels
            .locate_in(&available)
            .map_err(|mismatch| ModelMismatch::Channel { mismatch, available: shown_labels(&available) })?;
        let scales_volts = places
            .iter()
            .map(|&place| {
                let channel = &info.channels[place];
                channel.unit.in_volts().ok_or_else(|| ModelMismatch::Unit {
                    label: clean_text(&channel.label, 40),
                    unit: match &channel.unit {
                        Unit::Other(text) => format!("{:?}", clean_text(text, 40)),
                        other => other.to_string(),
                    },
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { places, scales_volts, stream_channels: info.channels.len() })
    }
}

fn shown_labels(available: &Montage) -> String {
    if available.labels().iter().all(String::is_empty) {
        return format!("{} channels without labels", available.len());
    }
    clean_text(&available.to_string(), 400)
}
