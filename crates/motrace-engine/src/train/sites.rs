use motrace_core::{Montage, electrode_position};
use motrace_signal::Reference;
use ndarray::Array2;

/// The electrodes above the hand areas and the foot area.
const CENTRES: [&str; 3] = ["C3", "Cz", "C4"];
/// An electrode belongs to an area up to this angle from its centre; those of the 10-10 system are 18° to 23° apart.
const AREA_DEGREES: f64 = 30.0;
/// From this many channels on, a common average is a reference and not a difference of the channels.
const FEWEST_FOR_AVERAGE: usize = 4;

/// Where band and window are looked for: derivations that see little but what is below them, and the part of the head
/// that each belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sites {
    /// `[sites, channels]`, to be applied to the channels as recorded.
    pub derivations: Array2<f64>,
    /// For each area its sites.
    pub areas: Vec<Vec<usize>>,
}

impl Sites {
    /// Small Laplacians within 30° of C3, Cz and C4, each with the nearest of these.
    ///
    /// Where the montage has none of them: every channel for itself, as a Laplacian where it has neighbours, else
    /// against the common average, or as it is where there are fewer than 4 channels.
    pub fn of(montage: &Montage) -> Self {
        let labels = montage.labels();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        let mut areas = vec![Vec::new(); CENTRES.len()];
        for (channel, label) in labels.iter().enumerate() {
            if let (Some(area), Some(row)) = (area_of(label), Reference::laplacian_row(montage, channel)) {
                areas[area].push(rows.len());
                rows.push(row);
            }
        }
        areas.retain(|sites| !sites.is_empty());
        if areas.is_empty() {
            let average = if labels.len() < FEWEST_FOR_AVERAGE { 0.0 } else { 1.0 / labels.len() as f64 };
            let plain = |channel| (0..labels.len()).map(|i| f64::from(u8::from(i == channel)) - average).collect();
            rows = (0..labels.len())
                .map(|channel| Reference::laplacian_row(montage, channel).unwrap_or_else(|| plain(channel)))
                .collect();
            areas = (0..labels.len()).map(|channel| vec![channel]).collect();
        }
        let derivations = Array2::from_shape_fn((rows.len(), labels.len()), |(site, channel)| rows[site][channel]);
        Self { derivations, areas }
    }
}

fn area_of(label: &str) -> Option<usize> {
    let here = electrode_position(label)?;
    let degrees = |centre: &str| {
        let there = electrode_position(centre)?;
        Some(here.iter().zip(there).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0).acos().to_degrees())
    };
    let (area, distance) = CENTRES
        .iter()
        .enumerate()
        .filter_map(|(area, centre)| Some((area, degrees(centre)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (distance <= AREA_DEGREES).then_some(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_around_the_hand_and_foot_areas() {
        let labels = "Fp1 Fz FC3 C5 C3 C1 Cz C2 C4 C6 CP3 CP4 Pz O1";
        let sites = Sites::of(&Montage::new(labels.split(' ')));
        assert_eq!(sites.areas.len(), 3);
        let channels: Vec<Vec<&str>> = sites
            .areas
            .iter()
            .map(|area| {
                let own = |&site: &usize| sites.derivations.row(site).iter().position(|w| *w == 1.0).unwrap_or(99);
                area.iter().map(|site| labels.split(' ').nth(own(site)).unwrap_or("?")).collect()
            })
            .collect();
        assert!(channels[0].contains(&"C3") && channels[1].contains(&"Cz") && channels[2].contains(&"C4"));
        assert!(channels.iter().flatten().all(|label| !["Fp1", "O1", "Pz"].contains(label)), "{channels:?}");
        for row in sites.derivations.outer_iter() {
            assert!(row.sum().abs() < 1e-12, "what is common to all vanishes");
        }
    }

    #[test]
    fn any_montage_has_sites() {
        let average = Sites::of(&Montage::new(["E1", "E2", "E3", "E4", "E5"]));
        assert_eq!(average.areas, [[0], [1], [2], [3], [4]]);
        assert_eq!(average.derivations.row(1).to_vec(), [-0.2, 0.8, -0.2, -0.2, -0.2]);
        let pair = Sites::of(&Montage::new(["C3", "C4"]));
        assert_eq!(pair.derivations, Array2::<f64>::eye(2));
        let back = Sites::of(&Montage::new(["O1", "Oz", "O2", "Fp1"]));
        assert_eq!(back.areas.len(), 4);
        assert_eq!(back.derivations.row(0)[1], -1.0, "a Laplacian of its only neighbour");
    }
}
