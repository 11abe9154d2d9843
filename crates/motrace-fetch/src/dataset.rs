use crate::{Selection, SelectionError};
use serde::Serialize;
use std::ops::RangeInclusive;

/// What a source says of its files' integrity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// A list of SHA-256 sums lies beside the files, in a file of this name.
    Sha256List(&'static str),
    /// Nothing.
    Nothing,
}

/// A public collection of recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dataset {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What was recorded.
    pub about: &'static str,
    /// What its files are, and whether motrace reads them.
    pub format: &'static str,
    /// Whether motrace reads them as they come.
    pub is_readable: bool,
    /// The terms it is under.
    pub licence: &'static str,
    /// What to cite.
    pub citation: &'static str,
    /// The page that describes it.
    pub page: &'static str,
    /// The address its files lie under.
    pub base: &'static str,
    /// The checksums there are.
    pub published: Published,
    /// The persons; `None` where it comes in one piece.
    pub subjects: Option<RangeInclusive<u16>>,
    /// The runs of each person; `None` where they are not files of their own.
    pub runs: Option<RangeInclusive<u16>>,
    #[serde(skip)]
    layout: Layout,
}

/// How the files of a collection are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `S001/S001R03.edf`
    Runs,
    /// `A01T.mat` and `A01E.mat`, with this letter in front.
    TwoSessions(char),
    /// One file of this name.
    One(&'static str),
}

impl Dataset {
    /// All there are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let tangermann = "Tangermann M. et al. (2012): Review of the BCI Competition IV. Frontiers in Neuroscience 6:55, \
                          doi:10.3389/fnins.2012.00055";
        let leeb = "Leeb R. et al. (2007): Brain-computer communication: motivation, aim, and impact of exploring a virtual \
                    apartment. IEEE Transactions on Neural Systems and Rehabilitation Engineering 15:473-482, \
                    doi:10.1109/TNSRE.2007.906956";
        let (four, two) = (
            "9 persons, 22 EEG and 3 EOG channels, 250 Hz; imagery of left hand, right hand, feet and tongue",
            "9 persons, 3 EEG and 3 EOG channels, 250 Hz; imagery of left and right hand, with feedback in later sessions",
        );
        let mat = "MATLAB 5 (.mat), labels of both sessions included; motrace does not read it, MNE and SciPy do";
        let zip = "one ZIP of GDF files for all persons; unpack it, motrace reads the GDF files. The evaluation sessions \
                   carry no labels";
        let by_nd = "CC BY-ND 4.0";
        let terms = "the terms of the BCI Competition IV (see its page): for research, with citation";
        vec![
            Self {
                name: "physionet-mi",
                title: "EEG Motor Movement/Imagery Dataset 1.0.0 (PhysioNet)",
                about: "109 persons, 64 channels, 160 Hz (three persons 128 Hz); runs 3, 7, 11 left/right fist, 4, 8, 12 the \
                        same imagined, 5, 9, 13 fists/feet, 6, 10, 14 the same imagined, 1 and 2 rest",
                format: "EDF+, annotations T0 rest, T1, T2; motrace reads it",
                is_readable: true,
                licence: "Open Data Commons Attribution License 1.0 (ODC-By)",
                citation: "Schalk G. et al. (2004): BCI2000: a general-purpose brain-computer interface (BCI) system. IEEE \
                           Transactions on Biomedical Engineering 51:1034-1043, doi:10.1109/TBME.2004.827072; Goldberger A. et al. (2000): \
                           PhysioBank, PhysioToolkit, and PhysioNet. Circulation 101:e215-e220, doi:10.1161/01.CIR.101.23.e215",
                page: "https://physionet.org/content/eegmmidb/1.0.0/",
                base: "https://physionet.org/files/eegmmidb/1.0.0/",
                published: Published::Sha256List("SHA256SUMS.txt"),
                subjects: Some(1..=109),
                runs: Some(1..=14),
                layout: Layout::Runs,
            },
            Self {
                name: "bnci-2a",
                title: "BCI Competition IV 2a, as published by BNCI Horizon 2020 (001-2014)",
                about: four,
                format: mat,
                is_readable: false,
                licence: by_nd,
                citation: tangermann,
                page: "https://bnci-horizon-2020.eu/database/data-sets",
                base: "https://lampx.tugraz.at/~bci/database/001-2014/",
                published: Published::Nothing,
                subjects: Some(1..=9),
                runs: None,
                layout: Layout::TwoSessions('A'),
            },
            Self {
                name: "bnci-2b",
                title: "BCI Competition IV 2b, as published by BNCI Horizon 2020 (004-2014)",
                about: two,
                format: mat,
                is_readable: false,
                licence: by_nd,
                citation: leeb,
                page: "https://bnci-horizon-2020.eu/database/data-sets",
                base: "https://lampx.tugraz.at/~bci/database/004-2014/",
                published: Published::Nothing,
                subjects: Some(1..=9),
                runs: None,
                layout: Layout::TwoSessions('B'),
            },
            Self {
                name: "competition-2a",
                title: "BCI Competition IV 2a, as published for the competition",
                about: four,
                format: zip,
                is_readable: false,
                licence: terms,
                citation: tangermann,
                page: "https://www.bbci.de/competition/iv/",
                base: "https://www.bbci.de/competition/download/competition_iv/",
                published: Published::Nothing,
                subjects: None,
                runs: None,
                layout: Layout::One("BCICIV_2a_gdf.zip"),
            },
            Self {
                name: "competition-2b",
                title: "BCI Competition IV 2b, as published for the competition",
                about: two,
                format: zip,
                is_readable: false,
                licence: terms,
                citation: leeb,
                page: "https://www.bbci.de/competition/iv/",
                base: "https://www.bbci.de/competition/download/competition_iv/",
                published: Published::Nothing,
                subjects: None,
                runs: None,
                layout: Layout::One("BCICIV_2b_gdf.zip"),
            },
        ]
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|d| d.name == name)
    }

    /// The files of a selection, relative to [`base`](Self::base), with `/` between folders.
    ///
    /// # Errors
    /// When persons or runs are asked for that there are not, or persons are wanted and none is named.
    pub fn files(&self, selection: &Selection) -> Result<Vec<String>, SelectionError> {
        let runs = selection.within("run", &selection.runs, self.runs.as_ref(), self.name)?;
        let subjects = selection.within("subject", &selection.subjects, self.subjects.as_ref(), self.name)?;
        let all_runs = || self.runs.clone().map(Iterator::collect).unwrap_or_default();
        let subjects = match (subjects, &self.subjects) {
            (Some(subjects), _) => subjects,
            (None, Some(range)) if selection.is_all => range.clone().collect(),
            (None, Some(range)) => {
                return Err(SelectionError::WhichSubjects {
                    dataset: self.name,
                    first: *range.start(),
                    last: *range.end(),
                });
            }
            (None, None) => Vec::new(),
        };
        Ok(match self.layout {
            Layout::Runs => {
                let runs: Vec<u16> = runs.unwrap_or_else(all_runs);
                let files = |s: u16| runs.iter().map(move |r| format!("S{s:03}/S{s:03}R{r:02}.edf"));
                subjects.into_iter().flat_map(files).collect()
            }
            Layout::TwoSessions(letter) => subjects
                .into_iter()
                .flat_map(|s| ['T', 'E'].map(|session| format!("{letter}{s:02}{session}.mat")))
                .collect(),
            Layout::One(file) => vec![file.to_owned()],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(subjects: &[u16], runs: &[u16]) -> Selection {
        let some = |numbers: &[u16]| (!numbers.is_empty()).then(|| numbers.to_vec());
        Selection { subjects: some(subjects), runs: some(runs), is_all: false }
    }

    #[test]
    fn files_are_called_as_their_sources_call_them() {
        let physionet = Dataset::named("physionet-mi").unwrap();
        assert_eq!(
            physionet.files(&selection(&[1, 12], &[6, 10])).unwrap(),
            ["S001/S001R06.edf", "S001/S001R10.edf", "S012/S012R06.edf", "S012/S012R10.edf"]
        );
        assert_eq!(physionet.files(&selection(&[109], &[])).unwrap().len(), 14);
        let everything = Selection { is_all: true, ..Selection::default() };
        assert_eq!(physionet.files(&everything).unwrap().len(), 109 * 14);
        assert_eq!(Dataset::named("bnci-2b").unwrap().files(&selection(&[3], &[])).unwrap(), ["B03T.mat", "B03E.mat"]);
        let whole = Dataset::named("competition-2a").unwrap();
        assert_eq!(whole.files(&Selection::default()).unwrap(), ["BCICIV_2a_gdf.zip"]);
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let physionet = Dataset::named("physionet-mi").unwrap();
        for (subjects, runs) in [(&[110][..], &[][..]), (&[0], &[]), (&[1], &[15]), (&[], &[])] {
            assert!(physionet.files(&selection(subjects, runs)).is_err(), "{subjects:?} {runs:?}");
        }
        assert!(Dataset::named("bnci-2a").unwrap().files(&selection(&[1], &[1])).is_err());
        assert!(Dataset::named("competition-2b").unwrap().files(&selection(&[1], &[])).is_err());
    }
}
