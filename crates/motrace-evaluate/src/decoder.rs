use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is behind a name that ends so: recordings are brought to a common centre first.
const RECENTRED: &str = "-recentred";
/// What is behind a name that ends so: band, window or patterns are chosen in each training set.
const SELECTED: &str = "-selected";

/// A kind of decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecoderKind {
    /// Common spatial patterns, log-power, linear discriminant; more than two classes one against rest.
    CspLda,
    /// The same with patterns by joint diagonalisation of more than two classes.
    CspJoint,
    /// Common spatial patterns in each band of a filter bank.
    FilterBankCsp,
    /// Log-variance of Laplacians over the motor areas, linear discriminant.
    LogVariance,
    /// Riemannian minimum distance to mean.
    MinimumDistance,
    /// Tangent space and logistic regression.
    TangentLogistic,
    /// Tangent space and linear discriminant.
    TangentLda,
    /// Tangent spaces of all bands of a filter bank and logistic regression.
    FilterBankTangent,
    /// EEGNet (Lawhern et al. 2018).
    EegNet,
    /// ShallowConvNet (Schirrmeister et al. 2017).
    Shallow,
    /// A multilayer perceptron on envelopes (Sturm et al. 2016).
    Mlp,
}

impl DecoderKind {
    /// All of them, in the order of a table.
    pub const ALL: [Self; 11] = [
        Self::CspLda,
        Self::CspJoint,
        Self::FilterBankCsp,
        Self::LogVariance,
        Self::MinimumDistance,
        Self::TangentLogistic,
        Self::TangentLda,
        Self::FilterBankTangent,
        Self::EegNet,
        Self::Shallow,
        Self::Mlp,
    ];

    /// What it is called on the command line and in results.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::CspLda => "csp-lda",
            Self::CspJoint => "csp-joint",
            Self::FilterBankCsp => "fbcsp",
            Self::LogVariance => "log-variance",
            Self::MinimumDistance => "mdm",
            Self::TangentLogistic => "ts-lr",
            Self::TangentLda => "ts-lda",
            Self::FilterBankTangent => "fb-ts-lr",
            Self::EegNet => "eegnet",
            Self::Shallow => "shallow",
            Self::Mlp => "mlp",
        }
    }

    /// What it is called in a report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::CspLda => "CSP + LDA",
            Self::CspJoint => "CSP (joint) + LDA",
            Self::FilterBankCsp => "filter-bank CSP + LDA",
            Self::LogVariance => "log-variance + LDA",
            Self::MinimumDistance => "minimum distance to mean",
            Self::TangentLogistic => "tangent space + logistic regression",
            Self::TangentLda => "tangent space + LDA",
            Self::FilterBankTangent => "filter-bank tangent space + logistic regression",
            Self::EegNet => "EEGNet",
            Self::Shallow => "ShallowConvNet",
            Self::Mlp => "perceptron on envelopes",
        }
    }

    /// Whether it is a network.
    #[must_use]
    pub fn is_network(self) -> bool {
        matches!(self, Self::EegNet | Self::Shallow | Self::Mlp)
    }

    /// Whether it reads a filter bank in place of one band.
    #[must_use]
    pub fn reads_bank(self) -> bool {
        matches!(self, Self::FilterBankCsp | Self::FilterBankTangent)
    }

    /// Whether bringing recordings to a common centre changes what it does.
    #[must_use]
    pub fn can_be_recentred(self) -> bool {
        matches!(self, Self::CspLda | Self::CspJoint | Self::MinimumDistance | Self::TangentLogistic | Self::TangentLda)
    }
}

/// A decoder as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DecoderId {
    /// What it is.
    pub kind: DecoderKind,
    /// Whether each recording is brought to a common centre first, by its first trials and without their labels.
    pub is_recentred: bool,
    /// Whether what [`Selection`](crate::Selection) says is chosen in each training set; as configured otherwise.
    pub is_selected: bool,
}

impl DecoderId {
    /// What it is called in a report.
    #[must_use]
    pub fn title(self) -> String {
        let mut title = self.kind.title().to_owned();
        if self.is_recentred {
            title += ", recordings re-centred";
        }
        if self.is_selected {
            title += ", by nested selection";
        }
        title
    }

    /// Every decoder but networks that makes sense for so many classes: `all`.
    #[must_use]
    pub fn all(classes: usize) -> Vec<Self> {
        DecoderKind::ALL
            .into_iter()
            .filter(|kind| !kind.is_network() && (classes > 2 || *kind != DecoderKind::CspJoint))
            .map(Self::from)
            .collect()
    }
}

impl From<DecoderKind> for DecoderId {
    fn from(kind: DecoderKind) -> Self {
        Self { kind, is_recentred: false, is_selected: false }
    }
}

impl fmt::Display for DecoderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recentred = if self.is_recentred { RECENTRED } else { "" };
        write!(f, "{}{recentred}{}", self.kind.key(), if self.is_selected { SELECTED } else { "" })
    }
}

impl From<DecoderId> for String {
    fn from(id: DecoderId) -> Self {
        id.to_string()
    }
}

impl FromStr for DecoderId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, is_selected) = text.strip_suffix(SELECTED).map_or((text, false), |name| (name, true));
        let (name, is_recentred) = name.strip_suffix(RECENTRED).map_or((name, false), |name| (name, true));
        let known = || DecoderKind::ALL.map(DecoderKind::key).join(", ");
        let kind = DecoderKind::ALL.into_iter().find(|kind| kind.key() == name).ok_or_else(|| {
            format!("no decoder is called {:?}: {}, or all", motrace_core::clean_text(text, 40), known())
        })?;
        if is_recentred && !kind.can_be_recentred() {
            return Err(format!("{} cannot be re-centred: csp-lda, csp-joint, mdm, ts-lr and ts-lda can", kind.key()));
        }
        if is_selected && kind.is_network() {
            return Err(format!("nothing is chosen for {}: it is a network", kind.key()));
        }
        Ok(Self { kind, is_recentred, is_selected })
    }
}

impl TryFrom<String> for DecoderId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in DecoderKind::ALL {
            for (is_recentred, is_selected) in [(false, false), (false, true), (true, false), (true, true)] {
                let id = DecoderId { kind, is_recentred, is_selected };
                let read: Result<DecoderId, _> = id.to_string().parse();
                let makes_sense = (!is_recentred || kind.can_be_recentred()) && (!is_selected || !kind.is_network());
                assert_eq!(read.ok(), makes_sense.then_some(id), "{id}");
            }
        }
        assert!("svm".parse::<DecoderId>().is_err());
        assert!(DecoderId::all(2).iter().all(|id| !id.kind.is_network() && id.kind != DecoderKind::CspJoint));
        assert!(DecoderId::all(4).contains(&DecoderKind::CspJoint.into()));
    }
}
