use motrace_core::{Montage, electrode_position};
use ndarray::Array2;
use std::str::FromStr;
use thiserror::Error;

/// What each channel's voltage is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reference {
    /// What the amplifier measured, unchanged.
    #[default]
    None,
    /// The mean of all channels.
    Average,
    /// The weighted mean of the nearest neighbours in front, behind, left and right.
    SmallLaplacian,
}

/// Why channels cannot be re-referenced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// The name is none that is known.
    #[error("there is no reference called {0:?}; choose none, average or small-laplacian")]
    Unknown(String),
    /// A common average of one channel is zero.
    #[error("a common average needs at least 2 channels, not {0}; use the reference none")]
    TooFew(usize),
    /// A Laplacian needs places on the head.
    #[error(
        "the Laplacian needs to know where channel {0:?} is, and it is not in the 10-10 system; \
         leave it out or use another reference"
    )]
    NoPosition(String),
    /// Two channels are at the same place.
    #[error("channels {0} and {1} are at the same place; leave one of them out")]
    SamePlace(String, String),
    /// Nothing is near enough.
    #[error("channel {0} has no neighbour for the Laplacian; leave it out or use the reference average")]
    NoNeighbour(String),
}

impl Reference {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Average, Self::SmallLaplacian];

    /// Its name in configurations and models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Average => "average",
            Self::SmallLaplacian => "small-laplacian",
        }
    }

    /// The reference with this name.
    ///
    /// # Errors
    /// [`ReferenceError::Unknown`] where there is none.
    pub fn parse(name: &str) -> Result<Self, ReferenceError> {
        Self::ALL
            .into_iter()
            .find(|reference| reference.name().eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| ReferenceError::Unknown(name.to_owned()))
    }

    /// The matrix M, `[channels, channels]`, that takes a sample x of all channels to M x.
    ///
    /// The Laplacian subtracts from each channel its neighbours' mean, weighted by inverse distance (McFarland et
    /// al. 1997, equation 2). Its neighbours are the nearest electrode of the montage in front, behind, left and
    /// right, each at most [`Self::NEIGHBOUR_DEGREES`] away; at the edge, or where electrodes are missing, there
    /// are fewer than four.
    ///
    /// # Errors
    /// Too few channels for an average; for the Laplacian, a channel without a place or without any neighbour.
    pub fn matrix(self, montage: &Montage) -> Result<Array2<f64>, ReferenceError> {
        let channels = montage.len();
        match self {
            Self::None => Ok(Array2::eye(channels)),
            Self::Average if channels < 2 => Err(ReferenceError::TooFew(channels)),
            Self::Average => Ok(Array2::eye(channels) - 1.0 / channels as f64),
            Self::SmallLaplacian => laplacian(montage),
        }
    }

    /// The row of the Laplacian that belongs to one channel, over all channels of the montage; those without a place
    /// on the head are not used.
    ///
    /// `None` where the channel has no place or no neighbour, or shares its place with another.
    #[must_use]
    pub fn laplacian_row(montage: &Montage, channel: usize) -> Option<Vec<f64>> {
        let placed: Vec<(usize, Point)> = montage
            .labels()
            .iter()
            .enumerate()
            .filter_map(|(i, label)| Some((i, electrode_position(label)?)))
            .collect();
        let places: Vec<Point> = placed.iter().map(|(_, place)| *place).collect();
        let own = placed.iter().position(|(i, _)| *i == channel)?;
        let neighbours = neighbours(own, &places);
        if neighbours.is_empty() || neighbours.iter().any(|(_, distance)| *distance < 1e-6) {
            return None;
        }
        let total: f64 = neighbours.iter().map(|(_, distance)| 1.0 / distance).sum();
        let mut row = vec![0.0; montage.len()];
        row[channel] = 1.0;
        for (j, distance) in neighbours {
            row[placed[j].0] = -1.0 / distance / total;
        }
        Some(row)
    }

    /// Electrodes further apart than this are no neighbours; those of the 10-10 system are 18° to 23° apart.
    pub const NEIGHBOUR_DEGREES: f64 = 33.0;
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

type Point = [f64; 3];

/// The tangent of the angle (30°) off the row or column beyond which an electrode is a diagonal neighbour.
const DIAGONAL: f64 = 0.577;

fn laplacian(montage: &Montage) -> Result<Array2<f64>, ReferenceError> {
    let labels = montage.labels();
    let places: Vec<Point> = labels
        .iter()
        .map(|label| electrode_position(label).ok_or_else(|| ReferenceError::NoPosition(label.clone())))
        .collect::<Result<_, _>>()?;
    let mut matrix = Array2::eye(labels.len());
    for i in 0..places.len() {
        let neighbours = neighbours(i, &places);
        if let Some((j, _)) = neighbours.iter().find(|(_, distance)| *distance < 1e-6) {
            return Err(ReferenceError::SamePlace(labels[i].clone(), labels[*j].clone()));
        }
        let total: f64 = neighbours.iter().map(|(_, distance)| 1.0 / distance).sum();
        if neighbours.is_empty() {
            return Err(ReferenceError::NoNeighbour(labels[i].clone()));
        }
        for (j, distance) in neighbours {
            matrix[[i, j]] = -1.0 / distance / total;
        }
    }
    Ok(matrix)
}

/// The nearest electrode in each of the four directions, with its angular distance in radians.
fn neighbours(of: usize, places: &[Point]) -> Vec<(usize, f64)> {
    let here = places[of];
    let [right, front] = tangents(here);
    let mut nearest: [Option<(usize, f64)>; 4] = [None; 4];
    for (j, &there) in places.iter().enumerate().filter(|(j, _)| *j != of) {
        let distance = dot(here, there).clamp(-1.0, 1.0).acos();
        if distance > Reference::NEIGHBOUR_DEGREES.to_radians() {
            continue;
        }
        let (x, y) = (dot(there, right), dot(there, front));
        if x.abs().min(y.abs()) > DIAGONAL * x.abs().max(y.abs()) {
            continue;
        }
        let direction = match (x.abs() > y.abs(), x > 0.0, y > 0.0) {
            (true, true, _) => 0,
            (true, false, _) => 1,
            (false, _, true) => 2,
            (false, _, false) => 3,
        };
        if nearest[direction].is_none_or(|(_, best)| distance < best) {
            nearest[direction] = Some((j, distance));
        }
    }
    nearest.into_iter().flatten().collect()
}

/// Unit vectors along the head's surface: to the right along the coronal row, and towards the nose.
fn tangents([x, y, z]: Point) -> [Point; 2] {
    // Rows run around the y axis; at its ends (near Fpz and Oz) any right will do, so take x.
    let across = x.hypot(z);
    let right = if across < 1e-9 { [1.0, 0.0, 0.0] } else { [z / across, 0.0, -x / across] };
    [right, cross([x, y, z], right)]
}

fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;

    const MOTOR: [&str; 22] = [
        "Fz", "FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CP1", "CPz", "CP2",
        "CP4", "P1", "Pz", "P2", "POz",
    ];

    fn used_by(montage: &Montage, label: &str) -> Vec<String> {
        let matrix = Reference::SmallLaplacian.matrix(montage).unwrap();
        let row = matrix.row(montage.index_of(label).unwrap()).to_owned();
        montage.labels().iter().zip(row).filter(|(_, w)| *w < 0.0).map(|(l, _)| l.clone()).collect()
    }

    #[test]
    fn the_laplacian_takes_the_four_neighbours_of_the_grid() {
        let montage = Montage::new(MOTOR);
        assert_eq!(used_by(&montage, "C3"), ["FC3", "C5", "C1", "CP3"]);
        assert_eq!(used_by(&montage, "C4"), ["FC4", "C2", "C6", "CP4"]);
        assert_eq!(used_by(&montage, "Cz"), ["FCz", "C1", "C2", "CPz"]);
        assert_eq!(used_by(&montage, "FC1"), ["FC3", "FCz", "C1"], "F1 is missing");
        assert_eq!(used_by(&montage, "Fz"), ["FCz"]);
        assert_eq!(used_by(&montage, "POz"), ["Pz"]);
    }

    #[test]
    fn one_row_is_that_of_the_matrix() {
        let montage = Montage::new(MOTOR);
        let matrix = Reference::SmallLaplacian.matrix(&montage).unwrap();
        for channel in 0..22 {
            assert_eq!(Reference::laplacian_row(&montage, channel), Some(matrix.row(channel).to_vec()));
        }
        let with_others = Montage::new(["X1", "C3", "C4", "FC3", "C3"]);
        assert_eq!(Reference::laplacian_row(&with_others, 0), None, "no place");
        assert_eq!(Reference::laplacian_row(&with_others, 1), None, "the same place twice");
        assert_eq!(Reference::laplacian_row(&with_others, 2), None, "no neighbour");
        assert_eq!(Reference::laplacian_row(&with_others, 9), None);
    }

    #[test]
    fn what_is_common_to_all_channels_vanishes() {
        let montage = Montage::new(MOTOR);
        for reference in [Reference::Average, Reference::SmallLaplacian] {
            let common = reference.matrix(&montage).unwrap().dot(&Array1::from_elem(22, -0.08));
            assert!(common.iter().all(|v| v.abs() < 1e-15), "{}", reference.name());
        }
        assert_eq!(Reference::None.matrix(&montage).unwrap(), Array2::<f64>::eye(22));
    }

    #[test]
    fn the_average_is_a_projection() {
        let matrix = Reference::Average.matrix(&Montage::new(MOTOR)).unwrap();
        let twice = matrix.dot(&matrix);
        assert!((twice - matrix).iter().all(|d| d.abs() < 1e-14));
    }

    #[test]
    fn the_laplacian_is_mirror_symmetric() {
        let montage = Montage::new(MOTOR);
        let matrix = Reference::SmallLaplacian.matrix(&montage).unwrap();
        let at = |a: &str, b: &str| matrix[[montage.index_of(a).unwrap(), montage.index_of(b).unwrap()]];
        assert!((at("C3", "C5") - at("C4", "C6")).abs() < 1e-12);
        assert!((at("C3", "FC3") - at("C4", "FC4")).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_referenced_is_refused() {
        let matrix = |labels: &[&str], reference: Reference| reference.matrix(&Montage::new(labels));
        assert_eq!(matrix(&["Cz"], Reference::Average), Err(ReferenceError::TooFew(1)));
        let laplacian = Reference::SmallLaplacian;
        assert_eq!(matrix(&["C3", "X9"], laplacian), Err(ReferenceError::NoPosition("X9".into())));
        assert_eq!(matrix(&["C3", "C4"], laplacian), Err(ReferenceError::NoNeighbour("C3".into())));
        assert_eq!(matrix(&["T7", "T3"], laplacian), Err(ReferenceError::SamePlace("T7".into(), "T7".into())));
        assert!(matrix(&[], laplacian).unwrap().is_empty());
    }

    #[test]
    fn names_are_read_back() {
        for reference in Reference::ALL {
            assert_eq!(reference.name().parse(), Ok(reference));
        }
        assert_eq!(Reference::parse(" Average "), Ok(Reference::Average));
        assert_eq!(
            Reference::parse("mastoids").unwrap_err().to_string(),
            "there is no reference called \"mastoids\"; choose none, average or small-laplacian"
        );
    }
}
