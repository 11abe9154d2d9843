use super::enough::check_enough;
use super::network_trials::NetworkTrials;
use super::survey::collect;
use super::{TrainingError, network};
use crate::{About, Decoder, EngineError, Model, NetworkDecoder, NetworkReader, Preparation, RecordingStamp, Tape};
use motrace_explain::network::{Composite, ExplainNetworkError, NetworkExplainer, NetworkReference};
use motrace_net::{NetError, TorchError, TorchNetwork};
use ndarray::Axis;
use thiserror::Error;

/// A network from elsewhere, as a model.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The model.
    pub model: Model,
    /// How many trials of the recordings it decides right, and of how many; `None` where none were given.
    pub right: Option<[usize; 2]>,
}

/// Why a network from elsewhere cannot be made a model.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It is for other windows.
    #[error(transparent)]
    Torch(#[from] TorchError),
    /// A model file cannot hold such layers.
    #[error(
        "the layers of this {0} are not those of EEGNet, ShallowConvNet or the perceptron with sizes that a configuration can say (as many filters across channels as along time, mean pools, the usual batch norms); other networks are read, but cannot be made a model"
    )]
    Layers(String),
    /// It reads other channels, or in another order.
    #[error("the network reads {own} in this order, and is to get {given}: give [channels] use in the network's order")]
    Channels {
        /// Those it reads.
        own: String,
        /// Those it is to get.
        given: String,
    },
    /// Its classes are others, or in another order.
    #[error(
        "the network's classes are {own}, and the configuration's {given}: give [[trials.classes]] by the same names in the network's order"
    )]
    Classes {
        /// Its own.
        own: String,
        /// The configuration's.
        given: String,
    },
    /// Its decisions cannot be explained without trials.
    #[error(
        "the decisions of this {0} are explained by how its log-powers lie at the class boundary, which the weights do not say: \
         recordings with trials of all classes are needed"
    )]
    NeedsTrials(String),
    /// The recordings do not fit.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The parts do not belong together.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The network is impossible.
    #[error(transparent)]
    Network(#[from] NetError),
}

/// Makes a network from elsewhere a model that decides between its classes.
///
/// The recordings say how the network's log-powers lie for both classes, where its explanation needs that, and how many of
/// their trials it decides right; whether it was trained on them, nobody but who trained it knows. Its probabilities are its
/// own: they are not fitted to trials that it had not seen.
///
/// # Errors
/// What does not fit.
pub fn import_network(
    torch: &TorchNetwork,
    preparation: &Preparation,
    composite: Composite,
    recordings: &[(RecordingStamp, &Tape)],
    motrace_version: &str,
) -> Result<Imported, ImportError> {
    preparation.check().map_err(EngineError::from)?;
    let architecture = torch.architecture.clone().ok_or_else(|| ImportError::Layers(torch.class.clone()))?;
    check_names(torch, preparation)?;
    let values = preparation.input.values(preparation.sliding_samples(), preparation.rate_hz);
    let values_per_sec = preparation.input.values_per_sec(preparation.rate_hz);
    torch.check_input(preparation.channels.len(), values, values_per_sec)?;

    let mut decoder = NetworkDecoder {
        architecture,
        network: torch.network.clone(),
        crop_stride_samples: network::crop_stride_samples(preparation, None),
        logit_gain: 1.0,
        composite,
        reference: None,
        training: None,
    };
    decoder.check(preparation)?;
    let right = if recordings.is_empty() { None } else { Some(fit(&mut decoder, preparation, recordings)?) };
    let explained = NetworkExplainer::new(&decoder.network.merged()?, &composite, decoder.reference.as_ref());
    explained.map_err(|e| match e {
        ExplainNetworkError::NoReference => ImportError::NeedsTrials(torch.class.clone()),
        e => TrainingError::Explanation(e.to_string()).into(),
    })?;

    let origin = format!("imported from PyTorch ({})", torch.class);
    let about = About {
        recordings: recordings.iter().map(|(stamp, _)| stamp.clone()).collect(),
        validation: match right {
            Some([right, of]) => {
                format!("{origin}; decides {right} of {of} trials of these recordings right, seen or not")
            }
            None => origin,
        },
        motrace_version: motrace_version.to_owned(),
        ..About::default()
    };
    let model = Model { preparation: preparation.clone(), decoder: Decoder::Network(Box::new(decoder)), about };
    model.check()?;
    Ok(Imported { model, right })
}

/// Channels and classes by name: the network's order counts, and nothing else would tell that it differs.
fn check_names(torch: &TorchNetwork, preparation: &Preparation) -> Result<(), ImportError> {
    let given = preparation.channels.labels();
    if let Some(own) = &torch.channel_names
        && motrace_core::Montage::new(own).labels() != given
    {
        return Err(ImportError::Channels { own: own.join(" "), given: given.join(" ") });
    }
    let given = preparation.class_names();
    let same = |(own, given): (&String, &&str)| own.eq_ignore_ascii_case(given);
    if torch.classes.len() != given.len() || !torch.classes.iter().zip(&given).all(same) {
        return Err(ImportError::Classes { own: torch.classes.join(", "), given: given.join(", ") });
    }
    Ok(())
}

/// Gives the decoder its reference, and says how many trials it decides right, of how many.
fn fit(
    decoder: &mut NetworkDecoder,
    preparation: &Preparation,
    recordings: &[(RecordingStamp, &Tape)],
) -> Result<[usize; 2], ImportError> {
    let collectors = collect(recordings, preparation, None, false)?;
    let labels: Vec<usize> = collectors.iter().flat_map(|c| c.kept().iter().map(|trial| trial.class)).collect();
    let left_out = collectors.iter().enumerate();
    let left_out = left_out.flat_map(|(group, c)| c.left_out().iter().map(move |(t, why)| (group, t.clone(), *why)));
    check_enough(&labels, preparation, &left_out.collect::<Vec<_>>()).map_err(TrainingError::from)?;
    let trials = NetworkTrials::new(&collectors, preparation, labels, 0);
    let all: Vec<usize> = (0..trials.epochs.labels.len()).collect();
    let merged = decoder.network.merged()?;
    let (windows, labels) = trials.windows(merged.input(), &all);
    let explanation = |e: ExplainNetworkError| TrainingError::Explanation(e.to_string());
    decoder.reference = NetworkReference::fit(&merged, &windows, &labels).map_err(explanation)?;
    let mut reader = NetworkReader::new(decoder, preparation)?;
    let decided = trials.epochs.data.axis_iter(Axis(0)).map(|window| reader.logits(window).map(|z| z.class()));
    let right = decided.zip(&trials.epochs.labels).filter(|(decided, label)| *decided == Some(**label)).count();
    Ok([right, all.len()])
}
