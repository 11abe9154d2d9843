use super::{About, Model, RecordingStamp, network};
use crate::{ClassSpec, Decoder, InputStage, ModelFileError, Preparation};
use motrace_core::{MAX_CLASSES, Montage, Unit};
use motrace_signal::{FilterSpec, Reference};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

/// What marks a file as a motrace model.
const FORMAT: &str = "motrace-model";
/// The version of what is written; others are refused.
const FORMAT_VERSION: &str = "1";
/// The kinds of decoders.
const CSP_LDA: &str = "csp-lda";
const NETWORK: &str = "network";

/// The fields of the markers of each class; there are as many as there are classes.
const CLASS_MARKERS: [&str; MAX_CLASSES] = [
    "class_0_markers",
    "class_1_markers",
    "class_2_markers",
    "class_3_markers",
    "class_4_markers",
    "class_5_markers",
    "class_6_markers",
    "class_7_markers",
];

type Strings = HashMap<String, String>;

/// What the metadata of a file says.
pub(super) struct Header {
    pub preparation: Preparation,
    pub about: About,
    /// The description of a network and of its training, where it is one.
    pub network: Option<[String; 2]>,
}

/// Everything but the tensors, as the string metadata of the file. Numbers are written so that they
/// read back to the same bits.
pub(super) fn write(model: &Model) -> Result<BTreeMap<String, String>, ModelFileError> {
    let about = &model.about;
    let mut strings: BTreeMap<String, String> = decoding(model)?.into_iter().collect();
    if let Decoder::Network(decoder) = &model.decoder {
        strings.insert("network_training".to_owned(), network::describe_training(decoder)?);
    }
    let provenance = [
        ("recordings", json(&about.recordings)?),
        ("trained_trials", trained_trials(model)),
        ("left_out_trials", about.left_out_trials.to_string()),
        ("seed", about.seed.map_or_else(|| "none".to_owned(), |seed| seed.to_string())),
        ("validation", about.validation.clone()),
        ("accuracy", optional(about.accuracy.map(|a| vec![a]))),
        ("chance_interval", optional(about.chance_interval.map(Vec::from))),
        ("motrace_version", about.motrace_version.clone()),
        ("excluded_channels", json(&about.excluded_channels)?),
    ];
    strings.extend(provenance.into_iter().map(|(key, value)| (key.to_owned(), value)));
    Ok(strings)
}

/// The part of it that decisions depend on.
pub(super) fn decoding(model: &Model) -> Result<Vec<(String, String)>, ModelFileError> {
    let preparation = &model.preparation;
    let (kind, described) = match &model.decoder {
        Decoder::CspLda(_) => (CSP_LDA, None),
        Decoder::Network(decoder) => (NETWORK, Some(network::describe(decoder)?)),
    };
    // Where it is not written, the channels are only filtered, as in all files from before there was anything else.
    let input = match preparation.input {
        InputStage::Filtered => None,
        InputStage::Standardised { factor } => Some(format!("standardised {factor}")),
        InputStage::Envelope { low_pass_hz, factor, values_per_sec } => {
            Some(format!("envelope {low_pass_hz} {factor} {values_per_sec}"))
        }
    };
    let others = [("network", described), ("input", input)];
    let markers = CLASS_MARKERS.iter().zip(&preparation.classes);
    let markers =
        markers.map(|(key, class)| Ok((*key, json(&class.markers)?))).collect::<Result<Vec<_>, ModelFileError>>()?;
    let filter = &preparation.filter;
    Ok([
        ("format", FORMAT.to_owned()),
        ("format_version", FORMAT_VERSION.to_owned()),
        ("kind", kind.to_owned()),
        ("channels", json(&preparation.channels.labels())?),
        ("unit", preparation.unit.name().to_owned()),
        ("rate_hz", preparation.rate_hz.to_string()),
        ("reference", preparation.reference.name().to_owned()),
        ("band_hz", optional(filter.band_hz.map(Vec::from))),
        ("order", filter.order.to_string()),
        ("notch_hz", optional(filter.notch_hz.map(|hz| vec![hz]))),
        ("window_secs", spaced(&preparation.window_secs)),
        ("sliding_secs", preparation.sliding_secs.to_string()),
        ("hop_secs", preparation.hop_secs.to_string()),
        ("class_names", json(&preparation.class_names())?),
    ]
    .into_iter()
    .chain(markers)
    .chain(others.into_iter().filter_map(|(key, value)| Some((key, value?))))
    .map(|(key, value)| (key.to_owned(), value))
    .collect())
}

/// The other way round.
pub(super) fn read(strings: &Strings) -> Result<Header, ModelFileError> {
    let fields = Fields(strings);
    if strings.get("format").map(String::as_str) != Some(FORMAT) {
        return Err(ModelFileError::Foreign);
    }
    let version = |key, found: &str, wanted| {
        Err(ModelFileError::Version { key, found: motrace_core::clean_text(found, 40), wanted })
    };
    match fields.text("format_version")? {
        FORMAT_VERSION => {}
        found => return version("format_version", found, FORMAT_VERSION),
    }
    let network = match fields.text("kind")? {
        CSP_LDA => None,
        NETWORK => Some([fields.text("network")?.to_owned(), fields.text("network_training")?.to_owned()]),
        found => return version("kind", found, "csp-lda or network"),
    };
    let labels: Vec<String> = fields.json("channels")?;
    let classes = fields.classes()?;
    let window_secs: [f64; 2] = fields.numbers("window_secs")?;
    let preparation = Preparation {
        channels: Montage::new(&labels),
        unit: Unit::parse(fields.text("unit")?),
        rate_hz: fields.number("rate_hz")?,
        reference: Reference::parse(fields.text("reference")?).map_err(|_| fields.wrong("reference"))?,
        filter: FilterSpec {
            band_hz: fields.optional_numbers("band_hz")?,
            order: fields.number("order")?,
            notch_hz: fields.optional_numbers("notch_hz")?.map(|[hz]| hz),
        },
        input: fields.input()?,
        window_secs,
        // Files from before there was such a window: it had the length of a trial's.
        sliding_secs: match strings.contains_key("sliding_secs") {
            true => fields.number("sliding_secs")?,
            false => window_secs[1] - window_secs[0],
        },
        hop_secs: fields.number("hop_secs")?,
        classes,
    };
    let seed = match fields.text("seed")? {
        "none" => None,
        _ => Some(fields.number("seed")?),
    };
    let about = About {
        recordings: fields.json::<Vec<RecordingStamp>>("recordings")?,
        trained_trials: fields.trained_trials(preparation.classes.len())?,
        left_out_trials: fields.number("left_out_trials")?,
        seed,
        validation: fields.text("validation")?.to_owned(),
        accuracy: fields.optional_numbers("accuracy")?.map(|[accuracy]| accuracy),
        chance_interval: fields.optional_numbers("chance_interval")?,
        motrace_version: fields.text("motrace_version")?.to_owned(),
        excluded_channels: fields.json("excluded_channels")?,
    };
    Ok(Header { preparation, about, network })
}

/// A number for each class, also where it was trained elsewhere.
fn trained_trials(model: &Model) -> String {
    let of_class = |class| model.about.trained_trials.get(class).copied().unwrap_or(0).to_string();
    (0..model.preparation.classes.len()).map(of_class).collect::<Vec<_>>().join(" ")
}

fn optional(numbers: Option<Vec<f64>>) -> String {
    numbers.map_or_else(|| "none".to_owned(), |n| spaced(&n))
}

fn spaced(numbers: &[f64]) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> Result<String, ModelFileError> {
    serde_json::to_string(value).map_err(|e| ModelFileError::Encode(e.to_string()))
}

struct Fields<'a>(&'a Strings);

impl Fields<'_> {
    fn text(&self, key: &'static str) -> Result<&str, ModelFileError> {
        self.0.get(key).map(String::as_str).ok_or(ModelFileError::MissingField(key))
    }

    fn wrong(&self, key: &'static str) -> ModelFileError {
        let value = self.0.get(key).map_or("", String::as_str);
        ModelFileError::Field { key, value: motrace_core::clean_text(value, 60) }
    }

    fn number<T: FromStr>(&self, key: &'static str) -> Result<T, ModelFileError> {
        self.text(key)?.parse().map_err(|_| self.wrong(key))
    }

    fn numbers<T: FromStr, const N: usize>(&self, key: &'static str) -> Result<[T; N], ModelFileError> {
        self.list(key, N)?.try_into().map_err(|_| self.wrong(key))
    }

    fn list<T: FromStr>(&self, key: &'static str, length: usize) -> Result<Vec<T>, ModelFileError> {
        let numbers: Result<Vec<T>, _> = self.text(key)?.split(' ').map(str::parse).collect();
        numbers.ok().filter(|n| n.len() == length).ok_or_else(|| self.wrong(key))
    }

    fn trained_trials(&self, classes: usize) -> Result<Vec<usize>, ModelFileError> {
        let trials = self.list("trained_trials", classes)?;
        Ok(if trials.iter().all(|count| *count == 0) { Vec::new() } else { trials })
    }

    fn classes(&self) -> Result<Vec<ClassSpec>, ModelFileError> {
        let names: Vec<String> = self.json("class_names")?;
        if !(2..=MAX_CLASSES).contains(&names.len()) {
            return Err(self.wrong("class_names"));
        }
        let class = |(name, key): (String, &&'static str)| Ok(ClassSpec { name, markers: self.json(key)? });
        names.into_iter().zip(&CLASS_MARKERS).map(class).collect()
    }

    fn optional_numbers<const N: usize>(&self, key: &'static str) -> Result<Option<[f64; N]>, ModelFileError> {
        if self.text(key)? == "none" { Ok(None) } else { self.numbers(key).map(Some) }
    }

    fn input(&self) -> Result<InputStage, ModelFileError> {
        let Some(text) = self.0.get("input") else { return Ok(InputStage::Filtered) };
        let (name, numbers) = text.split_once(' ').unwrap_or((text, ""));
        let numbers: Option<Vec<f64>> = numbers.split(' ').map(|number| number.parse().ok()).collect();
        match (name, numbers.as_deref()) {
            ("standardised", Some(&[factor])) => Ok(InputStage::Standardised { factor }),
            ("envelope", Some(&[low_pass_hz, factor, values_per_sec])) => {
                Ok(InputStage::Envelope { low_pass_hz, factor, values_per_sec })
            }
            _ => Err(self.wrong("input")),
        }
    }

    fn json<T: serde::de::DeserializeOwned>(&self, key: &'static str) -> Result<T, ModelFileError> {
        serde_json::from_str(self.text(key)?).map_err(|_| self.wrong(key))
    }
}
